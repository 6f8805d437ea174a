"""PN-4: whoever has to decide is reminded in time, of what is theirs, and once."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon_sandbox.seeds.shelf import product, work

DAG, PEOPLE = "push__deadline_reminders", "people"
APPROVER, MAKER, BOSS, EDITOR, STAND_IN = 31, 32, 33, 34, 35
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
WORKS = [work(9, "Sea Room", 1), work(10, "Foxglove", 2)]
MONDAY = date(2026, 6, 1)


def seven(day: date) -> datetime:
    """Seven in London, in summer."""
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def weekdays(first: date, days: int) -> Iterator[date]:
    """The days on which it runs."""
    return (day for number in range(days) if (day := first + timedelta(days=number)).weekday() < 5)


def todo(number=1, text="Jacket approval", *, due="2026-06-10", state="OPEN", revision=1, **more: Any) -> dict[str, Any]:
    """A task of the first work, given to the approver."""
    row = {"id": number, "workId": 9, "description": text, "status": state, "tags": [], "blockedBy": [], "assigneeId": APPROVER}
    done = {"completedOn": "2026-06-01", "completedAt": "2026-06-01T05:55:00Z"} if state == "DONE" else {}
    return {**row, **done, "dueOn": due, "revision": revision, "updatedAt": f"2026-05-0{revision}T10:00:00Z", **more}


def member(number: int, role: str, who: int, work_id=9, manager=None, **more: Any) -> dict[str, Any]:
    """Somebody in a team."""
    return OLD | {"id": number, "workId": work_id, "role": role, "contactId": who, "managerId": manager, **more}


@pytest.fixture
def house(station: Station) -> Station:
    """Two works of two imprints, the second one in Munich; everybody has a phone."""
    contacts = [{"id": who, "__typename": "Person", "name": f"Person {who}"} for who in (APPROVER, MAKER, BOSS, EDITOR, STAND_IN)]
    products = [product(101, WORKS[0], "BC", "9781999000004"), product(102, WORKS[1], "BC", "9781999000011")]
    imprints = [{"id": 1, "name": "Larkspur"}, {"id": 2, "name": "Inkwell"}]
    team = [
        member(1, "APPROVER", APPROVER, manager=BOSS),
        member(2, "PRODUCTION_MANAGER", MAKER),
        member(3, "EDITOR", EDITOR),
        member(4, "APPROVER", EDITOR, 10),
    ]
    station.seed("consonance", {"imprints": imprints, "works": WORKS, "contacts": contacts, "products": products, "teamMembers": team})
    devices(station)
    calendars = "default: london\ncalendars:\n  london: {tz: Europe/London, country: GB, subdiv: ENG}\n"
    munich = "  munich: {tz: Europe/Berlin, country: DE, subdiv: BY, categories: [public, catholic]}\nimprints: {Inkwell: munich}\n"
    station.configure("calendars.yaml", calendars + munich)
    known = ["Jacket approval", "Page proof review", "Cover brief", "Cover draft", "Maps", *(f"Task {n}" for n in range(1, 30))]
    station.configure("milestones.yaml", f"version: 1\nmilestones: {{}}\nordinary: [{', '.join(known)}]\n")
    return station


def devices(house: Station, more: str = "") -> None:
    """Who has a phone, and what else is known of people."""
    rows = "".join(f"{who},token,tok-ok-{who},,\n" for who in (APPROVER, MAKER, BOSS, EDITOR, STAND_IN, 102))
    house.configure("people.csv", f"person,kind,value,from_on,until_on\n{rows}{more}")


def tasks(house: Station, *todos: dict[str, Any]) -> None:
    """To-dos as they are from now on."""
    house.seed("consonance", {"todos": list(todos)})


def messages(house: Station) -> list[dict[str, Any]]:
    """What went to people, in the order in which it was planned; what travelled in a digest is not a message."""
    with house.ledger() as ledger:
        rows = sorted((row for row in ledger.all_of(DAG, PEOPLE) if row.state == "confirmed"), key=lambda row: row.as_of)
        found = [json.loads(ledger.content(row.content_hash) or b"{}") | {"on": row.as_of.date()} for row in rows]
        return sorted(found, key=lambda each: (each["on"], each["person"]))


def told(house: Station) -> list[tuple[str, str]]:
    """Persons, and how many days were left (below 0: overdue), in order."""
    return sorted((each["person"], each["data"]["days"]) for each in messages(house) if "days" in each["data"])


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_pn4_a_at_seven_three_one_and_no_days_before_the_approver_is_reminded_once(house: Station, account: str) -> None:
    """From Monday the 1st to Wednesday the 10th of June, whichever way Consonance tells."""
    tasks(house, todo())
    for day in weekdays(MONDAY, 10):
        tell(house, account, as_of=seven(day))
        house.twice(DAG, seven(day))
    assert [(each["on"].day, each["data"]["days"]) for each in messages(house)] == [(1, "7"), (5, "3"), (9, "1"), (10, "0")]
    assert messages(house)[1]["title"] == "Sea Room: Jacket approval due in 3 days"
    assert messages(house)[1]["body"] == "Jacket approval, with Person 31, is due on 10 June 2026, in 3 working days. Please decide."
    assert len(house.effects("push.delivered")) == 4


def test_pn4_b_overdue_each_working_day_and_from_the_third_on_the_manager(house: Station) -> None:
    """Due on Wednesday; the weekend is silent."""
    tasks(house, todo(due="2026-06-03"))
    for day in weekdays(date(2026, 6, 4), 6):
        house.twice(DAG, seven(day))
    assert [(each["on"].day, each["person"], each["data"]["days"]) for each in messages(house)] == [
        (4, "31", "-1"),
        (5, "31", "-2"),
        (8, "31", "-3"),
        (8, "33", "-3"),
        (9, "31", "-4"),
        (9, "33", "-4"),
    ]


def test_pn4_c_holidays_are_those_of_the_imprint(house: Station) -> None:
    """Whit Monday (25 May) is a bank holiday in both; Corpus Christi (4 June) in Munich alone: there, what is due on Friday is one day off."""
    tasks(house, todo(1, due="2026-06-05"), todo(2, due="2026-06-05", workId=10, assigneeId=EDITOR))
    for day in (date(2026, 5, 25), date(2026, 6, 3), date(2026, 6, 4), date(2026, 6, 5)):
        house.run(DAG, seven(day))
    assert told(house) == [("31", "0"), ("31", "1"), ("31", "2"), ("34", "0"), ("34", "1")]


def test_pn4_d_a_blocked_task_reminds_whoever_has_the_first_blocker(house: Station) -> None:
    """A chain of three; it names what waits. A circle is an exception, and its owners are reminded themselves."""
    chain = [todo(1, due="2026-06-02"), todo(2, "Cover brief", due=None, assigneeId=MAKER)]
    between = todo(3, "Cover draft", due=None, assigneeId=EDITOR, blockedBy=[2])
    tasks(house, chain[0] | {"blockedBy": [3]}, chain[1], between)
    house.twice(DAG, seven(MONDAY))
    assert told(house) == [("32", "1")]
    assert "It waits for Cover brief, which is yours" in messages(house)[0]["body"]
    tasks(house, chain[0] | {"blockedBy": [3], "revision": 2}, chain[1] | {"blockedBy": [1], "revision": 2}, between)
    house.run(DAG, seven(MONDAY + timedelta(days=1)))
    assert [rule for rule, _ in house.exceptions(DAG)] == ["N4"]
    assert told(house) == [("31", "0"), ("32", "1")]
    tasks(house, chain[0] | {"revision": 3}, chain[1] | {"revision": 3}, between)
    house.run(DAG, seven(MONDAY + timedelta(days=2)))
    assert house.exceptions(DAG) == []


def test_pn4_d_a_blocker_that_nobody_is_given_is_the_production_managers(house: Station) -> None:
    """Also one of another title: of that title's."""
    house.seed("consonance", {"teamMembers": [member(5, "PRODUCTION_MANAGER", STAND_IN, 10)]})
    tasks(
        house,
        todo(1, due="2026-06-02", blockedBy=[2]),
        todo(2, "Cover brief", due=None, assigneeId=None),
        todo(3, "Page proof review", due="2026-06-02", blockedBy=[4]),
        todo(4, "Maps", due=None, assigneeId=None, workId=10),
    )
    house.run(DAG, seven(MONDAY))
    assert [person for person, _ in told(house)] == ["32", "35"]


def test_pn4_e_a_date_that_moves_starts_over_and_nobody_hears_the_old_one(house: Station) -> None:
    """The messaging system is down when it is due in three days; then it is due in seven. Pulled past two thresholds, it is one reminder."""
    tasks(house, todo(due="2026-06-04"))
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, seven(MONDAY)).state == "failed"
    house.mend()
    tasks(house, todo(due="2026-06-11", revision=2))
    house.twice(DAG, seven(MONDAY + timedelta(days=1)))
    tasks(house, todo(due="2026-06-04", revision=3))
    house.twice(DAG, seven(MONDAY + timedelta(days=2)))
    assert told(house) == [("31", "1"), ("31", "7")]


@pytest.mark.parametrize("state", ["DONE", "CANCELLED"])
def test_pn4_f_what_is_done_or_cancelled_at_five_to_seven_is_not_reminded_of(house: Station, state: str) -> None:
    """Nor is what was planned yesterday, and could not leave."""
    tasks(house, todo(due="2026-06-02"))
    house.fault("push", "status", value={"status": 503})
    house.run(DAG, seven(MONDAY))
    house.mend()
    tasks(house, todo(due="2026-06-02", state=state, revision=2))
    assert house.twice(DAG, seven(MONDAY + timedelta(days=1))).state == "success"
    assert told(house) == []


@pytest.mark.parametrize(
    ("targets", "hear"),
    [
        ("{tasks: [jacket approval], to: [EDITOR]}", ["34"]),
        ("{imprints: [Larkspur], to: [assignee, '35']}", ["31", "35"]),
        ("{to: [team], tasks: [Jacket approval]}", ["31", "32", "34"]),
        ("{imprints: [Inkwell], to: [EDITOR]}", ["31"]),
    ],
)
def test_pn4_g_targets_are_data(house: Station, targets: str, hear: list[str]) -> None:
    """By role, by imprint, and the whole team of the title."""
    house.configure("deadline_reminders.yaml", f"targets:\n  - {targets}\n  - {{}}\n")
    tasks(house, todo(due="2026-06-02"))
    house.run(DAG, seven(MONDAY))
    assert [person for person, _ in told(house)] == hear


def test_pn4_h_thirty_tasks_are_one_message_with_the_most_urgent_first(house: Station) -> None:
    """One is overdue, the others are due within the week."""
    tasks(house, *(todo(n, f"Task {n}", due="2026-06-03") for n in range(1, 30)), todo(30, "Jacket approval", due="2026-05-29"))
    house.twice(DAG, seven(MONDAY))
    digest = next(each for each in messages(house) if each["data"]["kind"] == "digest")
    assert (len(house.effects("push.delivered")), digest["title"]) == (1, "30 tasks are due")
    assert digest["body"].splitlines()[0] == "Sea Room: Jacket approval, 1 day overdue"


def test_pn4_i_the_stand_in_is_reminded_while_the_approver_is_on_leave(house: Station) -> None:
    """By the address book."""
    devices(house, f"{APPROVER},stand_in,{STAND_IN},2026-06-01,2026-06-01\n")
    tasks(house, todo(due="2026-06-02"))
    house.run(DAG, seven(MONDAY))
    house.run(DAG, seven(MONDAY + timedelta(days=1)))
    assert told(house) == [("31", "0"), ("35", "1")]


def test_pn4_an_approver_who_is_the_manager_gets_one_message(house: Station) -> None:
    """Five days overdue."""
    house.seed("consonance", {"teamMembers": [member(6, "MANAGER", APPROVER)]})
    tasks(house, todo(due="2026-05-20"))
    house.run(DAG, seven(MONDAY))
    assert len(house.effects("push.delivered")) == 1


@pytest.mark.parametrize("manager", [APPROVER, None])
def test_pn4_where_nobody_is_the_manager_the_desk_hears(house: Station, manager: int | None) -> None:
    """Also of somebody who is their own."""
    house.seed("consonance", {"teamMembers": [member(1, "APPROVER", APPROVER, manager=manager)]})
    tasks(house, todo(due="2026-05-20"))
    house.run(DAG, seven(MONDAY))
    assert [person for person, _ in told(house)] == ["102", "31"]
    assert [rule for rule, _ in house.exceptions(DAG)] == (["N6"] if manager else [])


def test_pn4_a_role_that_nobody_holds_is_an_exception_and_no_reminder_is_lost(house: Station) -> None:
    """Neither in the team nor at the desk; the others of the target hear. Named there, it closes."""
    house.configure("deadline_reminders.yaml", "targets:\n  - {to: [assignee, SALES]}\n")
    tasks(house, todo(due="2026-06-02"))
    house.run(DAG, seven(MONDAY))
    assert (told(house), [rule for rule, _ in house.exceptions(DAG)]) == ([("31", "1")], ["N1"])
    house.seed("consonance", {"teamMembers": [member(7, "SALES", MAKER)]})
    house.run(DAG, seven(MONDAY + timedelta(days=1)))
    assert house.exceptions(DAG) == []


def test_pn4_a_year_that_is_a_slip_is_an_exception_and_the_rest_is_reminded(house: Station) -> None:
    """Due in 20266."""
    tasks(house, todo(1, due="20266-06-02"), todo(2, due="2026-06-02"))
    house.run(DAG, seven(MONDAY))
    assert told(house) == [("31", "1")]
    assert [subject for _, subject in house.exceptions(DAG)] == ["todo:1"]


def test_pn4_a_backfill_and_a_dry_run_remind_nobody(house: Station) -> None:
    """Old news; and a look at what would go."""
    tasks(house, todo(due="2026-06-02"))
    assert house.run(DAG, seven(MONDAY), {"dry_run": True}).state == "success"
    assert house.run(DAG, seven(MONDAY), backfill=True).state == "success"
    assert house.effects("push.") == []


def test_pn4_thirty_days_with_holidays_and_an_outage_remind_of_each_threshold_once(house: Station) -> None:
    """Over Easter and the change of the clocks; the messaging system is away for two days, and a missed threshold is told by the nearest one."""
    tasks(house, todo(1, due="2026-04-09"), todo(2, "Page proof review", due="2026-03-31", workId=10, assigneeId=EDITOR))
    for day in weekdays(date(2026, 3, 16), 30):
        moment = seven(day) + timedelta(hours=day < date(2026, 3, 29))
        if day == date(2026, 3, 26):
            house.fault("push", "status", value={"status": 503})
        if day == date(2026, 3, 30):
            house.mend()
            tasks(house, todo(2, "Page proof review", due="2026-03-31", workId=10, state="DONE", revision=2))
        house.run(DAG, moment)
    assert [(f"{each['on']:%m-%d}", each["person"], each["data"]["days"]) for each in messages(house)] == [
        ("03-20", "34", "7"),
        ("03-30", "31", "6"),
        ("04-02", "31", "3"),
        ("04-08", "31", "1"),
        ("04-09", "31", "0"),
        ("04-10", "31", "-1"),
        ("04-13", "31", "-2"),
        ("04-14", "31", "-3"),
        ("04-14", "33", "-3"),
    ]
