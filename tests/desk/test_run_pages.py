"""What a run did has a page: counts as links, causes as links, and nothing of it is markup or a Python object."""

import re
from datetime import UTC, datetime

import pytest

from colophon import run_page
from colophon.blocks import reconcile
from colophon.domain.delivery import Intent
from colophon.domain.finding import Finding, Severity

UC, NIGHT = "xconnector__metadata_syndication", datetime(2026, 5, 4, 2, tzinfo=UTC)
PLAN = {"new": 3, "unchanged": 40, "refused": 2, "withdrawn": 1}


@pytest.fixture
def key(ledger) -> str:
    """A night that sent three, closed one of them, and refused two for a reason."""
    places = {"kobo": {"plan": PLAN, "ledger": {"confirmed": 43}, "unsettled": {"failed": 1, "late": 2}}}
    told = {"read": 45, "sent": 3, "closed": 1, "refused": 2, "out_of_scope": 4, "destinations": places, "note": "", "dry": False}
    return run_page.keep(ledger.memory, UC, "scheduled__1", {**told, "causes": [["P1", "kobo", 2]]}, ledger.clock(), as_of=NIGHT)


def test_a_run_says_what_it_did_and_each_number_leads_on(desk, ledger, key: str) -> None:
    """Read, sent, closed, refused by cause, by recipient; and every link of it answers."""
    viewer = desk.client("viewer")
    text = viewer.get(f"/runs/{key}").text
    assert "It read 45, sent 3, closed 1 and kept back 2; 4 were not for their recipient." in text
    links = re.findall(r'href="(/(?:deliveries|exceptions|runs)[^"]*)"', text)
    assert [link for link in links if "rule=P1" in link]
    assert [link for link in links if "state=failed" in link]
    assert {viewer.get(link.replace("&amp;", "&")).status_code for link in links} == {200}
    assert "{" not in re.sub(r"<script.*?</script>|<style.*?</style>", "", text, flags=re.DOTALL)


def test_runs_are_listed_newest_first(desk, ledger, key: str) -> None:
    """Of one use case, or of all; a run whose page is gone says where to look."""
    later = ledger.clock().replace(year=2099)
    facts = {"read": 1, "sent": 0, "closed": 0, "refused": 0, "out_of_scope": 0, "destinations": {}, "note": "", "dry": True, "causes": []}
    run_page.keep(ledger.memory, "push__milestone_alerts", "r", facts, later, as_of=NIGHT)
    viewer = desk.client("viewer")
    assert "push: milestone alerts (dry run)" in viewer.get("/runs").text
    assert run_page.newest(ledger.memory)[0]["use_case"] == "push__milestone_alerts"
    assert "milestone alerts" not in viewer.get(f"/runs?use_case={UC}").text.split("<main")[1]
    assert viewer.get("/runs/0000").status_code == 404


def test_what_a_run_closed_is_counted_by_its_label(ledger) -> None:
    """Of this run alone."""
    for subject, label in (("isbn:77", {"closed": "rights"}), ("isbn:78", {})):
        ledger.plan([Intent(UC, "kobo", subject, "A", subject.encode(), "text/plain", NIGHT, labels=label)])
    assert (ledger.desk.closed(UC, NIGHT), ledger.desk.closed(UC, NIGHT.replace(day=5))) == (1, 0)


def test_causes_are_counted_by_rule_and_recipient(ledger) -> None:
    """The most first."""
    said = {"severity": Severity.ERROR, "field": "f", "found": "x", "expected": "y", "remedy": "z", "owner": "o"}
    findings = [Finding(subject=f"isbn:{n}", rule="P1" if n else "P2", **said) for n in range(3)]
    ledger.exceptions.record("test__causes", "kobo", None, findings, as_of=NIGHT)
    assert run_page.causes(ledger.exceptions.open(use_case="test__causes")) == [["P1", "kobo", 2], ["P2", "kobo", 1]]


def test_drift_says_ours_theirs_since_when_and_who(desk, ledger) -> None:
    """What could not be read says so, and is never shown as equal; theirs is no markup."""
    who, at = "operations: repair it", ledger.clock()
    found = reconcile.Difference("isbn:1", "GB/web", "<script>FR/web", "2026-05-04T01:00+00:00", who, "d-1")
    reconcile.keep(ledger.memory, reconcile.Compared("4allportal", 2, [found]), at)
    reconcile.keep(ledger.memory, reconcile.Compared("video-library", why_not="the library does not answer"), at)
    text = desk.client("viewer").get("/drift").text
    assert "&lt;script&gt;FR/web" in text
    assert "<script>FR" not in text
    assert (who in text, "2026-05-04 01:00" in text, "2 compared, 1 differ" in text) == (True, True, True)
    assert "<strong>Not compared:</strong> the library does not answer" in text
    assert reconcile.trend(ledger.memory)[f"{at.isocalendar()[0]}-W{at.isocalendar()[1]:02}"] == {"4allportal": 1}
