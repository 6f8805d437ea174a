"""What systems and people say afterwards: in order of time, about what was sent, and never about what gave way."""

from datetime import timedelta

import pytest
from kobo import DAY, bundle, clock, intent, ledger, send, states, told

from colophon.domain.delivery import Judgement, OutcomeEvent
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("before", "then"), [("sent", "bounced"), ("held", "processing"), ("processing", "held"), ("sent", "failed")])
@pytest.mark.parametrize("is_newest_first", [True, False])
def test_events_count_in_the_order_in_which_they_happened(ledger: Ledger, before: str, then: str, is_newest_first: bool) -> None:
    """However a system lists them."""
    ledger.plan([intent()])
    (delivery,) = send(ledger, "accepted", "m-1")
    events = [told(delivery, before, DAY), told(delivery, then, DAY + HOUR)]
    assert ledger.record_outcomes(events[::-1] if is_newest_first else events) == 2
    assert states(ledger) == [then]


def test_what_gave_way_stays_so(ledger: Ledger) -> None:
    """A word on it changes nothing: the newer revision is what counts."""
    ledger.plan([intent(content=b"A")])
    ledger.plan([intent(content=b"B")])
    (old, _) = ledger.all_of("uc", "kobo")
    send(ledger)
    assert ledger.record_outcomes([OutcomeEvent(old.delivery_id, "confirmed", DAY, "xconnector", raw_state="confirmed")]) == 0
    assert states(ledger) == ["superseded", "accepted"]


def test_what_a_destination_has_confirmed_is_the_newest_of_each_subject(ledger: Ledger) -> None:
    """Of one of which something newer is under way nobody can say yet."""
    ledger.plan([intent(name, b"A") for name in ("isbn:1", "isbn:2")])
    first = send(ledger, "confirmed", "r-1")
    ledger.plan([intent("isbn:1", b"B")])
    send(ledger, "accepted", "r-3")
    assert [(each.subject, each.remote_id) for each in ledger.confirmed("kobo")] == [("isbn:2", "r-1")]
    ledger.plan([intent("isbn:1", b"C")])
    (last,) = send(ledger, "confirmed", "r-2")
    assert {each.delivery_id for each in ledger.confirmed("kobo")} == {first[1].id, last.id}
    assert ledger.confirmed("nobody") == []


def test_a_message_is_under_way_and_not_its_members(ledger: Ledger) -> None:
    """Also a title that went alone before, and travels in a message now: it is asked for under the message's name alone."""
    ledger.plan([intent(occurrence="May")])
    (alone,) = send(ledger, "accepted", "m-1")
    ledger.record_outcomes([told(alone, "failed", remote_id="m-1")])
    ledger.redrive("uc", "kobo")
    ledger.enter("uc", {"kobo": Judgement(subjects=["isbn:1"])}, as_of=DAY, run="a run")
    assert states(ledger) == ["withdrawn"]
    ledger.plan([intent(occurrence="May", bundled=True)])
    assert [row.remote_id for row in ledger.all_of("uc", "kobo")] == ["m-1"]
    (feed,) = bundle(ledger)
    send(ledger, "accepted", "m-2")
    assert {remote: delivery for remote, (delivery, _) in ledger.under_way("uc", "kobo").items()} == {"m-2": feed}


def fault(found: str) -> Finding:
    """What a rule says of one title."""
    return Finding(subject="isbn:1", rule="D9", severity=Severity.ERROR, field="price", found=found, expected="y", remedy="z", owner="ops")


def test_what_a_person_closed_stays_closed_until_it_is_another_fault(ledger: Ledger) -> None:
    """The same finding night after night bothers nobody; another value does, and so does one that came back after it was gone."""
    found = "1.00"

    def night(number: int, *findings: Finding) -> int:
        ledger.exceptions.record("uc", "kobo", ["isbn:1"], findings, as_of=DAY + timedelta(days=number))
        return len(ledger.exceptions.open())

    assert night(0, fault(found)) == 1
    ledger.people.close_exceptions([row.id for row in ledger.exceptions.open()], by="ann", why="it is meant so")
    assert [night(number, fault(found)) for number in (1, 2)] == [0, 0]
    assert night(3, fault("2.00")) == 1
    assert [row.found for row in ledger.exceptions.open()] == ["2.00"]
