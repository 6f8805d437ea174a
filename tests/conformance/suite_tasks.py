"""What a system's tasks leave behind: in the ledger, in what Airflow keeps of them, and for the tasks of other systems."""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from ledger_database import make_ledger
from suite_declaration import Tasks

from colophon.domain.delivery import Intent
from colophon.errors import ColophonError
from colophon.http.retry import Attempts
from colophon.ledger import Ledger
from colophon_airflow.systems.bytenite.operators import ByteniteDeliverOperator
from colophon_airflow.systems.fourallportal.operators import FourallportalDeliverOperator

USE_CASE = "suite.case"
ISBN = "9780000000101"
PORTAL = Tasks(
    "fourallportal", "B", lambda address: {"host": address, "password": "00000000-0000-4000-8000-000000000000"},
    lambda given: [FourallportalDeliverOperator(**given)],
    ({"kind": "product", "isbn": ISBN, "facts": {"title": [{"value": "Sea Room", "dimensions": {"locale": "en_GB"}}]}},),
    base="/fourallportal",
)  # fmt: skip
MEDIA = Tasks(
    "bytenite", "C",
    lambda address: {"host": address, "password": "sandbox-not-a-key", "extra": {"templates": {"TRAILER": "video-render@1.2"}}},
    lambda given: [ByteniteDeliverOperator(kind="jobs", **given)],
    ({"kind": "TRAILER", "name": "trailer", "source": {"descriptor": "url", "url": "https://assets.example.org/m.mov"}},),
    base="/bytenite",
)  # fmt: skip


@dataclass(slots=True)
class Desk:
    """One Airflow for a test: a ledger, connections, and tasks that are run by hand."""

    folder: Path
    patch: pytest.MonkeyPatch

    def connect(self, tasks: Tasks, address: str) -> None:
        """The system's connection."""
        made = dict(tasks.connection(address))
        extra = {"start_jitter_seconds": 0, "settle_seconds": 0, **made.pop("extra", {})}
        told = json.dumps({"conn_type": tasks.conn_type, **made, "extra": extra})
        self.patch.setenv(f"AIRFLOW_CONN_{tasks.conn_type.upper()}_DEFAULT", told)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger of this Airflow."""
        with Ledger.open(f"sqlite:///{self.folder / 'ledger.db'}") as found:
            yield found

    def plan(self, tasks: Tasks) -> None:
        """Enter the deliveries; again changes nothing."""
        with self.ledger() as ledger:
            ledger.plan([_intent(tasks, content, number) for number, content in enumerate(tasks.contents)])

    def run(self, tasks: Tasks) -> "Run":
        """All tasks, one after the other."""
        return _run(tasks.operators({"task_id": "task", "use_case": USE_CASE, "destination": tasks.destination}))

    def states(self, tasks: Tasks) -> Mapping[str, int]:
        """Deliveries by state."""
        with self.ledger() as ledger:
            return tasks.states(ledger) if tasks.states else ledger.counts(USE_CASE.replace(".", "__")).get(tasks.destination, {})


@dataclass(slots=True)
class Run:
    """What tasks left: everything that Airflow keeps of them, and the error of each that failed."""

    kept: list[str]
    errors: list[ColophonError]


class Left:
    """K6, K14, K16, for the tasks that a system declares."""

    @pytest.fixture
    def desk(self, tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
        """An Airflow with the system's deliveries planned, whose tasks do not wait."""
        make_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
        wait_after = Attempts.wait_after
        monkeypatch.setattr(Attempts, "wait_after", lambda *given: 0 * wait_after(*given))
        self.box.ask("PUT", "/clock", {"now": datetime.now(UTC).isoformat(), "mode": "frozen"})
        found = Desk(tmp_path, monkeypatch)
        tasks.prepare(self.box, found)
        found.connect(tasks, self.box.url)
        found.plan(tasks)
        self.planted.extend(self.secrets.values())
        return found

    @pytest.mark.parametrize("fault", ["reset-before", "reset-after", "login_page-before", "login_page-after", "truncate-after"])
    def test_lost_answers_in_the_ledger(self, tasks: Tasks, desk: Desk, fault: str) -> None:
        """K5, K6: class D stays `unknown` after one call, whatever comes later; every other class ends known, with one effect."""
        kind, when = fault.split("-")
        verb, before = tasks.verb, tasks.verb.effects(self.box)
        self.box.fault(verb, kind, when=when, times=None)
        self.keep(desk.run(tasks))
        calls = len(self.box.calls(verb))
        assert calls >= 1
        self.box.ask("DELETE", "/faults")
        told = self.keep(desk.run(tasks))
        effects = tasks.verb.effects(self.box) - before
        if tasks.delivery_class == "D":
            assert desk.states(tasks) == {"unknown": len(tasks.contents)}
            assert (len(self.box.calls(verb)), calls) == (len(tasks.contents), len(tasks.contents))
            assert effects == (0 if when == "before" else len(tasks.contents) * verb.size)
        else:
            assert not told.errors, told.errors
            assert "unknown" not in desk.states(tasks)
            assert effects == len(tasks.contents) * verb.size

    def test_nothing_secret_is_kept_of_tasks(self, tasks: Tasks, desk: Desk) -> None:
        """K14: results, triggers, rendered fields and errors of tasks have neither secrets nor anything personal."""
        done = self.keep(desk.run(tasks))
        assert not done.errors, done.errors
        assert done.kept
        assert sum(desk.states(tasks).values()) == len(tasks.contents) or tasks.states

    @pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
    def test_nothing_secret_is_kept_of_failed_tasks(self, tasks: Tasks, desk: Desk, status: int) -> None:
        """K14: the same where the system refuses, and says everything that must not be repeated."""
        self.box.fault(tasks.verb, "status", times=None, value={"status": status, "body": self.leaky()})
        assert self.keep(desk.run(tasks)).kept

    def test_others_go_on_while_it_is_away(self, tasks: Tasks, desk: Desk) -> None:
        """K16: a clear error and nothing lost; another system's task beside it finishes; back again, everything goes once."""
        before = tasks.verb.effects(self.box)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            desk.connect(tasks, f"http://127.0.0.1:{taken.getsockname()[1]}{self.base}")
            away = self.keep(desk.run(tasks))
        assert [type(problem) for problem in away.errors][:1] == [self.unreachable]
        assert tasks.verb.effects(self.box) == before
        neighbour = replace(MEDIA if tasks.conn_type == PORTAL.conn_type else PORTAL, destination="neighbour")
        desk.connect(neighbour, f"{self.box.origin}{neighbour.base}")
        desk.plan(neighbour)
        self.may_be_refused = True  # the neighbour looks whether its object is there
        assert not self.keep(desk.run(neighbour)).errors
        assert set(desk.states(neighbour)) <= {"confirmed", "accepted"}
        desk.connect(tasks, self.box.url)
        assert not self.keep(desk.run(tasks)).errors
        assert tasks.verb.effects(self.box) - before == len(tasks.contents) * tasks.verb.size

    def keep(self, run: Run) -> Run:
        """Everything that was kept is looked through when the test ends."""
        self.texts += run.kept
        return run


def _run(operators: Sequence[Any]) -> Run:
    now = datetime.now(UTC)
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=3)
    dag_run = SimpleNamespace(data_interval_start=None, data_interval_end=None, run_type="manual", run_after=now)
    context = {"ti": ti, "dag_run": dag_run, "params": {}}
    found = Run([], [])
    for operator in operators:
        found.kept.append(json.dumps({name: str(getattr(operator, name)) for name in operator.template_fields}))
        try:
            try:
                result = operator.execute(context)
            except TaskDeferred as deferred:
                found.kept += [repr(deferred.trigger.serialize()), repr(deferred.kwargs), repr(deferred.trigger)]
                result = operator.collect(context, {"settled": True})
            # What cannot be written as JSON cannot be an XCom.
            found.kept.append(json.dumps(result, allow_nan=False))
        except ColophonError as problem:
            found.errors.append(problem)
            found.kept += [str(problem), repr(problem), repr(vars(problem))]
    return found


def _intent(tasks: Tasks, content: Mapping[str, Any], number: int) -> Intent:
    return Intent(
        USE_CASE.replace(".", "__"),
        tasks.destination,
        f"isbn:{content['isbn']}" if "isbn" in content else f"subject:{number}",
        tasks.delivery_class,
        json.dumps(content, sort_keys=True).encode(),
        "application/json",
        datetime.now(UTC),
        labels=dict(tasks.labels),
    )
