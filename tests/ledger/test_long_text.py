"""Text that is too long for its column, or that turns the words around it: the one record is named, on either database alike."""

from datetime import UTC, datetime

import pytest

from colophon.domain.delivery import Intent, Judgement, OutcomeEvent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.domain.storable import shortened
from colophon.errors import BadRecordError, InvalidError
from colophon.errors.base import in_order
from colophon.ledger import Ledger
from colophon.ledger.foreign_text import LONGEST
from colophon.ledger.tables import deliveries, write_backs
from colophon.ledger.tray import LONGEST_REFERENCE
from colophon.ledger.write_backs import WriteBack

DAY = datetime(2026, 5, 4, 6, tzinfo=UTC)
LONG = "x" * 500
TURNING = [*(chr(code) for code in range(0x202A, 0x202F)), *(chr(code) for code in range(0x2066, 0x206A))]


@pytest.fixture
def ledger(ledger_url: str):
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=lambda: DAY) as opened:
        yield opened


def intent(subject: str, *, labels: dict[str, str] | None = None, **more) -> Intent:
    """A delivery to the portal."""
    return Intent("uc", "portal", subject, "B", subject[:8].encode(), "text/plain", DAY, labels=labels or {}, **more)


def enter(ledger: Ledger, *intents: Intent):
    """What became of a run's judgement that wants all of these."""
    judgement = Judgement(intents=intents, subjects=[one.subject for one in intents])
    return ledger.enter("uc", {"portal": judgement}, as_of=DAY, run="a run")["portal"]


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        (intent("isbn:" + LONG), "subject"),
        (intent("isbn:2", occurrence=LONG), "occurrence"),
        (intent("isbn:2", labels={"isbn": "97800000000001"}), "isbn"),
    ],
)
def test_one_record_is_an_exception_that_names_it_and_the_others_are_planned(ledger, bad, name):
    """SQLite would keep it without a word, PostgreSQL would refuse the whole run: both give the same answer."""
    entered = enter(ledger, intent("isbn:1"), bad, intent("isbn:3"))
    assert (entered.new, entered.refused) == (2, 1)
    (problem,) = ledger.exceptions.open()
    assert (problem.rule, problem.field, problem.subject[:6]) == ("G7", name, in_order(bad.subject)[:6])
    assert ("characters" in problem.expected) is True
    with pytest.raises(BadRecordError, match=name):
        ledger.plan([bad])


def test_a_title_that_turns_is_planned(ledger):
    """What people call a book is no name of ours: it goes, and is shown in order."""
    assert enter(ledger, intent("isbn:1", labels={"title": "\u202bשיר\u202c"})).refused == 0


def test_what_systems_say_is_kept_as_far_as_there_is_room(ledger):
    """Ids and codes of other systems, however long, stop no run; two long ids stay two, and are found again."""
    ledger.plan([intent("isbn:1"), intent("isbn:2")])
    found = ledger.claim("uc", "portal", owner="me", lease_s=60, limit=9)
    ids = [LONG + str(number) for number in range(2)]
    ledger.finish([Verdict(d.id, "accepted", name, code=LONG) for d, name in zip(found, ids, strict=True)], owner="me")
    assert len(ledger.under_way("uc", "portal")) == 2
    event = OutcomeEvent(found[0].id, "failed", DAY, "portal", ids[0], LONG, LONG, LONG, LONG)
    assert ledger.record_outcomes([event]) == 1
    assert ledger.record_outcomes([event]) == 0
    assert set(ledger.locate(ids).values()) <= {d.id for d in found}


def test_a_finding_of_any_length_opens_once_and_closes(ledger):
    """Each of its texts, the subject too."""
    finding = Finding(subject=LONG, rule=LONG, severity=Severity.ERROR, field=LONG, found=LONG, expected=LONG, remedy=LONG, owner="z")
    for changes in ((1, 0, 0), (0, 1, 0)):
        assert ledger.exceptions.record("uc", "portal", [LONG], [finding], as_of=DAY) == changes
    assert ledger.exceptions.record("uc", "portal", [LONG], [], as_of=DAY) == (0, 0, 1)


def test_a_findings_text_is_read_in_order(ledger):
    """On the desk, on the command line and in an export, for it is kept so."""
    finding = Finding(
        subject="isbn:1", rule="T1", severity=Severity.ERROR, field="title", found="\u202egnp.exe", expected="x", remedy="y", owner="z"
    )
    ledger.exceptions.record("uc", "portal", ["isbn:1"], [finding], as_of=DAY)
    assert [row.found for row in ledger.exceptions.open()] == ["\ufffdgnp.exe"]


@pytest.mark.parametrize("item", [("x" * 121, "isbn:1", "reference"), ("r", LONG, "subject")])
def test_the_tray_names_what_is_too_long(ledger, item):
    """A reference is what a sheet is looked up by: it is not cut."""
    reference, subject, name = item
    with pytest.raises(BadRecordError, match=f"{name} is longer"):
        ledger.tray.add(WriteBack("op", reference, subject, {"a": 1}, "uc"), "why")


def test_the_limits_are_those_of_the_columns():
    """What is asked of an intent is what its column takes."""
    assert {name: deliveries.c[name].type.length for name in LONGEST} == LONGEST
    assert write_backs.c.external_reference.type.length == LONGEST_REFERENCE


def test_short_text_stays_and_long_text_has_an_end_of_its_own():
    """Never longer than asked."""
    assert shortened("abc", 3) == "abc"
    assert shortened(LONG, None) == LONG
    assert {len(shortened(LONG + tail, longest)) for tail in "ab" for longest in (20, 200)} == {20, 200}
    assert shortened(LONG + "a", 20) != shortened(LONG + "b", 20)


@pytest.mark.parametrize("mark", TURNING)
def test_no_mark_turns_what_follows(mark):
    """In what people see, and in our own errors, which are logged."""
    assert in_order(f"{mark}gnp.exe") == "\ufffdgnp.exe"
    assert mark not in str(InvalidError("refused", subject=f"{mark}gnp.exe"))


def test_marks_that_scripts_need_stay():
    """Right-to-left text is shown as it is written."""
    assert in_order("שיר \u200f(1)\u200e") == "שיר \u200f(1)\u200e"
