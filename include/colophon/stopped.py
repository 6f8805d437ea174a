"""Titles that a person stopped everywhere: the rights engine's answer about them is *closed*, for every country, channel and format.

stop(ledger, isbn, by=..., why=...)          # from the next run of each use case on
release(ledger, isbn, by=..., why=...)       # the way back: rights alone decide again
stops(ledger)                                # what is stopped, by ISBN
as_stopped(ledger, isbn, judged)             # the rights engine's answer, closed where it is stopped

So each use case that asks the engine closes the title in its own words, and opens it again once it is released.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from colophon.errors import ConflictError, InvalidError, NotFoundError
from colophon.ledger import Ledger

if TYPE_CHECKING:
    from colophon.rights import Availability

SENTENCE = "a person stopped this title everywhere"
"""Why it is closed; who did and why stands in the audit."""
_NAME = "stopped:"


def stops(ledger: Ledger) -> dict[str, Mapping[str, Any]]:
    """What is stopped, by ISBN: `by`, `why`, `at`."""
    return {str(kept["isbn"]): kept for kept in ledger.memory.get_each(_NAME) if kept["is_stopped"]}


def as_stopped(ledger: Ledger, isbn: str, judged: "Availability") -> "Availability":
    """What rights say of a title; closed everywhere where a person stopped it."""
    return judged.shut(SENTENCE) if isbn in stops(ledger) else judged


def stop(ledger: Ledger, isbn: str, *, by: str, why: str) -> None:
    """Stop a title everywhere.

    :raises NotFoundError: nothing was ever planned of it. :raises InvalidError: no reason. :raises ConflictError: it is stopped.
    """
    if ledger.desk.title(isbn) is None:
        raise NotFoundError("the ledger has no such title", system="ledger", remedy="Search for it by words of its title.")
    if isbn in stops(ledger):
        raise ConflictError("it is stopped already", system="ledger", remedy="Load the page anew.")
    _keep(ledger, isbn, "stop everywhere", by, why, is_stopped=True)


def release(ledger: Ledger, isbn: str, *, by: str, why: str) -> None:
    """Let rights alone decide about a title again.

    :raises InvalidError: no reason. :raises NotFoundError: nobody stopped it.
    """
    if isbn not in stops(ledger):
        raise NotFoundError("nobody stopped it", system="ledger", remedy="Load the page anew.")
    _keep(ledger, isbn, "release", by, why, is_stopped=False)


def _keep(ledger: Ledger, isbn: str, action: str, by: str, why: str, *, is_stopped: bool) -> None:
    if not why.strip():
        raise InvalidError("this is done for a reason", system="ledger", remedy="Say why.")
    now = ledger.clock()
    told = {"isbn": isbn, "is_stopped": is_stopped, "by": by[:200], "why": why[:1000], "at": now.isoformat(timespec="seconds")}
    ledger.memory.put(f"{_NAME}{isbn}", told, now)
    ledger.people.noted(action, f"isbn:{isbn}", by=by, why=why)
