"""EX-5: each person hears of a launch what is true, on its day, once; and is corrected when it is true no more."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from letter_house import AUTHOR, OLD, field, furnish, letters
from reader_house import fresh, listed
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.config.load import load_config
from colophon.errors import BadConfigError
from colophon_sandbox.seeds.shelf import organisation

DAG, SHOP, FRENCH = "exstream__launch_communications", 61, 62
OUT = date(2027, 3, 1)
PLAN = """id: {id}
version: "1"
until: 30
steps:
  - {{id: retailer_notice, at: -90, template: trade, to: partners, late: send}}
  - {{id: advance, at: -30, template: notice, to: contributors, late: {late}, max_late: 40}}
  - {{id: reminder, at: -7, template: trade, to: partners, late: skip}}
  - {{id: launch, at: 0, template: notice, to: contributors, late: send}}
  - {{id: follow_up, at: 14, template: trade, to: partners, late: skip}}
"""


def day(before: int) -> datetime:
    """Eight in London, so many days before the 1st of March (below 0: after it)."""
    return datetime(OUT.year, OUT.month, OUT.day, 8, tzinfo=UTC) - timedelta(days=before)


def plan(house: Station, name: str = "standard", late: str = "skip", text: str = PLAN) -> None:
    """A plan's file."""
    house.configure(f"launch_plans/{name}.yaml", text.format(id=name, late=late))


def title(house: Station, **changed: Any) -> None:
    """Both formats are like this from now on; `isbn` narrows it to one."""
    rows = house.sandbox.systems["consonance"].records.table("products").values()
    only = changed.pop("isbn", None)
    house.seed("consonance", {"products": [{**row, **changed} for row in rows if row["workId"] == 9 and only in {None, row["isbn13"]}]})


def hold(house: Station, *, held: bool) -> None:
    """The launch is held, or let go; an account that tells by files says so in a file."""
    listed(house, "launch", ("Work ID", "Stage", "On hold"), [("9", "ANNOUNCED", "Yes" if held else "No")])
    row = OLD | {"id": 5, "workId": 9, "stageCode": "ANNOUNCED", "stageSince": "2026-04-01", "onHold": held, "holdReason": "cover"}
    house.seed("consonance", {"launches": [{**row, "revision": 2 + held}]})


def on(house: Station, *before: int, **form: Any) -> None:
    """The mornings of some days, each with files of that night."""
    for each in before:
        fresh(house, day(each))
        house.run(DAG, day(each), form)


@pytest.fixture
def house(station: Station) -> Station:
    """Sea Room, out on 1 March in paperback and e-book; a shop in Britain, and one in France that may not sell it."""
    furnish(station, published=f"{OUT}", roles=((AUTHOR, "A01"),))
    title(station, onixPublishingStatusCode="02")
    deal = {**OLD, "id": 1, "workId": 9, "licenseeId": FRENCH, "rightsType": "Translation", "status": "SIGNED", "exclusive": True}
    deal |= {"territories": {"included": ["FR"], "excluded": []}, "channels": ["*"], "languages": ["*"], "formats": ["PAPERBACK", "EBOOK"]}
    station.seed("consonance", {"rightsDeals": [deal], "contacts": [organisation(SHOP, "The Shop"), organisation(FRENCH, "La Librairie")]})
    for shipped in (station.config / "partners").iterdir():
        shipped.unlink()
    for name, who, country in (("shop", SHOP, "GB"), ("librairie", FRENCH, "FR")):
        text = f"id: {name}\nname: {name}\nkind: retailer\ncontacts: [{who}]\nlanguage: eng\ncountry: {country}\nterritories: [{country}]\nsale_channel: retail\n"
        station.configure(f"partners/{name}.yaml", text)
    plan(station)
    return station


def told(house: Station) -> list[tuple[str, str, str]]:
    """Whom messages told what, with which date, in the order of days; what travels in them is no message."""
    found = []
    for kind in ("trade", "notice"):
        with house.ledger() as ledger:
            when = {row.subject: row.as_of for row in ledger.newest(DAG, kind)}
        for each in letters(house, DAG, kind):
            if isinstance(each, dict) and "Data" in each and each["state"] not in {"planned", "unknown"}:
                who = each["subject"].partition("/")[0].removeprefix("contact:")
                found += [(when[each["subject"]], who, part["Part"], part["Date"]) for part in each["Data"]["Parts"]]
    return [row[1:] for row in sorted(found)]


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_ex5_a_each_step_goes_on_its_day_by_channel_and_audience(house: Station, account: str) -> None:
    """The day before, nothing; the day itself, once. The shop in France has no rights and hears nothing (f)."""
    for before in (91, 90, 31, 30, 7, 0, -14, -15):
        tell(house, account, as_of=day(before))
        run = house.twice(DAG, day(before)) if before in {90, 0} else house.run(DAG, day(before))
        assert run.state == "success", run.error
    shop, author, on = str(SHOP), str(AUTHOR), f"{OUT}"
    assert told(house) == [
        (shop, "retailer_notice", on),
        (author, "advance", on),
        (shop, "reminder", on),
        (author, "launch", on),
        (shop, "follow_up", on),
    ]


def test_ex5_b_a_moved_date_moves_what_has_not_gone_and_corrects_what_has_once_each(house: Station) -> None:
    """From 1 March to 15 April on 10 February: the notice and the advance letter had gone."""
    for before in (90, 30):
        house.run(DAG, day(before))
    title(house, publicationDate="2027-04-15")
    for before in (19, 18, 7, 0, -15, -38, -45):
        house.run(DAG, day(before))
    shop, author, new = str(SHOP), str(AUTHOR), "2027-04-15"
    corrected = [(shop, "correction", new), (author, "correction", new)]
    assert sorted(told(house)[2:4]) == sorted(corrected)
    assert told(house)[4:] == [(shop, "reminder", new), (author, "launch", new)]


def test_ex5_b_moved_twice_the_correction_starts_from_the_date_told_last(house: Station) -> None:
    """The one between, which could not leave, is told to nobody; and back to the first date needs no word."""
    house.run(DAG, day(90))
    house.fault("exstream", "status", "*/oauth2/token", skip=1, value={"status": 503})
    title(house, publicationDate="2027-04-15")
    house.run(DAG, day(60))
    house.mend()
    title(house, publicationDate=f"{OUT}")
    house.run(DAG, day(59))
    assert [part for _, part, _ in told(house)] == ["retailer_notice"]


@pytest.mark.parametrize(("late", "goes"), [("send", True), ("skip", False), ("ask", False)])
def test_ex5_c_on_hold_nothing_goes_and_released_the_plan_resumes(house: Station, late: str, goes: bool) -> None:
    """The advance letter was missed by 20 days: as its step says. Somebody who is asked sends it by the form."""
    plan(house, late=late)
    house.run(DAG, day(90))
    hold(house, held=True)
    on(house, 30, 20)
    assert [part for _, part, _ in told(house)] == ["retailer_notice"]
    hold(house, held=False)
    on(house, 10)
    assert ("advance" in [part for _, part, _ in told(house)]) is goes
    asked = [subject for rule, subject in house.exceptions(DAG) if rule == "LETTER-LATE"]
    assert asked == (["work:9/advance"] if late == "ask" else [])
    if asked:
        on(house, 9, late=asked)
        assert ("advance" in [part for _, part, _ in told(house)], house.exceptions(DAG)) == (True, [])


def test_ex5_d_cancelled_the_planned_are_withdrawn_and_those_told_hear_of_it_once(house: Station) -> None:
    """The author had been told nothing, and hears nothing."""
    house.run(DAG, day(90))
    title(house, onixPublishingStatusCode="01")
    for before in (40, 30, 0):
        house.run(DAG, day(before))
    assert told(house) == [(str(SHOP), "retailer_notice", f"{OUT}"), (str(SHOP), "cancellation", "cancelled")]


def test_ex5_e_a_format_that_comes_later_has_its_own_date_and_waits_without_one(house: Station) -> None:
    """The e-book's notice goes by the e-book's date."""
    steps = 'id: {id}\nversion: "1"\nsteps:\n  - {{id: digital, at: -30, template: trade, to: partners, formats: [DG], late: {late}}}\n'
    plan(house, text=steps)
    title(house, publicationDate=None, isbn="9781999000011")
    house.run(DAG, day(30))
    assert told(house) == []
    title(house, publicationDate="2027-06-01", isbn="9781999000011")
    house.run(DAG, datetime(2027, 5, 2, 8, tzinfo=UTC))
    assert told(house) == [(str(SHOP), "digital", "2027-06-01")]


def test_ex5_e_a_new_format_of_an_old_title_has_its_launch(house: Station) -> None:
    """The paperback is out since years, the e-book comes."""
    title(house, publicationDate="2024-01-01", onixPublishingStatusCode="04", isbn="9781999000004")
    house.run(DAG, day(90))
    assert told(house) == [(str(SHOP), "retailer_notice", f"{OUT}")]


def test_ex5_g_two_plans_that_overlap_for_one_person_on_one_day_are_one_message(house: Station) -> None:
    """With both steps in it; Exstream was away on the day itself, and it goes on the next."""
    plan(house, "spring", text=PLAN.replace("retailer_notice", "spring_list").replace("at: -90", "at: -89"))
    house.fault("exstream", "status", "*/resources/*", value={"status": 503})
    house.run(DAG, day(89))
    house.mend()
    house.twice(DAG, day(88))
    (message,) = [each for each in letters(house, DAG, "trade") if "Data" in each]
    assert [part["Part"] for part in message["Data"]["Parts"]] == ["retailer_notice", "spring_list"]
    assert len([key for key in house.effects("exstream.") if key.startswith("job-")]) == 1


def test_ex5_opted_out_nobody_is_told(house: Station) -> None:
    """It is listed why."""
    house.seed("consonance", {"contactFields": [field(800, AUTHOR, "OPTED_OUT", "true")]})
    run = house.run(DAG, day(30))
    assert told(house) == [(str(SHOP), "retailer_notice", f"{OUT}")]
    assert run.returned["report"]["out_of_scope"] == 1


@pytest.mark.parametrize(
    ("found", "instead", "says"),
    [
        ("at: 14", "at: 40", r"standard\.yaml: .*steps\.4\.at: 40 is after the plan's own end, 30; move the step"),
        ("template: notice", "template: notize", r"standard\.yaml: steps\.1\.template: .*did you mean notice"),
        ("id: reminder", "id: launch", r"standard\.yaml: .*two steps are called 'launch'"),
        ("late: send", "late: sent", r"standard\.yaml: steps\.0\.late"),
    ],
)
def test_ex5_a_plan_that_cannot_be_meant_is_refused_with_file_key_and_remedy(house: Station, found: str, instead: str, says: str) -> None:
    """A step after the plan's end, a template that there is not, two steps of one name, a word that is none."""
    plan(house, text=PLAN.replace(found, instead))
    with pytest.raises(BadConfigError, match=says):
        load_config(house.config)


def test_ex5_a_backfill_and_a_dry_run_tell_nobody(house: Station) -> None:
    """Old news; and a look at what a plan would send."""
    assert house.run(DAG, day(90), {"dry_run": True}).state == "success"
    assert house.run(DAG, day(90), backfill=True).state == "success"
    assert house.effects("exstream.") == []


def test_ex5_a_changed_plan_shows_on_the_form_what_it_would_move_send_and_take_back(house: Station) -> None:
    """What has gone stays; nothing is sent, and it is tried in a dry run alone."""
    house.run(DAG, day(90))
    before = house.effects("exstream.")
    changed = (
        PLAN.format(id="standard", late="skip").replace("at: -90", "at: -100").replace("at: -7", "at: -10").replace("at: 0", "at: -91")
    )
    changed = changed.replace("  - {id: follow_up, at: 14, template: trade, to: partners, late: skip}\n", "")
    run = house.run(DAG, day(89), {"dry_run": True, "plan": changed})
    assert run.state == "success", run.error
    assert run.xcoms["decide", -1]["tried"] == [
        "Sea Room, follow_up: is taken back, 1 people (2027-03-15)",
        "Sea Room, launch: goes at once, 1 people (2027-03-01 -> 2026-11-30)",
        "Sea Room, reminder: moves, 1 people (2027-02-22 -> 2027-02-19)",
    ]
    for form, says in (
        ({"plan": changed}, "dry run alone"),
        ({"plan": changed.replace("notice,", "notes,"), "dry_run": True}, "no template 'notes'"),
    ):
        refused = house.run(DAG, day(89), form)
        assert (refused.state, says in str(refused.error)) == ("failed", True)
    assert house.effects("exstream.") == before


def test_ex5_f_a_retailer_without_the_territory_is_left_out(house: Station) -> None:
    """Until the licence that has it is over."""
    house.run(DAG, day(90))
    assert {who for who, *_ in told(house)} == {str(SHOP)}
    house.seed(
        "consonance",
        {
            "rightsDeals": [
                {**house.sandbox.systems["consonance"].records.table("rightsDeals")[1], "terminatedDate": "2026-12-05", "revision": 2}
            ]
        },
    )
    house.run(DAG, day(80))
    assert {who for who, *_ in told(house)} == {str(SHOP), str(FRENCH)}


@pytest.mark.nightly
def test_ex5_a_launch_day_by_day_over_its_whole_plan_tells_everybody_what_was_true_once(house: Station) -> None:
    """Every morning from 120 days before to 28 days after, with everything that happens in between."""
    happens = {
        60: lambda: title(house, publicationDate="2027-03-15"),
        44: lambda: title(house, publicationDate="2027-03-22"),
        20: lambda: hold(house, held=True),
        15: lambda: title(house, publicationDate="2027-03-29"),
        10: lambda: hold(house, held=False),
        -10: lambda: title(house, onixPublishingStatusCode="01"),
    }
    for before in range(120, -29, -1):
        happens.get(before, lambda: None)()
        assert house.run(DAG, day(before)).state == "success"
        if before == 15:
            assert len(told(house)) == 3, "it is on hold: nobody is corrected either"
    shop, author = str(SHOP), str(AUTHOR)
    assert told(house) == [
        (shop, "retailer_notice", "2027-03-01"),
        (shop, "correction", "2027-03-15"),
        (shop, "correction", "2027-03-22"),
        (shop, "correction", "2027-03-29"),
        (author, "advance", "2027-03-29"),
        (author, "cancellation", "cancelled"),
        (shop, "cancellation", "cancelled"),
    ]
    assert len(house.effects("exstream.letter")) == 7


@pytest.mark.nightly
def test_ex5_who_opted_out_by_a_letter_hears_nothing_more(house: Station) -> None:
    """Exstream told so, and nobody has entered it in Consonance."""
    house.run(DAG, day(30))
    with house.ledger() as ledger:
        row = next(row for row in ledger.newest(DAG, "notice") if "/message/" in row.subject)
    house.seed("exstream", {"outcomes": [{"type": "opted_out", "deliveryId": row.delivery_id, "at": f"{day(29):%Y-%m-%dT%H:%M:%SZ}"}]})
    for before in (20, 0):
        house.run(DAG, day(before))
    assert [part for who, part, _ in told(house) if who == str(AUTHOR)] == ["advance"]
