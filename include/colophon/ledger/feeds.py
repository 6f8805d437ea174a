"""Feeds: one message that carries many products' deliveries, under one message number."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from colophon.domain.delivery import delivery_id
from colophon.domain.delivery_states import FEED, GONE, ON_THE_WAY, WAITING
from colophon.ledger.changed_content import whole_members
from colophon.ledger.packed import checked, packed
from colophon.ledger.statements import among, as_read, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import content, deliveries, of_place, recipients, takes_off_sale
from colophon.ledger.withdrawing import take_apart_corrected


class Unanswered(NamedTuple):
    """A message that a recipient has said nothing about, or not taken: its number, when it last moved, how many titles that leaves."""

    message_number: int
    since: datetime
    titles: int


class Feeds(Store):
    """Binds members to numbered messages."""

    def bundle(
        self,
        use_case: str,
        destination: str,
        *,
        as_of: datetime,
        max_products: int,
        max_bytes: int,
        labels: Mapping[str, str],
        full: bool = False,
    ) -> list[str]:
        """Put all waiting members into feed deliveries; returns the new feeds' delivery ids.

        :param full: they are all that the recipient gets, as the first feed of all is in any case.

        One transaction reserves the message number, enters the feed and ties its members to it, so that a crash leaves
        either nothing or a whole feed that waits. A manifest is JSON: number, sent_at, full, members (delivery ids),
        and `part` where it is not the first feed of that moment.
        """

        def work(connection: Connection) -> list[str]:
            _lock(connection, destination)
            take_apart_corrected(connection, use_case, destination, self.clock())
            waiting = _waiting_members(connection, use_case, destination)
            members = whole_members(connection, use_case, destination, waiting, as_of=as_of, now=self.clock())
            first = not connection.scalar(
                select(deliveries.c.id).where(
                    deliveries.c.destination == destination,
                    deliveries.c.subject == FEED + destination,
                    deliveries.c.state.not_in(GONE),
                )
            )
            # What takes titles off sale is a message of its own, before the others: it may be about a record that another one changes.
            # A full feed is one, for whoever gets it may forget all that is not in it.
            first_ones = set() if full or first else _closing_members(connection, use_case, destination)
            groups = ([m for m in members if (m[0] in first_ones) is closes] for closes in (True, False))
            parts = [part for group in groups for part in _split(group, max_products, max_bytes)]
            return [self._enter_feed(connection, use_case, destination, as_of, part, labels, full=full or first) for part in parts]

        return self.changing(work)

    def take_apart_corrected(self, use_case: str, destination: str) -> int:
        """Let messages give way that certainly never left and carry what is corrected by now; returns how many.

        What they carried and is still the newest waits for the next message, under a number of its own.
        """

        def work(connection: Connection) -> int:
            _lock(connection, destination)
            return take_apart_corrected(connection, use_case, destination, self.clock())

        return self.changing(work)

    def empty_feed(self, use_case: str, destination: str, *, as_of: datetime, labels: Mapping[str, str]) -> list[str]:
        """Enter a feed without products for `as_of`, unless there is a feed of that moment already."""

        def work(connection: Connection) -> list[str]:
            _lock(connection, destination)
            there = connection.scalar(
                select(deliveries.c.id).where(
                    deliveries.c.use_case == use_case,
                    deliveries.c.destination == destination,
                    deliveries.c.subject == FEED + destination,
                    deliveries.c.as_of >= as_of,
                )
            )
            return [] if there else [self._enter_feed(connection, use_case, destination, as_of, [], labels, full=False)]

        return self.changing(work)

    def members(self, feed_id: str) -> Iterator[bytes]:
        """Contents of a feed's members in the manifest's order; memory stays at one chunk.

        :raises ContentChangedError: one of them is not what was planned.
        """
        with self.begin() as connection:
            manifest = connection.execute(
                select(content.c.hash, content.c.body)
                .join(deliveries, deliveries.c.content_hash == content.c.hash)
                .where(deliveries.c.id == feed_id)
            ).one()
        order: list[str] = json.loads(checked(*manifest))["members"]
        for chunk in chunks(order):
            with self.begin() as connection:
                rows = connection.execute(
                    select(deliveries.c.id, content.c.hash, content.c.body)
                    .join(content, deliveries.c.content_hash == content.c.hash)
                    .where(among(connection, deliveries.c.id, chunk))
                )
                bodies = {row.id: (row.hash, row.body) for row in rows}
            for member in chunk:
                yield checked(*bodies[member])

    def messages(self, use_case: str, destination: str, *, limit: int = 400) -> list[tuple[int, str]]:
        """The newest messages that went: number, and what the system calls it."""
        query = (
            select(deliveries.c.revision, deliveries.c.remote_id)
            .where(of_place(use_case, destination), deliveries.c.subject == FEED + destination, deliveries.c.remote_id.is_not(None))
            .order_by(deliveries.c.revision.desc())
            .limit(limit)
        )
        with self.reading() as connection:
            return [(row.revision, row.remote_id) for row in connection.execute(query)]

    def unanswered(self, use_case: str, destination: str, *, sent_before: datetime) -> list[Unanswered]:
        """Messages that went before a moment, and of which some titles have no final outcome; by number."""
        carrier = deliveries.alias()
        query = (
            select(carrier.c.revision, carrier.c.updated_at, func.count())
            .select_from(deliveries.join(carrier, carrier.c.id == deliveries.c.carrier_id))
            .where(of_place(use_case, destination), deliveries.c.bundled.is_(True), deliveries.c.state.in_(ON_THE_WAY))
            .where(carrier.c.state.in_(ON_THE_WAY), carrier.c.updated_at < sent_before)
            .group_by(carrier.c.revision, carrier.c.updated_at)
            .order_by(carrier.c.revision)
        )
        with self.begin() as connection:
            return [Unanswered(*row) for row in connection.execute(query)]

    def _enter_feed(
        self,
        connection: Connection,
        use_case: str,
        destination: str,
        as_of: datetime,
        members: Sequence[str],
        labels: Mapping[str, str],
        *,
        full: bool,
    ) -> str:
        number = _next_number(connection, destination)
        at_once = select(func.count()).where(
            deliveries.c.destination == destination, deliveries.c.subject == FEED + destination, deliveries.c.as_of == as_of
        )
        part = 1 + (connection.scalar(at_once) or 0)
        manifest = {"number": number, "sent_at": as_of.isoformat(), "full": full, "members": list(members)}
        manifest |= {"part": part} if part > 1 else {}
        of_file = {"message_number": str(number), "products": str(len(members)), "kind": "full" if full else "delta", "part": str(part)}
        body = json.dumps(manifest, sort_keys=True).encode()
        digest, now = hashlib.sha256(body).hexdigest(), self.clock()
        feed_id = delivery_id(use_case, destination, FEED + destination, digest, str(number))
        connection.execute(insert(content).values(hash=digest, media_type="application/json", size=len(body), body=packed(body)))
        connection.execute(
            insert(deliveries).values(
                id=feed_id,
                use_case=use_case,
                destination=destination,
                subject=FEED + destination,
                revision=number,
                occurrence=str(number),
                content_hash=digest,
                delivery_class="A",
                bundled=False,
                state=WAITING,
                as_of=as_of,
                created_at=now,
                updated_at=now,
                labels={**labels, **of_file},
            )
        )
        for chunk in chunks(members):
            is_free = (among(connection, deliveries.c.id, chunk), deliveries.c.state == WAITING, deliveries.c.carrier_id.is_(None))
            as_read(connection, update(deliveries).where(*is_free).values(carrier_id=feed_id, updated_at=now), len(chunk))
        return feed_id


def _lock(connection: Connection, destination: str) -> None:
    """One bundling at a time for a recipient; two at once would tie the same members twice."""
    new_insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    connection.execute(new_insert(recipients).values(destination=destination, message_number=0).on_conflict_do_nothing())
    connection.execute(select(recipients).where(recipients.c.destination == destination).with_for_update())


def _next_number(connection: Connection, destination: str) -> int:
    row = recipients.c.destination == destination
    connection.execute(update(recipients).where(row).values(message_number=recipients.c.message_number + 1))
    return int(connection.scalar(select(recipients.c.message_number).where(row)) or 0)


def _waiting_members(connection: Connection, use_case: str, destination: str) -> list[tuple[str, int]]:
    other = deliveries.alias()
    on_its_way = (
        select(other.c.id)
        .where(
            other.c.use_case == use_case,
            other.c.destination == destination,
            other.c.subject == deliveries.c.subject,
            other.c.revision < deliveries.c.revision,
            other.c.state.in_((WAITING, "in_flight", "unknown")),
        )
        .exists()
    )
    rows = connection.execute(
        select(deliveries.c.id, content.c.size)
        .join(content, deliveries.c.content_hash == content.c.hash)
        .where(
            of_place(use_case, destination),
            deliveries.c.bundled.is_(True),
            deliveries.c.state == WAITING,
            deliveries.c.carrier_id.is_(None),
            ~on_its_way,
        )
        .order_by(deliveries.c.subject)
    )
    return [(row.id, row.size) for row in rows]


def _closing_members(connection: Connection, use_case: str, destination: str) -> set[str]:
    """Those of the waiting ones that take their titles off sale."""
    here = (of_place(use_case, destination), deliveries.c.bundled.is_(True), deliveries.c.state == WAITING)
    return set(connection.scalars(select(deliveries.c.id).where(*here, takes_off_sale)))


def _split(members: Sequence[tuple[str, int]], max_products: int, max_bytes: int) -> list[list[str]]:
    parts: list[list[str]] = []
    size = 0
    for member, length in members:
        if not parts or len(parts[-1]) >= max_products or size + length > max_bytes:
            parts.append([])
            size = 0
        parts[-1].append(member)
        size += length
    return parts
