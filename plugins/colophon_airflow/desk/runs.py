"""Runs of Colophon's DAGs, as Airflow's own database has them: only of DAGs that the person may see."""

from typing import Any, NamedTuple

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from sqlalchemy import or_, select

PREFIXES = ("push__", "exstream__", "xconnector__", "fourallportal__", "bytenite__", "ops__")


class Run(NamedTuple):
    """The newest run of a DAG; all but the id are None where it never ran."""

    dag_id: str
    run_id: str | None = None
    state: str | None = None
    run_after: Any = None
    end: Any = None
    is_paused: bool = False


def latest(user: BaseUser) -> list[Run]:
    """Each of our DAGs with its newest run."""
    allowed = get_auth_manager().get_authorized_dag_ids(user=user)
    with create_session() as session:
        ours = or_(*(DagModel.dag_id.startswith(prefix, autoescape=True) for prefix in PREFIXES))
        query = select(DagModel.dag_id, DagModel.is_paused).where(ours, ~DagModel.is_stale).order_by(DagModel.dag_id)
        dags = [row for row in session.execute(query) if row.dag_id in allowed]
        found = []
        for dag_id, is_paused in dags:
            newest = select(DagRun.run_id, DagRun.state, DagRun.run_after, DagRun.end_date).where(DagRun.dag_id == dag_id)
            row = session.execute(newest.order_by(DagRun.run_after.desc()).limit(1)).first()
            found.append(
                Run(dag_id, row.run_id, row.state, row.run_after, row.end_date, is_paused) if row else Run(dag_id, is_paused=is_paused)
            )
    return found


class Balanced(NamedTuple):
    """What a royalty run counted and whether its control totals hold; no amount. `told` is the XCom of its *balance* task."""

    run_id: str
    at: Any
    told: Any


def balanced(user: BaseUser, dag_id: str, *, limit: int = 6) -> list[Balanced]:
    """The newest royalty runs that came as far as their control totals; none where the person may not see the DAG."""
    from airflow.models.xcom import XComModel

    if dag_id not in get_auth_manager().get_authorized_dag_ids(user=user):
        return []
    wanted = (XComModel.dag_id == dag_id, XComModel.task_id == "balance", XComModel.key == "balanced")
    query = select(XComModel.run_id, XComModel.timestamp, XComModel.value).where(*wanted).order_by(XComModel.timestamp.desc())
    with create_session() as session:
        rows = [(row, XComModel.deserialize_value(row)) for row in session.execute(query.limit(limit))]
    # A backend of one's own for XComs may keep a reference here instead.
    return [Balanced(row.run_id, row.timestamp, told) for row, told in rows if isinstance(told, dict)]
