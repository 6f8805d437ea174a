"""Who is reminded of which task, how long before it is due, and from when on the manager hears."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from colophon.domain.team import TeamRole

ASSIGNEE, TEAM = "assignee", "team"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReminderTarget(_Part):
    """Who is reminded of some tasks: those of these descriptions and imprints (empty: all).

    `to` names `assignee`, `team` (everybody of the title's), roles of the team, and people by their keys. Where it names the assignee
    of a task that nobody is given, whoever has the role `otherwise` is reminded.
    """

    tasks: tuple[str, ...] = ()
    imprints: tuple[str, ...] = ()
    to: tuple[str, ...] = (ASSIGNEE,)
    otherwise: TeamRole = TeamRole.APPROVER

    @field_validator("to")
    @classmethod
    def _names_somebody(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """A key has a digit or an @; a word that is none of ours is a role that nobody could ever hold."""
        known = [ASSIGNEE, TEAM, *TeamRole]
        for name in given:
            if name not in known and not any(sign.isdigit() or sign == "@" for sign in name):
                near = get_close_matches(name, known, n=1)
                raise ValueError(f"there is no role {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
        return given

    def fits(self, task: str, imprint: str | None) -> bool:
        """Whether it is about such a task of such an imprint."""
        is_task = not self.tasks or task.casefold().strip() in {each.casefold().strip() for each in self.tasks}
        return is_task and (not self.imprints or imprint in self.imprints)


class DeadlineReminders(_Part):
    """Reminders of open tasks: so many working days `before`, then on each day while they are overdue.

    From `manager_after` working days overdue on the manager hears as well. `targets`: the first one that fits a task says who is
    reminded; the last one has to fit all. `desk` (keys of people) hears where the team has nobody in a role. A person with more than `digest_above` tasks gets one message.
    """

    before: tuple[int, ...] = (7, 3, 1, 0)
    manager_after: int = Field(default=3, gt=0)
    targets: tuple[ReminderTarget, ...] = (ReminderTarget(),)
    desk: dict[TeamRole, tuple[str, ...]] = Field(default_factory=dict)
    digest_above: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _fits_all(self) -> Self:
        """A task that no target fits would be reminded of by nobody."""
        if not self.targets or self.targets[-1].tasks or self.targets[-1].imprints:
            raise ValueError("targets: the last one has to fit all tasks of all imprints")
        return self

    def target(self, task: str, imprint: str | None) -> ReminderTarget:
        """Who is reminded of a task."""
        return next(target for target in self.targets if target.fits(task, imprint))

    def threshold(self, days_left: int) -> int | None:
        """The nearest threshold that has been reached; None: it is not due soon."""
        return min((days for days in self.before if days >= days_left), default=None)


def role_of(name: str) -> Sequence[TeamRole]:
    """The role that a target names; none for a person."""
    return [TeamRole(name)] if name in list(TeamRole) else []
