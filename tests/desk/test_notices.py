"""The page of notices: who was told what, and why somebody was not."""

import json
from pathlib import Path

import pytest
from station import connection

from colophon.blocks.notices import who
from colophon.domain.delivery import Intent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon_sandbox.app import START

REMINDERS, MILESTONES = "push__deadline_reminders", "push__milestone_alerts"


def tell(
    ledger: Ledger, person: str, subject: str, title: str, use_case: str = REMINDERS, why: str = "role:APPROVER", carrier: str = ""
) -> None:
    """Something is planned for somebody."""
    named = {"title": title, **({"why": why} if why else {})}
    content = json.dumps({"person": person, "title": title, "body": "private"}).encode()
    carried = {"carrier": f"{who(person)}/{carrier}"} if carrier else {}
    rest = {"as_of": START, "occurrence": "once", "labels": named, "media_type": "application/json"}
    intents = [
        Intent(
            use_case=use_case,
            destination="people",
            subject=f"{who(person)}/{each}",
            delivery_class="A",
            content=content,
            **(rest | (carried if each == subject else {})),
        )
        for each in ([carrier] if carrier else []) + [subject]
    ]
    ledger.plan(intents)


@pytest.fixture(autouse=True)
def told(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people hear of a jacket, one of them in a digest; a third one has left."""
    folder = tmp_path / "publisher"
    folder.mkdir()
    rows = [
        "person,kind,value,from_on,until_on",
        "31,token,tok-ok-31,,",
        "33,ends_on,2020-01-31,,",
        "34,token,tok-ok-34,,",
        "34,stand_in,31,,",
    ]
    (folder / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(folder))
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_PUSH_DEFAULT", connection("opentext_push", "http://127.0.0.1:1"))
    tell(ledger, "31", "todo:1/2026-06-10/3", "Sea Room: Jacket approval due in 3 days")
    tell(ledger, "ann@example.org", "todo:1/2026-06-10/3", "Sea Room: Jacket approval due in 3 days", why="manager:31")
    tell(ledger, "31", "todo:2/x", "Foxglove: copyedit complete", MILESTONES, carrier="digest/abc")
    for delivery in ledger.claim(REMINDERS, "people", owner="me", lease_s=60, limit=9):
        ledger.finish(
            [Verdict(delivery.id, "skipped" if "approver" in str(delivery.labels).lower() else "sent", detail="no device")], owner="me"
        )


def test_who_was_told_what_and_why(desk) -> None:
    """Each with the rule; what travelled in a digest is listed, and the digest is not; no address is shown, and nothing that was said."""
    text = desk.client("viewer").get("/notices").text
    assert text.count("Jacket approval due in 3 days") == 2
    assert ("as approver of the title" in text, "as manager of contact 31" in text, "in a digest" in text) == (True, True, True)
    assert ("ann@example.org" in text, "private" in text, "digest/abc" in text) == (False, False, False)


@pytest.mark.parametrize(
    ("query", "has", "has_not"),
    [
        ("key=31", ["Jacket approval", "Foxglove", "contact 31", "Nothing keeps this person"], ["as manager"]),
        ("title=sea+ROOM", ["Jacket approval"], ["Foxglove"]),
        ("key=31&title=foxglove", ["Foxglove"], ["Jacket approval"]),
        (f"key=31&use_case={MILESTONES}", ["Foxglove"], ["Jacket approval"]),
        ("title=100%25", ["No notice is like that"], ["Sea Room"]),
        ("key=33", ["has left", "Nothing was planned for this person", "deadline reminders: A reminder for each open task"], ["Sea Room"]),
        ("key=34", ["Somebody stands in for this person today"], []),
        ("key=35", ["no live device for this person"], []),
    ],
)
def test_a_search_by_person_and_title_answers_why(desk, query: str, has: list[str], has_not: list[str]) -> None:
    """By the address book, by exceptions, and by the rules."""
    text = desk.client("viewer").get(f"/notices?{query}").text
    assert [word for word in has if word not in text] == []
    assert [word for word in has_not if word in text] == []


def test_an_exception_about_a_person_is_part_of_the_answer(desk, ledger: Ledger) -> None:
    """With what to do."""
    finding = Finding(
        subject=who("31"),
        rule="N2",
        severity=Severity.ERROR,
        field="device",
        found="none of contact 31",
        expected="a device",
        remedy="Enter a device.",
        owner="operations",
        blocks="people",
    )
    ledger.exceptions.record(REMINDERS, "people", None, [finding], as_of=START)
    assert "none of contact 31. Enter a device." in desk.client("viewer").get("/notices?key=31").text


def test_an_address_book_that_cannot_be_read_says_so(desk, tmp_path: Path) -> None:
    """And the page is there."""
    (tmp_path / "publisher" / "people.csv").unlink()
    answer = desk.client("viewer").get("/notices?key=31")
    assert answer.status_code == 200
    assert "The address book cannot be read" in answer.text
