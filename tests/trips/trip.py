"""A round trip through one system: planned in a real ledger, delivered through its real port, with one request in ten spoilt.

`Trip` says what every system shares; a subclass declares what its system makes of each delivery.
"""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ledger_database import make_ledger
from sqlalchemy import select
from tests.trips.box import Box

from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.errors import ColophonError, EffectUnknownError
from colophon.ledger import Ledger
from colophon.ledger.tables import deliveries
from colophon_sandbox.serve import running_sandbox

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
USE_CASE, DESTINATION = "trip", "there"
LEASE_S, PAUSE_S = 900, 1200


class End(NamedTuple):
    """Where a delivery must end: its state in the ledger, and how often it has its effect there."""

    state: str
    effects: int = 1


class Row(NamedTuple):
    """A delivery as the ledger has it."""

    id: str
    subject: str
    state: str
    revision: int
    content_hash: str


class Clock:
    """The time of ledger and client; only the trip moves it."""

    now = START

    def __call__(self) -> datetime:
        return self.now


class Trip(ABC):
    """One system's trip. Times in seconds.

    `system` is its name at the sandbox. `calls` is about how many requests a delivery takes, `rounds` how many tries of a
    task may be needed, `steps` how often the await step looks.
    """

    system: ClassVar[str]
    delivery_class: ClassVar[str]
    calls: ClassVar[float]
    rounds: ClassVar[int] = 60
    steps: ClassVar[int] = 4
    seeds: ClassVar[Mapping[str, Any]] = {}
    settings: ClassVar[Mapping[str, Any]] = {}
    order: ClassVar[Any] = "latest"

    def __init__(self, url: str, folder: Path, count: int) -> None:
        self.url, self.folder, self.count, self.clock = url, folder, count, Clock()
        self.box = Box(url, self.system)
        database = f"sqlite:///{folder / 'ledger.db'}"
        make_ledger(database)
        self.ledger = Ledger.open(database, clock=self.clock)
        self.box.control("PUT", "/clock", {"now": f"{START:%Y-%m-%dT%H:%M:%SZ}", "mode": "frozen"})
        self.box.control("PATCH", "/settings", {self.system: dict(self.settings)})
        self.client = self.make_client()

    def collect_outcomes(self) -> None:  # noqa: B027 - where sending says all, there is nothing to wait for
        """What the system's await step does."""

    def on_the_other_side(self) -> None:  # noqa: B027 - most systems look at nothing by themselves
        """What somebody there does between two tries."""

    @abstractmethod
    def make_client(self) -> Any:
        """The system's client on the sandbox, with this trip's clock and `sleep`."""

    @abstractmethod
    def make_port(self) -> Any:
        """The system's port over the client, made anew for each try as an operator does."""

    @abstractmethod
    def content(self, number: int) -> Mapping[str, Any]:
        """What a delivery asks for."""

    @abstractmethod
    def end(self, number: int) -> End:
        """Where it must end."""

    @abstractmethod
    def effect_key(self, number: int, row: Row) -> str:
        """Under which name the sandbox counts its effect."""

    @abstractmethod
    def effects(self) -> Counter[str]:
        """What truly happened at the sandbox, by name."""

    def subject(self, number: int) -> str:
        """What a delivery is about."""
        return f"isbn:{9780000000000 + number}"

    def labels(self, number: int) -> Mapping[str, str]:
        """Its labels."""
        return {}

    def may_stay_unknown(self, row: Row) -> bool:
        """Whether nobody can be asked what became of a delivery whose sender died or heard nothing."""
        return self.delivery_class == "D"

    def plan(self) -> None:
        """Enter everything into the ledger; again changes nothing."""
        self.ledger.plan([self._intent(number) for number in range(self.count)])

    def deliver(self) -> ColophonError | None:
        """One try of the task that delivers; what stopped it."""
        owner = f"try at {self.clock.now:%H:%M:%S}"
        port = self.make_port()
        assert port.delivery_class == self.delivery_class
        done = deliver(self.ledger, port, use_case=USE_CASE, destination=DESTINATION, owner=owner, lease_s=LEASE_S, sleep=self.sleep)
        return done.stopped_by

    def is_done(self) -> bool:
        """Whether nothing waits to be sent."""
        return not {row.state for row in self.rows()} & {"planned", "in_flight"}

    def check(self) -> None:
        """Every delivery where it must be, and the same on both sides. Raises AssertionError naming what is not."""
        rows, found = {row.subject: row for row in self.rows()}, self.effects()
        assert len(rows) == self.count
        for number in range(self.count):
            row, end = rows[self.subject(number)], self.end(number)
            happened = found.pop(self.effect_key(number, row), 0)
            if row.state == "unknown" and self.may_stay_unknown(row):
                assert happened <= end.effects, f"{row.subject} is unknown and happened {happened} times"
            else:
                assert (row.state, happened) == (end.state, end.effects), f"{row} has {happened} effects"
        assert not found, f"the sandbox has what the ledger does not: {found}"

    def check_again(self, before: Counter[str], requests: int) -> None:
        """After the same plan again: nothing was sent."""
        assert self.effects() == before
        assert self.box.requests() == requests

    # The trip itself

    def go(self) -> None:
        """All of it, both ways, twice."""
        self.box.inject(int(self.count * self.calls))
        self.plan()
        self.deliver_all()
        self.settle_all()
        assert self.box.fired(), "nothing went wrong, so nothing was shown"
        self.box.stop_faults()
        self.check()
        effects, requests = self.effects(), self.box.requests()
        self.plan()
        self.deliver_all()
        self.check()
        self.check_again(effects, requests)

    def deliver_all(self) -> None:
        """The task and its retries, or the runs after it, each some time after the one before."""
        for _ in range(self.rounds):
            stopped_by = self.deliver()
            if self.is_done():
                assert stopped_by is None or (self.delivery_class == "D" and isinstance(stopped_by, EffectUnknownError))
                return
            self.advance(PAUSE_S)
        raise AssertionError(f"not done after {self.rounds} tries: {Counter(row.state for row in self.rows())}")

    def settle_all(self) -> None:
        """The await step until each delivery had time to end; a try that fails is repeated, as Airflow does."""
        left = self.steps
        for _ in range(self.rounds):
            self.advance(PAUSE_S)
            try:
                self.collect_outcomes()
            except ColophonError:
                continue
            left -= 1
            if not left:
                return
        raise AssertionError(f"not settled after {self.rounds} tries")

    def sleep(self, seconds: float) -> None:
        """Wait by moving the clocks; truly, where a request may still be at the sandbox."""
        self.box.wait_for_late()
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move both clocks."""
        self.clock.now += timedelta(seconds=seconds)
        self.box.control("POST", "/clock/advance", {"seconds": seconds})

    def rows(self) -> list[Row]:
        """All deliveries of the ledger."""
        columns = (getattr(deliveries.c, name) for name in Row._fields)
        with self.ledger.begin() as connection:
            return [Row(*row) for row in connection.execute(select(*columns))]

    def close(self) -> None:
        """Give connections back."""
        self.client.close()
        self.ledger.close()

    def _intent(self, number: int) -> Intent:
        content = json.dumps(self.content(number), sort_keys=True, separators=(",", ":")).encode()
        return Intent(
            use_case=USE_CASE,
            destination=DESTINATION,
            subject=self.subject(number),
            delivery_class=self.delivery_class,
            content=content,
            media_type="application/json",
            as_of=START,
            labels=self.labels(number),
            order=self.order,
        )


@contextmanager
def setting_out(kind: type[Trip], folder: Path, count: int) -> Iterator[Trip]:
    """A trip with a sandbox of its own."""
    with running_sandbox(*([dict(kind.seeds)] if kind.seeds else [])) as url:
        trip = kind(url, folder, count)
        try:
            yield trip
        finally:
            trip.close()
