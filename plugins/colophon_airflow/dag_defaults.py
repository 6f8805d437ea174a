"""The one way in which a DAG file declares itself; what all DAGs have in common comes with it, from the section `[colophon]`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pendulum
from airflow.sdk import (
    DAG,
    AssetOrTimeSchedule,
    CronDataIntervalTimetable,
    CronTriggerTimetable,
    Param,
)
from airflow.sdk.configuration import conf
from airflow.sdk.definitions.callback import AsyncCallback, Callback, SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowConfigException

from colophon.errors import BadConfigError
from colophon_airflow.retry import ErrorTreeRetryPolicy
from colophon_airflow.watch import LATE_RUN, LATE_RUN_BY_TRIGGERER, REMINDER, REMINDER_BY_TRIGGERER, tell_failed_run, tell_failed_task

if TYPE_CHECKING:
    from airflow.sdk import Asset, BaseOperator

DRY_RUN = Param(default=False, type="boolean", title="Dry run", description="Show the plan, send nothing.")
NUMBERS = ("retries", "retry_minutes", "task_minutes", "run_minutes", "late_minutes")
"""Options of all DAGs that the option `dags` may set for one."""
LONGEST = 1_000_000
RUN_CALLBACKS = ("LocalExecutor", "CeleryExecutor")
"""Executors that run callbacks, as Airflow 3.3 and its providers have it."""
_SOON = {"retries": 2, "retry_minutes": 1}
"""For DAGs that run every few minutes: the next run comes soon enough."""


def use_case_dag(
    cron: str | None,
    *,
    owner: str,
    tags: Sequence[str] = (),
    wakes: Sequence["Asset"] = (),
    params: Mapping[str, Any] | None = None,
    polls: bool = False,
    asks_people: bool = False,
) -> Callable[[Callable[[], None]], DAG]:
    """Make a DAG of the function that wires it. Its file names it: `dags/<system>/<use_case>.py` is `<system>__<use_case>`.

    The file's docstring is its page, and the heading its name. No run is made up for those that were missed, since the next one
    reaches back, and none stands beside another. Tasks and runs have a time limit; a failure or a late run is told (`watch`).

    :param cron: when it runs; None: only by hand. :param owner: who is responsible, as in `owners.yaml`. :param tags: beside the system's.
    :param wakes: assets that start a run, too. :param params: its form, beside *dry run*. :param polls: it takes what waits, so that its
        runs have no data interval. :param asks_people: a run may wait for an answer, and there is no dry run.
    :raises BadConfigError: an option cannot be read.
    """

    def declared(wire: Callable[[], None]) -> DAG:
        file = Path(wire.__code__.co_filename)
        page, system = str(wire.__globals__["__doc__"]), file.parent.name
        dag_id = f"{system}__{file.stem}"
        soon = _SOON if polls else {}
        minutes = {name: timedelta(minutes=number_of(dag_id, name, soon)) for name in NUMBERS if name != "retries"}
        with DAG(
            dag_id,
            dag_display_name=page.strip().partition("\n")[0].removeprefix("# "),
            doc_md=page,
            schedule=_schedule(_own(dag_id).get("schedule", cron), wakes, polls=polls),
            start_date=first_day(),
            catchup=False,
            max_active_runs=1,
            tags=[system, *tags],
            params={**({} if asks_people else {"dry_run": DRY_RUN}), **(params or {})},
            dagrun_timeout=minutes["run_minutes"] + (approval_limit() if asks_people else timedelta()),
            deadline=[
                DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, minutes["late_minutes"], _callback(LATE_RUN, LATE_RUN_BY_TRIGGERER)),
                *_reminders(asks_people=asks_people),
            ],
            on_failure_callback=tell_failed_run,
            default_args={
                "owner": owner,
                "retries": int(number_of(dag_id, "retries", soon)),
                "retry_delay": minutes["retry_minutes"],
                "retry_exponential_backoff": True,
                "retry_policy": ErrorTreeRetryPolicy(),
                "execution_timeout": minutes["task_minutes"],
                "on_failure_callback": tell_failed_task,
                "map_index_template": "{{ task.map_label if ti.map_index >= 0 else '' }}",
            },
        ) as dag:
            dag.fileloc = wire.__code__.co_filename  # else it would be this file
            wire()
        return dag

    return declared


def choices(names: Sequence[str], **said: Any) -> Param:
    """A form's field of which some, or none, of these are chosen."""
    return Param(None, type=["null", "array"], items={"type": "string", "enum": list(names)}, examples=list(names), **said)


def mapped(operator: type["BaseOperator"], task_id: str, **given: Any) -> Any:
    """A step of mapped tasks, so many of which run at once that one run does not take all workers (`[colophon] parallel_tasks`)."""
    return operator.partial(task_id=task_id, max_active_tis_per_dagrun=conf.getint("colophon", "parallel_tasks"), **given)


def approval_limit() -> timedelta:
    """How long a person has to answer: `[colophon] approval_hours`. Raises BadConfigError."""
    return timedelta(hours=number_of("", "approval_hours"))


def defer_grace() -> timedelta:
    """So long after the end of its own wait a waiting task has failed: `[colophon] defer_grace_minutes`. Raises BadConfigError."""
    return timedelta(minutes=number_of("", "defer_grace_minutes"))


def number_of(dag_id: str, name: str, shipped: Mapping[str, float] | None = None) -> float:
    """A number of this DAG: its own in the option `dags`, else what ships for its kind, else the section's.

    :raises BadConfigError: it is no number above nothing (of tries: no whole one from 0).
    """
    value = _own(dag_id).get(name, (shipped or {}).get(name, conf.get("colophon", name)))
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not (number % 1 == 0 and number >= 0 if name == "retries" else 0 < number < LONGEST):
        of = f" of {dag_id}" if dag_id in _dags() else ""
        raise BadConfigError(f"[colophon] {name}{of} is {value!r}, and no number of that kind", remedy=f"Give {name} a number above 0.")
    return number


def check_options(dag_ids: Sequence[str]) -> None:
    """Look at every option that DAGs are made with.

    :raises BadConfigError: the first that is wrong; also one of the option `dags` that names no DAG of ours.
    """
    if strangers := sorted(set(_dags()) - set(dag_ids)):
        raise BadConfigError(
            f"[colophon] dags names {', '.join(strangers)}, which is no DAG", remedy=f"DAGs: {', '.join(sorted(dag_ids))}."
        )
    from airflow.sdk.exceptions import AirflowTimetableInvalid
    from airflow.timetables.interval import CronDataIntervalTimetable as Timetable

    first_day()
    approval_limit()
    defer_grace()
    for dag_id in dag_ids:
        for name in NUMBERS:
            number_of(dag_id, name)
        cron = _own(dag_id).get("schedule", "@daily")
        try:
            Timetable(cron, timezone="UTC").validate()
        except (AirflowTimetableInvalid, AttributeError, ValueError) as problem:
            remedy = "Write five fields, such as `30 6 * * *`."
            raise BadConfigError(f"[colophon] dags: {cron!r} of {dag_id} is no schedule", remedy=remedy) from problem


def _reminders(*, asks_people: bool) -> list[DeadlineAlert]:
    """Of a question that nobody answered when half of the time for it is over."""
    if not asks_people:
        return []
    return [DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, approval_limit() / 2, _callback(REMINDER, REMINDER_BY_TRIGGERER))]


def _callback(by_executor: str, by_triggerer: str) -> Callback:
    """By the executor, for a dead triggerer is one of the things that it tells of; by the triggerer where the executor would refuse it.

    An executor that runs no callbacks raises in the scheduler's own loop.
    """
    default = conf.get("core", "executor").partition(",")[0]
    return SyncCallback(by_executor) if default.endswith(RUN_CALLBACKS) else AsyncCallback(by_triggerer)


def own_schedule(dag_id: str) -> str | None:
    """A DAG's schedule in the option `dags`; None where it has none of its own there. Raises BadConfigError."""
    found = _own(dag_id).get("schedule")
    return str(found) if found else None


def first_day() -> datetime:
    """The first day for which runs are made: `[colophon] start_date`. Raises BadConfigError."""
    text = conf.get("colophon", "start_date")
    try:
        return pendulum.from_format(text, "YYYY-MM-DD", tz=time_zone())
    except ValueError as problem:
        raise BadConfigError(f"[colophon] start_date is {text!r}", remedy="Write a day, such as 2026-01-01.") from problem


def time_zone() -> Any:
    """In which schedules are told: `[colophon] time_zone`. Raises BadConfigError."""
    name = conf.get("colophon", "time_zone")
    try:
        return pendulum.timezone(name)
    except ValueError as problem:
        raise BadConfigError(f"[colophon] time_zone is {name!r}", remedy="Write a name such as Europe/London.") from problem


def _schedule(cron: str | None, wakes: Sequence["Asset"], *, polls: bool) -> Any:
    if cron is None:
        return None
    timetable = CronTriggerTimetable(cron, timezone="UTC") if polls else CronDataIntervalTimetable(cron, timezone=time_zone())
    return AssetOrTimeSchedule(timetable=timetable, assets=list(wakes)) if wakes else timetable


def _own(dag_id: str) -> Mapping[str, Any]:
    own = _dags().get(dag_id, {})
    unknown = sorted(set(own) - {"schedule", *NUMBERS}) if isinstance(own, dict) else ["no object"]
    if unknown:
        remedy = f"Keys: schedule, {', '.join(NUMBERS)}."
        raise BadConfigError(f"[colophon] dags: {dag_id} has {', '.join(unknown)}", remedy=remedy)
    return cast("Mapping[str, Any]", own)


def _dags() -> Mapping[str, Any]:
    try:
        dags = conf.getjson("colophon", "dags", fallback={})
    except AirflowConfigException:
        dags = None
    if not isinstance(dags, dict):
        remedy = 'Write it as {"push__milestone_alerts": {"schedule": "5 8 * * *"}}.'
        raise BadConfigError("[colophon] dags is no JSON object", remedy=remedy)
    return dags
