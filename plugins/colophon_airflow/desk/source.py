"""What a page reads from: the ledger of this installation, opened once, and what an address asks for."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query

from colophon import environment
from colophon.errors import InvalidError
from colophon.ledger import Ledger
from colophon.ledger.browse import Place, Wanted
from colophon.ledger.exception_queue import Chosen
from colophon_airflow.settings import kept_ledger, ledger_url

PAGE = 50
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
Text = Annotated[str, Query(max_length=200)]
BeforeLine = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Number of a line; the lines before it.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows of a page.")]


def ledger() -> Ledger:
    """The ledger. Raises as `Ledger.open`."""
    return kept_ledger(ledger_url())


def deliveries_wanted(
    state: Annotated[list[str] | None, Query(max_length=20)] = None,
    use_case: Text = "",
    destination: Text = "",
    isbn: Text = "",
    subject: Text = "",
    code: Text = "",
    carrier: Text = "",
    since: Text = "",
    until: Text = "",
    closed: Annotated[str, Query(pattern="^(true)?$", description="`true`: those alone that take a title off sale.")] = "",
    messages: Annotated[str, Query(pattern="^(no)?$", description="`no`: what travels in messages, and not these.")] = "",
    standing: Annotated[
        str, Query(pattern="^(true)?$", description="`true`: those alone that are still wanted and that nothing newer has overtaken.")
    ] = "",
) -> Wanted:
    """Deliveries that an address asks for; `since` and `until` are days such as 2026-05-01, UTC, and belong to what is asked for.

    :raises InvalidError: a day that is none.
    """
    return Wanted(
        states=tuple(filter(None, state or ())),
        use_case=use_case.strip(),
        destination=destination.strip(),
        isbn=isbn.replace("-", "").strip(),
        subject=subject.strip(),
        code=code.strip(),
        carrier=carrier.strip(),
        since=midnight(day_of(since)) if since else None,
        until=midnight(day_of(until)) + timedelta(days=1) if until else None,
        closed=bool(closed),
        no_messages=bool(messages),
        standing=bool(standing),
    )


def exceptions_chosen(
    state: Annotated[str, Query(pattern="^(open|snoozed|closed|all)$")] = "open",
    owner: Text = "",
    assignee: Text = "",
    use_case: Text = "",
    destination: Text = "",
    rule: Text = "",
    severity: Text = "",
    imprint: Text = "",
    subject: Text = "",
) -> Chosen:
    """Exceptions that an address asks for."""
    given = Chosen("" if state == "all" else state, owner, assignee, use_case, destination, rule, severity, imprint, subject)
    return Chosen(*(value.strip() for value in given))


def place(after: Annotated[str, Query(max_length=100, description="`next` of the page before.")] = "") -> Place | None:
    """Where the page before ended.

    :raises InvalidError: it is none of our marks.
    """
    if not after:
        return None
    moment, _, key = after.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as problem:
        raise InvalidError("this is no place in a list", remedy="Begin at the first page.") from problem
    if at.tzinfo is None or not FIRST_DAY <= at.date() <= LAST_DAY:
        raise InvalidError("this is no place in a list", remedy="Begin at the first page.")
    return Place(at, key)


def mark(at: datetime, key: str) -> str:
    """A place, as an address writes it."""
    return f"{at.astimezone(UTC).isoformat()}~{key}"


def cut(rows: Sequence[Any], limit: int, moment: str) -> tuple[Sequence[Any], str]:
    """One page of rows, one more of which were asked for, and the place behind it; no place on the last page.

    :param moment: the column that the rows are ordered by.
    """
    more = mark(getattr(rows[limit - 1], moment), rows[limit - 1].id) if len(rows) > limit else ""
    return rows[:limit], more


def midnight(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def now() -> datetime:
    """When this page is made. A page is of the moment at which it is looked at; nothing is decided by it."""
    return environment.now()


LedgerDep = Annotated[Ledger, Depends(ledger)]
WantedDep = Annotated[Wanted, Depends(deliveries_wanted)]
ChosenDep = Annotated[Chosen, Depends(exceptions_chosen)]
PlaceDep = Annotated[Place | None, Depends(place)]


def day_of(text: str) -> date:
    """A day as it stands in an address.

    :raises InvalidError: it is none.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidError(f"{text[:20]} is no day", remedy="Write it as 2027-03-01.")
    return day
