"""Who was told what of a title, and when: each revision with its tries, its message and the recipient's word."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from colophon.domain.delivery_states import FINAL_BAD, GONE, RANK, STATES, rises
from colophon.ledger.flows import Flow, rows_of
from colophon.ledger.statements import among, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import attempts, deliveries, of_place, outcome_events, takes_off_sale

_D = deliveries.c
_SHOWN = (
    *("id", "use_case", "destination", "subject", "isbn", "revision", "state", "code", "detail", "as_of", "judged_as_of", "created_at"),
    *("updated_at", "not_before", "labels", "content_hash", "unwanted", "remote_id"),
)
REACHED = frozenset({"confirmed", "opened", "picked_up", "responded"})
_OPEN = tuple(state for state in STATES if state not in {*GONE, *REACHED})
"""Named one by one, so that an index of states finds these few."""


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One revision. `sent_at`: when the first try began that may have had its effect; `words`: outcomes that were reported, oldest first.

    `number` and `dated`: the message that carries it, `message` what the ledger says of that. `row`: the columns of the ledger.
    """

    row: Any
    sent_at: datetime | None
    number: int | None
    dated: datetime | None
    words: tuple[Any, ...]
    message: Mapping[str, str] = field(default_factory=dict)

    @property
    def acknowledged_at(self) -> datetime | None:
        """When it was first confirmed; None where it never was."""
        said = next((word.at for word in self.words if word.outcome in REACHED), None)
        answered = self.row.updated_at if self.row.state in REACHED else None  # by the very call that sent it
        return said or answered

    @property
    def refusal(self) -> Any | None:
        """The newest word that refuses it; None where nothing does."""
        return next((word for word in reversed(self.words) if word.outcome in FINAL_BAD), None)

    def state_at(self, moment: datetime) -> str:
        """What was known of it at a moment; empty where it had not been sent."""
        if self.sent_at is None or self.sent_at > moment:
            return ""
        state = "sent"
        for word in self.words:
            known = word.outcome in RANK or word.outcome in FINAL_BAD
            if word.at <= moment and known and rises(state, word.outcome):
                state = word.outcome
        has_failed = self.row.state in FINAL_BAD and not self.words and self.row.updated_at <= moment
        return str(self.row.state) if has_failed else state


class TitlesTold(Store):
    """The part of the ledger that `why` asks."""

    def told(self, isbn: str, use_case: str, destination: str = "") -> list[ToldRow]:
        """All revisions of a title, by destination and revision."""
        where = [or_(_D.isbn == isbn, _D.subject == f"isbn:{isbn}"), _D.use_case == use_case]
        return self._told([*where, _D.destination == destination] if destination else where)

    def told_each(self, isbns: Sequence[str], use_case: str, destination: str) -> list[ToldRow]:
        """All revisions of some titles to a destination."""
        place = (_D.use_case == use_case, _D.destination == destination)
        return [row for chunk in chunks(sorted(isbns)) for row in self._told([_D.isbn.in_(chunk), *place])]

    def closing(self, use_case: str, destination: str) -> list[ToldRow]:
        """All revisions of those subjects of a destination of which one takes it off sale and is not confirmed."""
        is_open = (takes_off_sale, _D.state.in_(_OPEN))
        with self.reading() as connection:
            subjects = sorted(set(connection.scalars(select(_D.subject).where(of_place(use_case, destination), *is_open))))
        place = (_D.use_case == use_case, _D.destination == destination)
        return [row for chunk in chunks(subjects) for row in self._told([_D.subject.in_(chunk), *place])]

    def sent_since(self, use_case: str, destination: str, since: datetime, *, most: int | None = None) -> list[ToldRow]:
        """What changed of a destination since a moment, messages apart; the newest `most` of it, where a number is given."""
        within = [_D.updated_at >= since, _D.isbn.is_not(None)]
        if most is None:
            return self._told([of_place(use_case, destination), _D.state.not_in(GONE), *within])
        with self.reading() as connection:
            flows = [Flow(state, use_case, destination) for state in STATES if state not in GONE]
            ids = list(connection.scalars(rows_of(connection, flows, ["id"], within, limit=most)))
        return self._told([_D.id.in_(ids)]) if ids else []

    def states_since(self, use_case: str, destination: str, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
        """How many deliveries that changed since a moment are in each state, and how many of them changed last before another one.

        By an index alone, and so with messages.
        """
        within = (_D.updated_at >= since, _D.bundled.in_((True, False)), _D.state.in_(STATES))
        counts = (func.count(), func.count().filter(_D.updated_at < until))
        query = select(_D.state, *counts).where(of_place(use_case, destination), *within).group_by(_D.state)
        with self.reading() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(query)}

    def _told(self, where: Sequence[Any]) -> list[ToldRow]:
        carrier = deliveries.alias()
        message = (
            carrier.c.id.label("carrier"),
            carrier.c.revision.label("number"),
            carrier.c.as_of.label("dated"),
            carrier.c.labels.label("message"),
        )
        query = (
            select(*(_D[name] for name in _SHOWN), *message)
            .outerjoin(carrier, carrier.c.id == _D.carrier_id)
            .where(*where)
            .order_by(_D.destination, _D.subject, _D.revision)
        )
        with self.reading() as connection:
            rows = list(connection.execute(query))
            ids = sorted({row.id for row in rows} | {row.carrier for row in rows if row.carrier})
            begun, words = dict[str, datetime](), defaultdict[str, list[Any]](list)
            for chunk in chunks(ids):
                first = func.min(attempts.c.started_at, type_=attempts.c.started_at.type)
                had_effect = (
                    among(connection, attempts.c.delivery_id, chunk),
                    attempts.c.result.not_in(("started", "not_sent", "refused")),
                )
                tries = select(attempts.c.delivery_id, first).where(*had_effect).group_by(attempts.c.delivery_id)
                begun.update((row[0], row[1]) for row in connection.execute(tries))
                said = select(outcome_events).where(among(connection, outcome_events.c.delivery_id, chunk)).order_by(outcome_events.c.at)
                for word in connection.execute(said):
                    words[word.delivery_id].append(word)
        return [
            ToldRow(
                row,
                begun.get(row.id) or begun.get(row.carrier or ""),
                row.number,
                row.dated,
                tuple(sorted(words[row.id] + (words[row.carrier] if row.carrier else []), key=lambda word: word.at)),
                row.message or {},
            )
            for row in rows
        ]
