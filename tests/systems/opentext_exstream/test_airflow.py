"""The Airflow side: the Test button, the operators, the trigger that waits without a worker."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import TaskDeferred

from colophon.blocks.use_case import Needs
from colophon.errors import EffectUnknownError, RefusedError
from colophon_airflow.systems.opentext_exstream.hook import OpentextExstreamHook
from colophon_airflow.systems.opentext_exstream.operators import OpentextExstreamAwaitOperator, OpentextExstreamDeliverOperator
from colophon_airflow.systems.opentext_exstream.trigger import OpentextExstreamJobsTrigger

CONTEXT = {"ti": SimpleNamespace(dag_id="test", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=3)}
SECRET = "sandbox-not-a-secret"
COMMON = {"case": lambda: Needs(id="test"), "use_case": "test", "document": "royalty_statement", "destination": "royalty-statements"}


@pytest.fixture
def connection(sandbox, monkeypatch, ledger):
    """Sets the connection; keyword arguments change its extra."""
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", str(ledger.engine.url))
    sandbox.control("PUT", "/clock", {"now": datetime.now(UTC).isoformat(), "mode": "frozen"})

    def put(password=SECRET, **extra):
        given = {"tenant": "acme", "domain": "acme-test", "external_id": True, "settle_seconds": 0, **extra}
        found = {"conn_type": "opentext_exstream", "host": f"{sandbox.url}/exstream", "login": "sandbox-client", "password": password}
        monkeypatch.setenv("AIRFLOW_CONN_OPENTEXT_EXSTREAM_DEFAULT", json.dumps({**found, "extra": given}))

    put()
    return put


def test_button(connection):
    """Reachable, authorised, domain, clock, and what is missing."""
    works, told = OpentextExstreamHook().test_connection()
    assert works
    for word in ("version 24.4", "acme-test, not production", "the clocks differ by", "no outcome_source"):
        assert word in told


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "wrong"}, "http.auth"),
        ({"domain": "nowhere"}, "no domain nowhere"),
        ({"domain": "acme-prod"}, "production"),
        ({"colour": "red"}, "colour"),
        ({"outcome_source": "callback"}, "hook_secret"),
    ],
)
def test_button_says_what_is_wrong(connection, change, code):
    """Each fault in a sentence, without the secret."""
    connection(**change)
    works, told = OpentextExstreamHook().test_connection()
    assert (works, code in told, "wrong" in told.replace("is wrong", "")) == (False, True, False)


def test_button_opens_the_input_folder(connection, tmp_path, monkeypatch):
    """By the connection that it names; a folder that cannot be read is told without what opens it."""
    monkeypatch.setenv("AIRFLOW_CONN_DROP", json.dumps({"conn_type": "generic", "extra": {"auto_mkdir": True}}))
    connection(input_mode="directory", input_location=f"file://{tmp_path}", input_conn_id="drop")
    works, told = OpentextExstreamHook().test_connection()
    assert (works, "0 batches wait" in told) == (True, True)
    monkeypatch.setenv("AIRFLOW_CONN_DROP", json.dumps({"conn_type": "generic", "extra": {"token": "s3cret-of-the-folder"}}))
    connection(input_mode="directory", input_location="nowhere://bucket", input_conn_id="drop")
    works, told = OpentextExstreamHook().test_connection()
    assert (works, "input_location" in told, "s3cret" in told) == (False, True, False)


def test_button_names_a_missing_folder_connection(connection):
    """Before anything is asked."""
    connection(input_mode="directory", input_location="memory://in", input_conn_id="drop")
    works, told = OpentextExstreamHook().test_connection()
    assert (works, "there is no connection drop" in told) == (False, True)


@pytest.fixture
def tasks(connection):
    """Deliver and await."""
    deliver = OpentextExstreamDeliverOperator(task_id="deliver", template="RoyaltyStatement", version="4", edition="2026-H1", **COMMON)
    return deliver, OpentextExstreamAwaitOperator(task_id="wait", **COMMON)


def test_deliver_then_wait(tasks, sandbox, ledger, plan, letter):
    """Sent, deferred, settled; the second run sends nothing."""
    deliver, wait = tasks
    plan(letter(1), letter(2))
    assert deliver.execute(CONTEXT) == {"accepted": 2}
    with pytest.raises(TaskDeferred) as deferred:
        wait.execute(CONTEXT)
    assert deferred.value.trigger.asked["jobs"] == ["job-1"]
    sandbox.advance(5)
    assert wait.collect(CONTEXT, {"settled": True}) == {"sent": 2}
    assert deliver.execute(CONTEXT) == {}
    assert wait.execute(CONTEXT) == {"sent": 2}


def test_wait_hears_what_recipients_said(tasks, connection, sandbox, plan, letter):
    """Reports of the feed and e-mail events are taken in by every run."""
    deliver, wait = tasks
    plan(letter(1, email_address="reply@example.org"), letter(2, "print"))
    deliver.execute(CONTEXT)
    sandbox.advance(5)
    wait.collect(CONTEXT)
    sandbox.settings(expires_in=7200)
    connection(outcome_source="feed", eventmetrics=True)
    sandbox.advance(2400)
    assert wait.execute(CONTEXT) == {"responded": 1, "confirmed": 1}


@pytest.mark.parametrize(("seconds", "error"), [(5, RefusedError), (3700, EffectUnknownError)])
def test_batch_with_a_difference_is_not_green(tasks, sandbox, plan, letter, seconds, error):
    """A letter that was left out, and a job that was wiped."""
    deliver, wait = tasks
    plan(letter(1), letter(2, email_address="skip@example.org"))
    deliver.execute(CONTEXT)
    sandbox.advance(seconds)
    with pytest.raises(error) as caught:
        wait.collect(CONTEXT)
    assert "example.org" not in str(caught.value)


def fire(monkeypatch, until, jobs=("job-1",)):
    """The trigger's event; every wait is noted and takes no time."""
    trigger = OpentextExstreamJobsTrigger(conn_id="opentext_exstream_default", jobs=list(jobs), until=until.isoformat())
    rebuilt = OpentextExstreamJobsTrigger(**trigger.serialize()[1])
    waits = []

    async def get(conn_id):
        return BaseHook.get_connection(conn_id)

    async def work():
        return await anext(rebuilt.run())

    monkeypatch.setattr("colophon_airflow.systems.trigger.BaseHook.aget_connection", get)
    return work, waits


def test_trigger_waits_for_the_job(connection, tasks, sandbox, plan, letter, monkeypatch):
    """Asked again after 5 s; fires when the job has ended, and carries no secret."""
    plan(letter(1))
    tasks[0].execute(CONTEXT)
    work, waits = fire(monkeypatch, datetime.now(UTC) + timedelta(hours=1))

    async def sleep(seconds):
        waits.append(seconds)
        sandbox.advance(seconds)

    monkeypatch.setattr("colophon_airflow.systems.trigger.asyncio.sleep", sleep)
    assert asyncio.run(work()).payload == {"settled": True}
    assert waits == [5.0]


def test_trigger_gives_up_in_time(connection, tasks, sandbox, plan, letter, monkeypatch):
    """At the deadline it says that not all have ended."""
    plan(letter(1))
    tasks[0].execute(CONTEXT)
    work, _ = fire(monkeypatch, datetime.now(UTC) - timedelta(seconds=1))
    assert asyncio.run(work()).payload == {"settled": False}


@pytest.mark.parametrize("jobs", [["job-9"], ["batch:abc"]])
def test_trigger_does_not_wait_for_what_is_gone(connection, monkeypatch, jobs):
    """A job that is not there is for whoever settles it."""
    work, _ = fire(monkeypatch, datetime.now(UTC) + timedelta(hours=1), jobs)
    assert asyncio.run(work()).payload == {"settled": True}
