"""Alerts straight to Google, against the sandbox: one message a request, at most once, and only gone devices retired."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from ledger_database import make_ledger

from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.errors import AuthFailedError, BadConnectionError, EffectUnknownError, ForbiddenError, GoneError, InvalidError
from colophon.ledger import Ledger
from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.directory import FileDirectory, LedgerRetired
from colophon.systems.opentext_push.fcm import written
from colophon.systems.opentext_push.port import PushPort
from colophon_sandbox.systems.opentext_push.google import service_account

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
SEND, TOKEN = "/v1/projects/p/messages:send", "/google/token"
USE_CASE = "push__milestone_alerts"
PEOPLE = {"ok": ["tok-ok-001"], "dead": ["tok-dead-01"], "bad": ["tok-bad"], "two": ["tok-dead-02", "tok-ok-002"], "other": ["tok-other-1"]}


@pytest.fixture
def google(sandbox, make_client) -> Callable[..., PushClient]:
    """Clients that send straight to Google."""

    def make(account: dict | None = None, **extra: object) -> PushClient:
        key_file = service_account(f"{sandbox.url}/push{TOKEN}") | (account or {})
        given = {"transport": "fcm", "fcm_project": "p", "fcm_host": f"{sandbox.url}/push", "fcm_credentials": json.dumps(key_file)}
        return make_client(**{**given, **extra})

    return make


@pytest.fixture
def desk(tmp_path, sandbox, google):
    """Runs one alert to each named person; the port's directory is kept."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: NOW) as ledger:
        rows = [{"person": person, "kind": "token", "value": token} for person, tokens in PEOPLE.items() for token in tokens]
        rows += [{"person": "dead", "kind": "sms", "value": "00442079460123"}]
        directory = FileDirectory(rows, LedgerRetired(ledger))

        def run(*people: str, **extra: object):
            port = PushPort(google(**extra), directory)
            assert port.delivery_class == "D"
            alerts = [{"person": person, "title": "Proof approved", "body": "Sea Room"} for person in people]
            intents = [Intent(USE_CASE, "p", a["person"], "D", json.dumps(a).encode(), "application/json", NOW) for a in alerts]
            ledger.plan(intents)
            return deliver(ledger, port, use_case=USE_CASE, destination="p", owner="me", lease_s=900, sleep=lambda _: None)

        run.ledger, run.directory = ledger, directory
        yield run


def file_of(client, *messages):
    return client.build_file(messages, USE_CASE, "o")


def test_a_message_is_sent_with_all_that_it_says(google, message, sandbox):
    """Google's name of it comes back, and nothing that is not given goes out."""
    client = google()
    sent = client.submit(file_of(client, message(link="https://x.example/1", analytics_label="m", collapse_key="k", priority="high")))
    assert sent.job_id.startswith("projects/p/messages/")
    assert sandbox.effects() == ["tok-ok-001"]
    shown = written(message(ttl_s=60))
    assert shown["android"] == {"priority": "NORMAL", "ttl": "60s"}
    assert set(shown) == {"token", "notification", "data", "android"}
    assert shown["notification"] == {"title": "Proof approved", "body": "Sea Room"}


def test_one_token_serves_many_messages(google, message, sandbox):
    """The signature is exchanged once."""
    client = google()
    for number in range(3):
        client.submit(file_of(client, message(number)))
    assert sandbox.calls(TOKEN) == [200]
    assert sandbox.calls(SEND) == [200, 200, 200]


def test_a_token_that_ran_out_early_is_fetched_anew(google, message, sandbox):
    """One refusal, one new token, one push."""
    client = google()
    sandbox.fault("status", SEND, value={"status": 401})
    client.submit(file_of(client, message()))
    assert sandbox.calls(TOKEN) == [200, 200]
    assert sandbox.effects() == ["tok-ok-001"]


@pytest.mark.parametrize("fault", ["reset", "drop", "garble", "login_page"])
def test_lost_answer_is_never_repeated(google, message, sandbox, fault):
    """Class D: one call, one push, and nobody is told twice."""
    client = google()
    sandbox.fault(fault, SEND, when="after")
    with pytest.raises(EffectUnknownError):
        client.submit(file_of(client, message()))
    assert len(sandbox.calls(SEND)) == 1
    assert sandbox.effects() == ["tok-ok-001"]


@pytest.mark.parametrize("status", [500, 503])
def test_trouble_at_google_is_unknown(google, message, sandbox, status):
    """500 and 503 are not repeated."""
    client = google()
    sandbox.fault("status", SEND, value={"status": status})
    with pytest.raises(EffectUnknownError):
        client.submit(file_of(client, message()))


@pytest.mark.parametrize("body", [{"name": "projects/other/messages/1"}, {"name": 7}, {}, []])
def test_success_of_another_project_is_unknown(google, message, sandbox, body):
    """A 2xx without our project's name in it proves nothing."""
    client = google()
    sandbox.fault("status", SEND, value={"status": 200, "body": body})
    with pytest.raises(EffectUnknownError):
        client.submit(file_of(client, message()))


def test_quota_is_waited_for(google, message, sandbox):
    """429 was not taken: the same message goes again."""
    client = google()
    sandbox.fault("status", SEND, value={"status": 429})
    client.submit(file_of(client, message()))
    assert sandbox.calls(SEND) == [429, 200]


@pytest.mark.parametrize(("token", "error"), [("tok-dead-01", GoneError), ("tok-other-1", GoneError), ("tok-bad", InvalidError)])
def test_refusals_by_google(google, message, token, error):
    """A device that is gone is not a faulty message; neither error names the token."""
    client = google()
    with pytest.raises(error) as caught:
        client.submit(file_of(client, message(value=token)))
    assert token not in str(caught.value)


def test_account_without_the_right_is_a_faulty_set_up(google, message, sandbox):
    """A 403 that speaks of no device retires none."""
    client = google()
    sandbox.fault("status", SEND, value={"status": 403, "body": {"error": {"status": "PERMISSION_DENIED"}}})
    with pytest.raises(ForbiddenError):
        client.submit(file_of(client, message()))


def test_dry_run_has_google_look_and_sends_nothing(google, message, sandbox):
    """What Google would not take is among the refused."""
    client = google()
    looked = client.dry_run(file_of(client, message(1), message(2, "tok-bad")))
    assert [refused.ref for refused in looked.refused] == ["d-2"]
    assert sandbox.effects() == []


def test_connection_test_proves_account_and_project(google, sandbox):
    """A message to nobody is looked at, and not sent."""
    assert [check.name for check in google().test() if check.is_good][:1] == ["fcm"]
    assert sandbox.calls(SEND) == [200]
    assert sandbox.effects() == []


@pytest.mark.parametrize("credentials", ["x", "[]", "{}", '{"client_email": "a", "private_key": 7}'])
def test_what_is_no_key_file_is_refused_at_once(google, credentials):
    """Before anything is sent."""
    with pytest.raises(BadConnectionError, match="fcm_credentials"):
        google(fcm_credentials=credentials)


def test_a_key_that_cannot_sign_is_told_without_the_key(google, message):
    """A cut key names the field only."""
    client = google({"private_key": "c4n4ry"})
    with pytest.raises(BadConnectionError, match="cannot sign") as caught:
        client.submit(file_of(client, message()))
    assert "c4n4ry" not in repr(caught.value)


def test_an_account_that_google_does_not_know(google, message):
    """The remedy names the field and the clocks."""
    client = google({"client_email": "other@example.org"})
    with pytest.raises(AuthFailedError, match="service account") as caught:
        client.submit(file_of(client, message()))
    assert "fcm_credentials" in caught.value.advice


def test_planned_sent_and_nothing_twice(desk, sandbox):
    """What Google took is `sent`, for nothing better will come; the same plan again sends nothing."""
    assert desk("ok").counts == {"sent": 1}
    assert desk("ok").counts == {}
    assert sandbox.effects() == ["tok-ok-001"]
    assert desk.ledger.under_way(USE_CASE, "p") == {}


def test_a_gone_device_is_retired_and_the_other_one_gets_it(desk, sandbox):
    """One retired, one push."""
    assert desk("two").counts == {"sent": 1}
    assert sandbox.effects() == ["tok-ok-002"]
    assert [target.value for target in desk.directory.resolve("two")] == ["tok-ok-002"]


def test_a_faulty_message_retires_nobody(desk):
    """It may be the payload."""
    assert desk("bad").counts == {"refused": 1}
    assert desk.directory.resolve("bad")


def test_with_no_device_left_the_fallback_goes(desk, sandbox):
    """A text message by the messaging system, in the same run; without one the alert is skipped."""
    assert desk("dead", fallback_channel="sms").counts == {"accepted": 1}
    assert len(sandbox.effects("sms.delivered")) == 0
    sandbox.advance(10)
    assert len(sandbox.effects("sms.delivered")) == 1
    assert desk("other").counts == {"skipped": 1}
    assert desk.directory.resolve("other") == []


def test_a_lost_answer_stays_unknown_in_the_ledger(desk, sandbox):
    """No later run sends it again."""
    sandbox.fault("drop", SEND, when="after")
    assert isinstance(desk("ok").stopped_by, EffectUnknownError)
    assert desk("ok").counts == {}
    assert sandbox.effects() == ["tok-ok-001"]


def test_nothing_secret_or_personal_in_logs(google, message, sandbox, caplog):
    """Neither key, nor signature, nor token, nor device."""
    caplog.set_level(logging.DEBUG)
    client = google()
    client.submit(file_of(client, message(value="tok-ok-c4n4ry")))
    sandbox.fault("status", SEND, value={"status": 500, "body": {"error": {"message": "c4n4ry"}}})
    with pytest.raises(EffectUnknownError):
        client.submit(file_of(client, message(2, value="tok-ok-c4n4ry")))
    for secret in ("c4n4ry", "sandbox-fcm", "PRIVATE KEY", "assertion"):
        assert secret not in caplog.text
