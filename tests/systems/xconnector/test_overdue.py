"""No acknowledgement after the profile's days is an exception, never success; an answer ends it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from ledger_database import make_ledger

from colophon.config.load import load_config
from colophon.domain.delivery import Intent, OutcomeEvent, Verdict
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.acknowledged import Acknowledged
from colophon.systems.xconnector.collect import collect_outcomes

DAY = datetime(2026, 5, 1, tzinfo=UTC)
USE_CASE = "xconnector__metadata_syndication"
CONFIG = load_config()
SLOW = CONFIG.recipients["distributor-short"]


class Silent:
    """A middleware that knows nothing new."""

    seal = None
    settings = SimpleNamespace(extra=SimpleNamespace(type_prefix="com.example.", deliver_within=7200, mode="xc1"))

    def fetch_inbox(self) -> list[object]:
        return []

    def receipts(self, _recipient: str, _known: object) -> list[object]:
        return []

    def get_status(self, message_id: str) -> None:
        raise NotFoundError(f"no {message_id}", system="xconnector")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """One message of two titles, taken by the middleware on the first of May."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: DAY) as opened:
        send(opened, "isbn:1", "isbn:2")
        yield opened


def send(ledger: Ledger, *subjects: str) -> None:
    """One message of these titles, accepted."""
    intents = [
        Intent(USE_CASE, SLOW.id, s, "A", s.encode(), "application/xml", DAY, bundled=True, labels={"record_reference": f"r.{s}"})
        for s in subjects
    ]
    ledger.plan(intents)
    ledger.bundle(USE_CASE, SLOW.id, as_of=DAY, max_products=10, max_bytes=10**6, labels={})
    (feed,) = ledger.claim(USE_CASE, SLOW.id, owner="me", lease_s=900, limit=1)
    ledger.finish([Verdict(feed.id, "accepted", f"m-{feed.revision}")], owner="me")


def look(ledger: Ledger, days: float, profile=SLOW) -> int:
    """Messages that are overdue so many days later."""
    client = Silent()
    found = collect_outcomes(
        ledger, client, use_case=USE_CASE, profile=profile, owner_of=CONFIG.owners.of, as_of=DAY + timedelta(days=days)
    )
    return found["acknowledgements overdue"]


def exceptions(ledger: Ledger) -> list[tuple[str, str]]:
    """Field and owner of what is open."""
    return [(e.field, e.owner) for e in ledger.exceptions.open(destination=SLOW.id)]


def answer(ledger: Ledger, number: int, *references: str) -> None:
    """The recipient acknowledges these records of a message."""
    ledger.acknowledge(SLOW.id, number, [Acknowledged(r, "confirmed", "", "") for r in references], at=DAY)


def test_silence_is_an_exception_after_the_days_of_the_profile(ledger: Ledger) -> None:
    """Three days are in time; a moment later the message is overdue, with owner and remedy, once."""
    assert (look(ledger, 3), exceptions(ledger)) == (0, [])
    assert look(ledger, 3.01) == look(ledger, 4) == 1
    (found,) = ledger.exceptions.open(destination=SLOW.id)
    assert (found.field, found.owner, found.rule) == ("message 1", "operations", "ACK-LATE")
    assert "2 titles since 2026-05-01" in found.found
    assert SLOW.name in found.remedy
    assert "confirmed" not in ledger.counts(USE_CASE)[SLOW.id]


def test_a_late_answer_closes_it(ledger: Ledger) -> None:
    """An answer about one title leaves the other one overdue; with both answered nothing is open."""
    look(ledger, 4)
    answer(ledger, 1, "r.isbn:1")
    assert look(ledger, 5) == 1
    answer(ledger, 1, "r.isbn:2")
    assert (look(ledger, 6), exceptions(ledger)) == (0, [])


def test_each_message_is_overdue_for_itself(ledger: Ledger) -> None:
    """The first is answered, the second is not."""
    send(ledger, "isbn:3")
    answer(ledger, 1, "r.isbn:1", "r.isbn:2")
    assert (look(ledger, 4), exceptions(ledger)) == (1, [("message 2", "operations")])


def test_delivered_by_the_middleware_is_no_answer(ledger: Ledger) -> None:
    """The days count from when the message reached the recipient."""
    feed = ledger.feeds(SLOW.id)[0]
    ledger.clock = lambda: DAY + timedelta(days=2)
    ledger.record_outcomes([OutcomeEvent(feed, "sent", DAY, "xconnector", "m-1")])
    assert [look(ledger, days) for days in (4, 6)] == [0, 1]


def test_what_failed_is_not_waited_for(ledger: Ledger) -> None:
    """A message that never reached the recipient needs no acknowledgement: its failure is known."""
    ledger.record_outcomes([OutcomeEvent(ledger.feeds(SLOW.id)[0], "failed", DAY, "xconnector", "m-1")])
    assert look(ledger, 9) == 0


def test_a_day_in_the_past_opens_and_closes_nothing(ledger: Ledger) -> None:
    """A backfill of an earlier day leaves what a later day found."""
    look(ledger, 9)
    look(ledger, -9)
    assert exceptions(ledger) == [("message 1", "operations")]


def test_a_recipient_that_acknowledges_otherwise_is_never_overdue(ledger: Ledger) -> None:
    """Where the target's answer is the acknowledgement, none in ONIX is expected."""
    assert look(ledger, 99, SLOW.model_copy(update={"ack": "target"})) == 0
