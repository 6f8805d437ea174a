"""What a status means that is no answer: the row of the table, and the error of contract README section 5."""

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
from colophon.http.failure import Case
from colophon.http.operation import Operation
from colophon.http.response import Response


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
