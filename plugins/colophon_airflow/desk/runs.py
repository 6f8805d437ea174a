"""Runs of Colophon's DAGs, as Airflow's own database has them: only of DAGs that the person may see."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from sqlalchemy import and_, func, or_, select

from colophon import environment

PREFIXES = ("push__", "exstream__", "xconnector__", "fourallportal__", "bytenite__", "ops__")
DISPLAYED: Any = DagModel.dag_display_name
LOOKED_BACK = timedelta(days=14)


class Run(NamedTuple):
    """The newest run of a DAG; all but id and name are None where it never ran."""

    dag_id: str
    name: str
    run_id: str | None = None
    state: str | None = None
    run_after: Any = None
    end: Any = None
    is_paused: bool = False


def latest(user: BaseUser) -> list[Run]:
    """Each of our DAGs with its newest run."""
    allowed = get_auth_manager().get_authorized_dag_ids(user=user)
    with create_session() as session:
        query = select(DagModel.dag_id, DISPLAYED, DagModel.is_paused).where(_ours(), ~DagModel.is_stale)
        dags = [row for row in session.execute(query.order_by(DagModel.dag_id)) if row.dag_id in allowed]
        found = []
        for dag_id, name, is_paused in dags:
            newest = select(DagRun.run_id, DagRun.state, DagRun.run_after, DagRun.end_date).where(DagRun.dag_id == dag_id)
            row = session.execute(newest.order_by(DagRun.run_after.desc()).limit(1)).first()
            run = Run(dag_id, name, is_paused=is_paused)
            found.append(run._replace(run_id=row.run_id, state=row.state, run_after=row.run_after, end=row.end_date) if row else run)
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


class Troubled(NamedTuple):
    """Runs of a DAG in one bad state: how many, the newest one, since when. `went_since`: a later run of the DAG went well."""

    dag_id: str
    name: str
    state: str
    number: int
    run_id: str
    since: Any
    went_since: bool


def troubled(user: BaseUser, at: datetime) -> list[Troubled]:
    """Every run that failed in two weeks, and every one that is under way for longer than its `late_minutes` and asks nobody; by DAG.

    What was due long ago counts from when it was queued: by an unpaused DAG, or a backfill, of which each day waits for its turn.
    """
    names, found = _names(user), list[Troubled]()
    asking = {(question.dag_id, question.run_id) for question in questions(user)}
    shown: tuple[Any, ...] = (DagRun.dag_id, DagRun.run_id, DagRun.state, DagRun.run_after, DagRun.queued_at)
    waits_for_its_turn = and_(DagRun.state == "queued", DagRun.run_type == "backfill")
    is_under_way = and_(DagRun.state.in_(("running", "queued")), ~waits_for_its_turn)
    is_bad = and_(DagRun.state == "failed", DagRun.run_after > at - LOOKED_BACK) | is_under_way
    with create_session() as session:
        rows = session.execute(select(*shown).where(DagRun.dag_id.in_(names), is_bad).order_by(DagRun.run_after.desc())).all()
        went = select(DagRun.dag_id, func.max(DagRun.run_after)).where(DagRun.dag_id.in_(names), DagRun.state == "success")
        well = {dag_id: moment for dag_id, moment in session.execute(went.group_by(DagRun.dag_id))}  # noqa: C416 - rows, not pairs
    by_state: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row.state == "failed" or (_since(row) < at - _late(row.dag_id) and (row.dag_id, row.run_id) not in asking):
            by_state.setdefault((row.dag_id, str(row.state)), []).append(row)
    for (dag_id, state), bad in by_state.items():
        newest, oldest = bad[0], bad[-1]
        went_since = dag_id in well and well[dag_id] > newest.run_after
        found.append(Troubled(dag_id, names[dag_id], state, len(bad), newest.run_id, _since(oldest), went_since))
    return found


def _since(row: Any) -> datetime:
    """Since when a run is as it is: no sooner than it was queued, while it is under way."""
    due: datetime = row.run_after
    return due if row.state == "failed" else max(due, row.queued_at or due)


class Question(NamedTuple):
    """A task that waits for a person's answer."""

    dag_id: str
    name: str
    run_id: str
    task_id: str
    subject: str
    since: Any


def questions(user: BaseUser) -> list[Question]:
    """What runs ask people, the oldest first. Only the question's subject is read: its body may hold what is not for everybody."""
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance

    names = _names(user)
    shown: tuple[Any, ...] = (TaskInstance.dag_id, TaskInstance.run_id, TaskInstance.task_id, HITLDetail.subject, HITLDetail.created_at)
    waits: tuple[Any, ...] = (HITLDetail.responded_at.is_(None), TaskInstance.dag_id.in_(names), TaskInstance.end_date.is_(None))
    query = select(*shown).join(TaskInstance, TaskInstance.id == HITLDetail.ti_id).where(*waits).order_by(HITLDetail.created_at)
    with create_session() as session:
        return [
            Question(row.dag_id, names[row.dag_id], row.run_id, row.task_id, row.subject, row.created_at) for row in session.execute(query)
        ]


def dead_parts() -> list[tuple[str, datetime | None]]:
    """Parts of Airflow that runs need and that do not live, each with its last heartbeat."""
    from airflow.api.common.airflow_health import get_airflow_health

    said = get_airflow_health()
    found = []
    for part in ("scheduler", "triggerer"):
        state = said.get(part) or {}
        if state.get("status") != "healthy":
            beat = state.get(f"latest_{part}_heartbeat")
            found.append((part, datetime.fromisoformat(beat) if beat else None))
    return found


def name_of(use_case: str) -> str:
    """What Airflow calls a use case's DAG, else its id in words; what stands beside it under a name of its own (`…:delivery`) with that."""
    dag_id, _, about = use_case.partition(":")
    name = _displayed(int(environment.now().timestamp()) // 60).get(dag_id, dag_id)
    name = dag_id.replace("__", ": ").replace("_", " ") if name == dag_id else name
    return f"{name}, {about}" if about else name


@lru_cache(maxsize=1)
def _displayed(_minute: int) -> Mapping[str, str]:
    """Of all our DAGs, asked once a minute: a page names them in each of its rows."""
    with create_session() as session:
        return {row.dag_id: row.dag_display_name for row in session.execute(select(DagModel.dag_id, DISPLAYED).where(_ours()))}


def _names(user: BaseUser) -> dict[str, str]:
    """Our DAGs that the person may see, with the names that Airflow displays."""
    allowed = get_auth_manager().get_authorized_dag_ids(user=user)
    query = select(DagModel.dag_id, DISPLAYED).where(_ours(), ~DagModel.is_stale)
    with create_session() as session:
        return {row.dag_id: row.dag_display_name for row in session.execute(query) if row.dag_id in allowed}


def _ours() -> Any:
    return or_(*(DagModel.dag_id.startswith(prefix, autoescape=True) for prefix in PREFIXES))


def _late(dag_id: str) -> timedelta:
    from colophon_airflow.dag_defaults import number_of

    return timedelta(minutes=number_of(dag_id, "late_minutes"))
