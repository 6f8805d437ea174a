"""Deliveries by what a system calls them, and those that nobody can know of any more."""

from datetime import UTC, datetime

import pytest

from colophon.domain.delivery import Intent, Verdict
from colophon.ledger import Ledger

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def ledger(ledger_url):
    """Two deliveries: one accepted as job-1/1, one waiting."""
    with Ledger.open(ledger_url, clock=lambda: NOW) as found:
        found.plan([Intent("test", "letters", f"contract:{n}", "C", b"{}", "application/json", NOW) for n in (1, 2)])
        (first,) = found.claim("test", "letters", owner="me", lease_s=60, limit=1)
        found.finish([Verdict(first.id, "accepted", "job-1/1")], owner="me")
        yield found


def test_sent_as(ledger):
    """Only what has a remote id, in the states asked for."""
    assert list(ledger.sent_as("test", "letters", ["accepted"]).values()) == ["job-1/1"]
    assert ledger.sent_as("test", "letters", ["sent"]) == {}
    assert ledger.sent_as("test", "elsewhere", ["accepted"]) == {}


def test_locate(ledger):
    """By either name; what nobody knows is absent."""
    (delivery_id,) = ledger.sent_as("test", "letters", ["accepted"])
    assert ledger.locate([delivery_id, "job-1/1", "job-9/9"]) == {delivery_id: delivery_id, "job-1/1": delivery_id}


def test_lose(ledger):
    """Becomes unknown once; nothing else moves, and a person can settle it."""
    (delivery_id,) = ledger.sent_as("test", "letters", ["accepted"])
    assert (ledger.lose([delivery_id], "wiped"), ledger.lose([delivery_id], "wiped")) == (1, 0)
    assert ledger.counts("test") == {"letters": {"planned": 1, "unknown": 1}}
    ledger.resolve_by_operator(delivery_id, "sent", by="ann", why="seen in the print room")
    assert ledger.counts("test")["letters"]["sent"] == 1
