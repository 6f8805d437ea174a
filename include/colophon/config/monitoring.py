"""What people are told of trouble: faults of metadata before titles go out, and trouble in the pipeline that leads to publication."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from colophon.domain.identifiers import isbn13_of
from colophon.domain.product import FormKind
from colophon.domain.team import TeamRole
from colophon.domain.todo import Milestone


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MetadataExceptions(_Part):
    """Who hears of faults that keep titles back, and of what else is worth it.

    Faults that keep a title from a recipient are told whenever they are found. `complete_from_days` names rules about completeness that
    are told from so many days before publication on (`{180: [C1]}`). `imprint_desks`: contact ids who hear for titles of an imprint without
    the `roles`; else the role's `desk`. With `all_clear` a mended title is told, too.
    """

    complete_from_days: dict[int, tuple[str, ...]] = Field(default_factory=dict)
    roles: tuple[TeamRole, ...] = (TeamRole.METADATA_SPECIALIST,)
    imprint_desks: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    desk: dict[TeamRole, tuple[str, ...]] = Field(default_factory=dict)
    digest_above: int = Field(default=5, ge=0)
    all_clear: bool = False

    def from_days(self, rule: str) -> int | None:
        """From how many days before publication on a rule about completeness is told; None: never."""
        return max((days for days, rules in self.complete_from_days.items() if rule in rules), default=None)


class Alarms(_Part):
    """When trouble becomes a message: seen in `raise_runs` runs one after the other; over when it was away for `clear_hours`.

    Of one trouble no more than `messages` go within `hours`; after these the last word is said, if it is another one.
    """

    raise_runs: int = Field(default=2, ge=1)
    clear_hours: int = Field(default=4, ge=0)
    hours: int = Field(default=24, gt=0)
    messages: int = Field(default=2, ge=1)

    @property
    def clear_after(self) -> timedelta:
        """As time."""
        return timedelta(hours=self.clear_hours)

    @property
    def within(self) -> timedelta:
        """As time."""
        return timedelta(hours=self.hours)


class Bottleneck(_Part):
    """More than `titles` wait for one stage for longer than `working_days`; over when no more than `clears_at` do."""

    titles: int = Field(default=10, gt=0)
    working_days: int = Field(default=15, gt=0)
    clears_at: int = Field(default=8, ge=0)

    @model_validator(mode="after")
    def _clears_below(self) -> Self:
        if self.clears_at >= self.titles:
            raise ValueError(
                f"clears_at {self.clears_at} must be less than titles {self.titles}, or it would be raised and cleared by turns"
            )
        return self


class PipelineMonitor(_Part):
    """When managers hear of trouble on the way to publication.

    `ready_days`: working days from the end of production to publication, by kind of format. `stage_days`: how long a stage takes that is late,
    in the order in which stages follow each other; the median of the newest titles that passed it counts instead, where at least `history_least` did
    (0: never). Fewer than `at_risk_days` to spare are a risk. A date that has passed is told for
    `missed_days`, also to `escalate_to` (contact ids). `rights_days`: so near to publication missing rights are told.
    """

    ready_days: dict[FormKind, int]
    stage_days: dict[Milestone, int]
    history_least: int = Field(default=8, ge=0)
    at_risk_days: int = Field(default=5, ge=0)
    missed_days: int = Field(default=30, gt=0)
    rights_days: int = Field(default=60, gt=0)
    bottleneck: Bottleneck = Bottleneck()
    alarms: Alarms = Alarms()
    roles: tuple[TeamRole, ...] = (TeamRole.MANAGER,)
    desk: dict[TeamRole, tuple[str, ...]] = Field(default_factory=dict)
    escalate_to: tuple[str, ...] = ()
    digest_above: int = Field(default=5, ge=0)


class DistributionStatus(_Part):
    """Who hears of what became of titles at their recipients, and how much at once.

    More than `single_up_to` titles of one run are told by channel and imprint; of those on the `watch` list (ISBNs), and of refused ones,
    each is told all the same. `approved_by`: milestones that release a title. `desk` (keys of people) hears where a team has nobody in a role.
    """

    single_up_to: int = Field(default=20, ge=0)
    watch: frozenset[str] = frozenset()
    approved_by: frozenset[Milestone] = frozenset({Milestone.FINAL_PROOF_RELEASE})
    roles: tuple[TeamRole, ...] = (TeamRole.SALES, TeamRole.MARKETING, TeamRole.OPERATIONS)
    desk: dict[TeamRole, tuple[str, ...]] = Field(default_factory=dict)
    digest_above: int = Field(default=3, ge=0)

    @field_validator("watch", mode="before")
    @classmethod
    def _are_isbns(cls, given: object) -> object:
        """They may be numbers of YAML, or have hyphens; one that is none would be watched by nobody."""
        if not isinstance(given, list | tuple | set | frozenset):
            return given
        found = [isbn13_of(str(isbn)) or f"!{isbn}" for isbn in given]
        if faulty := [isbn[1:] for isbn in found if isbn.startswith("!")]:
            raise ValueError(f"{faulty[0]} is no ISBN")
        return frozenset(found)
