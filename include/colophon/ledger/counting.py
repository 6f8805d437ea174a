"""How many deliveries there are of each state."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, literal, literal_column, select

from colophon.domain.delivery_states import FEED
from colophon.ledger.flows import all_flows
from colophon.ledger.statements import chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import PLACE, deliveries

_D = deliveries.c


class Counting(Store):
    """The part of the ledger that every step's summary asks."""

    def counts(self, use_case: str, destination: str | None = None) -> dict[str, dict[str, int]]:
        """Deliveries by destination and state, feeds left out."""
        found: dict[str, dict[str, int]] = {}
        with self.reading() as connection:
            names = [destination] if destination else sorted({f.destination for f in all_flows(connection) if f.use_case == use_case})
            for chunk in chunks(names):
                for name, state, count in _counted(connection, use_case, chunk):
                    found.setdefault(name, {})[state] = count
        return found


def _counted(connection: Connection, use_case: str, destinations: Sequence[str]) -> list[tuple[str, str, int]]:
    """Destination, state, count. Feeds are counted apart and taken off: the index of states does not know what a row is about."""
    place: ColumnElement[str] = literal_column(PLACE)
    first, *others = [f"{use_case}/{name}" for name in destinations]
    # Of one place SQLite reads the index alone, unless it has to make the place's name of each row.
    shown, by = (place, [literal_column("1"), _D.state]) if others else (literal(first), [_D.state])
    there = select(shown.label("place"), _D.state, func.count()).where(place.in_([first, *others]) if others else place == first)
    feeds = select(_D.destination, _D.state, func.count()).where(
        _D.subject.in_([FEED + name for name in destinations]), _D.use_case == use_case
    )
    taken_off = {(name, state): count for name, state, count in connection.execute(feeds.group_by(_D.destination, _D.state))}
    found = []
    for row, state, count in connection.execute(there.group_by(*by)):
        name = row.partition("/")[2]
        if left := count - taken_off.get((name, state), 0):
            found.append((name, state, left))
    return sorted(found)
