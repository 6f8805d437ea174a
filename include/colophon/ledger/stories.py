"""What the story of a title is made of: tries and reported outcomes of many deliveries at once, and events that named the title."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Table, select

from colophon.ledger.statements import among, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import attempts, inbox, outcome_events

MOST_EVENTS = 5000


class Happened(NamedTuple):
    """Of one delivery: every try and every reported outcome, oldest first."""

    attempts: Sequence[Any]
    events: Sequence[Any]


class Stories(Store):
    """The part of the ledger that the story of a title reads."""

    def happened(self, ids: Collection[str]) -> Mapping[str, Happened]:
        """What happened to each of these deliveries."""
        tries, told = (self._by_delivery(ids, table, table.c.id) for table in (attempts, outcome_events))
        return {key: Happened(tries[key], told[key]) for key in ids}

    def events_naming(self, text: str) -> list[Any]:
        """Events among the newest that came in whose body has a text: source, type, state, when; nothing of the body itself."""
        shown = (inbox.c.source, inbox.c.type, inbox.c.state, inbox.c.received_at)
        query = select(*shown, inbox.c.body).order_by(inbox.c.received_at.desc()).limit(MOST_EVENTS)
        with self.reading() as connection:
            return [row for row in connection.execute(query) if text.encode() in row.body]

    def _by_delivery(self, ids: Collection[str], table: Table, order: Any) -> dict[str, list[Any]]:
        found = defaultdict[str, list[Any]](list)
        with self.reading() as connection:
            for chunk in chunks(sorted(ids)):
                query = select(table).where(among(connection, table.c.delivery_id, chunk)).order_by(order)
                for row in connection.execute(query):
                    found[row.delivery_id].append(row)
        return found
