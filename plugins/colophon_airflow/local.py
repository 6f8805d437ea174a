"""Airflow on one machine without a database server: the settings under which it really runs, and starting it.

SQLite with Airflow's defaults loses its scheduler ("database is locked") on a run of some hundred tasks. Write-ahead
logging, a bounded parallelism and unhurried heartbeats cure that; production uses PostgreSQL (docs/production.md).
"""

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import yaml

from colophon.config.files import SHIPPED
from colophon.config.load import OWN_FILES, OWN_FOLDERS
from colophon_airflow.printed_title import PRINTED

PROJECT = Path(__file__).resolve().parents[2]
_INSTALLED = Path(__file__).resolve().parents[1] / "colophon_dags"
DAGS = _INSTALLED if _INSTALLED.is_dir() else PROJECT / "dags"
"""The DAG files: beside the package where it is installed from a wheel, else the project's own."""
SANDBOX = Path(__file__).with_name("sandbox.yaml")
"""The connections to the sandbox, by connection type; see there."""
PEOPLE = (11, *range(21, 25), *range(101, 170), *range(10_001, 10_028))
"""Contacts of the sandbox's Consonance who have a device at its messaging system."""


def environment(home: Path, sandbox_url: str, *, port: int = 8080) -> dict[str, str]:
    """Environment variables of a local installation below `home`, with connections to the sandbox."""
    return {
        # `airflow standalone` looks for its own command on the path.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__PARALLELISM": "6",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "airflow" / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow' / 'airflow.db'}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "colophon_airflow.sqlite.CONNECT_ARGS",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret(home, "jwt"),
        "AIRFLOW__API__SECRET_KEY": _secret(home, "session"),
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        # A file that changed is read at once; all of them every few seconds keep a core busy for nothing.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "AIRFLOW__COLOPHON__STAGING_LOCATION": str(home / "staging"),
        "AIRFLOW__COLOPHON__ALERTS": json.dumps([{"file": str(home / "alerts.log")}]),
        "AIRFLOW__COLOPHON__CONFIG_FOLDER": str(config_folder(home, f"http://127.0.0.1:{port}/colophon/hooks/page")),
        "AIRFLOW_CONN_COLOPHON_LEDGER": f"sqlite:///{quote(str(home / 'ledger.db'))}",
        **connections(sandbox_url),
        "AIRFLOW_CONN_BYTENITE_DEFAULT": json.dumps(_renderer(home, sandbox_url)),
    }


def _renderer(home: Path, sandbox_url: str) -> dict[str, Any]:
    """ByteNite's connection: media jobs are rendered on this machine where ffmpeg is installed, else by the sandbox, whose films are a few grey frames."""
    told = _connections(sandbox_url)["bytenite"]
    rendered = {"media_backend": "local", "templates": {}} if shutil.which("ffmpeg") else {}
    return {**told, "extra": {**told["extra"], "output_location": str(home / "media"), **rendered}}


def connections(sandbox_url: str) -> dict[str, str]:
    """Environment variables of the default connection of every system, to the sandbox at this address."""
    return {f"AIRFLOW_CONN_{kind.upper()}_DEFAULT": json.dumps(told) for kind, told in _connections(sandbox_url).items()}


def prepare(home: Path, env: Mapping[str, str]) -> str:
    """Make the databases of a local installation where they are not there yet; returns the UI's password."""
    from colophon.ledger import upgrade

    database = home / "airflow" / "airflow.db"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database.parent.mkdir(exist_ok=True)
    if not database.exists():
        subprocess.run([_airflow(), "db", "migrate"], env={**os.environ, **env}, check=True, capture_output=True)  # noqa: S603 - a command of ours
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    command = [str(Path(sys.executable).with_name("colophon")), "pools"]
    subprocess.run(command, env={**os.environ, **env}, check=True, capture_output=True)  # noqa: S603 - our own command
    upgrade(f"sqlite:///{home / 'ledger.db'}")
    return login_password(home)


def login_password(home: Path) -> str:
    """Password of the user `admin`, made at the first call."""
    passwords = home / "airflow" / "passwords.json"
    if not passwords.exists():
        _write_private(passwords, json.dumps({"admin": secrets.token_urlsafe(12)}))
    return str(json.loads(passwords.read_text(encoding="utf-8"))["admin"])


def takes_login(address: str, password: str) -> bool:
    """Whether the Airflow at this address is the one with this password of `admin`."""
    body = json.dumps({"username": "admin", "password": password}).encode()
    asked = Request(f"{address}/auth/token", body, {"Content-Type": "application/json"})  # noqa: S310 - our own loopback address
    try:
        with urlopen(asked, timeout=60) as answer:  # noqa: S310 - as above
            return bool(answer.status == 201)
    except OSError:
        return False


def airflow_command() -> list[str]:
    """Command line of all of Airflow in one."""
    return [_airflow(), "standalone"]


def _airflow() -> str:
    return str(Path(sys.executable).with_name("airflow"))


def _connections(sandbox_url: str) -> dict[str, dict[str, Any]]:
    found = yaml.safe_load(SANDBOX.read_text(encoding="utf-8"))
    return {
        kind: {
            "conn_type": kind,
            "host": f"{sandbox_url}{told['path']}",
            **{name: told[name] for name in ("login", "password") if name in told},
            "extra": {
                "start_jitter_seconds": 0,
                **told.get("extra", {}),
                **{key: f"{sandbox_url}{path}" for key, path in told.get("addresses", {}).items()},
            },
        }
        for kind, told in found.items()
        if kind != "shared"
    }


def config_folder(home: Path, pages: str = "") -> Path:
    """The publisher's folder: devices for the sandbox's people, how a title of its is printed, all recipients armed, which it plays, and whom letters go to; other files there go first.

    :param pages: where people outside reach their pages.
    """
    recipients, people, production = (home / "config" / name for name in ("recipients", "people.csv", "production.yaml"))
    if not recipients.exists():
        recipients.mkdir(parents=True)
        for shipped in (SHIPPED / "recipients").glob("*.yaml"):
            (recipients / shipped.name).write_text(f"{shipped.read_text(encoding='utf-8').rstrip()}\nlive: true\n", encoding="utf-8")
    if not people.exists():
        people.write_text("person,kind,value\n" + "".join(f"{who},token,tok-ok-{who}\n" for who in PEOPLE), encoding="utf-8")
    if not production.exists():
        production.write_text(PRINTED, encoding="utf-8")
    for name in (*OWN_FILES, *OWN_FOLDERS):
        if not people.with_name(name).exists():
            shipped, own = SHIPPED / name, people.with_name(name)
            shutil.copytree(shipped, own) if shipped.is_dir() else shutil.copyfile(shipped, own)
    media = people.with_name("media.yaml")
    if not media.exists():
        told = (
            (SHIPPED / media.name).read_text(encoding="utf-8").replace("seconds: 60", "seconds: 10").replace("seconds: 25", "seconds: 10")
        )
        media.write_text(told.replace('outputs_url: ""', "outputs_url: https://media.larkspur-vale.example"), encoding="utf-8")
    updates = people.with_name("stakeholder_updates.yaml")
    if pages and not updates.exists():
        told = (SHIPPED / updates.name).read_text(encoding="utf-8")
        updates.write_text(told.replace('pages_url: ""', f"pages_url: {pages}"), encoding="utf-8")
    return people.parent


def _secret(home: Path, name: str) -> str:
    file = home / f"{name}.secret"
    if not file.exists():
        _write_private(file, secrets.token_hex(48))
    return file.read_text(encoding="utf-8")


def _write_private(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(content)
