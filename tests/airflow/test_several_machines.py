"""A ledger in a file and staging in a folder serve one machine; where tasks run on several, both are refused before a task needs them."""

import pytest

from colophon.errors import BadConnectionError, StagingUnusableError
from colophon_airflow.settings import ledger_url, open_ledger, open_staging, remote_executors

CELERY = "airflow.providers.celery.executors.celery_executor.CeleryExecutor"


@pytest.fixture
def executor(monkeypatch, tmp_path):
    """Set the executor; the ledger is a file, staging a folder."""
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", f"sqlite:///{tmp_path}/ledger.db")
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
    return lambda told: monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", told)


@pytest.mark.parametrize(
    ("told", "elsewhere"),
    [
        ("LocalExecutor", []),
        ("airflow.executors.local_executor.LocalExecutor", []),
        ("here:LocalExecutor", []),
        ("CeleryExecutor", ["CeleryExecutor"]),
        ("KubernetesExecutor", ["KubernetesExecutor"]),
        (CELERY, ["CeleryExecutor"]),
        ("LocalExecutor, CeleryExecutor", ["CeleryExecutor"]),
        (f"LocalExecutor,far:{CELERY},KubernetesExecutor", ["CeleryExecutor", "KubernetesExecutor"]),
        ("LocalExecutor;rights=CeleryExecutor,LocalExecutor", ["CeleryExecutor"]),
        ("house.executors.EdgeExecutor", ["EdgeExecutor"]),
    ],
)
def test_executors_whose_tasks_run_elsewhere(executor, told, elsewhere):
    """However they are written: several, with names of one's own, of teams, by module."""
    executor(told)
    assert remote_executors() == elsewhere


@pytest.mark.parametrize("told", ["CeleryExecutor", "LocalExecutor,KubernetesExecutor"])
def test_what_serves_one_machine_is_refused_on_several(executor, monkeypatch, told):
    """With what to do; PostgreSQL, a bucket, and a folder that is said to be shared are fine."""
    executor(told)
    for opened in (ledger_url, open_ledger):
        with pytest.raises(BadConnectionError, match=r"is a file, which tasks of \w+ do not share") as caught:
            opened()
        assert "PostgreSQL" in caught.value.advice
    for place in (None, "file:///var/staging", "memory://staging"):
        if place:
            monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", place)
        with pytest.raises(StagingUnusableError, match=r"is a folder, which tasks of \w+ do not share") as staging:
            open_staging()
        assert "bucket" in staging.value.advice
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_IS_SHARED", "True")
    assert open_staging().is_local
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", "postgresql://me@db.example/ledger")
    assert ledger_url().startswith("postgresql")


def test_one_machine_takes_both(executor):
    """Nothing changes there."""
    executor("LocalExecutor")
    assert ledger_url().startswith("sqlite")
    assert open_staging().is_local
