"""Two changes of one ledger, forced into each other: the second one happens between any two statements of the first."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import event, text

from colophon import environment
from colophon.domain.delivery import Delivery, Intent, OutcomeEvent, Verdict
from colophon.domain.delivery_states import RANK
from colophon.errors import ColophonError
from colophon.ledger import Ledger

DAY = datetime(2026, 5, 1, tzinfo=UTC)
MOST_STATEMENTS = 60
_BLOCKED = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@dataclass
class Place:
    """A destination of its own in a ledger, with what was done there."""

    ledger: Ledger
    destination: str
    claimed: list[Delivery] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)

    def intent(self, content: bytes = b"one", subject: str = "isbn:1", days: int = 0, **more: Any) -> Intent:
        """A delivery to this place, judged so many days after the first of May."""
        facts = {"delivery_class": "A", "media_type": "text/plain", "as_of": DAY + timedelta(days=days), **more}
        facts.setdefault("labels", {"isbn": subject.removeprefix("isbn:"), "record_reference": f"r.{subject}"})
        return Intent("uc", self.destination, subject, content=content, **facts)

    def plan(self, ledger: Ledger, *intents: Intent) -> tuple[int, int, int]:
        """New, unchanged, stale."""
        return tuple(ledger.plan(intents or [self.intent()])[self.destination])

    def claim(self, ledger: Ledger, owner: str = "b", lease_s: float = 3600) -> list[Delivery]:
        """All that may go; noted as claimed."""
        taken = ledger.claim("uc", self.destination, owner=owner, lease_s=lease_s, limit=10)
        self.claimed += taken
        return taken

    def sent(self, ledger: Ledger, owner: str = "a", **verdict: Any) -> str:
        """Claim and finish what waits; the id of the last."""
        taken = self.claim(ledger, owner)
        facts = {"result": "accepted", "remote_id": f"m-{taken[-1].id}", **verdict}
        ledger.finish([Verdict(delivery.id, **facts) for delivery in taken], owner=owner)
        return taken[-1].id

    def event(self, delivery_id: str, outcome: str, seconds: int = 0) -> OutcomeEvent:
        """What a system reports."""
        return OutcomeEvent(delivery_id, outcome, DAY + timedelta(seconds=seconds), "x", f"m-{delivery_id}", raw_state=outcome)

    def rows(self, columns: str = "revision, state") -> list[tuple[Any, ...]]:
        """Columns of all rows of the place."""
        asked = text(f"SELECT {columns} FROM deliveries WHERE destination = :place ORDER BY subject, revision")
        with self.ledger.reading() as connection:
            return [tuple(row) for row in connection.execute(asked, {"place": self.destination})]


@dataclass(frozen=True)
class Pair:
    """Two changes that touch the same rows. `check` is told the place and what each returned, or which of our errors it raised."""

    name: str
    prepare: Callable[[Place], object]
    first: Callable[[Place, Ledger], object]
    second: Callable[[Place, Ledger], object]
    check: Callable[[Place, Any, Any], object]

    def turned(self) -> "Pair":
        """The other way round."""
        return Pair(self.name, self.prepare, self.second, self.first, lambda place, first, second: self.check(place, second, first))


def outcome_of(work: Callable[[], object]) -> object:
    """What it returns, or the error of ours that it raises; any other error is a fault."""
    try:
        return work()
    except ColophonError as problem:
        return problem


def one_after_the_other(pair: Pair, url: str, number: int) -> None:
    """First, then second."""
    with Ledger.open(url, clock=lambda: DAY) as ledger, Ledger.open(url, clock=lambda: DAY) as other:
        place = Place(ledger, f"{pair.name}-{number}")
        pair.prepare(place)
        done = outcome_of(partial(pair.first, place, ledger)), outcome_of(partial(pair.second, place, other))
        check_laws(place)
        pair.check(place, *done)


def into_each_other(pair: Pair, url: str, number: int) -> int:
    """The second change before each statement of the first one, in a place of its own each time; how many there were."""
    with Ledger.open(url, clock=lambda: DAY) as ledger, Ledger.open(url, clock=lambda: DAY) as other, environment.pool(1) as second:
        for statement in range(MOST_STATEMENTS):
            place = Place(ledger, f"{pair.name}-{number}-{statement}")
            pair.prepare(place)
            begin = partial(second.submit, outcome_of, partial(pair.second, place, other))
            with interrupted(ledger, other, statement, begin) as begun:
                first = outcome_of(partial(pair.first, place, ledger))
            if not begun:
                return statement
            result = begun[0].result(timeout=30)
            check_laws(place)
            pair.check(place, first, result)
    raise AssertionError("so many statements has no change")


@contextmanager
def interrupted(ledger: Ledger, other: Ledger, statement: int, begin: Callable[[], Future[object]]) -> Iterator[list[Future[object]]]:
    """Before a statement of this thread on the ledger, or its commit, something else begins, and goes on until it ends or waits for us."""
    begun: list[Future[object]] = []
    me, seen = threading.get_ident(), 0

    def before(*_: object) -> None:
        nonlocal seen
        if begun or threading.get_ident() != me:
            return
        seen += 1
        if seen > statement:
            begun.append(begin())
            with other.engine.connect() as connection:
                while not wait(begun, timeout=0.003).done and not connection.scalar(_BLOCKED):
                    connection.rollback()

    moments = ("before_cursor_execute", "commit")
    for moment in moments:
        event.listen(ledger.engine, moment, before)
    try:
        yield begun
    finally:
        for moment in moments:
            event.remove(ledger.engine, moment, before)


def check_laws(place: Place) -> None:
    """What holds whatever happened in whatever order."""
    with place.ledger.reading() as connection:
        given = {"place": place.destination}
        twice = "SELECT subject FROM deliveries WHERE destination = :place AND state = 'in_flight' GROUP BY subject HAVING count(*) > 1"
        assert not connection.execute(text(twice), given).all(), "two of one subject in flight"
        tries = "SELECT d.state FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE destination = :place AND a.ended_at IS NULL"
        assert {state for (state,) in connection.execute(text(tries), given)} <= {"in_flight"}, "a try goes on of what is not in flight"
        told = "SELECT d.state, e.outcome FROM outcome_events e JOIN deliveries d ON d.id = e.delivery_id WHERE destination = :place"
        for state, outcome in connection.execute(text(told), given):
            assert RANK.get(state, 99) >= RANK.get(outcome, 0), f"{state} after {outcome} was told"
    ids = [delivery.id for delivery in place.claimed if not delivery.tried]
    assert len(ids) == len(set(ids)), "sent twice"
