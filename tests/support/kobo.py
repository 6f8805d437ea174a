"""A ledger with deliveries to one destination, `kobo`, as most tests of the ledger want it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from moving_clock import Clock

from colophon.domain.delivery import Delivery, Intent, OutcomeEvent, Verdict
from colophon.ledger import Ledger

DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """At the first of May."""
    return Clock(DAY)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        yield opened


def intent(subject="isbn:1", content=b"one", **more) -> Intent:
    """A delivery to `kobo`, class A."""
    facts = {"use_case": "uc", "destination": "kobo", "delivery_class": "A", "media_type": "text/plain", "as_of": DAY, **more}
    return Intent(subject=subject, content=content, **facts)


def claim(ledger: Ledger, owner="me", limit=10, lease_s=3600.0) -> list[Delivery]:
    """What `owner` gets for an hour."""
    return ledger.claim("uc", "kobo", owner=owner, lease_s=lease_s, limit=limit)


def send(ledger: Ledger, result="accepted", remote_id: str | None = None, *, owner="me", **more) -> list[Delivery]:
    """All that may go now goes, with one result."""
    claimed = claim(ledger, owner)
    ledger.finish([Verdict(delivery.id, result, remote_id, **more) for delivery in claimed], owner=owner)
    return claimed


def bundle(ledger: Ledger, most: int = 100) -> list[str]:
    """What waits for `kobo` is put into messages."""
    return ledger.bundle("uc", "kobo", as_of=DAY, max_products=most, max_bytes=10**9, labels={})


def told(delivery: Delivery, outcome: str, at: datetime = DAY, **more) -> OutcomeEvent:
    """A system's word on a delivery."""
    return OutcomeEvent(delivery.id, outcome, at, "xconnector", **{"raw_state": outcome, **more})


def states(ledger: Ledger, destination="kobo") -> list[str]:
    """Of all revisions, messages left out, in the order in which they were planned."""
    return [row.state for row in ledger.all_of("uc", destination) if not row.subject.startswith("feed:")]
