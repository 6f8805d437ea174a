"""The client's verbs against the sandbox; what goes wrong first."""

import json
import logging

import pytest

from colophon.errors import (
    AuthFailedError,
    BadShapeError,
    ConflictError,
    EffectUnknownError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
    WrongAddressError,
)
from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.settings import PushSettings

PARSER = "/mra/v1/utils/parser"
STATUS = "/mra/v1/outbound/push/status"


def build(client, *messages):
    return client.build_file(messages, "push__milestone_alerts", "2026-05-01")


def test_wrong_password(make_client, message, sandbox):
    """K1: one call, no storm."""
    client = make_client(password="wrong-and-c4n4ry")
    with pytest.raises(AuthFailedError) as caught:
        client.submit(build(client, message()))
    assert sandbox.calls() == [401]
    assert "c4n4ry" not in str(caught.value)


@pytest.mark.parametrize("fault", ["reset", "drop", "garble", "truncate", "login_page", "wrong_shape"])
def test_lost_answer_without_dedupe(client, message, sandbox, fault):
    """Test 2: one call, effect unknown, one push."""
    sandbox.fault(fault, when="after")
    with pytest.raises(EffectUnknownError):
        client.submit(build(client, message()))
    sandbox.advance(6)
    assert len(sandbox.calls()) == 1
    assert sandbox.effects() == ["d-1"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_without_dedupe_is_not_repeated(client, message, sandbox, status):
    """Class D: whatever 5xx, one call."""
    sandbox.fault("status", value={"status": status, "headers": {"Retry-After": "5"}})
    with pytest.raises(EffectUnknownError):
        client.submit(build(client, message()))
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize("fault", ["reset", "drop", "garble", "truncate", "login_page"])
def test_lost_answer_with_dedupe(make_client, message, sandbox, fault):
    """Test 3: the same id again, 2050, one push."""
    client = make_client(dedupe="message_id")
    sandbox.fault(fault, when="after")
    taken = client.submit(build(client, message()))
    sandbox.advance(6)
    assert taken.duplicate
    assert len(sandbox.calls()) == 2
    assert sandbox.effects() == ["d-1"]


def test_a_vendor_that_does_not_honour_ids(make_client, message, sandbox):
    """The harm that `dedupe: message_id` does where it was not confirmed: two pushes."""
    sandbox.settings(dedupe=False)
    client = make_client(dedupe="message_id")
    sandbox.fault("reset", when="after")
    client.submit(build(client, message()))
    sandbox.advance(6)
    assert sandbox.effects() == ["d-1", "d-1"]


def test_server_down_for_good(make_client, message, sandbox):
    """Class A: five tries, then Airflow's turn."""
    client = make_client(dedupe="message_id")
    sandbox.fault("status", value={"status": 503}, times=99)
    with pytest.raises(ServerError):
        client.submit(build(client, message()))
    assert len(sandbox.calls()) == 5


def test_slowed_down(client, message, sandbox):
    """429 is waited for, with or without a word of how long; a long wait is Airflow's."""
    sandbox.fault("status", value={"status": 429})
    sandbox.fault("status", value={"status": 429, "headers": {"Retry-After": "3"}}, skip=0)
    assert client.submit(build(client, message())).job_id
    sandbox.fault("status", value={"status": 429, "headers": {"Retry-After": "7200"}})
    with pytest.raises(RateLimitedError):
        client.submit(build(client, message(2)))


def test_unreachable(message):
    """K16: never sent, and said so."""
    settings = PushSettings.from_connection("http://127.0.0.1:9/mra/v1", "l", "pass", {"start_jitter_seconds": 0, "account": "acme"})
    with PushClient(settings, sleep=lambda _: None) as client, pytest.raises(TransportError):
        client.submit(build(client, message()))


def test_faulty_file(client, message, sandbox):
    """The system's refusal is an exception with its code, without the target."""
    with pytest.raises(InvalidError) as caught:
        client.submit(build(client, message(value="tok-bad")))
    assert "2003" in caught.value.evidence
    assert "tok-bad" not in str(caught.value)


def test_file_too_large_is_not_sent(make_client, message, sandbox):
    """Our own limit first, the system's second."""
    client = make_client(max_file_bytes=10)
    with pytest.raises(InvalidError):
        client.submit(build(client, message()))
    assert sandbox.calls() == []
    sandbox.settings(max_file_bytes=10)
    client = make_client()
    with pytest.raises(InvalidError, match="413"):
        client.submit(build(client, message()))


def test_empty_file_is_not_sent(client, message, sandbox):
    """There is nobody in it."""
    with pytest.raises(InvalidError):
        client.submit(build(client, message(ttl_s=-1)))
    assert sandbox.calls() == []


def test_id_of_another_user(make_client, message):
    """2051: somebody else has our prefix."""
    client = make_client(account="foreign")
    with pytest.raises(ConflictError) as caught:
        client.submit(build(client, message()))
    assert "account" in caught.value.advice


def test_duplicate_whose_preview_is_gone(client, message, sandbox):
    """2052 is success, as 2050 is."""
    client.submit(build(client, message()))
    sandbox.advance(4 * 86400)
    assert client.submit(build(client, message())) == ("", True)


def test_same_file_twice(client, message, sandbox):
    """The same job; one push."""
    first, again = client.submit(build(client, message())), client.submit(build(client, message()))
    sandbox.advance(6)
    assert (first.duplicate, again.duplicate, first.job_id) == (False, True, again.job_id)
    assert sandbox.effects() == ["d-1"]


def test_status_of_a_job(client, message, sandbox):
    """References come back decoded, with attempts and events; finished at the end and not before."""
    job = client.submit(build(client, message())).job_id
    assert not client.get_status(job).finished
    sandbox.advance(6)
    status = client.get_status(job)
    assert status.finished
    row = status.deliveries[0]
    assert (row.ref, row.ending) == ("d-1", "k-001")
    assert [a.state for a in row.attempts] == ["Sent"]
    assert [e.status for e in row.events] == ["Confirmed"]


def test_wiped_job(client, message, sandbox):
    """One is not found; among several it is None."""
    job = client.submit(build(client, message())).job_id
    sandbox.advance(4 * 86400)
    with pytest.raises(NotFoundError):
        client.get_status(job)
    assert client.get_statuses([job]) == {job: None}


def test_eleven_jobs_are_two_calls(client, message, sandbox):
    """Test 11."""
    jobs = [client.submit(build(client, message(n))).job_id for n in range(11)]
    assert list(client.get_statuses(jobs)) == jobs
    assert sandbox.calls(STATUS) == [200, 200]


@pytest.mark.parametrize("fault", ["garble", "truncate", "login_page", "wrong_shape"])
def test_garbled_status(client, message, sandbox, fault):
    """K7, K8: a read is repeated, then typed."""
    job = client.submit(build(client, message())).job_id
    sandbox.fault(fault, STATUS)
    assert client.get_status(job).job_id == job
    sandbox.fault(fault, STATUS, times=99)
    with pytest.raises((UnexpectedAnswerError, ServerError)):
        client.get_statuses([job])


def test_text_message_and_email(client, sandbox):
    """Sent once however often; their statuses are read by channel."""
    for _ in (1, 2):
        sms = client.submit_sms("d-1", "00442079460123", "Proof approved", message_id="acme-1", use_case="u")
        mail = client.submit_email("d-1", "open@example.org", "Proof", "Proof approved", message_id="acme-1", use_case="u")
    sandbox.advance(70)
    assert sandbox.effects("sms.delivered") == sandbox.effects("email.delivered") == ["d-1"]
    assert [e.status for e in client.get_status(sms.job_id, "sms").deliveries[0].events] == ["Confirmed"]
    assert [e.status for e in client.get_status(mail.job_id, "email").deliveries[0].events] == ["html_open"]


def test_tokens_are_fetched_and_renewed(make_client, message, sandbox):
    """K2: one token, and one more when it has ended."""
    sandbox.settings(require_basic=False)
    client = make_client(auth="oauth2", token_url=f"{sandbox.url}/push/tenants/acme/oauth2/token")
    client.submit(build(client, message(1)))
    client.submit(build(client, message(2)))
    sandbox.advance(1000)
    client.submit(build(client, message(3)))
    assert sandbox.calls("/tenants/acme/oauth2/token") == [200, 200]
    assert {e["headers"]["Authorization"] for e in sandbox.journal() if e["path"] == PARSER} == {"Bearer"}


def test_connection_test(client, make_client):
    """Good, a wrong password, a wrong path."""
    checks = {check.name: check for check in client.test()}
    assert checks["account"].is_good
    assert "clocks differ" in checks["clock"].sentence
    with pytest.raises(AuthFailedError):
        make_client(password="wrong-one").test()
    with pytest.raises(WrongAddressError):
        make_client(status_path="/nothing/here", path="/elsewhere").test()


def test_callback_is_a_status(client, message, sandbox):
    """The same body, the same record; anything else is refused without its text."""
    job = client.submit(build(client, message())).job_id
    status = client.get_status(job)
    body = {
        "job_id": job,
        "entry_time": "2026-05-01T06:00:00.000Z",
        "job_state": list(status.states),
        "deliveries": [],
        "new_member": 1,
    }
    assert client.parse_callback(json.dumps(body).encode()).job_id == job
    for bad in (b"{", b"[]", b'{"job_id":"c4n4ry"}'):
        with pytest.raises((InvalidError, BadShapeError)) as caught:
            client.parse_callback(bad)
        assert "c4n4ry" not in str(caught.value)


def test_dry_run_sends_nothing(client, message, sandbox):
    """Built and checked, and that is all."""
    assert client.dry_run(build(client, message())).refs == ("d-1",)
    assert sandbox.journal() == []


def test_nothing_personal_in_logs(client, message, sandbox, caplog):
    """Test 14, K14: tokens, addresses, numbers and the password, also where it goes wrong."""
    caplog.set_level(logging.DEBUG)
    client.submit(build(client, message(value="tok-ok-c4n4ry")))
    client.submit_sms("d-1", "00442079460123", "x", message_id="m-1", use_case="u")
    client.submit_email("d-1", "a@c4n4ry.example", "s", "x", message_id="m-2", use_case="u")
    sandbox.fault("status", value={"status": 500, "body": {"message": "c4n4ry"}})
    with pytest.raises(EffectUnknownError) as caught:
        client.submit(build(client, message(2, value="tok-ok-c4n4ry")))
    told = "".join(record.getMessage() for record in caplog.records if record.name.startswith("colophon")) + str(caught.value)
    assert told
    assert not any(secret in told for secret in ("c4n4ry", "00442079460123", "not-a-password"))
