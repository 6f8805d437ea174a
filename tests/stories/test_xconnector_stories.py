"""XC-1 and EX-6, seen from outside: what reached recipients and Consonance."""

from datetime import UTC, datetime

import pytest
from station import Station

from colophon_sandbox import seeds

NIGHTLY, SERVICE = "xconnector__metadata_syndication", "exstream__service_outcomes"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
ISBN = "9781999000011"


@pytest.fixture
def house(station: Station) -> Station:
    """A catalogue of 40 titles."""
    for system, records in seeds.catalogue(40, 7).items():
        station.seed(system, records)
    return station


def test_xc1_the_same_night_twice_sends_nothing_twice(house: Station) -> None:
    """Every recipient has each title once; what was read adds up."""
    report = house.twice(NIGHTLY, NIGHT).returned["report"]
    acknowledged = house.effects("xconnector.acknowledged")
    assert len(acknowledged) == len(set(acknowledged)) > 0
    assert all(sum(found["plan"].values()) == report["read"] for found in report["destinations"].values())


def test_xc1_an_answer_that_was_lost_sends_nothing_twice(house: Station) -> None:
    """The middleware takes every message and its answer never comes: what is unknown is looked up, not sent again."""
    house.fault("xconnector", "reset", "/v1/messages*", method="POST", when="after", times=3)
    assert house.run(NIGHTLY, NIGHT).state == "success"
    acknowledged = house.effects("xconnector.acknowledged")
    assert len(acknowledged) == len(set(acknowledged)) > 0


def test_ex6_a_case_that_is_told_twice_is_noted_once(house: Station) -> None:
    """One note for each case, however often it runs."""
    house.seed(
        "exstream", {"outcomes": [{"type": "delivered", "caseReference": f"CS-{n}", "isbn": ISBN, "issue": "delay"} for n in (1, 2)]}
    )
    house.advance(5)
    house.twice(SERVICE)
    assert len(house.effects("consonance.createWorkNote")) == 2
