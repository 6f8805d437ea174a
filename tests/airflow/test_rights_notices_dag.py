"""The letters about licences as a whole, against the sandbox."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import requests

from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon_sandbox import seeds

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs

DAG = "exstream__rights_notices"


@pytest.fixture
def letters(station, monkeypatch) -> SimpleNamespace:
    """The station with licences that end, one that was just signed, and Exstream."""
    extra = {"domain": "acme-test", "tenant": "acme", "start_jitter_seconds": 0, "settle_seconds": 0, "max_per_second": 1000}
    login = {"login": "sandbox-client", "password": "sandbox-not-a-secret"}
    exstream = {"conn_type": "opentext_exstream", "host": f"{station.sandbox}/exstream", **login, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_EXSTREAM_DEFAULT", json.dumps(exstream))
    consonance = {"conn_type": "consonance", "host": f"{station.sandbox}/consonance", "password": "sandbox0key0not0real000000000000"}
    writes = {"start_jitter_seconds": 0, "settle_seconds": 0, "write_mode": "mutations"}
    monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**consonance, "extra": writes}))
    trigger = "colophon_airflow.systems.opentext_exstream.trigger.OpentextExstreamJobsTrigger.waits"
    monkeypatch.setattr(trigger, lambda _: waits(station.sandbox))
    today = datetime.now(UTC).date()
    records = seeds.changing_rights(today, 9)
    signed = records["consonance"]["rightsDeals"][0] | {"id": 90, "signedDate": today.isoformat(), "expiresOn": None}
    records["consonance"]["rightsDeals"].append(signed)
    requests.post(f"{station.sandbox}/__sandbox__/seed", json={"records": records}, timeout=60).raise_for_status()
    return SimpleNamespace(run=lambda **form: station.run(DAG, **form), sandbox=station.sandbox, ledger=station.ledger, today=today)


def waits(sandbox: str) -> Iterator[float]:
    """No waiting: the sandbox's clock moves instead."""
    for _ in range(20):
        requests.post(f"{sandbox}/__sandbox__/clock/advance", json={"seconds": 60}, timeout=60).raise_for_status()
        yield 0.0


def effects(sandbox: str, start: str) -> list[str]:
    """What truly happened, by the beginning of its kind."""
    answer = requests.get(f"{sandbox}/__sandbox__/effects", timeout=60).json()
    return [effect["key"] for effect in answer["effects"] if effect["kind"].startswith(start)]


def test_letters_go_once_and_their_outcomes_are_on_the_contract(letters) -> None:
    """A first morning sends renewal notices and a confirmation and tells Consonance; the second sends nothing."""
    first = letters.run()
    assert first.state == "success", first.states
    sent = {kind: found["plan"]["new"] for kind, found in first.report["destinations"].items()}
    assert sent["renewal"] >= 3
    assert sent["confirmation"] >= 1
    composed = effects(letters.sandbox, "exstream.")
    assert len(composed) >= sum(sent.values())
    written = effects(letters.sandbox, "consonance.")
    assert len(written) == sum(sent.values())
    second = letters.run()
    assert second.state == "success", second.states
    assert second.report["sent"] == 0
    assert effects(letters.sandbox, "exstream.") == composed
    assert effects(letters.sandbox, "consonance.") == written


def test_a_dry_run_sends_nothing(letters) -> None:
    """The plan is counted."""
    run = letters.run(dry_run=True)
    assert run.state == "success", run.states
    assert run.plan["destinations"]["renewal"]["new"] >= 3
    assert effects(letters.sandbox, "") == []


def test_letters_wait_while_exstream_is_down_and_the_next_run_sends_them_once(letters, monkeypatch) -> None:
    """No connection for a run; nobody has to do anything."""
    there = os.environ["AIRFLOW_CONN_OPENTEXT_EXSTREAM_DEFAULT"]
    gone = json.loads(there) | {"host": "http://127.0.0.1:9"}
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_EXSTREAM_DEFAULT", json.dumps(gone))
    monkeypatch.setitem(ExstreamClient.__init__.__kwdefaults__, "sleep", lambda _: None)
    assert letters.run().state == "failed"
    assert effects(letters.sandbox, "") == []
    monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_EXSTREAM_DEFAULT", there)
    mended = letters.run()
    assert mended.state == "success", mended.states
    with letters.ledger() as ledger:
        states = ledger.counts(DAG)
    assert set(states["renewal"]) <= {"sent", "confirmed"}
    assert len(effects(letters.sandbox, "consonance.")) == sum(sum(found.values()) for found in states.values())
