"""One house in one process, on any day: the sandbox, an empty ledger, and the DAGs' own tasks. No sockets, no waiting, no Airflow database.

    with open_station(folder) as station:
        station.seed("consonance", {"works": [...]})
        run = station.run("push__rights_expiry_scan", MONDAY)
        assert (run.state, station.effects("push.delivered")) == ("success", [...])

Station and sandbox share one clock, which stands still but for `clock`, `advance` and what a run waits.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
import requests
from airflow.sdk import Asset
from dag_walk import Run, dag_named, lazy_values, run_of
from ledger_database import make_ledger
from recipients import keep_recipients
from sandbox_control import InProcess
from werkzeug.test import Client
from wsgi_adapter import WsgiAdapter

from colophon.config.load import forget_config
from colophon.environment import Environment, use
from colophon.ledger import Ledger
from colophon_airflow.local import config_folder
from colophon_sandbox.app import START
from colophon_sandbox.serve import make_sandbox

ADDRESS = "http://127.0.0.1:1"
"""Nobody listens there: a call that finds a way round the adapter fails."""
QUICK = {"start_jitter_seconds": 0, "settle_seconds": 0}
CONNECTIONS: dict[str, dict[str, Any]] = {
    "consonance": {"password": "sandbox0key0not0real000000000000", "extra": {"write_mode": "mutations"}},
    "fourallportal": {"password": "00000000-0000-4000-8000-000000000000", "extra": {}},
    "bytenite": {"password": "sandbox-not-a-key", "extra": {}},
    "xconnector": {
        "password": "sandbox-not-a-token",
        "extra": {"payload_mode": "upload", "manage_routes": True, "source": "/colophon/acme"},
    },
    "opentext_push": {
        "path": "push/mra/v1",
        "login": "sandbox",
        "password": "sandbox-not-a-password",
        "extra": {"account": "acme"},
    },
    "opentext_exstream": {
        "path": "exstream",
        "login": "sandbox-client",
        "password": "sandbox-not-a-secret",
        "extra": {"tenant": "acme", "domain": "acme-test", "outcome_source": "feed"},
    },
}


class Station:
    """See the module. `folder` holds the ledger, what is staged, and `config`, the publisher's folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch, self._runs = folder, patch, count(1)
        self.sandbox = make_sandbox(start=START, sleep=self.advance)
        self.sandbox.world.clock.set(START, "frozen")
        self._client = Client(self.sandbox)
        self.config = config_folder(folder)
        make_ledger(f"sqlite:///{folder / 'ledger.db'}")
        self._url = f"sqlite:///{folder / 'ledger.db'}"
        for system in CONNECTIONS:
            self.connect(system)
        patch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", self._url)
        patch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(folder / "staging"))
        patch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(self.config))

    @property
    def now(self) -> datetime:
        """The station's and the sandbox's present."""
        return self.sandbox.world.now

    def clock(self, moment: datetime) -> None:
        """Put the clock to a moment; what is due at the systems happens."""
        with self.sandbox.world.lock:
            self.sandbox.world.clock.set(moment, "frozen")
            self.sandbox.tick()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock(self.now + timedelta(seconds=seconds))

    def seed(self, system: str, records: Mapping[str, Any]) -> None:
        """Add records of a system, called as the sandbox calls it; a record whose id is there replaces it."""
        assert system in self.sandbox.systems, f"the sandbox has {', '.join(self.sandbox.systems)}"
        self.sandbox.load({system: json.loads(json.dumps(records))})

    def connect(self, system: str, **extra: object) -> None:
        """A system's connection, with more in its extra than usual."""
        self._patch.setenv(f"AIRFLOW_CONN_{system.upper()}_DEFAULT", connection(system, ADDRESS, **extra))

    def configure(self, file: str, text: str) -> None:
        """A file of the publisher's folder."""
        (self.config / file).write_text(text, encoding="utf-8")
        forget_config()

    def only(self, *recipients: str) -> None:
        """These recipients get feeds, and not all nine: for what is the same at each."""
        keep_recipients(self.config, *recipients)
        forget_config()

    def fault(self, system: str, kind: str, path: str = "*", **plan: Any) -> None:
        """Something goes wrong at a system: `method`, `value`, `when`, `skip`, and `times` (None: until `mend`) as in the sandbox's control."""
        self.system(system).fault(kind, path, **{"method": None, "times": None, **plan})

    def mend(self) -> None:
        """All faults are over."""
        self.sandbox.faults.clear()

    def system(self, name: str) -> InProcess:
        """The controls of one of the sandbox's systems."""
        return InProcess(self._client, name)

    def journal(self, system: str) -> list[dict[str, Any]]:
        """What a system was asked, oldest first."""
        return [entry for entry in self.sandbox.journal if entry["system"] == system]

    def effects(self, kind: str = "") -> list[str]:
        """Keys of what truly happened, by the beginning of its kind; oldest first."""
        return [row["key"] for row in self.sandbox.world.store.table("world.effects") if row["kind"].startswith(kind)]

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, open for the length of the block."""
        with Ledger.open(self._url) as ledger:
            yield ledger

    def exceptions(self, use_case: str | None = None) -> list[tuple[str, str]]:
        """Rule and subject of every open exception."""
        with self.ledger() as ledger:
            return sorted((row.rule, row.subject) for row in ledger.exceptions.open(use_case=use_case, limit=10_000))

    def deliveries(self, use_case: str, destination: str) -> dict[str, str]:
        """State of the newest revision of each subject."""
        with self.ledger() as ledger:
            return {row.subject: row.state for row in ledger.all_of(use_case, destination)}

    def run(
        self,
        dag_id: str,
        as_of: datetime | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        backfill: bool = False,
        by_hand: bool = False,
        woken_by: Run | None = None,
        answer: str = "Approve",
        people: Sequence[str] = ("Someone", "Someone Else"),
        answer_after: timedelta = timedelta(),
    ) -> Run:
        """Run a DAG once, as of a moment (now, unless said), which the clock then has if it had not come to it yet.

        It is a scheduled run, unless somebody starts it by hand, as a backfill, or the asset events of another one do. `answer`: what a person says where one is asked, `people` who do,
        `answer_after` so long; where that is too long nobody does.
        """
        moment, dag = as_of or self.now, dag_named(dag_id)
        if moment > self.now:
            self.clock(moment)
        kind = "backfill" if backfill else "manual" if by_hand else "asset_triggered" if woken_by else "scheduled"
        events: Mapping[Asset, Sequence[Mapping[str, Any]]] = woken_by.events if woken_by else {}
        return Run(dag, run_of(dag, kind, moment, next(self._runs), params or {}), events, answer, people, answer_after).walk()

    def twice(self, dag_id: str, as_of: datetime | None = None, params: Mapping[str, Any] | None = None) -> Run:
        """Run a DAG, then again ten minutes later: the second run is green and has no effect anywhere. Returns the first."""
        first = self.run(dag_id, as_of, params)
        before = self.effects()
        self.advance(600)
        second = self.run(dag_id, None, params)
        assert second.state == "success", second.logs
        assert self.effects() == before
        return first


def connection(system: str, address: str, **extra: object) -> str:
    """An Airflow connection to a system of the sandbox at an address, as JSON; `extra` comes on top of what is usual."""
    told = dict(CONNECTIONS[system])
    host = f"{address}/{told.pop('path', system)}"
    return json.dumps({**told, "conn_type": system, "host": host, "extra": {**QUICK, **told["extra"], **extra}})


@contextmanager
def open_station(folder: Path) -> Iterator[Station]:
    """A station that keeps its files in a folder, and its environment in force while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        station, ids, chance = Station(folder, patch), count(1), Random(7)
        adapter, usual = WsgiAdapter(station.sandbox), requests.Session.get_adapter
        patch.setattr(requests.Session, "get_adapter", lambda self, url: adapter if url.startswith(ADDRESS) else usual(self, url))
        patch.setattr("airflow.sdk.definitions.xcom_arg.LazyXComSequence", lazy_values)
        elapsed = Environment(
            clock=lambda: station.now,
            monotonic=lambda: (station.now - START).total_seconds(),
            sleep=station.advance,
            random=chance.random,
            new_id=lambda: str(UUID(int=next(ids))),
            pool=lambda _workers: _AtOnce(),
        )
        with use(elapsed):
            yield station


class _AtOnce(Executor):
    """Does what it is given at once, in the order given."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as problem:
            future.set_exception(problem)
        return future
