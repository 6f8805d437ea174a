"""The business date of every kind of run."""

from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from colophon_airflow.run import run_times

START = datetime(2026, 3, 1, 2, tzinfo=UTC)
END = datetime(2026, 3, 2, 2, tzinfo=UTC)
AFTER = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("run_type", "start", "end", "as_of", "window_start"),
    [
        ("scheduled", START, END, END, START),
        ("backfill", START, END, END, START),
        ("manual", None, None, AFTER, None),
        ("manual", START, END, AFTER, None),
        ("asset_triggered", None, None, AFTER, None),
        ("scheduled", END, END, AFTER, None),
    ],
)
def test_as_of(run_type, start, end, as_of, window_start) -> None:
    """Runs with a real interval are judged at its end, all others when they were due."""
    dag_run = SimpleNamespace(run_type=run_type, data_interval_start=start, data_interval_end=end, run_after=AFTER)
    assert run_times({"dag_run": dag_run}) == (as_of, window_start)


def test_times_are_utc() -> None:
    """A run in London's summer time is judged in UTC."""
    london = ZoneInfo("Europe/London")
    dag_run = SimpleNamespace(
        run_type="scheduled",
        data_interval_start=datetime(2026, 7, 1, 2, tzinfo=london),
        data_interval_end=datetime(2026, 7, 2, 2, tzinfo=london),
        run_after=AFTER,
    )
    assert run_times({"dag_run": dag_run}).as_of.isoformat() == "2026-07-02T01:00:00+00:00"
