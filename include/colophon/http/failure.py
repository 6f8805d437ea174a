"""What went wrong with a try, and what may follow it: the table of contract README section 4, as data."""

from dataclasses import dataclass
from enum import StrEnum

from colophon.errors import ColophonError
from colophon.http.operation import DeliveryClass


class FailureKind(StrEnum):
    """Whether the request may have had an effect: only the first two may be sent again without a check."""

    NOT_SENT = "not sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Case(StrEnum):
    """The rows of the table."""

    NOT_SENT = "not sent"
    UNAUTHORISED = "credentials refused"
    REFUSED = "refused"
    BUSY = "asked to wait"
    LOST = "answer lost"
    CRASHED = "server error"
    FOREIGN = "unreadable answer"

    @property
    def kind(self) -> FailureKind:
        """The sort of failure that this row is."""
        return _KINDS[self]


_KINDS = {
    Case.NOT_SENT: FailureKind.NOT_SENT,
    Case.UNAUTHORISED: FailureKind.REFUSED,
    Case.REFUSED: FailureKind.REFUSED,
    Case.BUSY: FailureKind.REFUSED,
    Case.LOST: FailureKind.UNKNOWN,
    Case.CRASHED: FailureKind.UNKNOWN,
    Case.FOREIGN: FailureKind.UNKNOWN,
}

MANY = 99
"""As often as tries and budget allow."""

_A, _B, _C, _D = DeliveryClass
# How often a case may be followed by a repeat; C is read back by whoever delivers, never repeated blindly here.
REPEATS: dict[Case, dict[DeliveryClass | None, int]] = {
    Case.NOT_SENT: {None: MANY, _A: MANY, _B: MANY, _C: MANY, _D: MANY},
    Case.UNAUTHORISED: {None: 1, _A: 1, _B: 1, _C: 1, _D: 1},
    Case.REFUSED: {None: 0, _A: 0, _B: 0, _C: 0, _D: 0},
    Case.BUSY: {None: MANY, _A: MANY, _B: MANY, _C: MANY, _D: MANY},
    Case.LOST: {None: MANY, _A: MANY, _B: MANY, _C: 0, _D: 0},
    Case.CRASHED: {None: MANY, _A: 1, _B: 1, _C: 0, _D: 0},
    Case.FOREIGN: {None: 1, _A: 1, _B: 1, _C: 0, _D: 0},
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try: its row of the table, the error it becomes if it stays, and how long the system asks us to wait."""

    case: Case
    error: ColophonError
    retry_after_s: float | None = None
