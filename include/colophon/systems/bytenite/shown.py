"""What the library shows: videos with their rules and placements."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from colophon.systems.bytenite.library import VideoLibrary
from colophon.systems.bytenite.records import Placement, Rules, Video

PART, ARCHIVED = 200, "ARCHIVED"
NEVER = datetime.fromtimestamp(0, UTC)


class Shown(NamedTuple):
    """A video as the library has it: its record, its rules (None: it has none), its placements."""

    video: Video
    rules: Rules | None
    placements: Sequence[Placement]


def read_shown(library: VideoLibrary, isbns: Collection[str] | None = None, *, rules: bool = True) -> Iterator[list[Shown]]:
    """All videos that name one of these products (None: all videos), in parts. Archived ones are left out, but for those that are live all the same.

    With all videos come those that are live and have no record any more: as archived, and of nobody.

    :param rules: whether they are asked for; that is a call for each video.

    Errors as the library's verbs.
    """
    placements: dict[str, list[Placement]] = defaultdict(list)
    for placement in library.iter_placements():  # first: a video that is made meanwhile is none that is gone
        placements[placement.video_id].append(placement)
    live = {video for video, found in placements.items() if any(placement.state == "LIVE" for placement in found)}
    videos = {video.video_id: video for video in library.iter_videos()}
    videos |= {video: _gone(video) for video in sorted(live - videos.keys())}
    wanted = [
        video for video in videos.values()
        if (video.status != ARCHIVED or video.video_id in live) and (isbns is None or not set(video.isbns or ()).isdisjoint(isbns))
    ]  # fmt: skip
    shown = (Shown(video, library.get_rules(video.video_id) if rules else None, placements.get(video.video_id, [])) for video in wanted)
    while part := list(islice(shown, PART)):
        yield part


def _gone(video_id: str) -> Video:
    """What is left of a video whose record is gone."""
    return Video(
        video_id=video_id, external_id=video_id, kind="OTHER", title="", revision=0, status=ARCHIVED, created_at=NEVER, updated_at=NEVER
    )


def read_videos(library: VideoLibrary) -> Iterator[list[Video]]:
    """Records of all videos that are not archived, in parts. Errors as the library's verbs."""
    videos = (video for video in library.iter_videos() if video.status != ARCHIVED)
    while part := list(islice(videos, PART)):
        yield part
