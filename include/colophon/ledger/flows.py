"""Deliveries by where they go and what they are: which such flows there are, and the newest rows of several together.

Each step looks into an index and reads what it gives: a few entries for a flow, however many deliveries there are.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    TextClause,
    column,
    literal_column,
    select,
    text,
    true,
    values,
)

from colophon.domain.delivery_states import STATES
from colophon.ledger.tables import CODED, PLACE, deliveries

_D = deliveries.c


class Flow(NamedTuple):
    """Deliveries of a use case to a destination in a state."""

    state: str
    use_case: str
    destination: str


def all_flows(connection: Connection, *, code: str = "") -> list[Flow]:
    """Every use case, destination and state that there is, or that there is with a code."""
    found: list[Flow] = []
    for row in connection.execute(_CODED, {"code": code}) if code else connection.execute(_ALL):
        use_case, _, destination = row.place.partition("/")
        found.append(Flow(row.state, use_case, destination))
    return found


def rows_of(
    connection: Connection,
    flows: Sequence[Flow],
    columns: Sequence[str],
    within: Sequence[ColumnElement[bool]] = (),
    *,
    limit: int,
    code: str = "",
    oldest_first: bool = False,
) -> Select[Any]:
    """A query for the newest rows of some flows, with a code where one is given, within bounds of time; or for the oldest.

    So many of each flow are found first, then so many of all.
    """

    def in_time(rows: Any) -> list[ColumnElement[Any]]:
        return [rows.updated_at.asc(), rows.id.asc()] if oldest_first else [rows.updated_at.desc(), rows.id.desc()]

    given = _given(flows, is_coded=bool(code))
    of_flow = [literal_column(PLACE) == given.c.place, _D.state == given.c.state]
    of_flow += [_D.code == code, literal_column(CODED)] if code else [_D.bundled == given.c.bundled]
    entries = select(_D.id, _D.updated_at).where(*of_flow, *within).order_by(*in_time(_D)).limit(limit).correlate(given)
    shown = deliveries.alias("shown")
    found: FromClause
    if connection.dialect.name == "sqlite":
        # It has no LATERAL. A list for each flow does the same; PostgreSQL would make of it a filter on all rows.
        found = given.join(shown, shown.c.id.in_(entries.with_only_columns(_D.id)))
    else:
        each = entries.lateral("each")
        some = select(each).select_from(given.join(each, true())).order_by(*in_time(each.c)).limit(limit).subquery("some")
        found = some.join(shown, shown.c.id == some.c.id)
    return select(*(shown.c[name] for name in columns)).select_from(found).order_by(*in_time(shown.c)).limit(limit)


def _given(flows: Sequence[Flow], *, is_coded: bool) -> CTE:
    """The flows as a table. What travels in a message and what goes by itself are apart in the index, but not in that of codes."""
    rows = [
        (f"{flow.use_case}/{flow.destination}", flow.state, bundled)
        for flow in flows
        for bundled in ((False,) if is_coded else (False, True))
    ]
    return values(column("place", String), column("state", String), column("bundled", Boolean), name="given").data(rows).cte("given")


def _query(where: str) -> TextClause:
    """From one place to the next by an index, and for each whether it has a state: counting would read a million entries."""
    # `EXISTS` would tempt PostgreSQL to join with all deliveries; a value is looked up, one index entry each.
    states = " UNION ALL ".join(f"SELECT '{state}' AS state" for state in STATES)
    first = f"SELECT {PLACE} FROM deliveries WHERE {where} ORDER BY {PLACE} LIMIT 1"  # noqa: S608 - constants of this package
    later = f"SELECT {PLACE} FROM deliveries WHERE {where} AND {PLACE} > places.place ORDER BY {PLACE} LIMIT 1"  # noqa: S608 - as above
    there = f"SELECT 1 FROM deliveries WHERE {where} AND {PLACE} = places.place AND deliveries.state = states.state LIMIT 1"  # noqa: S608 - as above
    return text(
        f"WITH RECURSIVE places(place) AS (SELECT ({first}) UNION ALL SELECT ({later}) FROM places WHERE places.place IS NOT NULL) "  # noqa: S608 - as above
        f"SELECT places.place AS place, states.state AS state FROM places, ({states}) AS states "
        f"WHERE places.place IS NOT NULL AND ({there}) IS NOT NULL ORDER BY places.place, states.state"
    )


_ALL, _CODED = _query("1 = 1"), _query(f"deliveries.code = :code AND {CODED}")
