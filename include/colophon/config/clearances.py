"""What others own in our videos - music, voices, pictures - and where and how long they let it be shown: `clearances.yaml`."""

from datetime import date
from fnmatch import fnmatchcase
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.config.videos import CHANNELS, known
from colophon.domain.countries import COUNTRIES

WORLD = "WORLD"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Permission(_Part):
    """Countries (or WORLD) and channels of the video library, from one day to another, both included; without `until` for good. Not `paid` for, it gives nothing."""

    territories: tuple[str, ...] = Field(min_length=1)
    channels: tuple[str, ...] = Field(default=CHANNELS, min_length=1)
    since: date | None = None
    until: date | None
    paid: bool

    @model_validator(mode="after")
    def _can_be_given(self) -> Self:
        known("country", self.territories, {*COUNTRIES, WORLD})
        known("channel", self.channels, CHANNELS)
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"it ends on {self.until}, before it begins")
        return self


class Clearance(_Part):
    """Something of somebody else in some videos, by their external ids (`*`: any letters). What no permission gives is not cleared.

    A song and its recording are two, where two own them.
    """

    asset: str = Field(min_length=1)
    holder: str = Field(min_length=1)
    videos: tuple[str, ...] = Field(min_length=1)
    permissions: tuple[Permission, ...] = ()

    def is_in(self, external_id: str) -> bool:
        """Whether a video has it."""
        return any(fnmatchcase(external_id, pattern) for pattern in self.videos)

    @property
    def until(self) -> date | None:
        """The last day on which it is cleared anywhere; the first of all days where it never is; None: for good."""
        ends = [permission.until for permission in self.permissions if permission.paid]
        return None if None in ends else max((end for end in ends if end), default=date.min)


class Clearances(_Part):
    """The whole file. Somebody is told `alarm_days` before something is cleared no more."""

    clearances: tuple[Clearance, ...] = ()
    alarm_days: tuple[int, ...] = Field(default=(30, 7, 0), min_length=1)

    def of(self, external_id: str) -> list[Clearance]:
        """What a video has of others."""
        return [clearance for clearance in self.clearances if clearance.is_in(external_id)]
