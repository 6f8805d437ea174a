"""The daily rights-expiry scan as a whole, against the sandbox."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import requests

from colophon.systems.opentext_push import settings
from colophon_airflow.local import config_folder
from colophon_sandbox import seeds

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs

DAG = "push__rights_expiry_scan"


@pytest.fixture
def scan(station, monkeypatch) -> SimpleNamespace:
    """The station with ten rights that end, and people with devices; `run()` is one morning."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(config_folder(station.path)))
    extra = {"account": "acme", "start_jitter_seconds": 0, "max_per_second": 1000, "timeouts": {"total": 5}}
    monkeypatch.setattr("colophon_airflow.systems.opentext_push.trigger.growing", lambda *_, **__: waits(station.sandbox))
    login = {"login": "sandbox", "password": "sandbox-not-a-password"}
    push = {"conn_type": "opentext_push", "host": f"{station.sandbox}/push/mra/v1", **login, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_PUSH_DEFAULT", json.dumps(push))
    # The tests run at any time of the day: the rights end a day earlier than the seed says, and so are due.
    records = seeds.changing_rights((datetime.now(UTC) - timedelta(days=31)).date(), 10)
    requests.post(f"{station.sandbox}/__sandbox__/seed", json={"records": records}, timeout=60).raise_for_status()
    return SimpleNamespace(run=lambda **form: station.run(DAG, **form), sandbox=station.sandbox, ledger=station.ledger)


def waits(sandbox: str) -> Iterator[float]:
    """No waiting: the sandbox's clock moves instead."""
    for _ in range(20):
        requests.post(f"{sandbox}/__sandbox__/clock/advance", json={"seconds": 60}, timeout=60).raise_for_status()
        yield 0.0


def shown(sandbox: str) -> list[str]:
    """Pushes that truly reached a device."""
    answer = requests.get(f"{sandbox}/__sandbox__/effects", params={"kind": "push.delivered"}, timeout=60).json()
    return [effect["key"] for effect in answer["effects"]]


def changed_events() -> list[dict]:
    """What the asset of changed rights was told, oldest first."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(AssetEvent.extra).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        return list(session.scalars(query.where(AssetModel.name == "colophon.rights_changed").order_by(AssetEvent.id)))


def test_the_second_run_tells_nobody(scan) -> None:
    """A first morning tells people and names what changed; the same again sends nothing and says so."""
    events = len(changed_events())
    first = scan.run()
    assert first.state == "success", first.states
    assert first.report["sent"] > 10
    told = shown(scan.sandbox)
    assert len(told) == len(set(told)) > 0
    (event,) = changed_events()[events:]
    assert "batch" not in event  # nothing to compare with: all products
    with scan.ledger() as ledger:
        assert set(ledger.counts(DAG)["people"]) <= {"confirmed", "sent"}
        exceptions = {row.rule for row in ledger.exceptions.open(use_case=DAG, destination="rights")}
    assert "R1" in exceptions
    second = scan.run()
    assert second.state == "success", second.states
    assert second.report["sent"] == 0
    assert shown(scan.sandbox) == told
    assert len(changed_events()) == events + 1


def test_a_right_that_changed_is_named_and_read_alone(scan) -> None:
    """A contract that was ended overnight: the event names the product, and who follows it reads that work alone."""
    from colophon.staging import Batch
    from colophon_airflow.operators import rights
    from colophon_airflow.settings import open_staging

    assert scan.run().state == "success"
    row = seeds.changing_rights(datetime.now(UTC).date(), 2)["consonance"]["contracts"][1]
    records = {"consonance": {"contracts": [row | {"terminatedDate": "2024-01-01"}]}}
    requests.post(f"{scan.sandbox}/__sandbox__/seed", json={"records": records}, timeout=60).raise_for_status()
    assert scan.run().state == "success"
    event = changed_events()[-1]
    lines = list(open_staging().read_lines(Batch.model_validate(event["batch"])))
    assert [json.loads(line)["work_id"] for line in lines] == [row["workId"]]
    named = rights.changed_products({"triggering_asset_events": {rights.RIGHTS_CHANGED: [SimpleNamespace(extra=event)]}})
    assert [one.work_id for one in named] == [row["workId"]]


def test_a_dry_run_tells_nobody_and_remembers_nothing(scan) -> None:
    """The plan is counted; the ledger, the devices and the asset stay as they are."""
    events = len(changed_events())
    run = scan.run(dry_run=True)
    assert run.state == "success", run.states
    assert run.plan["destinations"]["people"]["new"] > 10
    assert shown(scan.sandbox) == []
    assert len(changed_events()) == events
    with scan.ledger() as ledger:
        assert ledger.counts(DAG) == {}
        assert ledger.exceptions.open(use_case=DAG) == []


def test_a_messaging_system_that_is_down_is_caught_up_by_the_next_run(scan, monkeypatch) -> None:
    """No connection for a run: the alerts wait, and go once; nobody has to do anything."""
    monkeypatch.setitem(settings.REPEATS, "write_tries", 1)
    there = os.environ["AIRFLOW_CONN_OPENTEXT_PUSH_DEFAULT"]
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_PUSH_DEFAULT", json.dumps(json.loads(there) | {"host": "http://127.0.0.1:9"}))
    broken = scan.run()
    assert broken.state == "failed"
    assert shown(scan.sandbox) == []
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_PUSH_DEFAULT", there)
    mended = scan.run()
    assert mended.state == "success", mended.states
    told = shown(scan.sandbox)
    assert len(told) == len(set(told)) > 0
    with scan.ledger() as ledger:
        assert set(ledger.counts(DAG)["people"]) <= {"confirmed", "sent"}
