"""Quality schemes of the trade as dated data: `schemes/*.yaml`, a file for each. What a scheme does not make public is a named gap."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(_Part):
    """A share of some titles that has all of some fields.

    `titles`: `new` are judged by what had been sent `weeks` before publication, from then until they are published; `available` and
    `published` ones, and those within `days` of publication (`window`), by their records as they are. `wanted` is the share in per
    cent; where the scheme does not say it, `gap` does.
    """

    id: str = Field(pattern=r"^[a-z0-9_]{2,26}$")
    name: str
    level: str = ""
    titles: Literal["new", "available", "published", "window"]
    weeks: int = Field(default=16, gt=0)
    days: int = Field(default=180, gt=0)
    fields: tuple[str, ...] = Field(min_length=1)
    wanted: int | None = Field(default=None, gt=0, le=100)
    gap: str = ""

    @model_validator(mode="after")
    def _says_what_it_lacks(self) -> Self:
        if self.wanted is None and not self.gap:
            raise ValueError("without the share that is wanted, `gap` says why it is not known")
        return self


class Scheme(_Part):
    """Criteria that hold from a day, until another if one is named. `applications_until`: whoever has its award keeps it; nobody new gets one."""

    id: str
    name: str
    source: str
    valid_from: date
    valid_to: date | None = None
    applications_until: date | None = None
    replaced_by: str = ""
    criteria: tuple[Criterion, ...]

    def holds(self, on: date) -> bool:
        """Whether it is measured on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
