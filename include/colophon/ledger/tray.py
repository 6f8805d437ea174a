"""The write-back tray: what Consonance should learn and no mutation could tell it waits here for a sheet and a person.

    pending -> exported -> loaded -> verified        or superseded, cancelled

A pending row is free, promised to a sheet (`sheet` is its name) or held for a mutation whose answer is not known yet
(`sheet` is BY_MUTATION). Only a free row changes hands, so that no row goes out twice.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, literal, or_, select, text, tuple_, update

from colophon.domain.storable import is_storable, storable
from colophon.errors import BadRecordError, ConflictError, NotFoundError
from colophon.http.jsontext import write_json
from colophon.ledger.browse import Place
from colophon.ledger.foreign_text import LONGEST
from colophon.ledger.statements import chunks
from colophon.ledger.store import Store, repeat_races
from colophon.ledger.tables import write_backs
from colophon.ledger.write_backs import BY_MUTATION, Added, TrayRow, WriteBack, is_older

LONGEST_REFERENCE = 120
SHOWN = ("id", "operation", "external_reference", "subject", "use_case", "reason", "state", "sheet", "created_at", "loaded_at", "loaded_by")
_LOCK = 7_330_921
_T = write_backs.c


class Tray(Store):
    """The part of the ledger that keeps write-backs for a person."""

    def add(self, item: WriteBack, reason: str, *, is_claimed: bool = False) -> Added:
        """Put something into the tray. The newest content of a reference wins, older free rows are kept as superseded.

        Same content again makes no new row; a free one takes the new reason. `is_claimed`: a mutation may have done it.

        :raises BadRecordError: a text of it cannot be kept; it names the subject.
        """
        _check(item)
        return repeat_races(lambda: self._put(item, reason, BY_MUTATION if is_claimed else None))

    def rows(self, states: Collection[str] = (), *, operation: str = "", reference: str = "", sheet: str = "") -> list[TrayRow]:
        """Rows, oldest first: all, or those of some states, of one operation, reference or sheet."""
        with self.begin() as connection:
            return _rows(connection, *_wanted(states, operation, reference, sheet))

    def page(self, states: Collection[str] = (), *, operation: str = "", after: Place | None = None, limit: int) -> list[Any]:
        """So many rows without their contents, oldest first, behind a place; waits for no writer."""
        behind = [tuple_(_T.created_at, _T.id) > tuple_(literal(after.at, _T.created_at.type), literal(after.id))] if after else []
        query = select(*(_T[name] for name in SHOWN)).where(*_wanted(states, operation, "", ""), *behind)
        with self.reading() as connection:
            return list(connection.execute(query.order_by(_T.created_at, _T.id).limit(limit)))

    def newest(self, operation: str, reference: str) -> TrayRow | None:
        """The row that holds what is last known to be wanted under a reference."""
        with self.begin() as connection:
            return _newest(_rows(connection, *_wanted((), operation, reference, "")))

    def sheets(self) -> dict[str, int]:
        """Sheets that went out and are not said to be loaded, with the number of their rows."""
        query = select(_T.sheet, func.count()).where(_T.state == "exported", _T.sheet.is_not(None)).group_by(_T.sheet).order_by(_T.sheet)
        with self.reading() as connection:
            return {str(sheet): count for sheet, count in connection.execute(query)}

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by operation and state."""
        found: dict[str, dict[str, int]] = {}
        with self.reading() as connection:
            query = select(_T.operation, _T.state, func.count()).group_by(_T.operation, _T.state)
            for operation, state, count in connection.execute(query):
                found.setdefault(operation, {})[state] = count
        return found

    def reserve(self, ids: Sequence[str], stem: str, suffix: str, *, taken: Collection[str] = ()) -> str | None:
        """Promise free rows to a new sheet `<stem>_<n><suffix>`; its name, None where no row was free any more.

        `n` is above that of all sheets known or `taken`.
        Promised before the file is written: after a crash the same sheet is written again, and never a second one.
        """
        with self.begin() as connection:
            _alone(connection)
            names = {*taken, *connection.scalars(select(_T.sheet).where(_T.sheet.startswith(stem, autoescape=True)).distinct())}
            name = f"{stem}_{_next_number(stem, names)}{suffix}"
            moved = 0
            for chunk in chunks(list(ids)):
                moved += connection.execute(update(write_backs).where(_T.id.in_(chunk), _free()).values(sheet=name)).rowcount
        return name if moved else None

    def promised(self) -> list[str]:
        """Sheets that rows were promised to and that nobody has finished."""
        query = select(_T.sheet).where(_T.state == "pending", _T.sheet.is_not(None), _T.sheet != BY_MUTATION).distinct()
        with self.begin() as connection:
            return sorted(connection.scalars(query))

    def exported(self, sheet: str) -> int:
        """A sheet lies where a person can take it; returns how many rows it carries."""
        return self._move(and_(_T.sheet == sheet, _T.state == "pending"), state="exported")

    def loaded(self, sheet: str, *, by: str) -> int:
        """A person has loaded a sheet into Consonance; returns how many rows.

        :raises NotFoundError: no row went out in it. :raises ConflictError: it was loaded before; says when and by whom.
        """
        rows = self.rows(sheet=sheet) if sheet != BY_MUTATION else []
        if not rows:
            raise NotFoundError(f"no row of the tray went out in {sheet}", system="ledger", remedy="Give the sheet's name as exported.")
        moved = self._move(and_(_T.sheet == sheet, _T.state == "exported"), state="loaded", loaded_at=self.clock(), loaded_by=by)
        if not moved:
            done = next((row for row in rows if row.loaded_at), None)
            when = f"loaded by {done.loaded_by} on {done.loaded_at:%Y-%m-%d %H:%M} UTC" if done else "never finished; export again"
            raise ConflictError(f"{sheet} was {when}", system="ledger", remedy="Imports only insert: never load a sheet twice.")
        return moved

    def confirm(self, row_id: str, *, by: str = "") -> bool:
        """Consonance was seen to hold it: a row that waits for a mutation's answer, or that a person loaded."""
        here = or_(and_(_T.state == "pending", or_(_T.sheet.is_(None), _T.sheet == BY_MUTATION)), _T.state == "loaded")
        more = {"loaded_by": by, "loaded_at": self.clock()} if by else {}
        return bool(self._move(and_(_T.id == row_id, here), state="verified", **more))

    def claim(self, row_id: str) -> bool:
        """Hold a row for a mutation, also one held before; false where a sheet has it by now."""
        here = and_(_T.id == row_id, _T.state == "pending", or_(_T.sheet.is_(None), _T.sheet == BY_MUTATION))
        return bool(self._move(here, sheet=BY_MUTATION))

    def release(self, row_id: str, reason: str) -> bool:
        """The mutation certainly did not do it: the row waits again, and says why."""
        return bool(self._move(and_(_T.id == row_id, _T.state == "pending", _T.sheet == BY_MUTATION), sheet=None, reason=reason[:120]))

    def replace(self, item: WriteBack) -> None:
        """A mutation has written this: its free row is verified, older free ones are superseded.

        A reference that the tray knows gets a row of its own for it, so that an earlier content may come again later.
        """
        repeat_races(lambda: self._settle(item))

    def back(self, row_id: str, *, by: str) -> None:
        """A person has seen that a row is not in Consonance: it waits again.

        :raises NotFoundError: no row of this id has gone out.
        """
        gone = or_(_T.state == "exported", and_(_T.state == "pending", _T.sheet.is_not(None)))
        if not self._move(and_(_T.id == row_id, gone), state="pending", sheet=None, loaded_by=by):
            raise NotFoundError(f"no row {row_id} has gone out", system="ledger")

    def cancel(self, row_id: str, *, by: str) -> None:
        """A person decides that a row is not to be written.

        :raises NotFoundError: no row of this id waits or has gone out.
        """
        if not self._move(and_(_T.id == row_id, _T.state.in_(("pending", "exported"))), state="cancelled", loaded_by=by):
            raise NotFoundError(f"no row {row_id} waits", system="ledger")

    def _move(self, where: ColumnElement[bool], **values: object) -> int:
        with self.begin() as connection:
            return int(connection.execute(update(write_backs).where(where).values(**values)).rowcount)

    def _put(self, item: WriteBack, reason: str, sheet: str | None) -> Added:
        digest = item.payload_hash
        with self.begin() as connection:
            _alone(connection)
            rows = _rows(connection, *_wanted((), item.operation, item.reference, ""))
            newest = _newest(rows)
            if newest is not None and newest.payload_hash == digest:
                values = {"reason": reason[:120], "sheet": sheet} if newest.is_free else {}
                if values:
                    connection.execute(update(write_backs).where(_T.id == newest.id).values(**values))
                return Added(_rows(connection, _T.id == newest.id)[0], is_new=False)
            is_late = newest is not None and is_older(item.payload, newest.payload, item.ordered_by)
            if not is_late:
                ids = [row.id for row in rows if row.state == "pending" and row.sheet in {None, BY_MUTATION}]
                connection.execute(update(write_backs).where(_T.id.in_(ids)).values(state="superseded"))
            late = {"state": "superseded", "sheet": None} if is_late else {"state": "pending", "sheet": sheet}
            return Added(self._insert(connection, item, len(rows), reason=reason[:120], **late), is_new=True)

    def _settle(self, item: WriteBack) -> None:
        with self.begin() as connection:
            _alone(connection)
            rows = _rows(connection, *_wanted((), item.operation, item.reference, ""))
            newest = _newest(rows)
            if newest is None or is_older(item.payload, newest.payload, item.ordered_by):
                return
            waiting = [row for row in rows if row.state == "pending" and row.sheet in {None, BY_MUTATION}]
            for row in waiting:
                state = "verified" if row.payload_hash == item.payload_hash else "superseded"
                connection.execute(update(write_backs).where(_T.id == row.id).values(state=state))
            if newest.payload_hash != item.payload_hash:
                self._insert(connection, item, len(rows), reason="", state="verified", sheet=BY_MUTATION)

    def _insert(self, connection: Connection, item: WriteBack, number: int, **values: object) -> TrayRow:
        made = _row_id(item, number)
        facts = {
            "external_reference": item.reference,
            "operation": item.operation,
            "subject": item.subject,
            "payload": dict(item.payload),
            "payload_hash": item.payload_hash,
            "use_case": item.use_case,
            "created_at": self.clock(),
        }
        connection.execute(insert(write_backs).values(id=made, **facts, **values))
        return _rows(connection, _T.id == made)[0]


def _check(item: WriteBack) -> None:
    if not is_storable(f"{item.subject}{item.reference}") or not all(map(is_storable, _texts(item.payload))):
        raise BadRecordError("a text of it is no Unicode text without NUL", system="ledger", subject=storable(item.subject))
    for name, given, longest in (("subject", item.subject, LONGEST["subject"]), ("reference", item.reference, LONGEST_REFERENCE)):
        if len(given) > longest:
            raise BadRecordError(f"its {name} is longer than {longest} characters", system="ledger", subject=item.subject[:longest])


def _texts(value: object) -> Iterator[str]:
    """Every text of a payload, however deep it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in chain(value, value.values()) if isinstance(value, Mapping) else value:
            yield from _texts(part)


def _alone(connection: Connection) -> None:
    """One at a time. SQLite's transactions already are."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _free() -> ColumnElement[bool]:
    return and_(_T.state == "pending", _T.sheet.is_(None))


def _wanted(states: Collection[str], operation: str, reference: str, sheet: str) -> list[ColumnElement[bool]]:
    given = ((_T.operation, operation), (_T.external_reference, reference), (_T.sheet, sheet))
    return [column == value for column, value in given if value] + ([_T.state.in_(states)] if states else [])


def _rows(connection: Connection, *where: ColumnElement[bool]) -> list[TrayRow]:
    query = select(write_backs).where(*where).order_by(_T.created_at, _T.id)
    return [TrayRow(**found) for found in connection.execute(query).mappings()]


def _newest(rows: Sequence[TrayRow]) -> TrayRow | None:
    live = [row for row in rows if row.state != "superseded"]
    return max(live, key=lambda row: row.id) if live else None


def _next_number(stem: str, names: Collection[str]) -> int:
    found = (re.match(r"_(\d+)[._]", name.removeprefix(stem)) for name in names if name.startswith(stem))
    return max((int(match.group(1)) for match in found if match), default=0) + 1


def _row_id(item: WriteBack, number: int) -> str:
    """By number within its reference: rows sort by it, and two processes that add at once collide and one looks again."""
    return f"w-{hashlib.sha256(write_json([item.operation, item.reference])).hexdigest()[:28]}{number:04x}"
