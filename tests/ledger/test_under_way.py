"""What is under way: since when a system may have it, however often somebody looks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from moving_clock import Clock

from colophon.domain.delivery import Intent, OutcomeEvent, Verdict
from colophon.ledger import Ledger

DAY = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    """At the first of May."""
    return Clock(DAY)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """One delivery that waits."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        opened.plan([Intent("uc", "kobo", "isbn:1", "A", b"one", "text/plain", DAY)])
        yield opened


def send(ledger: Ledger, result: str, remote_id: str | None = None, *, seconds: float = 0) -> str:
    """A try with this result, and how long its call took; gives the delivery's id."""
    (delivery,) = ledger.claim("uc", "kobo", owner="me", lease_s=60, limit=1)
    ledger.clock.now += timedelta(seconds=seconds)
    ledger.finish([Verdict(delivery.id, result, remote_id, may_have_gone=result == "not_sent")], owner="me")
    return delivery.id


def since(ledger: Ledger) -> dict[str, datetime]:
    """Since when, by remote id."""
    return {remote_id: at for remote_id, (_, at) in ledger.under_way("uc", "kobo").items()}


def test_no_look_moves_it(ledger: Ledger, clock: Clock) -> None:
    """The moment is that of the try, before its call, and states that follow leave it."""
    delivery_id = send(ledger, "accepted", "m-1", seconds=30)
    for word in ("processing", "sent"):
        clock.now += HOUR
        ledger.record_outcomes([OutcomeEvent(delivery_id, word, clock.now, "xconnector", "m-1")])
        assert since(ledger) == {"m-1": DAY}


def test_what_is_being_sent_counts_as_moved(ledger: Ledger, clock: Clock) -> None:
    """Since its sender took it, and not since it was planned."""
    clock.now += HOUR
    ledger.claim("uc", "kobo", owner="me", lease_s=60, limit=1)
    assert [(row.state, row.number) for row in ledger.desk.moved(clock.now)] == [("in_flight", 1)]


def test_an_answer_that_was_lost(ledger: Ledger, clock: Clock) -> None:
    """A later try that finds it at the system was not the one that brought it there."""
    send(ledger, "not_sent")
    clock.now += HOUR
    send(ledger, "accepted", "m-1")
    assert since(ledger) == {"m-1": DAY}


def test_a_sender_that_died(ledger: Ledger, clock: Clock) -> None:
    """What it sent before it died counts from then."""
    ledger.claim("uc", "kobo", owner="dead", lease_s=60, limit=1)
    clock.now += HOUR
    send(ledger, "accepted", "m-1")
    assert since(ledger) == {"m-1": DAY}


def test_a_try_that_was_surely_not_taken(ledger: Ledger, clock: Clock) -> None:
    """A delivery that waited for its turn counts from the try that was taken."""
    (delivery,) = ledger.claim("uc", "kobo", owner="me", lease_s=60, limit=1)
    ledger.finish([Verdict(delivery.id, "not_sent")], owner="me")
    clock.now += HOUR
    send(ledger, "accepted", "m-1")
    assert since(ledger) == {"m-1": DAY + HOUR}


@pytest.mark.parametrize(("remote_id", "later"), [("m-1", timedelta()), ("m-2", HOUR)])
def test_what_goes_again(ledger: Ledger, clock: Clock, remote_id: str, later: timedelta) -> None:
    """A message that the system knows is as old as before; a new one is new."""
    delivery_id = send(ledger, "accepted", "m-1")
    ledger.record_outcomes([OutcomeEvent(delivery_id, "failed", clock.now, "xconnector", "m-1")])
    ledger.redrive("uc", "kobo")
    clock.now += HOUR
    send(ledger, "accepted", remote_id)
    assert since(ledger) == {remote_id: DAY + later}


def feed_of(ledger: Ledger, subject: str, outcome: str, content: bytes = b"x") -> None:
    """A message that carries this title, and what became of it."""
    ledger.plan([Intent("uc", "shop", subject, "A", content, "text/plain", DAY, bundled=True)])
    ledger.bundle("uc", "shop", as_of=DAY, max_products=10, max_bytes=10**6, labels={})
    (feed,) = ledger.claim("uc", "shop", owner="me", lease_s=60, limit=1)
    ledger.finish([Verdict(feed.id, "accepted", f"m-{feed.revision}")], owner="me")
    ledger.record_outcomes([OutcomeEvent(feed.id, outcome, DAY, "xconnector", f"m-{feed.revision}")])


def test_a_feed_that_failed_counts_while_it_has_titles_that_are_nowhere_else(ledger: Ledger) -> None:
    """A later feed of other titles changes nothing; one of the same titles does."""
    feed_of(ledger, "isbn:1", "failed")
    feed_of(ledger, "isbn:2", "sent")
    assert [row.remote_id for row in ledger.undelivered("uc", "shop", taken_before=DAY)] == ["m-1"]
    feed_of(ledger, "isbn:1", "sent", b"y")
    assert ledger.undelivered("uc", "shop", taken_before=DAY) == []


def test_of_what_goes_each_every_failure_counts(ledger: Ledger) -> None:
    """A later statement does not replace one that never arrived."""
    for content, result in ((b"1", "failed"), (b"2", "confirmed")):
        ledger.plan([Intent("uc", "erp", "contract:1", "A", content, "text/plain", DAY, order="every")])
        (delivery,) = ledger.claim("uc", "erp", owner="me", lease_s=60, limit=1)
        ledger.finish([Verdict(delivery.id, "accepted", f"m-{delivery.revision}")], owner="me")
        ledger.record_outcomes([OutcomeEvent(delivery.id, result, DAY, "xconnector", f"m-{delivery.revision}")])
    assert [row.remote_id for row in ledger.undelivered("uc", "erp", taken_before=DAY)] == ["m-1"]
