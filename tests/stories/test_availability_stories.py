"""FP-4, seen from outside: where the portal shows a title as open."""

from datetime import UTC, datetime, timedelta

import pytest
from rights_world import CONSONANCE, ENDED, OPEN, portal_product, shown_open
from station import ADDRESS, Station

PORTAL, SCAN = "fourallportal__rights_availability", "push__rights_expiry_scan"
MONDAY = datetime(2026, 6, 1, 5, 30, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


@pytest.fixture
def house(station: Station) -> Station:
    """Two titles, open wherever rights allow; the contract of one of them ends on Tuesday."""
    station.seed("consonance", CONSONANCE)
    station.seed("consonance", {"contracts": [CONSONANCE["contracts"][1] | {"terminatedDate": f"{TUESDAY:%Y-%m-%d}"}]})
    station.seed("fourallportal", {"product": [portal_product(1, OPEN), portal_product(2, ENDED)]})
    assert station.run(PORTAL, MONDAY).state == "success"
    assert {"GB/web"} <= shown_open(ADDRESS)[ENDED] & shown_open(ADDRESS)[OPEN]
    return station


def test_fp4_what_ends_before_the_next_run_closes_in_this_one_and_no_other(house: Station) -> None:
    """On Tuesday, the contract's last day, the title is closed everywhere, the other one is as it was; run twice, nothing more is written."""
    before = shown_open(ADDRESS)[OPEN]
    house.twice(PORTAL, TUESDAY)
    assert (shown_open(ADDRESS)[ENDED], shown_open(ADDRESS)[OPEN]) == (set(), before)


def test_fp4_a_portal_that_is_away_for_a_day_is_brought_up_by_the_next_run(house: Station) -> None:
    """Red on Tuesday; closed on Wednesday without anybody."""
    house.fault("fourallportal", "reset")
    assert house.run(PORTAL, TUESDAY).state == "failed"
    house.mend()
    assert house.run(PORTAL, WEDNESDAY).state == "success"
    assert shown_open(ADDRESS)[ENDED] == set()


def test_fp4_a_change_that_the_scan_names_wakes_it(house: Station) -> None:
    """The scan names the product whose contract was ended overnight; the run that this wakes reads it alone, and closes it."""
    house.run(SCAN, MONDAY)
    house.seed("consonance", {"contracts": [CONSONANCE["contracts"][0] | {"terminatedDate": f"{MONDAY:%Y-%m-%d}"}]})
    scan = house.run(SCAN, TUESDAY)
    assert scan.events
    house.run(PORTAL, woken_by=scan)
    assert shown_open(ADDRESS)[OPEN] == set()


def test_fp4_a_backfill_of_days_before_the_first_run_opens_nothing(station: Station) -> None:
    """What was right on Monday is over by Saturday; the run of the day does what is right now."""
    station.seed("consonance", CONSONANCE)
    station.seed("consonance", {"contracts": [CONSONANCE["contracts"][1] | {"terminatedDate": f"{TUESDAY:%Y-%m-%d}"}]})
    station.seed("fourallportal", {"product": [portal_product(1, OPEN), portal_product(2, ENDED)]})
    station.clock(MONDAY + timedelta(days=5))
    assert station.run(PORTAL, MONDAY, backfill=True).state == "success"
    assert shown_open(ADDRESS) == {OPEN: set(), ENDED: set()}
    assert station.run(PORTAL).state == "success"
    assert ("GB/web" in shown_open(ADDRESS)[OPEN], shown_open(ADDRESS)[ENDED]) == (True, set())


def test_fp4_a_product_that_was_deleted_by_hand_is_reported_until_it_is_back(house: Station) -> None:
    """Nobody makes it anew: that is for whoever deleted it. One that Consonance does not know is nobody's loss."""
    objects = house.sandbox.world.store.table("fourallportal.objects.product")
    kept = objects.get(portal_product(1, OPEN)["id"])
    objects.drop(kept["id"])
    for morning in (TUESDAY, WEDNESDAY):
        assert house.run(PORTAL, morning).state == "success"
        assert ("R6", f"isbn:{OPEN}") in house.exceptions(PORTAL)
    house.seed("fourallportal", {"product": [portal_product(1, OPEN)]})
    assert house.run(PORTAL, WEDNESDAY + timedelta(days=1)).state == "success"
    assert house.run(PORTAL, WEDNESDAY + timedelta(days=2)).state == "success"
    assert {rule for rule, _ in house.exceptions(PORTAL)} == {"R1"}
