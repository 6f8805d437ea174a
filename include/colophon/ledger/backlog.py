"""How far each flow of events is behind: what waits, since when, how often it was tried, and what went wrong last."""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, literal_column, select

from colophon.domain.delivery_states import IN_FLIGHT, WAITING
from colophon.ledger.flows import Flow, all_flows, rows_of
from colophon.ledger.store import Store
from colophon.ledger.tables import OPEN_ROWS, deliveries

_D = deliveries.c
_UNDER_WAY, _BAD, _GOOD = ("accepted", "processing", "sent"), ("failed", "skipped", "unknown"), ("confirmed",)


class Backlog(NamedTuple):
    """One destination of a use case. `oldest`: since when the first waits; `tries`: the most that one of them had; `under_way`: whether
    something left and is not acknowledged; `trouble`: the newest delivery that ended badly; `last`: the newest acknowledgement.
    """

    use_case: str
    destination: str
    waiting: int
    oldest: datetime | None
    tries: int
    under_way: Any | None
    trouble: Any | None
    last: Any | None


class Backlogs(Store):
    """The part of the ledger that the page of flows reads."""

    def backlogs(self, prefix: str) -> list[Backlog]:
        """Of all use cases whose names begin so, the longest wait first."""
        first = func.min(_D.created_at, type_=_D.created_at.type)
        open_rows = (
            select(_D.use_case, _D.destination, func.count(), first, func.max(_D.tries))
            .where(literal_column(f"({OPEN_ROWS})"), _D.state.in_((WAITING, IN_FLIGHT)), _D.use_case.startswith(prefix, autoescape=True))
            .group_by(_D.use_case, _D.destination)
        )
        with self.reading() as connection:
            waiting = {(row[0], row[1]): row[2:] for row in connection.execute(open_rows)}
            places = defaultdict[tuple[str, str], list[Flow]](list)
            for flow in all_flows(connection):
                if flow.use_case.startswith(prefix):
                    places[flow.use_case, flow.destination].append(flow)

            def newest(flows: list[Flow], states: tuple[str, ...]) -> Any | None:
                some = [flow for flow in flows if flow.state in states]
                columns = ("id", "subject", "state", "code", "updated_at")
                return connection.execute(rows_of(connection, some, columns, limit=1)).first() if some else None

            found = [
                Backlog(*place, *waiting.get(place, (0, None, 0)), *(newest(flows, states) for states in (_UNDER_WAY, _BAD, _GOOD)))
                for place, flows in places.items()
            ]
        return sorted(
            found, key=lambda row: (row.oldest is None, row.oldest.timestamp() if row.oldest else 0, row.use_case, row.destination)
        )
