"""What a recipient rejects in ONIX becomes a notice in our inbox, and so does that it takes it later: once each, whatever comes again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from ledger_database import make_ledger

from colophon.config.load import load_config
from colophon.domain.delivery import Intent, Verdict
from colophon.errors import NotFoundError
from colophon.http.jsontext import write_json
from colophon.ledger import Ledger
from colophon.systems.xconnector.collect import collect_outcomes
from colophon_sandbox.systems.xconnector.acknowledgements import VERDICTS, Header, Record, acknowledgement

DAY = datetime(2026, 5, 1, tzinfo=UTC)
USE_CASE = "xconnector__metadata_syndication"
CONFIG = load_config()
SHOP = CONFIG.recipients["kobo"]
REJECTED, TAKEN = "9780000000013", "9780000000099"
NOTICES = ["*delivery.failure.v1", "*delivery.recovered.v1"]


class Middleware:
    """A middleware with one acknowledgement."""

    seal = None
    settings = SimpleNamespace(extra=SimpleNamespace(type_prefix="com.example.", deliver_within=7200, mode="xc1"))

    def __init__(self, document: bytes) -> None:
        self.document = document

    def fetch_inbox(self) -> list[object]:
        return []

    def receipts(self, _recipient: str, _known: object) -> list[object]:
        return []

    def get_status(self, message_id: str) -> object:
        raise NotFoundError(f"{message_id} is past its retention", system="xconnector")

    def get_payload(self, _payload: object, to: IO[bytes]) -> None:
        to.write(self.document)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty one, whose clock `later` moves."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: NOW[0]) as opened:
        NOW[0] = DAY
        yield opened


NOW = [DAY]


def send(ledger: Ledger, *subjects: str) -> None:
    """One message of these titles, as they are today, accepted by the middleware."""
    NOW[0] += timedelta(days=1)
    content = f"{NOW[0]}".encode()
    intents = [
        Intent(USE_CASE, SHOP.id, s, "A", content, "application/xml", NOW[0], bundled=True, labels={"record_reference": f"r.{s}"})
        for s in subjects
    ]
    ledger.plan(intents)
    ledger.bundle(USE_CASE, SHOP.id, as_of=NOW[0], max_products=10, max_bytes=10**6, labels={})
    (feed,) = ledger.claim(USE_CASE, SHOP.id, owner="me", lease_s=900, limit=1)
    ledger.finish([Verdict(feed.id, "accepted", f"m-{feed.revision}")], owner="me")


def answers(ledger: Ledger, number: int, **verdicts: str) -> list[tuple[str, str]]:
    """The shop acknowledges a message: the notices that wait then, by kind and ISBN."""
    NOW[0] += timedelta(hours=1)
    # The sandbox rejects what ends in 13, and takes what ends in 99; a reference is the same whatever it says of it.
    records = [Record(f"r.isbn:{isbn.removeprefix('_')}", {"rejected": REJECTED, "taken": TAKEN}[word]) for isbn, word in verdicts.items()]
    payload = {"url": "/p", "sha256": "0" * 64, "bytes": 1, "mediaType": "application/xml"}
    event = {"data": {"recipient": SHOP.id, "messageNumber": number, "payload": payload}}
    ledger.inbox.take("/shop", f"ack-{NOW[0]}", "com.example.onix.acknowledgement.v1", write_json(event))
    middleware = Middleware(acknowledgement(Header(SHOP.id, "us", number, "2026-05-01T00:00:00Z"), records))
    collect_outcomes(ledger, middleware, use_case=USE_CASE, profile=SHOP, owner_of=CONFIG.owners.of, as_of=NOW[0])
    return waiting(ledger)


def waiting(ledger: Ledger) -> list[tuple[str, str]]:
    """Notices that nobody has dealt with, by kind and ISBN."""
    return [(item.type.split(".")[-2], json.loads(item.body)["data"]["isbn"]) for item in ledger.inbox.pending(NOTICES)]


def test_a_rejection_is_a_notice_and_what_is_taken_is_none(ledger: Ledger) -> None:
    """It says title, fault, who, why and when, as a counterpart's own would."""
    send(ledger, "isbn:1", "isbn:2")
    assert answers(ledger, 1, _1="rejected", _2="taken") == [("failure", "1")]
    [item] = ledger.inbox.pending(NOTICES)
    event = json.loads(item.body)
    told = {"isbn": "1", "fault": "rejected_metadata", "system": SHOP.id, "severity": "error", "code": "price_not_agreed"}
    assert event["data"] | told == event["data"]
    assert (event["type"], event["subject"]) == ("com.example.delivery.failure.v1", "isbn:1")
    assert datetime.fromisoformat(event["data"]["at"]) == NOW[0]


def test_the_same_acknowledgement_twice_is_one_notice(ledger: Ledger) -> None:
    """Sent again under another id."""
    send(ledger, "isbn:1")
    answers(ledger, 1, _1="rejected")
    assert answers(ledger, 1, _1="rejected") == [("failure", "1")]


def test_a_later_feed_that_is_taken_is_told_once(ledger: Ledger) -> None:
    """And then no more, however often the title is sent; rejected again, it is told again."""
    send(ledger, "isbn:1", "isbn:2")
    answers(ledger, 1, _1="rejected", _2="taken")
    send(ledger, "isbn:1", "isbn:2")
    assert answers(ledger, 2, _1="taken", _2="taken") == [("failure", "1"), ("recovered", "1")]
    send(ledger, "isbn:1", "isbn:2")
    assert len(answers(ledger, 3, _1="taken", _2="taken")) == 2
    send(ledger, "isbn:1")
    assert answers(ledger, 4, _1="rejected")[2:] == [("failure", "1")]


def test_a_late_word_on_an_older_feed_is_none(ledger: Ledger) -> None:
    """The second message was taken before the first one was rejected: nobody has to mend what is mended."""
    send(ledger, "isbn:1", "isbn:2")
    send(ledger, "isbn:1", "isbn:2")
    answers(ledger, 2, _1="taken", _2="rejected")
    assert answers(ledger, 1, _1="rejected", _2="taken") == [("failure", "2")]
    assert [(row.rule, row.subject) for row in ledger.exceptions.open() if row.rule == "ACK"] == [("ACK", "isbn:2")]


def test_a_rejection_without_a_reason_is_an_exception(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is rejected and has no error among its details, or none at all."""
    monkeypatch.setitem(VERDICTS, "13", ("03", "I", "", ""))
    send(ledger, "isbn:1")
    assert answers(ledger, 1, _1="rejected") == [("failure", "1")]
    assert [(row.rule, row.subject, row.field) for row in ledger.exceptions.open()] == [("ACK", "isbn:1", "RecordStatus")]


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"recipient": SHOP.id, "messageNumber": "first", "payload": {}},
        {"recipient": SHOP.id, "messageNumber": 1, "payload": None},
        {"recipient": SHOP.id, "messageNumber": 1, "payload": {"url": 3}},
    ],
)
def test_an_acknowledgement_that_cannot_be_read_is_parked_and_holds_up_nobody(ledger: Ledger, data: object) -> None:
    """The next one is dealt with; it says why."""
    send(ledger, "isbn:1")
    ledger.inbox.take("/shop", "bad", "com.example.onix.acknowledgement.v1", write_json({"data": data}))
    assert answers(ledger, 1, _1="rejected") == [("failure", "1")]
    assert [(item.id, bool(note)) for item, note in ledger.inbox.noted("parked")] == [("bad", True)]


def test_a_title_without_an_isbn_has_no_notice(ledger: Ledger) -> None:
    """Nobody could find it in Consonance by that; the exception of its acknowledgement stands."""
    send(ledger, "product:7")
    NOW[0] += timedelta(hours=1)
    payload = {"url": "/p", "sha256": "0" * 64, "bytes": 1, "mediaType": "application/xml"}
    event = {"data": {"recipient": SHOP.id, "messageNumber": 1, "payload": payload}}
    ledger.inbox.take("/shop", "ack", "com.example.onix.acknowledgement.v1", write_json(event))
    document = acknowledgement(Header(SHOP.id, "us", 1, "2026-05-01T00:00:00Z"), [Record("r.product:7", REJECTED)])
    collect_outcomes(ledger, Middleware(document), use_case=USE_CASE, profile=SHOP, owner_of=CONFIG.owners.of, as_of=NOW[0])
    assert (waiting(ledger), len(ledger.exceptions.open())) == ([], 1)
