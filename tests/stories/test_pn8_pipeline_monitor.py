"""PN-8: managers hear of what stops publication, once, and that it is over."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, tell

from colophon.config.load import load_config
from colophon_sandbox.seeds.shelf import product, work

DAG, PEOPLE = "push__pipeline_monitor", "people"
NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
MANAGER, ABOVE, MAKER = 41, 103, 42
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
ISBN = "9781999000004"
WORK = work(9, "Sea Room", 1)
LANGUAGE = {"id": 1, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}
STAGES = ("Copyedit complete", "Proof approved", "Production complete")


def book(on: str = "2026-05-14", **more: Any) -> dict[str, Any]:
    """The hardback of the first work."""
    row = product(101, WORK, "BB", ISBN, publicationDate=on, onixPublishingStatusCode="02", onixProductAvailability="10")
    return {**row, "isForSaleWorldwide": False, "forSaleCountryCodes": ["GB", "DE"], "contentLanguages": [LANGUAGE], **more}


def todo(number: int, text: str, *, done: str = "", due: str = "2026-05-12", work_id: int = 9, revision: int = 1) -> dict[str, Any]:
    """A to-do, open where `done` is empty."""
    row = {"id": number, "workId": work_id, "description": text, "tags": [], "blockedBy": [], "assigneeId": MAKER, "dueOn": due}
    finished = {"completedOn": done[:10], "completedAt": done, "completedById": MAKER} if done else {}
    return {**row, **finished, "status": "DONE" if done else "OPEN", "revision": revision, "updatedAt": "2026-05-01T09:00:00Z"}


GRANT = {
    "id": 70,
    "contractId": 7,
    "workId": 9,
    "rightsType": "Volume",
    "exclusive": True,
    "formats": ["PRINT"],
    "languages": ["eng"],
    "territories": {"included": ["WORLD"], "excluded": []},
    "channels": ["*"],
    "startsOn": None,
    "expiresOn": None,
    **OLD,
}
CONTRACT = {
    "id": 7,
    "clientId": 1,
    "contractName": "Sea Room",
    "workId": 9,
    "signedDate": "2020-01-01",
    "term": None,
    "terminatedDate": None,
    "terminationReason": None,
    "deliveryDates": [],
    "licensedRights": [],
}


@pytest.fixture
def house(station: Station) -> Station:
    """A title that comes out in ten days, with all rights, and its manager."""
    people = [{"id": key, "__typename": "Person", "name": f"Person {key}"} for key in (MANAGER, ABOVE, MAKER)]
    team = [{**OLD, "id": 1, "workId": 9, "role": "MANAGER", "contactId": MANAGER, "managerId": None}]
    catalogue = {"imprints": [{"id": 1, "name": "Larkspur"}], "works": [WORK], "contacts": people, "teamMembers": team}
    station.seed("consonance", {**catalogue, "products": [book()], "contracts": [CONTRACT], "headGrants": [GRANT]})
    station.seed("consonance", {"todos": [todo(1, STAGES[0], done="2026-02-01T10:00:00Z"), todo(2, STAGES[2])]})
    rows = [f"{key},token,tok-ok-{key}" for key in (MANAGER, ABOVE, 102)]
    station.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))
    return station


def runs(house: Station, number: int, start: datetime, step: timedelta = QUARTER) -> None:
    """So many runs, each a quarter of an hour after the one before."""
    for n in range(number):
        run = house.run(DAG, start + step * n)
        assert run.state == "success", run.logs


def told(house: Station) -> list[tuple[str, str]]:
    """(person, title) of all that went, in the order of titles."""
    return sorted((message["person"], message["title"]) for message in messages(house))


def messages(house: Station) -> list[dict[str, Any]]:
    """What went to people."""
    with house.ledger() as ledger:
        rows = [row for row in ledger.all_of(DAG, PEOPLE) if row.state in {"sent", "confirmed"}]
        return [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]


def test_pn8_a_a_title_that_will_miss_its_day_is_told_once_and_taken_back_once(house: Station) -> None:
    """With date, formats, territories and the stage that holds it, at high priority; one run alone raises nothing."""
    runs(house, 1, NINE)
    assert told(house) == []
    runs(house, 6, NINE + QUARTER)
    assert told(house) == [("41", "Sea Room: will miss 14 May 2026")]
    (message,) = messages(house)
    assert message["body"] == "hardback 14 May 2026, GB, DE. Held at: Production complete, with Person 42."
    assert (message["pipeline"], message["data"]["publication"]) == (True, "2026-05-14")
    house.seed("consonance", {"todos": [todo(2, STAGES[2], done="2026-05-04T11:00:00Z", revision=2)]})
    runs(house, 5, NINE + timedelta(hours=2, minutes=5))
    assert told(house) == [("41", "All clear: Sea Room, release window"), ("41", "Sea Room: will miss 14 May 2026")]


def test_pn8_b_a_date_that_has_passed_is_told_once_and_to_those_above(house: Station) -> None:
    """Not published on its day."""
    runs(house, 3, NINE)
    for day in (11, 12, 13):
        runs(house, 3, NINE + timedelta(days=day))
    assert told(house) == [
        ("103", "Sea Room: has missed 14 May 2026"),
        ("41", "Sea Room: has missed 14 May 2026"),
        ("41", "Sea Room: will miss 14 May 2026"),
    ]


@pytest.mark.parametrize(
    ("away", "hear"), [("stand_in,102", ["102", "41"]), pytest.param("opted_out,yes", ["102", "41"], marks=pytest.mark.nightly)]
)
def test_pn8_b_while_somebody_above_is_away_another_hears(house: Station, away: str, hear: list[str]) -> None:
    """A stand-in, or where the person does not want to hear the desk; nobody twice."""
    people = (house.config / "people.csv").read_text(encoding="utf-8")
    house.configure("people.csv", f"{people}103,{away}\n")
    for day in (11, 12):
        runs(house, 2, NINE + timedelta(days=day))
    assert told(house) == [(person, "Sea Room: has missed 14 May 2026") for person in hear]


def pile(number: int) -> dict[str, list[dict[str, Any]]]:
    """So many titles that have waited for the copyeditor since March, each half a year before its day."""
    works = [work(100 + n, f"Title {n:02d}", 1) for n in range(number)]
    books = [product(200 + n, row, "BB", None, publicationDate="2027-03-11", onixPublishingStatusCode="02") for n, row in enumerate(works)]
    before = [todo(300 + n, "Editorial approval", done="2026-03-02T10:00:00Z", work_id=row["id"]) for n, row in enumerate(works)]
    return {"works": works, "products": books, "todos": before + [copyedit(n) for n in range(number)]}


def copyedit(n: int, done: str = "") -> dict[str, Any]:
    """The stage at which a title waits."""
    return todo(400 + n, STAGES[0], work_id=100 + n, due="2026-09-01", done=done, revision=2 if done else 1)


def test_pn8_c_a_stage_where_titles_pile_up_is_one_alert_and_clears(house: Station) -> None:
    """The ten worst by name; the eleventh title out and in again says nothing."""
    house.seed("consonance", {"products": [book("2026-12-14")]})
    house.seed("consonance", pile(11))
    runs(house, 3, NINE)
    ((person, title),) = told(house)
    assert (person, title) == ("102", "11 titles wait for copyedit complete")
    body = messages(house)[0]["body"]
    assert (body.count("11 March 2027"), "Title 09" in body, "Title 10" in body) == (10, True, False)
    house.seed("consonance", {"todos": [copyedit(0, "2026-05-04T10:00:00Z")]})
    runs(house, 6, NINE + timedelta(hours=2), HOUR)
    assert len(told(house)) == 1
    house.seed("consonance", {"todos": [copyedit(n, "2026-05-04T10:00:00Z") for n in (1, 2)]})
    runs(house, 6, NINE + timedelta(days=1), HOUR)
    assert told(house)[1:] == [("102", "All clear: copyedit complete, waiting titles")]


@pytest.mark.parametrize("ends", ["2026-05-10", "2026-06-01"])
def test_pn8_d_rights_that_are_late_name_territory_and_contract(house: Station, ends: str) -> None:
    """Gone on the day of publication, or soon after it."""
    house.seed("consonance", {"todos": [todo(2, STAGES[2], done="2026-05-04T08:00:00Z", revision=2)]})
    grants = [
        {**GRANT, "id": number, "territories": {"included": [country], "excluded": []}, "expiresOn": end}
        for number, country, end in ((70, "GB", None), (71, "DE", ends))
    ]
    house.seed("consonance", {"headGrants": [{**grant, "revision": 2} for grant in grants]})
    runs(house, 4, NINE)
    assert told(house) == [("41", "Sea Room: rights missing in DE")]
    (message,) = messages(house)
    assert message["body"].startswith("hardback 14 May 2026, GB, DE, in 10 days. Not to be sold in DE: ")
    assert "contract 7" in message["body"]
    assert message["pipeline"]


def test_pn8_e_what_goes_back_and_forth_is_not_told_three_times(house: Station) -> None:
    """In, out, in within a day: two messages; the last word comes a day after the first, for it is another one."""
    for number in range(3):
        start = NINE + timedelta(hours=2 * number)
        house.seed("consonance", {"todos": [todo(2, STAGES[2], revision=2 * number + 2)]})
        runs(house, 3, start)
        if number < 2:
            house.seed("consonance", {"todos": [todo(2, STAGES[2], done="2026-05-04T09:50:00Z", revision=2 * number + 3)]})
            runs(house, 3, start + timedelta(hours=1))
    assert len(told(house)) == 2
    runs(house, 2, NINE + timedelta(hours=25))
    titles = [title for _, title in told(house)]
    assert titles == ["All clear: Sea Room, release window"] + ["Sea Room: will miss 14 May 2026"] * 2


def test_pn8_f_a_moved_date_judges_anew(house: Station) -> None:
    """Moved to another near day: told with that one; moved far away: over."""
    runs(house, 3, NINE)
    house.seed("consonance", {"products": [book("2026-05-21")]})
    runs(house, 3, NINE + timedelta(hours=1))
    assert [title for _, title in told(house)] == ["Sea Room: will miss 14 May 2026", "Sea Room: will miss 21 May 2026"]
    house.seed("consonance", {"products": [book("2026-12-14")]})
    runs(house, 3, NINE + timedelta(days=1))
    assert len(told(house)) == 2
    runs(house, 2, NINE + timedelta(days=1, hours=5))
    assert told(house)[0] == ("41", "All clear: Sea Room, release window")


def test_pn8_g_a_day_on_which_nothing_changes_says_nothing(house: Station) -> None:
    """Every quarter of an hour for two hours, after the first word."""
    runs(house, 2, NINE)
    before = house.effects("push.delivered")
    runs(house, 8, NINE + timedelta(hours=1))
    assert (len(before), house.effects("push.delivered")) == (1, before)


def test_pn8_what_could_not_leave_and_is_over_is_not_told(house: Station) -> None:
    """The messaging system is down meanwhile: neither the alarm nor its all-clear arrives later."""
    house.fault("push", "status", value={"status": 503})
    house.run(DAG, NINE)
    assert house.run(DAG, NINE + QUARTER).state == "failed"
    house.mend()
    house.seed("consonance", {"todos": [todo(2, STAGES[2], done="2026-05-04T09:20:00Z", revision=2)]})
    runs(house, 4, NINE + 2 * QUARTER)
    assert told(house) == []


def test_pn8_trouble_wakes_people_and_that_it_is_over_waits_for_their_hours(house: Station) -> None:
    """The manager works in New York from nine, and what is urgent comes at five there."""
    people = (house.config / "people.csv").read_text(encoding="utf-8")
    house.configure("people.csv", f"{people}{MANAGER},zone,America/New_York\n{MANAGER},hours,09:00-17:00\n")
    house.configure("calendars.yaml", "default: us\ncalendars: {us: {tz: America/New_York, country: US}}\n")  # London is closed that day
    runs(house, 2, NINE)
    house.seed("consonance", {"todos": [todo(2, STAGES[2], done="2026-05-04T09:20:00Z", revision=2)]})
    runs(house, 3, NINE + HOUR)
    assert told(house) == [("41", "Sea Room: will miss 14 May 2026")]
    runs(house, 2, NINE + 4 * HOUR, HOUR)
    assert told(house) == [("41", "All clear: Sea Room, release window"), ("41", "Sea Room: will miss 14 May 2026")]


def test_pn8_a_day_that_moves_twice_before_anybody_hears_is_told_once(house: Station) -> None:
    """By the last of them."""
    house.run(DAG, NINE)
    for number, day in enumerate(("2026-05-19", "2026-05-21"), 1):
        house.seed("consonance", {"products": [book(day)]})
        house.run(DAG, NINE + number * QUARTER)
    runs(house, 3, NINE + 3 * QUARTER)
    assert told(house) == [("41", "Sea Room: will miss 21 May 2026")]


def test_pn8_who_is_the_manager_and_above_hears_once(house: Station) -> None:
    """In both roles."""
    house.seed("consonance", {"teamMembers": [{**OLD, "id": 1, "workId": 9, "role": "MANAGER", "contactId": ABOVE, "managerId": None}]})
    runs(house, 3, NINE + timedelta(days=11))
    assert told(house) == [("103", "Sea Room: has missed 14 May 2026")]


def test_pn8_a_title_in_any_script_arrives_whole_or_cut_between_signs(house: Station) -> None:
    """From right to left, with signs that are made of several, and long."""
    title = "\u05d9\u05dd \U0001f469\u200d\U0001f469\u200d\U0001f467 " + "Ma\u0308rchen " * 9
    house.seed("consonance", {"works": [{**WORK, "title": title}], "products": [book(fullTitle=title)]})
    runs(house, 2, NINE)
    ((_, said),) = told(house)
    assert said.endswith(": will miss 14 May 2026")
    assert title.startswith(said.partition("\u2026")[0].strip("\u2066\u2067\u2068\u2069 "))
    assert not said.partition("\u2026")[0].endswith(("\u200d", "a"))


def test_pn8_the_same_run_again_does_not_count_twice(house: Station) -> None:
    """Cleared and run again it is the same look, and raises nothing; a backfill and a dry run tell nobody either."""
    for _ in range(3):
        assert house.run(DAG, NINE).state == "success"
    assert house.run(DAG, NINE + QUARTER, {"dry_run": True}).state == "success"
    assert house.run(DAG, NINE + QUARTER, backfill=True).state == "success"
    assert told(house) == []


def test_pn8_a_month_of_publication_is_no_day_and_the_others_are_told(house: Station) -> None:
    """Nobody guesses the day: the record is an exception that names it, until somebody enters the last one of the month."""
    other, near = work(10, "Foxglove", 1), ("41", "Sea Room: will miss 14 May 2026")
    out = lambda on: {"products": [product(102, other, "BB", None, publicationDate=on, onixPublishingStatusCode="02")]}
    house.seed("consonance", {"works": [other], **out("2026-05"), "todos": [todo(3, STAGES[2], work_id=10)]})
    runs(house, 2, NINE)
    assert (told(house), house.exceptions(DAG)) == ([near], [("G7", "product:102")])
    house.seed("consonance", out("2026-05-31"))
    runs(house, 2, NINE + HOUR)
    assert (told(house), house.exceptions(DAG)) == ([("102", "Foxglove: will miss 31 May 2026"), near], [])


def test_pn8_cancelled_while_at_risk_clears(house: Station) -> None:
    """It does not come out any more."""
    runs(house, 2, NINE)
    house.seed("consonance", {"products": [book(onixPublishingStatusCode="01")]})
    runs(house, 2, NINE + timedelta(hours=1))
    assert told(house)[0] == ("41", "All clear: Sea Room, release window")


def test_pn8_an_account_that_tells_by_files_tells_the_same(house: Station) -> None:
    """To-dos, teams and rights come as reports."""
    tell(house, DOCUMENTED, as_of=NINE)
    runs(house, 3, NINE)
    assert told(house) == [("41", "Sea Room: will miss 14 May 2026")]


def test_pn8_working_days_are_those_of_the_imprints_calendar() -> None:
    """Weekends and the May bank holiday do not count, in either direction."""
    london, thursday, tuesday = load_config().calendars.of(None), date(2026, 4, 30), date(2026, 5, 5)
    assert (london.moved(thursday, 2), london.moved(tuesday, -2)) == (tuesday, thursday)
    assert all(london.working_days(thursday, london.moved(thursday, n)) == n for n in range(40))
