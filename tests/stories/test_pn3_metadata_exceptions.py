"""PN-3: the metadata specialist hears of faults that keep titles back, before the night and once; and of the same as the night finds."""

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, tell

from colophon.quality.catalogue import catalogue
from colophon_airflow.operators.decide import REMEMBERED
from colophon_sandbox import seeds
from colophon_sandbox.seeds.shelf import person

DAG, NIGHTLY, PEOPLE = "push__metadata_exceptions", "xconnector__metadata_syndication", "people"
NIGHT = datetime(2026, 5, 4, 1, tzinfo=UTC)
MORNING = NIGHT.replace(hour=8, minute=20)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPECIALIST, DESK = 41, 102
HOUSE = seeds.catalogue(40, 7)["consonance"]
NUMBER = HOUSE["works"][0]["id"]
OLD = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}


def house_of(works: set[int]) -> dict[str, Any]:
    """Some works of the catalogue, with their products and rights."""
    kept = {name: HOUSE[name] for name in ("imprints", "series", "contacts")}
    kept |= {name: [row for row in HOUSE[name] if row["workId"] in works] for name in ("products", "contracts", "headGrants")}
    return {**kept, "works": [row for row in HOUSE["works"] if row["id"] in works], "rightsDeals": []}


def book(form: str = "BB") -> dict[str, Any]:
    """A format of the first work."""
    return next(row for row in HOUSE["products"] if row["workId"] == NUMBER and row["onix21ProductFormCode"] == form)


def member(number: int, work_id: int, contact_id: int = SPECIALIST) -> dict[str, Any]:
    """The specialist of a work."""
    row = {"id": number, "workId": work_id, "role": "METADATA_SPECIALIST", "contactId": contact_id, "managerId": None}
    return {**OLD, **row, "startsOn": None, "endsOn": None}


@pytest.fixture
def house(station: Station) -> Station:
    """One work in three formats that went out last night, without a fault; and its specialist."""
    furnish(station, {NUMBER})
    return station


def furnish(station: Station, works: set[int]) -> None:
    """So many works for three recipients; the specialist and the desk have phones."""
    station.only("erp-json", "kobo", "retailer-plain")
    station.seed("consonance", house_of(works))
    station.seed("consonance", {"contacts": [person(key, f"Person {key}") for key in (SPECIALIST, 43)]})
    station.seed("consonance", {"teamMembers": [member(number, work) for number, work in enumerate(sorted(works), 1)]})
    rows = [f"{key},token,tok-ok-{key}" for key in (SPECIALIST, DESK, 43)]
    station.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))
    assert station.run(NIGHTLY, NIGHT).state == "success"
    assert station.run(DAG, MORNING).state == "success"


def edit(house: Station, row: dict[str, Any], **changes: Any) -> None:
    """Somebody edits a product."""
    house.seed("consonance", {"products": [{**row, **changes, "updatedAt": f"{house.now:%Y-%m-%dT%H:%M:%SZ}"}]})


def messages(house: Station, *kinds: str) -> list[dict[str, Any]]:
    """What went to people, by the kinds of its data, as it was told."""
    with house.ledger() as ledger:
        rows = [row for row in ledger.all_of(DAG, PEOPLE) if row.state in {"sent", "confirmed"}]
        found = [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]
    return [message for message in found if not kinds or message["data"]["kind"] in kinds]


def named(house: Station) -> set[tuple[str, str, str, str]]:
    """What the last run names as kept back: subject, rule, field, recipient."""
    with house.ledger() as ledger:
        memory = (ledger.memory.get(f"{REMEMBERED}{DAG}") or ({},))[0]
    return {
        (subject, fault["rule"], fault["field"], recipient)
        for subject, row in memory.items()
        for fault in row["faults"].values()
        for recipient in fault["blocks"]
    }


def kept_back(house: Station) -> set[tuple[str, str, str, str]]:
    """What the nightly feed keeps back."""
    rules = {rule.id for rule in catalogue()}
    with house.ledger() as ledger:
        rows = ledger.exceptions.open(use_case=NIGHTLY, limit=10_000)
        return {(row.subject, row.rule, row.field, row.destination) for row in rows if row.rule in rules}


def mains(*codes: str) -> list[dict[str, Any]]:
    """Thema subjects, each of them a main one."""
    return [{"scheme": "THEMA", "code": code, "description": None, "main": True} for code in codes]


def edit_work(house: Station, number: int = NUMBER, **changes: Any) -> None:
    """Somebody edits a work, and with it its products."""
    house.seed("consonance", {"works": [{**next(row for row in HOUSE["works"] if row["id"] == number), **changes}]})
    for row in [row for row in HOUSE["products"] if row["workId"] == number]:
        edit(house, row)


NO_PRICE: dict[str, Any] = {"prices": []}
TWO_MAIN = {"subjectCodes": [*mains("FBA", "FBC"), *(row for row in HOUSE["works"][0]["subjectCodes"] if row["scheme"] != "THEMA")]}


def test_pn3_a_a_title_that_goes_out_tonight_is_told_once_with_all_its_faults(house: Station) -> None:
    """Title, ISBN, both fields, the recipients that do not get it and a link; the next hour says nothing."""
    edit_work(house, **TWO_MAIN)
    edit(house, book(), **NO_PRICE)
    house.twice(DAG, MORNING + HOUR)
    message = next(each for each in messages(house, "metadata_faults") if each["data"]["isbn"] == book()["isbn13"])
    assert (message["person"], message["title"]) == (str(SPECIALIST), "Three Formats and One Story: 2 faults")
    assert message["body"].startswith(f"{book()['isbn13']}: MainSubject is ")
    assert "Price is" in message["body"]
    assert message["body"].endswith("Blocks the nightly feed to erp-json, retailer-plain.")
    assert message["link"] == f"https://web.consonance.app/works/{NUMBER}"
    assert "pipeline" not in message


def test_pn3_b_a_mended_fault_and_a_new_one_tell_the_new_one_alone(house: Station) -> None:
    """In one hour."""
    edit(house, book(), **NO_PRICE)
    house.run(DAG, MORNING + HOUR)
    edit(house, book(), isbn13="9781999000005")
    house.run(DAG, MORNING + 2 * HOUR)
    edit(house, book())
    edit_work(house, **TWO_MAIN)
    house.run(DAG, MORNING + 3 * HOUR)
    of_book = [message["data"]["rules"] for message in messages(house) if message["data"]["isbn"] == book()["isbn13"]]
    assert of_book == ["S14", "D9"]


def test_pn3_c_what_is_open_next_morning_is_in_one_digest_oldest_first(house: Station) -> None:
    """With days open, once a day."""
    edit(house, book(), **NO_PRICE)
    house.run(DAG, MORNING + HOUR)
    house.run(NIGHTLY, NIGHT + DAY)
    edit(house, book("BC"), **NO_PRICE)
    house.run(DAG, MORNING + DAY)
    house.run(NIGHTLY, NIGHT + 2 * DAY)
    house.twice(DAG, MORNING + 2 * DAY)
    digests = sorted(messages(house, "digest"), key=lambda message: int(message["data"]["count"]))
    assert [message["title"] for message in digests] == ["1 title with open faults", "2 titles with open faults"]
    assert digests[1]["body"].splitlines() == [
        f"{days}: Three Formats and One Story ({book(form)['isbn13']}): Price (S14)" for days, form in (("2 days", "BB"), ("1 day", "BC"))
    ]
    assert len(house.effects("push.delivered")) == 4


@pytest.mark.parametrize(("all_clear", "said"), [(False, []), (True, ["All clear: Three Formats and One Story, metadata"])])
def test_pn3_d_what_is_mended_closes_by_itself(house: Station, all_clear: bool, said: list[str]) -> None:
    """And says so where the publisher wants it."""
    house.configure("metadata_exceptions.yaml", f"desk: {{METADATA_SPECIALIST: ['{DESK}']}}\nall_clear: {str(all_clear).lower()}\n")
    edit(house, book(), **NO_PRICE)
    house.run(DAG, MORNING + HOUR)
    edit(house, book())
    house.twice(DAG, MORNING + 2 * HOUR)
    assert [message["title"] for message in messages(house, "all_clear")] == said
    house.run(DAG, MORNING + DAY)
    assert (named(house), messages(house, "digest")) == (set(), [])


def test_pn3_e_the_same_fault_on_many_titles_is_one_message_with_count_and_list(station: Station) -> None:
    """A slip that goes through a whole series."""
    works = {row["id"] for row in HOUSE["works"][:8]}
    furnish(station, works)
    before = len(station.effects("push.delivered"))
    for number in works:
        edit_work(station, number, subjectCodes=mains("FBA", "FBC"))
    station.twice(DAG, MORNING + HOUR)
    digest = messages(station, "digest")[-1]
    assert len(station.effects("push.delivered")) == before + 1
    assert digest["title"].endswith("titles with new faults")
    assert int(digest["data"]["count"]) > 5
    assert "MainSubject (D9)" in digest["body"].splitlines()[0]


@pytest.mark.parametrize("days", [5, pytest.param(30, marks=pytest.mark.nightly)])
def test_pn3_f_over_thirty_days_it_names_exactly_what_the_nightly_feed_keeps_back(station: Station, days: int) -> None:
    """Each evening the same subjects, rules, fields and recipients as the feed of that night; edits at random, a DST change among the days."""
    chance, first = Random(7), datetime(2026, 10, 10, 18, 20, tzinfo=UTC)
    works = sorted(row["id"] for row in HOUSE["works"][:2])
    station.clock(datetime(2026, 10, 9, 1, tzinfo=UTC))
    furnish_at(station, set(works), first - DAY)
    rows = [row for row in HOUSE["products"] if row["workId"] in works]
    kinds: list[dict[str, Any]] = [
        NO_PRICE,
        {},
        {"isbn13": "9781999000005"},
        {"allowOnixExports": False},
        {"publicationDate": "2027-01-01"},
    ]
    seen = set[tuple[str, str, str, str]]()
    for day in range(days):
        evening = first + day * DAY
        station.clock(evening - timedelta(minutes=chance.randrange(30, 600)))
        for row in chance.sample(rows, 2):
            edit(station, row, **chance.choice(kinds))
        if day % 7 == 3:
            edit_work(station, chance.choice(works), subjectCodes=chance.choice([mains("FBA", "FBC"), mains("FBA")]))
        assert station.run(DAG, evening).state == "success"
        before = named(station)
        assert station.run(NIGHTLY, evening.replace(hour=2, minute=0) + DAY).state == "success"
        assert before == kept_back(station), f"on {evening:%Y-%m-%d}"
        seen |= before
    assert len({rule for _, rule, _, _ in seen}) >= min(3, days // 5)


def furnish_at(station: Station, works: set[int], moment: datetime) -> None:
    """As `furnish`, on another day, and with contracts that still hold then."""
    house = house_of(works)
    station.seed("consonance", {**house, "contracts": [{**row, "term": None} for row in house["contracts"]]})
    rows = [f"{key},token,tok-ok-{key}" for key in (SPECIALIST, DESK)]
    station.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))
    assert station.run(NIGHTLY, moment).state == "success"


@pytest.mark.parametrize(("desks", "hears"), [("{Larkspur: [43]}", "43"), ("{Another: [43]}", str(DESK))])
def test_pn3_g_without_a_specialist_the_imprints_desk_hears_then_operations(house: Station, desks: str, hears: str) -> None:
    """The specialist has left."""
    imprint = next(row["name"] for row in HOUSE["imprints"] if row["id"] == HOUSE["works"][0]["imprintId"])
    text = f"desk: {{METADATA_SPECIALIST: ['{DESK}']}}\nimprint_desks: {desks.replace('Larkspur', json.dumps(imprint))}\n"
    house.configure("metadata_exceptions.yaml", text)
    house.seed("consonance", {"teamMembers": [{**member(1, NUMBER), "endsOn": "2026-05-01", "revision": 2}]})
    edit(house, book(), **NO_PRICE)
    house.run(DAG, MORNING + HOUR)
    assert [message["person"] for message in messages(house)] == [hears]


def test_pn3_h_what_is_incomplete_is_told_near_publication_and_drops_out_when_the_day_moves(house: Station) -> None:
    """No extent 100 days before: told; moved to next year: gone from the digest."""
    on = date(2026, 5, 4) + 100 * DAY
    coming = {"onixPublishingStatusCode": "02", "onixProductAvailability": "10", "approximatePageCount": None}
    for row in [row for row in HOUSE["products"] if row["workId"] == NUMBER and row is not book()]:
        edit(house, row, allowOnixExports=False)
    edit(house, book(), publicationDate=on.isoformat(), **coming)
    house.run(DAG, MORNING + HOUR)
    assert [(message["data"]["rules"], "Blocks nothing yet." in message["body"]) for message in messages(house)] == [("D5", True)]
    edit(house, book(), publicationDate=(on + 200 * DAY).isoformat(), **coming)
    house.run(DAG, MORNING + 2 * HOUR)
    house.run(DAG, MORNING + DAY)
    assert messages(house, "digest") == []


def test_pn3_what_could_not_leave_and_is_mended_is_not_told(house: Station) -> None:
    """The messaging system is down for an hour; meanwhile one of two faults is mended."""
    edit(house, book(), **NO_PRICE)
    edit(house, book("BC"), **NO_PRICE)
    house.fault("push", "status", value={"status": 503})
    assert house.run(DAG, MORNING + HOUR).state == "failed"
    house.mend()
    edit(house, book())
    house.twice(DAG, MORNING + 2 * HOUR)
    assert [message["data"]["isbn"] for message in messages(house)] == [book("BC")["isbn13"]]


def test_pn3_the_gate_enters_nothing_for_the_nightly_feed(house: Station) -> None:
    """It only asks: no delivery, no exception and no watermark of the feed changes."""
    with house.ledger() as ledger:
        before = [ledger.counts(NIGHTLY), ledger.exceptions.open(use_case=NIGHTLY), ledger.memory.get_each("rights_planned_by:")]
    edit(house, book(), **NO_PRICE)
    assert house.run(DAG, MORNING + HOUR, {"dry_run": True}).state == "success"
    assert house.run(DAG, MORNING + HOUR).state == "success"
    with house.ledger() as ledger:
        after = [ledger.counts(NIGHTLY), ledger.exceptions.open(use_case=NIGHTLY), ledger.memory.get_each("rights_planned_by:")]
    assert after == before


def test_pn3_an_account_that_tells_by_files_tells_the_same(house: Station) -> None:
    """Rights and teams come as reports."""
    tell(house, DOCUMENTED, as_of=MORNING + HOUR, without=["supplement.csv"])
    edit(house, book(), **NO_PRICE)
    house.twice(DAG, MORNING + HOUR)
    assert [(message["person"], message["data"]["rules"]) for message in messages(house)] == [(str(SPECIALIST), "S14")]
