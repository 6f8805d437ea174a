"""Events that were accepted and make no sense: each is parked as an exception, and everybody else's go on."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from ledger_database import empty_database, make_ledger

from colophon.config.load import load_config
from colophon.domain.delivery import Intent, Verdict
from colophon.errors import TransportError
from colophon.ledger import Ledger
from colophon.systems.xconnector.collect import MOST_TROUBLES, collect_outcomes
from colophon.systems.xconnector.inbox import drain_inbox
from colophon.systems.xconnector.records import Event, Item
from colophon_sandbox.systems.xconnector.acknowledgements import Header, Record, acknowledgement

DAY = datetime(2026, 5, 1, tzinfo=UTC)
USE_CASE = "xconnector__metadata_syndication"
CONFIG = load_config()
SHOP, OTHER = CONFIG.recipients["kobo"], CONFIG.recipients["distributor-short"]
TYPE = "com.example.onix.acknowledgement.v1"
TAKEN = "9780000000099"
PAYLOAD = {"url": "/p", "sha256": "0" * 64, "bytes": 1, "mediaType": "application/xml"}
GOOD = {"recipient": SHOP.id, "messageNumber": 1, "payload": PAYLOAD}


class Middleware:
    """One whose payloads are acknowledgements of message 1, but for those that are away or of no use."""

    settings = SimpleNamespace(extra=SimpleNamespace(type_prefix="com.example.", deliver_within=7200, mode="xc1"))
    seal = None

    def __init__(self, *items: Item) -> None:
        self.items, self.taken, self.given_back = list(items), [], []

    def fetch_inbox(self) -> list[Item]:
        items, self.items = self.items, []
        return items

    def receipts(self, _recipient: str, _known: object) -> list[object]:
        return []

    def ack(self, tokens: list[str]) -> None:
        self.taken += tokens

    def nack(self, tokens: list[str], _reason: str) -> None:
        self.given_back += tokens

    def get_payload(self, payload: SimpleNamespace, to: IO[bytes]) -> None:
        if payload.url == "/away":
            raise TransportError("the connection was refused", system="xconnector")
        words = acknowledgement(Header(SHOP.id, "us", 1, "2026-05-01T00:00:00Z"), [Record("r.isbn:1", TAKEN)])
        to.write(b"<no XML" if payload.url == "/broken" else words)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Message 1 to the shop is under way."""
    url = empty_database(tmp_path)
    make_ledger(url)
    with Ledger.open(url, clock=lambda: DAY) as opened:
        label = {"record_reference": "r.isbn:1"}
        opened.plan([Intent(USE_CASE, SHOP.id, "isbn:1", "A", b"1", "application/xml", DAY, bundled=True, labels=label)])
        opened.bundle(USE_CASE, SHOP.id, as_of=DAY, max_products=10, max_bytes=10**6, labels={})
        (feed,) = opened.claim(USE_CASE, SHOP.id, owner="me", lease_s=900, limit=1)
        opened.finish([Verdict(feed.id, "accepted")], owner="me")
        yield opened


def take(ledger: Ledger, name: str, data: object, **more: object) -> str:
    """An acknowledgement comes in."""
    return ledger.inbox.take("/mw", name, TYPE, json.dumps({"id": name, "data": data, **more}).encode())


def look(ledger: Ledger, middleware: Middleware | None = None, profile=SHOP) -> Mapping[str, int]:
    """One look for a recipient."""
    client = middleware or Middleware()
    return collect_outcomes(ledger, client, use_case=USE_CASE, profile=profile, owner_of=CONFIG.owners.of, as_of=DAY)


def exceptions(ledger: Ledger) -> list[tuple[str, str, str, str]]:
    """What is open: whose it is, of what, by which rule, found."""
    return [(e.destination, e.subject, e.rule, e.found) for e in ledger.exceptions.open()]


@pytest.mark.parametrize(
    ("data", "whose", "why"),
    [
        (None, "/mw", "the acknowledgement names no recipient"),
        ("text", "/mw", "the acknowledgement names no recipient"),
        ({"recipient": 7}, "/mw", "the acknowledgement names no recipient"),
        ({**GOOD, "payload": None}, SHOP.id, "the acknowledgement has no payload"),
        ({**GOOD, "messageNumber": "x"}, SHOP.id, "the acknowledgement names no message"),
        ({**GOOD, "messageNumber": 10**30}, SHOP.id, "the acknowledgement names no message"),
        ({**GOOD, "messageNumber": 7}, SHOP.id, f"{SHOP.id} acknowledges message 7, which it never got"),
        ({**GOOD, "payload": {"url": 7}}, SHOP.id, "the answer has no Payload of the contract's shape"),
        ({**GOOD, "payload": {**PAYLOAD, "url": "/broken"}}, SHOP.id, "the acknowledgement is not well-formed XML"),
    ],
)
def test_an_odd_acknowledgement_is_parked_and_the_rest_goes_on(ledger: Ledger, data: object, whose: str, why: str) -> None:
    """Whoever looks first; the next event is dealt with in the same look, and the odd one is an exception with its reason."""
    take(ledger, "a-odd", data)
    take(ledger, "b-good", GOOD)
    assert look(ledger, profile=OTHER)["acknowledged"] == 0
    look(ledger)
    assert [item.id for item, _ in ledger.inbox.noted("parked")] == ["a-odd"]
    assert ledger.counts(USE_CASE)[SHOP.id]["confirmed"] == 1
    ((destination, subject, rule, found),) = exceptions(ledger)
    assert (destination, subject, rule) == (whose, "event:a-odd", "ACK-UNREADABLE")
    assert found == why


def test_what_is_mended_is_taken_and_its_exception_closed(ledger: Ledger) -> None:
    """A parked event that waits again and can be read now is done with."""
    take(ledger, "early", {**GOOD, "payload": {**PAYLOAD, "url": "/broken"}})
    look(ledger)
    assert len(exceptions(ledger)) == 1
    ledger.inbox.again("/mw", "early")
    middleware = Middleware()
    middleware.get_payload = lambda _payload, to: Middleware().get_payload(SimpleNamespace(url="/p"), to)
    look(ledger, middleware)
    assert exceptions(ledger) == []


def test_one_that_cannot_be_fetched_now_keeps_no_other_waiting(ledger: Ledger) -> None:
    """The look ends with its error, so that it is tried again; what could be read is taken, and nothing is parked."""
    take(ledger, "a-away", {**GOOD, "payload": {**PAYLOAD, "url": "/away"}})
    take(ledger, "b-good", GOOD)
    with pytest.raises(TransportError):
        look(ledger)
    assert [item.id for item in ledger.inbox.pending([TYPE])] == ["a-away"]
    assert exceptions(ledger) == []


def test_a_look_does_not_ask_for_ever(ledger: Ledger) -> None:
    """Where nothing can be fetched it ends, instead of waiting for each."""
    asked = []
    middleware = Middleware()

    def away(payload: object, _to: object) -> None:
        asked.append(payload)
        raise TransportError("the connection was refused", system="xconnector")

    middleware.get_payload = away
    for number in range(MOST_TROUBLES + 5):
        take(ledger, f"a-{number:03}", GOOD)
    with pytest.raises(TransportError):
        look(ledger, middleware)
    assert len(asked) == MOST_TROUBLES


def test_many_of_one_recipient_keep_no_other_waiting(ledger: Ledger) -> None:
    """A thousand that nobody takes stand before one."""
    for number in range(1001):
        take(ledger, f"a-{number:04}", {"recipient": "closed-shop", "messageNumber": 1, "payload": PAYLOAD})
    take(ledger, "b-good", GOOD)
    assert look(ledger)["acknowledged"] == 1
    assert ("/mw", "b-good") not in ledger.inbox.waiting([TYPE])


def polled(token: str, name: str, data: dict[str, object]) -> Item:
    """An event as the poll brings it."""
    return Item(token, 1, Event(id=name, source="/mw", type=TYPE, subject="feed:x", time=DAY, data=data))


def test_a_reused_id_that_comes_by_poll_is_an_exception(ledger: Ledger) -> None:
    """The first body is kept, the middleware is rid of the second one, and somebody is told."""
    drain_inbox(ledger, Middleware(polled("t-1", "e-1", GOOD)))
    assert exceptions(ledger) == []
    again = Middleware(polled("t-2", "e-1", {**GOOD, "messageNumber": 2}), polled("t-3", "e-2", GOOD))
    assert (drain_inbox(ledger, again), again.taken) == (1, ["t-2", "t-3"])
    assert exceptions(ledger) == [("/mw", "event:e-1", "HOOK", "the same id with another body; the first one is kept")]
    assert json.loads(ledger.inbox.pending([TYPE])[0].body)["data"]["messageNumber"] == 1


def test_an_event_whose_name_cannot_be_kept_is_given_back(ledger: Ledger) -> None:
    """And those that came with it are taken."""
    middleware = Middleware(polled("t-1", "x" * 129, GOOD), polled("t-2", "e-2", GOOD))
    assert (drain_inbox(ledger, middleware), middleware.taken, middleware.given_back) == (1, ["t-2"], ["t-1"])
