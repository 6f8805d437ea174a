"""What a plan enters: what is new, what is known, what comes too late, and what each of them says of itself."""

from datetime import timedelta

import pytest
from kobo import DAY, bundle, claim, clock, intent, ledger, send, states, told
from moving_clock import Clock

from colophon.domain.delivery import Delivery
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]
HOUR = timedelta(hours=1)


def test_each_destination_is_counted_by_itself(ledger: Ledger) -> None:
    """New, unchanged, stale."""
    ledger.plan([intent("isbn:1"), intent("isbn:2")])
    again = [intent("isbn:1"), intent("isbn:2", b"older", as_of=DAY - HOUR), intent("isbn:3"), intent("isbn:4")]
    assert ledger.plan([*again, intent(destination="shop")]) == {"kobo": (2, 1, 1), "shop": (1, 0, 0)}


def test_equal_content_that_was_sent_goes_no_second_time(ledger: Ledger) -> None:
    """However much later; what an earlier day says of it is too late from then on."""
    ledger.plan([intent()])
    send(ledger)
    assert ledger.plan([intent(as_of=DAY + 99 * HOUR)])["kobo"] == (0, 1, 0)
    assert ledger.plan([intent(content=b"two", as_of=DAY - HOUR)])["kobo"] == (0, 0, 1)
    assert ledger.plan([intent(content=b"two")])["kobo"] == (0, 0, 1), "a later day has said already that nothing is to change"
    assert ledger.plan([intent(content=b"two", as_of=DAY + 100 * HOUR)])["kobo"] == (1, 0, 0)
    assert [(d.content, d.revision) for d in claim(ledger)] == [(b"two", 2)]


def test_two_of_one_plan_about_one_subject(ledger: Ledger) -> None:
    """Each revision goes, in the order in which they are given; said twice it is one."""
    both = [intent(content=b"close", order="every"), intent(content=b"open", order="every")]
    assert ledger.plan([*both, intent(content=b"open", order="every")])["kobo"] == (2, 1, 0)
    assert [[d.content for d in send(ledger)] for _ in range(3)] == [[b"close"], [b"open"], []]


def test_a_claimed_delivery_has_all_that_a_system_needs(ledger: Ledger) -> None:
    """What was planned, as it was planned."""
    given = intent("isbn:9", "é]]>".encode(), media_type="text/x", delivery_class="C", labels={"isbn": "9", "title": "Œuvres"})
    ledger.plan([given])
    (row,) = ledger.all_of("uc", "kobo")
    facts = ("uc", "kobo", "isbn:9", 1, given.content_hash, "C", "text/x", given.content, DAY, given.labels, False, None)
    assert claim(ledger) == [Delivery(row.delivery_id, *facts)]


def test_as_many_are_claimed_as_were_asked_for(ledger: Ledger, clock: Clock) -> None:
    """The oldest first; of this use case and destination alone."""
    for number in (3, 1, 2):
        ledger.plan([intent(f"isbn:{number}"), intent(f"isbn:{number}", destination="shop"), intent(f"isbn:{number}", use_case="other")])
        clock.now += HOUR
    assert [d.subject for d in claim(ledger, limit=2)] == ["isbn:3", "isbn:1"]
    assert [d.subject for d in claim(ledger, limit=2)] == ["isbn:2"]
    assert (states(ledger), states(ledger, "shop")) == (["in_flight"] * 3, ["planned"] * 3)


def test_what_waits_and_what_arrived_is_known(ledger: Ledger) -> None:
    """By subject, and by ISBN."""
    for number, outcome in ((1, "confirmed"), (2, "sent"), (3, "confirmed")):
        ledger.plan([intent(f"isbn:{number}", labels={"isbn": str(number)} if number < 3 else {})])
        (delivery,) = send(ledger)
        ledger.record_outcomes([told(delivery, outcome)])
    ledger.plan([intent("isbn:4"), intent("isbn:5"), intent("isbn:6", destination="shop")])
    claim(ledger, limit=1)
    assert ledger.waiting("uc", "kobo") == {"isbn:5"}
    assert ledger.confirmed_isbns("uc", "kobo") == {"1"}
    assert ledger.confirmed_isbns("uc", "shop") == frozenset()


@pytest.mark.parametrize("order", ["latest", "every"])
def test_a_message_that_waits_keeps_its_titles(ledger: Ledger, order: str) -> None:
    """A newer revision of one, where each goes, waits for the next message; where the latest goes, that message is made anew with it."""
    ledger.plan([intent("isbn:1", bundled=True, order=order), intent("isbn:2", bundled=True, order=order)])
    bundle(ledger)
    ledger.plan([intent("isbn:1", b"two", bundled=True, order=order)])
    while feeds := [*bundle(ledger), *(d.id for d in send(ledger))]:
        assert len(feeds) < 4
    sent = [row for row in ledger.all_of("uc", "kobo") if row.state == "accepted" and not row.subject.startswith("feed:")]
    contents = [(row.subject, ledger.content(row.content_hash)) for row in sent]
    whole = [("isbn:1", b"one"), ("isbn:1", b"two"), ("isbn:2", b"one")]
    assert contents == (whole if order == "every" else whole[1:])


def test_what_waits_and_is_planned_for_a_later_moment_waits_until_then(ledger: Ledger, clock: Clock) -> None:
    """The first one has passed; an earlier one, or none, brings nothing forward."""
    for hours in (1, 2, 1):
        ledger.plan([intent(not_before=DAY + hours * HOUR, occurrence="once")])
    ledger.plan([intent(occurrence="once")])
    clock.now = DAY + HOUR
    assert claim(ledger) == []
    clock.now = DAY + 2 * HOUR
    assert len(claim(ledger)) == 1


def test_a_delivery_waits_for_its_moment_to_the_second(ledger: Ledger, clock: Clock) -> None:
    """Not before, and no later."""
    ledger.plan([intent(not_before=DAY + HOUR)])
    clock.now = DAY + HOUR - timedelta(microseconds=1)
    assert claim(ledger) == []
    clock.now = DAY + HOUR
    assert len(claim(ledger)) == 1
