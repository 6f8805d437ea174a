"""Video libraries: the interface (contract section 10). Another platform is another class with these verbs."""

# ruff: noqa: ARG002 - a library that is not there needs none of the arguments

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NoReturn

from colophon.errors import FeatureMissingError
from colophon.systems.bytenite.records import (
    Changed,
    Content,
    DailyPage,
    LibraryEvent,
    LibraryInfo,
    Placement,
    Rules,
    Upserted,
    Video,
    VideoRecord,
    Wanted,
)

DESTINATION = "video-library"
"""Its name in the ledger."""
NO_LIBRARY = "no_library"
"""Code of what was skipped because there is no library."""


class VideoLibrary(ABC):
    """Where videos are shown. All of it is an extension of ours (EXT): no vendor documents these routes."""

    @abstractmethod
    def info(self) -> LibraryInfo:
        """What it says of itself. Raises FeatureMissingError where there is none."""

    @abstractmethod
    def upsert_video(self, record: VideoRecord) -> Upserted:
        """Make or change a record; reads first and sends nothing when equal."""

    @abstractmethod
    def get_video(self, video_id: str) -> Video:
        """One record. Raises NotFoundError."""

    @abstractmethod
    def iter_videos(self, since: datetime | None = None, work_id: str | None = None) -> Iterator[Video]:
        """Records in order of change. Raises PagingError when pages loop."""

    @abstractmethod
    def archive(self, video_id: str) -> None:
        """Out of use, and off every channel."""

    @abstractmethod
    def set_content(self, video_id: str, content: Content) -> Video:
        """New content; the same bytes change nothing."""

    @abstractmethod
    def set_rules(self, video_id: str, rules: Rules) -> Changed:
        """Replace all rules. Raises ConflictError for an older revision, or other rules under the same one."""

    @abstractmethod
    def get_rules(self, video_id: str) -> Rules | None:
        """The rules as put, None where there are none."""

    @abstractmethod
    def publish(self, video_id: str, placements: Sequence[Wanted], request_id: str) -> list[Placement]:
        """Schedule placements, once for each `request_id`; what a rule forbids comes back BLOCKED."""

    @abstractmethod
    def unpublish(self, video_id: str, placement_ids: Sequence[str] | None = None, *, reason: str, request_id: str) -> list[Placement]:
        """Take placements down, all where none is named; once for each `request_id`."""

    @abstractmethod
    def iter_placements(self, video_id: str | None = None, since: datetime | None = None) -> Iterator[Placement]:
        """Placements in order of change. Raises PagingError when pages loop."""

    @abstractmethod
    def iter_daily(self, first: date, last: date, since: datetime | None = None) -> Iterator[DailyPage]:
        """Figures of days in pages that fit together. Raises PagingError where they do not."""

    @abstractmethod
    def iter_events(self, after: int) -> Iterator[LibraryEvent]:
        """What happened since, each once and in order. Raises GoneError for what is no longer kept."""

    @abstractmethod
    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> LibraryEvent:
        """A signed callback as an event. Raises ForgedError, InvalidError."""


class NoLibrary(VideoLibrary):
    """`library: none`: every verb says so, and use cases end as skipped with `no_library`."""

    def info(self) -> LibraryInfo:
        """Raises FeatureMissingError, as all verbs do."""
        self._none("info")

    def upsert_video(self, record: VideoRecord) -> Upserted:
        """See `info`."""
        self._none("upsert_video")

    def get_video(self, video_id: str) -> Video:
        """See `info`."""
        self._none("get_video")

    def iter_videos(self, since: datetime | None = None, work_id: str | None = None) -> Iterator[Video]:
        """See `info`."""
        self._none("iter_videos")

    def archive(self, video_id: str) -> None:
        """See `info`."""
        self._none("archive")

    def set_content(self, video_id: str, content: Content) -> Video:
        """See `info`."""
        self._none("set_content")

    def set_rules(self, video_id: str, rules: Rules) -> Changed:
        """See `info`."""
        self._none("set_rules")

    def get_rules(self, video_id: str) -> Rules | None:
        """See `info`."""
        self._none("get_rules")

    def publish(self, video_id: str, placements: Sequence[Wanted], request_id: str) -> list[Placement]:
        """See `info`."""
        self._none("publish")

    def unpublish(self, video_id: str, placement_ids: Sequence[str] | None = None, *, reason: str, request_id: str) -> list[Placement]:
        """See `info`."""
        self._none("unpublish")

    def iter_placements(self, video_id: str | None = None, since: datetime | None = None) -> Iterator[Placement]:
        """See `info`."""
        self._none("iter_placements")

    def iter_daily(self, first: date, last: date, since: datetime | None = None) -> Iterator[DailyPage]:
        """See `info`."""
        self._none("iter_daily")

    def iter_events(self, after: int) -> Iterator[LibraryEvent]:
        """See `info`."""
        self._none("iter_events")

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> LibraryEvent:
        """See `info`."""
        self._none("parse_callback")

    def _none(self, verb: str) -> NoReturn:
        raise FeatureMissingError(
            "there is no video library",
            system="bytenite",
            operation=verb,
            evidence=NO_LIBRARY,
            remedy="Set `library` of the connection to a platform, or to `file` for lists for people.",
        )
