"""Callbacks: agreed, signed, repeated, late, twice, out of order, lost (contract section 10, README section 6)."""

import base64
import hashlib
import hmac

import pytest

SECRET = "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA=="
ALL = {"types": ["*"], "active": True}
PATH = "/colophon/hooks/*"


@pytest.fixture
def called(remote, receiver):
    """A sandbox that calls the receiver about everything, with a route to erp."""
    remote.route("erp")
    assert remote.ask("PUT", "/v1/callbacks/colophon", {"url": receiver.url, **ALL}).status_code == 200
    return remote


def ids(receiver):
    return [event["data"]["eventId"] for event in receiver.bodies()]


@pytest.mark.parametrize("origin", [None, "https://else.example"])
def test_receiver_that_does_not_agree(remote, receiver, origin):
    """No handshake, no callback."""
    receiver.origin = origin
    answer = remote.ask("PUT", "/v1/callbacks/c", {"url": receiver.url, **ALL})
    assert (answer.status_code, answer.get_json()["code"], receiver.asked) == (422, "handshake", 1)
    assert remote.ask("GET", "/v1/callbacks/c").status_code == 404


def test_receiver_that_is_not_there(remote, receiver):
    """The same."""
    receiver.close()
    assert remote.ask("PUT", "/v1/callbacks/c", {"url": receiver.url, **ALL}).get_json()["code"] == "handshake"


@pytest.mark.parametrize("origin", ["*", "xconnector.sandbox"])
def test_put_get_delete(remote, receiver, origin):
    """Kept when the receiver agrees; PUT twice is once; an inactive one is not asked, and not called."""
    receiver.origin = origin
    given = {"url": receiver.url, "types": ["colophon.target.*"], "active": True}
    for _ in range(2):
        assert remote.ask("PUT", "/v1/callbacks/c", given).get_json() == {"id": "c", **given}
    assert remote.ask("GET", "/v1/callbacks/c").get_json() == {"id": "c", **given}
    remote.ask("PUT", "/v1/callbacks/c", {**given, "active": False})
    assert receiver.asked == 2
    assert [remote.ask("DELETE", "/v1/callbacks/c").status_code for _ in range(2)] == [204, 204]
    assert remote.ask("GET", "/v1/callbacks/c").status_code == 404


def test_signed(called, receiver, event):
    """Standard Webhooks over the raw body; the id is the event's."""
    called.post(event())
    headers, body = receiver.got[0]
    told = receiver.bodies()[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (told["id"], "1777615200")
    assert headers["content-type"] == "application/cloudevents+json"
    assert (told["specversion"], told["type"], told["causationid"]) == ("1.0", "colophon.target.ack.v1", event()["id"])
    assert told["data"] == {"messageId": "m-1", "eventId": event()["id"], "target": "erp", "at": "2026-05-01T06:00:00Z"}


@pytest.mark.parametrize(
    ("scheme", "header", "value"),
    [
        ("shared_secret", "x-colophon-secret", SECRET),
        ("basic", "authorization", "Basic " + base64.b64encode(f"sandbox:{SECRET}".encode()).decode()),
    ],
)
def test_other_schemes(called, receiver, event, scheme, header, value):
    """Setting `webhook_scheme`."""
    called.settings(webhook_scheme=scheme)
    called.post(event())
    assert receiver.got[0][0][header] == value
    assert "webhook-signature" not in receiver.got[0][0]


def test_rejections_are_told(called, receiver, event):
    """With code, message and whether a repeat helps; what expired or was cancelled is nobody's verdict."""
    called.route("reject", "flaky")
    called.post(event())
    called.ask("POST", "/v1/messages/m-1/cancel", {"reason": "r"})
    told = receiver.bodies()
    assert [e["type"] for e in told] == ["colophon.target.reject.v1"]
    data = told[0]["data"]
    assert {"code": "price_missing", "message": "a price is missing", "retryable": False, "items": []}.items() <= data.items()


def test_only_wanted_types(called, receiver, event):
    """Types are patterns."""
    called.ask("PUT", "/v1/callbacks/colophon", {"url": receiver.url, "types": ["colophon.finance.*"], "active": True})
    called.post(event())
    called.post(event("royalty.statement"))
    assert [e["type"] for e in receiver.bodies()] == ["colophon.finance.payment.v1"]
    assert [e["id"] for e in called.heard("finance.payment")] == [receiver.bodies()[0]["id"]]


def test_receiver_by_setting(remote, receiver, event):
    """Setting `webhook_url`: everything, without a handshake."""
    remote.settings(webhook_url=receiver.url)
    remote.route("erp")
    remote.post(event())
    assert (receiver.asked, ids(receiver)) == (0, [event()["id"]])
    remote.settings(webhook_url=None)
    remote.post(event(number=2))
    assert len(receiver.got) == 1


def test_repeated_until_it_arrives(called, receiver, event):
    """The same event with the same id, 169 s doubling."""
    receiver.status = 503
    called.post(event())
    called.advance(168)
    assert len(receiver.got) == 1
    called.advance(1)
    receiver.status = 202
    called.advance(338)
    assert len(receiver.got) == 3
    assert len({body for _, body in receiver.got}) == 1
    called.advance(100_000)
    assert len(receiver.got) == 3


def test_given_up_after_a_day(called, receiver, event):
    """Ten tries over 24 hours; then the verdict waits in the inbox."""
    receiver.status = 500
    called.post(event())
    for _ in range(30):
        called.advance(3600)
    assert len(receiver.got) == 10
    assert [e["data"]["eventId"] for e in called.heard("target.ack")] == [event()["id"]]


def test_unreachable_receiver_costs_one_try(called, receiver, event):
    """Who cannot be reached is not tried for each event."""
    receiver.close()
    called.batch([event(number=n) for n in range(1, 101)])
    assert called.status("m-100")["status"] == "delivered"


def test_redirects_are_not_followed(called, receiver, event):
    """A signed event goes where it was agreed, and nowhere else."""
    receiver.status = 307
    called.post(event())
    assert len(receiver.got) == 1


def test_lost(called, receiver, event):
    """It never goes; the message's status has it."""
    called.fault("lose", PATH)
    called.batch([event(number=n) for n in (1, 2)])
    called.advance(100_000)
    assert ids(receiver) == [event(number=2)["id"]]
    assert called.status("m-1")["status"] == "delivered"


def test_twice(called, receiver, event):
    """The same bytes under the same id."""
    called.fault("duplicate", PATH)
    called.post(event())
    assert len(receiver.got) == 2
    assert receiver.got[0][1] == receiver.got[1][1]
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]


def test_late(called, receiver, event):
    """It goes when the clock says."""
    called.fault("delay", PATH, value=500)
    called.post(event())
    called.post(event(number=2))
    called.advance(499)
    assert ids(receiver) == [event(number=2)["id"]]
    called.advance(1)
    assert ids(receiver) == [event(number=2)["id"], event()["id"]]
    assert receiver.got[1][0]["webhook-timestamp"] == str(1777615200 + 500)


def test_out_of_order(called, receiver, event):
    """It waits until another has gone, in the same request or a later one, or a minute."""
    called.fault("reorder", PATH, times=2)
    called.batch([event(number=n) for n in (1, 2, 3)])
    assert ids(receiver) == [event(number=n)["id"] for n in (3, 1, 2)]
    called.fault("reorder", PATH)
    called.post(event(number=4))
    called.advance(59)
    assert len(receiver.got) == 3
    called.advance(1)
    assert ids(receiver)[3:] == [event(number=4)["id"]]


def test_restart(start, receiver, event, tmp_path):
    """What is on its way outlives the process."""
    remote = start(tmp_path / "state.db")
    remote.settings(webhook_url=receiver.url)
    remote.route("erp")
    receiver.status = 503
    remote.post(event())
    receiver.status = 202
    start(tmp_path / "state.db").advance(1000)
    assert len(receiver.got) == 2
