"""A real Airflow below a folder, with the sandbox beside it, and its REST API."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil
import pytest
import requests
from recipients import keep_recipients

from colophon_airflow import local, processes

DAG_ID = "xconnector__metadata_syndication"
RECIPIENTS = ("erp-json", "kobo", "retailer-plain")


def tier_is_off() -> str:
    """Why the tests here are skipped, or nothing."""
    return "" if os.environ.get("COLOPHON_PRODUCTION") == "1" else "the production tier: make test-production"


def _command(process: psutil.Process) -> str:
    """Its command line; nothing for one that has ended meanwhile."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


class Installation:
    """All servers of one installation. Ports are free ones; nothing listens but on loopback."""

    def __init__(self, home: Path) -> None:
        """Nothing runs yet."""
        self.home = home
        self.names: list[str] = []
        self.port, self.sandbox_port = processes.free_port(0), processes.free_port(0)
        self.env = local.environment(home, f"http://127.0.0.1:{self.sandbox_port}", port=self.port)
        keep_recipients(home / "config", *RECIPIENTS)
        self.password = ""

    def start(self, name: str, command: list[str]) -> None:
        """One server in the background, its log in the home folder."""
        processes.start(command, self.home, name, self.env)
        self.names.append(name)

    def run(self, *command: str) -> str:
        """One command to its end in this installation's environment; its output."""
        return run(command, self.env)

    def kill(self, name: str, word: str) -> int:
        """SIGKILL for those children of a server whose command line has a word, and for theirs; how many there were."""
        children = psutil.Process(int((self.home / f"{name}.pid").read_text(encoding="ascii"))).children(recursive=True)
        meant = {one for child in children if word in _command(child) for one in (child, *child.children(recursive=True))}
        for one in meant:
            one.kill()
        psutil.wait_procs(meant, timeout=60)
        return len(meant)

    def wait_for_airflow(self, server: str) -> None:
        """Until the API answers."""
        assert processes.wait_until_up(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", patience_s=600), self.tail(server)

    def stop(self) -> None:
        """Stop everything, last first."""
        for name in reversed(self.names):
            processes.stop(self.home, name)

    def tail(self, name: str) -> str:
        """End of a server's log, for a failure's message."""
        return (self.home / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3000:]

    def api(self, method: str, path: str, **body: object) -> requests.Response:
        """One call of Airflow's REST API as the administrator."""
        base = f"http://127.0.0.1:{self.port}"
        login = {"username": "admin", "password": self.password}
        token = requests.post(f"{base}/auth/token", json=login, timeout=120).json()["access_token"]
        return requests.request(
            method, f"{base}/api/v2{path}", headers={"Authorization": f"Bearer {token}"}, json=body or None, timeout=120
        )

    def unpause(self, dag_id: str) -> None:
        """Wait for a DAG to be known, and let it run."""
        until(lambda: self.api("GET", f"/dags/{dag_id}").status_code == 200, 600, f"the DAG {dag_id}")
        self.api("PATCH", f"/dags/{dag_id}", is_paused=False)

    def run_dag(self, dag_id: str, *, log_of: str, patience_s: float = 600, **conf: object) -> str:
        """Trigger a DAG with what its form gives, and wait for its success; the run's id."""
        self.unpause(dag_id)
        body = {"logical_date": None, **({"conf": conf} if conf else {})}
        run_id = str(self.api("POST", f"/dags/{dag_id}/dagRuns", **body).json()["dag_run_id"])
        return self.succeeded(dag_id, run_id, log_of=log_of, patience_s=patience_s)

    def scheduled_run(self, dag_id: str) -> str:
        """The calendar's run of the interval that ended last, made as soon as the DAG may run; the run's id."""
        self.unpause(dag_id)
        runs: list[str] = []

        def is_there() -> bool:
            runs[:] = [run["dag_run_id"] for run in self.api("GET", f"/dags/{dag_id}/dagRuns").json()["dag_runs"]]
            return bool(runs)

        until(is_there, 300, f"the calendar's run of {dag_id}")
        return runs[0]

    def succeeded(self, dag_id: str, run_id: str, *, log_of: str, patience_s: float = 600) -> str:
        """Wait for the success of a run; its id."""
        states: list[str] = []

        def ended() -> bool:
            states.append(self.api("GET", f"/dags/{dag_id}/dagRuns/{run_id}").json()["state"])
            return states[-1] in {"success", "failed"}

        until(ended, patience_s, f"run {run_id}")
        assert states[-1] == "success", self.tail(log_of)
        return run_id

    def report_of(self, run_id: str) -> dict:
        """What the main DAG's last task says of a run."""
        path = f"/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/report/xcomEntries/return_value"
        return self.api("GET", path).json()["value"]

    def effects(self) -> list[str]:
        """What truly reached targets."""
        url = f"http://127.0.0.1:{self.sandbox_port}/__sandbox__/effects?kind=xconnector.acknowledged"
        return [effect["key"] for effect in requests.get(url, timeout=120).json()["effects"]]


def run(command: Sequence[str], env: Mapping[str, str]) -> str:
    """One command to its end; its output. A failure shows what it printed."""
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def until(true: Callable[[], bool], patience_s: float, what: str) -> None:
    """Wait for something to become true; the test fails where it does not."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.5)
    pytest.fail(f"{what} did not get there in {patience_s:.0f} s")
