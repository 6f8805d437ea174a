"""Many deliveries through each system, one request in ten spoilt: all end where they must, once, and a second run sends nothing."""

from pathlib import Path
from types import MappingProxyType

import pytest
from tests.trips.systems import TRIPS, PushWithIdsTrip
from tests.trips.trip import Trip, setting_out


def name(kind: type[Trip]) -> str:
    """How a test of a trip is called."""
    return kind.__name__.removesuffix("Trip").lower()


@pytest.mark.parametrize("kind", TRIPS, ids=name)
def test_a_hundred_there_and_back(tmp_path: Path, kind: type[Trip]) -> None:
    """The short trip, for every system."""
    with setting_out(kind, tmp_path, 100) as trip:
        trip.go()


@pytest.mark.nightly
@pytest.mark.parametrize("kind", TRIPS, ids=name)
def test_a_thousand_there_and_back(tmp_path: Path, kind: type[Trip]) -> None:
    """The whole trip, for every system."""
    with setting_out(kind, tmp_path, 1000) as trip:
        trip.go()


class ForgetfulTrip(PushWithIdsTrip):
    """The vendor says that it honours ids, and does not."""

    settings = MappingProxyType({"dedupe": False})


def test_an_effect_that_came_twice_is_seen(tmp_path: Path) -> None:
    """What the trips check is something that can fail."""
    with setting_out(ForgetfulTrip, tmp_path, 100) as trip, pytest.raises(AssertionError, match=r"has [2-9] effects"):
        trip.go()
