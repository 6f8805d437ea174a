"""What is said to and by the video library, typed. Members of the wire in snake case.

Unknown members of an answer are tolerated, missing ones are not; a state is text, because a state that we do not know must
neither fail nor succeed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

VERB = "verb"
"""Label of a delivery to the library: `video`, `content`, `rules`, `publish`, `unpublish` or `archive`."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Pagination(_Wire):
    """Where a page stands in its list."""

    total: int
    offset: int
    has_next: bool


class Page(_Wire):
    """A page of a list."""

    pagination: Pagination
    data: tuple[Any, ...]


class LibraryInfo(_Wire):
    """What the library says of itself."""

    contract: str
    channels: tuple[str, ...]
    analytics_delay_days: int = Field(ge=0)


class Contributor(_Wire):
    """A name and its ONIX role."""

    name: str
    role: str


class VideoRecord(_Wire):
    """A video as we describe it. Members that were not given are not sent and stay as they are; None clears."""

    external_id: str = Field(min_length=1)
    kind: str
    title: str = Field(min_length=1, max_length=200)
    subtitle: str | None = None
    language: str | None = None
    description: str | None = Field(default=None, max_length=5000)
    work_id: int | str | None = None
    isbns: tuple[str, ...] | None = Field(default=None, max_length=100)
    contributors: tuple[Contributor, ...] | None = None
    imprint: str | None = None
    genres: tuple[str, ...] | None = None
    publication_date: date | None = None
    keywords: tuple[str, ...] | None = Field(default=None, max_length=50)
    campaign: str | None = None
    on_hold: bool = False


class Video(VideoRecord):
    """A video as the library has it, whatever somebody entered there: limits hold for what we send."""

    video_id: str
    title: str
    description: str | None = None
    isbns: tuple[str, ...] | None = None
    keywords: tuple[str, ...] | None = None

    @field_validator("title", mode="before")
    @classmethod
    def _may_be_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    revision: int
    status: str
    status_reason: str | None = None
    content: Mapping[str, Any] | None = None
    playback_url: str | None = None
    thumbnail_url: str | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Upserted(NamedTuple):
    """The library's revision of a record, and whether we changed it."""

    revision: int
    changed: bool


class Content(_Wire):
    """A file for the library to fetch; the link may be signed."""

    version: str
    source_url: str = Field(repr=False)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)
    media_type: str
    thumbnail_url: str | None = Field(default=None, repr=False)


class Rule(_Wire):
    """Where and when a video may, or may not, be shown: ISO alpha-2 codes, channels, from and until inclusive."""

    rule_id: str
    effect: Literal["allow", "deny"]
    territories: tuple[str, ...]
    channels: tuple[str, ...]
    starts: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = None
    reason: str | None = None


class Rules(_Wire):
    """All rules of a video under our revision. No rule: nothing may run."""

    revision: int = Field(gt=0)
    default: Literal["deny"] = "deny"
    rules: tuple[Rule, ...] = ()


class Changed(_Wire):
    """Placements that new rules closed, and those that may now be published again."""

    closed: tuple[str, ...]
    opened: tuple[str, ...]


class Wanted(_Wire):
    """A placement to publish."""

    channel: str
    territory: str
    at: AwareDatetime
    landing_url: str | None = None


class Placement(_Wire):
    """A video on one channel in one territory. `placement_id` is the library's."""

    placement_id: str
    channel: str
    territory: str
    state: str
    reason: str | None = None
    video_id: str = ""
    url: str | None = None
    live_from: AwareDatetime | None = None
    live_until: AwareDatetime | None = None
    rule_id: str | None = None
    updated_at: AwareDatetime | None = None


class ListedPlacement(Placement):
    """A placement as lists show it."""

    video_id: str


class Reading(_Wire):
    """The moment for which a list of figures holds."""

    as_of: AwareDatetime


class DailyRow(_Wire):
    """Figures of a day; a higher revision of the same key replaces. `country_code` `ZZ` is unknown."""

    day: date
    video_id: str
    channel: str
    country_code: str
    views: int
    unique_viewers: int
    completions: int
    watch_seconds: int
    clicks: int
    shares: int
    revision: int
    final: bool

    @property
    def key(self) -> tuple[date, str, str, str]:
        """What a restatement replaces."""
        return self.day, self.video_id, self.channel, self.country_code


class DailyPage(NamedTuple):
    """A page of one reading."""

    as_of: AwareDatetime
    rows: tuple[DailyRow, ...]


class LibraryEvent(_Wire):
    """Something that happened at the library: a hint to read the record again."""

    seq: int
    type: str
    video_id: str | None = None
    placement_id: str | None = None
    at: AwareDatetime
    data: Mapping[str, Any] = Field(default_factory=dict)


class EventPage(_Wire):
    """Events after a number, and whether more follow."""

    events: tuple[LibraryEvent, ...]
    has_more: bool
