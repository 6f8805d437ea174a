"""The command line beside a real Airflow: a process by itself, which sees the connections that the servers see."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


class Machine:
    """An Airflow with a metadata database, and nothing in the environment but where it is."""

    def __init__(self, home: Path, tables: Path) -> None:
        home.mkdir()
        shutil.copy(tables, home / "airflow.db")
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
        self.env = {**kept, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "COLUMNS": "1000"}

    def run(self, *command: str) -> tuple[int, str]:
        """One command; exit code and words."""
        done = subprocess.run([str(BIN / command[0]), *command[1:]], env=self.env, capture_output=True, text=True, check=False, timeout=200)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def add(self, conn_id: str, *options: str) -> None:
        """A connection as Admin > Connections keeps it: in the metadata database."""
        code, told = self.run("airflow", "connections", "add", conn_id, *options)
        assert code == 0, told


@pytest.fixture
def machine(tmp_path: Path, airflow_tables: Path) -> Machine:
    """Fresh, without connections."""
    return Machine(tmp_path / "airflow", airflow_tables)


def test_the_command_line_starts_without_airflow() -> None:
    """So that `demo` and `up` can say first which Airflow is theirs."""
    told = "import sys, colophon_airflow.cli; print([name for name in sys.modules if name.split('.')[0] == 'airflow'][:3])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.nightly
def test_connections_made_in_the_ui_are_seen(machine: Machine) -> None:
    """The ledger's and a system's; one of the environment goes before them, as in the servers."""
    machine.add("colophon_ledger", "--conn-type", "sqlite", "--conn-host", str(machine.home / "ledger.db"))
    code, told = machine.run("colophon", "ledger", "upgrade")
    assert (code, "The ledger has schema version" in told) == (0, True), told
    assert machine.run("colophon", "tray", "list")[0] == 0
    machine.add("portal", "--conn-type", "fourallportal", "--conn-host", "http://127.0.0.1:9/api", "--conn-password", "x" * 36)
    code, told = machine.run("colophon", "doctor", "--connection", "portal", "--connection", "nobody")
    assert code == 1
    assert "portal wrong try.transport" in told, told
    assert "nobody wrong config.connection: there is no connection nobody" in told
    assert "AIRFLOW_HOME" in told.partition("nobody wrong")[2], "what else may be the cause than that nobody made it"
    machine.env["AIRFLOW_CONN_COLOPHON_LEDGER"] = f"sqlite:///{machine.home}/other.db"
    assert machine.run("colophon", "ledger", "upgrade")[0] == 0
    assert (machine.home / "other.db").exists()


def test_a_secrets_backend_is_asked_first(machine: Machine) -> None:
    """As the servers do: then the environment, then the database."""
    kept = machine.home / "connections.json"
    kept.write_text(json.dumps({"colophon_ledger": f"sqlite:///{machine.home}/from-the-backend.db"}), encoding="utf-8")
    machine.env |= {
        "AIRFLOW__SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"connections_file_path": str(kept)}),
        "AIRFLOW_CONN_COLOPHON_LEDGER": f"sqlite:///{machine.home}/from-the-environment.db",
    }
    code, told = machine.run("colophon", "ledger", "upgrade")
    assert code == 0, told
    assert (machine.home / "from-the-backend.db").exists()
    assert not (machine.home / "from-the-environment.db").exists()


def test_a_ledger_in_a_file_is_refused_before_anything_starts(machine: Machine) -> None:
    """By the command that each new version begins with, where workers are elsewhere."""
    machine.env |= {"AIRFLOW_CONN_COLOPHON_LEDGER": f"sqlite:///{machine.home}/ledger.db", "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"}
    code, told = machine.run("colophon", "ledger", "upgrade")
    assert (code, "is a file, which tasks of CeleryExecutor do not share" in told) == (2, True), told
    assert not (machine.home / "ledger.db").exists()
