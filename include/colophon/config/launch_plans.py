"""Communication plans of launches, each a file `launch_plans/<id>.yaml`: what is told to whom, how long before or after publication."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.config.letters import LetterKind
from colophon.domain.todo import Milestone


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanStep(_Part):
    """One step: `at` so many days from publication (before it: below 0) it goes by `template` to an audience.

    `to`: partners (of some `kinds`; empty: all), contributors (of some `roles`), or the `contacts` named. `formats` (ONIX List 150): it goes
    by the date of these formats, and waits while they have none. `after`: only once that stage is reached. `late`: what happens when its
    day was missed by more than `grace` days: it goes all the same, it does not, or somebody is asked; never later than `max_late` days, and
    what was to go before publication never after it.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    at: int
    template: str
    to: Literal["partners", "contributors", "contacts"]
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    contacts: tuple[int, ...] = ()
    formats: tuple[str, ...] = ()
    after: Milestone | None = None
    late: Literal["send", "skip", "ask"] = "skip"
    grace: int = Field(default=3, ge=0)
    max_late: int = Field(default=365, ge=0)


class LaunchPlan(_Part):
    """The plan for titles of some imprints (empty: all). Raise `version` with each change. `until`: days after publication when it ends."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    version: str
    imprints: tuple[str, ...] = ()
    until: int = Field(default=60, ge=0)
    steps: tuple[PlanStep, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        """Two steps of one name would be told as one, and one after the end never."""
        names = [step.id for step in self.steps]
        for number, step in enumerate(self.steps):
            if names.count(step.id) > 1:
                raise ValueError(f"steps.{number}.id: two steps are called {step.id!r}; give one of them another name")
            if step.at > self.until:
                raise ValueError(f"steps.{number}.at: {step.at} is after the plan's own end, {self.until}; move the step, or raise `until`")
            if step.to == "contacts" and not step.contacts:
                raise ValueError(f"steps.{number}.contacts: the step {step.id!r} is to contacts, and names none")
        return self


class LaunchCommunications(_Part):
    """The kinds of letter that steps name as their `template`. `ended` is the one for corrections and cancellations to those who were told."""

    templates: dict[str, LetterKind]
    ended: str = "notice"

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        """A correction has to have words."""
        if self.ended not in self.templates:
            raise ValueError(f"ended: there is no template {self.ended!r}; there are {', '.join(sorted(self.templates))}")
        return self
