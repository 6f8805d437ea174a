"""An Airflow with a sandbox, a ledger and the DAGs of this project, for tests that run them in one process."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from dag_runs import loaded
from ledger_database import make_ledger

from colophon.ledger import Ledger
from colophon_airflow.local import config_folder
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow_database: None) -> Iterator[SimpleNamespace]:
    """A sandbox with 60 titles, an empty ledger, and `run(**form)` that runs the DAG once."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox(seeds.catalogue(100, 7)) as sandbox:
        extra = {"start_jitter_seconds": 0, "settle_seconds": 0}
        token = {"conn_type": "xconnector", "host": f"{sandbox}/xconnector", "password": "sandbox-not-a-token"}
        key = {"conn_type": "consonance", "host": f"{sandbox}/consonance", "password": "sandbox0key0not0real000000000000"}
        more = {"payload_mode": "upload", "manage_routes": True, "source": "/colophon/acme"}
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
        monkeypatch.setenv("AIRFLOW_CONN_XCONNECTOR_DEFAULT", json.dumps({**token, "extra": {**extra, **more}}))
        monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**key, "extra": extra}))
        monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
        monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(config_folder(tmp_path)))
        requests.put(f"{sandbox}/__sandbox__/clock", json={"now": _now(), "mode": "running"}, timeout=60).raise_for_status()
        yield SimpleNamespace(run=_run, sandbox=sandbox, ledger=lambda: Ledger.open(url), path=tmp_path)


@pytest.fixture
def rights_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow_database: None) -> Iterator[SimpleNamespace]:
    """A sandbox with the small house of `rights_world`, an empty ledger, and `run(dag_id, **form)`."""
    import rights_world
    from conftest_rights import point_at

    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox({"consonance": rights_world.CONSONANCE}) as sandbox:
        point_at(sandbox, tmp_path, monkeypatch)
        requests.put(f"{sandbox}/__sandbox__/clock", json={"now": _now(), "mode": "running"}, timeout=60).raise_for_status()
        yield SimpleNamespace(run=_run, sandbox=sandbox, ledger=lambda: Ledger.open(url))


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The first morning of a house whose rights change; the tasks run without a scheduler."""
    from changing_house import COUNTRIES
    from conftest_rights import point_at
    from rights_story import THEIRS, Story

    make_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    config = tmp_path / "config"
    config.mkdir()
    cells = {"portal": {"territories": list(COUNTRIES), "channels": THEIRS["portal"]}, "library": {"channels": THEIRS["library"]}}
    (config / "availability.yaml").write_text(json.dumps(cells), encoding="utf-8")
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(config))
    with running_sandbox() as sandbox:
        point_at(sandbox, tmp_path, monkeypatch)
        yield Story(sandbox, tmp_path)


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat()


def _run(dag_id: str = "xconnector__metadata_syndication", **form: object) -> SimpleNamespace:
    """Run a DAG in this process; its state and the report's summary."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Airflow's own
        dag = loaded(dag_id)
        run = dag.test(run_conf=form or None)
        tasks = run.get_task_instances()
        report = next((t.xcom_pull(task_ids="report") for t in tasks if t.task_id == "report" and t.state == "success"), None)
        steps = ("finalize", "decide")
        plan = next((t.xcom_pull(task_ids=name, key="plan") for name in steps for t in tasks if t.task_id == name), None)
    states = {f"{t.task_id}[{t.map_index}]": t.state for t in tasks}
    return SimpleNamespace(state=str(run.state), report=report, plan=plan, states=states)
