"""What an operator can set for all DAGs, or for one: schedules, zone, limits, retries; and what is refused."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, AssetOrTimeSchedule
from airflow.sdk.definitions.callback import AsyncCallback, SyncCallback
from dag_walk import DAGS, dag_named, parsed

from colophon.errors import BadConfigError
from colophon.readiness import needs_of_all
from colophon_airflow.dag_defaults import check_options

MILESTONES, INBOX, STATEMENTS = "push__milestone_alerts", "push__downstream_exceptions", "exstream__royalty_statements"
POLL = {INBOX, "exstream__service_outcomes", "ops__watch", "bytenite__video_assets"}
SHIPPED = {
    "xconnector__metadata_syndication": "0 2 * * *",
    "xconnector__rights_royalty_exchange": "30 3 * * *",
    "push__rights_expiry_scan": "0 6 * * *",
    "fourallportal__rights_availability": "30 6 * * *",
    "fourallportal__title_metadata": "20 * * * *",
    "fourallportal__enriched_content": "0 1 * * *",
    "fourallportal__format_links": "15 5 * * *",
    "bytenite__companion_media": "20 5 * * *",
    "bytenite__launch_videos": "10 * * * *",
    "bytenite__video_rights": "45 6 * * *",
    "exstream__rights_notices": "0 7 * * *",
    "exstream__contributor_requests": "15 7 * * *",
    "exstream__milestone_letters": "30 7 * * *",
    "exstream__partner_updates": "0 4 * * *",
    "exstream__launch_communications": "0 8 * * *",
    "exstream__reader_campaigns": "0 7 * * *",
    "push__milestone_alerts": "5 7-19 * * *",
    "push__metadata_exceptions": "20 7-19 * * *",
    "push__stakeholder_updates": "10 8-18 * * *",
    "push__pipeline_monitor": "*/15 7-19 * * *",
    "push__deadline_reminders": "0 7 * * 1-5",
    "push__distribution_status": "*/30 7-19 * * *",
    "exstream__royalty_statements": "0 6 1 3,9 *",
    "push__downstream_exceptions": "*/10 * * * *",
    "exstream__service_outcomes": "20 * * * *",
    "fourallportal__approved_assets": "10 * * * *",
    "fourallportal__product_packages": "20 * * * *",
    "fourallportal__launch_assets": "30 * * * *",
    "xconnector__workflow_status": "*/15 * * * *",
    "xconnector__launch_milestones": "20 * * * *",
    "xconnector__asset_handoff": "50 * * * *",
    "xconnector__party_sync": "15 4 * * *",
    "fourallportal__launch_readiness": "50 * * * *",
    "bytenite__campaign_readiness": "40 * * * *",
    "xconnector__production_orders": "40 * * * *",
    "bytenite__video_release": "*/15 * * * *",
    "bytenite__video_metadata": "35 * * * *",
    "bytenite__video_assets": "10,40 * * * *",
    "bytenite__video_performance": "20 9 * * *",
    "ops__housekeeping": "30 4 * * *",
    "ops__reconciliation": "15 5 * * *",
    "ops__redrive": None,
    "ops__watch": "*/10 * * * *",
    "ops__write_back_tray": "45 7 * * 1-5",
}


@pytest.fixture(autouse=True)
def parsed_anew() -> Any:
    """Each test reads the DAG files under its own options."""
    parsed.cache_clear()
    yield
    parsed.cache_clear()


def timetable(dag: DAG) -> Any:
    return dag.schedule.timetable if isinstance(dag.schedule, AssetOrTimeSchedule) else dag.schedule


def test_what_ships_runs_when_its_pages_say() -> None:
    """In London time; those that poll count in UTC, and one runs by hand alone."""
    dags = {f"{path.parent.name}__{path.stem}": dag_named(f"{path.parent.name}__{path.stem}") for path in DAGS.glob("*/*.py")}
    times = {name: timetable(dag) for name, dag in dags.items()}
    assert {name: found.expression if found else None for name, found in times.items()} == SHIPPED
    assert {name for name, found in times.items() if found and "UTC" in str(found.timezone)} == POLL
    check_options(sorted(needs_of_all()))


def test_one_dag_can_be_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its schedule and limits change, and no other's."""
    own = {MILESTONES: {"schedule": "5 8 * * 1-5", "retries": 0, "task_minutes": 10, "run_minutes": 30, "late_minutes": 20}}
    monkeypatch.setenv("AIRFLOW__COLOPHON__DAGS", json.dumps(own))
    dag = dag_named(MILESTONES)
    assert timetable(dag).expression == "5 8 * * 1-5"
    assert (dag.dagrun_timeout, dag.deadline[0].interval) == (timedelta(minutes=30), timedelta(minutes=20))
    task = dag.get_task("decide")
    assert (task.retries, task.execution_timeout) == (0, timedelta(minutes=10))
    assert dag_named("push__rights_expiry_scan").get_task("extract").retries == 3
    check_options(sorted(needs_of_all()))


def test_all_dags_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publisher elsewhere, with patience: zone, first day, retries, limits; who polls every ten minutes is tried again soon."""
    for name, value in {"TIME_ZONE": "America/New_York", "START_DATE": "2027-02-01", "RETRIES": "5", "RUN_MINUTES": "60"}.items():
        monkeypatch.setenv(f"AIRFLOW__COLOPHON__{name}", value)
    dag = dag_named(MILESTONES)
    assert (str(timetable(dag).timezone), f"{dag.start_date:%Y-%m-%d}", dag.dagrun_timeout) == (
        "America/New_York",
        "2027-02-01",
        timedelta(hours=1),
    )
    assert dag.get_task("decide").retries == 5
    assert (dag_named(INBOX).get_task("decide").retries, dag_named(INBOX).get_task("decide").retry_delay) == (2, timedelta(minutes=1))
    assert dag_named(STATEMENTS).dagrun_timeout == timedelta(hours=1 + 72)


@pytest.mark.parametrize(
    ("executor", "callback"),
    [
        ("LocalExecutor", SyncCallback),
        ("airflow.providers.celery.executors.celery_executor.CeleryExecutor,LocalExecutor", SyncCallback),
        ("KubernetesExecutor,LocalExecutor", AsyncCallback),
    ],
)
def test_an_executor_that_runs_no_callbacks_is_given_none(monkeypatch: pytest.MonkeyPatch, executor: str, callback: type) -> None:
    """It would end the scheduler."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    [deadline] = dag_named(MILESTONES).deadline
    assert type(deadline.callback) is callback


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TIME_ZONE", "Mars/Olympus", "time_zone is 'Mars/Olympus'"),
        ("START_DATE", "soon", "start_date is 'soon'"),
        ("RETRIES", "1.5", "retries is '1.5'"),
        ("RUN_MINUTES", "0", "run_minutes is '0'"),
        ("APPROVAL_HOURS", "-1", "approval_hours is '-1'"),
        ("TASK_MINUTES", "nan", "task_minutes is 'nan'"),
        ("DEFER_GRACE_MINUTES", "x", "defer_grace_minutes is 'x'"),
        ("DAGS", "[1]", "dags is no JSON object"),
        ("DAGS", '{"a', "dags is no JSON object"),
        ("DAGS", '{"push__milestones": {}}', "names push__milestones, which is no DAG"),
        ("DAGS", '{"push__milestone_alerts": {"cron": "5 8 * * *"}}', "push__milestone_alerts has cron"),
        ("DAGS", '{"push__milestone_alerts": {"schedule": "5 8"}}', "'5 8' of push__milestone_alerts is no schedule"),
        ("DAGS", '{"push__milestone_alerts": {"retries": "many"}}', "retries of push__milestone_alerts is 'many'"),
        ("DAGS", '{"push__milestone_alerts": 7}', "push__milestone_alerts has no object"),
    ],
)
def test_an_option_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """By the doctor, with what to write instead."""
    monkeypatch.setenv(f"AIRFLOW__COLOPHON__{name}", value)
    with pytest.raises(BadConfigError, match=said) as problem:
        check_options(sorted(needs_of_all()))
    assert problem.value.advice != BadConfigError.remedy


def test_the_file_names_the_dag(tmp_path: Path) -> None:
    """Nobody can forget to, nor name it otherwise."""
    assert dag_named(MILESTONES).dag_id == MILESTONES
    assert dag_named(MILESTONES).dag_display_name == "Milestone alerts"
    assert dag_named(MILESTONES).tags == {"push", "milestones", "hourly"}
