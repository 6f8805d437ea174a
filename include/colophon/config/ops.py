"""Operations: how long write-backs may wait for a person, and how long what is kept is kept."""

from datetime import timedelta
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field


class WriteBackTray(BaseModel):
    """Write-backs that a person loads: after `remind_days` in the tray, in a sheet, or loaded and not seen, somebody is reminded; again after as many.

    `sheet_folder`: where import sheets are written, one place for all workers; empty: they are fetched from the desk.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    remind_days: int = Field(default=3, gt=0)
    sheet_folder: str = ""

    @property
    def patience(self) -> timedelta:
        """As time."""
        return timedelta(days=self.remind_days)


class KeptOtherwise(BaseModel):
    """What holds for one use case, or for those that a pattern names. `newest_days`: after these even what a destination took last goes.

    Without `newest_days` it stays, for the next run compares with it: leave it out where a use case keeps something in step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content_days: int | None = Field(default=None, ge=60)
    newest_days: int | None = Field(default=None, ge=60)
    staged_days: int | None = Field(default=None, ge=8)


class Housekeeping(BaseModel):
    """How many days each kind of thing is kept. Of each delivery hash, outcome and time stay for `proof_days`, whatever else goes.

    `staged_days`: files between steps. `content_days`: what was sent, once something newer was taken. `tries_days`: tries and reported
    outcomes. `inbox_days`: events that were dealt with. `exceptions_days`: closed ones. `tray_days`: payloads of write-backs that are done.
    `use_cases` says what holds otherwise, by a use case's id or a pattern such as `push__*`; the first that fits counts.
    `by_law`: use cases whose deliveries stay for their time even where a person asks to be erased.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    staged_days: int = Field(default=30, ge=8)
    content_days: int = Field(default=400, ge=60)
    tries_days: int = Field(default=730, ge=60)
    inbox_days: int = Field(default=90, ge=30)
    exceptions_days: int = Field(default=730, ge=30)
    audit_days: int = Field(default=2555, ge=365)
    tray_days: int = Field(default=730, ge=60)
    proof_days: int = Field(default=3650, ge=400)
    use_cases: dict[str, KeptOtherwise] = Field(default_factory=dict)
    by_law: tuple[str, ...] = ()

    def of(self, use_case: str) -> KeptOtherwise:
        """What holds for a use case."""
        other = next((kept for pattern, kept in self.use_cases.items() if fnmatchcase(use_case, pattern)), KeptOtherwise())
        return KeptOtherwise(
            content_days=other.content_days or self.content_days,
            newest_days=other.newest_days,
            staged_days=other.staged_days or self.staged_days,
        )

    @property
    def inbox_for(self) -> timedelta:
        """As time."""
        return timedelta(days=self.inbox_days)
