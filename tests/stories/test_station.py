"""The station itself: no database of Airflow's, no sockets, and the same story is the same to the byte."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from rights_world import CONSONANCE, OPEN, portal_product
from station import Station, open_station

ROOT = Path(__file__).resolve().parents[2]
PORTAL = "fourallportal__rights_availability"
DAY = datetime(2026, 6, 1, 5, 30, tzinfo=UTC)
ALONE = f"""
import sys, tempfile
from pathlib import Path
from pytest_socket import disable_socket
disable_socket()
from station import open_station
with open_station(Path(tempfile.mkdtemp())) as station:
    station.seed("consonance", __import__("rights_world").CONSONANCE)
    run = station.run({PORTAL!r})
    print(run.state, run.error)
"""


def closed(station: Station) -> str:
    """A run that closes a product; a digest of all that the systems were asked, and of the ledger."""
    station.seed("consonance", CONSONANCE)
    station.seed("fourallportal", {"product": [portal_product(1, OPEN, "FR")]})
    assert station.run(PORTAL, DAY).state == "success"
    asked = [[entry["at"], entry["method"], entry["path"], entry["headers"], entry["bodySha256"]] for entry in station.sandbox.journal]
    with station.ledger() as ledger:
        rows = [[row.subject, row.state, row.updated_at.isoformat(), row.content_hash] for row in ledger.all_of(PORTAL, "4allportal")]
    assert rows
    return hashlib.sha256(json.dumps([asked, rows]).encode()).hexdigest()


def test_the_same_story_is_the_same_to_the_byte(tmp_path: Path) -> None:
    """Moments, ids and order included."""
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with open_station(tmp_path / name) as station:
            digests.add(closed(station))
    assert len(digests) == 1


def test_it_needs_no_database_of_airflows_and_no_socket(tmp_path: Path) -> None:
    """In a process of its own, where Airflow's database lies in a place that is not there and sockets are forbidden."""
    folders = ["include", "plugins", "tests/support", "tests/rights"]
    missing = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/nowhere/airflow.db"}
    env = {**os.environ, **missing, "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in folders)}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", ALONE], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["success None"], done.stderr[-3000:]
    assert not (tmp_path / "nowhere").exists()


def test_a_task_that_fails_stops_what_waits_for_it(station: Station) -> None:
    """What would be sent is not sent, and the run says by which error."""
    station.seed("consonance", CONSONANCE)
    station.fault("consonance", "login_page")
    run = station.run(PORTAL, DAY)
    assert (run.state, type(run.error).__name__) == ("failed", "NotOursError")
    assert set(run.states.values()) == {"failed", "upstream_failed"}
    assert station.journal("fourallportal") == []
