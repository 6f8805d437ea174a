"""Who is told when something goes wrong that no code of ours can catch, by a real scheduler: into the file that `make up` tells to."""

import json
from collections.abc import Iterator

import pytest
from tests.production.servers import Installation, tier_is_off, until

from colophon_airflow import local

pytestmark = [pytest.mark.production, pytest.mark.enable_socket]

HEAD = '''"""
# Goes wrong: {name}
"""

import os
import signal
import time
from datetime import timedelta

from airflow.sdk import task

from colophon import environment
from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.approval import AskOperator
from colophon_airflow.operators.base import AwaitOperator
from colophon_airflow.systems.opentext_push.trigger import OpentextPushFinishedTrigger


class Waits(AwaitOperator):
    def trigger(self):
        until = (environment.now() + timedelta(seconds=1)).isoformat()
        return OpentextPushFinishedTrigger(conn_id="opentext_push_default", remote_ids=["1"], until=until)

    def take_outcomes(self, context, ledger):
        raise AssertionError


@task
def sleep(seconds):
    time.sleep(seconds)


@task
def die():
    os.kill(os.getpid(), signal.SIGKILL)


@use_case_dag("0 0 1 1 *", owner="operations", asks_people={asks})
def {name}():
    {body}
'''
WRONG = {
    "killed": "die()",
    "endless": "sleep(900)",
    "late": "sleep(40)",
    "unwatched": 'Waits(task_id="wait", destination="someone")',
    "forgotten": 'AskOperator(task_id="approve", subject="May it go?", body="Look at it.")',
}
LIMITS = {
    "ops__killed": {"retries": 0},
    "ops__endless": {"run_minutes": 0.2},
    "ops__late": {"late_minutes": 0.1},
}
TOLD = {
    "ops__killed: the run": "a task of it failed without a word",
    "ops__endless: the run": "it took longer than a run may",
    "ops__late: the run": "a task of it waits or hangs",
    "ops__unwatched: wait (someone) failed in try 1": "nobody looked until the time limit of the wait",
    "ops__forgotten: approve waits for a person's answer": "nothing goes on before",
    "ops__forgotten: approve failed in try 1": "nobody answered within",
}
"""How each notice begins, and its reason."""
REMINDER = "approve still waits for a person's answer"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Airflow as `make up` starts it, with five DAGs that go wrong; stopped afterwards."""
    if reason := tier_is_off():
        pytest.skip(reason)
    installation = Installation(tmp_path_factory.mktemp("told"))
    dags = installation.home / "dags" / "ops"
    dags.mkdir(parents=True)
    for name, body in WRONG.items():
        (dags / f"{name}.py").write_text(HEAD.format(name=name, body=body, asks=name == "forgotten"), encoding="utf-8")
    installation.env |= {
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags.parent),
        "AIRFLOW__COLOPHON__DAGS": json.dumps(LIMITS),
        "AIRFLOW__COLOPHON__DEFER_GRACE_MINUTES": "0.1",
        "AIRFLOW__COLOPHON__APPROVAL_HOURS": "0.005",
    }
    installation.password = local.prepare(installation.home, installation.env)
    try:
        installation.start("airflow", local.airflow_command())
        installation.wait_for_airflow("airflow")
        yield installation
    finally:
        installation.stop()


def test_a_kill_a_dead_triggerer_a_forgotten_approval_and_runs_without_end_are_told(airflow: Installation) -> None:
    """Each by one notice that says why, what to do and where; with nobody at the triggerer, and at once or at its limit."""
    assert airflow.kill("airflow", "triggerer")
    for name in WRONG:
        airflow.unpause(f"ops__{name}")
        airflow.api("POST", f"/dags/ops__{name}/dagRuns", logical_date=None).raise_for_status()
    file = airflow.home / "alerts.log"

    def notices() -> list[list[str]]:
        """All but the reminder at half time, which comes where the watch looks in between."""
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        return [notice.splitlines()[1:] for notice in text.split("\n\n") if notice.strip() and REMINDER not in notice]

    until(lambda: len(notices()) >= len(TOLD), 600, "the notices")
    by_what = {what.removeprefix("what: "): why for what, why, do, where in notices()}
    assert len(by_what) == len(notices()) == len(TOLD), by_what
    for begins, why in TOLD.items():
        assert [reason for what, reason in by_what.items() if what.startswith(begins) and why in reason], (begins, by_what)
    [log] = (airflow.home / "airflow" / "logs" / "dag_id=ops__unwatched").glob("*/task_id=wait/attempt=1.log")
    assert "why: nobody looked" in log.read_text(encoding="utf-8")
    assert "error_detail" not in log.read_text(encoding="utf-8")  # Airflow's name of a traceback

    def is_over() -> bool:
        [run] = airflow.api("GET", "/dags/ops__late/dagRuns").json()["dag_runs"]
        return bool(run["state"] == "success")

    until(is_over, 600, "the late run")  # a run is late and good: its deadline ends nothing
