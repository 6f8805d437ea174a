"""The contract's own tests (section 15), against the sandbox."""

import io
from datetime import timedelta
from hashlib import sha256

import pytest

from colophon.errors import AuthFailedError, FeatureMissingError, InvalidError, NotFoundError, WrongAddressError
from colophon.systems.xconnector.outcomes import is_final, outcome_events
from colophon.systems.xconnector.records import Match, Payload, Route


@pytest.fixture
def event(client, make):
    """Events of one title, or of title number n."""

    def build(n=0, revision=1, recipient="erp-main", reason="out of print", **kwargs):
        isbn = f"978{n:010d}" if n else make.isbn
        data = make.withdrawn(isbn, revision, reason)
        return client.make_event("title.withdrawn", f"isbn:{isbn}", recipient, data, revision, at=make.now, **kwargs)

    return build


def outcomes(client, message_id):
    return {(e.recipient_ref, e.outcome, e.code) for e in outcome_events("d-1", client.get_status(message_id))}


def test_connection_test_tells_the_contract(client):
    """The middleware says what it is and what it takes."""
    info = client.test()
    assert (info.contract, info.account, info.max_batch, info.retention_days) == ("xc-1", "acme", 100, 30)


def test_bad_token(make_client):
    """K1: one call, no event."""
    with pytest.raises(AuthFailedError):
        make_client(token="wrong").test()


def test_wrong_path(make_client):
    """An address beside the middleware is told as such."""
    with pytest.raises(WrongAddressError):
        make_client(path="/nothing").test()


def test_1_same_events_twice(client, sandbox, routed, event):
    """Same events again: the same messages, one effect each."""
    routed("erp-main", "erp")
    events = [event(n) for n in (1, 2, 3)]
    first, second = client.send(events), client.send(events)
    assert [v.message_id for v in first] == [v.message_id for v in second]
    assert sorted(sandbox.effects()) == sorted(f"{e.id}/erp" for e in events)


@pytest.mark.parametrize("fault", ["reset", "drop", "truncate", "garble", "login_page", "wrong_shape"])
@pytest.mark.parametrize("size", [1, 3])
def test_2_answer_lost_after_the_effect(client, sandbox, routed, event, fault, size):
    """K5: whatever becomes of the answer, there is one message for each event."""
    routed("erp-main", "erp")
    sandbox.fault(fault, "/v1/messages", when="after")
    events = [event(n) for n in range(1, size + 1)]
    assert {v.status for v in client.send(events)} <= {"accepted", "routed", "delivering", "delivered"}
    assert len(sandbox.effects()) == size
    assert len([c for c in sandbox.calls() if c[0] == "POST"]) == 2


def test_3_a_b_a(client, sandbox, routed, event):
    """A value that comes back is news again: three events, delivered in order."""
    routed("erp-main", "erp", order="per_subject")
    events = [event(revision=1, reason="A"), event(revision=2, reason="B"), event(revision=3, reason="A")]
    assert len({e.id for e in events}) == 3
    assert [e.sequence for e in events] == sorted(e.sequence for e in events)
    client.send(events)
    assert sandbox.effects() == [f"{e.id}/erp" for e in events]


def test_4_conflict_stops_one_subject(client, event):
    """Another content under an id that is taken: that one is refused, the others go."""
    taken = event(1)
    client.send([taken])
    other = taken.model_copy(update={"data": {**taken.data, "reason": "another"}})
    verdicts = client.send([event(2), other, event(3)])
    assert [v.status for v in verdicts] == ["unroutable", "refused", "unroutable"]
    assert verdicts[1].error.code == "duplicate_conflict"
    assert client.send([other])[0].error.code == "duplicate_conflict"


def test_5_one_bad_in_a_hundred(client, sandbox, routed, event):
    """99 are accepted, the bad one is told with its place."""
    routed("erp-main", "erp")
    events = [event(n) for n in range(1, 101)]
    events[41] = events[41].model_copy(update={"data": {"isbn": "x"}})
    verdicts = client.send(events)
    assert [n for n, v in enumerate(verdicts) if v.status == "refused"] == [41]
    assert verdicts[41].error.code == "schema"
    assert "/data/reason" in verdicts[41].error.message
    assert len(sandbox.effects()) == 99


def test_6_flaky_reject_gone(client, sandbox, routed, event):
    """Each target ends as it must, with its code; the one that is gone is reported."""
    routed("erp-main", "flaky", "reject", "gone")
    sent = client.send([event()])[0]
    for _ in range(3):
        sandbox.advance(40)
    assert outcomes(client, sent.message_id) == {
        ("flaky", "confirmed", ""),
        ("reject", "failed", "price_missing"),
        ("gone", "failed", "retired"),
    }
    assert {t.id: t.status for t in client.targets()}["gone"] == "retired"


def test_7_accepted_is_never_confirmed(client, routed, event):
    """202 alone is no success, nor is one target of two."""
    routed("erp-main", "erp", "slow")
    sent = client.send([event()])[0]
    assert sent.status not in {"delivered", "sent"}
    status = client.get_status(sent.message_id)
    assert not is_final(status)
    assert {e.outcome for e in outcome_events("d-1", status)} == {"sent"}


def test_8_unroutable_is_skipped(client, event):
    """Seen and not lost, and an exception."""
    sent = client.send([event()])[0]
    assert sent.status == "unroutable"
    assert outcomes(client, sent.message_id) == {("", "skipped", "unroutable")}


def test_9_order_kept_while_others_run_on(client, sandbox, routed, event):
    """The second of a subject waits for the first and says so; another subject does not wait; a late one is stale."""
    routed("erp-main", "erp", order="per_subject")
    sandbox.settings(targets_down=["erp"])
    first, second = client.send([event(1, revision=1), event(1, revision=3)])
    assert client.get_status(second.message_id).deliveries[0].blocked_by == first.message_id
    assert client.get_status(first.message_id).deliveries[0].attempts == 1
    sandbox.settings(targets_down=[])
    other = client.send([event(2)])[0]
    assert outcomes(client, other.message_id) == {("erp", "confirmed", "")}
    for _ in range(3):
        sandbox.advance(40)
    assert outcomes(client, second.message_id) == {("erp", "confirmed", "")}
    late = client.send([event(1, revision=2)])[0]
    assert outcomes(client, late.message_id) == {("erp", "failed", "stale_sequence")}


def test_10_crash_between_commit_and_ack(client, sandbox):
    """An item that was not acknowledged comes again under a new token; the old one is unknown."""
    sandbox.seed_inbox(inbound("e-1"))
    first = client.fetch_inbox()
    assert [i.event.id for i in first] == ["e-1"]
    assert client.fetch_inbox() == []
    sandbox.advance(400)
    again = client.fetch_inbox()
    assert again[0].event == first[0].event
    assert again[0].attempt == 2
    assert client.ack([first[0].token, again[0].token]).unknown == (first[0].token,)
    sandbox.advance(400)
    assert client.fetch_inbox() == []


def test_11_poison_is_parked(client, sandbox):
    """An item that nobody can read is given back until it is parked; the rest goes on."""
    sandbox.seed_inbox({"id": "poison"}, inbound("e-2"))
    for _ in range(10):
        items = {i.event.id if i.event else "?": i for i in client.fetch_inbox()}
        assert "specversion" not in items["?"].problem
        client.nack([items["?"].token], "cannot be read", retry_after_s=0)
        if "e-2" in items:
            client.ack([items["e-2"].token])
    assert client.fetch_inbox() == []
    assert [(p.event, p.reason) for p in client.iter_parked()] == [(None, "cannot be read")]


@pytest.mark.parametrize("fault", ["reset", "status"])
def test_lost_answer_to_ack(client, sandbox, fault):
    """The items may come again, and nothing fails."""
    sandbox.seed_inbox(inbound("e-1"))
    item = client.fetch_inbox()[0]
    sandbox.fault(fault, "/v1/inbox/ack", when="after", value={"status": 502} if fault == "status" else None)
    assert client.ack([item.token]).unknown == (item.token,)
    sandbox.advance(400)
    assert client.fetch_inbox() == []


def test_a_login_page_is_no_payload_that_is_there(client, sandbox):
    """A proxy's page answers HEAD with 200: believed, the content would never go up, and its event be refused for good."""
    content = b"<message/>"
    digest = sha256(content).hexdigest()
    sandbox.fault("login_page", "/v1/payloads/*", method="HEAD")
    payload = client.put_payload(io.BytesIO(content), digest, "application/xml")
    client.get_payload(payload, io.BytesIO())
    client.put_payload(io.BytesIO(content), digest, "application/xml")
    assert [method for method, path, _ in sandbox.calls() if "/payloads/" in path] == ["HEAD", "PUT", "GET", "HEAD"]


def test_13_payload_is_checked_on_both_sides(client, sandbox, make_client):
    """Content that is not what its hash says neither goes up nor comes down."""
    content = b"<ONIXMessage/>"
    digest = sha256(content).hexdigest()
    with pytest.raises(InvalidError):
        client.put_payload(io.BytesIO(b"other"), digest, "application/xml")
    assert not sandbox.calls()
    sandbox.fault("reset", "/v1/payloads/*", method="PUT", when="after")
    payload = client.put_payload(io.BytesIO(content), digest, "application/xml", file_name="a.xml")
    assert (payload.url, payload.bytes) == (f"xc1:payload:{digest}", len(content))
    client.put_payload(io.BytesIO(content), digest, "application/xml")
    assert [(m, s) for m, _, s in sandbox.calls()].count(("HEAD", 200)) == 1
    file = io.BytesIO()
    client.get_payload(payload, file)
    assert file.getvalue() == content
    with pytest.raises(InvalidError, match="not what its event announced"):
        client.get_payload(Payload.model_validate({**payload.model_dump(), "bytes": len(content) + 1}), io.BytesIO())
    with pytest.raises(NotFoundError):
        client.get_payload(payload.model_copy(update={"sha256": "0" * 64, "url": f"xc1:payload:{'0' * 64}"}), io.BytesIO())


def test_13_link_to_a_host_not_allowed(client, make_client, sandbox):
    """Only hosts of `payload_hosts` are asked, and without our token."""
    digest = sha256(b"x").hexdigest()
    link = Payload(url=f"{sandbox.url}/xconnector/v1/info", sha256=digest, bytes=500, media_type="application/json")
    with pytest.raises(InvalidError):
        client.get_payload(link, io.BytesIO())
    assert not sandbox.calls()
    with pytest.raises(AuthFailedError):
        make_client(payload_hosts=["127.0.0.1"]).get_payload(link, io.BytesIO())


def test_16_expired_events_are_not_delivered(client, sandbox, routed, event, make):
    """Too late at acceptance is refused, too late at a target is `expired`."""
    routed("erp-main", "flaky")
    late = client.send([event(1, expires=make.now - timedelta(seconds=1))])[0]
    assert (late.status, late.error.code) == ("refused", "expired")
    sent = client.send([event(2, expires=make.now + timedelta(seconds=5))])[0]
    sandbox.advance(60)
    assert outcomes(client, sent.message_id) == {("flaky", "failed", "expired")}
    assert not sandbox.effects()


def test_rate_limit_of_one_event_waits(client, sandbox, event):
    """A 429 is waited for and repeated."""
    sandbox.fault("status", "/v1/messages", value={"status": 429, "headers": {"Retry-After": "1"}})
    assert client.send([event()])[0].status == "unroutable"


def test_status_find_and_lists(client, sandbox, routed, event, monkeypatch):
    """Messages are found by event, by status and page by page."""
    routed("erp-main", "erp")
    events = [event(n) for n in range(1, 6)]
    sent = client.send(events)
    assert client.find(events[2].id).message_id == sent[2].message_id
    assert client.find("nothing") is None
    monkeypatch.setattr("colophon.systems.xconnector.xc1.PAGE", 2)
    assert [m.message_id for m in client.iter_messages(status="delivered")] == [v.message_id for v in sent]
    assert [m.event.id for m in client.iter_messages()] == [e.id for e in events]
    with pytest.raises(NotFoundError):
        client.get_status("m-999")


def test_redeliver_once(client, sandbox, routed, event):
    """What was dead-lettered goes again, once for each request id, also when the answer is lost."""
    routed("erp-main", "erp")
    sandbox.settings(targets_down=["erp"])
    sent = client.send([event()])[0]
    for _ in range(6):
        sandbox.advance(100)
    assert outcomes(client, sent.message_id) == {("erp", "failed", "unavailable")}
    sandbox.settings(targets_down=[])
    sandbox.fault("reset", "/v1/messages/*/redeliver", when="after")
    client.redeliver(sent.message_id, ["erp"], "q-1")
    assert outcomes(client, sent.message_id) == {("erp", "confirmed", "")}
    assert len(sandbox.effects()) == 1


def test_cancel_names_what_was_too_late(client, routed, event):
    """Pending stops; done is done."""
    routed("erp-main", "erp", "flaky")
    sent = client.send([event()])[0]
    answer = client.cancel(sent.message_id, "pulled back")
    assert (answer.cancelled, answer.too_late) == (("flaky",), ("erp",))
    assert ("flaky", "failed", "cancelled") in outcomes(client, sent.message_id)


def test_routes_are_written_only_where_allowed(client, make_client, sandbox):
    """Differences are told; written when `manage_routes` is on; a second time there are none."""
    wanted = [Route(id="r-1", match=Match(type="colophon.title.*", recipient="erp-main"), targets=("erp",))]
    assert [(c.what, c.written) for c in client.ensure_routes(wanted)] == [("missing", False)]
    manager = make_client(manage_routes=True)
    assert [(c.what, c.written) for c in manager.ensure_routes(wanted)] == [("missing", True)]
    assert manager.ensure_routes(wanted) == []
    changed = [wanted[0].model_copy(update={"targets": ("erp", "bi")})]
    assert [(c.what, c.written) for c in manager.ensure_routes(changed)] == [("different", True)]
    assert client.ensure_routes(changed) == []
    assert [c[0] for c in sandbox.calls()].count("PUT") == 2


def test_key_mismatch_cannot_happen_by_us(client, sandbox, event):
    """A single event's Idempotency-Key is its id."""
    client.send([event()])
    entry = sandbox.control("GET", "/journal?system=xconnector")["entries"][0]
    assert entry["headers"]["Idempotency-Key"] == entry["body"]["id"]
    assert entry["headers"]["Content-Type"] == "application/cloudevents+json"


def test_17_plain_webhook(make_client, sandbox, make):
    """Mode cloudevents_webhook: same ids again, lost answers repeated, one bad stops no other."""
    client = make_client(path="/xconnector/webhook", mode="cloudevents_webhook")
    assert client.test() is None

    def build(n):
        isbn = f"978{n:010d}"
        return client.make_event("title.withdrawn", f"isbn:{isbn}", "erp-main", make.withdrawn(isbn), 1, at=make.now)

    events = [build(n) for n in (1, 2, 3)]
    sandbox.fault("reset", "/webhook", when="after")
    assert [v.status for v in client.send(events)] == ["delivered"] * 3
    client.send(events)
    assert set(sandbox.effects("xconnector.webhook")) == {e.id for e in events}
    bad = events[1].model_copy(update={"data": {"isbn": "x"}})
    assert [v.status for v in client.send([events[0], bad, events[2]])] == ["delivered", "refused", "delivered"]
    for verb in (lambda: client.find("x"), client.targets, client.fetch_inbox, lambda: client.cancel("m", "r")):
        with pytest.raises(FeatureMissingError):
            verb()


def inbound(event_id):
    """An event from another system."""
    data = {"contractId": 1, "payeeId": 2, "amount": "9.99", "currency": "GBP", "paidOn": "2026-05-01", "reference": "r"}
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/erp",
        "type": "colophon.finance.payment.v1",
        "subject": "contract:1",
        "time": "2026-05-01T06:00:00Z",
        "data": data,
    }
