"""A ledger whose clock a test moves, and a port that does as it is told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from colophon.deliver import Summary, deliver
from colophon.domain.delivery import Delivery, Intent, Verdict
from colophon.errors import ColophonError, EffectUnknownError, ServerError
from colophon.ledger import Ledger

DAY = datetime(2026, 5, 1, tzinfo=UTC)


def unknown() -> EffectUnknownError:
    """Nobody can know whether the call had its effect."""
    return EffectUnknownError("nobody can know")


@dataclass
class Told:
    """A port. `failures` are raised one after the other, then all is accepted; `found` are ids that reading back knows.

    `forgets`: subjects that its answer does not name.
    """

    delivery_class: str
    failures: list[ColophonError] = field(default_factory=list)
    found: Callable[[Delivery], bool] = lambda _: False
    blind: bool = False
    lost: bool = False
    batch: int = 2
    settle_s: float = 1.0
    forgets: tuple[str, ...] = ()
    sent: list[Delivery] = field(default_factory=list)

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        self.sent += deliveries
        if self.failures:
            raise self.failures.pop(0)
        return [Verdict(d.id, "accepted") for d in deliveries if d.subject not in self.forgets]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        if self.blind:
            raise ServerError("the system is in trouble")
        if self.lost:
            raise unknown()
        return Verdict(delivery.id, "accepted") if self.found(delivery) else None


class Desk:
    """A ledger whose clock a test moves."""

    def __init__(self, url: str) -> None:
        self.now = DAY
        self.waited: list[float] = []
        self.ledger = Ledger.open(url, clock=lambda: self.now)

    def plan(self, delivery_class: str, count: int = 1) -> None:
        subjects = [f"isbn:{n}" for n in range(count)]
        self.ledger.plan([Intent("uc", "kobo", subject, delivery_class, b"{}", "application/json", DAY) for subject in subjects])

    def run(self, port: Told, owner: str = "me") -> Summary:
        return deliver(self.ledger, port, use_case="uc", destination="kobo", owner=owner, lease_s=900, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Time that passes for the port as well."""
        self.waited.append(seconds)

    def id_of(self, subject: str) -> str:
        return next(row.delivery_id for row in self.ledger.all_of("uc", "kobo") if row.subject == subject)

    def states(self) -> dict[str, int]:
        return self.ledger.counts("uc")["kobo"]


@pytest.fixture
def desk(ledger_url: str) -> Iterator[Desk]:
    """An empty ledger."""
    found = Desk(ledger_url)
    yield found
    found.ledger.close()
