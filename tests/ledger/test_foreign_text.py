"""NUL and half a surrogate pair in what other systems say: the one record is named, all others go on, on either database."""

from datetime import UTC, datetime

import pytest

from colophon.domain.delivery import After, Intent, Judgement, OutcomeEvent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.errors import BadRecordError
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.inbox import WAITED_FOR, Arrival
from colophon.ledger.write_backs import WriteBack

DAY = datetime(2026, 5, 4, 6, tzinfo=UTC)
BAD = ("a\x00b", "a\ud800b")


@pytest.fixture
def ledger(ledger_url: str):
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=lambda: DAY) as opened:
        yield opened


def intent(subject: str, title: str = "Good", **more) -> Intent:
    """A delivery to the portal."""
    labels = {"isbn": subject[-13:], "title": title}
    return Intent("uc", "portal", subject, "B", subject[:8].encode(), "text/plain", DAY, labels=labels, **more)


def enter(ledger: Ledger, *intents: Intent):
    """What became of a run's judgement that wants all of these."""
    judgement = Judgement(intents=intents, subjects=[intent.subject for intent in intents])
    return ledger.enter("uc", {"portal": judgement}, as_of=DAY, run="a run")["portal"]


def fault(found: str) -> Finding:
    """What a rule found."""
    return Finding(subject="isbn:1", rule="T1", severity=Severity.ERROR, field="title", found=found, expected="x", remedy="y", owner="z")


@pytest.mark.parametrize("bad", BAD)
def test_one_bad_title_is_an_exception_and_the_others_are_planned(ledger, bad):
    """The run goes on; the exception names the product and the text, and closes when the title is right again."""
    entered = enter(ledger, intent("isbn:1"), intent("isbn:2", bad), intent("isbn:3"))
    assert (entered.new, entered.refused) == (2, 1)
    (exception,) = ledger.exceptions.open()
    assert (exception.subject, exception.rule, exception.field, exception.found) == ("isbn:2", "G7", "title", "a\ufffdb")
    assert [row.subject for row in ledger.all_of("uc", "portal")] == ["isbn:1", "isbn:3"]
    assert enter(ledger, intent("isbn:1"), intent("isbn:2"), intent("isbn:3")).new == 1
    assert ledger.exceptions.open() == []


def test_a_bad_subject_is_named_as_well(ledger):
    """What names the product may be what is wrong with it."""
    assert enter(ledger, intent("isbn:1"), intent("isbn:\x00")).new == 1
    assert [row.subject for row in ledger.exceptions.open()] == ["isbn:\ufffd"]


def test_a_digest_goes_whole_or_not_at_all(ledger):
    """Nothing is sent that the ledger does not know; what waits for a delivery that is kept back is kept back too."""
    parts = (intent("digest"), intent("isbn:1", carrier="digest"), intent("isbn:2", BAD[0], carrier="digest"))
    follower = intent("isbn:3", after=After("portal", "isbn:2", "sent"))
    assert enter(ledger, *parts, follower, intent("isbn:4")).new == 1
    assert {row.subject for row in ledger.exceptions.open()} == {"digest", "isbn:1", "isbn:2", "isbn:3"}


def test_a_plan_of_its_own_names_the_subject(ledger):
    """It has no exceptions; its error says which."""
    with pytest.raises(BadRecordError) as caught:
        ledger.plan([intent("isbn:1"), intent("isbn:2", BAD[0])])
    assert caught.value.subject == "isbn:2"


@pytest.mark.parametrize("bad", BAD)
def test_what_is_said_of_a_fault_is_kept(ledger, bad):
    """An exception is not lost for its words, and what a person closed stays closed while the fault is the same."""
    assert ledger.exceptions.record("uc", "portal", ["isbn:1"], [fault(bad)], as_of=DAY).opened == 1
    assert ledger.exceptions.record("uc", "portal", ["isbn:1"], [fault(bad)], as_of=DAY) == (0, 1, 0)
    (exception,) = ledger.exceptions.open()
    assert exception.found == "a\ufffdb"


@pytest.mark.parametrize("bad", BAD)
def test_what_a_system_says_of_a_delivery_is_kept_once(ledger, bad):
    """Its answer, its id, its later report; the same report again moves nothing."""
    ledger.plan([intent("isbn:1")])
    (claimed,) = ledger.claim("uc", "portal", owner="me", lease_s=60, limit=1)
    ledger.finish([Verdict(claimed.id, "accepted", bad, detail=bad)], owner="me")
    event = OutcomeEvent(claimed.id, "failed", DAY, "portal", bad, bad, bad, "c", bad)
    assert (ledger.record_outcomes([event]), ledger.record_outcomes([event])) == (1, 0)
    (row,) = ledger.all_of("uc", "portal")
    assert (row.state, row.remote_id, row.detail) == ("failed", "a\ufffdb", "a\ufffdb")


@pytest.mark.parametrize("bad", BAD)
def test_an_event_with_a_bad_name_is_parked_once(ledger, bad):
    """The others of the same call wait for their step."""
    arrivals = [Arrival("/erp", bad, WAITED_FOR[0], b"{}"), Arrival("/erp", "e-1", WAITED_FOR[0], b"{}")]
    assert ledger.inbox.take_all(arrivals) == ["new", "new"]
    assert ledger.inbox.take_all(arrivals) == ["seen", "seen"]
    assert [item.id for item in ledger.inbox.pending(WAITED_FOR[:1])] == ["e-1"]
    ((parked, why),) = ledger.inbox.noted("parked")
    assert (parked.id, why) == ("a\ufffdb", "its source, id or type is no Unicode text")


@pytest.mark.parametrize("bad", BAD)
def test_the_tray_names_what_it_cannot_keep(ledger, bad):
    """However deep the text stands in the payload."""
    with pytest.raises(BadRecordError) as caught:
        ledger.tray.add(WriteBack("upsertTodo", "r", "work:9", "uc", {"rows": [{"description": bad}]}), "why")
    assert caught.value.subject == "work:9"
    assert ledger.tray.rows() == []


def test_the_desk_finds_nothing_and_says_so(ledger):
    """An address typed with a NUL is a search without hits."""
    ledger.plan([intent("isbn:1")])
    assert ledger.desk.find_titles("\x00") == []
    assert ledger.desk.deliveries_page(Wanted(isbn="\x00"), limit=5) == []
