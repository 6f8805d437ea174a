"""What had been sent by some moment: history is asked, and not what stands there today."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import FINAL_BAD, GONE, RANK
from colophon.ledger.flows import all_flows
from colophon.ledger.statements import among, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import deliveries, of_place

_D = deliveries.c


class SentBefore(Store):
    """The part of the ledger that tells what had gone."""

    def sent_before(self, use_case: str, wanted: Collection[tuple[str, datetime]]) -> dict[tuple[str, datetime], list[str]]:
        """What each destination had of a subject before a moment: hashes of contents, by (subject, moment).

        What nobody knows to have gone does not count. What travelled in a message went when that did.
        """
        carriers = deliveries.alias()
        gone_at = func.coalesce(_D.accepted_at, carriers.c.accepted_at, _D.created_at)
        columns = (
            _D.subject,
            _D.destination,
            _D.revision,
            _D.content_hash,
            gone_at.label(
                "gone_at",
            ),
        )
        moments = defaultdict[str, list[datetime]](list)
        for subject, moment in wanted:
            moments[subject].append(moment)
        newest: dict[tuple[str, datetime], dict[str, tuple[int, str]]] = defaultdict(dict)
        with self.begin() as connection:
            for chunk in chunks(sorted(moments)):
                joined = deliveries.outerjoin(carriers, carriers.c.id == _D.carrier_id)
                query = select(*columns).select_from(joined).where(_D.use_case == use_case, among(connection, _D.subject, chunk))
                for row in connection.execute(query.where(_D.state.in_(sorted(RANK)))):
                    for moment in moments[row.subject]:
                        there = newest[row.subject, moment]
                        if row.gone_at < moment and there.get(row.destination, (-1, ""))[0] < row.revision:
                            there[row.destination] = (row.revision, row.content_hash)
        return {key: sorted(content_hash for _, content_hash in found.values()) for key, found in newest.items() if found}

    def each_of(self, use_case: str) -> Iterator[Any]:
        """What has gone or waits of a use case, row by row: memory stays flat. Columns destination, subject, state, code, labels, as_of."""
        columns = (_D.destination, _D.subject, _D.state, _D.code, _D.labels, _D.as_of)
        with self.reading() as connection:
            flows = [flow for flow in all_flows(connection) if flow.use_case == use_case and flow.state not in GONE]
            for flow in flows:
                query = select(*columns).where(of_place(use_case, flow.destination), _D.state == flow.state)
                yield from connection.execute(query.execution_options(yield_per=2000))

    def answered_letters(self, use_case: str) -> list[HistoryRow]:
        """Deliveries that somebody has answered."""
        return self._in_state("responded", _D.use_case == use_case)

    def opted_out_of_letters(self) -> list[HistoryRow]:
        """Letters to contacts, of every use case, that somebody answered by opting out."""
        return self._in_state("opted_out", _D.labels["contact"].as_string().is_not(None))

    def _in_state(self, state: str, where: ColumnElement[bool]) -> list[HistoryRow]:
        with self.reading() as connection:
            places = [(flow.use_case, flow.destination) for flow in all_flows(connection) if flow.state == state]
            queries = [select(deliveries).where(of_place(*place), _D.state == state, where) for place in places]
            return [
                _row(row, row.updated_at, row.remote_id)
                for query in queries
                for row in connection.execute(query.order_by(_D.updated_at, _D.id))
            ]

    def messages_since(self, moment: datetime, destination: str) -> Counter[str]:
        """How many messages each subject's owner (before its first slash) was sent since a moment, by whatever use case."""
        with self.reading() as connection:
            flows = [flow for flow in all_flows(connection) if flow.destination == destination and flow.state in RANK]
            where = (_D.bundled.is_(False), _D.updated_at >= moment, _D.accepted_at >= moment, _D.carrier_id.is_(None))
            queries = [select(_D.subject).where(of_place(flow.use_case, destination), _D.state == flow.state, *where) for flow in flows]
            return Counter(subject.partition("/")[0] for query in queries for subject in connection.scalars(query))

    def moved(self, use_case: str, since: datetime) -> list[HistoryRow]:
        """Deliveries about titles that a destination took, or refused, after a moment; `updated_at` says when, whatever it said of them later."""
        carriers = deliveries.alias()
        taken_at = func.coalesce(_D.accepted_at, carriers.c.accepted_at, _D.updated_at)
        moment = case((_D.state.in_(sorted(FINAL_BAD)), _D.updated_at), else_=taken_at).label("moment")
        query = (
            select(deliveries, moment, carriers.c.remote_id.label("feed_remote_id"))
            .outerjoin(carriers, carriers.c.id == _D.carrier_id)
            .where(_D.use_case == use_case, _D.subject.startswith("isbn:"), _D.updated_at >= since, moment > since)
            .where(_D.state.in_(sorted({*RANK, *FINAL_BAD})))
            .order_by(moment, _D.subject, _D.destination)
        )
        with self.reading() as connection:
            return [_row(row, row.moment, row.remote_id or row.feed_remote_id) for row in connection.execute(query)]


def _row(row: Any, moment: datetime, remote_id: str | None) -> HistoryRow:
    return HistoryRow(
        delivery_id=row.id,
        use_case=row.use_case,
        destination=row.destination,
        subject=row.subject,
        revision=row.revision,
        state=row.state,
        code=row.code,
        detail=row.detail,
        as_of=row.as_of,
        updated_at=moment,
        content_hash=row.content_hash,
        remote_id=remote_id,
        message_number=None,
        labels=row.labels,
    )
