"""Pages that ask Consonance while a person waits: rights, readiness, and the preview of statements."""

import logging
import re
from types import SimpleNamespace

import pytest

from colophon.domain.delivery import Intent
from colophon.stopped import stop
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

ISBN, PAYEE = "9781999000011", "500001"
OPEN = "9781999000110"
"""One that may be sold in all the world."""
CANARIES = ("TAXNO-", "Royal Payee", "Earned Title")


@pytest.fixture(scope="module")
def payees():
    """A sandbox with payees of the first half of 2026."""
    with running_sandbox(seeds.payees(12)) as address:
        yield address


def asked(client, **form):
    """The preview of a payee's statements, asked for as the page does."""
    proof = re.search(r'name="csrf" value="([^"]+)"', client.get("/statements").text)
    given = {"payee": PAYEE, "period": "2026H1", "csrf": proof[1] if proof else "", **form}
    return client.post("/statements/preview", data=given)


def test_where_a_title_may_be_sold(desk, catalogue, connect) -> None:
    """The map has a tile for every country of the list; one country over time has reasons; changes are dated."""
    connect(catalogue)
    viewer = desk.client("viewer")
    text = viewer.get(f"/titles/{ISBN}/rights?country=fr&channel=ebook").text
    drawn = set(re.findall(r'channel=ebook&amp;country=([A-Z]{2})" tabindex="-1"', text))
    listed = set(re.findall(r'country=([A-Z]{2})&amp;channel=ebook" title=', text))
    assert drawn == listed
    assert len(drawn) > 240
    assert "FR over time" in text
    assert "since ever" in text
    open_tiles = len(re.findall(r'class="is-open(?: is-chosen)?"><title>', text))
    assert f"<b>{open_tiles}</b> open" in text


def test_what_a_launch_still_lacks(desk, catalogue, connect) -> None:
    """Rules by recipient and milestones by stage; without a calendar the milestones are not known, and it says why."""
    connect(catalogue)
    viewer = desk.client("viewer")
    text = viewer.get(f"/titles/{ISBN}/readiness").text
    assert "names no calendar" in text
    assert "By the metadata rules" in text
    connect(catalogue, ical_url=f"{catalogue}/consonance/__files__/todos.ics?key={connect.key}")
    text = viewer.get(f"/titles/{ISBN}/readiness").text
    assert re.search(r"✓</span> green</span> <span><b>copyedit complete</b>: done", text)
    assert re.search(r"✕</span> red</span> <span><b>cover approved</b>: due on", text)
    assert re.search(r"not known</span> <span><b>ebook cover</b>: 4ALLPORTAL was not read", text)


def test_a_title_that_a_person_stopped_is_closed_on_every_page(desk, catalogue, connect, ledger) -> None:
    """Nobody may have it, and it is open nowhere, though its records say otherwise; each page says by whom and why."""
    connect(catalogue)
    viewer = desk.client("viewer")
    pages = [f"/titles/{OPEN}/readiness", f"/titles/{OPEN}/rights?country=gb&channel=ebook"]
    ready, rights = (viewer.get(page).text for page in pages)
    assert ("can have it</span>" in ready, "<b>0</b> open" in rights) == (True, False)
    intent = Intent("test", "x", f"isbn:{OPEN}", "A", b"x", "text/plain", ledger.clock(), labels={"isbn": OPEN, "title": "T"})
    ledger.plan([intent])
    stop(ledger, OPEN, by="olga", why="a court said so")
    ready, rights = (viewer.get(page).text for page in pages)
    assert ("can have it</span>" in ready, "<b>0</b> open" in rights) == (False, True)
    assert all("a court said so" in page for page in (ready, rights))
    assert "a person stopped this title everywhere" in rights.partition("GB over time")[2]


def test_a_calendar_that_does_not_answer_hides_nothing_else(desk, catalogue, connect) -> None:
    """It is said, without its secret link, and the rules are shown all the same."""
    connect(catalogue, ical_url=f"{catalogue}/consonance/__files__/todos.ics?key=sandbox-not-a-calendar-key")
    text = desk.client("viewer").get(f"/titles/{ISBN}/readiness").text
    assert "By the metadata rules" in text
    assert "No milestone is known" in text
    assert "todos.ics" not in text


@pytest.mark.parametrize("page", ["rights", "readiness"])
def test_a_title_that_consonance_does_not_know_is_said(desk, catalogue, connect, page) -> None:
    """As not found, not as nothing open; and where Consonance is away, as that."""
    connect(catalogue)
    viewer = desk.client("viewer")
    assert viewer.get(f"/titles/9780000000002/{page}").status_code == 404
    connect("http://127.0.0.1:9")
    answer = viewer.get(f"/titles/{ISBN}/{page}")
    assert (answer.status_code, "What to do" in answer.text) == (503, True)


def test_a_statement_is_shown_to_who_may_approve_it(desk, payees, ledger, connect, caplog) -> None:
    """With names and amounts, in a frame without scripts; who looked is in the audit, and no log has any of it."""
    connect(payees)
    with caplog.at_level(logging.DEBUG):
        answer = asked(desk.client("user"))
    assert answer.status_code == 200
    assert all(word in answer.text for word in CANARIES)
    assert "<iframe" in answer.text
    policy = answer.headers["content-security-policy"]
    assert ("script-src 'self'" in policy, "unsafe" in policy, "'sha256-" in policy) == (True, False, True)
    assert answer.headers["cache-control"] == "no-store"
    assert [(line.action, line.target) for line in ledger.people.audit_page()] == [("preview statement", f"contact:{PAYEE}")]
    assert not [word for word in (*CANARIES, "GBP") if word in caplog.text]


def test_nobody_else_sees_a_statement(desk, payees, ledger, connect) -> None:
    """A viewer is told whom it is for; the form of another person, or of another site, is refused; nothing is noted."""
    connect(payees)
    viewer, user = desk.client("viewer"), desk.client("user")
    assert "Show the statement" not in viewer.get("/statements").text
    assert asked(viewer).status_code == 403
    assert asked(user, csrf="0" * 64).status_code == 403
    assert desk.client("viewer").get("/statements/report/any").status_code == 403
    assert ledger.people.audit_page() == []


def test_a_report_that_is_not_kept_any_more_is_no_fault(desk, monkeypatch) -> None:
    """Housekeeping lets staged pages go; whoever looks for one is told what is still there."""
    from colophon_airflow.desk.pages import statements
    from colophon_airflow.settings import open_staging

    page = f"{open_staging().root}/royalties/gone.html"
    run = SimpleNamespace(run_id="r-1", told={"page": page, "period": "2026-H1"})
    monkeypatch.setattr(statements, "_runs", lambda _: [run])
    answer = desk.client("user").get("/statements/report/r-1")
    assert (answer.status_code, "not kept any more" in answer.text, "in the ledger" in answer.text) == (404, True, True)


@pytest.mark.parametrize(
    ("form", "status"),
    [({"payee": "1"}, 404), ({"period": "2026H9"}, 422), ({"period": "2199"}, 422), ({"payee": "Royal"}, 422), ({"policy": "none"}, 404)],
)
def test_what_cannot_be_previewed_is_said(desk, payees, connect, form, status) -> None:
    """A payee who is none, a period that is none or has not ended, a name in place of a number, a policy that is none."""
    connect(payees)
    answer = asked(desk.client("user"), **form)
    assert (answer.status_code, "What to do" in answer.text) == (status, True)
