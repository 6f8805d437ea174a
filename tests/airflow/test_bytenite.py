"""ByteNite's hook, operators and trigger, with a sandbox and a ledger."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import requests
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred
from ledger_database import make_ledger

from colophon.domain.delivery import Intent, Verdict
from colophon.errors import VendorGoneError
from colophon.http.retry import Attempts
from colophon.ledger import Ledger
from colophon.systems.bytenite.jobs import ByteNiteJobs
from colophon_airflow.provider_info import get_provider_info
from colophon_airflow.systems import trigger as trigger_module
from colophon_airflow.systems.bytenite.hook import ByteniteHook
from colophon_airflow.systems.bytenite.operators import ByteniteAwaitOperator, ByteniteDeliverOperator
from colophon_airflow.systems.bytenite.trigger import ByteniteSettledTrigger
from colophon_sandbox.serve import running_sandbox

NOW = datetime(2026, 5, 1, 6, tzinfo=UTC)
KEY = "sandbox-not-a-key"
CONTEXT = {"ti": SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=3)}
TEMPLATES = {"TRAILER": "video-render@1.2", "SLOW": "slow"}


@pytest.fixture
def sandbox():
    """A sandbox of one's own."""
    with running_sandbox() as url:
        yield url


@pytest.fixture
def connect(sandbox, monkeypatch, tmp_path):
    """Makes the connections."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)

    def connect(*, host=f"{sandbox}/bytenite", key=KEY, **extra):
        given = {"start_jitter_seconds": 0, "settle_seconds": 0, "templates": TEMPLATES, "output_location": f"{tmp_path}/media", **extra}
        told = {"conn_type": "bytenite", "host": host, "password": key, "extra": given}
        monkeypatch.setenv("AIRFLOW_CONN_BYTENITE_DEFAULT", json.dumps(told))
        return Ledger.open(url, clock=lambda: NOW)

    return connect


@pytest.fixture
def at_once(monkeypatch):
    """Repeats without waiting."""
    wait_after = Attempts.wait_after
    monkeypatch.setattr(Attempts, "wait_after", lambda *given: 0 * wait_after(*given))


def plan(ledger, kind="TRAILER", count=1):
    """Jobs for the ledger."""
    for number in range(count):
        content = {"kind": kind, "name": f"job {number}", "source": {"descriptor": "url", "url": "https://assets.example.org/m.mov"}}
        ledger.plan(
            [
                Intent(
                    use_case="bytenite__media",
                    destination="bytenite",
                    subject=f"isbn:{number}",
                    delivery_class="C",
                    content=json.dumps(content).encode(),
                    media_type="application/json",
                    as_of=NOW,
                )
            ]
        )


def operator(kind, **more):
    return kind(task_id="t", use_case="bytenite.media", kind="jobs", destination="bytenite", **more)


def effects(sandbox):
    found = requests.get(f"{sandbox}/__sandbox__/effects", params={"kind": "media.run"}, timeout=60).json()
    return [effect["key"] for effect in found["effects"]]


def test_the_test_button(connect):
    """Says what was looked at."""
    connect()
    works, told = ByteniteHook().test_connection()
    assert works, told
    assert "account u-1" in told
    assert "all templates are there: 2" in told
    assert "video-library-1" in told
    assert "clock" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": "wrong"}, "http.auth"),
        ({"host": "http://127.0.0.1:9"}, "config.vendor_gone"),
        ({"templates": {"TRAILER": "nothing@1"}}, "nothing@1"),
        ({"library_prefix": "/v1/elsewhere"}, "no video library"),
        ({"api_key": "c4n4ry"}, "api_key"),
        ({"host": "http://video.example.org"}, "use https"),
    ],
)
def test_what_is_missing_is_told(connect, at_once, change, told):
    """Each by what to mend, and no secret."""
    connect(**change)
    works, sentence = ByteniteHook().test_connection()
    assert not works
    assert told in sentence
    assert "c4n4ry" not in sentence


def test_clocks_that_differ(connect, monkeypatch):
    """More than five minutes are told."""
    connect()
    hook = ByteniteHook()
    monkeypatch.setattr(hook.client, "_clock", lambda: datetime.now(UTC) + timedelta(hours=1))
    works, told = hook.test_connection()
    assert not works
    assert "ours is ahead" in told


def test_the_form_names_keys_that_the_client_takes():
    """No field of the form is an unknown key."""
    from colophon.http.settings import COMMON_KEYS
    from colophon.systems.bytenite.settings import Extra

    form = next(kind for kind in get_provider_info()["connection-types"] if kind["connection-type"] == "bytenite")
    assert set(form["conn-fields"]) <= set(Extra.model_fields) | COMMON_KEYS
    assert set(Extra.model_fields) <= set(form["conn-fields"])


def test_delivered_awaited_settled(connect, sandbox, tmp_path):
    """One run each, deferred while it goes on, outputs copied, and the second run sends nothing."""
    ledger = connect()
    plan(ledger, count=2)
    assert operator(ByteniteDeliverOperator).execute(CONTEXT) == {"accepted": 2}
    with pytest.raises(TaskDeferred) as deferred:
        operator(ByteniteAwaitOperator).execute(CONTEXT)
    path, arguments = deferred.value.trigger.serialize()
    assert path == "colophon_airflow.systems.bytenite.trigger.ByteniteSettledTrigger"
    assert KEY not in str(arguments)
    requests.post(f"{sandbox}/__sandbox__/clock/advance", json={"seconds": 600}, timeout=60)
    assert operator(ByteniteAwaitOperator).collect(CONTEXT, {"settled": True}) == {"confirmed": 2}
    assert len(list((tmp_path / "media").rglob("*.wav"))) == 2
    assert operator(ByteniteDeliverOperator).execute(CONTEXT) == {}
    assert operator(ByteniteAwaitOperator).execute(CONTEXT) == {"confirmed": 2}
    assert len(effects(sandbox)) == 2


@pytest.mark.parametrize(("when_gone", "ends"), [("fail", VendorGoneError), ("skip", AirflowSkipException)])
def test_vendor_gone(connect, at_once, when_gone, ends):
    """13.5: the media step fails or is skipped, as the connection says; what waits goes on waiting."""
    ledger = connect(host="http://127.0.0.1:9", when_gone=when_gone)
    plan(ledger)
    with pytest.raises(ends):
        operator(ByteniteDeliverOperator).execute(CONTEXT)
    assert ledger.counts("bytenite__media") == {"bytenite": {"planned": 1}}


@pytest.fixture
def in_triggerer(monkeypatch):
    """Polls without waiting, with the connection as a triggerer reads it."""

    async def aget(conn_id):
        return BaseHook.get_connection(conn_id)

    async def no_wait(_seconds):
        return None

    monkeypatch.setattr(trigger_module.BaseHook, "aget_connection", aget)
    monkeypatch.setattr(trigger_module, "asyncio", SimpleNamespace(sleep=no_wait))


def fired(trigger):
    async def first():
        return await anext(aiter(trigger.run()))

    return asyncio.run(first()).payload


def test_the_trigger_waits_for_the_end(connect, sandbox, in_triggerer):
    """Settled when all jobs are over, also when a poll fails; late when the time is up."""
    ledger = connect()
    plan(ledger, count=2)
    operator(ByteniteDeliverOperator).execute(CONTEXT)
    ids = effects(sandbox)
    fault = {"system": "bytenite", "match": {"method": "GET"}, "kind": "login_page", "times": 3, "skip": 2}
    requests.post(f"{sandbox}/__sandbox__/faults", json=fault, timeout=60)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert fired(ByteniteSettledTrigger(conn_id="bytenite_default", kind="jobs", remote_ids=ids, until=soon)) == {"settled": True}
    plan(ledger, kind="SLOW")
    operator(ByteniteDeliverOperator).execute(CONTEXT)
    slow = effects(sandbox)[-1]
    late = ByteniteSettledTrigger(conn_id="bytenite_default", kind="jobs", remote_ids=[slow], until="2026-01-01T00:00:00+00:00")
    assert fired(late) == {"settled": False}
    asyncio.run(late.on_kill())
    connect()
    assert ByteniteHook().client.jobs.status(slow).phase == "aborted"


def deferred(**more):
    """The trigger that an await task leaves its worker for."""
    with pytest.raises(TaskDeferred) as left:
        operator(ByteniteAwaitOperator, **more).execute(CONTEXT)
    return left.value.trigger


def test_a_hundred_jobs_hold_no_worker(connect):
    """One trigger waits for all of them, and its task has left its worker."""
    ledger = connect()
    plan(ledger, count=100)
    taken = ledger.claim("bytenite__media", "bytenite", owner="t", lease_s=900, limit=100)
    ledger.finish([Verdict(each.id, "accepted", f"job-{number}") for number, each in enumerate(taken)], owner="t")
    assert len(deferred().asked["remote_ids"]) == 100


def test_no_output_is_lost_with_a_triggerer_or_a_worker(connect, sandbox, tmp_path, monkeypatch):
    """Another triggerer begins with what the first one was given; a worker that dies while it copies leaves the rest for the next."""
    ledger = connect()
    plan(ledger, count=3)
    operator(ByteniteDeliverOperator).execute(CONTEXT)
    _, given = deferred().serialize()
    requests.post(f"{sandbox}/__sandbox__/clock/advance", json={"seconds": 600}, timeout=60)
    jobs = ByteniteHook().client.jobs
    assert {jobs.status(job).phase for job in ByteniteSettledTrigger(**given).going} == {"succeeded"}
    copied, collect = [], ByteNiteJobs.collect

    def dies(self, job_id, to):
        if copied:
            raise SystemExit
        copied.append(job_id)
        return collect(self, job_id, to)

    with monkeypatch.context() as patch:
        patch.setattr(ByteNiteJobs, "collect", dies)
        with pytest.raises(SystemExit):
            operator(ByteniteAwaitOperator).collect(CONTEXT, {"settled": True})
    assert ledger.counts("bytenite__media") == {"bytenite": {"accepted": 2, "confirmed": 1}}
    assert operator(ByteniteAwaitOperator).collect(CONTEXT, {"settled": True}) == {"confirmed": 3}
    assert len(list((tmp_path / "media").rglob("*.avi"))) == 3
    assert len(effects(sandbox)) == 3
