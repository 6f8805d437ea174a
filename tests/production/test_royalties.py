"""A royalty run of many payees on a real Airflow: approved through its API, every payee with a known outcome, again sends nothing."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
import requests
from tests.production.servers import Installation, tier_is_off, until

from colophon.ledger import Ledger
from colophon_airflow import local, processes

pytestmark = [pytest.mark.production, pytest.mark.enable_socket]
DAG = "exstream__royalty_statements"
PAYEES = 2000 if os.environ.get("COLOPHON_NIGHTLY") == "1" else 500


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Airflow standalone beside a sandbox with the payees; stopped afterwards."""
    if reason := tier_is_off():
        pytest.skip(reason)
    made = Installation(tmp_path_factory.mktemp("royalties"))
    dags = made.home / "dags"
    dags.mkdir(parents=True)
    (dags / "exstream").symlink_to(local.PROJECT / "dags" / "exstream")
    made.env["AIRFLOW__CORE__DAGS_FOLDER"] = str(dags)
    made.password = local.prepare(made.home, made.env)
    try:
        made.start("sandbox", processes.sandbox_command(made.sandbox_port, "--payees", str(PAYEES)))
        made.start("airflow", local.airflow_command())
        made.wait_for_airflow("airflow")
        yield made
    finally:
        made.stop()


def start(airflow: Installation) -> str:
    """A run by hand, as the form gives it."""
    conf = {"period": "2026H1", "policy": "standard", "shards": 7}
    return str(airflow.api("POST", f"/dags/{DAG}/dagRuns", logical_date=None, conf=conf).json()["dag_run_id"])


def states(airflow: Installation, run_id: str) -> dict[str, str]:
    """State of each task that is not mapped."""
    found = airflow.api("GET", f"/dags/{DAG}/dagRuns/{run_id}/taskInstances?limit=100").json()["task_instances"]
    return {ti["task_id"]: str(ti["state"]) for ti in found if ti["map_index"] < 0}


def answer(airflow: Installation, run_id: str, choice: str) -> str:
    """Wait until the run asks, and answer through the API; what was asked."""
    path = f"/dags/{DAG}/dagRuns/{run_id}/taskInstances/approve/-1/hitlDetails"
    asked: list[str] = []

    def answered() -> bool:
        state = states(airflow, run_id).get("approve")
        if state == "awaiting_input":
            asked.append(str(airflow.api("GET", path).json()["body"]))
            # Answered so soon that Airflow itself may lose it: then it asks again.
            assert airflow.api("PATCH", path, chosen_options=[choice], params_input={}).status_code in {200, 409}
        return state == "success"

    until(answered, 900, "the approval")
    return asked[-1]


def end_of(airflow: Installation, run_id: str) -> str:
    """The run's last state."""
    found: list[str] = []

    def ended() -> bool:
        found.append(airflow.api("GET", f"/dags/{DAG}/dagRuns/{run_id}").json()["state"])
        return found[-1] in {"success", "failed"}

    until(ended, 900, f"run {run_id}")
    return found[-1]


def letters(airflow: Installation) -> list[str]:
    """What truly left Exstream."""
    url = f"http://127.0.0.1:{airflow.sandbox_port}/__sandbox__/effects?kind=exstream.letter"
    return [effect["key"] for effect in requests.get(url, timeout=120).json()["effects"]]


def outcomes(airflow: Installation) -> dict[str, str]:
    """Every statement's state in the ledger."""
    with Ledger.open(f"sqlite:///{airflow.home / 'ledger.db'}") as ledger:
        return {row.subject: row.state for name in ledger.counts(DAG) if name.startswith("2026H1:") for row in ledger.newest(DAG, name)}


def test_every_payee_has_an_outcome(airflow: Installation) -> None:
    """Rejected, nothing leaves; approved, every payee has an outcome and what was left out is named; again, nothing leaves."""
    rejected = airflow.scheduled_run(DAG)
    assert "| Control total |" in answer(airflow, rejected, "Reject")
    assert end_of(airflow, rejected) == "success"
    assert (letters(airflow), outcomes(airflow)) == ([], {})

    approved = start(airflow)
    assert f"| payees | {PAYEES:,} |" in answer(airflow, approved, "Approve")
    assert end_of(airflow, approved) == "failed"  # one in a hundred was left out by Exstream
    found = outcomes(airflow)
    assert {subject.rpartition(":")[2] for subject in found} == {str(500_000 + n) for n in range(1, PAYEES + 1)}
    counts = Counter(found.values())
    assert set(counts) == {"sent", "skipped"}
    assert counts["skipped"] >= PAYEES // 100
    assert states(airflow, approved)["write_back"] == "success"
    told = airflow.api("GET", f"/dags/{DAG}/dagRuns/{approved}/taskInstances/report/xcomEntries/report").json()["value"]
    assert told["outcomes"] == dict(counts)
    assert set(told["identities"].values()) == {True}
    gone = letters(airflow)
    assert len(gone) == len(set(gone)) == counts["sent"]

    again = start(airflow)
    answer(airflow, again, "Approve")
    end_of(airflow, again)
    assert letters(airflow) == gone
    assert outcomes(airflow) == found
