"""OP-2, redrive: which failed deliveries a person wants sent again, from the run's form, and what is shown before they go."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from colophon.blocks.use_case import Needs
from colophon.domain.delivery_states import RESENDABLE, UNKNOWN
from colophon.domain.identifiers import isbn13_of
from colophon.errors import InvalidError, NotFoundError
from colophon.ledger.redriving import Failed, Filter

EXAMPLES = 5


def wanted(form: Mapping[str, Any], *, titles: Callable[[str], Sequence[str]], there: Iterable[tuple[str, str]]) -> Filter:
    """The filter of a form.

    :param titles: ISBNs of the titles that have some words. :param there: use cases and destinations that the ledger knows.
    :raises InvalidError: nothing is named, or a moment is none. :raises NotFoundError: a name that the ledger does not know; says the nearest.
    """
    given = {name: str(form.get(name) or "").strip() for name in ("use_case", "destination", "title", "error", "since", "until")}
    if not any(given.values()):
        raise InvalidError("everything that ever failed is no filter", remedy="Name a use case, destination, title, error or time.")
    pairs = list(there)
    _check("use case", given["use_case"], {use_case for use_case, _ in pairs})
    _check("destination", given["destination"], {place for use_case, place in pairs if given["use_case"] in {"", use_case}})
    isbn = isbn13_of(given["title"]) if given["title"] else None
    isbns = [isbn] if isbn else titles(given["title"]) if given["title"] else []
    if given["title"] and not isbns:
        raise NotFoundError(f"the ledger knows no title {given['title'][:60]!r}", remedy="Give its ISBN, or words of its title.")
    states = (*RESENDABLE, UNKNOWN) if form.get("unknown") else RESENDABLE
    times = (_moment(given["since"]), _moment(given["until"]))
    return Filter(given["use_case"], given["destination"], tuple(isbns), given["error"], *times, states)


def shown(rows: Sequence[Failed], reason: str) -> dict[str, Any]:
    """What whoever confirms is shown: how many, of what, five of them, and what is left with why.

    :raises NotFoundError: nothing matches. :raises InvalidError: one is of class D, and no reason is given.
    """
    if not rows:
        raise NotFoundError("no failed delivery matches the filter", remedy="Leave out the error or the time; the desk lists what failed.")
    goes, left = [row for row in rows if row.may_go], [row for row in rows if not row.may_go]
    is_doubtful = [row for row in goes if row.delivery_class == "D"]
    if is_doubtful and not reason:
        remedy = "Look at the counterpart first; then say in *Reason* why it cannot be there twice."
        raise InvalidError(f"{len(is_doubtful)} of these can be done twice by sending them again (class D)", remedy=remedy)
    return {
        "count": len(goes),
        "of": dict(Counter(f"{row.use_case} to {row.destination}" for row in goes)),
        "errors": dict(Counter(row.code or row.state for row in goes).most_common(EXAMPLES)),
        "examples": [row.sentence for row in goes[:EXAMPLES]],
        "left": [row.sentence for row in left[:EXAMPLES]],
        "left_count": len(left),
        "class_d": len(is_doubtful),
        "second": bool(is_doubtful),
        "reason": reason,
    }


def _check(what: str, name: str, known: Collection[str]) -> None:
    if name and name not in known:
        near = get_close_matches(name, sorted(known), n=1, cutoff=0)
        raise NotFoundError(
            f"the ledger has no {what} {name[:60]!r}", remedy=f"Did you mean {near[0]}?" if near else "Nothing was sent yet."
        )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidError(f"{text[:40]!r} is no moment", remedy="Write it as 2026-05-01T02:00:00+00:00.") from None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


CASE = Needs(id="ops__redrive")
