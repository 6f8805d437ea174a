"""What is refused: every route and every event type, by everything that can be wrong with a request (README section 7)."""

import copy
import json

import pytest

MESSAGE = {"targets": ["erp"], "requestId": "q"}
ROUTE = {"match": {"recipient": "erp-main"}, "targets": ["erp"], "transform": None, "order": "none"}
SHA = "a" * 64
# method, path, body, status at an empty sandbox
CALLS = [
    ("GET", "/v1/info", None, 200),
    ("GET", "/v1/messages", None, 200),
    ("GET", "/v1/messages/m-1", None, 404),
    ("POST", "/v1/messages/m-1/redeliver", MESSAGE, 404),
    ("POST", "/v1/messages/m-1/cancel", {"reason": "r"}, 404),
    ("HEAD", f"/v1/payloads/{SHA}", None, 404),
    ("GET", f"/v1/payloads/{SHA}", None, 404),
    ("PUT", f"/v1/payloads/{SHA}", b"abc", 422),
    ("GET", "/v1/routes", None, 200),
    ("PUT", "/v1/routes/r-1", ROUTE, 200),
    ("DELETE", "/v1/routes/r-1", None, 204),
    ("GET", "/v1/targets", None, 200),
    ("GET", "/v1/targets/erp", None, 200),
    ("GET", "/v1/inbox", None, 200),
    ("POST", "/v1/inbox/ack", {"tokens": ["t"]}, 200),
    ("POST", "/v1/inbox/nack", {"tokens": ["t"], "reason": "r"}, 200),
    ("GET", "/v1/inbox/parked", None, 200),
    ("PUT", "/v1/callbacks/c", {"url": "https://a.example/", "types": ["*"], "active": False}, 200),
    ("GET", "/v1/callbacks/c", None, 404),
    ("DELETE", "/v1/callbacks/c", None, 204),
]
WITH_BODY = [call for call in CALLS if isinstance(call[2], dict)]


def code(answer):
    return answer.get_json()["code"]


def pointers(answer):
    return {error["pointer"] for error in answer.get_json()["errors"]}


@pytest.mark.parametrize(("method", "path", "body", "status"), CALLS, ids=lambda value: str(value)[:40])
def test_every_route_answers(remote, method, path, body, status):
    """Each route is there, and answers what an empty sandbox has to say."""
    answer = remote.ask(method, path, body)
    assert answer.status_code == status
    if status >= 400 and method != "HEAD":
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["status"] == status


@pytest.mark.parametrize("token", [None, "Bearer wrong", "Basic c2FuZGJveDp4", "Token token=sandbox-not-a-token"])
@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=lambda value: str(value)[:40])
def test_no_and_wrong_credentials(remote, method, path, body, token):
    """Nothing is open."""
    headers = {"Authorization": token} if token else {}
    answer = remote.client.open(f"/xconnector{path}", method=method, headers=headers, data=b"{}" if body else None)
    assert answer.status_code == 401
    assert answer.headers["X-Sandbox-Reason"] == "unauthorised"
    assert method == "HEAD" or code(answer) == "unauthorised"


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=lambda value: str(value)[:40])
def test_unknown_parameter(remote, method, path, body):
    """A parameter that a route does not have is named."""
    answer = remote.ask(method, f"{path}?limitt=1", body)
    assert (answer.status_code, answer.headers["X-Sandbox-Reason"]) == (400, "unknown_parameter limitt")


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS], ids=lambda value: str(value)[:40])
def test_wrong_method(remote, method, path, body):
    """No route takes PATCH."""
    assert remote.ask("PATCH", path, body).status_code == 405


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in CALLS if call[2] is None], ids=lambda value: str(value)[:40])
def test_unexpected_body(remote, method, path, body):
    """A body where none belongs."""
    assert remote.ask(method, path, {"x": 1}).status_code == 400


@pytest.mark.parametrize("media", ["text/plain", "application/xml", ""])
@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in WITH_BODY], ids=lambda value: str(value)[:40])
def test_wrong_content_type(remote, method, path, body, media):
    """A body of another type is not looked at."""
    assert remote.ask(method, path, body, media=media).status_code == 415


@pytest.mark.parametrize(("method", "path", "body"), [call[:3] for call in WITH_BODY], ids=lambda value: str(value)[:40])
def test_members_of_bodies(remote, event, method, path, body):
    """Each required member missing, each ill-typed one, and one too many: refused with its place."""
    remote.route("erp")
    remote.post(event())
    optional = {"transform", "order", "retryAfter"}
    for name in set(body) - optional:
        answer = remote.ask(method, path, {key: value for key, value in body.items() if key != name})
        assert (answer.status_code, pointers(answer)) == (422, {f"/{name}"})
    for name in body:
        answer = remote.ask(method, path, {**body, name: {"x": [1]}})
        assert answer.status_code == 422, name
    answer = remote.ask(method, path, {**body, "extra": 1})
    assert (answer.status_code, pointers(answer)) == (422, {"/extra"})
    for broken in (b"{", b"[]", b'"x"', b'{"a":1,"a":2}', b'{"a":NaN}'):
        assert remote.ask(method, path, broken).status_code in {400, 422}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=",
        "cursor=-1",
        "cursor=x",
        "status=done",
        "since=yesterday",
        "since=2026-05-01T00:00:00",
        "source=",
        "limit=1&limit=2",
    ],
)
def test_filter_values_out_of_range(remote, query):
    """A filter that cannot be meant is refused, never ignored."""
    answer = remote.ask("GET", f"/v1/messages?{query}")
    assert (answer.status_code, code(answer)) == (400, "malformed")


@pytest.mark.parametrize("query", ["lease=9", "lease=3601", "limit=0", "limit=501"])
def test_leases_out_of_range(remote, query):
    """Leases have 10 to 3,600 s."""
    assert remote.ask("GET", f"/v1/inbox?{query}").status_code == 400


def test_every_event_type_is_taken(remote, event, type_name):
    """The example of each type passes."""
    answer = remote.post(event(type_name))
    assert (answer.status_code, answer.get_json()["status"]) == (202, "unroutable")


def test_members_of_data(remote, event, type_name):
    """Each member missing, each ill-typed one, and one too many: refused with its place."""
    good = event(type_name)
    for name, value in good["data"].items():
        missing = copy.deepcopy(good)
        del missing["data"][name]
        if set(missing["data"]) != {"payload"}:
            assert pointers(remote.post(missing)) == {f"/data/{name}"}
        if name in {"blocks", "found", "expected"}:
            continue
        for wrong in (["x", {}], {"x": {"y": 1}}, 1.5):
            if name != "terms" or not isinstance(wrong, dict):
                answer = remote.post({**good, "data": {**good["data"], name: wrong}})
                assert answer.status_code == 422, (name, wrong, value)
    assert pointers(remote.post({**good, "data": {**good["data"], "extra": 1}})) == {"/data/extra"}


@pytest.mark.parametrize(
    ("type_name_", "member", "value"),
    [
        ("title.updated", "isbn", None),
        ("title.updated", "isbn", "1234567890123"),
        ("title.updated", "isbn", "9781234567897\n"),
        ("title.updated", "revision", None),
        ("title.updated", "workId", None),
        ("title.updated", "publicationDate", "2026-02-30"),
        ("title.updated", "publicationDate", "2026-06"),
        ("title.updated", "prices", [{"amount": 9.99, "currency": "GBP", "type": "02", "from": None, "until": None}]),
        ("title.updated", "prices", [{"amount": "9.99", "currency": "pounds", "type": "02", "from": None, "until": None}]),
        ("title.updated", "prices", [{"amount": "9.99", "currency": "GBP", "type": "02"}]),
        ("title.updated", "contributors", [{"name": "A", "role": "A01", "sequence": 0, "isni": None}]),
        ("title.updated", "territories", {"included": []}),
        ("workflow.milestone", "state", "late"),
        ("workflow.milestone", "at", "2026-05-01T10:00:00"),
        ("workflow.milestone", "at", "2026-05-01T10:00:00+02:00"),
        ("workflow.milestone", "at", "2026-13-01T10:00:00Z"),
        ("production.print_order", "step", 4),
        ("production.print_order", "quantity", -1),
        ("production.cancel", "steps", [0]),
        ("party.upserted", "identifiers", [{"type": "passport", "value": "x"}]),
        ("party.upserted", "fieldTimes", {"names": "yesterday"}),
        ("royalty.statement", "amount", 12.5),
        ("title.feed", "payload", None),
    ],
)
def test_values_of_data(remote, event, type_name_, member, value):
    """Ids are never null, money is text, dates exist, words are from their list."""
    answer = remote.post(event(type_name_, data={member: value}))
    assert (answer.status_code, code(answer)) == (422, "schema")
    assert all(pointer.startswith(f"/data/{member}") for pointer in pointers(answer))


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time", "recipient", "data"])
def test_envelope_lacks(remote, event, name):
    """Each required attribute."""
    given = {key: value for key, value in event().items() if key != name}
    assert pointers(remote.post(given, Idempotency_Key=str(given.get("id")))) == {f"/{name}"} if name != "id" else True
    assert remote.batch([given]).get_json()["items"][0]["httpStatus"] == 422


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("source", "colophon"),
        ("type", "colophon.title.unheard_of.v1"),
        ("type", "colophon.title.withdrawn.v2"),
        ("type", "colophon.finance.payment.v1"),
        ("subject", "work:1"),
        ("subject", "isbn:"),
        ("time", "2026-05-01"),
        ("datacontenttype", "text/xml"),
        ("dataschema", "https://example.org/schema"),
        ("expirytime", "soon"),
        ("sequence", "42"),
        ("sequence", 42),
        ("data", ["x"]),
        ("extension", "x"),
        ("recipient", ""),
    ],
)
def test_envelope_values(remote, event, name, value):
    """Each attribute has its form; unknown ones are refused."""
    answer = remote.post({**event(), name: value})
    assert (answer.status_code, code(answer), pointers(answer)) == (422, "schema", {f"/{name}"})


def test_feed_names_its_recipient(remote, event):
    """The subject of a feed is its recipient."""
    assert pointers(remote.post(event("title.feed", subject="feed:other"))) == {"/subject"}


def test_idempotency_key(remote, event):
    """It must be there, and be the event's id."""
    given = event()
    missing = remote.ask("POST", "/v1/messages", given, media="application/cloudevents+json")
    assert (missing.status_code, code(missing)) == (400, "malformed")
    other = remote.post(given, Idempotency_Key="another")
    assert (other.status_code, code(other)) == (409, "key_mismatch")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", json.dumps([{}] * 101).encode(), b"[1]{"])
def test_batches_that_are_none(remote, body):
    """1 to 100 events in a list."""
    answer = remote.ask("POST", "/v1/messages", body, media="application/cloudevents-batch+json")
    assert (answer.status_code, code(answer)) == (400, "malformed")


def padded(event, size):
    """An event of exactly `size` bytes of JSON."""
    given = event()
    given["data"]["reason"] += "x" * (size - len(json.dumps(given, separators=(",", ":")).encode()))
    return given


def test_sizes_of_events(remote, event):
    """262,144 bytes pass, one more is too large; alone and in a batch."""
    for size, status in ((262_144, 202), (262_145, 413)):
        body = json.dumps(padded(event, size), separators=(",", ":")).encode()
        key = {"Idempotency_Key": event()["id"]}
        assert remote.ask("POST", "/v1/messages", body, media="application/cloudevents+json", **key).status_code == status
    small = event(number=2)
    answer = remote.ask(
        "POST",
        "/v1/messages",
        json.dumps([padded(event, 262_145), small], separators=(",", ":")).encode(),
        media="application/cloudevents-batch+json",
    )
    assert [(item["httpStatus"], (item["error"] or {}).get("code")) for item in answer.get_json()["items"]] == [
        (413, "too_large"),
        (202, None),
    ]


def test_size_of_batches(remote, event):
    """More than 1 MiB is not looked at."""
    answer = remote.batch([padded(event, 262_000) for _ in range(5)])
    assert (answer.status_code, code(answer)) == (413, "too_large")


def test_rate(remote):
    """Setting `rate_per_minute`: refused with the seconds to wait, then taken again."""
    remote.settings(rate_per_minute=2)
    assert [remote.ask("GET", "/v1/info").status_code for _ in range(3)] == [200, 200, 429]
    answer = remote.ask("GET", "/v1/info")
    assert code(answer) == "rate"
    remote.advance(int(answer.headers["Retry-After"]))
    assert remote.ask("GET", "/v1/info").status_code == 200


def test_not_taken(remote, event):
    """Setting `not_taken_until`: writes have no effect and are told when to come back; reads go on."""
    remote.settings(not_taken_until="2026-05-01T06:00:30Z")
    answer = remote.post(event())
    assert (answer.status_code, code(answer), answer.headers["Retry-After"]) == (503, "not_taken", "31")
    assert remote.ask("GET", "/v1/messages").get_json()["items"] == []
    remote.advance(31)
    assert remote.post(event()).status_code == 202


def test_forbidden_recipient(remote, event):
    """Setting `forbidden_recipients`, alone and in a batch."""
    remote.settings(forbidden_recipients=["erp-main"])
    answer = remote.post(event())
    assert (answer.status_code, code(answer)) == (403, "forbidden_recipient")
    other = event(number=2, recipient="bi-main")
    assert [item["httpStatus"] for item in remote.batch([event(), other]).get_json()["items"]] == [403, 202]


def test_no_value_in_a_refusal(remote, event):
    """Pointers and rules are told, values are not."""
    answer = remote.post(event("party.upserted", data={"taxStatus": {"secret": "GB123456789"}}))
    assert answer.status_code == 422
    assert "GB123456789" not in answer.text
