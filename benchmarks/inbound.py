"""Signed 2 KB events at a steady rate, through the door by itself and inside Airflow's api-server; latency from the moment each was due.

python -m benchmarks.inbound [SECONDS]
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from colophon.ledger import upgrade
from colophon_airflow import local, processes

RATE, SIZE, CONNECTIONS = 500, 2048, 32
SECRET = "whsec_" + base64.b64encode(b"bench-not-a-secret-0000000000000").decode()
PATH = "/colophon/hooks/xconnector"


def event(number: int) -> tuple[str, bytes]:
    """Id and body of one event of about 2 KB."""
    name = f"bench-{number}"
    told = {"specversion": "1.0", "id": name, "source": "/bench", "type": "bench.delivery.failure.v1", "subject": f"isbn:{number:013d}"}
    body = {**told, "time": "2026-05-01T10:00:00Z", "data": {"number": number, "text": ""}}
    body["data"]["text"] = "x" * (SIZE - len(json.dumps(body)))
    return name, json.dumps(body).encode()


def request(name: str, body: bytes) -> bytes:
    """A signed HTTP request, as bytes."""
    stamp = str(int(time.time()))
    mac = hmac.digest(base64.b64decode(SECRET.removeprefix("whsec_")), f"{name}.{stamp}.".encode() + body, hashlib.sha256)
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/cloudevents+json\r\nContent-Length: {len(body)}\r\n"
    proof = f"webhook-id: {name}\r\nwebhook-timestamp: {stamp}\r\nwebhook-signature: v1,{base64.b64encode(mac).decode()}\r\n\r\n"
    return (head + proof).encode() + body


@dataclass
class Told:
    """What came of a load: seconds from due to answered, and statuses by event id; an event without an answer is not in it."""

    waits: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share was answered."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(len(self.waits) * share))] * 1000


async def load(port: int, numbers: Iterator[int], told: Told, *, rate: float) -> Told:
    """Send events at a steady rate until the last number, over a few kept connections; answers are entered in `told`.

    A connection that breaks is opened anew, its event is left unanswered.
    """
    begin, due = time.monotonic(), iter(range(10**9))

    async def work() -> None:
        reader = writer = None
        while True:
            at = begin + next(due) / rate
            number = next(numbers, None)
            if number is None:
                break
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            name, body = event(number)
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request(name, body))
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
                await reader.readexactly(length)
            except (OSError, asyncio.IncompleteReadError):
                if writer is not None:
                    writer.close()
                reader = writer = None
                await asyncio.sleep(0.05)
                continue
            told.waits.append(time.monotonic() - at)
            told.statuses[name] = int(head[9:12])
        if writer is not None:
            writer.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return told


def environment(home: Path) -> dict[str, str]:
    """What the door needs: a ledger and a connection with a secret."""
    home.mkdir(parents=True, exist_ok=True)
    upgrade(f"sqlite:///{home / 'ledger.db'}")
    connection = {"conn_type": "xconnector", "host": "http://127.0.0.1:9", "password": "none", "extra": {"hook_secret": SECRET}}
    return {
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW_CONN_COLOPHON_LEDGER": f"sqlite:///{home / 'ledger.db'}",
        "AIRFLOW_CONN_XCONNECTOR_DEFAULT": json.dumps(connection),
    }


def alone(port: int) -> list[str]:
    """Command line of the door by itself."""
    factory = "colophon_airflow.inbound.app:standalone"
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", "--factory", factory, *options]


@contextmanager
def serving(command: list[str], port: int, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """A server until the end of the block."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, env={**os.environ, **env}, stdout=out, stderr=out, start_new_session=True)
        try:
            wait_until_open(port, process)
            yield process
        finally:
            process.kill()
            process.wait()


def wait_until_open(port: int, process: subprocess.Popen, patience_s: float = 120) -> None:
    """Until it takes connections; TimeoutError where it does not."""
    import socket

    until = time.monotonic() + patience_s
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _measure(name: str, command: list[str], port: int, env: dict[str, str], home: Path, seconds: float, aim_ms: float) -> None:
    with serving(command, port, env, home / "server.log") as process:
        asyncio.run(load(port, iter(range(10**8, 10**8 + 200)), Told(), rate=100))
        before, began = _cpu_s(process.pid), time.process_time()
        told = asyncio.run(load(port, iter(range(int(RATE * seconds))), Told(), rate=RATE))
        server, client = _cpu_s(process.pid) - before, time.process_time() - began
    taken = sum(status == 202 for status in told.statuses.values())
    p50, p99 = told.percentile(0.5), told.percentile(0.99)
    print(
        f"{name:<22}{taken:>8,} taken of {int(RATE * seconds):,}   p50 {p50:>7.1f} ms   p99 {p99:>7.1f} ms   {p99 / aim_ms:>5.2f} x the aim of {aim_ms:.0f} ms"
    )
    print(f"{'':<22}CPU: server {server / len(told.waits) * 1000:.2f} ms an event, this client {client / len(told.waits) * 1000:.2f} ms")


def main() -> None:
    """Print the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with tempfile.TemporaryDirectory() as folder:
        port = processes.free_port(8095)
        env = environment(Path(folder) / "alone")
        _measure("by itself", alone(port), port, env, Path(folder), seconds, 100)
        home, port = Path(folder) / "inside", processes.free_port(8096)
        env = {**local.environment(home, "http://127.0.0.1:9", port=port), **environment(home), "AIRFLOW_HOME": str(home / "airflow")}
        local.prepare(home, env)
        command = [
            str(Path(sys.executable).with_name("airflow")),
            "api-server",
            "--port",
            str(port),
            "--host",
            "127.0.0.1",
            "--workers",
            "1",
        ]
        _measure("inside the api-server", command, port, env, Path(folder), seconds, 500)


if __name__ == "__main__":
    main()
