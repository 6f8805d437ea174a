"""Servers of a local installation as processes: the sandbox and Airflow, started, waited for and stopped."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.request import urlopen

from colophon.errors import ServerError

_STARTED: list[subprocess.Popen[bytes]] = []  # kept, because a forgotten Popen warns that its process still runs; ours are meant to


def start(command: list[str], home: Path, name: str, env: Mapping[str, str]) -> int:
    """Start a process of its own group in the background; its output goes to `<home>/<name>.log`. Returns the pid."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, env={**os.environ, **env}, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    _STARTED.append(process)
    (home / f"{name}.pid").write_text(str(process.pid), encoding="ascii")
    return process.pid


def start_sandbox(home: Path, env: Mapping[str, str], *options: str, port: int = 8900, patience_s: float = 180) -> str:
    """Start the sandbox on `port` of the loopback interface, or on another where it is taken. Returns its address.

    It says itself where it listens, and only when it does: what answers there is no one else's.

    :raises ServerError: it ended, or did not come up in time.
    """
    told = home / "sandbox.address"
    told.unlink(missing_ok=True)
    process = start(sandbox_command(port, "--address-file", str(told), *options), home, "sandbox", env)
    until = time.monotonic() + patience_s
    while not told.exists():
        if time.monotonic() > until or _gone(process, 0):
            raise ServerError("the sandbox did not start", system="sandbox", remedy=f"Read {home / 'sandbox.log'}.")
        time.sleep(0.05)
    return told.read_text(encoding="ascii")


def is_running(home: Path, name: str) -> bool:
    """Whether what `start` started is still there."""
    pid_file = home / f"{name}.pid"
    return pid_file.exists() and not _gone(int(pid_file.read_text(encoding="ascii")), 0)


def stop(home: Path, name: str, *, patience_s: float = 20) -> bool:
    """Stop what `start` started, its children too. False: it was not running."""
    pid_file = home / f"{name}.pid"
    if not pid_file.exists():
        return False
    pid = int(pid_file.read_text(encoding="ascii"))
    pid_file.unlink()
    for kind, patience in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(pid, kind)
        except ProcessLookupError:
            break
        if _gone(pid, patience):
            break
    for process in [one for one in _STARTED if one.pid == pid]:
        process.poll()  # else it would warn at the end that it still runs
        _STARTED.remove(process)
    return True


def wait_until_up(url: str, *, patience_s: float, process: int | None = None) -> bool:
    """Whether `url` answers 200 within the time; gives up at once when the process (a pid of `start`) has ended."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until and not (process and _gone(process, 0)):
        try:
            with urlopen(url, timeout=min(max(until - time.monotonic(), 1), 60)) as answer:  # noqa: S310 - our own loopback address
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.2)
    return False


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any free port of the loopback interface."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on the loopback interface")


def sandbox_command(port: int, *options: str) -> list[str]:
    """Command line of the sandbox."""
    return [sys.executable, "-m", "colophon_sandbox", "--port", str(port), "--control", "--now", *options]


def _gone(group: int, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while True:
        with contextlib.suppress(ChildProcessError):  # not our child: started by an earlier command
            os.waitpid(group, os.WNOHANG)
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.1)
