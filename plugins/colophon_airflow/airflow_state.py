"""What a task may know of other DAGs and of Airflow itself: by the API that tasks speak to, and by Airflow's own health page."""

import json
import re
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from airflow.sdk.configuration import conf

from colophon.errors import BadConfigError, NotFoundError, TransportError
from colophon_airflow.dag_defaults import first_day, own_schedule, time_zone

if TYPE_CHECKING:
    from colophon.use_cases.ops.watch import DagRuns

TIMEOUT_S = 20
_DECLARED = re.compile(r"@use_case_dag\(\s*(?:\"([^\"]+)\"|None)")
GRACE = timedelta(minutes=15)
"""So long after a run was due it may still not be there: Airflow makes runs one after the other."""


def runs_of(dag_id: str, now: datetime, before: datetime | None = None) -> "DagRuns":
    """The newest scheduled run of a DAG, or the newest before a moment; and when one was due.

    :raises NotFoundError: Airflow has no such DAG: its file cannot be read. :raises TransportError: its API does not answer.
    """
    from airflow.sdk.exceptions import AirflowRuntimeError
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import GetDag, GetPreviousDagRun

    from colophon.use_cases.ops.watch import DagRuns

    ask = task_runner.SUPERVISOR_COMMS.send
    try:
        dag: Any = ask(GetDag(dag_id=dag_id))
        newest: Any = ask(GetPreviousDagRun(dag_id=dag_id, logical_date=before or now + timedelta(days=400)))
    except AirflowRuntimeError as problem:
        if (problem.error.detail or {}).get("status_code") != HTTPStatus.NOT_FOUND:
            raise TransportError("Airflow's API does not answer", system="airflow", evidence=problem.error.error.value) from None
        raise NotFoundError(f"Airflow has no DAG {dag_id}", system="airflow", subject=dag_id) from problem
    run = newest.dag_run
    paused, was_due = bool(dag.is_paused), due(dag_id, now)
    if run is None:
        return DagRuns(dag_id, paused, due=was_due)
    state = str(getattr(run.state, "value", run.state))
    return DagRuns(dag_id, paused, run.run_id, state, run.run_after, was_due, max(run.run_after, run.start_date or run.run_after))


def due(dag_id: str, now: datetime) -> datetime | None:
    """When a run of a DAG should have been there at the latest, by its schedule; None where it runs by hand alone, or has its first run yet to come."""
    from croniter import croniter  # type: ignore[import-untyped]  # Airflow brings it, without types

    if (cron := schedule_of(dag_id)) is None:
        return None
    ticks = croniter(cron, (now - GRACE).astimezone(time_zone()))
    moment, begins = ticks.get_prev(datetime), ticks.get_prev(datetime)
    return None if begins < first_day() else moment.astimezone(now.tzinfo)


def schedule_of(dag_id: str) -> str | None:
    """The five fields of a DAG's schedule: its own in `[colophon] dags`, else what its file declares; None where it has none."""
    from colophon_airflow import local

    system, _, name = dag_id.partition("__")
    found = _DECLARED.search((local.DAGS / system / f"{name}.py").read_text(encoding="utf-8"))
    if found is None:
        raise BadConfigError(f"the file of {dag_id} declares no schedule in the one way that DAGs do")
    return own_schedule(dag_id) or found[1]


def health() -> dict[str, dict[str, str | None]]:
    """Airflow's own word on its parts.

    :raises TransportError: its API server does not answer.
    """
    base = str(conf.get("api", "base_url", fallback="")).rstrip("/") or "http://localhost:8080"
    try:
        with urlopen(f"{base}/api/v2/monitor/health", timeout=TIMEOUT_S) as answer:  # noqa: S310 - Airflow's own address
            said: dict[str, dict[str, str | None]] = json.load(answer)
    except (OSError, ValueError) as problem:
        raise TransportError("Airflow's health page does not answer", system="airflow", evidence=type(problem).__name__) from None
    return said


def beat(address: str) -> None:
    """Say to an address outside that we live.

    :raises TransportError: it was not taken; the address is told nowhere, for who knows it can speak for us.
    """
    if not address.startswith(("https://", "http://")):
        raise BadConfigError("[colophon] heartbeat_url is no address", remedy="Write https://...")
    try:
        with urlopen(Request(address, b"", method="POST"), timeout=TIMEOUT_S):  # noqa: S310 - checked above
            pass
    except OSError as problem:
        raise TransportError("the outside watch does not take our beat", system="heartbeat", evidence=type(problem).__name__) from None
