"""The production shape on loopback: PostgreSQL, Redis, Airflow with Celery workers; the main DAG through it, twice."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from colophon_airflow import local

pytestmark = pytest.mark.production
DAG_ID = "xconnector__metadata_syndication"
POSTGRES = next((p.parent for p in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)), None)
REDIS = shutil.which("redis-server")


def _needs() -> str:
    if os.environ.get("COLOPHON_PRODUCTION") != "1":
        return "the production tier: make test-production"
    missing = [name for name, there in (("PostgreSQL", POSTGRES), ("Redis", REDIS)) if not there]
    return f"not installed on this machine: {', '.join(missing)}" if missing else ""


class Stack:
    """All servers of one installation below a folder, and its REST API."""

    def __init__(self, home: Path) -> None:
        """Ports are free ones; nothing listens but on loopback."""
        self.home = home
        self.names: list[str] = []
        self.pg_port, self.redis_port = local.free_port(0), local.free_port(0)
        self.port, self.sandbox_port = local.free_port(0), local.free_port(0)
        database = f"postgresql+psycopg2://airflow@127.0.0.1:{self.pg_port}/airflow"
        self.env = {
            **local.environment(home, f"http://127.0.0.1:{self.sandbox_port}", port=self.port),
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database}",
            "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "3",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(local.free_port(0)),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(local.free_port(0)),
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
            "AIRFLOW_CONN_COLOPHON_LEDGER": f"postgres://ledger@127.0.0.1:{self.pg_port}/ledger",
        }

    def start(self, name: str, command: list[str]) -> None:
        """One server in the background, its log in the home folder."""
        local.start(command, self.home, name, self.env)
        self.names.append(name)

    def run(self, *command: str) -> str:
        """One command to its end; its output. A failure shows what it printed."""
        done = subprocess.run(command, env={**os.environ, **self.env}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def start_databases(self) -> None:
        """PostgreSQL (which refuses to run as root) and Redis."""
        data = self.home / "pg"
        data.mkdir(parents=True)
        as_user = []
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]
        self.run(*as_user, f"{POSTGRES}/initdb", "-D", str(data), "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = ["-c", f"port={self.pg_port}", "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={data}"]
        self.start("postgres", [*as_user, f"{POSTGRES}/postgres", "-D", str(data), *options])
        psql = [f"{POSTGRES}/psql", "-h", "127.0.0.1", "-p", str(self.pg_port), "-U", self._superuser(), "-d", "postgres", "-q"]
        _until(lambda: subprocess.run([*psql, "-c", "select 1"], capture_output=True, check=False).returncode == 0, 30, "PostgreSQL")
        for name in ("airflow", "ledger"):
            self.run(*psql, "-c", f"create role {name} login")
            self.run(*psql, "-c", f"create database {name} owner {name}")
        self.start("redis", [str(REDIS), "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.home)])

    def start_airflow(self) -> None:
        """The five services; the scheduler only after the api-server answers."""
        airflow = str(Path(sys.executable).with_name("airflow"))
        self.run(airflow, "db", "migrate")
        self.run(str(Path(sys.executable).with_name("colophon")), "ledger", "upgrade")
        self.password = local.login_password(self.home)
        self.start("sandbox", local.sandbox_command(self.sandbox_port))
        self.start("api-server", [airflow, "api-server"])
        assert local.wait_until_up(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", patience_s=90), self.tail("api-server")
        for name, command in {
            "scheduler": ["scheduler"],
            "dag-processor": ["dag-processor"],
            "triggerer": ["triggerer"],
            "worker": ["celery", "worker"],
        }.items():
            self.start(name, [airflow, *command])

    def stop(self) -> None:
        """Stop everything, last first."""
        for name in reversed(self.names):
            local.stop(self.home, name)

    def tail(self, name: str) -> str:
        """End of a server's log, for a failure's message."""
        return (self.home / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3000:]

    def api(self, method: str, path: str, **body: object) -> requests.Response:
        """One call of Airflow's REST API as the administrator."""
        base = f"http://127.0.0.1:{self.port}"
        token = requests.post(f"{base}/auth/token", json={"username": "admin", "password": self.password}, timeout=30).json()[
            "access_token"
        ]
        return requests.request(method, f"{base}/api/v2{path}", headers={"Authorization": f"Bearer {token}"}, json=body or None, timeout=30)

    def run_dag(self, patience_s: float = 240) -> dict[str, dict]:
        """Trigger the main DAG and wait; its summary of deliveries by destination."""
        _until(lambda: self.api("GET", f"/dags/{DAG_ID}").status_code == 200, 60, "the DAG")
        self.api("PATCH", f"/dags/{DAG_ID}", is_paused=False)
        run_id = self.api("POST", f"/dags/{DAG_ID}/dagRuns", logical_date=None).json()["dag_run_id"]
        state = ""

        def ended() -> bool:
            nonlocal state
            state = self.api("GET", f"/dags/{DAG_ID}/dagRuns/{run_id}").json()["state"]
            return state in {"success", "failed"}

        _until(ended, patience_s, f"run {run_id}")
        assert state == "success", self.tail("worker")
        path = f"/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/report/xcomEntries/return_value"
        return self.api("GET", path).json()["value"]

    def effects(self) -> list[str]:
        """What truly reached targets."""
        url = f"http://127.0.0.1:{self.sandbox_port}/__sandbox__/effects?kind=xconnector.acknowledged"
        return [effect["key"] for effect in requests.get(url, timeout=30).json()["effects"]]

    def _superuser(self) -> str:
        return "postgres" if os.geteuid() == 0 else os.environ.get("USER", "postgres")


def _until(true: object, patience_s: float, what: str) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if true():
            return
        time.sleep(0.5)
    pytest.fail(f"{what} did not get there in {patience_s:.0f} s")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running installation; stopped and removed afterwards."""
    if reason := _needs():
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("production")
    for folder in (home, *home.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)  # PostgreSQL runs as another user and must be able to walk there
    made = Stack(home)
    try:
        made.start_databases()
        made.start_airflow()
        yield made
    finally:
        made.stop()


@pytest.mark.enable_socket
def test_the_main_dag_runs_on_celery_and_the_second_run_sends_nothing(stack: Stack) -> None:
    """On workers, PostgreSQL and Redis the syndication does what it does on one machine."""
    # Unpausing the DAG starts the run of last night as well; whichever of the two came first has sent.
    first = stack.run_dag()
    confirmed = sum(found["ledger"].get("confirmed", 0) for found in first["destinations"].values())
    assert confirmed > 1000
    effects = stack.effects()
    assert len(effects) == len(set(effects)) > 0
    second = stack.run_dag()
    assert second["sent"] == 0
    assert stack.effects() == effects
