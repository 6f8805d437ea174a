"""Revisions of one subject go one after the other: nothing overtakes, nothing old follows something newer."""

from datetime import timedelta

import pytest
from kobo import DAY, bundle, claim, clock, intent, ledger, send, states, told
from moving_clock import Clock

from colophon.domain.delivery import Verdict
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]


@pytest.mark.parametrize("order", ["latest", "every"])
def test_what_nobody_knows_keeps_what_follows_waiting(ledger: Ledger, order: str) -> None:
    """Until a person has settled it; what is about other subjects goes."""
    ledger.plan([intent(content=b"A", delivery_class="D", order=order)])
    send(ledger, "unknown")
    ledger.plan([intent(content=b"B", delivery_class="D", order=order), intent("isbn:2", delivery_class="D")])
    assert [delivery.subject for delivery in send(ledger)] == ["isbn:2"]
    (first, *_) = ledger.all_of("uc", "kobo")
    ledger.resolve_by_operator(first.delivery_id, "confirmed", by="ann", why="seen there")
    assert [(delivery.subject, delivery.content) for delivery in claim(ledger)] == [("isbn:1", b"B")]


@pytest.mark.parametrize("stage", ["bundled", "in flight", "unknown"])
def test_a_newer_title_waits_until_the_older_one_has_gone(ledger: Ledger, stage: str) -> None:
    """In no second message while the first one is on its way; in the next one then."""
    ledger.plan([intent(content=b"old", bundled=True)])
    bundle(ledger)
    if stage != "bundled":
        (feed,) = claim(ledger)
    if stage == "unknown":
        ledger.finish([Verdict(feed.id, "unknown")], owner="me")
    ledger.plan([intent(content=b"new", bundled=True, order="every")])
    assert bundle(ledger) == []
    if stage == "bundled":
        send(ledger)
    elif stage == "in flight":
        ledger.finish([Verdict(feed.id, "accepted")], owner="me")
    else:
        ledger.resolve_by_operator(feed.id, "confirmed", by="ann", why="seen there")
    (second,) = bundle(ledger)
    assert list(ledger.members(second)) == [b"new"]


def test_a_newer_revision_leaves_what_is_being_sent_alone(ledger: Ledger) -> None:
    """It waits; the sender ends its work, and its result counts."""
    ledger.plan([intent(content=b"A")])
    (first,) = claim(ledger)
    ledger.plan([intent(content=b"B")])
    assert states(ledger) == ["in_flight", "planned"]
    assert claim(ledger, "other") == []
    assert ledger.finish([Verdict(first.id, "accepted")], owner="me") == 1
    assert [delivery.content for delivery in claim(ledger)] == [b"B"]
    assert states(ledger) == ["accepted", "in_flight"]


@pytest.mark.parametrize("order", ["latest", "every"])
def test_sent_again_by_hand_nothing_old_follows_something_newer(ledger: Ledger, order: str) -> None:
    """The mistake failed, the correction went: the mistake stays where it is, whatever the correction's fate. Of others, what failed goes."""
    ledger.plan([intent(content=b"mistake", order=order), intent("isbn:2")])
    send(ledger, "refused")
    ledger.plan([intent(content=b"correction", order=order)])
    (correction,) = send(ledger)
    assert ledger.redrive("uc", "kobo") == 1
    assert [delivery.subject for delivery in send(ledger)] == ["isbn:2"]
    ledger.record_outcomes([told(correction, "failed")])
    assert ledger.redrive("uc", "kobo") == 1
    assert [delivery.content for delivery in claim(ledger)] == [b"correction"]


def test_sent_again_by_hand_is_what_was_asked_for(ledger: Ledger) -> None:
    """One title, or one cause; what arrived, and what another destination has, stays."""
    for subject, code in (("isbn:1", "price"), ("isbn:2", "price"), ("isbn:3", "cover")):
        ledger.plan([intent(subject, labels={"isbn": subject[-1]})])
        send(ledger, "refused", code=code)
    ledger.plan([intent("isbn:4"), intent("isbn:1", destination="shop")])
    send(ledger)
    assert ledger.redrive("uc", "kobo", isbn="1") == 1
    assert ledger.redrive("uc", "kobo", code="cover") == 1
    assert states(ledger) == ["planned", "failed", "planned", "accepted"]
    assert ledger.redrive("uc", "shop") == 0
    assert ledger.redrive("uc", "kobo") == 1
    assert states(ledger) == ["planned", "planned", "planned", "accepted"]


def test_what_a_digest_would_have_carried_does_not_go_alone(ledger: Ledger) -> None:
    """The digest of an older run is too late; so is what it carries, though nobody has spoken of that yet."""
    ledger.plan([intent("digest", b"newer")])
    member = intent("isbn:1", as_of=DAY - timedelta(days=1), carrier="digest")
    late = intent("digest", b"older", as_of=DAY - timedelta(days=1))
    assert ledger.plan([late, member])["kobo"] == (0, 0, 2)
    assert [delivery.subject for delivery in claim(ledger)] == ["digest"]
    assert states(ledger) == ["in_flight"]


def test_the_same_message_to_two_destinations_is_two_deliveries(ledger: Ledger) -> None:
    """Each goes, and each has its own fate."""
    ledger.plan([intent(), intent(destination="shop")])
    (here,) = send(ledger)
    (there,) = ledger.claim("uc", "shop", owner="me", lease_s=60, limit=9)
    assert here.id != there.id
    ledger.finish([Verdict(there.id, "refused")], owner="me")
    assert (states(ledger), states(ledger, "shop")) == (["accepted"], ["failed"])


def test_a_row_is_taken_over_after_its_lease_and_not_before(ledger: Ledger, clock: Clock) -> None:
    """The moment itself still belongs to its owner."""
    ledger.plan([intent()])
    claim(ledger)
    clock.now += timedelta(hours=1)
    assert claim(ledger, "other") == []
    clock.now += timedelta(microseconds=1)
    assert len(claim(ledger, "other")) == 1


def test_the_same_digest_again_changes_nothing(ledger: Ledger) -> None:
    """Neither it nor what it carries; before it went, and after."""
    both = [intent("digest", b"two titles"), intent("isbn:1", carrier="digest")]
    assert ledger.plan(both)["kobo"] == (2, 0, 0)
    assert ledger.plan(both)["kobo"] == (0, 2, 0)
    assert [delivery.subject for delivery in send(ledger)] == ["digest"]
    assert ledger.plan(both)["kobo"] == (0, 2, 0)
    assert states(ledger) == ["accepted", "accepted"]


def test_what_a_person_says_of_one_is_said_of_no_other(ledger: Ledger) -> None:
    """Two effects that nobody knows, and one is settled; with a message its own titles, and no other's."""
    ledger.plan([intent("isbn:1", delivery_class="D"), intent("isbn:2", delivery_class="D")])
    first, _ = send(ledger, "unknown")
    ledger.plan([intent("isbn:3", bundled=True)])
    bundle(ledger)
    (feed,) = send(ledger, "unknown")
    ledger.resolve_by_operator(first.id, "confirmed", by="ann", why="seen there")
    assert {row.subject: row.state for row in ledger.all_of("uc", "kobo")} == {
        "isbn:1": "confirmed", "isbn:2": "unknown", "isbn:3": "unknown", "feed:kobo": "unknown",
    }  # fmt: skip
    ledger.resolve_by_operator(feed.id, "failed", by="ann", why="not there")
    assert {row.subject: row.state for row in ledger.all_of("uc", "kobo")} == {
        "isbn:1": "confirmed", "isbn:2": "unknown", "isbn:3": "failed", "feed:kobo": "failed",
    }  # fmt: skip
