"""Ledger deliveries as events, through the sandbox."""

import io
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from ledger_database import make_ledger

from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.errors import BadRecordError, TransportError
from colophon.ledger import Ledger
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.port import EventPort
from colophon.systems.xconnector.settings import XConnectorSettings


@pytest.fixture
def port(client):
    """A port over the sandbox."""
    return EventPort(client, correlation="run-1")


def results(verdicts):
    return [(v.delivery_id, v.result, v.code) for v in verdicts]


def test_deliveries_become_messages(port, sandbox, routed, make):
    """Accepted with the middleware's id, under our recipient, subject, sequence and run."""
    routed("erp-main", "erp")
    verdicts = port.send([make.delivery(1), make.delivery(2, revision=7)])
    assert [(v.result, bool(v.remote_id)) for v in verdicts] == [("accepted", True)] * 2
    body = sandbox.control("GET", "/journal?system=xconnector&path=/v1/messages")["entries"][0]["body"]
    assert [(e["recipient"], e["sequence"][-2:], e["correlationid"]) for e in body] == [
        ("erp-main", "01", "run-1"),
        ("erp-main", "07", "run-1"),
    ]
    assert port.delivery_class == "A"


def test_nobody_routes_it(port, make):
    """No route is `skipped`, with its reason."""
    assert results(port.send([make.delivery()])) == [("d-1-1", "skipped", "unroutable")]


def test_one_bad_stops_no_other(port, routed, make):
    """Data that does not fit, content that is no object, and an event type that has no schema are refused alone."""
    routed("erp-main", "erp")
    bad = make.delivery(2, data={"isbn": "x"})
    worse = make.delivery(3, data=[1])
    unheard = make.delivery(5, labels={"event_type": "title.unheard"})
    verdicts = port.send([make.delivery(1), bad, worse, make.delivery(4), unheard])
    assert [v.result for v in verdicts] == ["accepted", "refused", "refused", "accepted", "refused"]
    assert "/reason missing" in verdicts[1].detail
    assert verdicts[2].code == BadRecordError.code
    assert "there is no event type of this name" in verdicts[4].detail


def test_tried_deliveries_are_looked_up_first(port, sandbox, routed, make):
    """What an earlier try sent is found and not sent again; what it did not send is."""
    routed("erp-main", "erp")
    port.send([make.delivery(1)])
    posts = len([c for c in sandbox.calls() if c[:2] == ("POST", "/v1/messages")])
    assert [v.result for v in port.send([make.delivery(1, tried=True)])] == ["accepted"]
    assert len([c for c in sandbox.calls() if c[:2] == ("POST", "/v1/messages")]) == posts
    assert [v.result for v in port.send([make.delivery(2, tried=True)])] == ["accepted"]
    assert len(sandbox.effects()) == 2


def test_read_back(port, make):
    """None where the middleware holds nothing."""
    assert port.read_back(make.delivery(1)) is None
    port.send([make.delivery(1)])
    assert port.read_back(make.delivery(1)).result == "skipped"
    assert port.read_back(make.delivery(1, revision=2)) is None


def test_lost_answer_has_one_effect(port, sandbox, routed, make):
    """K5 through the port."""
    routed("erp-main", "erp")
    sandbox.fault("reset", "/v1/messages", when="after")
    assert {v.result for v in port.send([make.delivery(n) for n in range(1, 51)])} <= {"accepted", "confirmed"}
    assert len(sandbox.effects()) == 50


def feed_delivery(make, **changes):
    manifest = {"number": 42, "sent_at": "2026-05-01T00:00:00Z", "full": False, "members": ["d-1"]}
    return make.delivery(data=manifest, subject="feed:shop", destination="shop", revision=42, labels={"products": "1"}, **changes)


def test_feed_is_prepared_and_keeps_its_id(client, sandbox, routed, make):
    """The file is built by the caller; a file signed anew, or built again after a crash, is the same event."""
    routed("shop", "shop")
    prepared = []

    def prepare(delivery):
        prepared.append(delivery.id)
        content = f"<ONIXMessage/><!-- {len(prepared)} -->".encode()
        payload = client.put_payload(io.BytesIO(content), sha256(content).hexdigest(), "application/xml", file_name="f.xml")
        manifest = json.loads(delivery.content)
        data = {"format": "onix-3.1-ref", "messageNumber": manifest["number"], "full": manifest["full"], "products": 1}
        return {**data, "payload": payload.model_dump(mode="json", by_alias=True)}

    port = EventPort(client, prepare=prepare)
    first = port.send([feed_delivery(make)])[0]
    again = port.send([feed_delivery(make, tried=True)])[0]
    assert (first.result, again.result) == ("accepted", "accepted")
    assert first.remote_id == again.remote_id
    assert len(prepared) == 1
    assert port.send([feed_delivery(make)])[0].code == "duplicate_conflict"


def test_refused_preparation(client, make):
    """A feed that cannot be built is refused alone."""

    def prepare(delivery):
        raise BadRecordError("no header")

    assert EventPort(client, prepare=prepare).send([feed_delivery(make)])[0].result == "refused"


def test_middleware_away(make):
    """Nothing was taken: the engine hears the error itself."""
    settings = XConnectorSettings.from_connection("http://127.0.0.1:9", "t", {"start_jitter_seconds": 0})
    with XConnectorClient(settings, sleep=lambda _: None) as client, pytest.raises(TransportError):
        EventPort(client).send([make.delivery()])


def test_modes_without_lookup_send_again(make_client, sandbox, make):
    """Where nothing can be looked up, the same id goes again."""
    port = EventPort(make_client(path="/xconnector/webhook", mode="cloudevents_webhook"))
    assert [v.result for v in port.send([make.delivery(1, tried=True)])] == ["confirmed"]
    assert port.read_back(make.delivery(1)) is None


@pytest.fixture
def ledger(tmp_path, make):
    """A ledger with forty planned deliveries."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: make.now) as found:
        found.plan([_intent(make, n) for n in range(1, 41)])
        yield found


def _intent(make, n):
    delivery = make.delivery(n)
    names = ("use_case", "destination", "subject", "delivery_class", "content", "media_type", "as_of", "labels")
    return Intent(**{name: getattr(delivery, name) for name in names})


@pytest.mark.parametrize("fault", [None, "reset", "login_page", "drop", "garble"])
def test_through_the_engine_twice(ledger, port, sandbox, routed, make, fault):
    """K5, K15: planned, delivered, delivered again: forty effects, whatever became of the first answer."""
    routed("erp-main", "erp")
    if fault:
        sandbox.fault(fault, "/v1/messages", when="after")

    def run():
        return deliver(ledger, port, use_case="test", destination="erp-main", owner="me", lease_s=900, sleep=lambda _: None)

    first = run()
    assert first.stopped_by is None
    assert sum(first.counts.values()) == 40
    assert set(first.counts) <= {"accepted", "confirmed"}
    ledger.plan([_intent(make, n) for n in range(1, 41)])
    assert run().counts == {}
    assert len(sandbox.effects()) == 40


@pytest.mark.parametrize(("days", "result", "posts"), [(29, "accepted", 1), (30, "unknown", 0)])
def test_nothing_is_repeated_once_the_id_may_be_forgotten(port, sandbox, routed, make, days, result, posts):
    """A try of long ago that the middleware holds nothing of: sent again while the id is known for sure, else for a person."""
    routed("erp-main", "erp")
    delivery = make.delivery(1, tried=True, tried_at=make.now - timedelta(days=days))
    assert getattr(port.read_back(delivery), "result", "accepted") == result, "the engine, too, hears that it must not go again"
    [verdict] = port.send([delivery])
    assert verdict.result == result
    assert len([call for call in sandbox.calls() if call[:2] == ("POST", "/v1/messages")]) == posts


def test_what_may_be_forgotten_is_looked_up_all_the_same(port, routed, make):
    """The middleware still has it: accepted, however long ago that was."""
    routed("erp-main", "erp")
    port.send([make.delivery(1)])
    again = make.delivery(1, tried=True, tried_at=make.now - timedelta(days=60))
    assert [v.result for v in port.send([again])] == ["accepted"]
