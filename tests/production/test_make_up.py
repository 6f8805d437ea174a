"""`make up` beside servers of somebody else on the ports that it would rather have: it comes up, and what it announces is its own."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests
from tests.production.servers import tier_is_off
from typer.testing import CliRunner

from colophon_airflow import local
from colophon_airflow.cli import app, screen, servers

pytestmark = [pytest.mark.production, pytest.mark.enable_socket]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Everything is put here; stopped afterwards."""
    if reason := tier_is_off():
        pytest.skip(reason)
    monkeypatch.setattr(servers, "HOME", tmp_path)
    monkeypatch.setattr(screen.console, "_width", 1000)
    yield tmp_path
    CliRunner().invoke(app, ["down"])


def test_up_beside_others(home: Path) -> None:
    """Address and password work, the sandbox is the one that its DAGs speak to; a second `up` says so, `down` ends both."""
    with ExitStack() as others:
        for port in (8080, 8900):
            other = others.enter_context(socket.socket())
            with suppress(OSError):  # somebody else's truly: as good
                other.bind(("127.0.0.1", port))
                other.listen()
        done = CliRunner().invoke(app, ["up", "--payees", "0"])
        assert done.exit_code == 0, done.output
        told = re.search(r"Airflow +(\S+).*password (\S+)\s+Sandbox +(\S+)", done.output, re.DOTALL)
        assert told, done.output
        airflow, password, sandbox = told.groups()
        assert not airflow.endswith(":8080")
        assert not sandbox.endswith(":8900")
        assert local.takes_login(airflow, password)
        assert requests.get(f"{sandbox}/__sandbox__/health", timeout=60).status_code == 200
        again = CliRunner().invoke(app, ["up"])
        assert (again.exit_code, "up already" in again.output) == (1, True)
    assert "airflow, sandbox" in CliRunner().invoke(app, ["down"]).output
