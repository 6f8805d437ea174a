"""A sandbox with payees, an empty ledger, and runs of the royalty DAGs in this process, with a person who answers."""

import json
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import requests
from dag_runs import loaded
from ledger_database import make_ledger

from colophon.ledger import Ledger
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

DAG_ID = "exstream__royalty_statements"
FORM = {"period": "2026H1", "policy": "standard", "shards": 3}


@contextmanager
def open_house(tmp_path, monkeypatch, payees):
    """`run(answer, **form)` runs the statements, `run_dag(dag_id)` another DAG; `control` asks the sandbox."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox(seeds.payees(payees)) as sandbox:
        _connect(monkeypatch, sandbox, tmp_path)
        _control(sandbox, "PUT", "clock", {"now": datetime.now(UTC).isoformat(), "mode": "running"})
        _control(sandbox, "PATCH", "settings", {"exstream": {"job_seconds": 0}})
        yield SimpleNamespace(
            run=lambda answer="Approve", **form: _run(monkeypatch, answer, {**FORM, **form}),
            run_dag=lambda dag_id: _run(monkeypatch, "", None, dag_id),
            sandbox=sandbox,
            ledger=lambda: Ledger.open(url),
            path=tmp_path,
            control=lambda method, path, body=None: _control(sandbox, method, path, body),
        )


def _connect(monkeypatch, sandbox, tmp_path):
    extra = {"start_jitter_seconds": 0, "settle_seconds": 0}
    key = {"conn_type": "consonance", "host": f"{sandbox}/consonance", "password": "sandbox0key0not0real000000000000"}
    monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**key, "extra": {**extra, "write_mode": "mutations"}}))
    letters = {"conn_type": "opentext_exstream", "host": f"{sandbox}/exstream", "login": "sandbox-client"}
    more = {"tenant": "acme", "domain": "acme-test", "external_id": True}
    monkeypatch.setenv(
        "AIRFLOW_CONN_OPENTEXT_EXSTREAM_DEFAULT", json.dumps({**letters, "password": "sandbox-not-a-secret", "extra": {**extra, **more}})
    )
    events = {"conn_type": "xconnector", "host": f"{sandbox}/xconnector", "password": "sandbox-not-a-token"}
    told = {"payload_mode": "upload", "manage_routes": True, "source": "/colophon/acme"}
    monkeypatch.setenv("AIRFLOW_CONN_XCONNECTOR_DEFAULT", json.dumps({**events, "extra": {**extra, **told}}))
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))


def _control(sandbox, method, path, body=None):
    answer = requests.request(method, f"{sandbox}/__sandbox__/{path}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def _run(monkeypatch, answer, form, dag_id=DAG_ID):
    """One run in this process. Whenever the run waits for a person, they answer through Airflow's own API handler."""
    asked = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dag = loaded(dag_id)
        really = time.sleep
        with monkeypatch.context() as patch:
            patch.setattr(time, "sleep", lambda seconds: _answer(answer, asked) or really(min(seconds, 0.01)))
            run = dag.test(run_conf=form)
    tasks = run.get_task_instances()
    states = {f"{t.task_id}[{t.map_index}]": str(t.state) for t in tasks}
    told = {t.task_id: t for t in tasks if t.map_index < 0}
    report = told["report"].xcom_pull(task_ids="report", key="report")
    balanced = told["balance"].xcom_pull(task_ids="balance", key="balanced") if "balance" in told else None
    returned = {name: task.xcom_pull(task_ids=name) for name, task in told.items()}
    return SimpleNamespace(
        state=str(run.state), states=states, report=report, balanced=balanced, asked=asked, run_id=run.run_id, returned=returned
    )


def _answer(answer, asked):
    """Answer what waits, as the Airflow UI does."""
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
    from airflow.models.hitl import HITLDetail
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        for detail in session.scalars(select(HITLDetail).where(HITLDetail.responded_at.is_(None))).all():
            ti = detail.task_instance
            if str(ti.state) != "awaiting_input":
                continue
            asked.append((detail.subject, detail.body))
            person = SimpleNamespace(get_id=lambda: "royalties", get_name=lambda: "royalties")
            payload = UpdateHITLDetailPayload(chosen_options=[answer])
            update_hitl_detail(ti.dag_id, ti.run_id, ti.task_id, payload, person, session, ti.map_index)
