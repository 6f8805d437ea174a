"""When a run judges: the one place that derives the business date from every kind of Airflow run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple


class RunTimes(NamedTuple):
    """`as_of`: the moment at which rules are judged. `start`: begin of the run's window, None where it has none. Aware UTC."""

    as_of: datetime
    start: datetime | None


def run_times(context: Mapping[str, Any]) -> RunTimes:
    """Times of the run in a task's context.

    Scheduled runs and backfills have a data interval and are judged at its end. Runs started by hand or by an asset may
    have none, or one of no length; they are judged at `run_after`, which stays the same when a task is cleared.
    """
    dag_run = context["dag_run"]
    start, end = dag_run.data_interval_start, dag_run.data_interval_end
    if start is not None and end is not None and start < end and dag_run.run_type != "manual":
        return RunTimes(as_of=end.astimezone(UTC), start=start.astimezone(UTC))
    return RunTimes(as_of=dag_run.run_after.astimezone(UTC), start=None)
