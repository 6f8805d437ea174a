"""The delivery ledger: every delivery is in it before it is sent, and finished only on proof.

A database of its own: a SQLite file on one node, PostgreSQL where there are several workers; never Airflow's.
`Ledger` is all of it as one object; its parts stand in the modules beside this one.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import DateTime, Engine, func, or_, select

from colophon import environment
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import FEED, GONE
from colophon.ledger.backlog import Backlogs
from colophon.ledger.batches import Batches
from colophon.ledger.browse import Browse
from colophon.ledger.claims import Claims
from colophon.ledger.counting import Counting
from colophon.ledger.database import check_version, make_engine, upgrade
from colophon.ledger.feeds import Feeds
from colophon.ledger.findings import Exceptions
from colophon.ledger.inbox import Inbox
from colophon.ledger.judging import Judging
from colophon.ledger.key_value import KeyValue
from colophon.ledger.letters import LettersTold
from colophon.ledger.messages import Messages
from colophon.ledger.packed import checked
from colophon.ledger.people import People
from colophon.ledger.persons import Persons
from colophon.ledger.recipient_words import RecipientWords
from colophon.ledger.redriving import Redriving
from colophon.ledger.restoring import Restoring
from colophon.ledger.retention import Retention
from colophon.ledger.royalty_books import RoyaltyBooks
from colophon.ledger.sent import SentBefore
from colophon.ledger.statements import among, chunks
from colophon.ledger.stories import Stories
from colophon.ledger.tables import content, deliveries, of_place
from colophon.ledger.titles import Titles
from colophon.ledger.told import TitlesTold
from colophon.ledger.tray import Tray
from colophon.ledger.undelivered import UndeliveredRows

__all__ = ["Ledger", "upgrade"]


class Desk(Browse, Backlogs, Batches, Titles, TitlesTold, Stories, Messages, LettersTold):
    """What the desk's pages show."""


class Ledger(Judging, Claims, Feeds, RecipientWords, UndeliveredRows, Counting, SentBefore):
    """Deliveries: what is wanted, sent, and known of it. Beside them stand `exceptions`, the `inbox`, the `tray` of write-backs,

    `memory` (watermarks, and what is remembered by name), `desk` (what its pages show), `people` (what its buttons do), `restoring` (backups), `royalty_books` (royalties' money),
    `retention` (what goes when its time is over), `persons` (what is held of somebody), `redriving` (sending again).
    Safe for several processes; one object per thread.
    """

    def __init__(self, engine: Engine, url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(engine, url, clock)
        self.exceptions = Exceptions(engine, url, self._now)
        self.inbox = Inbox(engine, url, self._now)
        self.tray = Tray(engine, url, self._now)
        self.memory = KeyValue(engine, url, self._now)
        self.desk = Desk(engine, url, self._now)
        self.people = People(engine, url, self._now)
        self.restoring = Restoring(engine, url, self._now)
        self.royalty_books = RoyaltyBooks(engine, url, self._now)
        self.retention = Retention(engine, url, self._now)
        self.persons = Persons(engine, url, self._now)
        self.redriving = Redriving(engine, url, self._now)

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime] = environment.now) -> Self:
        """The ledger at a database address.

        :raises LedgerOutdatedError: its schema is older or newer than this code, or missing.
        :raises BadConnectionError: it cannot be reached.
        """
        engine = make_engine(url)
        check_version(engine, url)
        return cls(engine, url, clock)

    def _now(self) -> datetime:
        """The faces go by the ledger's clock, whatever is set as that later."""
        return self.clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()

    def is_encrypted(self) -> bool | None:
        """Whether the link to the database is encrypted (TLS); None for a file."""
        if self.engine.dialect.name == "sqlite":
            return None
        with self.reading() as connection:
            link: Any = connection.connection.driver_connection
            return bool(link.pgconn.ssl_in_use)

    def ahead_s(self) -> float | None:
        """By how many seconds this machine's clock is ahead of the database's (less than 0: behind); None for a file."""
        if self.engine.dialect.name == "sqlite":
            return None
        with self.reading() as connection:
            before = self.clock()
            theirs: datetime = connection.execute(select(func.clock_timestamp(type_=DateTime(timezone=True)))).scalar_one()
            return ((before - theirs) + (self.clock() - theirs)).total_seconds() / 2

    def history(self, isbn: str, *, destination: str | None = None) -> list[HistoryRow]:
        """What was sent of a product, to whom, when, with what content; oldest first."""
        carrier = deliveries.alias()
        query = (
            select(deliveries, carrier.c.labels.label("feed"), carrier.c.remote_id.label("feed_remote_id"))
            .outerjoin(carrier, carrier.c.id == deliveries.c.carrier_id)
            .where(or_(deliveries.c.isbn == isbn, deliveries.c.subject == f"isbn:{isbn}"))
            .order_by(deliveries.c.destination, deliveries.c.revision)
        )
        if destination:
            query = query.where(deliveries.c.destination == destination)
        with self.begin() as connection:
            rows = connection.execute(query).all()
        return [_history_row(row, row.remote_id or row.feed_remote_id, row.feed) for row in rows]

    def all_of(self, use_case: str, destination: str, subjects: Sequence[str] | None = None) -> list[HistoryRow]:
        """Every revision of every subject of a destination, or of these few, by subject and revision."""
        query = (
            select(deliveries)
            .where(deliveries.c.use_case == use_case, deliveries.c.destination == destination)
            .order_by(deliveries.c.subject, deliveries.c.revision)
        )
        with self.begin() as connection:
            if subjects is not None:
                query = query.where(among(connection, deliveries.c.subject, subjects))
            return [_history_row(row, row.remote_id) for row in connection.execute(query)]

    def newest(self, use_case: str, destination: str, subjects: Sequence[str] | None = None) -> list[HistoryRow]:
        """What a destination has, or will have, of every subject, or of these, by subject; what was superseded or withdrawn is none of it."""
        found = {row.subject: row for row in self.all_of(use_case, destination, subjects) if row.state not in GONE}
        return list(found.values())

    def subjects(self, use_case: str, destination: str) -> set[str]:
        """What a destination has, or will have, something of."""
        query = select(deliveries.c.subject).where(of_place(use_case, destination), deliveries.c.state.not_in(GONE)).distinct()
        with self.reading() as connection:
            return set(connection.scalars(query).all())  # at once: one by one takes twice as long

    def content(self, content_hash: str) -> bytes | None:
        """What was sent, by its hash; None where the ledger does not have it.

        :raises ContentChangedError: it is not what the hash says.
        """
        with self.reading() as connection:
            body = connection.scalar(select(content.c.body).where(content.c.hash == content_hash))
        return checked(content_hash, body) if body is not None else None

    def contents(self, hashes: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """What was sent, many at once, each with its hash; what the ledger does not have is absent. Raises as `content`."""
        with self.reading() as connection:
            for chunk in chunks(sorted(hashes)):
                query = select(content.c.hash, content.c.body).where(among(connection, content.c.hash, chunk))
                for content_hash, body in connection.execute(query):
                    yield content_hash, checked(content_hash, body)

    def content_of(self, delivery_id: str) -> bytes | None:
        """What was planned as a delivery, by its id; None where the ledger does not have it."""
        query = select(deliveries.c.content_hash).where(deliveries.c.id == delivery_id)
        with self.reading() as connection:
            found = connection.scalar(query)
        return self.content(found) if found is not None else None

    def feeds(self, destination: str) -> list[str]:
        """Delivery ids of a recipient's feeds, oldest first."""
        query = (
            select(deliveries.c.id)
            .where(deliveries.c.destination == destination, deliveries.c.subject == FEED + destination)
            .order_by(deliveries.c.revision)
        )
        with self.begin() as connection:
            return list(connection.scalars(query))


def _history_row(row: Any, remote_id: str | None, feed: Any = None) -> HistoryRow:
    facts = {name: getattr(row, name) for name in HistoryRow.__dataclass_fields__ if name not in _OTHERWISE}
    number = int(feed["message_number"]) if feed and "message_number" in feed else None  # a digest has none
    return HistoryRow(**facts, delivery_id=row.id, remote_id=remote_id, message_number=number)


_OTHERWISE = {"delivery_id", "remote_id", "message_number"}
