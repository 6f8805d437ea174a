"""The watch as a whole DAG: what it asks of Airflow, Airflow's own API for tasks answers."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dag_runs import loaded
from ledger_database import make_ledger

from colophon.readiness import needs_of_all
from colophon.use_cases.ops.watch import DagRuns
from colophon_airflow import airflow_state
from colophon_airflow.desk import health

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs
DAG, TRAY = "ops__watch", "ops__write_back_tray"


@pytest.mark.nightly
def test_airflow_tells_a_task_of_other_dags(airflow_database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused or not, and their newest run with its state; a DAG that it does not know is missed."""
    make_ledger(url := f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(tmp_path / "alerts.log")}]))
    monkeypatch.setenv(
        "AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({"conn_type": "consonance", "host": "http://127.0.0.1:1", "password": "x"})
    )
    well = {name: {"status": "healthy"} for name in ("metadatabase", "scheduler", "triggerer")}
    monkeypatch.setattr(airflow_state, "health", lambda: well)
    monkeypatch.setattr(health, "ask_all", lambda _ledger, _now: None)
    said: dict[str, DagRuns] = {}
    runs_of = airflow_state.runs_of

    def remembered(dag_id: str, now: datetime, before: datetime | None = None) -> DagRuns:
        said[dag_id] = runs_of(dag_id, now, before)
        return said[dag_id]

    monkeypatch.setattr(airflow_state, "runs_of", remembered)
    tray: Any = loaded(TRAY, among_all=True)
    tray.test(logical_date=datetime(2026, 5, 4, 6, 45, tzinfo=UTC), use_executor=False)
    assert loaded(DAG, among_all=True).test(logical_date=datetime(2026, 5, 4, 7, tzinfo=UTC)).state == "success"
    assert set(said) == set(needs_of_all())
    assert said[TRAY].state in {"success", "failed"}
    assert said[TRAY].run_id
    assert said["push__milestone_alerts"].is_paused
