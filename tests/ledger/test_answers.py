"""A recipient's answer to a message, and what systems say of messages: which titles move, and what is remembered of it."""

from datetime import timedelta

import pytest
from kobo import DAY, bundle, claim, clock, intent, ledger, send, states, told
from moving_clock import Clock

from colophon.domain.delivery import Delivery, OutcomeEvent, Verdict
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.acknowledged import Acknowledged

__all__ = ["clock", "ledger"]
HOUR = timedelta(hours=1)


def message(ledger: Ledger, *numbers: int, content: bytes = b"1", result="accepted") -> Delivery:
    """A message of titles, which goes."""
    ledger.plan([intent(f"isbn:{n}", content, bundled=True, labels={"record_reference": f"r{n}"}) for n in numbers])
    bundle(ledger)
    (feed,) = send(ledger, result, "m-1")
    return feed


def rows(ledger: Ledger) -> list[tuple[str, str, str]]:
    """State, code and detail of all titles."""
    return [(row.state, row.code, row.detail) for row in ledger.all_of("uc", "kobo") if not row.subject.startswith("feed:")]


def test_titles_of_a_message_share_its_fate(ledger: Ledger, clock: Clock) -> None:
    """With the reason; one that has failed by itself stays so, and one that has come farther does not go back."""
    feed = message(ledger, 1, 2, 3)
    ledger.acknowledge("kobo", 1, [Acknowledged("r1", "failed", "P", "price"), Acknowledged("r2", "confirmed", "", "")], at=DAY)
    clock.now += HOUR
    ledger.record_outcomes([told(feed, "sent", code="250", detail="taken")])
    assert rows(ledger) == [("failed", "P", "price"), ("confirmed", "", ""), ("sent", "250", "taken")]
    assert [row.updated_at for row in ledger.all_of("uc", "kobo") if row.state == "sent"] == [clock.now] * 2


@pytest.mark.parametrize("result", ["unknown", "refused", "not_sent"])
def test_titles_wait_fail_and_are_unknown_with_their_message(ledger: Ledger, result: str) -> None:
    """And nothing of them goes on its own."""
    message(ledger, 1, 2, result=result)
    state = {"unknown": "unknown", "refused": "failed", "not_sent": "planned"}[result]
    assert states(ledger) == [state] * 2
    assert [d.subject for d in claim(ledger)] == (["feed:kobo"] if result == "not_sent" else [])


def test_a_recipient_takes_nothing_of_a_message(ledger: Ledger) -> None:
    """All that is in it has failed for that reason; another message is not meant."""
    message(ledger, 1)
    message(ledger, 2, 3)
    ledger.acknowledge("kobo", 2, at=DAY, refusal="90: no such account")
    assert rows(ledger) == [("accepted", "", ""), *[("failed", "message.rejected", "90: no such account")] * 2]
    for destination, number in (("kobo", 3), ("shop", 2)):
        with pytest.raises(NotFoundError, match=f"{destination} acknowledges message {number}"):
            ledger.acknowledge(destination, number, at=DAY, refusal="")


def test_a_recipient_changes_its_mind(ledger: Ledger) -> None:
    """What it said before of a title is told, and its newest word, which is that on the later message whenever it comes."""
    message(ledger, 1, 2)
    said = ledger.acknowledge("kobo", 1, [Acknowledged("r1", "failed", "P", "price")], at=DAY)
    assert (said.moved, said.before, said.subjects) == (1, {}, {"isbn:1"})
    assert {subject: word.outcome for subject, word in said.newest.items()} == {"isbn:1": "failed"}
    message(ledger, 1, 2, content=b"2")
    said = ledger.acknowledge("kobo", 2, [Acknowledged("r1", "confirmed", "", ""), Acknowledged("r9", "failed", "", "")], at=DAY + HOUR)
    assert (said.moved, said.unknown, said.before["isbn:1"].outcome) == (1, ["r9"], "failed")
    said = ledger.acknowledge("kobo", 1, [Acknowledged("r2", "confirmed", "", ""), Acknowledged("r1", "failed", "", "")], at=DAY + 2 * HOUR)
    assert {subject: (word.message_number, word.outcome) for subject, word in said.newest.items()} == {
        "isbn:1": (2, "confirmed"),
        "isbn:2": (1, "confirmed"),
    }


def test_an_event_is_the_same_by_all_that_a_system_says(ledger: Ledger) -> None:
    """Who, of whom, what and when: each that differs is another event, and is kept; of a delivery that nobody knows nothing moves."""
    ledger.plan([intent()])
    (delivery,) = send(ledger)
    first = told(delivery, "processing")
    at, name = DAY + HOUR, "m-2"
    others = [told(delivery, "processing", at), told(delivery, "processing", remote_id=name), told(delivery, "processing", raw_state="x")]
    others += [
        told(delivery, "processing", recipient_ref="kobo"),
        OutcomeEvent(delivery.id, "processing", DAY, "portal", raw_state="processing"),
    ]
    assert ledger.record_outcomes([first]) == 1
    assert ledger.record_outcomes([first, *others, *others]) == 0
    assert ledger.record_outcomes([OutcomeEvent("d-nobody", "sent", DAY, "portal")]) == 0
    with ledger.begin() as connection:
        counts = connection.exec_driver_sql("SELECT delivery_id, count(*) FROM outcome_events GROUP BY 1 ORDER BY 2").all()
    assert [count for _, count in counts] == [1, 6]


def test_what_a_system_says_of_it_can_be_read(ledger: Ledger) -> None:
    """Its last word, with code and words, shortened where they are endless."""
    ledger.plan([intent()])
    (delivery,) = send(ledger)
    ledger.record_outcomes([told(delivery, "failed", code="552", detail="x" * 3000)])
    assert rows(ledger) == [("failed", "552", "x" * 2000)]


def test_a_person_settles_a_message_with_its_titles(ledger: Ledger) -> None:
    """Who, and why, is there to be read; what is known already nobody settles."""
    feed = message(ledger, 1, 2, result="unknown")
    ledger.resolve_by_operator(feed.id, "confirmed", by="ann", why="seen there")
    assert states(ledger) == ["confirmed"] * 2
    (row,) = [row for row in ledger.all_of("uc", "kobo") if row.delivery_id == feed.id]
    assert (row.state, row.code, row.detail) == ("confirmed", "settled", "ann: seen there")
    with pytest.raises(NotFoundError, match=feed.id):
        ledger.resolve_by_operator(feed.id, "failed", by="ann", why="again")


@pytest.mark.parametrize(("outcome", "lost"), [("processing", 1), ("held", 1), ("sent", 0), ("confirmed", 0), ("failed", 0)])
def test_only_what_is_waited_for_is_lost(ledger: Ledger, outcome: str, lost: int) -> None:
    """What has left, or ended, is known."""
    ledger.plan([intent()])
    (delivery,) = send(ledger)
    ledger.record_outcomes([told(delivery, outcome)])
    assert ledger.lose([delivery.id], "wiped") == lost
    assert rows(ledger) == [("unknown", "unknown.effect", "wiped") if lost else (outcome, "", "")]


def tries(ledger: Ledger) -> list[tuple[object, ...]]:
    """Number, owner, result, code, evidence of each try, and whether it has ended."""
    with ledger.begin() as connection:
        query = "SELECT number, owner, result, code, evidence, ended_at IS NOT NULL FROM attempts ORDER BY id"
        return [(*row[:5], bool(row[5])) for row in connection.exec_driver_sql(query)]


def test_each_try_is_remembered(ledger: Ledger, clock: Clock) -> None:
    """Who, and what came of it; that of a sender who died, too; a person's word is one."""
    ledger.plan([intent()])
    claim(ledger, "dead")
    assert tries(ledger) == [(1, "dead", "started", tries(ledger)[0][3], tries(ledger)[0][4], False)]
    clock.now += 2 * HOUR
    (taken,) = claim(ledger, "next")
    assert tries(ledger)[0] == (1, "dead", "lost", "unknown.effect", "the sender died during the call", True)
    ledger.finish([Verdict(taken.id, "unknown", code="answer.missing", detail="it is not named")], owner="next")
    ledger.resolve_by_operator(taken.id, "sent", by="ann", why="seen there")
    assert tries(ledger)[1:] == [
        (2, "next", "unknown", "answer.missing", "it is not named", True),
        (0, "ann", "sent", "settled", "seen there", True),
    ]


def test_a_message_to_a_person_whose_sender_died_is_given_up(ledger: Ledger, clock: Clock) -> None:
    """After the lease, with a reason, and it is nobody's; what waits goes on."""
    ledger.plan([intent(delivery_class="D"), intent("isbn:2", delivery_class="D")])
    claim(ledger, "dead", limit=1)
    clock.now += HOUR
    assert [d.subject for d in claim(ledger, "next", limit=1)] == ["isbn:2"]
    assert states(ledger) == ["in_flight", "in_flight"]
    clock.now += timedelta(seconds=1)
    assert claim(ledger, "other") == []
    assert rows(ledger)[0] == ("unknown", "unknown.effect", "the sender died during the call")
    assert next(row.updated_at for row in ledger.all_of("uc", "kobo")) == clock.now
