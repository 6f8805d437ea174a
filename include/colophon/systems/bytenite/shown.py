"""What the library shows: videos with their rules and placements."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from colophon.systems.bytenite.library import VideoLibrary
from colophon.systems.bytenite.records import Placement, Rules, Video

PART = 200


class Shown(NamedTuple):
    """A video as the library has it: its record, its rules (None: it has none), its placements."""

    video: Video
    rules: Rules | None
    placements: Sequence[Placement]


def read_shown(library: VideoLibrary, isbns: Collection[str] | None = None, *, rules: bool = True) -> Iterator[list[Shown]]:
    """All videos that name one of these products (None: all videos), in parts. Archived ones run nowhere and are left out.

    :param rules: whether they are asked for; that is a call for each video.

    Errors as the library's verbs.
    """
    wanted = [v for v in library.iter_videos() if v.status != "ARCHIVED" and (isbns is None or not set(v.isbns or ()).isdisjoint(isbns))]
    placements: dict[str, list[Placement]] = defaultdict(list)
    for placement in library.iter_placements() if wanted else ():
        placements[placement.video_id].append(placement)
    shown = (Shown(video, library.get_rules(video.video_id) if rules else None, placements.get(video.video_id, [])) for video in wanted)
    while part := list(islice(shown, PART)):
        yield part


def read_videos(library: VideoLibrary) -> Iterator[list[Video]]:
    """Records of all videos that are not archived, in parts. Errors as the library's verbs."""
    videos = (video for video in library.iter_videos() if video.status != "ARCHIVED")
    while part := list(islice(videos, PART)):
        yield part
