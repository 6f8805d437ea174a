"""PN-2, seen from outside: who was told."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from rights_world import CONSONANCE
from station import Station

from colophon_sandbox.seeds.rights import member
from colophon_sandbox.seeds.shelf import person

SCAN = "push__rights_expiry_scan"
ENDS = date(2026, 12, 1)
MANAGER, LEGAL = 21, 11
LICENCE = CONSONANCE["rightsDeals"][0]


def morning(days_left: int) -> datetime:
    """Six in London, so many days before the licence ends."""
    return datetime.combine(ENDS - timedelta(days=days_left), datetime.min.time(), UTC) + timedelta(hours=6)


@pytest.fixture
def house(station: Station) -> Station:
    """A licence for France that ends on 1 December; a rights manager and somebody in legal, with a device each."""
    people = {
        "contacts": [*CONSONANCE["contacts"], person(MANAGER, "Max Manager"), person(LEGAL, "Lou Legal")],
        "teamMembers": [member(1, 9, "RIGHTS_MANAGER", MANAGER), member(2, 9, "LEGAL", LEGAL)],
    }
    licence = {"rightsDeals": [LICENCE | {"expiresOn": f"{ENDS}", "signedDate": "2022-01-01"}]}
    station.seed(
        "consonance",
        {**CONSONANCE, **people, **licence, "contracts": CONSONANCE["contracts"][:1], "headGrants": CONSONANCE["headGrants"][:1]},
    )
    return station


def told(house: Station) -> list[str]:
    """Thresholds of the licence about which somebody was told, in the order of planning."""
    with house.ledger() as ledger:
        rows = sorted(ledger.all_of(SCAN, "people"), key=lambda row: row.as_of)
    return [row.subject.rpartition("/")[2] for row in rows if row.state == "confirmed" and "rights_deal" in row.subject]


def test_pn2_each_threshold_is_told_once_and_the_days_between_are_silent(house: Station) -> None:
    """200 days before the end nobody is told; at 180 (missed, and so at the next run), 90, 30 and 7 days, and on the day, one alert each."""
    counts = {}
    for days_left in (200, 91, 90, 89, 31, 30, 29, 7, 6, 0):
        before = len(house.effects("push.delivered"))
        assert house.run(SCAN, morning(days_left)).state == "success"
        counts[days_left] = len(house.effects("push.delivered")) - before
    assert {days_left for days_left, number in counts.items() if number} == {91, 90, 30, 7, 0}
    assert set(counts.values()) == {0, 2}
    assert told(house) == [threshold for threshold in ("180", "90", "30", "7", "0") for _ in (MANAGER, LEGAL)]


def test_pn2_the_same_morning_twice_tells_nobody_again(house: Station) -> None:
    """Run by hand after the schedule."""
    assert house.twice(SCAN, morning(30)).returned["report"]["sent"] == 2


def test_pn2_a_renewal_starts_over(house: Station) -> None:
    """Told at 30 days; renewed for a year; silent, and told again 30 days before the new end."""
    house.run(SCAN, morning(30))
    house.seed("consonance", {"rightsDeals": [LICENCE | {"expiresOn": f"{ENDS.replace(year=2027)}", "signedDate": "2022-01-01"}]})
    assert house.run(SCAN, morning(29)).returned["report"]["sent"] == 0
    assert house.run(SCAN, morning(30 - 365)).returned["report"]["sent"] == 2


def test_pn2_a_backfill_and_a_dry_run_tell_nobody(house: Station) -> None:
    """Old news stays untold, a dry run shows its plan."""
    dry = house.run(SCAN, morning(30), {"dry_run": True})
    assert (dry.state, dry.returned["decide"], dry.states["send.deliver", -1]) == ("success", [], "skipped")
    assert house.run(SCAN, morning(30), backfill=True).state == "success"
    assert house.effects("push.") == []


def test_pn2_a_messaging_system_that_is_away_for_a_day_is_caught_up(house: Station) -> None:
    """The run is red, and the next morning's one tells once."""
    house.fault("push", "status", value={"status": 503})
    away = house.run(SCAN, morning(30))
    assert (away.state, away.states["send.await", 0], away.states["report", -1]) == ("failed", "upstream_failed", "upstream_failed")
    house.mend()
    assert house.run(SCAN, morning(29)).state == "success"
    assert len(house.effects("push.delivered")) == 2


def persons(house: Station) -> list[str]:
    """Who was told, each as often as something was said to it."""
    with house.ledger() as ledger:
        rows = [row for row in ledger.all_of(SCAN, "people") if row.state == "confirmed"]
        return sorted(json.loads(ledger.content(row.content_hash) or b"{}")["person"] for row in rows)


def devices(house: Station, *people: int) -> None:
    """Who has a device, from now on."""
    house.configure("people.csv", "\n".join(["person,kind,value", *(f"{who},token,tok-ok-{who}" for who in people), ""]))


def test_pn2_the_manager_hears_for_whoever_cannot_be_reached_and_then_the_desk(house: Station) -> None:
    """The rights manager has no device: the manager is told at 30 days, the desk at 7 for nobody else can be; at last the person."""
    boss, desk = 12, 102
    house.seed(
        "consonance",
        {
            "contacts": [person(boss, "Bea Boss")],
            "teamMembers": [member(1, 9, "RIGHTS_MANAGER", MANAGER) | {"managerId": boss}],
        },
    )
    devices(house, LEGAL, boss, desk)
    assert house.run(SCAN, morning(30)).state == "success"
    assert persons(house) == ["11", "12"]
    devices(house, LEGAL, desk)
    house.run(SCAN, morning(7))
    assert persons(house) == ["102", "11", "11", "12"]
    assert [rule for rule, _ in house.exceptions(SCAN) if rule.startswith("N")] == ["N2"]
    devices(house, LEGAL, MANAGER, desk)
    house.run(SCAN, morning(0))
    assert persons(house) == ["102", "11", "11", "11", "12", "21"]
    assert [rule for rule, _ in house.exceptions(SCAN) if rule.startswith("N")] == []


def test_pn2_who_has_left_hears_nothing_and_where_nobody_followed_the_desk_does(house: Station) -> None:
    """The rights manager's last day is over."""
    house.seed("consonance", {"teamMembers": [member(1, 9, "RIGHTS_MANAGER", MANAGER) | {"endsOn": "2026-10-31"}]})
    devices(house, LEGAL, MANAGER, 102)
    house.run(SCAN, morning(30))
    assert persons(house) == ["102", "11"]


def test_pn2_a_record_that_was_mended_is_no_exception_any_more(house: Station) -> None:
    """A term that is no number is one, until the next scan reads it right; a dry run and a scan that finds it again leave it."""
    contract = CONSONANCE["contracts"][0]
    house.seed("consonance", {"contracts": [contract | {"term": "life"}]})
    house.run(SCAN, morning(30))
    faults = house.exceptions(SCAN)
    assert ("R1", f"contract:{contract['id']}") in faults
    house.run(SCAN, morning(29))
    assert house.exceptions(SCAN) == faults
    house.seed("consonance", {"contracts": [contract]})
    house.run(SCAN, morning(28), {"dry_run": True})
    assert house.exceptions(SCAN) == faults
    house.run(SCAN, morning(27))
    assert ("R1", f"contract:{contract['id']}") not in house.exceptions(SCAN)
