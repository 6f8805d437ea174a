"""What went wrong with a try, and what may follow it: the table of contract README section 4, as data."""

from dataclasses import dataclass
from enum import StrEnum

from colophon.errors import (
    AuthFailedError,
    ColophonError,
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    WrongAddressError,
)
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.response import Response


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


def classify(status: int, operation: Operation) -> Case:
    """Row of the table for a status that is no answer of this operation."""
    if status == 401:
        return Case.UNAUTHORISED
    if status in {425, 429} or (status >= 500 and status in operation.not_taken):
        return Case.BUSY
    if status == 500:
        return Case.CRASHED
    if status == 408 or status > 500:
        return Case.LOST
    return Case.REFUSED if status >= 300 else Case.FOREIGN


_BY_STATUS: dict[int, tuple[type[ColophonError], str]] = {
    401: (AuthFailedError, "the system refused the connection's credentials"),
    403: (ForbiddenError, "the credentials lack a permission"),
    404: (NotFoundError, "the system does not know it"),
    405: (WrongAddressError, "the address does not take this method"),
    409: (ConflictError, "the system holds something else under this id"),
    410: (GoneError, "it has been retired"),
    425: (RateLimitedError, "the system asked us to come back later"),
    429: (RateLimitedError, "the system asked us to slow down"),
}


def error_for(answer: Response, operation: Operation, *, system: str, subject: str = "") -> ColophonError:
    """The error of contract README section 5 for a status that is no success; says its code and pointers, never its prose."""
    error, sentence = _meaning(answer.status, operation)
    problem = str(answer.problem())
    evidence = f"HTTP {answer.status}, {problem}" if problem else f"HTTP {answer.status}"
    return error(sentence, system=system, operation=operation.name, subject=subject, evidence=evidence)


def _meaning(status: int, operation: Operation) -> tuple[type[ColophonError], str]:
    if 300 <= status < 400:
        return WrongAddressError, "the address redirects elsewhere"
    if status == 404 and "{" not in operation.path:
        return WrongAddressError, "nothing is at this address"
    if status >= 500 or status == 408:
        return ServerError, "the system is in trouble"
    return _BY_STATUS.get(status, (InvalidError, "the system found our message faulty"))
