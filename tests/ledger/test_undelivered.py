"""What a system took and what did not arrive: given up there, or under way for too long."""

from datetime import timedelta

import pytest
from kobo import DAY, claim, clock, intent, ledger, send, told
from moving_clock import Clock

from colophon.domain.delivery import Judgement, Verdict
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]
HOUR = timedelta(hours=1)


def undelivered(ledger: Ledger, hours: int = 0, destination="kobo") -> list[str]:
    """Remote ids of what should be looked at, where what was taken up to that hour is late."""
    return [row.remote_id for row in ledger.undelivered("uc", destination, taken_before=DAY + hours * HOUR)]


@pytest.mark.parametrize(("outcome", "late"), [("accepted", 1), ("processing", 1), ("held", 1), ("sent", 0), ("confirmed", 0)])
def test_what_has_not_left_in_time_is_late(ledger: Ledger, outcome: str, late: int) -> None:
    """From the moment at which it was taken; what has left is on its way."""
    ledger.plan([intent()])
    (delivery,) = send(ledger, "accepted", "m-1")
    ledger.record_outcomes([told(delivery, outcome)] if outcome != "accepted" else [])
    assert undelivered(ledger, 0) == []
    assert undelivered(ledger, 1) == ["m-1"] * late
    assert undelivered(ledger, 1, "shop") == []


def test_what_failed_there_counts_until_something_newer_replaces_it(ledger: Ledger) -> None:
    """With what it is about and why; what was cancelled is what somebody wanted, and what was refused counts as well."""
    ledger.plan([intent("isbn:1"), intent("isbn:2")])
    first, second = send(ledger, "accepted", "m-1")
    ledger.record_outcomes([told(first, "failed", code="dead_letter"), told(second, "failed", code="cancelled")])
    (row,) = ledger.undelivered("uc", "kobo", taken_before=DAY)
    assert row == (first.id, "isbn:1", "m-1", "failed", "dead_letter", DAY)
    ledger.plan([intent("isbn:3")])
    send(ledger, "refused")
    assert undelivered(ledger) == ["m-1", None]
    ledger.plan([intent("isbn:1", b"two"), intent("isbn:3", b"two")])
    assert undelivered(ledger) == []


def test_the_oldest_comes_first(ledger: Ledger, clock: Clock) -> None:
    """By when they were taken, whatever they are about."""
    for name in ("m-3", "m-1", "m-2"):
        ledger.plan([intent(f"isbn:{9 - int(name[2:])}")])
        send(ledger, "accepted", name)
        clock.now += HOUR
    assert undelivered(ledger, 9) == ["m-3", "m-1", "m-2"]
    assert undelivered(ledger, 2) == ["m-3", "m-1"]


def test_what_a_system_put_off_goes_at_the_first_of_its_moments(ledger: Ledger, clock: Clock) -> None:
    """Of what was tried and waits for a moment to come; neither of what nobody tried yet, nor of another place."""
    ledger.plan([intent("isbn:1"), intent("isbn:2")])
    later = [Verdict(delivery.id, "not_sent", not_before=DAY + hours * HOUR) for delivery, hours in zip(claim(ledger), (5, 3), strict=True)]
    ledger.plan([intent("isbn:3", not_before=DAY + HOUR)])
    assert ledger.put_off("uc", "kobo") is None
    ledger.finish(later, owner="me")
    assert (ledger.put_off("uc", "kobo"), ledger.put_off("uc", "shop")) == (DAY + 3 * HOUR, None)
    clock.now += 4 * HOUR
    assert ledger.put_off("uc", "kobo") == DAY + 5 * HOUR
    judgement = Judgement(subjects=("isbn:1",), settled={"isbn:1"})
    ledger.enter("uc", {"kobo": judgement}, as_of=DAY + HOUR, run="a run that does not want it", is_rehearsal=False)
    assert ledger.put_off("uc", "kobo") is None


def test_who_has_what_in_hand_with_the_longest_lease_last(ledger: Ledger) -> None:
    """Until when, and how much; what was finished is in nobody's."""
    ledger.plan([intent(f"isbn:{number}") for number in range(4)])
    claim(ledger, "slow", limit=2, lease_s=7200)
    (quick,) = claim(ledger, "quick", limit=1)
    assert ledger.in_hand("uc", "kobo") == [("quick", DAY + HOUR, 1), ("slow", DAY + 2 * HOUR, 2)]
    ledger.finish([Verdict(quick.id, "accepted")], owner="quick")
    assert [row.owner for row in ledger.in_hand("uc", "kobo")] == ["slow"]
