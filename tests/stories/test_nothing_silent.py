"""Whatever goes wrong at a system: the run is red, or an open exception names each delivery that did not arrive."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any, NamedTuple

import pytest
from dag_walk import Run
from rights_world import CONSONANCE, ENDED, OPEN, add_video, library, portal_product
from station import ADDRESS, Station

from colophon.domain.delivery import Verdict
from colophon.unsettled import UNROUTABLE
from colophon_sandbox import seeds
from colophon_sandbox.seeds.rights import member
from colophon_sandbox.seeds.shelf import person

MORNING = datetime(2026, 6, 1, 6, tzinfo=UTC)
ENDS = date(2026, 7, 1)
LICENCE = CONSONANCE["rightsDeals"][0] | {"expiresOn": f"{ENDS}", "signedDate": "2022-01-01"}
WELL = {"sent", "confirmed", "opened", "superseded", "withdrawn"}


def titles(station: Station) -> None:
    """A few titles for every recipient."""
    for system, records in seeds.catalogue(6, 7).items():
        station.seed(system, records)


def licence(station: Station) -> None:
    """A licence that ends in thirty days, of a licensee with an e-mail address, and two people to be told."""
    people = {
        "contacts": [*CONSONANCE["contacts"], person(21, "Max Manager"), person(11, "Lou Legal"), person(44, "Lin Licensee")],
        "teamMembers": [member(1, 9, "RIGHTS_MANAGER", 21), member(2, 9, "LEGAL", 11)],
    }
    station.seed("consonance", {**CONSONANCE, **people, "rightsDeals": [LICENCE | {"licenseeId": 44}]})


def portal(station: Station) -> None:
    """Two products that are open nowhere and may be."""
    station.seed("consonance", CONSONANCE)
    station.seed("fourallportal", {"product": [portal_product(1, OPEN), portal_product(2, ENDED, "GB")]})


def videos(station: Station) -> None:
    """Two videos without rules; one runs where it must not."""
    station.seed("consonance", CONSONANCE)
    with library(ADDRESS) as client:
        seen = [{"videoId": add_video(client, isbn, isbn), "channel": "social", "territory": "FR"} for isbn in (OPEN, ENDED)]
    station.advance(300)
    station.seed("bytenite", {"placements": seen})


def notices(station: Station) -> None:
    """A counterpart misses the cover of a title."""
    titles(station)
    at = f"{station.now:%Y-%m-%dT%H:%M:%SZ}"
    data = {"fault": "missing_cover", "system": "erp", "severity": "error", "code": "404", "message": None, "at": at}
    head = {"specversion": "1.0", "id": "n-1", "source": "/sandbox/erp", "subject": "isbn:9781999000011", "time": at}
    event = {**head, "type": "colophon.delivery.failure.v1", "data": {**data, "isbn": "9781999000011"}}
    station.seed("xconnector", {"inbox": [event]})
    station.advance(5)


class House(NamedTuple):
    """A DAG, what it finds, the calls with which it writes to its system, and the port by which it does."""

    dag: str
    seed: Callable[[Station], None]
    method: str
    path: str
    port: str
    skip: int = 0


HOUSES = {
    "xconnector": House("xconnector__metadata_syndication", titles, "POST", "/v1/messages*", "xconnector.port.EventPort"),
    "push": House("push__rights_expiry_scan", licence, "POST", "*/utils/parser", "opentext_push.port.PushPort"),
    "exstream": House("exstream__rights_notices", licence, "POST", "*/inputs/batch/*", "opentext_exstream.port.LetterPort"),
    "fourallportal": House("fourallportal__rights_availability", portal, "PATCH", "*", "fourallportal.port.PortalPort"),
    "bytenite": House("bytenite__video_rights", videos, "PUT", "*/rules", "bytenite.port.LibraryPort"),
    "consonance": House("push__downstream_exceptions", notices, "POST", "*", "consonance.writes.port.WriteBackPort"),
}
FAULTS: dict[str, dict[str, Any]] = {
    "down": {"kind": "status", "value": {"status": 503}},
    "unauthorised": {"kind": "status", "value": {"status": 401}},
    "asks to wait for ever": {"kind": "status", "value": {"status": 429, "headers": {"Retry-After": "3600"}}},
    "garbled": {"kind": "garble"},
    "slow": {"kind": "delay", "value": 20},
    "rejects all": {"kind": "status", "value": {"status": 422}},
    "rejects one": {"kind": "status", "value": {"status": 422}, "times": 1},
}


PASSES = {"garbled", "slow", "rejects one"}
"""Faults that a system may get over: what was lost is looked up, what came late came, and a single refusal may be of a question."""


def run_of(station: Station, house: House) -> Run:
    """The house's run of the morning."""
    return station.run(house.dag, MORNING)


def unwell(station: Station, house: House) -> dict[str, str]:
    """Newest revisions that did not arrive, and their states; what travels in a message is not among them."""
    with station.ledger() as ledger:
        rows = [row for name in ledger.counts(house.dag) for row in ledger.all_of(house.dag, name)]
        newest = {(row.destination, row.subject): ledger.desk.story(row.delivery_id) for row in rows}
    return {s.row.subject: s.row.state for s in newest.values() if s and s.row.state not in WELL and not s.row.carrier_id}


def silent(station: Station, house: House, run: Run) -> dict[str, str]:
    """Those of them that nobody hears of."""
    if run.state == "failed":
        return {}
    with station.ledger() as ledger:
        named = {row.subject for row in ledger.exceptions.open(use_case=f"{house.dag}:delivery")}
        places = {row.destination for row in ledger.exceptions.open() if row.subject.startswith("destination:")}
    left = unwell(station, house)
    return {} if places else {subject: state for subject, state in left.items() if subject not in named}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("system", HOUSES)
def test_no_fault_is_silent(station: Station, system: str, fault: str) -> None:
    """What the system does to every write, or to one."""
    house, plan = HOUSES[system], FAULTS[fault]
    house.seed(station)
    station.fault(system, path=house.path, method=house.method, **plan)
    run = run_of(station, house)
    assert silent(station, house, run) == {}
    assert [line for line in run.logs if any(bracket in line for bracket in ("{'", "['", '{"', "Counter("))] == []  # people read them
    is_told = run.state == "failed" or bool(station.exceptions(f"{house.dag}:delivery"))
    assert is_told or unwell(station, house) == {}, run.logs
    assert is_told or fault in PASSES, run.logs


@pytest.mark.parametrize("system", HOUSES)
def test_what_a_system_leaves_out_is_an_exception_until_it_goes(station: Station, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """One or two are an exception each and the run goes on; once the cause is mended and somebody sends it again, it is gone."""
    house = HOUSES[system]
    house.seed(station)
    module, _, name = f"colophon.systems.{house.port}".rpartition(".")
    port = getattr(import_module(module), name)
    with monkeypatch.context() as patch:
        patch.setattr(port, "send", lambda _port, given: [Verdict(d.id, "skipped", code="left_out") for d in given])
        run = run_of(station, house)
    left = unwell(station, house)
    assert set(left.values()) == {"skipped"}
    assert silent(station, house, run) == {}
    assert {rule for rule, _ in station.exceptions(f"{house.dag}:delivery")} == {"DELIVERY-SKIPPED"}
    if run.state == "success":
        told = [found["unsettled"] for found in run.returned["report"]["destinations"].values()]
        assert sum(found.get("skipped", 0) for found in told) == len(left)
    with station.ledger() as ledger:
        assert sum(ledger.redrive(house.dag, place) for place in ledger.counts(house.dag)) >= len(left)
    assert station.run(house.dag, MORNING + timedelta(days=1)).state == "success"
    assert station.exceptions(f"{house.dag}:delivery") == []
    assert unwell(station, house) == {}


def test_what_the_middleware_has_no_route_for_is_one_exception_and_a_red_run(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few titles there are."""
    house = HOUSES["xconnector"]
    house.seed(station)
    port = import_module("colophon.systems.xconnector.port").EventPort
    monkeypatch.setattr(port, "send", lambda _port, given: [Verdict(d.id, "skipped", code=UNROUTABLE) for d in given])
    assert run_of(station, house).state == "failed"
    with station.ledger() as ledger:
        found = [(row.destination, row.subject) for row in ledger.exceptions.open() if row.rule == "DELIVERY-SKIPPED"]
        skipped = {name for name, states in ledger.counts(house.dag).items() if "skipped" in states}
    assert len(skipped) > 2
    assert sorted(found) == sorted((name, f"destination:{name}") for name in skipped)
