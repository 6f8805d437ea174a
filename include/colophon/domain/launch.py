"""How far the launch of a work has come."""

from dataclasses import dataclass
from datetime import date

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch(Sourced):
    """The launch of one work; `stage` is the system's word. What it does not tell is None."""

    work_id: int
    stage: str | None
    stage_since: date | None = None
    is_on_hold: bool | None = None
    hold_reason: str | None = None
    preorder_from: date | None = None
    announced_on: date | None = None
    release_approved_on: date | None = None

    @property
    def subject(self) -> str:
        """How the ledger names the work that is launched."""
        return f"work:{self.work_id}"
