"""What a person looks at: deliveries page by page, counts by day, one delivery with all that happened to it.

Pages go from newest to oldest and continue behind the last row shown, so that page one thousand is as quick as page one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, TextClause, and_, false, func, literal_column, or_, select, text

from colophon.ledger.records import STATES
from colophon.ledger.store import Store
from colophon.ledger.tables import PLACE, attempts, deliveries, of_place, outcome_events, quality

_D = deliveries.c
FEW = 5000
"""So many rows are sorted where they are found; among more, the newest are met soon by walking back in time."""
MOST_FLOWS = 60
SHOWN = (
    *("id", "use_case", "destination", "subject", "isbn", "revision", "occurrence", "content_hash", "delivery_class", "bundled", "state"),
    *("code", "detail", "as_of", "created_at", "updated_at", "tries", "carrier_id", "remote_id", "labels"),
)


class Place(NamedTuple):
    """Where a page ended; the next one starts behind it."""

    at: datetime
    id: str


class Wanted(NamedTuple):
    """Which deliveries: empty members do not narrow. `since` belongs to it, `until` does not; both look at the last change."""

    states: tuple[str, ...] = ()
    use_case: str = ""
    destination: str = ""
    isbn: str = ""
    subject: str = ""
    code: str = ""
    carrier: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Flow(NamedTuple):
    """Deliveries of a use case to a destination in a state."""

    state: str
    use_case: str
    destination: str


class Story(NamedTuple):
    """One delivery: its row, every try, every outcome reported, and how many others it carries."""

    row: Any
    attempts: Sequence[Any]
    events: Sequence[Any]
    members: int


class Browse(Store):
    """The part of the ledger that pages and exports read."""

    def deliveries_page(self, wanted: Wanted, *, after: Place | None = None, limit: int = 50) -> list[Any]:
        """Rows with the columns SHOWN, newest change first."""
        with self.reading() as connection:
            of_flow, are_few = _of_flow(connection, wanted)
            conditions = [*_narrow(wanted), *of_flow]
            # Few rows are found first and sorted then; an order that an index has would tempt PostgreSQL to walk all of it.
            at = func.coalesce(_D.updated_at, _D.created_at) if are_few else _D.updated_at
            if after is not None:
                conditions += [_D.updated_at <= after.at, or_(_D.updated_at < after.at, _D.id < after.id)]
            query = select(*(_D[name] for name in SHOWN)).where(*conditions).order_by(at.desc(), _D.id.desc())
            return list(connection.execute(query.limit(limit)))

    def flows(self) -> list[Flow]:
        """Every use case, destination and state that there is."""
        with self.reading() as connection:
            return _flows(connection)

    def days(self, since: datetime) -> list[tuple[str, str, int]]:
        """Deliveries by day of their last change (UTC) and state: (2026-11-21, confirmed, 812)."""
        with self.reading() as connection:
            moment = _D.updated_at if connection.dialect.name == "sqlite" else func.timezone("UTC", _D.updated_at)
            day = func.date(moment).label("day")
            query = select(day, _D.state, func.count()).where(_D.updated_at >= since).group_by(literal_column("1"), _D.state)
            return sorted((str(found), state, count) for found, state, count in connection.execute(query))

    def story(self, delivery_id: str) -> Story | None:
        """All about one delivery; None where there is none."""
        with self.reading() as connection:
            row = connection.execute(select(*(_D[name] for name in SHOWN)).where(_D.id == delivery_id)).first()
            if row is None:
                return None
            tries = connection.execute(select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.id).limit(200))
            told = select(outcome_events).where(outcome_events.c.delivery_id == delivery_id).order_by(outcome_events.c.at).limit(200)
            members = connection.scalar(select(func.count()).where(_D.carrier_id == delivery_id)) or 0
            return Story(row, list(tries), list(connection.execute(told)), members)

    def quality_weeks(self, *, imprint: str = "", figure: str = "", week: str = "", limit: int = 5000) -> list[Any]:
        """Quality figures, newest week first."""
        given = ((quality.c.imprint, imprint), (quality.c.figure, figure), (quality.c.week, week))
        query = select(quality).where(*(field == value for field, value in given if value))
        query = query.order_by(quality.c.week.desc(), quality.c.imprint, quality.c.figure)
        with self.reading() as connection:
            return list(connection.execute(query.limit(limit)))


def _narrow(wanted: Wanted) -> list[ColumnElement[bool]]:
    given = ((_D.isbn, wanted.isbn), (_D.subject, wanted.subject), (_D.code, wanted.code), (_D.carrier_id, wanted.carrier))
    found: list[ColumnElement[bool]] = [field == value for field, value in given if value]
    if wanted.since:
        found.append(_D.updated_at >= wanted.since)
    if wanted.until:
        found.append(_D.updated_at < wanted.until)
    return found


def _of_flow(connection: Connection, wanted: Wanted) -> tuple[list[ColumnElement[bool]], bool]:
    """Conditions on state, use case and destination, and whether few rows fulfil them, so that they are found by place."""
    columns = ((_D.state, wanted.states), (_D.use_case, (wanted.use_case,)), (_D.destination, (wanted.destination,)))
    plain: list[ColumnElement[bool]] = [field.in_(values) for field, values in columns if any(values)]
    if not plain or wanted.isbn or wanted.subject or wanted.carrier:
        return plain, False
    flows = [flow for flow in _flows(connection) if _belongs(flow, wanted)]
    if not flows:
        return [false()], True
    if len(flows) > MOST_FLOWS:
        return plain, False
    by_place = or_(*(and_(of_place(flow.use_case, flow.destination), _D.state == flow.state) for flow in flows))
    few = select(func.count()).select_from(select(_D.state).where(by_place).limit(FEW + 1).subquery())
    return ([by_place], True) if (connection.scalar(few) or 0) <= FEW else (plain, False)


def _belongs(flow: Flow, wanted: Wanted) -> bool:
    pairs = ((wanted.use_case, flow.use_case), (wanted.destination, flow.destination))
    return all(value in {"", there} for value, there in pairs) and (not wanted.states or flow.state in wanted.states)


def _flows(connection: Connection) -> list[Flow]:
    """From one place to the next by the index, and for each whether it has a state: counting would read a million entries."""
    found: list[Flow] = []
    for row in connection.execute(_FLOWS):
        use_case, _, destination = row.place.partition("/")
        found.append(Flow(row.state, use_case, destination))
    return found


def _flows_query() -> TextClause:
    # `EXISTS` would tempt PostgreSQL to join with all deliveries; a value is looked up, one index entry each.
    states = " UNION ALL ".join(f"SELECT '{state}' AS state" for state in STATES)
    first = f"SELECT {PLACE} FROM deliveries ORDER BY {PLACE} LIMIT 1"  # noqa: S608 - constants of this package
    later = f"SELECT {PLACE} FROM deliveries WHERE {PLACE} > places.place ORDER BY {PLACE} LIMIT 1"  # noqa: S608 - constants of this package
    there = f"SELECT 1 FROM deliveries WHERE {PLACE} = places.place AND deliveries.state = states.state LIMIT 1"  # noqa: S608 - as above
    return text(
        f"WITH RECURSIVE places(place) AS (SELECT ({first}) UNION ALL SELECT ({later}) FROM places WHERE places.place IS NOT NULL) "  # noqa: S608 - as above
        f"SELECT places.place AS place, states.state AS state FROM places, ({states}) AS states "
        f"WHERE places.place IS NOT NULL AND ({there}) IS NOT NULL ORDER BY places.place, states.state"
    )


_FLOWS = _flows_query()
