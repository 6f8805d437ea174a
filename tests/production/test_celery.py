"""The production shape on loopback: PostgreSQL, Redis, Airflow with Celery workers; the main DAG through it, twice."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import FAST, as_its_user, initialise, programs
from tests.production.servers import DAG_ID, Installation, tier_is_off, until

from colophon_airflow import local, processes

pytestmark = pytest.mark.production
POSTGRES = programs()
REDIS = shutil.which("redis-server")


def _needs() -> str:
    missing = [name for name, there in (("PostgreSQL", POSTGRES), ("Redis", REDIS)) if not there]
    return tier_is_off() or (f"not installed on this machine: {', '.join(missing)}" if missing else "")


class Production(Installation):
    """PostgreSQL, Redis, the five services of Airflow."""

    def __init__(self, home: Path) -> None:
        """Nothing runs yet."""
        super().__init__(home)
        self.pg_port, self.redis_port = processes.free_port(0), processes.free_port(0)
        database = f"postgresql+psycopg2://airflow@127.0.0.1:{self.pg_port}/airflow"
        del self.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS"]  # they are SQLite's
        self.env |= {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database}",
            "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "3",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(processes.free_port(0)),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(processes.free_port(0)),
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
            "AIRFLOW__COLOPHON__STAGING_IS_SHARED": "True",
            "AIRFLOW_CONN_COLOPHON_LEDGER": f"postgres://ledger@127.0.0.1:{self.pg_port}/ledger",
        }

    def start_databases(self) -> None:
        """PostgreSQL (which refuses to run as root) and Redis."""
        data = self.home / "pg"
        data.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
        self.run(*initialise(data))
        options = [*FAST, "-c", f"port={self.pg_port}", "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={data}"]
        self.start("postgres", [*as_its_user(), f"{POSTGRES}/postgres", "-D", str(data), *options])
        psql = [f"{POSTGRES}/psql", "-h", "127.0.0.1", "-p", str(self.pg_port), "-U", "postgres", "-d", "postgres", "-q"]
        until(lambda: subprocess.run([*psql, "-c", "select 1"], capture_output=True, check=False).returncode == 0, 120, "PostgreSQL")
        for name, owner in (("airflow", "airflow"), ("ledger", "ledger"), ("ledger_tests", "ledger")):
            if name == owner:
                self.run(*psql, "-c", f"create role {owner} login")
            self.run(*psql, "-c", f"create database {name} owner {owner}")
            self.run(*psql, "-d", name, "-c", f"alter schema public owner to {owner}")
        self.start("redis", [str(REDIS), "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.home)])

    def start_airflow(self) -> None:
        """The five services; the scheduler only after the api-server answers."""
        airflow = str(Path(sys.executable).with_name("airflow"))
        self.run(airflow, "db", "migrate")
        self.run(str(Path(sys.executable).with_name("colophon")), "ledger", "upgrade")
        self.run(str(Path(sys.executable).with_name("colophon")), "pools")
        self.password = local.login_password(self.home)
        self.start("sandbox", processes.sandbox_command(self.sandbox_port))
        self.start("api-server", [airflow, "api-server"])
        self.wait_for_airflow("api-server")
        for name, command in {
            "scheduler": ["scheduler"],
            "dag-processor": ["dag-processor"],
            "triggerer": ["triggerer"],
            "worker": ["celery", "worker"],
        }.items():
            self.start(name, [airflow, *command])


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A running installation; stopped and removed afterwards."""
    if reason := _needs():
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("production")
    for folder in (home, *home.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)  # PostgreSQL runs as another user and must be able to walk there
    made = Production(home)
    try:
        made.start_databases()
        made.start_airflow()
        yield made
    finally:
        made.stop()


@pytest.mark.enable_socket
def test_the_main_dag_runs_on_celery_and_the_second_run_sends_nothing(stack: Production) -> None:
    """On workers, PostgreSQL and Redis the syndication does what it does on one machine."""
    first = stack.report_of(stack.succeeded(DAG_ID, stack.scheduled_run(DAG_ID), log_of="worker"))
    confirmed = sum(found["ledger"].get("confirmed", 0) for found in first["destinations"].values())
    assert confirmed > 300
    effects = stack.effects()
    assert len(effects) == len(set(effects)) > 0
    second = stack.report_of(stack.run_dag(DAG_ID, log_of="worker"))
    assert second["sent"] == 0
    assert stack.effects() == effects


@pytest.mark.enable_socket
def test_the_desk_shows_a_ledger_on_postgresql(stack: Production) -> None:
    """Its own tests, as they run on SQLite each time: by day those that ask most of the database, at night all."""
    stack.env["COLOPHON_LEDGER_URL"] = f"postgresql+psycopg://ledger@127.0.0.1:{stack.pg_port}/ledger_tests"
    names = ("",) if os.environ.get("COLOPHON_NIGHTLY") == "1" else ("test_actions.py", "test_plans.py", "test_schema.py", "test_tables.py")
    places = [str(local.PROJECT / "tests" / "desk" / name) for name in names]
    told = stack.run(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *places)
    assert " passed" in told
    assert "failed" not in told
