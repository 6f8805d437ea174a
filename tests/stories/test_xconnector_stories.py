"""XC-1, seen from outside: what reached recipients."""

from datetime import UTC, datetime

import pytest
from station import Station

from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)


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
