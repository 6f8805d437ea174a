"""Sizes, batches, claim check, and verdicts when something goes wrong half-way; without a network."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from colophon.errors import FeatureMissingError, InvalidError, ServerError, TransportError
from colophon.http.jsontext import write_json
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.mapping import to_wire
from colophon.systems.xconnector.records import Fault, Verdict
from colophon.systems.xconnector.sending import batches
from colophon.systems.xconnector.settings import XConnectorSettings
from colophon.systems.xconnector.transport import EventTransport

NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Recorder(EventTransport):
    """Takes batches, or answers what it was told to."""

    mode = "recorder"

    def __init__(self):
        self.batches, self.payloads, self.answers = [], [], []

    def test(self):
        return None

    def send(self, events):
        self.batches.append([to_wire(e) for e in events])
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer(events) if answer else [Verdict(e.id, "accepted", f"m-{e.id}") for e in events]

    def put_payload(self, file, payload):
        self.payloads.append(file.read())
        return payload.model_copy(update={"url": f"xc1:payload:{payload.sha256}"})


@pytest.fixture
def client():
    """A client over the recorder."""
    made = XConnectorClient(XConnectorSettings.from_connection("https://x.example", "t", {}))
    made.close()
    made.transport = Recorder()
    return made


def event(client, n=1, size=0):
    """An event whose data is exactly `size` bytes of JSON (or as small as can be)."""
    data = {"isbn": f"978{n:010d}", "revision": 1, "reason": ""}
    data["reason"] = "x" * max(size - len(write_json(data)), 0)
    return client.make_event("title.withdrawn", f"isbn:978{n:010d}", "erp-main", data, 1, at=NOW)


@pytest.mark.parametrize(("size", "inline"), [(49_152, True), (49_153, False), (65_536, False), (300_000, False)])
def test_12_large_data_goes_by_reference(client, size, inline):
    """Up to 48 KiB inline, above by claim check; no event is ever above 64 KiB; the id does not change."""
    big = event(client, size=size)
    assert len(write_json(big.data)) == size
    assert client.send([big])[0].status == "accepted"
    sent = client.transport.batches[0][0]
    assert (sent["data"] == big.data) is inline
    assert sent["id"] == big.id
    assert len(write_json(sent)) <= 65_536
    if not inline:
        assert client.transport.payloads == [write_json(big.data)]
        assert sent["data"]["payload"]["bytes"] == size


def test_12_events_above_64_kib_are_never_sent(client):
    """An envelope that is too large by itself is refused here; the others go."""
    huge = event(client).model_copy(update={"correlationid": "c" * 70_000})
    verdicts = client.send([event(client, 2), huge, event(client, 3)])
    assert [v.status for v in verdicts] == ["accepted", "refused", "accepted"]
    assert len(client.transport.batches[0]) == 2


def test_12_too_large_for_the_middleware_goes_by_reference(client):
    """A 413 on one event switches to claim check; when that is too large as well, it is refused."""
    client.transport.answers = [lambda events: [Verdict(e.id, "refused", error=Fault(code="too_large")) for e in events]]
    assert client.send([event(client)])[0].status == "accepted"
    assert set(client.transport.batches[1][0]["data"]) == {"payload"}
    no = lambda events: [Verdict(e.id, "refused", error=Fault(code="http_413")) for e in events]
    client.transport.answers = [no, no]
    assert client.send([event(client)])[0].status == "refused"


def test_batches_by_count_and_bytes(client):
    """At most 100 events and 1 MiB; order kept, none lost."""
    events = [event(client, n, 40_000) for n in range(60)] + [event(client, n) for n in range(60, 300)]
    assert [v.event_id for v in client.send(events)] == [e.id for e in events]
    sent = client.transport.batches
    assert [e["id"] for batch in sent for e in batch] == [e.id for e in events]
    assert max(len(batch) for batch in sent) == 100
    assert max(len(write_json(batch)) for batch in sent) <= 1_048_576
    assert list(batches([], most=1, most_bytes=1)) == []


def test_first_batch_raises(client):
    """Nothing was taken: the error itself says what to do."""
    client.transport.answers = [TransportError("away")]
    with pytest.raises(TransportError):
        client.send([event(client)])


@pytest.mark.parametrize(
    ("problem", "word"), [(TransportError("away"), "not_sent"), (ServerError("lost"), "unknown"), (InvalidError("bad"), "refused")]
)
def test_later_batch_fails(client, problem, word):
    """What was answered stands; the failing batch gets its verdict, the rest was not sent."""
    client.transport.answers = [None, problem]
    verdicts = client.send([event(client, n) for n in range(250)])
    assert {v.status for v in verdicts[:100]} == {"accepted"}
    assert {v.status for v in verdicts[100:200]} == {word}
    assert {v.status for v in verdicts[200:]} == {"not_sent"}
    assert len(client.transport.batches) == 2


def test_event_id_is_for_ever(client):
    """The same said again is the same event; anything else said is another. Pinned: a change would send everything again."""
    data = {"isbn": "9781234567897", "revision": 1, "reason": "r"}

    def build(**changes):
        args = {
            "event_type": "title.withdrawn",
            "subject": "isbn:9781234567897",
            "recipient": "erp",
            "data": data,
            "revision": 1,
            "at": NOW,
        }
        return client.make_event(**{**args, **changes})

    assert build().id == "60a826cc-f84a-5380-8d44-cb4d66bd7bd1"
    assert build(at=NOW + timedelta(days=1), correlation="run", expires=NOW).id == build().id
    others = [build(revision=2), build(recipient="bi"), build(subject="isbn:x"), build(data={**data, "reason": "s"})]
    assert len({e.id for e in (build(), *others)}) == 5
    assert build(content_hash="h").id == build(content_hash="h", data={**data, "reason": "s"}).id


def test_envelope(client):
    """Attributes as in contract section 3; times with Z, the sequence as 20 digits."""
    built = client.make_event("title.withdrawn", "isbn:1", "erp", {"isbn": "9781234567897", "revision": 42, "reason": None}, 42, at=NOW)
    assert json.loads(write_json(to_wire(built))) == {
        "specversion": "1.0",
        "id": built.id,
        "source": "/colophon/default",
        "type": "colophon.title.withdrawn.v1",
        "subject": "isbn:1",
        "time": "2026-05-01T00:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:colophon:schema:title:1",
        "recipient": "erp",
        "sequence": "00000000000000000042",
        "data": {"isbn": "9781234567897", "revision": 42, "reason": None},
    }


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"isbn": "9781234567897", "revision": 1},
        {"isbn": "9781234567897", "revision": "1", "reason": "r"},
        {"isbn": "9781234567897", "revision": None, "reason": "r"},
        {"isbn": "123", "revision": 1, "reason": "r"},
        {"isbn": "9781234567897", "revision": 1, "reason": "r", "iban": "c4n4ry"},
        [],
    ],
)
def test_data_that_does_not_fit_is_refused(client, data):
    """Missing, ill-typed, unknown: named by place, not by value."""
    with pytest.raises(InvalidError) as caught:
        client.make_event("title.withdrawn", "isbn:1", "erp", data, 1, at=NOW)
    assert "c4n4ry" not in str(caught.value)


def test_unknown_type(client):
    """Only types of the contract are made."""
    with pytest.raises(InvalidError):
        client.make_event("title.burnt", "isbn:1", "erp", {}, 1, at=NOW)


def test_link_mode_needs_a_signer():
    """Without storage that signs links, large content cannot go, and the remedy is said."""
    with (
        XConnectorClient(XConnectorSettings.from_connection("https://x.example", "t", {})) as client,
        pytest.raises(FeatureMissingError, match="upload"),
    ):
        client.send([event(client, size=60_000)])


def test_link_mode_publishes_a_signed_link(client):
    """The link and its end are the signer's."""
    ends = NOW + timedelta(days=7)
    settings = XConnectorSettings.from_connection("https://x.example", "t", {})
    with XConnectorClient(settings, link=lambda file, payload: (f"https://store.example/{payload.sha256}?sig=1", ends)) as linked:
        reference = linked._by_reference(event(client, size=60_000)).data["payload"]
    assert reference["url"].startswith("https://store.example/")
    assert reference["expiresAt"] == "2026-05-08T00:00:00Z"
