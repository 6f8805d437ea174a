"""What the library says, as our inbox keeps it: its events, by callback and by the list the same row, and its records (contract section 9)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from colophon.errors import NotFoundError, UntrustedLinkError
from colophon.http.jsontext import write_json
from colophon.http.settings import HttpSettings
from colophon.ledger.inbox import Arrival
from colophon.systems.bytenite.library import VideoLibrary
from colophon.systems.bytenite.mapping import to_wire
from colophon.systems.bytenite.records import LibraryEvent, Placement, Video

ASSET = "bytenite.asset"
"""Type of a record that was read, with its placements."""
_KEY = ("x-amz-", "expires", "signature", "sig=", "token=")
"""What a link carries that ends: it is good for fetching, and no address of an asset."""


def arrival(event: LibraryEvent) -> Arrival:
    """The number of an event names it for ever."""
    return Arrival("bytenite", f"event-{event.seq}", f"bytenite.{event.type}", write_json(event.model_dump(mode="json", by_alias=True)))


def assets(library: VideoLibrary, http: HttpSettings, since: datetime | None) -> Iterator[Arrival]:
    """Records that changed, or whose placements did, each with all its placements (None: all). Errors as the library's verbs.

    What they say names them: the same state is the same arrival, however often and on whatever hint it is read.
    """
    videos = {video.video_id: video for video in library.iter_videos(since)}
    placements: dict[str, list[Placement]] = defaultdict(list)
    for placement in library.iter_placements(since=since):
        placements[placement.video_id].append(placement)
    for video_id in sorted({*videos, *placements}):
        try:
            video = videos.get(video_id) or library.get_video(video_id)
        except NotFoundError:
            continue
        yield _asset(video, placements[video_id] if since is None else list(library.iter_placements(video_id)), http)


def _asset(video: Video, placements: list[Placement], http: HttpSettings) -> Arrival:
    """A record; links that lead elsewhere than the connection allows, or that end, are named and left out."""
    where = sorted(placements, key=lambda placement: placement.placement_id)
    seen = video.playback_url or next((p.url for p in where if p.state == "LIVE" and p.url), None)  # a folder has no player of its own
    links = {"playbackUrl": seen, "thumbnailUrl": video.thumbnail_url}
    refused = sorted(name for name, link in links.items() if link and not _is_good(link, http))
    said = {
        "video": to_wire(video) | links | dict.fromkeys(refused),
        "placements": [to_wire(p) | {"url": None} for p in where],
        "refused": refused,
    }
    body = write_json(said)
    return Arrival("bytenite", f"asset-{video.video_id}-{hashlib.sha256(body).hexdigest()[:32]}"[:128], ASSET, body)


def _is_good(link: str, http: HttpSettings) -> bool:
    try:
        http.trusted(link)
    except UntrustedLinkError:
        return False
    return not any(key in link.partition("?")[2].lower() for key in _KEY)
