"""Many deliveries through each system, one request in ten spoilt: all end where they must, once, and a second run sends nothing."""

from pathlib import Path

import pytest
from tests.trips.systems import TRIPS
from tests.trips.trip import Trip, setting_out


def name(kind: type[Trip]) -> str:
    """How a test of a trip is called."""
    return kind.__name__.removesuffix("Trip").lower()


THOUSAND = [pytest.param(kind, marks=[pytest.mark.nightly] if kind.is_nightly else [], id=name(kind)) for kind in TRIPS]


@pytest.mark.parametrize("kind", TRIPS, ids=name)
def test_a_hundred_there_and_back(tmp_path: Path, kind: type[Trip]) -> None:
    """The short trip, for every system."""
    with setting_out(kind, tmp_path, 100) as trip:
        trip.go()


@pytest.mark.parametrize("kind", THOUSAND)
def test_a_thousand_there_and_back(tmp_path: Path, kind: type[Trip]) -> None:
    """The whole trip, for every system."""
    with setting_out(kind, tmp_path, 1000) as trip:
        trip.go()
