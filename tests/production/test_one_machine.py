"""Airflow as `make up` starts it, on SQLite: it stands a large mapped run, and a backfill of past days sends nothing twice."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.production import letters
from tests.production.servers import DAG_ID, Installation, tier_is_off, until

from colophon_airflow import local, processes

pytestmark = [pytest.mark.production, pytest.mark.enable_socket]
TASKS = 200 if os.environ.get("COLOPHON_NIGHTLY") == "1" else 40
MAPPED = f"""
from airflow.sdk import dag, task

@dag(schedule=None)
def many_tasks():
    @task
    def give_back(number):
        return number

    give_back.expand(number=list(range({TASKS})))

many_tasks()
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Airflow standalone beside the sandbox, with three more DAGs; stopped afterwards."""
    if reason := tier_is_off():
        pytest.skip(reason)
    made = Installation(tmp_path_factory.mktemp("up"))
    dags = made.home / "dags"
    dags.mkdir(parents=True)
    (dags / "many_tasks.py").write_text(MAPPED, encoding="utf-8")
    (dags / "letters.py").write_text(letters.DAGS, encoding="utf-8")
    (dags / "xconnector").symlink_to(local.PROJECT / "dags" / "xconnector")
    made.env["AIRFLOW__CORE__DAGS_FOLDER"] = str(dags)
    made.password = local.prepare(made.home, made.env)
    try:
        made.start("sandbox", processes.sandbox_command(made.sandbox_port))
        made.start("airflow", local.airflow_command())
        made.wait_for_airflow("airflow")
        yield made
    finally:
        made.stop()


def test_many_mapped_tasks_run_through(airflow: Installation) -> None:
    """The settings keep SQLite from locking and the scheduler alive: all tasks, by night two hundred, succeed at their first try."""
    run_id = airflow.run_dag("many_tasks", log_of="airflow", patience_s=600)
    path = f"/dags/many_tasks/dagRuns/{run_id}/taskInstances?limit=100"
    tasks = [ti for offset in (0, 100) for ti in airflow.api("GET", f"{path}&offset={offset}").json()["task_instances"]]
    assert [(ti["state"], ti["try_number"]) for ti in tasks] == [("success", 1)] * TASKS
    assert "database is locked" not in (airflow.home / "airflow.log").read_text(encoding="utf-8", errors="replace")


def test_a_backfill_of_three_past_days_succeeds_and_sends_nothing_twice(airflow: Installation) -> None:
    """Past days after the present one: they run through, and nothing old goes out over something newer."""
    airflow.succeeded(DAG_ID, airflow.scheduled_run(DAG_ID), log_of="airflow")
    effects = airflow.effects()
    airflow.run(
        str(Path(sys.executable).with_name("airflow")),
        *("backfill", "create", "--dag-id", DAG_ID, "--from-date", "2026-05-01", "--to-date", "2026-05-04"),
    )

    def ended() -> bool:
        runs = airflow.api("GET", f"/dags/{DAG_ID}/dagRuns?limit=50").json()["dag_runs"]
        past = [run["state"] for run in runs if run["run_type"] == "backfill"]
        return len(past) == 3 and set(past) <= {"success", "failed"}

    until(ended, 300, "the backfill")
    runs = airflow.api("GET", f"/dags/{DAG_ID}/dagRuns?limit=50").json()["dag_runs"]
    assert {run["state"] for run in runs if run["run_type"] == "backfill"} == {"success"}
    after = airflow.effects()
    assert len(after) == len(set(after))
    assert set(effects) <= set(after)


def test_many_exstream_jobs_are_waited_for_without_a_worker(airflow: Installation) -> None:
    """All wait in the triggerer and other tasks run; it is killed, the jobs end while nobody looks, and another finds all of that."""
    sandbox = f"http://127.0.0.1:{airflow.sandbox_port}"
    letters.send_letters(airflow.home, sandbox)
    airflow.unpause("letters_wait")
    run_id = str(airflow.api("POST", "/dags/letters_wait/dagRuns", logical_date=None).json()["dag_run_id"])

    def states() -> Counter[str]:
        found = airflow.api("GET", f"/dags/letters_wait/dagRuns/{run_id}/taskInstances?limit=100").json()["task_instances"]
        return Counter(str(ti["state"]) for ti in found)

    def all_are(state: str, patience_s: float) -> None:
        until(lambda: states() == {state: letters.COUNT}, patience_s, f"all tasks {state}")

    all_are("deferred", 300)
    pool = airflow.api("GET", "/pools/opentext_exstream").json()
    assert (pool["deferred_slots"], pool["occupied_slots"]) == (letters.COUNT, 0)
    airflow.run_dag("quick", log_of="airflow")
    assert states() == {"deferred": letters.COUNT}

    assert airflow.kill("airflow", "triggerer")
    letters.end_jobs(sandbox)
    assert states() == {"deferred": letters.COUNT}
    airflow.start("triggerer", [str(Path(sys.executable).with_name("airflow")), "triggerer"])
    all_are("success", 400)
    assert letters.outcomes(airflow.home) == {"sent": letters.COUNT}
