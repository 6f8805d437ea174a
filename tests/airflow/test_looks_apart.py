"""Triggers of a slow vendor keep nobody else waiting."""

import asyncio
import threading
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import BaseHook
from ledger_database import make_ledger

from colophon_airflow.inbound import trigger as inbox
from colophon_airflow.systems.trigger import SettledTrigger


class Vendor(SettledTrigger):
    """A look at a vendor, which answers when it is let go."""

    until_then = threading.Event()
    is_asked = threading.Event()

    def hook(self):
        return SimpleNamespace(use=lambda *_: None, polling_client=nullcontext(self))

    def waits(self):
        while True:
            yield 0.0

    def is_settled(self, client):
        self.is_asked.set()
        return self.conn_id == "quick" or self.until_then.wait(20)


@pytest.fixture
def connections(tmp_path, monkeypatch):
    """Connections as a triggerer reads them, and an empty ledger."""
    make_ledger(url := f"sqlite:///{tmp_path / 'ledger.db'}")

    async def aget(conn_id):
        return SimpleNamespace(conn_type="sqlite", host=str(tmp_path / "ledger.db"), schema="", conn_id=conn_id)

    monkeypatch.setattr(BaseHook, "aget_connection", aget)
    return url


def test_forty_triggers_of_a_slow_vendor_hold_up_nobody_else(connections):
    """Another system is looked at, and the inbox watched, while all threads of the slow one are taken."""
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()

    async def first(trigger):
        return await anext(aiter(trigger.run()))

    async def play():
        slow = [asyncio.create_task(first(Vendor(conn_id="slow", until=until))) for _ in range(40)]
        await asyncio.to_thread(Vendor.is_asked.wait, 10)
        began = time.monotonic()
        assert (await first(Vendor(conn_id="quick", until=until))).payload == {"settled": True}
        assert await inbox.beside(inbox.LEDGER_CONN_ID, inbox._waiting, connections, ["*"]) == set()
        took_s = time.monotonic() - began
        assert not any(task.done() for task in slow)
        Vendor.until_then.set()
        assert all(event.payload == {"settled": True} for event in await asyncio.gather(*slow))
        return took_s

    assert asyncio.run(play()) < 2
