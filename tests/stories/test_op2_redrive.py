"""OP-2: what failed is sent again by a filter, after a look: once, nothing that was overtaken, and with care what may happen twice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from station import Station

from colophon import run_page
from colophon.domain.delivery import Intent, Judgement, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.ledger.redriving import Filter
from colophon.ledger.tables import content
from colophon_sandbox.seeds.shelf import work

DAG, UC, MILESTONES = "ops__redrive", "xconnector__metadata_syndication", "push__milestone_alerts"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ELEVEN = NOON - timedelta(minutes=55)


@pytest.fixture
def house(station: Station) -> Station:
    """A title whose manuscript is approved since ten; its three editors have phones."""
    old = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
    team = [old | {"id": who, "workId": 9, "role": "EDITOR", "contactId": who, "managerId": None} for who in (31, 32, 33)]
    contacts = [{"id": who, "__typename": "Person", "name": f"Person {who}"} for who in (31, 32, 33)]
    station.seed("consonance", {"works": [work(9, "Sea Room", 1)], "contacts": contacts, "teamMembers": team})
    station.configure("people.csv", "\n".join(["person,kind,value", *(f"{who},token,tok-ok-{who}" for who in (31, 32, 33)), ""]))
    station.run(MILESTONES, ELEVEN - timedelta(hours=1))
    done = {"status": "DONE", "completedOn": "2026-05-04", "completedAt": "2026-05-04T10:12:00Z", "completedById": 31}
    todo = {"id": 1, "workId": 9, "description": "Editorial approval", "tags": [], "blockedBy": [], "assigneeId": 32}
    station.seed("consonance", {"todos": [todo | done | {"revision": 2, "updatedAt": "2026-05-04T10:12:00Z"}]})
    return station


def told(house: Station) -> list[str]:
    """Persons, each as often as something was said to it."""
    with house.ledger() as ledger:
        rows = [row for row in ledger.all_of(MILESTONES, "people") if row.state in {"sent", "confirmed"}]
        return sorted(json.loads(ledger.content(row.content_hash) or b"{}")["person"] for row in rows)


def fail(
    station: Station, subject: str, body: str = "x", *, place: str = "kobo", result: str = "refused", code: str = "cover", kind: str = "A"
) -> None:
    """A delivery that failed, or whatever else became of it."""
    isbn = subject.removeprefix("isbn:")
    with station.ledger() as ledger:
        labels = {"isbn": isbn, "title": f"Title {isbn[-1]}"}
        ledger.plan([Intent(UC, place, subject, kind, body.encode(), "text/plain", station.now, labels=labels)])
        for each in ledger.claim(UC, place, owner="o", limit=10, lease_s=900):
            ledger.finish([Verdict(each.id, result, code=code)], owner="o")


def redrive(station: Station, answer: str = "Approve", **form: Any) -> Any:
    """Somebody fills in the form."""
    return station.run(DAG, params=form, by_hand=True, answer=answer)


def states(station: Station, place: str = "kobo") -> dict[str, str]:
    """By the last digit of the ISBN."""
    return {subject[-1]: state for subject, state in station.deliveries(UC, place).items()}


@pytest.fixture
def shop(station: Station) -> Station:
    """Three titles that Kobo refused, one of them for its price; one that Google did."""
    station.clock(NOON)
    for number in (1, 2):
        fail(station, f"isbn:978199900000{number}")
    fail(station, "isbn:9781999000003", code="price")
    fail(station, "isbn:9781999000004", place="google")
    return station


@pytest.mark.parametrize(
    ("form", "waiting"),
    [
        ({"destination": "kobo"}, "123"),
        ({"use_case": UC, "error": "price"}, "3"),
        ({"title": "978-1-999000-00-2"}, "2"),
        ({"title": "9781999000002"}, "2"),
        ({"title": "title 1"}, "1"),
        ({"destination": "kobo", "since": "2026-05-04T13:00:00+00:00"}, ""),
        ({"destination": "kobo", "until": "2026-05-04T13:00:00+00:00"}, "123"),
    ],
)
def test_op2_a_a_filter_by_use_case_destination_title_error_and_time(shop: Station, form: dict[str, str], waiting: str) -> None:
    """It says how many, and shows some; what does not match stays as it is."""
    run = redrive(shop, **form)
    assert "".join(number for number, state in states(shop).items() if state == "planned") == waiting
    if waiting:
        assert (run.state, run.returned["select"]["count"], len(run.asked)) == ("success", len(waiting), 1)
    else:
        assert (run.state, run.asked) == ("failed", [])
    assert states(shop, "google") == {"4": "failed"}


def test_op2_a_five_examples_are_shown_and_a_person_confirms(shop: Station) -> None:
    """Who rejects sends nothing. The audit has who, and why."""
    for number in range(5, 9):
        fail(shop, f"isbn:978199900000{number}")
    run = redrive(shop, "Reject", destination="kobo")
    assert (run.returned["select"]["count"], len(run.returned["select"]["examples"])) == (7, 5)
    assert (
        "isbn:9781999000001 to kobo, revision 1: failed cover" in run.returned["select"]["examples"] or run.returned["select"]["examples"]
    )
    assert set(states(shop).values()) == {"failed"}
    redrive(shop, destination="kobo", reason="covers are there")
    with shop.ledger() as ledger:
        lines = ledger.people.audit_page(limit=50)
    assert [(line.by, line.action, line.why) for line in lines] == [("Someone", "send again", "covers are there")] * 7


def test_op2_a_it_is_sent_once_by_the_next_run(house: Station) -> None:
    """The messaging system refused three people; after it was mended each hears once, however often somebody asks."""
    house.fault("push", "status", value={"status": 400})
    house.run(MILESTONES, ELEVEN)
    house.mend()
    assert told(house) == []
    assert redrive(house, use_case=MILESTONES, reason="refused").returned["send_again"] == {"waiting": 3, "left": 0, "went_before": 0}
    assert "no failed delivery matches" in str(redrive(house, use_case=MILESTONES).error)
    later = house.twice(MILESTONES, ELEVEN + timedelta(hours=1))
    assert told(house) == ["31", "32", "33"]
    assert not [line for line in later.logs if "{'" in line]
    with house.ledger() as ledger:
        page = run_page.page(ledger.memory, run_page.key_of(f"{MILESTONES}/{later.dag_run.run_id}"))
    assert page is not None
    assert page["destinations"]["people"]["ledger"] == {"confirmed": 3} or page["destinations"]["people"]["ledger"] == {"sent": 3}


def test_op2_b_what_something_newer_has_overtaken_does_not_go(shop: Station) -> None:
    """The newer revision is named; so it is where it comes while somebody is asked."""
    fail(shop, "isbn:9781999000001", "newer", result="confirmed")
    run = redrive(shop, title="9781999000001")
    assert (run.returned["select"], run.asked) == (None, [])
    assert any("overtaken by revision" in line for line in run.logs)
    ids = []
    with shop.ledger() as ledger:
        ids = [row.id for row in ledger.redriving.failed(Filter(destination="kobo")) if row.may_go]
    fail(shop, "isbn:9781999000002", "newer", result="confirmed")
    with shop.ledger() as ledger:
        went, left = ledger.redriving.send_again(ids, by="Ada", why="")
    assert ([row.subject[-1] for row in went], [(row.subject[-1], row.newer is not None) for row in left]) == (["3"], [("2", True)])


def test_op2_b_what_a_later_run_does_not_want_stays(shop: Station) -> None:
    """The latest judgement decides."""
    said = {
        "rule": "P1",
        "severity": Severity.ERROR,
        "field": "price",
        "found": "none",
        "expected": "one",
        "remedy": "add one",
        "owner": "sales",
    }
    finding = Finding(subject="isbn:9781999000001", **said)
    with shop.ledger() as ledger:
        judgement = Judgement(subjects=["isbn:9781999000001"], findings=[finding])
        ledger.enter(UC, {"kobo": judgement}, as_of=NOON + timedelta(hours=1), run="r")
    run = redrive(shop, title="9781999000001")
    assert (states(shop)["1"], any("does not want it any more" in line for line in run.logs)) == ("failed", True)


def test_op2_c_class_d_needs_a_reason_and_a_second_look(shop: Station) -> None:
    """By somebody else; the same person twice is refused, and nothing goes."""
    fail(shop, "isbn:9781999000009", place="letters", kind="D", result="unknown")
    form = {"destination": "letters", "unknown": True}
    assert "class D" in str(redrive(shop, **form).error)
    alone = shop.run(DAG, params={**form, "reason": "not in their log"}, by_hand=True, people=["Ada", "Ada"])
    assert (alone.state, states(shop, "letters")) == ("failed", {"9": "unknown"})
    both = shop.run(DAG, params={**form, "reason": "not in their log"}, by_hand=True, people=["Ada", "Bo"])
    assert (both.state, len(both.asked), states(shop, "letters")) == ("success", 2, {"9": "planned"})
    with shop.ledger() as ledger:
        assert ledger.people.audit_page(limit=1)[0].by == "Ada and Bo"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "no filter"),
        ({"use_case": "xconnector__metadata_sindication"}, f"Did you mean {UC}?"),
        ({"destination": "cobo"}, "Did you mean kobo?"),
        ({"title": "Moby Dick"}, "knows no title"),
        ({"destination": "kobo", "error": "nothing.like"}, "no failed delivery matches"),
    ],
)
def test_op2_a_filter_that_matches_nothing_says_so(shop: Station, form: dict[str, str], said: str) -> None:
    """With what was most likely meant; nobody is asked."""
    run = redrive(shop, **form)
    assert (run.state, run.asked) == ("failed", [])
    assert said in f"{run.error}"


def test_op2_content_that_is_over_its_time_is_not_sent(shop: Station) -> None:
    """There is nothing to send any more."""
    with shop.ledger() as ledger, ledger.begin() as connection:
        connection.execute(delete(content))
    assert any("over its time" in line for line in redrive(shop, destination="kobo").logs)
    assert set(states(shop).values()) == {"failed"}


def down(house: Station, count: int) -> None:
    """So many messages that failed because the messaging system refused them all."""
    with house.ledger() as ledger:
        said = [json.dumps({"person": "31", "title": "t", "body": f"{n}"}).encode() for n in range(count)]
        intents = [Intent(MILESTONES, "people", f"person:x/{n}", "A", body, "application/json", house.now) for n, body in enumerate(said)]
        ledger.plan(intents)
        while claimed := ledger.claim(MILESTONES, "people", owner="o", limit=500, lease_s=900):
            ledger.finish([Verdict(each.id, "refused", code="down") for each in claimed], owner="o")


def test_op2_d_what_was_confirmed_goes_at_the_recipients_rate(house: Station) -> None:
    """At five a second, each once."""
    down(house, 60)
    house.connect("opentext_push", max_per_second=5)
    assert redrive(house, use_case=MILESTONES, error="down").returned["send_again"]["waiting"] == 60
    began = house.now
    house.run(MILESTONES)
    assert "failed" not in house.deliveries(MILESTONES, "people").values()
    assert (house.now - began).total_seconds() >= 60 / 5 - 2
    assert len(house.effects("push.delivered")) == len(set(house.effects("push.delivered"))) == 60


@pytest.mark.nightly
def test_op2_d_ten_thousand_go_at_the_accounts_rate(house: Station) -> None:
    """One question, one look; each goes once, at fifty a second, and has its line in the audit."""
    down(house, 10_000)
    house.connect("opentext_push", max_per_second=50)
    run = redrive(house, use_case=MILESTONES, error="down")
    assert (run.returned["send_again"]["waiting"], len(run.asked)) == (10_000, 1)
    began = house.now
    assert house.run(MILESTONES).state == "success"
    assert set(house.deliveries(MILESTONES, "people").values()) == {"confirmed"}
    assert 10_000 / 50 <= (house.now - began).total_seconds() < 3600
    assert len(house.effects("push.delivered")) == len(set(house.effects("push.delivered"))) == 10_000
    assert "no failed delivery matches" in str(redrive(house, use_case=MILESTONES).error)
