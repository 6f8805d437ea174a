"""What a title has to have before it is launched, how long before, and who owns that: `readiness.yaml`."""

import re
from collections.abc import Mapping
from typing import Self, get_args

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator, model_validator

from colophon.domain.nearest import near_to, nearest
from colophon.domain.product import FormKind
from colophon.domain.todo import Milestone

AREAS = ("editorial", "production", "commercial")
METADATA, RIGHTS, LAUNCH, DAY, FREEZE, PREORDER = "metadata", "rights", "launch", "publication_day", "freeze", "preorder"
ISBN, TITLE, PRICE, DATE = "isbn", "title", "price", "date"
"""What of a product can freeze, beside kinds of files."""
_LEAD = re.compile(r"(\d{1,3})(w|bd)")


def _working_days(given: object) -> object:
    """`39w` are weeks, `10bd` working days, at any depth of names."""
    if isinstance(given, Mapping):
        return {name: _working_days(each) for name, each in given.items()}
    if isinstance(given, int):
        return given
    found = _LEAD.fullmatch(str(given))
    if found is None:
        raise ValueError(f"{given!r} is no time before publication; write 26w (weeks) or 10bd (working days)")
    return int(found[1]) * (5 if found[2] == "w" else 1)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VideoCampaign(_Part):
    """Which videos a key title needs, by kind of the library, and how many working days before its launch: `due`.

    A title is a key title by a to-do that has one of `tags`, or as one of `works`; the earliest of `milestones` that is still to come goes with the request.
    """

    tags: tuple[str, ...] = ()
    works: tuple[int, ...] = ()
    due: dict[str, int] = Field(default_factory=dict)
    milestones: tuple[Milestone, ...] = ()

    @field_validator("due", mode="before")
    @classmethod
    def _are_days(cls, given: object) -> object:
        return _working_days(given)


class LaunchReadiness(_Part):
    """What a launch waits for, by area, each with the time before publication at which it has to be there: `26w` are weeks, `10bd` working days.

    `assets` are kinds of the portal's files, by kind of format; `metadata` is when no rule may keep a title back any more. `owners`: the role by
    the name of what is waited for, else by its area, so that nothing is nobody's. A title leaves the list `days_after` its day. `kept` changes
    of a title's readiness are remembered. `preorder`: for how many days at most shops take orders before publication, by kind of format.
    """

    editorial: dict[Milestone, int]
    production: dict[Milestone, int]
    commercial: dict[Milestone, int]
    assets: dict[FormKind, dict[str, int]] = Field(default_factory=dict)
    metadata: int
    owners: dict[str, str]
    freeze: dict[str, int] = Field(default_factory=dict)
    thaw: str = Field(default="Change approved", min_length=1)
    preorder: dict[FormKind, PositiveInt] = Field(default_factory=dict)
    kept: int = Field(default=40, gt=0)
    video: VideoCampaign = VideoCampaign()

    @field_validator("editorial", "production", "commercial", mode="before")
    @classmethod
    def _are_milestones(cls, given: object) -> object:
        for name in given if isinstance(given, Mapping) else ():
            if name not in list(Milestone):
                raise ValueError(nearest(str(name), list(Milestone), "milestone"))
        return _working_days(given)

    @field_validator("assets", mode="before")
    @classmethod
    def _are_formats(cls, given: object) -> object:
        for name in given if isinstance(given, Mapping) else ():
            if name not in get_args(FormKind):
                raise ValueError(f"there is no kind of format {name!r}; there are {', '.join(get_args(FormKind))}")
        return _working_days(given)

    @field_validator("metadata", "freeze", mode="before")
    @classmethod
    def _is_days(cls, given: object) -> object:
        return _working_days(given)

    @model_validator(mode="after")
    def _nothing_is_nobodys(self) -> Self:
        """A status without an owner would stay as it is."""
        files = {kind for kinds in self.assets.values() for kind in kinds}
        for name in self.freeze.keys() - {ISBN, TITLE, PRICE, DATE, *files}:
            raise ValueError(f"freeze: {nearest(name, [ISBN, TITLE, PRICE, DATE, *sorted(files)], 'thing that freezes')}")
        known = {
            *AREAS,
            METADATA,
            RIGHTS,
            LAUNCH,
            DAY,
            FREEZE,
            PREORDER,
            "assets",
            *Milestone,
            *self.video.due,
            *files,
        }
        for name in self.owners:
            if name not in known:
                raise ValueError(f"owners: nothing is called {name!r}{near_to(name, sorted(known))}")
        if missing := [area for area in AREAS if area not in self.owners]:
            raise ValueError(f"owners: {missing[0]} has none")
        return self

    def milestones(self) -> list[tuple[str, Milestone, int]]:
        """Area, milestone and working days before publication."""
        return [(area, stage, lead) for area in AREAS for stage, lead in getattr(self, area).items()]

    def owner(self, name: str, area: str) -> str:
        """The role that owns what is waited for."""
        return self.owners.get(name) or self.owners[area]
