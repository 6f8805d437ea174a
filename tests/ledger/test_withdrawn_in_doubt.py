"""What may have left and is no longer wanted: nobody says that it did not go, and nobody sends it again."""

from datetime import timedelta

import pytest
from kobo import DAY, bundle, claim, clock, intent, ledger, send, states
from moving_clock import Clock

from colophon.domain.delivery import Intent, Judgement, Verdict
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]
LATER = DAY + timedelta(hours=6)


def judge(ledger: Ledger, *intents: Intent, subjects=("isbn:1",)) -> None:
    """A later run judges these subjects, and wants these deliveries."""
    settled = set(subjects) - {intent.subject for intent in intents}
    ledger.enter("uc", {"kobo": Judgement(intents=intents, subjects=subjects, settled=settled)}, as_of=LATER, run="run 2")


@pytest.mark.parametrize(("kind", "state"), [("A", "unknown"), ("B", "withdrawn"), ("C", "unknown")])
def test_a_lost_answer_keeps_it_from_being_withdrawn(ledger: Ledger, kind: str, state: str) -> None:
    """It is not sent again; somebody looks, or (class B) the next run sees what the destination shows. It says that it may have gone."""
    ledger.plan([intent(delivery_class=kind)])
    send(ledger, "not_sent", may_have_gone=True)
    judge(ledger)
    assert states(ledger) == ["planned"]
    assert claim(ledger) == []
    (row,) = ledger.all_of("uc", "kobo")
    assert (row.state, row.code) == (state, "unknown.effect" if state == "unknown" else "")
    assert "no longer wanted; judged by run 2; a try of it may have had its effect" in row.detail


@pytest.mark.parametrize("kind", ["A", "B", "C"])
def test_a_lost_answer_gives_way_to_something_newer(ledger: Ledger, kind: str) -> None:
    """The newer one puts right whatever may have gone."""
    ledger.plan([intent(delivery_class=kind)])
    send(ledger, "not_sent", may_have_gone=True)
    judge(ledger, intent(content=b"two", delivery_class=kind, as_of=LATER))
    assert [delivery.content for delivery in claim(ledger)] == [b"two"]
    assert states(ledger) == ["superseded", "in_flight"]


def test_wanted_again_it_goes_on_as_tried(ledger: Ledger) -> None:
    """As though nobody had changed their mind."""
    ledger.plan([intent()])
    send(ledger, "not_sent", may_have_gone=True)
    judge(ledger)
    judge(ledger, intent(as_of=LATER))
    assert [(delivery.content, delivery.tried) for delivery in claim(ledger)] == [(b"one", True)]


def test_what_certainly_never_left_is_withdrawn_at_once(ledger: Ledger) -> None:
    """Also after a try that did not reach the system."""
    ledger.plan([intent()])
    send(ledger, "not_sent")
    judge(ledger)
    (row,) = ledger.all_of("uc", "kobo")
    assert (row.state, row.detail) == ("withdrawn", "no longer wanted; judged by run 2")


def test_the_lease_of_what_is_unwanted_ends_it(ledger: Ledger, clock: Clock) -> None:
    """Its sender may still come back with an outcome; dead, it leaves a delivery of which nobody knows. Nobody takes it over."""
    ledger.plan([intent()])
    claim(ledger)
    judge(ledger)
    clock.now += timedelta(hours=1)
    assert claim(ledger, "other") == []
    assert states(ledger) == ["in_flight"]
    clock.now += timedelta(seconds=1)
    assert claim(ledger, "other") == []
    assert states(ledger) == ["unknown"]


def test_a_message_that_may_have_left_is_not_taken_apart(ledger: Ledger) -> None:
    """Its titles share its fate, also one that is no longer wanted; a message that never left is taken apart."""
    ledger.plan([intent("isbn:1", bundled=True), intent("isbn:2", bundled=True)])
    bundle(ledger)
    send(ledger, "not_sent", may_have_gone=True)
    judge(ledger)
    assert states(ledger) == ["planned", "planned"]
    assert bundle(ledger) == []
    assert [delivery.tried for delivery in send(ledger)] == [True]
    assert states(ledger) == ["accepted", "accepted"]


def test_what_did_not_go_and_is_unwanted_by_then_says_why_it_is_gone(ledger: Ledger) -> None:
    """In the words of the run that did not want it, and not in those of the try; it can be planned again."""
    ledger.plan([intent()])
    claimed = claim(ledger)
    judge(ledger)
    ledger.finish([Verdict(claimed[0].id, "not_sent", code="network", detail="not reached")], owner="me")
    (row,) = ledger.all_of("uc", "kobo")
    assert (row.state, row.code, row.detail) == ("withdrawn", "", "no longer wanted; judged by run 2")
    judge(ledger, intent(as_of=LATER))
    assert [(delivery.content, delivery.tried) for delivery in claim(ledger)] == [(b"one", False)]


def doubtful_digest(ledger: Ledger) -> list[Intent]:
    """A digest of two notices whose answer was lost; the notices."""
    notices = [intent(f"note:{n}", occurrence="once", delivery_class="C", carrier="digest") for n in (1, 2)]
    ledger.plan([intent("digest", b"both", occurrence="once", delivery_class="C"), *notices])
    send(ledger, "not_sent", may_have_gone=True)
    return notices


def test_a_digest_goes_again_while_all_that_it_carries_is_wanted(ledger: Ledger) -> None:
    """Under its own id, as it was; a later run that has other digests, and looks at everything, does not end it."""
    doubtful_digest(ledger)
    wanted = [intent(f"note:{n}", b"other words", occurrence="once", delivery_class="C", as_of=LATER) for n in (1, 2)]
    ledger.enter("uc", {"kobo": Judgement(intents=wanted, subjects=[], is_everything=True)}, as_of=LATER, run="run 2")
    assert [(delivery.subject, delivery.content, delivery.tried) for delivery in send(ledger, "confirmed")] == [("digest", b"both", True)]
    assert states(ledger) == ["confirmed", "confirmed", "confirmed"]


def test_a_digest_of_which_something_is_no_longer_wanted_does_not_go_again(ledger: Ledger) -> None:
    """Nobody knows of any of its notices; what a person says of the digest holds for each."""
    doubtful_digest(ledger)
    wanted = intent("note:1", occurrence="once", delivery_class="C", as_of=LATER)
    judge(ledger, wanted, subjects=("note:1", "note:2"))
    assert claim(ledger) == []
    assert states(ledger) == ["unknown", "unknown", "unknown"]
    digest = next(row for row in ledger.all_of("uc", "kobo") if row.subject == "digest")
    ledger.resolve_by_operator(digest.delivery_id, "confirmed", by="ana", why="asked")
    assert states(ledger) == ["confirmed"] * 3


def test_a_digest_that_did_not_leave_after_all_lets_go_of_what_it_carried(ledger: Ledger) -> None:
    """A run wanted it no more while it was on its way: what it carried goes on its own."""
    notices = [intent(f"note:{n}", occurrence="once", carrier="digest") for n in (1, 2)]
    ledger.plan([intent("digest", b"both", occurrence="once"), *notices])
    (digest,) = claim(ledger)
    judge(ledger, intent("note:1", occurrence="once", as_of=LATER), subjects=("note:1", "note:2"))
    ledger.finish([Verdict(digest.id, "not_sent")], owner="me")
    judge(ledger, intent("note:1", occurrence="once", as_of=LATER), subjects=("note:1", "note:2"))
    assert [delivery.subject for delivery in claim(ledger)] == ["note:1"]
