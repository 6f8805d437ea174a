"""PN-1: people hear of a title's critical stages, once, and of nothing else."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station

from colophon.blocks.notices import who
from colophon.config.files import SHIPPED
from colophon_sandbox.seeds.shelf import product, work

DAG, PEOPLE = "push__milestone_alerts", "people"
TEN = datetime(2026, 5, 4, 10, 5, tzinfo=UTC)
ELEVEN = TEN + timedelta(hours=1)
EDITOR, MAKER, DESIGNER, STRANGER = 31, 32, 33, 34
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
WORKS = [work(9, "Zoë’s “Sea” ✓", 1), work(10, "Foxglove", 1)]


def todo(number=1, text="Editorial approval", *, at="10:12", state="DONE", revision=2, seen="", **more: Any) -> dict[str, Any]:
    """A to-do of the first work, completed (or changed) at a minute of 4 May."""
    moment = f"2026-05-04T{seen or at}:00Z"
    done = {"completedOn": "2026-05-04", "completedAt": f"2026-05-04T{at}:00Z", "completedById": EDITOR} if state == "DONE" else {}
    row = {"id": number, "workId": 9, "description": text, "status": state, "tags": [], "blockedBy": [], "assigneeId": MAKER}
    return {**row, **done, "revision": revision, "updatedAt": moment, **more}


def member(number: int, role: str, who: int, work_id=9, **more: Any) -> dict[str, Any]:
    """Somebody in a team."""
    return OLD | {"id": number, "workId": work_id, "role": role, "contactId": who, "managerId": None, **more}


TEAM = [
    member(1, "EDITOR", EDITOR),
    member(2, "PRODUCTION_MANAGER", MAKER),
    member(3, "DESIGNER", DESIGNER),
    member(4, "EDITOR", STRANGER, 10),
]


@pytest.fixture
def house(station: Station) -> Station:
    """Two works with their teams; everybody has a phone and a browser; nothing has happened until five past ten."""
    contacts = [{"id": who, "__typename": "Person", "name": f"Person {who}"} for who in (EDITOR, MAKER, DESIGNER, STRANGER)]
    products = [product(101, WORKS[0], "BC", "9781999000004"), product(102, WORKS[1], "BC", "9781999000011")]
    catalogue = {"imprints": [{"id": 1, "name": "Larkspur"}], "works": WORKS, "contacts": contacts, "products": products}
    station.seed("consonance", {**catalogue, "teamMembers": TEAM})
    rows = [f"{who},token,tok-ok-{who}-{kind}" for who in (EDITOR, MAKER, DESIGNER, STRANGER) for kind in ("phone", "web")]
    station.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))
    assert station.run(DAG, TEN).state == "success"
    return station


def happens(house: Station, *todos: dict[str, Any]) -> None:
    """To-dos as they are from now on."""
    house.seed("consonance", {"todos": list(todos)})


def messages(house: Station) -> list[dict[str, Any]]:
    """What went to people, as they were told it."""
    with house.ledger() as ledger:
        rows = [row for row in ledger.all_of(DAG, PEOPLE) if row.state in {"sent", "confirmed"}]
        return [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]


def told(house: Station) -> list[str]:
    """Persons, each as often as something was said to it."""
    return sorted(message["person"] for message in messages(house))


def test_pn1_a_each_of_the_team_hears_once_on_phone_and_web(house: Station) -> None:
    """With title, stage, who, what is next, who owns that; and nobody of another title."""
    happens(house, todo(), todo(2, "Copyedit complete", state="OPEN", seen="09:00", blockedBy=[1], dueOn="2026-06-01"))
    run = house.twice(DAG, ELEVEN)
    assert (run.state, told(house)) == ("success", ["31", "32", "33"])
    message = messages(house)[0]
    assert message["title"] == "Zoë’s “Sea” ✓: editorial approval"
    assert message["body"] == (
        "Editorial approval was completed by Person 31. Next: Copyedit complete, with Person 32, due on 1 June 2026."
    )
    assert len(house.effects("push.delivered")) == 6  # two devices each


def test_pn1_b_undone_and_done_again_tells_again(house: Station) -> None:
    """At three, after it was undone at twelve."""
    happens(house, todo())
    house.run(DAG, ELEVEN)
    happens(house, todo(state="OPEN", seen="12:00", revision=3))
    house.run(DAG, TEN.replace(hour=13))
    assert told(house) == ["31", "32", "33"]
    happens(house, todo(at="15:00", revision=4))
    house.twice(DAG, TEN.replace(hour=16))
    assert told(house) == ["31", "31", "32", "32", "33", "33"]


def test_pn1_c_done_and_undone_within_one_window_tells_nobody(house: Station) -> None:
    """Only its last state was there to be seen."""
    happens(house, todo(), todo(state="OPEN", seen="10:30", revision=3))
    assert house.run(DAG, ELEVEN).state == "success"
    assert told(house) == []


def test_pn1_d_a_corrected_title_or_next_step_tells_nobody_again(house: Station) -> None:
    """The completion is the occurrence, and not the words."""
    happens(house, todo())
    house.run(DAG, ELEVEN)
    house.seed("consonance", {"works": [WORKS[0] | {"title": "Zoë’s Sea"}]})
    happens(house, todo(revision=3, seen="11:20"), todo(2, "Copyedit complete", state="OPEN", seen="11:20"))
    house.run(DAG, TEN.replace(hour=12))
    assert told(house) == ["31", "32", "33"]


def test_pn1_e_a_stage_that_is_not_listed_is_silent_and_counts_from_when_it_is(house: Station) -> None:
    """Put on the list, only completions from then on are told."""
    happens(house, todo(1, "Proof approved"))
    house.run(DAG, ELEVEN)
    house.configure("milestone_alerts.yaml", "stages: [proof_approved]\nroles: [EDITOR]\n")
    happens(house, todo(1, "Proof approved", seen="11:30", revision=3), todo(2, "Proof approved", at="11:40"))
    house.run(DAG, TEN.replace(hour=12))
    assert told(house) == ["31"]


def test_pn1_f_a_text_that_no_mapping_knows_is_one_exception(house: Station) -> None:
    """For all titles together, and nobody is told a guess."""
    happens(house, todo(1, "Boards stamped?"), todo(2, "Boards stamped?", workId=10))
    house.run(DAG, ELEVEN)
    assert [subject for _, subject in house.exceptions(DAG)] == ["to-do text:'Boards stamped?'"]
    assert told(house) == []


def test_pn1_f_a_task_that_a_system_entered_is_nobodys_text(house: Station) -> None:
    """Such as one of ours about a fault at a recipient: no mapping is to know each of them; one that reached a stage is told all the same."""
    happens(house, todo(1, "Cover art is missing: Foxglove", externalReference="pn6:1"), todo(2, externalReference="erp-7"))
    house.run(DAG, ELEVEN)
    assert house.exceptions(DAG) == []
    assert told(house) == ["31", "32", "33"]


def test_pn1_g_somebody_in_two_roles_hears_once(house: Station) -> None:
    """Editor and designer of the title."""
    house.seed("consonance", {"teamMembers": [member(3, "DESIGNER", EDITOR)]})
    happens(house, todo())
    house.run(DAG, ELEVEN)
    assert told(house) == ["31", "32"]


def test_pn1_h_a_calendar_entry_proves_nothing(house: Station) -> None:
    """An account whose to-dos come as a calendar of appointments alone: nobody is told, and that is said once, until a list tells more."""
    house.system("consonance").control("PATCH", "/settings", {"consonance": {"profile": "documented"}})
    (house.folder / "reports").mkdir()
    event = "BEGIN:VEVENT\nUID:1\nDTSTAMP:20260504T101200Z\nDTSTART:20260504T101200Z\nSUMMARY:Editorial approval [Foxglove]\nEND:VEVENT"
    calendar = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{event}\nEND:VCALENDAR\n"
    file = house.folder / "reports" / "todos.ics"
    file.write_text(calendar.replace("\n", "\r\n"), encoding="utf-8", newline="")
    team = house.folder / "reports" / "team.csv"
    team.write_text("Work ID,Role,Contact ID,Manager contact ID\n9,Editor,31,\n", encoding="utf-8")
    for report in (file, team):
        os.utime(report, (TEN.timestamp(), TEN.timestamp()))
    house.connect("consonance", reports_location=str(house.folder / "reports"))
    house.run(DAG, ELEVEN)
    assert (told(house), house.exceptions(DAG)) == ([], [("source_missing", "source:completed_to-dos")])
    house.system("consonance").control("PATCH", "/settings", {"consonance": {"profile": "extended"}})
    house.run(DAG, ELEVEN + timedelta(hours=1))
    assert house.exceptions(DAG) == []


def test_pn1_i_many_stages_at_once_are_one_digest(house: Station) -> None:
    """Twelve of one title in one minute, by a bulk edit."""
    happens(house, *(todo(number, "Copyedit complete", at="10:12") for number in range(1, 13)))
    house.twice(DAG, ELEVEN)
    assert len(house.effects("push.delivered")) == 6  # three people, two devices
    assert {message["title"] for message in messages(house) if message["data"]["kind"] == "digest"} == {"12 notices"}


def test_pn1_a_backfill_and_a_dry_run_tell_nobody(house: Station) -> None:
    """Old news; and a look at what would go."""
    happens(house, todo())
    assert house.run(DAG, ELEVEN, {"dry_run": True}).state == "success"
    assert house.run(DAG, ELEVEN, backfill=True).state == "success"
    assert told(house) == []


def test_pn1_what_could_not_leave_goes_later_and_what_was_undone_does_not(house: Station) -> None:
    """The messaging system is down for an hour; meanwhile one stage is undone."""
    happens(house, todo(), todo(2, "Copyedit complete", workId=10, assigneeId=STRANGER))
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, ELEVEN).state == "failed"
    house.mend()
    happens(house, todo(state="OPEN", seen="11:30", revision=3))
    house.twice(DAG, TEN.replace(hour=12))
    assert told(house) == ["34"]


def test_pn1_whoever_cannot_be_reached_is_an_exception_and_the_next_in_line_hears(house: Station) -> None:
    """The editor has no device: the desk of that role is told, and somebody has to mend it."""
    rows = [f"{who},token,tok-ok-{who}" for who in (MAKER, DESIGNER, 102)]
    house.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))
    happens(house, todo())
    house.run(DAG, ELEVEN)
    assert told(house) == ["102", "32", "33"]
    assert [rule for rule, _ in house.exceptions(DAG)] == ["N2"]


def test_pn1_the_manager_hears_for_whoever_cannot_be_reached_and_then_the_desk(house: Station) -> None:
    """An editor without a device; once the manager has none either, the desk hears. Mended, the exception closes."""
    people = lambda *names: house.configure(
        "people.csv", "\n".join(["person,kind,value", *(f"{who},token,tok-ok-{who}" for who in names), ""])
    )
    house.seed("consonance", {"teamMembers": [member(1, "EDITOR", EDITOR, managerId=STRANGER)]})
    people(MAKER, DESIGNER, STRANGER, 102)
    happens(house, todo())
    house.run(DAG, ELEVEN)
    assert told(house) == ["32", "33", "34"]
    people(MAKER, DESIGNER, 102)
    happens(house, todo(), todo(2, "Copyedit complete", at="11:30"))
    house.run(DAG, TEN.replace(hour=12))
    assert told(house) == ["102", "32", "32", "33", "33", "34"]
    assert [rule for rule, _ in house.exceptions(DAG)] == ["N2"]
    people(EDITOR, MAKER, DESIGNER, 102)
    happens(house, todo(), todo(2, "Copyedit complete", at="11:30"), todo(3, "Final proof release", at="12:30"))
    house.run(DAG, TEN.replace(hour=13))
    assert told(house) == ["102", "31", "32", "32", "32", "33", "33", "33", "34"]
    assert house.exceptions(DAG) == []


def test_pn1_who_has_left_hears_nothing_and_who_takes_over_does(house: Station) -> None:
    """The editor's last day was in April; another one began in May."""
    left, came = member(1, "EDITOR", EDITOR, endsOn="2026-04-30"), member(5, "EDITOR", STRANGER, startsOn="2026-05-01")
    house.seed("consonance", {"teamMembers": [left, came]})
    happens(house, todo())
    house.run(DAG, ELEVEN)
    assert told(house) == ["32", "33", "34"]


def test_pn1_an_account_that_tells_no_to_dos_is_no_green_run(house: Station) -> None:
    """Neither the API nor a report has them: one exception for operations, and the run is red."""
    house.system("consonance").control("PATCH", "/settings", {"consonance": {"profile": "documented"}})
    assert house.run(DAG, ELEVEN).state == "failed"
    assert [subject for _, subject in house.exceptions(DAG)] == ["consonance"]


@pytest.mark.parametrize(("again", "hear"), [("OPEN", []), ("DONE", ["32", "33", "34"]), ("", ["32", "33", "34"])])
def test_pn1_whoever_left_the_team_meanwhile_does_not_hear_what_could_not_leave(house: Station, again: str, hear: list[str]) -> None:
    """The messaging system is down for an hour; meanwhile another editor takes over, and the stage is undone, touched once more, or left as it is."""
    happens(house, todo())
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, ELEVEN).state == "failed"
    house.mend()
    house.seed("consonance", {"teamMembers": [member(1, "EDITOR", STRANGER, revision=2, updatedAt="2026-05-04T11:30:00Z")]})
    happens(house, *([todo(state=again, seen="11:30", revision=3)] if again else []))
    house.twice(DAG, TEN.replace(hour=12))
    assert told(house) == hear


def test_pn1_what_waits_goes_under_no_other_name(house: Station) -> None:
    """The to-do turns out to be of another stage before anybody was told."""
    happens(house, todo())
    house.fault("push", "status", value={"status": 503})
    house.run(DAG, ELEVEN)
    house.mend()
    happens(house, todo(1, "Proof approved", seen="11:30", revision=3))
    house.twice(DAG, TEN.replace(hour=12))
    assert told(house) == []


def test_pn1_an_exception_about_to_dos_stays_until_it_is_mended(house: Station) -> None:
    """An hour in which nothing changes mends nothing. A to-do that is read again is; a text once a morning has looked at all there is."""
    happens(house, todo(1, ""), todo(2, "Boards stamped?"))
    for hours in (0, 1):
        house.run(DAG, ELEVEN + timedelta(hours=hours))
        assert house.exceptions(DAG) == [("G7", "todo:1"), ("milestone_unmapped", "to-do text:'Boards stamped?'")]
    happens(house, todo(1, seen="12:20", at="10:12", revision=3))
    for hours in (2, 20):
        house.run(DAG, ELEVEN + timedelta(hours=hours))
        assert [rule for rule, _ in house.exceptions(DAG)] == ["milestone_unmapped"]
    mapping = (SHIPPED / "milestones.yaml").read_text(encoding="utf-8")
    house.configure("milestones.yaml", mapping.replace("ordinary: [", "ordinary: [Boards stamped?, "))
    house.run(DAG, ELEVEN + timedelta(hours=44))
    assert (house.exceptions(DAG), told(house)) == ([], [])


def test_pn1_a_digest_says_nothing_that_its_reader_has_heard(house: Station) -> None:
    """The messaging system breaks off after one person's digest; by the next run there is a thirteenth stage, the only news to that person.

    Of the second one's digest nobody knows whether it went, and it is not repeated; the third one's takes the new stage in.
    """
    stages = [todo(number, "Copyedit complete") for number in range(1, 13)]
    happens(house, *stages)
    house.fault("push", "status", value={"status": 503}, skip=2)
    assert house.run(DAG, ELEVEN).state == "failed"
    house.mend()
    happens(house, *stages, todo(13, "Copyedit complete", at="11:12"))
    house.twice(DAG, TEN.replace(hour=12))
    digests = sorted((message["person"], message["title"]) for message in messages(house) if message["data"]["kind"] == "digest")
    assert digests == [("31", "12 notices"), ("33", "13 notices")]


def test_pn1_a_digest_that_waits_loses_nothing_when_one_of_its_stages_is_undone(house: Station) -> None:
    """It tells of two titles, and only one of them changes before it can leave: what it said of the other one is told all the same."""
    house.seed("consonance", {"teamMembers": [member(4, "EDITOR", EDITOR, 10)]})
    first = [todo(number, "Copyedit complete") for number in range(1, 7)]
    happens(house, *first, *(todo(number, "Copyedit complete", workId=10) for number in range(7, 13)))
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, ELEVEN).state == "failed"
    house.mend()
    happens(house, todo(1, "Copyedit complete", state="OPEN", seen="11:30", revision=3))
    house.twice(DAG, TEN.replace(hour=12))
    with house.ledger() as ledger:
        states = {
            row.subject.partition("/")[2]: row.state for row in ledger.all_of(DAG, PEOPLE) if row.subject.startswith(who(str(EDITOR)))
        }
    assert {name: state for name, state in states.items() if not name.startswith("digest")} == {
        f"todo:{number}/copyedit_complete": "withdrawn" if number == 1 else "confirmed" for number in range(1, 13)
    }


def wish(number: int, who: int, name: str, value: str) -> dict[str, Any]:
    """A contact's field in Consonance."""
    return OLD | {"id": number, "contactId": who, "name": name, "value": value, "observedAt": "2026-04-01T10:00:00Z"}


def test_pn1_who_opted_out_hears_nothing_also_of_what_was_planned(house: Station) -> None:
    """The messaging system is down; meanwhile the editor opts out. The manager hears of what comes, and the exception says why."""
    house.seed("consonance", {"teamMembers": [member(1, "EDITOR", EDITOR, managerId=STRANGER)]})
    happens(house, todo())
    house.fault("push", "status", value={"status": 503})
    house.run(DAG, ELEVEN)
    house.mend()
    house.seed("consonance", {"contactFields": [wish(1, EDITOR, "OPTED_OUT", "true")]})
    happens(house, todo(), todo(2, "Copyedit complete", at="11:30"))
    house.twice(DAG, TEN.replace(hour=12))
    assert "31" not in told(house)
    assert [message["person"] for message in messages(house)].count("34") == 2
    assert [rule for rule, _ in house.exceptions(DAG)] == ["N3"]


def test_pn1_each_hears_in_their_language_and_by_mail_who_has_no_device(house: Station) -> None:
    """The designer reads German, by Consonance; the editor has no device and an address in Consonance alone."""
    rows = [f"{who},token,tok-ok-{who}" for who in (MAKER, DESIGNER)]
    house.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))
    house.connect("opentext_push", fallback_channel="email")
    fields = [wish(1, DESIGNER, "LANGUAGE", "ger"), wish(2, EDITOR, "EMAIL", "e@example.org")]
    house.seed("consonance", {"contactFields": fields})
    happens(house, todo())
    house.twice(DAG, ELEVEN)
    said = {message["person"]: message["title"] for message in messages(house)}
    assert said["33"] == "Zoë’s “Sea” ✓: Freigabe des Lektorats"
    assert (len(house.effects("email.delivered")), house.exceptions(DAG)) == (1, [])


def test_pn1_a_wish_that_cannot_be_read_is_an_exception_and_the_others_hear(house: Station) -> None:
    """An opt-out that is neither true nor false."""
    house.seed("consonance", {"contactFields": [wish(1, DESIGNER, "OPTED_OUT", "maybe")]})
    happens(house, todo())
    house.run(DAG, ELEVEN)
    assert [subject for _, subject in house.exceptions(DAG)] == ["contact_field:1"]
    assert {"31", "32"} <= set(told(house))


def test_pn1_nobody_is_disturbed_outside_of_their_hours(house: Station) -> None:
    """The designer works in New York from nine: what happens at ten in London is told there at nine, and once; so is what follows before."""
    rows = [f"{who},token,tok-ok-{who}" for who in (EDITOR, MAKER, DESIGNER)]
    house.configure("people.csv", "\n".join(["person,kind,value", *rows, "33,zone,America/New_York", "33,hours,09:00-17:00", ""]))
    house.configure("calendars.yaml", "default: us\ncalendars: {us: {tz: America/New_York, country: US}}\n")  # London is closed that day
    happens(house, todo())
    heard = []
    for hour in (11, 12, 13, 14):
        house.twice(DAG, TEN.replace(hour=hour))
        heard.append(told(house).count("33"))
        if hour == 11:
            happens(house, todo(), todo(2, "Copyedit complete", at="11:30"))
    assert heard == [0, 0, 2, 2]
    assert told(house) == ["31", "31", "32", "32", "33", "33"]


def test_pn1_what_is_undone_and_done_again_while_somebody_is_off_is_told_once_there(house: Station) -> None:
    """The designer in New York has not heard of the first time, and the others hear of both."""
    rows = [f"{who},token,tok-ok-{who}" for who in (EDITOR, MAKER, DESIGNER)]
    house.configure("people.csv", "\n".join(["person,kind,value", *rows, "33,zone,America/New_York", "33,hours,09:00-17:00", ""]))
    house.configure("calendars.yaml", "default: us\ncalendars: {us: {tz: America/New_York, country: US}}\n")  # London is closed that day
    for hour, task in enumerate((todo(), todo(state="OPEN", seen="11:30", revision=3), todo(at="12:30", revision=4)), 11):
        happens(house, task)
        house.run(DAG, TEN.replace(hour=hour))
    house.twice(DAG, TEN.replace(hour=14))
    assert told(house) == ["31", "31", "32", "32", "33"]


def test_pn1_who_opts_out_hears_nothing_of_a_digest_that_was_planned(house: Station) -> None:
    """Neither it nor what it carries; the others get theirs."""
    happens(house, *(todo(number, "Copyedit complete") for number in range(1, 13)))
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, ELEVEN).state == "failed"
    house.mend()
    house.seed("consonance", {"contactFields": [wish(1, DESIGNER, "OPTED_OUT", "true")]})
    house.twice(DAG, TEN.replace(hour=12))
    assert set(told(house)) == {"31", "32"}
    assert len(house.effects("push.delivered")) == 4  # on phone and web


@pytest.mark.nightly
def test_pn1_what_could_not_leave_in_somebodys_hours_waits_for_the_next_ones(house: Station) -> None:
    """The messaging system is down all day and back in the evening, when nobody in New York is at work."""
    rows = [f"{who},token,tok-ok-{who}" for who in (EDITOR, MAKER, DESIGNER)]
    house.configure("people.csv", "\n".join(["person,kind,value", *rows, "33,zone,America/New_York", "33,hours,09:00-10:00", ""]))
    house.configure("calendars.yaml", "default: us\ncalendars: {us: {tz: America/New_York, country: US}}\n")  # London is closed that day
    happens(house, todo())
    house.fault("push", "status", value={"status": 503})
    for hour in (11, 13):
        assert house.run(DAG, TEN.replace(hour=hour)).state == "failed"
    house.mend()
    house.run(DAG, TEN.replace(hour=17))
    assert told(house) == ["31", "32"]
    house.twice(DAG, TEN.replace(day=5, hour=13))
    assert told(house) == ["31", "32", "33"]
