"""What the ledger holds of a person: to be handed over on request, and to be made unreadable on request.

A person is known by a key (a contact id, or the key in the file of people) and by `named`, as the ledger calls whoever is told something.
Erasing takes content, words and payloads away; of each delivery its hash, outcome and time stay, which tell nobody's name. What the law
asks for stays as it is. Every step is one transaction and may be done again.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, func, or_, select, text, true, update

from colophon.domain.delivery_states import IN_FLIGHT, NEEDED, WAITING, WITHDRAWN
from colophon.ledger.packed import unpacked
from colophon.ledger.statements import among, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import attempts, capabilities, content, deliveries, inbox, outcome_events, write_backs

ERASED = "erased on request"
_D = deliveries.c
_LABELS = ("contact", "payee")
_NAMES = re.compile(r"contact|customer|payee|person|assignee|recipient|completedby", re.IGNORECASE)
"""What fields are called that say who somebody is."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody: by key, which may be unknown by now, and as the ledger calls whoever is told something.

    The key is a contact's, or a reader's as `reader:7`: the two have numbers of their own.
    `until`: only what came before that moment; who comes back after it is nobody erased.
    """

    key: str = field(repr=False)
    named: str
    until: datetime | None = None

    def mark(self, at: datetime) -> str:
        """As what it is remembered that somebody was erased at a moment; an address is none of it."""
        return json.dumps(
            {"key": self.key if re.fullmatch(r"(reader:)?\d+", self.key) else "", "named": self.named, "until": at.isoformat()}
        )

    @classmethod
    def of(cls, mark: str | bytes) -> Self:
        """Whom a mark is about."""
        said = json.loads(mark)
        return cls(said["key"], said["named"], datetime.fromisoformat(said["until"]))

    @property
    def contact(self) -> str:
        """The key where it is a contact's, else empty."""
        return "" if self.key.startswith("reader:") else self.key

    @property
    def token(self) -> str:
        """How subjects name somebody."""
        return self.key if self.contact != self.key else f"contact:{self.key}"

    def before(self, moment: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a row is old enough."""
        return moment <= self.until if self.until is not None else true()


class Erased(NamedTuple):
    """How much was made unreadable. `left`: deliveries that are just being sent; the next call takes them."""

    contents: int = 0
    write_backs: int = 0
    events: int = 0
    words: int = 0
    kept_by_law: int = 0
    left: int = 0


class Persons(Store):
    """The part of the ledger that answers to a person."""

    def export(self, subject: Subject) -> Iterator[dict[str, Any]]:
        """Everything that is held of somebody, as plain JSON, by kind."""
        with self.reading() as connection:
            rows = _deliveries_of(connection, subject)
            for row in rows:
                body = connection.scalar(select(content.c.body).where(content.c.hash == row.content_hash))
                facts = {name: getattr(row, name) for name in ("id", "use_case", "destination", "subject", "state", "code", "detail")}
                said = [{"outcome": each.outcome, "at": each.at.isoformat(), "detail": each.detail} for each in _events(connection, row.id)]
                yield {"kind": "delivery", **facts, "at": row.updated_at.isoformat(), "content": _read(body), "outcomes": said}
            for each in _tray_of(connection, subject):
                yield {"kind": "write-back", "operation": each.operation, "state": each.state, "payload": each.payload}
            for each in _inbox_of(connection, subject, {row.id for row in rows}):
                yield {
                    "kind": "event",
                    "source": each.source,
                    "type": each.type,
                    "at": each.received_at.isoformat(),
                    "body": _read_plain(each.body),
                }
            for name, value in _words_of(connection, [row.id for row in rows], subject.contact):
                yield {"kind": "words", "about": name, "value": value}

    def erase(self, subject: Subject, *, by_law: Collection[str] = ()) -> Erased:
        """Make unreadable what is held of somebody; again changes nothing more. What waits for the person is withdrawn.

        :param by_law: use cases whose deliveries are kept as they are.
        """
        with self.reading() as connection:
            rows = _deliveries_of(connection, subject)
            kept = {row.id for row in rows if row.use_case in by_law}
            events = [(each.source, each.id) for each in _inbox_of(connection, subject, {row.id for row in rows} - kept)]
            tray = [each.id for each in _tray_of(connection, subject) if each.use_case not in by_law]
        stay = {row.content_hash for row in rows if row.id in kept or row.state == IN_FLIGHT}
        goes = [row for row in rows if row.id not in kept and row.state != IN_FLIGHT]
        words = self._forget_words([row.id for row in goes], subject.contact)
        contents = sum(self._erase_deliveries(chunk, stay) for chunk in chunks(goes))
        for chunk in chunks(tray):
            with self._erasing() as connection:
                live = write_backs.c.state.in_(("pending", "exported", "loaded"))
                here = write_backs.c.id.in_(chunk)
                connection.execute(update(write_backs).where(here, live).values(state="cancelled", loaded_by=ERASED))
                connection.execute(update(write_backs).where(here).values(payload={}))
        for source, event in events:
            with self._erasing() as connection:
                named = (inbox.c.source == source, inbox.c.id == event)
                connection.execute(update(inbox).where(*named).values(body=b"", state="done", note=ERASED))
        left = sum(row.state == IN_FLIGHT for row in rows if row.id not in kept)
        self._checkpoint()
        return Erased(contents, len(tray), len(events), words, len(kept), left)

    def _erase_deliveries(self, rows: Collection[Any], stay: Collection[str]) -> int:
        ids, hashes = [row.id for row in rows], sorted({row.content_hash for row in rows if row.content_hash not in stay})
        with self._erasing() as connection:
            mine, now = among(connection, _D.id, ids), self.clock()
            waits = {"state": WITHDRAWN, "code": "", "unwanted": None, "updated_at": now}
            connection.execute(update(deliveries).where(mine, _D.state == WAITING).values(waits))
            connection.execute(update(deliveries).where(mine, _D.detail != ERASED).values(detail=ERASED))
            connection.execute(update(attempts).where(among(connection, attempts.c.delivery_id, ids)).values(evidence=""))
            for event in connection.execute(select(outcome_events).where(among(connection, outcome_events.c.delivery_id, ids))).all():
                hidden = _hidden(event.recipient_ref)
                connection.execute(update(outcome_events).where(outcome_events.c.id == event.id).values(detail="", recipient_ref=hidden))
            # The same words that somebody else is still to get; once they have, the next call takes them.
            others = select(_D.content_hash).where(_D.state.in_(NEEDED), among(connection, _D.content_hash, hashes), ~mine)
            gone = sorted(set(hashes) - set(connection.scalars(others)))
            return int(connection.execute(delete(content).where(among(connection, content.c.hash, gone))).rowcount)

    def _forget_words(self, ids: Collection[str], key: str) -> int:
        with self.reading() as connection:
            names = [name for name, _ in _words_of(connection, ids, key)]
        for chunk in chunks(names):
            with self._erasing() as connection:
                connection.execute(delete(capabilities).where(capabilities.c.connection.in_(chunk)))
        return len(names)

    @contextmanager
    def _erasing(self) -> Iterator[Connection]:
        """A transaction in which SQLite writes over what is deleted."""
        with self.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("PRAGMA secure_delete = ON"))
            yield connection

    def _checkpoint(self) -> None:
        """Nothing of it stays in SQLite's log beside the file."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # it is open


def mentions(value: Any, key: str, ids: Collection[str] = (), name: str = "") -> bool:
    """Whether JSON speaks of somebody: by key in a field that says who, or by a delivery to them."""
    if isinstance(value, Mapping):
        return any(mentions(part, key, ids, str(field)) for field, part in value.items())
    if isinstance(value, list):
        return any(mentions(part, key, ids, name) for part in value)
    said = str(value)
    return said in ids or (bool(key) and said == key and bool(_NAMES.search(name)))


def _deliveries_of(connection: Connection, subject: Subject) -> list[Any]:
    columns = (_D.id, _D.use_case, _D.destination, _D.subject, _D.state, _D.code, _D.detail, _D.updated_at, _D.content_hash, _D.labels)
    where = [_D.subject.startswith(f"{subject.named}/", autoescape=True)]
    if subject.key:
        where += [_D.subject.contains(subject.token, autoescape=True)]
    if subject.contact:
        where += [_D.labels[label].as_string() == subject.contact for label in _LABELS]
    token = re.compile(rf"(^|/){re.escape(subject.token)}(/|$)")
    rows = {
        row.id: row
        for row in connection.execute(select(*columns).where(or_(*where), subject.before(_D.created_at)))
        if row.subject.startswith(f"{subject.named}/")
        or token.search(row.subject)
        or (subject.contact and subject.contact in {str(row.labels.get(label)) for label in _LABELS})
    }
    if subject.key:
        told = (
            select(*columns, content.c.body)
            .join(content, content.c.hash == _D.content_hash)
            .where(_D.destination == "consonance", subject.before(_D.created_at))
        )
        for row in connection.execute(told):
            if row.id not in rows and mentions(_read(row.body), subject.contact, rows):
                rows[row.id] = row
    return list(rows.values())


def _tray_of(connection: Connection, subject: Subject) -> list[Any]:
    filled = func.length(cast(write_backs.c.payload, Text)) > len("{}")
    rows = connection.execute(select(write_backs).where(filled, subject.before(write_backs.c.created_at))) if subject.contact else ()
    return [row for row in rows if mentions(row.payload, subject.contact)]


def _inbox_of(connection: Connection, subject: Subject, ids: Collection[str]) -> list[Any]:
    rows = connection.execute(select(inbox).where(func.length(inbox.c.body) > 0, subject.before(inbox.c.received_at)))
    parties = {f"{value['system']}/{value['party']}" for _, value in _parties_of(connection, subject.contact) if "party" in value}
    parties |= {name.partition(":link:")[2] for name, _ in _parties_of(connection, subject.contact) if ":link:" in name}
    return [row for row in rows if mentions(body := _read_plain(row.body), subject.contact, ids) or _party(body) in parties]


def _party(body: Any) -> str:
    """How another system calls whoever an event is about: `crm/77`; empty where it is about no party."""
    data = body.get("data") if isinstance(body, Mapping) else None
    return f"{data['system']}/{data['partyId']}" if isinstance(data, Mapping) and "partyId" in data and "system" in data else ""


def _parties_of(connection: Connection, key: str) -> list[tuple[str, Any]]:
    """What is remembered of somebody as a party of other systems."""
    rows = connection.execute(select(capabilities.c.connection, capabilities.c.value).where(capabilities.c.connection.startswith("party:")))
    found = [(row.connection, row.value) for row in rows]
    ours = {name.partition(":link:")[2] for name, value in found if key and ":link:" in name and str(value.get("contact")) == key}
    return [
        (name, value) for name, value in found if (key and str(value.get("contact")) == key) or name.partition(":agreed:")[2] in ours - {""}
    ]


def _words_of(connection: Connection, ids: Collection[str], key: str) -> list[tuple[str, Any]]:
    """What was remembered under a delivery's id, such as what a person answered; and of somebody as a party of other systems."""
    wanted = set(ids)
    rows = connection.execute(select(capabilities.c.connection, capabilities.c.value).where(capabilities.c.connection.contains(":d-")))
    words = [(row.connection, row.value) for row in rows if row.connection.rpartition(":")[2] in wanted]
    return [*words, *_parties_of(connection, key)]


def _events(connection: Connection, delivery_id: str) -> list[Any]:
    return list(connection.execute(select(outcome_events).where(outcome_events.c.delivery_id == delivery_id).order_by(outcome_events.c.at)))


def _hidden(reference: str) -> str:
    """Told apart from others still, and by nobody read."""
    is_hidden = re.fullmatch(r"#[0-9a-f]{16}", reference)
    return reference if is_hidden or not reference else f"#{hashlib.sha256(reference.encode()).hexdigest()[:16]}"


def _read(body: bytes | None) -> Any:
    return _read_plain(unpacked(body)) if body is not None else None


def _read_plain(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
