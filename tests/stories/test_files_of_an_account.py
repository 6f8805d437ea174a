"""A documented account whose report files are missing, too old, or lack a column: never silently green, and said once, to operations."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from station import Station, open_station
from two_accounts import (
    DAGS,
    DOCUMENTED,
    EXCHANGE,
    EXTENDED,
    FORMS,
    MILESTONES,
    NIGHT,
    OPTIONAL,
    STATEMENTS,
    entered,
    for_operations,
    furnish,
    tell,
)

NOTICES, SCAN = "exstream__rights_notices", "push__rights_expiry_scan"
RIGHTS, DAY = ("head_grants.csv", "rights_deals.csv"), timedelta(days=1)
TITLES = "fourallportal__title_metadata"
NEEDED = {
    "xconnector__metadata_syndication": RIGHTS,
    SCAN: RIGHTS,
    "fourallportal__rights_availability": RIGHTS,
    "bytenite__video_rights": RIGHTS,
    NOTICES: ("rights_deals.csv",),
    STATEMENTS: ("contract_royalties.xlsx", "payments.csv", "sales.csv"),
    EXCHANGE: ("contract_royalties.xlsx", *RIGHTS),
    MILESTONES: ("todos.csv",),
}
"""Without these a use case cannot decide."""
MISSED = {SCAN: ("team.csv",), NOTICES: ("contacts.csv",), STATEMENTS: ("head_grants.csv", "rights_receipts.csv", "contacts.csv")}
"""These make a use case better: they may never be there, but not be taken away."""
FEATURES = {"contract_royalties.xlsx": ["royalty_terms"], "contacts.csv": ["contact_fields"], "todos.csv": ["to-dos"]}
"""What a file is called in words, where it is not by its name."""
GREEN, RED = ("success", 0), ("failed", 1)
LATE = {"A1", "R10"}
"""Rules: what a use case decides by is told; what follows rights went by what was known last, and closed only."""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A small house in which there is something to do for each use case."""
    with open_station(tmp_path) as opened:
        furnish(opened, works=6)
        yield opened


def night(station: Station, dag_id: str, number: int, without: str = "", stale: str = "") -> tuple[str, int]:
    """State of the run of a night, and how often operations are told that a file is not there, or late; each time it is named."""
    calendar = ["todos.ics"] if without == "todos.csv" else []  # which stands in for the list
    moment = NIGHT + number * DAY
    tell(station, DOCUMENTED, without=[without, *calendar], stale=[stale], as_of=moment)
    run = station.run(dag_id, moment, FORMS.get(dag_id))
    with station.ledger() as ledger:
        late = [row for row in ledger.exceptions.open(use_case=dag_id, limit=10_000) if row.rule in LATE]
    words = {(without or stale).split(".")[0], *FEATURES.get(without or stale, ())}
    assert all(row.owner == "operations" and any(word in f"{row.found} {row.expected}" for word in words) for row in late)
    return run.state, len(late)


@pytest.mark.parametrize(("dag_id", "file"), [(dag_id, file) for dag_id, files in NEEDED.items() for file in files])
def test_a_file_that_is_needed(station: Station, dag_id: str, file: str) -> None:
    """Never there: red, one exception, nothing sent. Whole: green, and the exception closes. Too old, then gone: red, and one again."""
    assert night(station, dag_id, 0, without=file) == RED
    assert entered(station, dag_id) == {}
    assert night(station, dag_id, 1) == GREEN
    sent = entered(station, dag_id)
    assert sent
    assert night(station, dag_id, 2, stale=file) == RED
    assert night(station, dag_id, 3, without=file) == RED
    assert set(entered(station, dag_id)) == set(sent)


@pytest.mark.parametrize(("dag_id", "file"), [(dag_id, file) for dag_id, files in MISSED.items() for file in files])
def test_a_file_that_can_be_missed(station: Station, dag_id: str, file: str) -> None:
    """Never there: green. Once it was there it may be neither old nor gone: red, and one exception."""
    assert night(station, dag_id, 0, without=file) == GREEN
    assert night(station, dag_id, 1) == GREEN
    assert night(station, dag_id, 2, stale=file) == RED
    assert night(station, dag_id, 3, without=file) == RED


def test_a_team_that_nobody_tells_is_named_and_the_desk_hears(station: Station) -> None:
    """Of milestones: to the desk of the role instead of the title's people."""
    tell(station, DOCUMENTED, without=["team.csv"])
    assert station.run(MILESTONES, NIGHT).state == "success"
    assert [(rule, subject) for rule, subject, _ in for_operations(station, MILESTONES) if rule == "source_missing"] == [
        ("source_missing", "source:teams")
    ]
    assert entered(station, MILESTONES)


def test_a_column_that_is_not_there_is_named_once_for_all_licences(station: Station) -> None:
    """Without days of signing no licence can be confirmed: renewals go, and one exception says what is missing, until it is there."""
    tell(station, DOCUMENTED, lacking={"rights_deals.csv": ["Signed on"]})
    run = station.run(NOTICES, NIGHT)
    assert {destination for destination, _ in entered(station, NOTICES)} == {"renewal"}
    assert station.exceptions(NOTICES) == [("source_missing", "source:days_of_signing")]
    assert any("no signed licence tells its day" in line for line in run.logs)
    tell(station, DOCUMENTED, as_of=NIGHT + DAY)
    station.run(NOTICES, NIGHT + DAY)
    assert {destination for destination, _ in entered(station, NOTICES)} == {"renewal", "confirmation", "permission"}
    assert station.exceptions(NOTICES) == []


def test_columns_that_can_be_left_out_change_nothing(station: Station) -> None:
    """A licence that another one follows is not asked to be renewed, and one that was ended neither, whether or not the list says of what and when."""
    house = station.sandbox.systems["consonance"].records.table("rightsDeals")
    ending = {**house[9001], "expiresOn": "2026-06-01", "sellOffUntil": None, "signedDate": "2021-05-01", "startsOn": "2021-05-01"}
    following = {**house[9001], "id": 9502, "startsOn": "2026-06-02", "renewalOf": 9501}
    ended = {**ending, "id": 9503, "workId": 104, "status": "TERMINATED", "terminatedDate": "2026-01-01"}
    station.seed("consonance", {"rightsDeals": [ending | {"id": 9501}, following, ended]})
    tell(station, DOCUMENTED, lacking={**OPTIONAL, "rights_deals.csv": ["Renewal of", "Terminated on"]})
    assert station.run(NOTICES, NIGHT).state == "success"
    deals = {subject.split("/")[1] for _, subject in entered(station, NOTICES)}
    assert "rights_deal:9502" in deals
    assert not deals & {"rights_deal:9501", "rights_deal:9503"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text.replace(",", ";"), "'Deal ID' is missing"),
        (lambda text: text.replace("Deal ID", "Deal Id"), "now called 'Deal Id'"),
    ],
)
def test_a_list_that_was_saved_by_another_program(station: Station, change: Callable[[str], str], named: str) -> None:
    """With semicolons, or a column renamed: red, nothing sent, and the one exception names the column."""
    tell(station, DOCUMENTED)
    file = station.folder / "reports" / "rights_deals.csv"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    made = (NIGHT - timedelta(hours=1)).timestamp()
    os.utime(file, (made, made))
    assert station.run(SCAN, NIGHT).state == "failed"
    ((rule, subject, found),) = for_operations(station, SCAN)
    assert (rule, subject, named in found) == ("A1", "consonance", True)
    assert entered(station, SCAN) == {}


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_an_account_that_holds_nothing(tmp_path: Path, account: str) -> None:
    """Where products are what is judged, none at all is a fault of the source, and red; all else has nothing to do."""
    by_rights = {"xconnector__metadata_syndication", SCAN, NOTICES, "fourallportal__rights_availability", "bytenite__video_rights"}
    of_products = by_rights | {"fourallportal__launch_readiness", "exstream__launch_communications", "exstream__partner_updates"}
    with open_station(tmp_path) as opened:
        tell(opened, account)
        runs = {dag_id: opened.run(dag_id, NIGHT, FORMS.get(dag_id)) for dag_id in DAGS}
        assert {dag_id for dag_id, run in runs.items() if run.state == "failed"} == of_products | {TITLES}
        assert "no product was read" in str(runs[TITLES].error)
        assert {str(runs[dag_id].error) for dag_id in of_products} == {str(runs[SCAN].error)}
        assert [dag_id for dag_id in DAGS if entered(opened, dag_id)] == []
