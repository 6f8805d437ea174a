"""Servers of `make up` and `make demo` beside those of somebody else: what is announced is one's own."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from colophon.errors import ServerError
from colophon_airflow import local, processes
from colophon_airflow.cli import app, servers


class Foreign(http.server.BaseHTTPRequestHandler):
    """Says yes to everything but a login."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.send_response(401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        pass


@pytest.fixture
def foreign() -> Iterator[int]:
    """A server of somebody else; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(60)
    server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A place for logs and process ids; its sandbox is stopped."""
    yield tmp_path
    processes.stop(tmp_path, "sandbox")


def test_a_sandbox_beside_a_foreign_server(home: Path, foreign: int) -> None:
    """It takes another port, and says which; the address of an earlier one is not taken for its own."""
    (home / "sandbox.address").write_text(f"http://127.0.0.1:{foreign}", encoding="ascii")
    address = processes.start_sandbox(home, {}, "--catalogue", "empty", port=foreign)
    assert address != f"http://127.0.0.1:{foreign}"
    assert (home / "sandbox.address").read_text(encoding="ascii") == address
    assert "consonance" in requests.get(f"{address}/__sandbox__/health", timeout=60).json()["systems"]
    assert processes.is_running(home, "sandbox")
    assert processes.stop(home, "sandbox")
    assert not processes.is_running(home, "sandbox")


def test_a_sandbox_on_the_port_that_was_asked_for(home: Path) -> None:
    """Where nobody is there."""
    port = processes.free_port(0)
    assert processes.start_sandbox(home, {}, "--catalogue", "empty", port=port) == f"http://127.0.0.1:{port}"


def test_a_sandbox_that_cannot_start_is_told_at_once(home: Path) -> None:
    """With the log to read."""
    with pytest.raises(ServerError, match="did not start") as caught:
        processes.start_sandbox(home, {}, "--catalogue", "none-of-these")
    assert "sandbox.log" in caught.value.advice


def test_an_airflow_of_somebody_else_is_not_ours(foreign: int) -> None:
    """It answers, and does not know our password; nor does nobody."""
    assert processes.wait_until_up(f"http://127.0.0.1:{foreign}/api/v2/monitor/health", patience_s=60)
    assert not local.takes_login(f"http://127.0.0.1:{foreign}", "our-password")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert not local.takes_login(f"http://127.0.0.1:{nobody.getsockname()[1]}", "our-password")


def test_what_ended_without_us_is_not_up(home: Path) -> None:
    """A process id that a crash left behind."""
    (home / "airflow.pid").write_text("4194303", encoding="ascii")
    assert not processes.is_running(home, "airflow")


def test_an_airflow_whose_port_was_taken_meanwhile_gets_another(home: Path, foreign: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the choice of a port and listening there, somebody came: what answers is not announced as ours."""
    ports, answers = (
        iter([foreign, 1, 2, foreign + 1, 3, 4]),
        {f"http://127.0.0.1:{foreign}": False, f"http://127.0.0.1:{foreign + 1}": True},
    )
    monkeypatch.setattr(processes, "free_port", lambda _wanted: next(ports))
    monkeypatch.setattr(local, "prepare", lambda _home, _env: "our-password")
    monkeypatch.setattr(processes, "start", lambda *_given: 4194303)
    monkeypatch.setattr(processes, "wait_until_up", lambda *_given, **_limits: True)
    monkeypatch.setattr(local, "takes_login", lambda address, _password: answers[address])
    assert servers._airflow(home, "http://127.0.0.1:9") == (f"http://127.0.0.1:{foreign + 1}", "our-password")


def test_the_dags_folder_is_told() -> None:
    """As a line of its own, for a shell to take."""
    told = CliRunner().invoke(app, ["dags"]).output
    assert (Path(told.removesuffix("\n")) / "xconnector" / "metadata_syndication.py").is_file()
