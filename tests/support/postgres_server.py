"""A PostgreSQL server for tests alone: in a folder of its own, spoken to through a socket there, gone with the process that started it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
"""Nobody pulls the plug here."""
ABSENT = "needs PostgreSQL's server on this machine (apt-get install postgresql)"
PATIENCE_S = 30


def programs() -> Path | None:
    """The folder of its newest programs; None where it is not installed, or root has nobody to run it as."""
    if os.geteuid() == 0 and ("postgres" not in {user.pw_name for user in pwd.getpwall()} or not shutil.which("setpriv")):
        return None
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]), reverse=True)
    on_path = shutil.which("postgres")
    return next((path.parent for path in [*installed, *([Path(on_path)] if on_path else [])]), None)


def as_its_user() -> list[str]:
    """What stands before its commands: PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []


def initialise(data: Path) -> list[str]:
    """The command that makes a cluster in an empty folder."""
    options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    return [*as_its_user(), f"{programs()}/initdb", "-D", str(data), *options]


class PostgresServer:
    """A running cluster."""

    def __init__(self) -> None:
        """Start it; it listens on no port.

        :raises RuntimeError: it does not start; the end of its log.
        """
        # Not below the clone: a socket's path is short, and the server's user cannot walk there.
        self.folder = Path(tempfile.mkdtemp(prefix="colophon-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        subprocess.run(initialise(data), check=True, capture_output=True, cwd="/")
        options = [*FAST, "-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}", "-c", "autovacuum=off"]
        # A run that is killed cannot stop it: the kernel does.
        dies_with_us = ["setpriv", "--pdeathsig", "QUIT", "--"] if shutil.which("setpriv") else []
        command = [*as_its_user(), *dies_with_us, f"{programs()}/postgres", "-D", str(data), *options]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True)
        self._wait()

    def url(self, database: str) -> str:
        """Address of a database, for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def connect(self, database: str) -> psycopg.Connection:
        """A connection to a database that commits each statement, and waits for nobody for long."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True, options="-c lock_timeout=10s")

    def stop(self) -> None:
        """End it at once, and remove all that it kept."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.connect("postgres").close()
            except psycopg.OperationalError:
                if time.monotonic() > end or self.process.poll() is not None:
                    log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
                    self.stop()
                    raise RuntimeError(f"PostgreSQL did not start: {log}") from None
                time.sleep(0.05)
            else:
                return
