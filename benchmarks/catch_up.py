"""Events after six hours in which the middleware was away: in order for each title, each once, and how fast beside the bare client.

python -m benchmarks.catch_up [EVENTS]      (10,000 of 500 titles where not given)
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.environment import REAL, use
from colophon.ledger import Ledger, upgrade
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.collect import take_statuses
from colophon.systems.xconnector.planned import TYPE_LABEL
from colophon.systems.xconnector.port import EventPort
from colophon.systems.xconnector.records import MessageStatus
from colophon.systems.xconnector.settings import XConnectorSettings

TITLES, HOURS, QUARTER = 500, 6, timedelta(minutes=15)
BEGIN = datetime(2026, 5, 4, 6, tzinfo=UTC)
CASE, BI, BARE = "xconnector__workflow_status", "bi-workflow", "bare"
AIM_S = 600


class Sandbox:
    """The control routes."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Ask."""
        answer = requests.request(method, f"{self.url}/__sandbox__{path}", json=body, timeout=600)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, kind: str, **plan: Any) -> None:
        """Something goes wrong with what is sent."""
        self.control(
            "POST", "/faults", {"system": "xconnector", "match": {"path": "/v1/messages*", "method": "POST"}, "kind": kind, **plan}
        )


class Clock:
    """Ours and the middleware's: a quarter of an hour passes between two runs."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.ahead = box, timedelta()

    def __call__(self) -> datetime:
        """Now."""
        return datetime.now(UTC) + self.ahead

    def next_run(self) -> None:
        """Let it pass."""
        self.ahead += QUARTER
        self.box.control("POST", "/clock/advance", {"seconds": QUARTER.total_seconds()})


class Shuffled(XConnectorClient):
    """A client that hears of every message twice, and in no order."""

    def iter_messages(
        self, status: str | None = None, since: datetime | None = None, recipient: str | None = None
    ) -> Iterator[MessageStatus]:
        """See the base class."""
        told = list(super().iter_messages(status, since, recipient)) * 2
        random.Random(7).shuffle(told)
        return iter(told)


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """A sandbox in a process of its own."""
    command = [sys.executable, "-m", "colophon_sandbox", "--port", "0", "--control", "--catalogue", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        try:
            yield Sandbox(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


def main(count: int) -> None:
    """Print the table."""
    with sandbox() as box, tempfile.TemporaryDirectory() as folder:
        routes = [{"id": f"r-{name}", "match": {"recipient": name}, "targets": ["bi"], "order": "per_subject"} for name in (BI, BARE)]
        box.control("POST", "/seed", {"records": {"xconnector": {"routes": routes}}})
        extra = {"source": "/colophon/acme", "start_jitter_seconds": 0}
        settings = XConnectorSettings.from_connection(f"{box.url}/xconnector", "sandbox-not-a-token", extra)
        url = f"sqlite:///{folder}/ledger.db"
        upgrade(url)
        clock = Clock(box)
        box.control("PUT", "/clock", {"now": f"{clock():%Y-%m-%dT%H:%M:%SZ}", "mode": "running"})
        here = replace(REAL, clock=clock, sleep=lambda _: None)
        with use(here), Ledger.open(url) as ledger, Shuffled(settings) as client:
            caught_up_s, runs = _catch_up(box, ledger, client, clock, count)
            _check(box, ledger, count)
        bare_s = _bare(box, settings, count)
    print(f"{'events of titles':<34}{count:>9,} of {TITLES:,}; away for {HOURS} h, then {runs} runs")
    print(f"{'caught up within':<34}{caught_up_s:>9.1f} s   {caught_up_s / AIM_S:.2f} x the limit of {AIM_S} s")
    print(
        f"{'events a second':<34}{count / caught_up_s:>9,.0f}     the bare client {count / bare_s:,.0f}: {caught_up_s / bare_s:.1f} x as long"
    )
    print("each once, and in order for each title")


def events(count: int) -> list[Intent]:
    """Stages of titles, one after the other."""
    return [_event(number // TITLES, number % TITLES) for number in range(count)]


def _event(place: int, title: int) -> Intent:
    at = f"{BEGIN + timedelta(minutes=place):%Y-%m-%dT%H:%M:%SZ}"
    data = {"workId": title, "milestone": f"stage_{place}", "state": "done", "at": at, "by": None, "previousDate": None, "newDate": None}
    content, labels = json.dumps(data, sort_keys=True).encode(), {TYPE_LABEL: "workflow.milestone"}
    return Intent(CASE, BI, f"work:{title}", "A", content, "application/json", BEGIN, occurrence=f"{place}", order="every", labels=labels)


def _catch_up(box: Sandbox, ledger: Ledger, client: XConnectorClient, clock: Clock, count: int) -> tuple[float, int]:
    """Seconds and runs from the end of the outage until everything is acknowledged; answers are lost on the way."""
    planned = events(count)
    box.fault("status", value={"status": 503}, times=None)
    for hour in range(HOURS):
        ledger.plan(planned[hour * count // HOURS : (hour + 1) * count // HOURS])
        _deliver(ledger, client)
        clock.next_run()
    box.control("DELETE", "/faults")
    for skip in range(3, count // 100, 9):
        box.fault("reset", skip=skip, times=1, when="after")
    begin, runs = time.perf_counter(), 0
    while any(state != "confirmed" for state in _states(ledger)):
        runs += 1
        clock.next_run()
        _deliver(ledger, client)
        take_statuses(ledger, client, use_case=CASE, destination=BI, owner_of=lambda _: "operations", keeps_trying=True)
    return time.perf_counter() - begin, runs


def _deliver(ledger: Ledger, client: XConnectorClient) -> None:
    deliver(ledger, EventPort(client), use_case=CASE, destination=BI, owner="me", lease_s=900, sleep=lambda _: None)


def _states(ledger: Ledger) -> list[str]:
    return [row.state for row in ledger.all_of(CASE, BI)]


def _check(box: Sandbox, ledger: Ledger, count: int) -> None:
    """By the middleware's own record: each once, and in order for each title."""
    taken = [effect["key"] for effect in box.control("GET", "/effects?kind=xconnector.acknowledged")["effects"]]
    assert len(taken) == len(set(taken)) == count, f"{len(taken)} acknowledged, {len(set(taken))} of them different, of {count}"
    rows = {row.remote_id: row for row in ledger.all_of(CASE, BI)}
    order = defaultdict[str, list[int]](list)
    by_event = {status.event.id: status.message_id for status in _messages(box)}
    for key in taken:
        row = rows[by_event[key.partition("/")[0]]]
        order[row.subject].append(row.revision)
    assert all(found == sorted(found) for found in order.values()), "a title's events were acknowledged out of order"


def _messages(box: Sandbox) -> list[MessageStatus]:
    settings = XConnectorSettings.from_connection(
        f"{box.url}/xconnector", "sandbox-not-a-token", {"source": "/colophon/acme", "start_jitter_seconds": 0}
    )
    with XConnectorClient(settings) as client:
        return list(client.iter_messages(recipient=BI))


def _bare(box: Sandbox, settings: XConnectorSettings, count: int) -> float:
    """Seconds in which the client alone sends as many."""
    with XConnectorClient(settings) as client:
        made = [
            client.make_event("workflow.milestone", intent.subject, BARE, json.loads(intent.content), number // TITLES, at=BEGIN)
            for number, intent in enumerate(events(count), start=TITLES)
        ]
        begin = time.perf_counter()
        verdicts = client.send(made)
        list(client.iter_messages(recipient=BARE))
        took_s = time.perf_counter() - begin
    assert not [verdict for verdict in verdicts if verdict.error], "the bare client was refused"
    box.control("DELETE", "/faults")
    return took_s


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000)
