"""BN-4 as a whole, against the sandbox: what the library lets run after a run is what rights allow."""

import json

import pytest
from rights_world import ENDED, OPEN, add_video, control, library

DAG = "bytenite__video_rights"
pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs


@pytest.fixture
def house(rights_station):
    """Two videos; somebody put one LIVE where it must not run."""
    with library(rights_station.sandbox) as client:
        rights_station.open, rights_station.ended = (add_video(client, isbn, isbn) for isbn in (OPEN, ENDED))
        seen = [{"videoId": video, "channel": "social", "territory": "FR"} for video in (rights_station.open, rights_station.ended)]
        control(rights_station.sandbox, "POST", "/seed", {"records": {"bytenite": {"placements": seen}}})
        yield rights_station


def live(house):
    """What runs: video and country."""
    with library(house.sandbox) as client:
        return {(p.video_id, p.territory) for p in client.library.iter_placements() if p.state == "LIVE"}


def test_the_library_follows_rights_and_the_second_run_sends_nothing(house) -> None:
    """Rules for what may run, violations taken down and reported; then nothing differs any more."""
    run = house.run(DAG)
    assert run.state == "success", run.states
    assert live(house) == set()
    with library(house.sandbox) as client:
        rules, none = client.library.get_rules(house.open), client.library.get_rules(house.ended)
    assert none is None
    [rule] = rules.rules
    assert (rule.channels, rule.until, "FR" in rule.territories, "GB" in rule.territories) == (
        ("landing", "retailer", "social", "website"),
        None,
        False,
        True,
    )
    with house.ledger() as ledger:
        assert {(row.rule, row.subject) for row in ledger.exceptions.open(use_case=DAG)} >= {
            ("R6", f"video:{OPEN}"),
            ("R6", f"video:{ENDED}"),
        }
    again = house.run(DAG)
    assert (again.state, again.report["sent"]) == ("success", 0)


def test_without_a_library_it_says_so(house, monkeypatch) -> None:
    """Skipped, and nothing else."""
    found = {"conn_type": "bytenite", "host": f"{house.sandbox}/bytenite", "password": "x", "extra": {"library": "none"}}
    monkeypatch.setenv("AIRFLOW_CONN_BYTENITE_DEFAULT", json.dumps(found))
    run = house.run(DAG)
    assert run.states["decide[-1]"] == "skipped"
    assert run.state == "success"
