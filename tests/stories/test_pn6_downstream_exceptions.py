"""PN-6, seen from outside: which tasks there are in Consonance, whose they are, and what becomes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station

from colophon.ledger.inbox import Inbox
from colophon_airflow.operators import inbox
from colophon_sandbox import seeds
from colophon_sandbox.seeds.rights import member
from colophon_sandbox.systems.xconnector.acknowledgements import VERDICTS

DAG, NIGHTLY = "push__downstream_exceptions", "xconnector__metadata_syndication"
ISBN, OTHER, STRANGE = "9781999000011", "9781999000028", "9780000000002"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
DESIGNER, SPECIALIST = 101, 102


@pytest.fixture
def house(station: Station) -> Station:
    """Twenty titles; the first has a designer and a metadata specialist."""
    for system, records in seeds.catalogue(20, 7).items():
        station.seed(system, records)
    team = [member(901, 101, "DESIGNER", DESIGNER), member(902, 101, "METADATA_SPECIALIST", SPECIALIST)]
    station.seed("consonance", {"teamMembers": team})
    return station


def notice(number: int, kind: str, at: datetime, isbn: str = ISBN, **more: object) -> dict[str, Any]:
    """What the middleware passes on about a cover."""
    told_at = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    data = {"isbn": isbn, "fault": "missing_cover", "system": "erp", "severity": "error", "code": "404", "message": None, "at": told_at}
    head = {"specversion": "1.0", "id": f"n-{number}", "source": "/sandbox/erp", "subject": f"isbn:{isbn}", "time": told_at}
    return {**head, "type": f"colophon.delivery.{kind}.v1", "data": {**data, **more}}


def hears(house: Station, *notices: dict[str, Any]) -> None:
    """Notices that wait at the middleware."""
    house.seed("xconnector", {"inbox": list(notices)})
    house.advance(5)


def tasks(house: Station) -> list[tuple[str, str, int | None]]:
    """Every write of a task that Consonance took: reference, status, whose it is."""
    inputs = [value for entry in house.journal("consonance") for value in ((entry["body"] or {}).get("variables") or {}).values()]
    return [
        (given["externalReference"], given["status"], given["assigneeContactId"])
        for given in inputs
        if isinstance(given, dict) and "assigneeContactId" in given
    ]


def test_pn6_the_same_notice_twice_is_one_task_that_a_success_resolves(house: Station) -> None:
    """Two notices of one fault, two runs: one task, the designer's. It is resolved once when the success comes."""
    hears(house, notice(1, "failure", house.now), notice(2, "failure", house.now))
    house.twice(DAG)
    assert tasks(house) == [(f"pn6:{ISBN}:missing_cover", "OPEN", DESIGNER)]
    hears(house, notice(3, "recovered", house.now))
    house.twice(DAG)
    assert tasks(house)[1:] == [(f"pn6:{ISBN}:missing_cover", "DONE", DESIGNER)]
    assert house.exceptions() == []


def test_pn6_a_rejected_record_is_one_task_until_all_recipients_have_taken_the_title(
    house: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every retailer rejects the title in its ONIX acknowledgement: one task of its specialist. The next feed is taken: it is done, once."""
    monkeypatch.setitem(VERDICTS, ISBN[-2:], ("03", "F", "price_not_agreed", "The price is not one that was agreed on."))
    assert house.run(NIGHTLY, NIGHT).state == "success"
    house.twice(DAG)
    task = f"pn6:{ISBN}:rejected_metadata"
    assert tasks(house) == [(task, "OPEN", SPECIALIST)]
    monkeypatch.delitem(VERDICTS, ISBN[-2:])
    [product] = [row for row in seeds.catalogue(20, 7)["consonance"]["products"] if row["isbn13"] == ISBN]
    house.seed("consonance", {"products": [{**product, "fullTitle": "Ampersand, Sons", "updatedAt": "2026-05-02T09:00:00Z"}]})
    assert house.run(NIGHTLY, NIGHT + timedelta(days=1)).state == "success"
    house.twice(DAG)
    assert tasks(house)[1:] == [(task, "DONE", SPECIALIST)]
    assert house.run(NIGHTLY, NIGHT + timedelta(days=2)).state == "success"
    assert house.run(DAG).state == "success"
    assert (len(tasks(house)), house.exceptions(DAG)) == (2, [])


def test_pn6_a_dry_run_takes_nothing_and_shows_what_would_be_told(house: Station) -> None:
    """The notice waits at the middleware, and the one that came by webhook waits here."""
    with house.ledger() as ledger:
        ledger.inbox.take("/sandbox/erp", "n-0", "colophon.delivery.failure.v1", b"{}")
    hears(house, notice(1, "failure", house.now))
    report = house.run(DAG, None, {"dry_run": True}).returned["report"]
    assert (report["sent"], report["refused"], report["waiting"], tasks(house), house.exceptions()) == (0, 1, 1, [], [])


def test_pn6_what_cannot_be_dealt_with_is_an_exception_and_the_rest_goes(house: Station) -> None:
    """A notice that cannot be read, and one about a strange ISBN; a good one about that ISBN closes its exception."""
    hears(house, notice(1, "failure", house.now, fault="a b"), notice(2, "failure", house.now, STRANGE), notice(3, "failure", house.now))
    report = house.twice(DAG).returned["report"]
    assert [row[1] for row in tasks(house)] == ["OPEN"]
    assert house.exceptions(DAG) == [("PN6", "event:n-1"), ("PN6", f"isbn:{STRANGE}")]
    assert (report["read"], report["exceptions"], report["waiting"]) == (3, 2, 0)
    [product] = [row for row in seeds.catalogue(20, 7)["consonance"]["products"] if row["isbn13"] == OTHER]
    house.seed("consonance", {"products": [{**product, "isbn13": STRANGE}]})
    hears(house, notice(4, "failure", house.now, STRANGE))
    house.run(DAG)
    assert (house.exceptions(DAG), len(tasks(house))) == ([("PN6", "event:n-1")], 2)


@pytest.mark.parametrize("system", ["consonance", "xconnector"])
def test_pn6_a_system_that_is_away_for_a_day_is_caught_up(house: Station, system: str) -> None:
    """The runs are red, nothing is lost, and what is here already does not wait for the middleware."""
    hears(house, notice(1, "failure", house.now))
    if system == "xconnector":
        with house.ledger() as ledger:
            ledger.inbox.take("/sandbox/shop", "n-1", "colophon.delivery.failure.v1", b'{"data": {}}')
    house.fault(system, "status", value={"status": 503})
    assert house.run(DAG).state == "failed"
    assert house.exceptions(DAG) == ([("PN6", "event:n-1")] if system == "xconnector" else [])
    house.mend()
    house.advance(86_400)
    house.twice(DAG)
    assert {row[1] for row in tasks(house)} == {"OPEN"}
    assert house.effects("consonance.upsertTodo") == [f"pn6:{ISBN}:missing_cover"]


def test_pn6_a_crash_after_a_task_was_planned_repeats_nothing(house: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision dies before it has closed its events: the next run takes them again, and there is one task."""

    def dies(*_: object, **__: object) -> None:
        raise MemoryError

    hears(house, notice(1, "failure", house.now), notice(2, "failure", house.now, fault="a b"))
    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "done", dies)
        assert house.run(DAG).states["decide", -1] == "failed"
    assert list(house.deliveries(DAG, "consonance").values()) == ["planned"]
    assert house.exceptions(DAG) == [("PN6", "event:n-2")]
    report = house.twice(DAG).returned["report"]
    assert (len(tasks(house)), report["exceptions"], report["waiting"]) == (1, 1, 0)


def test_pn6_recoveries_that_wait_hold_up_nobody(house: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than are read at once came first; the failure behind them becomes a task all the same."""
    monkeypatch.setattr(inbox, "AT_ONCE", 2)
    early = [notice(number, "recovered", house.now, fault=f"fault_{number}") for number in range(5)]
    hears(house, *early)
    house.run(DAG)
    hears(house, notice(9, "failure", house.now))
    report = house.run(DAG).returned["report"]
    assert (report["read"], report["waiting"], len(tasks(house))) == (6, 5, 1)


def test_pn6_a_title_that_cannot_be_read_is_an_exception_and_its_notice_waits(house: Station) -> None:
    """It is not taken for a strange ISBN; a notice of another title closes nothing. Mended, its task is there."""
    [product] = [row for row in seeds.catalogue(20, 7)["consonance"]["products"] if row["isbn13"] == OTHER]
    house.seed("consonance", {"products": [{**product, "fullTitle": ""}]})
    hears(house, notice(1, "failure", house.now, OTHER))
    house.run(DAG)
    hears(house, notice(2, "failure", house.now))
    house.twice(DAG)
    assert ([row[0] for row in tasks(house)], house.exceptions(DAG)) == ([f"pn6:{ISBN}:missing_cover"], [("G7", f"isbn:{OTHER}")])
    house.seed("consonance", {"products": [product]})
    house.twice(DAG)
    assert ([row[0] for row in tasks(house)][1:], house.exceptions(DAG)) == ([f"pn6:{OTHER}:missing_cover"], [])


def test_pn6_what_could_not_be_read_of_one_title_stays_an_exception_while_nobody_speaks_of_it(house: Station) -> None:
    """A member of its team; later notices are about another title, and then there is none."""
    house.seed("consonance", {"teamMembers": [member(901, 101, "DESIGNER", DESIGNER) | {"startsOn": "soon"}]})
    hears(house, notice(1, "failure", house.now))
    house.run(DAG)
    hears(house, notice(2, "failure", house.now, OTHER))
    house.twice(DAG)
    assert house.exceptions(DAG) == [("G7", "team_member:901")]
    house.seed("consonance", {"teamMembers": [member(901, 101, "DESIGNER", DESIGNER)]})
    hears(house, notice(3, "recovered", house.now))
    house.run(DAG)
    assert house.exceptions(DAG) == []
