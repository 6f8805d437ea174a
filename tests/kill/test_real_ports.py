"""Kill senders at random over the real ports of all systems: nothing is lost, nothing goes twice, nothing is done that did not happen."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from tests.kill.ports import PORTS, LibraryTrip, OrderTrip
from tests.kill.storm import name_of, sandbox, storm
from tests.trips.systems import ByteNiteTrip, PushWithIdsTrip
from tests.trips.trip import Trip

from colophon.domain.delivery import Verdict
from colophon.systems.bytenite.port import LibraryPort

KILLS, MANY = 6, 250


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A sandbox in a process of its own."""
    with sandbox() as address:
        yield address


@pytest.mark.parametrize("kind", PORTS, ids=name_of)
def test_senders_that_die_at_any_moment(url: str, tmp_path: Path, kind: type[Trip]) -> None:
    """Some seventy kills over all ports."""
    tally = storm(url, kind, KILLS, seed=1, within=tmp_path)
    assert tally.kills == KILLS
    assert not tally.wrong


@pytest.mark.nightly
@pytest.mark.parametrize("kind", PORTS, ids=name_of)
def test_thousands_of_senders_that_die(url: str, tmp_path: Path, kind: type[Trip]) -> None:
    """Three thousand."""
    assert not storm(url, kind, MANY, seed=2, within=tmp_path).wrong


@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "kills"), [(ByteNiteTrip, 300), (OrderTrip, 3000)], ids=["media jobs", "orders"])
def test_more_senders_that_die_where_it_costs_most(url: str, tmp_path: Path, kind: type[Trip], kills: int) -> None:
    """No job runs a second time and no output is lost; no printer has two orders and no step is left out."""
    tally = storm(url, kind, kills, seed=3, within=tmp_path)
    assert (tally.kills, tally.wrong) == (kills, ())


class ForgetfulTrip(PushWithIdsTrip):
    """The vendor says that it honours ids, and does not."""

    settings = MappingProxyType({"dedupe": False})


class Boasting(LibraryPort):
    """Says of the first delivery of each call that it is done, and does not send it."""

    def send(self, deliveries):
        return [Verdict(deliveries[0].id, "confirmed"), *super().send(deliveries[1:])]


class BoastingTrip(LibraryTrip):
    """Goes through that port."""

    def make_port(self):
        return Boasting(self.client)


@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "told"), [(ForgetfulTrip, r"has [2-9] effects"), (BoastingTrip, "has 0 effects")], ids=["twice", "never"])
def test_what_is_wrong_is_seen(url: str, tmp_path: Path, kind: type[Trip], told: str) -> None:
    """What the stories check is something that can fail."""
    tally = storm(url, kind, 4, seed=1, within=tmp_path)
    with pytest.raises(AssertionError, match=told):
        assert not tally.wrong, tally.wrong
