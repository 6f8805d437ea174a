"""What Airflow learns of Colophon from its entry point: the connection types with their forms, and the options.

None of the keys of a form ever becomes a request header.
"""

from typing import Any

from colophon_airflow.systems.bytenite import form as bytenite
from colophon_airflow.systems.consonance import form as consonance
from colophon_airflow.systems.fourallportal import form as fourallportal
from colophon_airflow.systems.opentext_exstream import form as opentext_exstream
from colophon_airflow.systems.opentext_push import form as opentext_push
from colophon_airflow.systems.xconnector import form as xconnector

FORMS = (consonance, opentext_push, opentext_exstream, xconnector, fourallportal, bytenite)


def get_provider_info() -> dict[str, Any]:
    """Entry point `apache_airflow_provider`."""
    return {
        "package-name": "colophon",
        "name": "Colophon",
        "description": "Keeps a publisher's systems in step with Consonance.",
        "connection-types": [form.FORM for form in FORMS],
        "config": {"colophon": {"description": "Where Colophon keeps its things.", "options": _OPTIONS}},
    }


def _option(description: str, default: str, kind: str = "string") -> dict[str, Any]:
    return {"description": description, "version_added": "0.1.0", "type": kind, "example": None, "default": default}


_OPTIONS: dict[str, dict[str, Any]] = {
    "staging_location": _option("Folder or bucket for batches between tasks; every worker must see it.", "/var/lib/colophon/staging"),
    "staging_conn_id": _option(
        "Connection that opens a bucket: its extra is fsspec's options, such as `endpoint_url`; of S3 its login is the access key and"
        " its password the secret. Empty: what the machine's own variables say.",
        "",
    ),
    "staging_is_shared": _option(
        "That a folder as staging_location is mounted by all machines; without, it is refused where tasks run on several.",
        "False",
        "boolean",
    ),
    "config_folder": _option("The publisher's configuration folder; empty: what ships with the package.", ""),
    "parallel_tasks": _option("How many mapped tasks of one step of a run work at once.", "4", "integer"),
    "pool_slots": _option("How many tasks that call one system work at once, in all runs together.", "4", "integer"),
    **{
        f"pool_slots_{form.FORM['connection-type']}": _option(f"The same for {form.FORM['hook-name']} alone; empty: as all.", "", "string")
        for form in FORMS
    },
    "time_zone": _option("In which schedules are told.", "Europe/London"),
    "start_date": _option("The first day for which runs are made.", "2026-01-01"),
    "retries": _option("How often a task is tried again after trouble that may pass.", "3", "integer"),
    "retry_minutes": _option("Before it is tried again; each time longer.", "5", "float"),
    "task_minutes": _option("The longest that one task may work; its waits beside it do not count.", "120", "float"),
    "run_minutes": _option(
        "The longest that a run may take; then it has failed, and what it began is left to the next one.", "720", "float"
    ),
    "late_minutes": _option("A run that has not ended so long after it was queued is told to the first route of `alerts`.", "240", "float"),
    "defer_grace_minutes": _option("So long after the end of its own wait, a waiting task has failed: no triggerer runs.", "15", "float"),
    "approval_hours": _option(
        "How long a person has to answer, who is reminded after half of it; then the task has failed, and nothing was approved.",
        "72",
        "float",
    ),
    "approvers": _option("Ids of the Airflow users who may answer, separated by commas; empty: whoever may edit the DAG.", ""),
    "dags": _option(
        "JSON object: the id of a DAG to its own `schedule`, `retries`, `retry_minutes`, `task_minutes`, `run_minutes`, `late_minutes`.", ""
    ),
    "heartbeat_url": _option(
        "Address outside that `ops__watch` calls (POST) each time that it runs; whoever keeps it tells when it falls silent. Empty: none.",
        "",
    ),
    "alerts": _option("JSON list: who is told of failures and late runs. The first route that works takes a notice.", ""),
}
