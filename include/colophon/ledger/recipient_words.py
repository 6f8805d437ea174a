"""What recipients say of the titles in a message: kept word by word, and the newest word on a title decides.

Of two words the one on the later message is newer; of those on one message, what was said later; else, what was heard later.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from colophon.domain.delivery import OutcomeEvent
from colophon.domain.delivery_states import FEED, GONE, IN_FLIGHT, MESSAGE_REJECTED, SUPERSEDED, WAITING, may_follow
from colophon.errors import NotFoundError
from colophon.ledger.acknowledged import Acknowledged, matched
from colophon.ledger.outcomes import Outcomes
from colophon.ledger.packed import checked
from colophon.ledger.statements import among, chunks
from colophon.ledger.tables import content, deliveries, outcome_events

RECIPIENT = "recipient"
"""The system that an outcome comes from which a recipient has acknowledged itself."""
VERDICTS = ("confirmed", "failed")
"""Outcomes that are a word on a title; another one says that there is none yet."""
MOST = 50
"""So many words on a title are looked at: those on its newest revisions."""
_RAW = re.compile(r"(\d{8}T\d{6}) (\S*) (\S*)")


class Word(NamedTuple):
    """A recipient's word on a title, in one of its messages."""

    message_number: int
    said_at: datetime
    heard_at: datetime
    number: int
    outcome: str
    code: str
    detail: str
    status: str
    source: str
    delivery_id: str

    @property
    def is_rejection(self) -> bool:
        """Whether the recipient does not take the title."""
        return self.outcome == "failed"

    @property
    def is_of_all(self) -> bool:
        """Whether it was said of the whole message, and not of this title."""
        return self.code == MESSAGE_REJECTED


class Applied(NamedTuple):
    """What an acknowledgement did.

    `moved`: how many deliveries; `subjects` of the records that it names; `strangers`: records that the message did not carry.
    `newest`: the newest word on each title of the message, `before` the newest one on the title itself that stood before this one.
    """

    moved: int
    subjects: frozenset[str]
    strangers: tuple[Acknowledged, ...]
    newest: Mapping[str, Word]
    before: Mapping[str, Word]

    @property
    def unknown(self) -> list[str]:
        """References that the message did not carry."""
        return [record.record_reference for record in self.strangers]


class RecipientWords(Outcomes):
    """The part of the ledger that a recipient's answer talks to."""

    def acknowledge(
        self,
        destination: str,
        message_number: int,
        records: Iterable[Acknowledged] = (),
        *,
        at: datetime,
        said_at: datetime | None = None,
        source: str = "",
        refusal: str | None = None,
        is_rest_taken: bool = False,
    ) -> Applied:
        """Apply a recipient's acknowledgement to the titles of one message. The same one again changes nothing.

        :param at: when it was heard. :param said_at: when it was said, if that is known. :param source: what tells this
            acknowledgement from another one. :param refusal: why nothing of the message was taken; None: that was not said.
        :param is_rest_taken: what it does not name, and was not named before, is taken; else that stays as it is.
        :raises NotFoundError: we never sent this recipient a message of that number.
        """
        said = min(_end_of_day(said_at) if said_at else at, at)
        key = hashlib.sha256(source.encode()).hexdigest()[:8]
        told = list(records)

        def work(connection: Connection) -> Applied:
            feed = _message(connection, destination, message_number)
            members = _members(connection, feed)
            subjects = {row.id: row.subject for row in members}
            heard, strangers = matched(members, told)
            named = _named_before(connection, feed.use_case, destination, subjects, message_number) if is_rest_taken else set()
            for row in members:
                if row.id in heard:
                    continue
                if refusal is not None:
                    heard[row.id] = Acknowledged("", "failed", MESSAGE_REJECTED, refusal)
                elif is_rest_taken and row.id not in named:
                    heard[row.id] = Acknowledged("", "confirmed", "", "")
            events = [
                OutcomeEvent(
                    delivery_id=delivery,
                    outcome=record.outcome,
                    at=at,
                    system=RECIPIENT,
                    remote_id=str(message_number),
                    recipient_ref=destination,
                    raw_state=f"{said:%Y%m%dT%H%M%S} {''.join(record.status.split())[:20] or record.outcome} {key}",
                    code=record.code,
                    detail=record.detail,
                )
                for delivery, record in heard.items()
            ]
            self._keep(connection, events)
            words = _words(connection, feed.use_case, destination, sorted(set(subjects.values())))
            moved = self._follow(connection, feed, members, words, {event.delivery_id: event for event in events})
            self._follow_message(connection, feed, members, words)
            earlier = {subject: [word for word in of if _is_earlier(word, message_number, key, at)] for subject, of in words.items()}
            return Applied(
                moved=moved,
                subjects=frozenset(subjects[delivery] for delivery in heard),
                strangers=tuple(strangers),
                newest={subject: max(of) for subject, of in words.items() if of},
                before={subject: max(of) for subject, of in earlier.items() if of},
            )

        return self.changing(work)

    def newest_words(self, use_case: str, destination: str, subjects: Sequence[str]) -> dict[str, Word]:
        """The recipient's newest word on each title; those of which it never spoke are absent."""
        with self.reading() as connection:
            return {subject: max(of) for subject, of in _words(connection, use_case, destination, subjects).items() if of}

    def titles_in(self, destination: str, message_number: int) -> list[str]:
        """Subjects of what a message carried. Raises as `acknowledge`."""
        with self.reading() as connection:
            return [row.subject for row in _members(connection, _message(connection, destination, message_number))]

    def newest_messages(self, destination: str, isbns: Sequence[str]) -> dict[str, int]:
        """Number of the newest message that went to a recipient with each ISBN; absent where there is none."""
        carrier, found = deliveries.alias(), dict[str, int]()
        columns = (deliveries.c.isbn, func.max(carrier.c.revision).label("number"))
        went = (carrier.c.subject == FEED + destination, carrier.c.state.not_in((*GONE, WAITING, IN_FLIGHT)))
        with self.reading() as connection:
            for chunk in chunks(sorted(set(isbns))):
                query = select(*columns).join(carrier, carrier.c.id == deliveries.c.carrier_id)
                query = query.where(deliveries.c.destination == destination, among(connection, deliveries.c.isbn, chunk), *went)
                found.update({row.isbn: row.number for row in connection.execute(query.group_by(deliveries.c.isbn))})
        return found

    def _follow(
        self,
        connection: Connection,
        feed: Any,
        members: Sequence[Any],
        words: Mapping[str, Sequence[Word]],
        events: Mapping[str, OutcomeEvent],
    ) -> int:
        """Bring what travelled in the message to where the newest word on it puts it. Returns how many moved."""
        moves: dict[str, OutcomeEvent] = {}
        for row in members:
            event = events.get(row.id)
            # What went again in a later message shares the fate of that one.
            if event is None or row.carrier_id != feed.id or row.state == SUPERSEDED:
                continue
            its = [
                word for word in words.get(row.subject, ()) if word.delivery_id == row.id and str(word.message_number) == event.remote_id
            ]
            if its:
                last = max(its)
                if (row.state, row.code, row.detail) != (last.outcome, last.code, last.detail):
                    moves[row.id] = OutcomeEvent(row.id, last.outcome, event.at, RECIPIENT, code=last.code, detail=last.detail)
            elif may_follow(row.state, event.outcome):
                moves[row.id] = event
        states = {row.id: row.state for row in members}
        if moves:
            self._move(connection, moves, states)
        return sum(event.outcome != states[key] for key, event in moves.items())

    def _follow_message(self, connection: Connection, feed: Any, members: Sequence[Any], words: Mapping[str, Sequence[Word]]) -> None:
        """The message has failed while the recipient's word on anything in it is that it takes nothing of it."""
        its = [[word for word in words.get(row.subject, ()) if word.message_number == feed.revision] for row in members]
        last = [max(of) for of in its if of]
        refusal = next((word for word in last if word.is_of_all), None)
        if refusal is not None and feed.code != MESSAGE_REJECTED:
            values = {"state": "failed", "code": MESSAGE_REJECTED, "detail": refusal.detail[:2000]}
        elif refusal is None and feed.code == MESSAGE_REJECTED:
            values = {"state": "sent", "code": "", "detail": ""}
        else:
            return
        connection.execute(update(deliveries).where(deliveries.c.id == feed.id).values(**values, updated_at=self.clock()))


def _message(connection: Connection, destination: str, number: int) -> Any:
    """A message to a recipient: id, use case, number, code, hash of its manifest."""
    columns = [deliveries.c[name] for name in ("id", "use_case", "revision", "code", "content_hash")]
    where = (deliveries.c.destination == destination, deliveries.c.subject == FEED + destination, deliveries.c.revision == number)
    feed = connection.execute(select(*columns).where(*where)).first()
    if feed is None:
        raise NotFoundError(f"{destination} acknowledges message {number}, which it never got", system="ledger")
    return feed


def _members(connection: Connection, feed: Any) -> list[Any]:
    """What a message carried, also what went again in a later one."""
    manifest = connection.execute(select(content.c.hash, content.c.body).where(content.c.hash == feed.content_hash)).one()
    columns = [deliveries.c[name] for name in ("id", "subject", "isbn", "labels", "carrier_id", "state", "code", "detail")]
    found: list[Any] = []
    for chunk in chunks(json.loads(checked(*manifest))["members"]):
        found += connection.execute(select(*columns).where(among(connection, deliveries.c.id, chunk)))
    return found


def _words(connection: Connection, use_case: str, destination: str, subjects: Sequence[str]) -> dict[str, list[Word]]:
    """A recipient's words on these titles: of each the last ones, for a title may have been sent each night for years."""
    found: dict[str, list[Word]] = {subject: [] for subject in subjects}
    events = outcome_events.c
    newest_first = (deliveries.c.revision.desc(), events.id.desc())
    place_among = func.row_number().over(partition_by=deliveries.c.subject, order_by=newest_first).label("place_among")
    columns = (
        deliveries.c.subject,
        *(events[name] for name in ("id", "delivery_id", "remote_id", "raw_state", "at", "outcome", "code", "detail")),
    )
    place = (deliveries.c.use_case == use_case, deliveries.c.destination == destination)
    for chunk in chunks(subjects):
        query = select(*columns, place_among).join(outcome_events, events.delivery_id == deliveries.c.id)
        query = query.where(
            *place, events.system == RECIPIENT, events.outcome.in_(VERDICTS), among(connection, deliveries.c.subject, chunk)
        )
        ranked = query.subquery()
        for row in connection.execute(select(ranked).where(ranked.c.place_among <= MOST)):
            found[row.subject].append(_word(row))
    return found


def _named_before(connection: Connection, use_case: str, destination: str, subjects: Mapping[str, str], message_number: int) -> set[str]:
    """Deliveries of which the recipient has spoken by name in this message."""
    words = _words(connection, use_case, destination, sorted(set(subjects.values())))
    return {word.delivery_id for of in words.values() for word in of if word.message_number == message_number and not word.is_of_all}


def _word(row: Any) -> Word:
    raw = _RAW.fullmatch(row.raw_state)
    said = datetime.strptime(raw[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if raw else row.at.replace(microsecond=0)
    number = int(row.remote_id) if row.remote_id.isdigit() else 0
    status, source = (raw[2], raw[3]) if raw else ("", "")
    return Word(number, said, row.at, row.id, row.outcome, row.code, row.detail, status, source, row.delivery_id)


def _is_earlier(word: Word, message_number: int, source: str, at: datetime) -> bool:
    """Whether a word on the title itself was said by another acknowledgement."""
    return not word.is_of_all and (word.message_number, word.source, word.heard_at) != (message_number, source, at)


def _end_of_day(said_at: datetime) -> datetime:
    """Who names a day alone may have said it at any hour of it."""
    said_at = said_at.astimezone(UTC)
    is_day = (said_at.hour, said_at.minute, said_at.second) == (0, 0, 0)
    return said_at + timedelta(hours=23, minutes=59, seconds=59) if is_day else said_at
