"""What a person looks at: deliveries page by page, counts by day, one delivery with all that happened to it.

Pages go from newest to oldest and continue behind the last row shown, so that page one thousand is as quick as page one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal, literal_column, select, tuple_

from colophon.domain.delivery_states import FEED
from colophon.ledger.flows import Flow, all_flows, rows_of
from colophon.ledger.store import Store
from colophon.ledger.tables import PLACE, attempts, deliveries, outcome_events, quality, takes_off_sale

_D = deliveries.c
SHOWN = (
    *("id", "use_case", "destination", "subject", "isbn", "revision", "occurrence", "content_hash", "delivery_class", "bundled", "state"),
    *("code", "detail", "as_of", "created_at", "updated_at", "tries", "carrier_id", "remote_id", "labels"),
)


class Place(NamedTuple):
    """Where a page ended; the next one starts behind it."""

    at: datetime
    id: str


class Wanted(NamedTuple):
    """Which deliveries: empty members do not narrow. `since` belongs to it, `until` does not; both look at the last change.

    `closed`: those alone that take their subject off sale. `no_messages`: what travels in messages, and not these.
    `standing`: those alone that are still wanted and that nothing newer has overtaken.
    """

    states: tuple[str, ...] = ()
    use_case: str = ""
    destination: str = ""
    isbn: str = ""
    subject: str = ""
    code: str = ""
    carrier: str = ""
    since: datetime | None = None
    until: datetime | None = None
    closed: bool = False
    no_messages: bool = False
    standing: bool = False


class Moved(NamedTuple):
    """How many deliveries of a use case to a destination are in a state; `closed`: how many of them take their subject off sale."""

    use_case: str
    destination: str
    state: str
    number: int
    closed: int


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
            query = _page(connection, wanted, after, limit)
            return list(connection.execute(query)) if query is not None else []

    def oldest(self, wanted: Wanted, limit: int) -> list[Any]:
        """Rows in some states that changed longest ago, with the columns SHOWN."""
        with self.reading() as connection:
            flows = [flow for flow in all_flows(connection) if _belongs(flow, wanted)]
            query = rows_of(connection, flows, SHOWN, _within(wanted, None), limit=limit, oldest_first=True) if flows else None
            return list(connection.execute(query)) if query is not None else []

    def flows(self) -> list[Flow]:
        """Every use case, destination and state that there is."""
        with self.reading() as connection:
            return all_flows(connection)

    def days(self, since: datetime, count: int) -> list[tuple[str, str, int]]:
        """Deliveries, messages apart, of so many days from a midnight on, by day of their last change (UTC) and state: (2026-11-21, confirmed, 812)."""
        found = []
        with self.reading() as connection:
            carriers = (_D.subject.in_(_messages(all_flows(connection))), _D.updated_at >= since)
            apart = Counter((row[0].date(), row[1]) for row in connection.execute(select(_D.updated_at, _D.state).where(*carriers)))
            # Day by day: reckoning the day of each row would cost more than finding it.
            for begin in (since + timedelta(days=number) for number in range(count)):
                within = (_D.updated_at >= begin, _D.updated_at < begin + timedelta(days=1))
                query = select(_D.state, func.count()).where(*within).group_by(_D.state).order_by(_D.state)
                counted = [(state, number - apart[begin.date(), state]) for state, number in connection.execute(query)]
                found += [(begin.date().isoformat(), state, number) for state, number in counted if number]
        return found

    def moved(self, since: datetime) -> list[Moved]:
        """What changed since a moment, by use case, destination and state; messages apart, which carry what is counted here."""
        place: ColumnElement[str] = literal_column(PLACE)
        with self.reading() as connection:
            flows = all_flows(connection)
            # By all columns of the index of states, so that it alone is read: these rows are spread over the whole table.
            places, states = ({f"{flow.use_case}/{flow.destination}" for flow in flows}, {flow.state for flow in flows})
            of_index = (place.in_(sorted(places)), _D.state.in_(sorted(states)), _D.bundled.in_((True, False)))

            def counted(*where: ColumnElement[bool]) -> dict[tuple[str, str], int]:
                query = select(place, _D.state, func.count()).where(_D.updated_at >= since, *where).group_by(literal_column("1"), _D.state)
                return {(row[0], row[1]): row[2] for row in connection.execute(query)}

            every, closing = counted(*of_index), counted(takes_off_sale)
            carriers = counted(_D.subject.in_(_messages(flows)))
        left = {key: number - carriers.get(key, 0) for key, number in every.items()}
        found = []
        for (where, state), number in left.items():
            use_case, _, destination = where.partition("/")
            found += [Moved(use_case, destination, state, number, closing.get((where, state), 0))] if number else []
        return found

    def closed(self, use_case: str, as_of: datetime) -> int:
        """How many deliveries that a run planned, judged at that moment, take a subject off sale."""
        is_of_run = (_D.updated_at >= as_of, _D.use_case == use_case, _D.as_of == as_of, takes_off_sale)
        with self.reading() as connection:
            return connection.scalar(select(func.count()).where(*is_of_run)) or 0

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

    def quality_sums(self, *, imprint: str = "", week: str = "", weeks: int) -> list[Any]:
        """Figures of the newest weeks, or of one, with `met` and `of` summed over all imprints or one; oldest week first."""
        given = [field == value for field, value in ((quality.c.imprint, imprint), (quality.c.week, week)) if value]
        newest = select(quality.c.week).where(*given).group_by(quality.c.week).order_by(quality.c.week.desc()).limit(weeks)
        with self.reading() as connection:
            there = list(connection.scalars(newest))
            sums = (func.sum(quality.c.met).label("met"), func.sum(quality.c.of).label("of"))
            query = select(quality.c.week, quality.c.figure, *sums).where(quality.c.week.in_(there), *given)
            return list(connection.execute(query.group_by(quality.c.week, quality.c.figure).order_by(quality.c.week)))

    def quality_imprints(self) -> list[str]:
        """Imprints that were measured in the newest week."""
        newest = select(func.max(quality.c.week)).scalar_subquery()
        with self.reading() as connection:
            return sorted(connection.scalars(select(quality.c.imprint).where(quality.c.week == newest).distinct()))

    def quality_weeks(self, *, imprint: str = "", figure: str = "", week: str = "", limit: int = 5000) -> list[Any]:
        """Quality figures, newest week first."""
        given = ((quality.c.imprint, imprint), (quality.c.figure, figure), (quality.c.week, week))
        query = select(quality).where(*(field == value for field, value in given if value))
        query = query.order_by(quality.c.week.desc(), quality.c.imprint, quality.c.figure)
        with self.reading() as connection:
            return list(connection.execute(query.limit(limit)))


def _messages(flows: Iterable[Flow]) -> list[str]:
    """How the subjects of messages are called, by where these go."""
    return sorted({FEED + flow.destination for flow in flows})


def behind(moment: ColumnElement[Any], key: ColumnElement[Any], place: Place) -> ColumnElement[bool]:
    """The rows behind a place, newest first; both columns at once, so that an index begins there among rows of one moment too."""
    return tuple_(moment, key) < tuple_(literal(place.at, moment.type), literal(place.id, key.type))


def _page(connection: Connection, wanted: Wanted, after: Place | None, limit: int) -> Select[Any] | None:
    """The query for a page; None where nothing can be on it."""
    within = _within(wanted, after)
    exact = [
        _D[name] == value for name, value in (("isbn", wanted.isbn), ("subject", wanted.subject), ("carrier_id", wanted.carrier)) if value
    ]
    if not exact and (wanted.code or wanted.states or wanted.use_case or wanted.destination):
        flows = [flow for flow in all_flows(connection, code=wanted.code) if _belongs(flow, wanted)]
        return rows_of(connection, flows, SHOWN, within, code=wanted.code, limit=limit) if flows else None
    given = (("use_case", wanted.use_case), ("destination", wanted.destination), ("code", wanted.code))
    exact += [_D[name] == value for name, value in given if value] + ([_D.state.in_(wanted.states)] if wanted.states else [])
    # The few rows of a title are found first and sorted then: an order that an index has would tempt PostgreSQL to walk all of it.
    at = func.coalesce(_D.updated_at, _D.created_at) if wanted.isbn or wanted.subject else _D.updated_at
    return select(*(_D[name] for name in SHOWN)).where(*exact, *within).order_by(at.desc(), _D.id.desc()).limit(limit)


def _within(wanted: Wanted, after: Place | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since:
        found.append(_D.updated_at >= wanted.since)
    if wanted.until:
        found.append(_D.updated_at < wanted.until)
    if wanted.closed:
        found.append(takes_off_sale)
    if wanted.no_messages:
        found.append(~_D.subject.startswith(FEED))
    if wanted.standing:
        newer = deliveries.alias("newer")
        place = [newer.c[name] == _D[name] for name in ("subject", "use_case", "destination")]
        found += [_D.unwanted.is_(None), ~exists().where(*place, newer.c.revision > _D.revision)]
    if after:
        found.append(behind(_D.updated_at, _D.id, after))
    return found


def _belongs(flow: Flow, wanted: Wanted) -> bool:
    pairs = ((wanted.use_case, flow.use_case), (wanted.destination, flow.destination))
    return all(value in {"", there} for value, there in pairs) and (not wanted.states or flow.state in wanted.states)
