"""`kill -9` of the server under load: no event that was acknowledged is lost, none is twice in the inbox."""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from itertools import count, takewhile

import pytest
from benchmarks.inbound import Told, alone, environment, load, serving, wait_until_open

from colophon.ledger import Ledger
from colophon_airflow.processes import free_port


def kill_under_load(folder, kills: int) -> None:
    """Load without pause; the server is killed and started again so many times; what went unanswered is sent again."""
    env, port, rng, numbers, told = environment(folder), free_port(0), random.Random(kills), count(), Told()
    with (folder / "server.log").open("ab") as log:
        for _ in range(kills):
            process = subprocess.Popen(alone(port), env={**os.environ, **env}, stdout=log, stderr=log, start_new_session=True)
            wait_until_open(port, process)
            asyncio.run(storm(process, port, numbers, told, rng.uniform(0.2, 1.5)))
            process.wait()
    sent = next(numbers)
    acknowledged = {name for name, status in told.statuses.items() if status == 202}
    unanswered = [number for number in range(sent) if f"bench-{number}" not in acknowledged]
    assert len(acknowledged) > 50 * kills
    assert set(told.statuses.values()) <= {202, 503}
    kept = inbox(env)
    assert len(kept) == len(set(kept))
    assert acknowledged <= set(kept)
    again = Told()
    with serving(alone(port), port, env, folder / "server.log"):
        asyncio.run(load(port, iter(unanswered), again, rate=300))
    assert set(again.statuses.values()) <= {200, 202}
    assert sorted(inbox(env)) == sorted(f"bench-{n}" for n in range(sent))


async def storm(process: subprocess.Popen, port: int, numbers: Iterator[int], told: Told, after_s: float) -> None:
    """Load until the server has answered for so long and is killed."""
    is_alive, before = True, len(told.statuses)

    async def kill() -> None:
        nonlocal is_alive
        while len(told.statuses) == before and process.poll() is None:  # noqa: ASYNC110 - answers come from sockets, not from an event
            await asyncio.sleep(0.02)
        await asyncio.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        is_alive = False

    await asyncio.gather(load(port, takewhile(lambda _: is_alive, numbers), told, rate=300), kill())


def inbox(env: dict[str, str]) -> list[str]:
    """Ids of all that was kept."""
    with Ledger.open(env["AIRFLOW_CONN_COLOPHON_LEDGER"]) as ledger:
        return [item.id for item in ledger.inbox.pending(["*"], limit=1_000_000)]


def test_three_kills(tmp_path):
    """And the log of the server has no traceback of ours."""
    kill_under_load(tmp_path, 3)
    assert "Traceback" not in (tmp_path / "server.log").read_text()


@pytest.mark.nightly
def test_twenty_kills(tmp_path):
    """The same, longer."""
    kill_under_load(tmp_path, 20)
