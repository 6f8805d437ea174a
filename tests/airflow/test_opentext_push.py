"""Hook, operators and trigger of OpenText Push against the sandbox."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import requests
from airflow.sdk.exceptions import TaskDeferred
from ledger_database import make_ledger

from colophon.domain.delivery import Intent
from colophon.errors import BadConfigError, EffectUnknownError
from colophon.ledger import Ledger
from colophon_airflow.provider_info import get_provider_info
from colophon_airflow.systems.opentext_push import trigger as triggers
from colophon_airflow.systems.opentext_push.hook import OpentextPushHook
from colophon_airflow.systems.opentext_push.operators import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_sandbox.serve import running_sandbox

USE_CASE = "push.milestone_alerts"
PEOPLE = "person,kind,value\nc-1,token,tok-ok-c4n4ry\nc-2,sms,00442079460123\n"
STATUS = "/mra/v1/outbound/push/status"


@pytest.fixture
def place(tmp_path, monkeypatch, airflow_database):
    """A sandbox whose clock runs, a connection to it, a ledger with two alerts, and a file of people."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    (tmp_path / "people.csv").write_text(PEOPLE)
    with running_sandbox() as sandbox, Ledger.open(url) as ledger:
        now = datetime.now(UTC)
        found = SimpleNamespace(sandbox=sandbox, ledger=ledger, people=str(tmp_path / "people.csv"), patch=monkeypatch)
        control(found, "put", "clock", {"now": now.isoformat(), "mode": "running"})
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
        connect(found)
        alerts = [{"person": f"c-{n}", "title": "Proof approved", "body": "Sea Room"} for n in (1, 2)]
        ledger.plan(
            [Intent("push__milestone_alerts", "people", a["person"], "D", json.dumps(a).encode(), "application/json", now) for a in alerts]
        )
        yield found


def connect(place, password="sandbox-not-a-password", **extra):  # noqa: S107 - published and fake
    given = {"account": "acme", "max_per_second": 1000, "timeouts": {"total": 5}, "fallback_channel": "sms", **extra}
    found = {"conn_type": "opentext_push", "host": f"{place.sandbox}/push/mra/v1", "login": "sandbox", "password": password}
    place.patch.setenv("AIRFLOW_CONN_OPENTEXT_PUSH_DEFAULT", json.dumps({**found, "extra": given}))


def control(place, method, path, body=None):
    answer = requests.request(method, f"{place.sandbox}/__sandbox__/{path}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json() if answer.content else {}


def effects(place):
    return sorted(effect["kind"] for effect in control(place, "get", "effects")["effects"])


def context():
    ti = SimpleNamespace(dag_id="push__milestone_alerts", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=3)
    return {"ti": ti}


def deliver(place, **more):
    named = {"task_id": "deliver", "use_case": USE_CASE, "destination": "people", "people": place.people}
    return OpentextPushDeliverOperator(**{**named, **more}).execute(context())


def wait(place):
    return OpentextPushAwaitOperator(task_id="wait", use_case=USE_CASE, destination="people", people=place.people)


def polled(trigger, place, *, step_s=10):
    """The trigger's event; instead of sleeping, the sandbox's clock moves. With the waits that it asked for."""
    waits = []

    async def sleep(seconds):
        waits.append(round(seconds))
        control(place, "post", "clock/advance", {"seconds": step_s})

    place.patch.setattr("colophon_airflow.systems.trigger.asyncio.sleep", sleep)

    async def first():
        async for event in trigger.run():
            return event
        return None

    return asyncio.run(first()).payload, waits


def test_test_button(place):
    """Good, with what was looked at; a wrong password and a missing field are told without the password."""
    works, found = OpentextPushHook().test_connection()
    assert works
    assert "credentials are good" in found
    assert "clocks differ by" in found
    assert "at most once" in found
    connect(place, password="wrong-c4n4ry")
    works, found = OpentextPushHook().test_connection()
    assert not works
    assert "http.auth" in found
    assert "c4n4ry" not in found
    connect(place, account="")
    works, found = OpentextPushHook().test_connection()
    assert not works
    assert "lacks account" in found


def test_clock_that_is_wrong(place, monkeypatch):
    """Two clocks that differ by an hour fail the test."""
    hook = OpentextPushHook()
    hook.client.clock = lambda: datetime.now(UTC) + timedelta(hours=1)
    works, found = hook.test_connection()
    assert not works
    assert "clocks differ by 36" in found


def test_form_has_every_key_of_the_client():
    """What the client takes can be typed in, and nothing else; secrets are not shown."""
    from colophon.http.settings import COMMON_KEYS
    from colophon.systems.opentext_push.settings import Extra

    (form,) = [form for form in get_provider_info()["connection-types"] if form["connection-type"] == "opentext_push"]
    fields = form["conn-fields"]
    assert set(Extra.model_fields) <= set(fields)
    assert set(fields) <= set(Extra.model_fields) | COMMON_KEYS
    assert {name for name, field in fields.items() if field["schema"].get("format") == "password"} == {
        "hook_secret",
        "page_secret",
        "fcm_credentials",
    }
    assert form["hook-class-name"] == f"{OpentextPushHook.__module__}.{OpentextPushHook.__qualname__}"


def test_deliver_wait_settle_and_nothing_twice(place):
    """A push and a text message; both confirmed after one wait of 30 s; the second run sends nothing."""
    assert deliver(place) == {"accepted": 2}
    with pytest.raises(TaskDeferred) as deferred:
        wait(place).execute(context())
    trigger = deferred.value.trigger
    assert "c4n4ry" not in json.dumps(trigger.serialize())
    assert polled(trigger, place) == ({"settled": True}, [30])
    assert wait(place).collect(context(), {"settled": True}) == {"confirmed": 2}
    assert deliver(place) == {}
    assert wait(place).execute(context()) == {"confirmed": 2}
    assert effects(place) == ["push.delivered", "sms.delivered"]


def test_lost_answer_fails_the_task_and_is_not_repeated(place):
    """The task shows that nobody can know; the next run leaves that alert alone and sends the others."""
    plan = {"system": "push", "match": {"path": "/mra/v1/utils/*"}, "kind": "reset", "when": "after", "times": 1}
    control(place, "post", "faults", plan)
    with pytest.raises(EffectUnknownError):
        for _ in range(2):
            deliver(place)
    deliver(place)
    control(place, "post", "clock/advance", {"seconds": 10})
    assert place.ledger.counts("push__milestone_alerts")["people"]["unknown"] == 1
    assert effects(place) == ["push.delivered", "sms.delivered"]


def test_missing_people(place):
    """Named by file, before anything is sent."""
    with pytest.raises(BadConfigError, match=r"nobody\.csv"):
        deliver(place, people="nobody.csv")
    assert control(place, "get", "journal?system=push")["entries"] == []


def test_waits_grow_and_end(place):
    """30 s, then twice as long up to 10 min; at its end the trigger says that it is not finished."""
    deliver(place)
    with pytest.raises(TaskDeferred) as deferred:
        wait(place).execute(context())
    asked = {**deferred.value.trigger.asked, "until": datetime.now(UTC).isoformat()}
    late = triggers.OpentextPushFinishedTrigger(conn_id="opentext_push_default", **asked)
    assert polled(late, place) == ({"settled": False}, [])
    event, waits = polled(deferred.value.trigger, place, step_s=0.5)
    assert event == {"settled": True}
    assert waits == [30, 60, 120, 240, 480, *[600] * (len(waits) - 5)]


def test_a_list_that_leaves_a_job_out_is_no_end(place):
    """A job that is not spoken of is not finished."""
    deliver(place)
    with pytest.raises(TaskDeferred) as deferred:
        wait(place).execute(context())
    plan = {"system": "push", "match": {"path": STATUS}, "kind": "status", "value": {"status": 200, "body": []}}
    control(place, "post", "faults", plan)
    assert polled(deferred.value.trigger, place) == ({"settled": True}, [30, 60])


@pytest.mark.parametrize("fault", ["reset", "login_page", "garble", "wrong_shape", "status"])
def test_a_failed_poll_is_repeated(place, fault, caplog):
    """Whatever comes back, the trigger asks again, and tells no secret."""
    caplog.set_level(logging.DEBUG)
    deliver(place)
    with pytest.raises(TaskDeferred) as deferred:
        wait(place).execute(context())
    control(
        place, "post", "faults", {"system": "push", "match": {"path": STATUS}, "kind": fault, "value": 503 if fault == "status" else None}
    )
    assert polled(deferred.value.trigger, place) == ({"settled": True}, [30, 60])
    assert "c4n4ry" not in caplog.text
    assert "sandbox-not-a-password" not in caplog.text


def test_poll_with_tokens_of_eleven_jobs(place):
    """Two calls for eleven jobs; jobs that were wiped are finished."""
    control(place, "patch", "settings", {"push": {"require_basic": False}})
    connect(place, auth="oauth2", token_url=f"{place.sandbox}/push/tenants/acme/oauth2/token")
    trigger = triggers.OpentextPushFinishedTrigger(
        conn_id="opentext_push_default",
        remote_ids=[*(f"usmr-{n}" for n in range(9)), "usmr-9,usmr-10", "sms:xsi-1"],
        until=(datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    )
    assert polled(trigger, place) == ({"settled": True}, [30])
    calls = [entry for entry in control(place, "get", "journal?system=push")["entries"] if entry["path"] == STATUS]
    assert [len(call["body"]["job_ids"]) for call in calls] == [10, 1]
