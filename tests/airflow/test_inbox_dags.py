"""PN-6 and EX-6 as whole DAGs, with a sandbox that calls us: by webhook, by poll alone, and by both at once."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import uvicorn
from dag_walk import dag_named
from sandbox_control import Control

from colophon.use_cases.exstream.service_outcomes import CASE as SERVICE_OUTCOMES
from colophon.use_cases.push.downstream_exceptions import CASE as DOWNSTREAM_EXCEPTIONS
from colophon_airflow.inbound.app import HooksApp
from colophon_airflow.inbound.sources import Sources

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs

SECRET = "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA=="
ISBN, OTHER = "9781999000011", "9781999000028"
PN6, EX6 = "push__downstream_exceptions", "exstream__service_outcomes"
WAYS = ["webhook", "poll", "both"]


@pytest.fixture
def house(station, monkeypatch):
    """The station with Exstream, mutations in Consonance, and the door on a port of its own."""
    base = {"start_jitter_seconds": 0}
    key = {"conn_type": "consonance", "host": f"{station.sandbox}/consonance", "password": "sandbox0key0not0real000000000000"}
    monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**key, "extra": {**base, "write_mode": "mutations"}}))
    client = {"conn_type": "opentext_exstream", "host": f"{station.sandbox}/exstream", "login": "sandbox-client"}
    extra = {**base, "tenant": "acme", "domain": "acme-test", "outcome_source": "feed"}
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_EXSTREAM_DEFAULT", json.dumps({**client, "password": "sandbox-not-a-secret", "extra": extra}))
    app = HooksApp(station.ledger, Sources(lambda _conn_id: {"hook_secret": SECRET}))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    remote = {name: Control(station.sandbox, name) for name in ("xconnector", "exstream", "consonance")}
    yield SimpleNamespace(run=station.run, ledger=station.ledger, address=address, **remote)
    server.should_exit = True
    thread.join(60)


def hear_of(house, way: str) -> None:
    """Switch the ways on: the poll is cut off for `webhook`, and no webhook goes for `poll`."""
    if way != "poll":
        house.xconnector.settings(webhook_url=f"{house.address}/xconnector")
        house.exstream.settings(webhook_url=f"{house.address}/exstream")
    if way == "webhook":
        house.xconnector.fault("status", "/v1/inbox", method="GET", value={"status": 403}, times=None)
        house.exstream.fault("status", "/ext/api/v1/outcomes", method="GET", value={"status": 403}, times=None)


def event(number: int, kind: str, minutes: int, isbn: str = ISBN, system: str = "erp") -> dict:
    """A notice as the middleware passes it on."""
    at = (datetime.now(UTC) - timedelta(hours=1) + timedelta(minutes=minutes)).isoformat(timespec="seconds").replace("+00:00", "Z")
    data = {"isbn": isbn, "fault": "missing_cover", "system": system, "severity": "error", "code": "cover_404", "message": None, "at": at}
    return {
        "specversion": "1.0",
        "id": f"n-{number}",
        "source": f"/sandbox/{system}",
        "type": f"colophon.delivery.{kind}.v1",
        "subject": f"isbn:{isbn}",
        "time": at,
        "data": data,
    }


def tasks(house) -> dict[str, str]:
    """To-dos in Consonance that this use case wrote: reference and status."""
    found = {}
    for entry in house.consonance.journal():
        inputs = [value for value in (entry["body"] or {}).get("variables", {}).values() if isinstance(value, dict)]
        found.update(
            {given["externalReference"]: given["status"] for given in inputs if "status" in given and "externalReference" in given}
        )
    return found


@pytest.mark.parametrize("way", WAYS)
def test_a_failure_becomes_one_task_and_a_success_resolves_it(house, way):
    """Twice told and twice run: one effect when it opens, one when it closes; the run is red where the poll is cut off."""
    hear_of(house, way)
    state = "failed" if way == "webhook" else "success"
    house.xconnector.seed(inbox=[event(1, "failure", 0), event(2, "failure", 1, isbn="9780000000002")])
    house.xconnector.advance(5)
    first = house.run(PN6)
    assert first.state == state, first.states
    assert house.consonance.effects("consonance.upsertTodo") == [f"pn6:{ISBN}:missing_cover"]
    assert house.run(PN6).state == state
    house.xconnector.seed(inbox=[event(3, "failure", 2), event(4, "recovered", 3)])
    house.xconnector.advance(5)
    for _ in range(2):
        assert house.run(PN6).state == state
    assert house.consonance.effects("consonance.upsertTodo") == [f"pn6:{ISBN}:missing_cover"] * 2
    assert tasks(house) == {f"pn6:{ISBN}:missing_cover": "DONE"}
    with house.ledger() as ledger:
        assert ledger.counts(PN6)["consonance"] == {"confirmed": 2}
        assert [row.subject for row in ledger.exceptions.open(use_case=PN6)] == ["isbn:9780000000002"]
        assert ledger.inbox.waiting(["*"]) == set()


@pytest.mark.parametrize("way", WAYS)
def test_service_outcomes_are_noted_once_and_recurring_ones_raised(house, way):
    """Three cases of one title are three notes and one exception; one without ISBN is an exception."""
    hear_of(house, way)
    state = "failed" if way == "webhook" else "success"
    cases = [{"type": "delivered", "caseReference": f"CS-{n}", "isbn": ISBN, "issue": "delay"} for n in range(3)]
    house.exstream.seed(outcomes=[*cases, {"type": "delivered", "caseReference": "CS-9", "issue": "delay"}])
    house.exstream.advance(5)
    for _ in range(2):
        run = house.run(EX6)
        assert run.state == state, run.states
    assert len(house.consonance.effects("consonance.createWorkNote")) == 3
    with house.ledger() as ledger:
        assert ledger.counts(EX6)["consonance"] == {"confirmed": 3}
        assert sorted(row.rule for row in ledger.exceptions.open(use_case=EX6)) == ["EX6", "EX6-often"]
        assert ledger.inbox.waiting(["*"]) == set()


def test_without_mutations_a_task_waits_in_the_tray(house, monkeypatch):
    """Held until a person has loaded it; a dry run takes and writes nothing."""
    found = json.loads(__import__("os").environ["AIRFLOW_CONN_CONSONANCE_DEFAULT"])
    found["extra"]["write_mode"] = "tray"
    monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps(found))
    house.xconnector.seed(inbox=[event(1, "failure", 0)])
    house.xconnector.advance(5)
    assert house.run(PN6, dry_run=True).state == "success"
    with house.ledger() as ledger:
        assert ledger.inbox.waiting(["*"]) == set()
    assert house.run(PN6).state == "success"
    with house.ledger() as ledger:
        assert ledger.counts(PN6)["consonance"] == {"held": 1}
        [row] = ledger.tray.rows(("pending",))
        sheet = ledger.tray.reserve([row.id], "todos", ".xlsx")
        ledger.tray.exported(sheet)
        ledger.tray.loaded(sheet, by="Ada")
    assert house.run(PN6).state == "success"
    with house.ledger() as ledger:
        assert ledger.counts(PN6)["consonance"] == {"sent": 1}
    assert house.consonance.effects("consonance.upsertTodo") == []


@pytest.mark.parametrize("case", [DOWNSTREAM_EXCEPTIONS, SERVICE_OUTCOMES], ids=lambda case: case.id)
def test_what_wakes_a_dag_is_what_its_use_case_takes(case):
    """The DAG names the types of events itself, for the use case is loaded only when a task runs."""
    [asset] = dag_named(case.id).schedule.asset_condition.objects
    assert [tuple(watcher.trigger.types) for watcher in asset.watchers] == [case.types]
