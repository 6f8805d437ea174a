"""The queue of exceptions as people work it: by cause, page by page; each act on it with a line in the audit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, or_, select, update

from colophon.errors import ConflictError, InvalidError
from colophon.ledger.audit import Audit, note
from colophon.ledger.browse import Place, behind
from colophon.ledger.statements import chunks
from colophon.ledger.tables import exceptions

_X = exceptions.c
LONGEST_SNOOZE = timedelta(days=366)


class Chosen(NamedTuple):
    """Which exceptions: empty members do not narrow. `state`: open, snoozed (put off, and open again on a day), closed, or empty for all."""

    state: str = "open"
    owner: str = ""
    assignee: str = ""
    use_case: str = ""
    destination: str = ""
    rule: str = ""
    severity: str = ""
    imprint: str = ""
    subject: str = ""


class Cause(NamedTuple):
    """Exceptions of one rule that one owner has: how many, since when the oldest is there, and what to do in the words of one of them."""

    rule: str
    severity: str
    owner: str
    number: int
    since: datetime
    field: str
    remedy: str


class Owned(NamedTuple):
    """Open exceptions of one owner: how many, and since when the oldest is open."""

    owner: str
    number: int
    since: datetime


class Alike(NamedTuple):
    """Exceptions of one place, rule and owner that are not closed, and what one of them says. `is_whole`: they are of more than single subjects.

    `early`: how many are open since before the moment that was asked for, `newest` since when the last of these is.
    """

    use_case: str
    destination: str
    rule: str
    owner: str
    is_whole: bool
    number: int
    early: int
    newest: datetime | None
    found: str
    expected: str
    remedy: str


class ExceptionQueue(Audit):
    """The part of the ledger that the page of exceptions talks to. Open is what is neither closed nor put off."""

    def exceptions_page(self, chosen: Chosen, *, after: Place | None = None, limit: int = 50) -> list[Any]:
        """Exceptions, newest first."""
        where = self._narrowed(chosen)
        if after is not None:
            where.append(behind(_X.opened_at, _X.id, after))
        query = select(exceptions).where(*where).order_by(_X.opened_at.desc(), _X.id.desc()).limit(limit)
        with self.reading() as connection:
            return list(connection.execute(query))

    def causes(self, chosen: Chosen) -> list[Cause]:
        """Exceptions grouped by rule and owner, errors first, then the most."""
        first, count = func.min(_X.opened_at, type_=_X.opened_at.type), func.count()
        shown = (_X.rule, func.min(_X.severity), _X.owner, count, first, func.min(_X.field), func.min(_X.remedy))
        query = select(*shown).where(*self._narrowed(chosen)).group_by(_X.rule, _X.owner)
        with self.reading() as connection:
            found = [Cause(*row) for row in connection.execute(query)]
        return sorted(found, key=lambda cause: (cause.severity, -cause.number, cause.rule, cause.owner))

    def alike(self, before: datetime, whole: Sequence[str]) -> list[Alike]:
        """All exceptions that are not closed, by what is alike in them. :param whole: how the subjects begin that are not single ones."""
        began = func.coalesce(_X.snoozed_until, _X.opened_at, type_=_X.opened_at.type)  # what is put off is open from that day on
        is_early = began < before
        newest = func.max(began, type_=_X.opened_at.type).filter(is_early)
        is_whole = or_(*(_X.subject.startswith(prefix, autoescape=True) for prefix in whole)).label("is_whole")
        of = (_X.use_case, _X.destination, _X.rule, _X.owner)
        said = (func.min(column) for column in (_X.found, _X.expected, _X.remedy))
        query = select(*of, is_whole, func.count(), func.count().filter(is_early), newest, *said)
        with self.reading() as connection:
            rows = connection.execute(query.where(_X.closed_at.is_(None)).group_by(*of, literal_column("is_whole")).order_by(*of))
            return [Alike(*row) for row in rows]

    def exception(self, exception_id: str) -> Any | None:
        """One exception; None where there is none."""
        with self.reading() as connection:
            return connection.execute(select(exceptions).where(_X.id == exception_id)).first()

    def ids_of(self, chosen: Chosen, count: int) -> list[str]:
        """All of some exceptions, which a person has seen to be so many.

        :raises ConflictError: they are more or fewer meanwhile.
        """
        with self.reading() as connection:
            found = list(connection.scalars(select(_X.id).where(*self._narrowed(chosen)).limit(count + 1)))
        if len(found) != count:
            raise ConflictError(f"these are no longer {count} exceptions", system="ledger", remedy="Load the page anew, and look again.")
        return found

    def open_by(self, name: str) -> dict[str, int]:
        """Open exceptions counted by a column: owner, rule, use_case, ..."""
        query = select(_X[name], func.count()).where(*self._narrowed(Chosen())).group_by(_X[name])
        with self.reading() as connection:
            return {str(value or ""): count for value, count in connection.execute(query)}

    def oldest_by_owner(self) -> list[Owned]:
        """Owners of open exceptions, the oldest first."""
        first = func.min(_X.opened_at, type_=_X.opened_at.type)
        query = select(_X.owner, func.count(), first).where(*self._narrowed(Chosen())).group_by(_X.owner).order_by(first, _X.owner)
        with self.reading() as connection:
            return [Owned(*row) for row in connection.execute(query)]

    def assign(self, ids: Sequence[str], to: str, *, by: str, why: str) -> int:
        """Give open exceptions to somebody, or to nobody (empty); returns how many."""
        return self._change(ids, {"assignee": to[:200] or None}, "assign", by, f"to {to or 'nobody'}. {why}".strip())

    def close_exceptions(self, ids: Sequence[str], *, by: str, why: str) -> int:
        """Close open exceptions for a reason; each opens again when its fault changes. Returns how many.

        :raises InvalidError: no reason is given.
        """
        if not why.strip():
            raise InvalidError("an exception is closed for a reason", system="ledger", remedy="Say why it may stay as it is.")
        return self._change(ids, {"closed_at": self.clock(), "closed_by": by[:200]}, "close", by, why)

    def snooze(self, ids: Sequence[str], until: datetime, *, by: str, why: str) -> int:
        """Put open exceptions off until a moment, at most for a year; one whose fault changes comes back before. Returns how many.

        :raises InvalidError: no reason is given, or another moment.
        """
        if not why.strip() or not self.clock() < until <= self.clock() + LONGEST_SNOOZE:
            remedy = "Name a day of the next year, and why it may wait until then."
            raise InvalidError("an exception is put off for a reason, until a day to come", system="ledger", remedy=remedy)
        return self._change(ids, {"snoozed_until": until}, "snooze", by, f"until {until:%Y-%m-%d}. {why}")

    def _change(self, ids: Sequence[str], values: dict[str, Any], action: str, by: str, why: str) -> int:
        done: list[str] = []
        with self.begin() as connection:
            for chunk in chunks(sorted(set(ids))):
                here = list(connection.scalars(select(_X.id).where(_X.id.in_(chunk), _X.closed_at.is_(None)).with_for_update()))
                connection.execute(update(exceptions).where(_X.id.in_(here)).values(**values))
                done += here
            note(connection, by, action, done, why, self.clock())
        return len(done)

    def _narrowed(self, chosen: Chosen) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = [_X[name] == value for name, value in chosen._asdict().items() if value and name != "state"]
        now = self.clock()
        states: dict[str, list[ColumnElement[bool]]] = {
            "open": [_X.closed_at.is_(None), or_(_X.snoozed_until.is_(None), _X.snoozed_until <= now)],
            "snoozed": [_X.closed_at.is_(None), _X.snoozed_until > now],
            "closed": [_X.closed_at.is_not(None)],
            "": [],
        }
        return where + states[chosen.state]
