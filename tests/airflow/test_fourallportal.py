"""4ALLPORTAL from Airflow's side: the connection, its test, its form, and the operators."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.request import Request, urlopen

import pytest
from ledger_database import make_ledger

from colophon.domain.delivery import Intent
from colophon.errors import AuthFailedError, BadConnectionError, ForbiddenError
from colophon.http.settings import COMMON_KEYS
from colophon.ledger import Ledger
from colophon.staging import Staging
from colophon.systems.fourallportal.settings import Extra
from colophon_airflow.provider_info import get_provider_info
from colophon_airflow.systems.fourallportal.hook import FourallportalHook
from colophon_airflow.systems.fourallportal.operators import FourallportalDeliverOperator
from colophon_sandbox.serve import running_sandbox
from colophon_sandbox.systems.fourallportal import seed

USE_CASE = "fourallportal.assets"
AS_OF = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def portal(tmp_path, monkeypatch):
    """A sandbox with what people made, a connection to it, a ledger and a staging folder."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox(seed.records()) as sandbox:

        def connect(**extra):
            given = {"start_jitter_seconds": 0, "webdav_url": f"{sandbox}/fourallportal/dav", **extra}
            found = {"conn_type": "fourallportal", "host": f"{sandbox}/fourallportal", "password": "00000000-0000-4000-8000-000000000000"}
            monkeypatch.setenv("AIRFLOW_CONN_FOURALLPORTAL_DEFAULT", json.dumps({**found, "login": "sandbox", "extra": given}))

        def control(method, path, body=None):
            request = Request(f"{sandbox}/__sandbox__{path}", method=method, data=json.dumps(body).encode() if body else None)
            request.add_header("Content-Type", "application/json")
            with urlopen(request) as answer:
                return json.loads(answer.read() or b"{}")

        connect()
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
        monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
        control("PATCH", "/settings", {"fourallportal": {"indexing_seconds": 0}})
        yield SimpleNamespace(connect=connect, control=control, ledger=lambda: Ledger.open(url), staging=Staging(str(tmp_path / "staging")))


def context(run_id="run-1", day=0):
    at = AS_OF + timedelta(days=day)
    ti = SimpleNamespace(dag_id="d", run_id=run_id, task_id="t", map_index=-1, try_number=1, max_tries=3)
    dag_run = SimpleNamespace(data_interval_start=None, data_interval_end=None, run_type="manual", run_after=at)
    return {"ti": ti, "dag_run": dag_run, "params": {}}


def test_looking_at_health_leaves_nothing_open(portal, monkeypatch):
    """Health is asked for all day in a process that lives for months: sessions and database connections go when it is told."""
    hook, closed = FourallportalHook(), []
    monkeypatch.setattr(hook.client, "close", lambda: closed.append("first"))
    assert hook.checks()
    assert closed == ["first"]
    portal.control("PATCH", "/settings", {"fourallportal": {"key_state": "expired"}})
    monkeypatch.setattr(hook.client, "close", lambda: closed.append("second"))
    with pytest.raises(AuthFailedError):
        hook.checks()
    assert closed == ["first", "second"]


def test_the_test_button(portal):
    """Reachable, authorised, version, clock and mapping, in sentences; and what is missing, by name."""
    works, told = FourallportalHook().test_connection()
    assert works, told
    assert "the key is accepted" in told
    assert "the clocks differ by" in told
    assert "mapping version 3" in told
    portal.control("PATCH", "/settings", {"fourallportal": {"roles": {"campaign": "none"}}})
    works, told = FourallportalHook().test_connection()
    assert (works, "module campaign" in told) == (False, True)
    portal.control("PATCH", "/settings", {"fourallportal": {"key_state": "expired"}})
    works, told = FourallportalHook().test_connection()
    assert (works, "http.auth" in told) == (False, True)


def test_bad_connections(portal):
    """An unknown key is named; the Test button says so and does not crash."""
    portal.connect(api_kee="secret-value")
    with pytest.raises(BadConnectionError, match="api_kee"):
        _ = FourallportalHook().client
    works, told = FourallportalHook().test_connection()
    assert (works, "secret-value" in told) == (False, False)
    portal.connect(mapping="config/absent.yaml")
    assert "absent.yaml" in FourallportalHook().test_connection()[1]


def test_secrets_of_the_connection():
    """The login's password is masked as it is and in Base64."""
    found = FourallportalHook.secret_extras({"login_password": "sandbox-not-a-password", "hook_secret": "h"})
    assert found == ["h", "sandbox-not-a-password", "c2FuZGJveC1ub3QtYS1wYXNzd29yZA=="]
    assert FourallportalHook.secret_extras({}) == []


def test_the_form_has_every_key():
    """What the form offers is what the client takes, and the other way round."""
    [kind] = [found for found in get_provider_info()["connection-types"] if found["connection-type"] == "fourallportal"]
    assert set(kind["conn-fields"]) == set(Extra.model_fields) | COMMON_KEYS


def plan(portal, *contents):
    intents = [
        Intent("fourallportal__assets", "portal", f"x:{n}", "B", json.dumps(content).encode(), "application/json", AS_OF)
        for n, content in enumerate(contents)
    ]
    with portal.ledger() as ledger:
        ledger.plan(intents)


def test_deliver_writes_once(portal):
    """Product and file arrive; ids that people gave stay known to the ledger; a second run has nothing to do."""
    title = {"title": [{"value": "The Sea Room", "dimensions": {"locale": "en_GB"}}]}
    plan(
        portal,
        {"kind": "product", "isbn": seed.SEA_ROOM, "facts": title},
        {"kind": "file", "file": seed.object_id(101), "confirmed": True},
    )
    deliver = FourallportalDeliverOperator(task_id="t", use_case=USE_CASE, destination="portal", uploads=True)
    assert deliver.execute(context()) == {"confirmed": 2}
    assert deliver.execute(context("run-2")) == {}
    with portal.ledger() as ledger:
        kept = ledger.memory.get("fourallportal_default/ids/product")
    assert kept is not None
    assert kept[0]["ids"][seed.SEA_ROOM] == seed.object_id(1)


def test_deliver_raises_what_stopped_it(portal):
    """A missing right fails the task after its results are kept."""
    portal.control("PATCH", "/settings", {"fourallportal": {"roles": {"product": "none"}}})
    plan(portal, {"kind": "product", "isbn": seed.SEA_ROOM})
    with pytest.raises(ForbiddenError):
        FourallportalDeliverOperator(task_id="t", use_case=USE_CASE, destination="portal").execute(context())
    with portal.ledger() as ledger:
        assert ledger.counts("fourallportal__assets")["portal"] == {"planned": 1}
