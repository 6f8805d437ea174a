"""States and events as outcomes (contract section 5)."""

from datetime import UTC, datetime, timedelta

import pytest

from colophon.systems.opentext_push.outcomes import outcome_events, ref_of, unknown_words
from colophon.systems.opentext_push.records import Attempt, DeliveryStatus, Happening, JobStatus

AT = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
ID = "d-7f3a"


def job(*rows, states=("Complete", "Posted")):
    return JobStatus("usmr-1", states, AT, rows)


def row(state="Sent", *events, ref=ID, code=None):
    attempts = (Attempt(state=state, first_attempt=AT, gamma_code=code),) if state else ()
    return DeliveryStatus(ref, "k-001", attempts, tuple(Happening(name, AT + timedelta(seconds=n)) for n, name in enumerate(events, 1)))


def told(*jobs):
    return [(event.outcome, event.code) for event in outcome_events(ID, jobs)]


@pytest.mark.parametrize(
    ("states", "finished"),
    [
        (["Complete", "Posted"], True),
        (["Cancelled"], True),
        (["Error"], True),
        (["Processing", "Error"], False),
        (["Complete", "Reporting"], False),
        (["Setup"], False),
        (["Held"], False),
        (["Posted"], False),
        (["Marvellous"], False),
        ([], False),
    ],
)
def test_finished(states, finished):
    """Test 10: a word of an end, and none of going on."""
    assert job(states=tuple(states)).finished is finished


@pytest.mark.parametrize(
    ("found", "outcomes"),
    [
        (row("Pending"), [("processing", "")]),
        (row("Sent"), [("sent", "")]),
        (row("Sent", "Confirmed", "Opened"), [("sent", ""), ("confirmed", ""), ("opened", "")]),
        (row("Sent", "Unregistered"), [("sent", ""), ("bounced", "device_gone")]),
        (row("Error", "Unregistered"), [("sent", ""), ("bounced", "device_gone")]),
        (row("Error"), [("failed", "error")]),
        (row("Cancelled"), [("failed", "cancelled")]),
        (row("Expired"), [("failed", "expired")]),
        (row("Odd", code=4), [("failed", "Odd")]),
        (row("Sent", "dsn"), [("sent", ""), ("bounced", "bounced")]),
        (row("Sent", "html_open", "opt_out"), [("sent", ""), ("opened", ""), ("opted_out", "")]),
        (row("Sent", "pull"), [("sent", ""), ("picked_up", "")]),
        (row("Sent", "Confirmed", "Reply"), [("sent", ""), ("confirmed", ""), ("responded", "")]),
    ],
    ids=str,
)
def test_outcomes(found, outcomes):
    """Each state and event in the ledger's words, in order."""
    assert told(job(found)) == outcomes


def test_not_listed():
    """Test 9: in the file and not in a finished job is skipped; in a job that goes on it is not judged."""
    assert told(job()) == [("skipped", "not_listed")]
    assert told(job(states=("Processing", "Error"))) == []
    assert told(job(row("Error"), states=("Processing", "Error"))) == []


def test_held():
    """Somebody has to release it."""
    assert ("held", "") in told(job(row(""), states=("Held",)))


def test_one_device_is_enough():
    """What went wrong at the others stays in the trail and does not move the delivery."""
    refs = [ref_of(ID, n, 3) for n in (1, 2, 3)]
    assert refs == [f"{ID}.1of3", f"{ID}.2of3", f"{ID}.3of3"]
    found = told(job(row("Sent", "Confirmed", ref=refs[0]), row("Sent", "Unregistered", ref=refs[1])))
    assert found == [("sent", ""), ("confirmed", ""), ("sent", ""), ("processing", "device_gone"), ("processing", "not_listed")]


def test_all_devices_gone():
    """Nobody has it: it bounced."""
    refs = [ref_of(ID, n, 2) for n in (1, 2)]
    assert told(job(*(row("Sent", "Unregistered", ref=ref) for ref in refs)))[-1] == ("bounced", "device_gone")


def test_failure_that_was_tried_again():
    """An attempt that another followed is no end."""
    attempts = (Attempt(state="Error", first_attempt=AT), Attempt(state="Sent", first_attempt=AT))
    assert told(job(DeliveryStatus(ID, "", attempts))) == [("sent", "")]


def test_other_peoples_messages():
    """A ref that only begins like ours is not ours."""
    assert told(job(row("Sent", ref=f"{ID}b"), row("Sent"))) == [("sent", "")]


def test_unknown_words():
    """K12: counted, neither success nor crash."""
    found = job(row("Levitating", "Teleported"))
    assert unknown_words([found]) == ["Levitating", "Teleported"]
    assert told(found) == []
