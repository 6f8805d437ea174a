"""What all DAGs have in common: time zone, first day, how tasks are retried, how many run side by side, the dry-run switch."""

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Param
from airflow.sdk.configuration import conf

from colophon_airflow.retry import ErrorTreeRetryPolicy

ZONE = pendulum.timezone("Europe/London")
"""In which schedules are told; a publisher elsewhere changes it here."""

START = pendulum.datetime(2026, 1, 1, tz=ZONE)

PARALLEL_TASKS = conf.getint("colophon", "parallel_tasks", fallback=4)
"""So many mapped tasks of one step run at once, so that one run does not take all workers: `[colophon] parallel_tasks`."""

DRY_RUN = Param(default=False, type="boolean", title="Dry run", description="Show the plan in the log, send nothing.")


def task_defaults(owner: str) -> dict[str, Any]:
    """`default_args` of a DAG. What a person must mend fails at once; what passes is tried again, each time later.

    :param owner: who is responsible, as in `owners.yaml`.
    """
    return {
        "owner": owner,
        "retries": 3,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "retry_policy": ErrorTreeRetryPolicy(),
    }
