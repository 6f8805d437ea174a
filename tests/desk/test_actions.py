"""What operators do: it is done once, kept in the audit, and refused where it makes no sense."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from colophon.domain.delivery import Verdict
from colophon.domain.finding import Finding, Severity
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Chosen
from colophon.stopped import stops
from colophon.systems.opentext_exstream.outcomes import answer_to

UC, SUBJECT = "xconnector__metadata_syndication", "isbn:9780000000002"


@pytest.fixture
def act(desk):
    """Posts a form as an operator, as the page would."""
    operator = desk.client("op")
    proof = operator.get("/exceptions").text.split('name="csrf" value="')[1].split('"')[0]
    return lambda path, **form: operator.post(path, data={"csrf": proof, **form})


def audit(ledger) -> list[tuple[str, str, str]]:
    """Lines of the audit: who, what, why."""
    return [(line.by, line.action, line.why) for line in ledger.people.audit_page()]


def open_ids(ledger) -> list[str]:
    """Open exceptions."""
    return [row.id for row in ledger.people.exceptions_page(Chosen())]


def test_exceptions_are_assigned_and_closed(act, ledger) -> None:
    """Both are kept with who and why; the page leads back to where one was."""
    one, two = open_ids(ledger)
    done = act("/api/exceptions/assign", ids=[one, two], to="Bea", why="hers", back="/exceptions?owner=x", sure="yes")
    assert (done.status_code, done.headers["location"]) == (303, "/exceptions?owner=x&done=assigned")
    assert {row.assignee for row in ledger.people.exceptions_page(Chosen())} == {"Bea"}
    act("/api/exceptions/close", ids=[one], why="agreed with sales")
    assert open_ids(ledger) == [two]
    assert audit(ledger)[0] == ("ann-op", "close", "agreed with sales")
    assert ledger.people.exception(one).closed_by == "ann-op"


def test_closing_takes_a_reason(act, ledger) -> None:
    """Without one, or with blanks, nothing is closed."""
    for why in ("", "   "):
        assert act("/api/exceptions/close", ids=open_ids(ledger), why=why).status_code == 422
    assert len(open_ids(ledger)) == 2


def test_what_a_person_closed_stays_closed_until_the_fault_changes(act, ledger) -> None:
    """The next night's run finds the same fault and leaves it; another value opens it again."""
    act("/api/exceptions/close", ids=open_ids(ledger), why="fine", sure="yes")
    same = ledger.people.exceptions_page(Chosen(state="closed"))
    findings = [
        Finding(
            subject=SUBJECT,
            rule=row.rule,
            severity=Severity(row.severity),
            field=row.field,
            found=row.found,
            expected="",
            remedy="",
            owner="",
        )
        for row in same
    ]
    later = same[0].seen_as_of.replace(day=21)
    ledger.exceptions.record(UC, "kobo", [SUBJECT], findings, as_of=later)
    assert open_ids(ledger) == []
    ledger.exceptions.record(
        UC, "kobo", [SUBJECT], [findings[0].model_copy(update={"found": "worse"}), findings[1]], as_of=later.replace(day=22)
    )
    (back,) = ledger.people.exceptions_page(Chosen())
    assert (back.found, back.closed_by) == ("worse", None)


def test_many_exceptions_are_asked_about_by_count_and_name(act, ledger) -> None:
    """All that a list has, not only a page of it: named first, done when that is confirmed, refused where they are no longer so many."""
    asked = act("/api/exceptions/close?destination=kobo", whole="2", why="agreed", back="/exceptions?destination=kobo")
    assert (asked.status_code, len(open_ids(ledger))) == (200, 2)
    assert "Close: 2 exceptions?" in asked.text
    assert "M1" in asked.text
    assert 'name="why" value="agreed"' in asked.text
    assert act("/api/exceptions/close?destination=kobo", whole="3", why="agreed", sure="yes").status_code == 409
    assert act("/api/exceptions/close?destination=none", whole="2", why="agreed", sure="yes").status_code == 409
    done = act("/api/exceptions/close?destination=kobo", whole="2", why="agreed", sure="yes", back="/exceptions?destination=kobo")
    assert (done.headers["location"], open_ids(ledger)) == ("/exceptions?destination=kobo&done=closed", [])


def test_an_exception_that_is_put_off_is_in_nobodys_way_until_its_day(act, ledger) -> None:
    """Not open for Today, list and counts; back on the day, or as soon as its fault is another one. For a reason, until a day to come."""
    one, two = open_ids(ledger)
    row, tomorrow = ledger.people.exception(one), ledger.clock() + timedelta(days=1)
    for until, why in ((f"{tomorrow:%Y-%m-%d}", " "), ("2020-01-01", "later"), ("2990-01-01", "later"), ("soon", "later")):
        assert act("/api/exceptions/snooze", ids=[one], until=until, why=why).status_code == 422
    act("/api/exceptions/snooze", ids=[one], until=f"{tomorrow:%Y-%m-%d}", why="the cover comes tomorrow")
    assert (open_ids(ledger), [each.id for each in ledger.people.exceptions_page(Chosen("snoozed"))]) == ([two], [one])
    assert (row.rule in ledger.people.open_by("rule"), sum(number for _, number, _ in ledger.people.oldest_by_owner())) == (False, 1)
    assert audit(ledger)[0] == ("ann-op", "snooze", f"until {tomorrow:%Y-%m-%d}. the cover comes tomorrow")
    ledger.people.clock = lambda: tomorrow + timedelta(days=1)
    assert set(open_ids(ledger)) == {one, two}
    ledger.people.clock = ledger.clock
    given = {name: getattr(row, name) for name in ("subject", "rule", "field", "expected", "remedy", "owner")}
    ledger.exceptions.record(UC, "kobo", None, [Finding(**given, severity=Severity(row.severity), found="worse")], as_of=tomorrow)
    assert one in open_ids(ledger)


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_failed_and_unknown_deliveries_go_again(act, ledger, state) -> None:
    """The delivery waits for the next run; asked twice, the second is refused."""
    row = ledger.desk.deliveries_page(Wanted(states=(state,)), limit=1)[0]
    assert act(f"/api/deliveries/{row.id}/send-again", why="mended").status_code == 303
    assert ledger.desk.story(row.id).row.state == "planned"
    assert act(f"/api/deliveries/{row.id}/send-again", why="mended").status_code == 409
    assert audit(ledger) == [("ann-op", "send again", "mended")]


def test_what_went_well_or_is_outdated_does_not_go_again(act, ledger) -> None:
    """Confirmed, waiting, unheard of: refused and not noted."""
    for row in ledger.desk.deliveries_page(Wanted(destination="to-confirmed"), limit=9):
        assert act(f"/api/deliveries/{row.id}/send-again", why="please").status_code == 409
    assert act("/api/deliveries/d-none/send-again", why="please").status_code == 404
    assert audit(ledger) == []


def test_an_unknown_outcome_is_settled_by_a_person(act, ledger) -> None:
    """With one of three words and a reason; a word of one's own is refused."""
    row = ledger.desk.deliveries_page(Wanted(states=("unknown",)), limit=1)[0]
    assert act(f"/api/deliveries/{row.id}/settle", outcome="superb", why="saw it").status_code == 422
    assert act(f"/api/deliveries/{row.id}/settle", outcome="confirmed", why="saw it there").status_code == 303
    assert ledger.desk.story(row.id).row.state == "confirmed"
    assert audit(ledger) == [("ann-op", "settle", "confirmed. saw it there")]


def test_what_was_answered_on_paper_is_entered_on_the_letters_page(act, desk, ledger) -> None:
    """Once it has gone; the words stand in no page and no audit. Another word is refused."""
    row = ledger.desk.deliveries_page(Wanted(use_case="exstream__rights_notices"), limit=1)[0]
    page = f"/deliveries/{row.id}"
    assert "Answered on paper" not in desk.client("op").get(page).text
    assert act(f"/api{page}/answer", said="approve").status_code == 422
    (taken,) = ledger.claim("exstream__rights_notices", row.destination, owner="me", lease_s=60, limit=1)
    ledger.finish([Verdict(taken.id, "sent", "m-1")], owner="me")
    assert "Answered on paper" in desk.client("op").get(page).text
    assert "Answered on paper" not in desk.client("viewer").get(page).text
    assert act(f"/api{page}/answer", said="perhaps").status_code == 422
    assert act(f"/api{page}/answer", said="revise", words="two CANARY commas").status_code == 303
    assert (ledger.desk.story(row.id).row.state, answer_to(ledger, row.id)) == ("responded", "two CANARY commas")
    assert audit(ledger) == [("ann-op", "answer", "revise")]
    assert "CANARY" not in desk.client("op").get(page).text


def test_the_tray_is_emptied(act, desk, ledger) -> None:
    """A sheet is made, downloaded twice the same, marked loaded once; a formula in it is text."""
    assert act("/api/tray/export").headers["location"].endswith("done=sheets")
    (name,) = {row.sheet for row in ledger.tray.rows(("exported",))}
    first, second = (desk.client("op").get(f"/api/tray/sheets/{name}") for _ in range(2))
    cells = [[[cell.value for cell in row] for row in load_workbook(BytesIO(body.content))["Data"].rows] for body in (first, second)]
    assert cells[0] == cells[1]
    assert act("/api/tray/loaded", sheet=name).status_code == 303
    assert act("/api/tray/loaded", sheet=name).status_code == 409
    assert [row.state for row in ledger.tray.rows()] == ["loaded"]
    assert [line[1] for line in audit(ledger)] == ["mark loaded", "download sheet", "download sheet", "make sheet"]


def test_a_row_of_the_tray_waits_again_or_is_cancelled(act, ledger) -> None:
    """Each with its reason."""
    act("/api/tray/export")
    (row,) = ledger.tray.rows()
    act(f"/api/tray/{row.id}/back", why="not there")
    assert ledger.tray.rows()[0].is_free
    act(f"/api/tray/{row.id}/cancel", why="typed it")
    assert ledger.tray.rows()[0].state == "cancelled"
    assert [line[2] for line in audit(ledger)[:2]] == ["typed it", "not there"]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "tray"])
def test_nobody_is_led_away(act, back) -> None:
    """Whatever a form says, one comes back to the desk."""
    assert act("/api/tray/export", back=back).headers["location"] == "/?done=sheets"


def test_a_title_is_stopped_everywhere_and_released(act, desk, ledger) -> None:
    """Its page names who has it; without a reason, or without being sure, nothing happens; both ways are in the audit and on its pages."""
    operator, isbn = desk.client("op"), SUBJECT.removeprefix("isbn:")
    page = operator.get(f"/titles/{isbn}/stop").text
    assert "3 recipients have this title on sale now: to-accepted, to-confirmed, to-unknown" in page
    assert desk.client("viewer").get(f"/titles/{isbn}/stop").status_code == 403
    for form in ({"why": "a court"}, {"sure": "yes", "why": ""}, {"sure": "yes", "why": "  "}):
        assert act(f"/api/titles/{isbn}/stop", **form).status_code == 422
    assert stops(ledger) == {}
    act(f"/api/titles/{isbn}/stop", sure="yes", why="a court <b>said</b> so")
    assert [*stops(ledger)] == [isbn]
    for path in (f"/titles/{isbn}", f"/titles/{isbn}/stop", "/rights"):
        assert "a court &lt;b&gt;said&lt;/b&gt; so" in operator.get(path).text, path
    assert act(f"/api/titles/{isbn}/stop", sure="yes", why="again").status_code == 409
    act(f"/api/titles/{isbn}/release", why="over")
    assert stops(ledger) == {}
    assert audit(ledger)[:2] == [("ann-op", "release", "over"), ("ann-op", "stop everywhere", "a court <b>said</b> so")]
