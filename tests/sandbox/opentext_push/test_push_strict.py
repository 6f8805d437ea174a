"""What is refused: every route, by everything that can be wrong with a request, and every limit of a message."""

import base64
import json

import pytest

FILE = base64.b64encode(
    json.dumps(
        {
            "version": "assumed-1",
            "message_id": "acme-x",
            "messages": [{"ref": "d-1", "target": {"token": "tok-ok-1"}, "notification": {"title": "t", "body": "b"}}],
        }
    ).encode()
).decode()
PARSER = {"domain": "MR", "filename": "a.json", "data": FILE}
SMS = {"destinations": [{"ref": "d-1", "sms": "00442079460123"}], "sms_text": "Proof approved"}
EMAIL = {
    "destinations": [{"ref": "d-1", "email": "a@example.org"}],
    "body": [{"name": "b.txt", "type": "text", "charset": "UTF-8", "data": "UHJvb2Y="}],
}
FCM = {"message": {"token": "tok-ok-1", "notification": {"title": "t", "body": "b"}}}
MRA = "/mra/v1"
CALLS = [
    ("POST", f"{MRA}/utils/parser", PARSER, 200),
    ("GET", f"{MRA}/outbound/push/status?job_id=none-0", None, 404),
    ("GET", f"{MRA}/outbound/sms/status?job_id=none-0", None, 404),
    ("GET", f"{MRA}/outbound/emails/status?job_id=none-0", None, 404),
    ("POST", f"{MRA}/outbound/push/status", {"job_ids": ["none-0"]}, 200),
    ("POST", f"{MRA}/outbound/sms", SMS, 200),
    ("POST", f"{MRA}/outbound/emails", EMAIL, 200),
    ("POST", "/v1/projects/p/messages:send", FCM, 200),
]
WITH_BODY = [call[:3] for call in CALLS if call[2]]
TOKEN = "/tenants/acme/oauth2/token"
FORM = "application/x-www-form-urlencoded"


def auth(path):
    return {"auth": "Bearer sandbox-fcm-not-a-token"} if path.startswith("/v1/") else {}


def short(value):
    return str(value)[:40]


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=short)
def test_every_route_answers(remote, method, path, body, status):
    """Each route is there, and echoes the sender's id of the request."""
    answer = remote.ask(method, path, body, X_MRA_SubmitId="mine", **auth(path))
    assert answer.status_code == status, answer.text
    assert answer.headers["X-MRA-SubmitId"] == "mine"
    if status == 404:
        assert answer.get_json() == {"status_code": 404, "error_code": 2060, "message": "the job is not known"}


@pytest.mark.parametrize("credentials", ["", "Basic c2FuZGJveDp4", "Bearer x", "Bearer sandbox-not-a-password"])
@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=short)
def test_no_and_wrong_credentials(remote, method, path, body, credentials):
    """Nothing is open, and nothing happens."""
    assert remote.ask(method, path, body, auth=credentials).status_code == 401
    remote.advance(60)
    assert remote.effects() == []


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=short)
def test_unknown_parameter(remote, method, path, body):
    """A parameter that a route does not have is named."""
    answer = remote.ask(method, f"{path}{'&' if '?' in path else '?'}limitt=1", body, **auth(path))
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (400, "unknown_parameter limitt")


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=short)
def test_wrong_method(remote, method, path, body):
    """No route takes PATCH."""
    assert remote.ask("PATCH", path, body, **auth(path)).status_code == 405


@pytest.mark.parametrize("media", ["text/plain", "application/xml", ""])
@pytest.mark.parametrize(("method", "path", "body"), WITH_BODY, ids=short)
def test_wrong_media_type(remote, method, path, body, media):
    """JSON, and nothing else."""
    assert remote.ask(method, path, body, media=media, **auth(path)).status_code == 415


@pytest.mark.parametrize(("method", "path", "body"), WITH_BODY, ids=short)
def test_members_of_bodies(remote, method, path, body):
    """An unknown member, and each missing one or one of a wrong type."""
    more = auth(path)
    unknown = remote.ask(method, path, {**body, "extra": 1}, **more)
    assert (unknown.status_code, unknown.headers["X-Sandbox-Reason"].split()[0]) in {(400, "unknown_member"), (400, "INVALID_ARGUMENT")}
    for name in body:
        assert remote.ask(method, path, {k: v for k, v in body.items() if k != name}, **more).status_code == 400
        assert remote.ask(method, path, {**body, name: 7}, **more).status_code == 400
    assert remote.ask(method, path, b"{", **more).status_code == 400
    assert remote.ask(method, path, b"[]", **more).status_code == 400


@pytest.mark.parametrize("path", ["push", "sms", "emails"])
def test_job_id_is_needed(remote, path):
    """A status of nothing."""
    assert remote.ask("GET", f"{MRA}/outbound/{path}/status").status_code == 400
    assert remote.ask("GET", f"{MRA}/outbound/{path}/status?job_id=").status_code == 400
    assert remote.ask("GET", f"{MRA}/outbound/{path}/status?job_id=a&job_id=b").status_code == 400


def test_at_most_ten_jobs(remote):
    """Ten go, eleven do not."""
    assert remote.ask("POST", f"{MRA}/outbound/push/status", {"job_ids": ["a"] * 10}).status_code == 200
    assert remote.ask("POST", f"{MRA}/outbound/push/status", {"job_ids": ["a"] * 11}).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"grant_type=client_credentials", 200), (b"grant_type=password", 400), (b"", 400), (b"grant_type=client_credentials&a=b", 400)],
)
def test_token_endpoint(remote, body, status):
    """One form is a request for a token."""
    assert remote.ask("POST", TOKEN, body, media=FORM).status_code == status
    assert remote.ask("POST", TOKEN, body, media=FORM, auth="Basic eDp5").status_code == 401
    assert remote.ask("POST", TOKEN, body).status_code == 415


def test_tokens_end(remote):
    """A token is taken where the setting says so, for 900 s of the sandbox's time."""
    token = remote.ask("POST", TOKEN, b"grant_type=client_credentials", media=FORM).get_json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 900)

    def status():
        return remote.ask("GET", f"{MRA}/outbound/push/status?job_id=none-0", auth=f"Bearer {token['access_token']}").status_code

    assert status() == 401
    remote.settings(require_basic=False)
    assert status() == 404
    remote.advance(900)
    assert status() == 401


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({**PARSER, "data": "%%%"}, "bad_base64"),
        ({**PARSER, "data": base64.b64encode(b"{").decode()}, "bad_json"),
        ({**PARSER, "data": base64.b64encode(b'{"version":1,"version":1}').decode()}, "bad_json"),
        ({**PARSER, "domain": "XX"}, "malformed"),
        ({**PARSER, "filename": "../a"}, "malformed"),
    ],
)
def test_requests_that_hold_no_file(remote, body, reason):
    """Bad Base64, bad JSON, a wrong domain, a path for a name."""
    answer = remote.ask("POST", f"{MRA}/utils/parser", body)
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"].split()[0]) == (400, reason)


@pytest.mark.parametrize(
    "change",
    [
        {"target": {}},
        {"target": {"token": "tok-ok-1", "topic": "all"}},
        {"target": {"topic": "no blanks"}},
        {"target": {"token": "tok-bad"}},
        {"notification": {"title": "t"}},
        {"notification": {"title": "t", "body": "b", "sound": "x"}},
        {"data": {"n": 1}},
        {"data": {"from": "x"}},
        {"data": {"message_type": "x"}},
        {"data": {"google.x": "x"}},
        {"data": {"gcm.notification.x": "x"}},
        {"ttl": "2419201s"},
        {"ttl": "1h"},
        {"priority": "urgent"},
        {"analytics_label": "a b"},
        {"analytics_label": "a" * 51},
        {"ref": "r" * 65},
        {"ref": ""},
        {"colour": "red"},
    ],
    ids=str,
)
def test_faulty_messages(remote, file, message, change):
    """One faulty message refuses the whole file."""
    answer = remote.parse(file(messages=[message("d-0"), message(**change)]))
    assert answer.status_code == 400
    assert answer.get_json()["error_code"] >= 2000
    remote.advance(60)
    assert remote.effects() == []


@pytest.mark.parametrize("name", ["fromage", "googles", "message_types"])
def test_keys_that_only_look_reserved(remote, file, message, name):
    """What begins like a reserved key is free."""
    assert remote.parse(file(messages=[message(data={name: "x"})])).status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"version": "1"}, {"message_id": "x" * 81}, {"message_id": ""}, {"messages": []}, {"customer_reference": "x" * 51}, {"mood": "good"}],
    ids=lambda change: next(iter(change)),
)
def test_faulty_files(remote, file, change):
    """Version, lengths and members of the file itself."""
    assert remote.parse(file(**change)).status_code == 400


@pytest.mark.parametrize(
    ("target", "most"), [({"token": "tok-ok-1"}, 4096), ({"topic": "all"}, 2048), ({"condition": "'a' in topics"}, 2048)]
)
def test_payload_limit(remote, file, message, target, most):
    """To the byte, counted in UTF-8."""

    def status(size):
        given = message(target=target, data={"k": "é"})
        empty = {"notification": {"title": "🎉", "body": ""}, "data": {"k": "é"}}
        fill = size - len(json.dumps(empty, ensure_ascii=False, separators=(",", ":")).encode())
        given["notification"] = {"title": "🎉", "body": "x" * fill}
        return remote.parse(file(messages=[given], message_id=f"acme-{size}")).status_code

    assert (status(most), status(most + 1)) == (200, 400)


def test_refs_are_distinct_and_files_small(remote, file, message):
    """A ref that stands twice; a file over the limit."""
    assert remote.parse(file(messages=[message(), message()])).status_code == 400
    remote.settings(max_file_bytes=100)
    assert remote.parse(file()).status_code == 413
