"""Contract README section 6: what the door answers, to whom, and what is in the inbox afterwards."""

import asyncio
import json
import logging
from datetime import timedelta

import pytest
from inbound_door import EVENT, NOW, OLD, SECRET, basic, call, signed
from starlette.applications import Starlette
from starlette.routing import Mount

from colophon.errors import TransportError
from colophon.inbound import Receiver, Source
from colophon.inbound.rate import Rate
from colophon.ledger.inbox import Arrival
from colophon_airflow.inbound.app import PREFIX, HooksApp
from colophon_airflow.inbound.sources import Sources

BODY = json.dumps(EVENT).encode()
STATUS = json.dumps(
    {
        "job_id": "usmr-1",
        "customer_reference_base64": "cHVzaA==",
        "entry_time": "2026-05-01T09:00:00.000Z",
        "job_state": ["Complete", "Posted"],
        "deliveries": [],
    }
).encode()
OUTCOME = json.dumps({"id": "o-41", "seq": 41, "type": "delivered", "at": "2026-05-01T09:00:00Z", "caseReference": "CS-1"}).encode()
HOOK = b'{"event":"UPDATE","module":"product","objectId":"6f0a"}'
LIVE = b'{"seq":120,"type":"placement.live","videoId":"v","placementId":"p-1","at":"2026-05-01T09:00:00Z","data":{}}'
ANY = ["*"]


def waiting(door) -> list[tuple[str, str]]:
    """What is in the inbox, whether something takes it or it is only noted: source and type."""
    with door.ledger() as ledger:
        noted = [item for item, _ in ledger.inbox.noted("done")]
        return [(item.source, item.type) for item in (*ledger.inbox.pending(ANY), *noted)]


@pytest.mark.parametrize(
    ("source", "headers", "body", "kept"),
    [
        ("xconnector", signed(BODY), BODY, ("/sandbox/erp", "colophon.delivery.failure.v1")),
        ("exstream", signed(OUTCOME, "msg_1"), OUTCOME, ("exstream", "exstream.service_outcome")),
        ("bytenite", signed(LIVE, "bn-120"), LIVE, ("bytenite", "bytenite.placement.live")),
        ("push", basic("vendor", "push-not-a-password"), STATUS, ("push", "push.status")),
        (
            "fourallportal",
            {"content-type": "application/json", "x-colophon-secret": "portal-not-a-secret"},
            HOOK,
            ("fourallportal", "fourallportal.changed"),
        ),
    ],
)
def test_every_source_is_taken_once(door, source, headers, body, kept):
    """202 the first time, 200 the second, and one row in the inbox."""
    first, second = door.post(source, headers, body), door.post(source, headers, body)
    assert (first.status, first.json) == (202, {"status": "taken"})
    assert (second.status, second.json) == (200, {"status": "seen"})
    assert waiting(door) == [kept]


def test_same_id_with_another_body(door):
    """409, the first one is kept, and an open exception tells of it; also where both come in one commit."""
    other = json.dumps({**EVENT, "data": {"isbn": "9781999000028"}}).encode()
    door.post("xconnector", signed(BODY), BODY)
    refused = door.post("xconnector", signed(other), other)
    assert (refused.status, refused.json["type"]) == (409, "urn:colophon:hooks:conflict")
    with door.ledger() as ledger:
        assert json.loads(ledger.inbox.pending(ANY)[0].body)["data"] == EVENT["data"]
        [finding] = ledger.exceptions.open(use_case="inbound")
    assert (finding.subject, finding.destination, finding.owner) == ("event:e-1", "/sandbox/erp", "operations")


def test_together(door):
    """A hundred at once, twenty of them twice: each is one row, and few commits were needed."""
    bodies = [json.dumps({**EVENT, "id": f"e-{n % 80}"}).encode() for n in range(100)]

    async def storm() -> list[int]:
        calls = [call(door.app, "/xconnector", signed(body, f"e-{n % 80}"), body) for n, body in enumerate(bodies)]
        return [answer.status for answer in await asyncio.gather(*calls)]

    statuses = asyncio.run(storm())
    assert sorted(statuses) == [200] * 20 + [202] * 80
    assert len(waiting(door)) == 80


def test_rotation(door):
    """Old and new secret are good while both are there; an old one taken out is refused after half a minute, without a restart."""
    assert door.post("xconnector", signed(BODY, secret=OLD), BODY).status == 202
    door.extras["xconnector_default"]["hook_secret"] = SECRET
    door.seconds += 31
    assert door.post("xconnector", signed(BODY, secret=OLD), BODY).status == 401
    assert door.post("xconnector", signed(BODY), BODY).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(300, 202), (-300, 202), (301, 401), (-301, 401)])
def test_time(door, seconds, status):
    """Five minutes either way."""
    door.now = NOW + timedelta(seconds=seconds)
    assert door.post("xconnector", signed(BODY), BODY).status == status


@pytest.mark.parametrize(
    ("source", "change", "body", "status", "code"),
    [
        ("nobody", {}, BODY, 404, "source"),
        ("xconnector/", {}, BODY, 404, "source"),
        ("", {}, BODY, 404, "source"),
        ("xconnector", {"content-length": "262145"}, BODY, 413, "size"),
        ("xconnector", {"content-length": "9" * 40}, BODY, 413, "size"),
        ("xconnector", {"content-length": "-1"}, BODY, 400, "malformed"),
        ("xconnector", {"content-length": "10"}, b"x" * 262_145, 413, "size"),
        ("xconnector", {"content-type": "text/plain"}, BODY, 415, "media_type"),
        ("xconnector", {"content-encoding": "gzip"}, BODY, 415, "media_type"),
        ("xconnector", {"webhook-id": "e 1"}, BODY, 400, "malformed"),
        ("xconnector", {"webhook-id": ""}, BODY, 400, "malformed"),
        ("xconnector", {"webhook-timestamp": "1777629600.0"}, BODY, 400, "malformed"),
        ("xconnector", {"webhook-signature": "v1,x " * 9}, BODY, 400, "malformed"),
        ("xconnector", {"webhook-signature": "v1," + "A" * 2000}, BODY, 400, "malformed"),
        ("xconnector", {"webhook-signature": "v1,AAAA"}, BODY, 401, "forged"),
        ("xconnector", {}, BODY + b" ", 401, "forged"),
        ("exstream", {}, BODY, 400, "malformed"),
        ("push", {}, STATUS, 401, "forged"),
        ("push", basic("vendor", "guessed"), STATUS, 401, "forged"),
        ("fourallportal", {"x-colophon-secret": "guessed"}, HOOK, 401, "forged"),
    ],
)
def test_refused(door, source, change, body, status, code):
    """Each fault has its answer, which repeats nothing; nothing is kept."""
    answer = door.post(source, {**signed(BODY), **change}, body)
    assert (answer.status, answer.json["type"]) == (status, f"urn:colophon:hooks:{code}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert waiting(door) == []


def test_a_header_twice(door):
    """Two ids, or two lengths: nobody knows which one was signed."""
    raw = [(name.encode(), value.encode()) for name, value in signed(BODY).items()]
    for name in ("webhook-id", "webhook-signature", "content-length", "content-type"):
        again = next(pair for pair in raw if pair[0] == name.encode())
        assert door.post("xconnector", [*raw, again], BODY).status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"id":"e-1"}',
        BODY.replace(b'"id": "e-1"', b'"id": "e-2"'),
        BODY.replace(b"/sandbox/erp", b"/sand box"),
        BODY.replace(b"/sandbox/erp", b"/" + b"x" * 80),
        BODY.replace(b"delivery.failure", b"x" * 121),
        BODY.replace(b'"data"', b'"data":{},"data"'),
        b"[" * 100_000,
        BODY.replace(b"missing_cover", b"\\ud800"),
        BODY.replace(b'"missing_cover"', b"1e999999999"),
        BODY.replace(b'"missing_cover"', b"9" * 10_000),
        BODY.replace(b'"missing_cover"', b"NaN"),
    ],
)
def test_signed_and_no_event(door, body):
    """The sender is who it says and sends something that is no event: 400, never a crash."""
    assert door.post("xconnector", signed(body), body).status == 400
    assert waiting(door) == []


def test_other_methods_and_the_handshake(door):
    """Nothing but POST, and OPTIONS by which CloudEvents web hooks ask; no page describes the door."""
    asked = door.post("xconnector", {"webhook-request-origin": "xconnector.sandbox"}, b"", method="OPTIONS")
    assert (asked.status, asked.headers["webhook-allowed-origin"], asked.headers["webhook-allowed-rate"]) == (200, "*", "120")
    assert door.post("nobody", {}, b"", method="OPTIONS").status == 404
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"):
        assert door.post("xconnector", {}, b"", method=method).status == 405
    for path in ("docs", "redoc", "openapi.json", "xconnector/more"):
        assert door.post(path, {}, b"", method="GET").status in {404, 405}


@pytest.mark.parametrize("is_below", [True, False])
def test_the_address(door, is_below):
    """Below Airflow's api-server or by itself, the address is the same, and there is no other."""
    app = HooksApp(door.ledger, Sources(lambda conn_id: door.extras[conn_id]), prefix="" if is_below else PREFIX, clock=lambda: NOW)
    server = Starlette(routes=[Mount(PREFIX, app)]) if is_below else app

    def post(path: str) -> int:
        return asyncio.run(call(server, path, signed(BODY), BODY)).status

    assert post(f"{PREFIX}/xconnector") == 202
    assert [post(path) for path in ("/xconnector", f"{PREFIX}/colophon/hooks/xconnector", f"{PREFIX}/", "/")] == [404] * 4
    app.keeper.close()


def test_without_secret_the_door_is_shut(door, caplog):
    """A connection without a secret, or with a malformed one, takes nothing, and the log says which."""
    door.extras["bytenite_default"] = {}
    door.extras["exstream_default"] = door.extras["opentext_exstream_default"] = {"hook_secret": "plain-not-a-secret"}
    with caplog.at_level(logging.WARNING):
        assert door.post("bytenite", signed(LIVE), LIVE).status == 404
        assert door.post("exstream", signed(OUTCOME), OUTCOME).status == 404
    assert "the connection has no hook_secret" in caplog.text
    assert "plain-not-a-secret" not in caplog.text


@pytest.mark.parametrize("source", ["push", "fourallportal"])
def test_an_empty_secret_fits_nothing(door, source):
    """One that was left empty in a list is none: a call without any proof is refused."""
    for connection in ("opentext_push_default", "fourallportal_default"):
        door.extras[connection] = {"hook_secret": ["", "another-not-a-secret"]}
    assert door.post(source, {"content-type": "application/json"}, HOOK).status == 401
    assert door.post(source, {"content-type": "application/json", "x-colophon-secret": ""}, HOOK).status == 401
    door.extras.update({key: {"hook_secret": [""]} for key in door.extras})
    door.seconds += 31
    assert door.post(source, {"content-type": "application/json"}, HOOK).status == 404


def test_the_ledger_is_away(door):
    """503 with a time to come back, and nothing is lost when it does; the log does not quote the event."""
    away, there = TransportError("the ledger does not answer"), door.open_ledger

    def fail():
        raise away

    door.open_ledger = fail
    answer = door.post("xconnector", signed(BODY), BODY)
    assert (answer.status, answer.headers["retry-after"], answer.json["type"]) == (503, "10", "urn:colophon:hooks:later")
    door.open_ledger = there
    assert door.post("xconnector", signed(BODY), BODY).status == 202


def test_rate():
    """More calls than the burst from one address: 429 with a time to come back, also for good ones; others are not held up."""
    source = Source("xconnector", "standard", (SECRET,))

    async def find(_name: str) -> Source:
        return source

    async def keep(_arrival: Arrival) -> str:
        return "new"

    async def body():
        yield BODY

    async def flood() -> list:
        receiver = Receiver(find, keep, clock=lambda: NOW, rate=Rate(per_s=0.001, burst=3))
        raw = [(name.encode(), value.encode()) for name, value in signed(BODY).items()]
        return [await receiver.receive("xconnector", raw, body(), caller=caller) for caller in ("a", "a", "a", "a", "b")]

    answers = asyncio.run(flood())
    assert [answer.status for answer in answers] == [202, 202, 202, 429, 202]
    assert int(answers[3].headers["Retry-After"]) > 900


def test_logs_tell_no_secret(door, caplog):
    """Neither secrets nor what was sent."""
    with caplog.at_level(logging.DEBUG):
        door.post("xconnector", signed(BODY), BODY)
        door.post("xconnector", signed(BODY, secret=OLD), BODY + b" ")
        door.post("push", basic("vendor", "guessed-password"), STATUS)
    assert "forged" in caplog.text
    for planted in (SECRET, OLD, "guessed-password", "push-not-a-password", "9781999000011", "usmr-1"):
        assert planted not in caplog.text


def test_what_is_done_is_forgotten_after_thirty_days(door):
    """What is parked stays; what still waits is parked, so that somebody sees it."""
    for number in range(3):
        body = json.dumps({**EVENT, "id": f"e-{number}"}).encode()
        door.post("xconnector", signed(body, f"e-{number}"), body)
    with door.ledger() as ledger:
        ledger.inbox.done("/sandbox/erp", "e-0")
        ledger.inbox.done("/sandbox/erp", "e-1", parked=True)
        ledger.clock = lambda: NOW + timedelta(days=29)
        assert ledger.inbox.forget() == {"parked": 0, "done": 0}
        ledger.clock = lambda: NOW + timedelta(days=31)
        assert ledger.inbox.forget() == {"parked": 1, "done": 1}
        assert [item.id for item, _ in ledger.inbox.noted("parked")] == ["e-1", "e-2"]
