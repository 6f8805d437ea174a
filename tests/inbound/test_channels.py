"""Events are kept under the channel that proved itself: what a body says of its sender takes no other one's place."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from inbound_door import EVENT
from ledger_database import empty_database, make_ledger

from colophon.domain.delivery import Intent, Verdict
from colophon.inbound import SOURCES
from colophon.inbound.readings import arrival_of
from colophon.ledger import Ledger
from colophon.ledger.inbox import OURS, Arrival
from colophon.systems.opentext_exstream import collect as exstream
from colophon.systems.opentext_exstream.outcome_source import OutcomeFile
from colophon.systems.opentext_exstream.outcomes import LETTER
from colophon.systems.opentext_exstream.outcomes import arrival as letter_arrival
from colophon.systems.opentext_exstream.records import Outcome
from colophon.systems.xconnector.arrivals import arrival
from colophon.systems.xconnector.inbox import drain_inbox
from colophon.systems.xconnector.records import Event, Item

DAY = datetime(2026, 5, 1, tzinfo=UTC)
PLACE = ("exstream__royalty_statements", "2026H1:standard")


@pytest.fixture
def ledger(tmp_path):
    """A ledger with one letter at the composer."""
    url = empty_database(tmp_path)
    make_ledger(url)
    with Ledger.open(url) as opened:
        opened.plan([Intent(*PLACE, "statement:1", "C", b"{}", "application/json", DAY)])
        [delivery] = opened.claim(*PLACE, owner="me", lease_s=60, limit=9)
        opened.finish([Verdict(delivery.id, "accepted", "job1/1")], owner="me")
        yield SimpleNamespace(book=opened, letter=delivery.id)


def outcome(ledger, name="o-1001", **changes) -> Outcome:
    """What the composer says of the letter."""
    told = {"id": name, "type": "bounced", "at": "2030-01-01T00:00:00Z", "deliveryId": ledger.letter, "reason": "mailbox_full", "seq": 7}
    return Outcome.model_validate({**told, **changes})


def forged(name: str, source: str) -> Event:
    """A good event of the middleware that calls itself by another system's name."""
    return Event.model_validate({**EVENT, "id": name, "source": source})


@pytest.mark.parametrize("way", ["webhook", "poll"])
def test_an_event_of_the_middleware_takes_no_other_systems_place(ledger, way):
    """The composer's own word under the same id is taken as if nothing had been."""
    event = forged("o-1001", "exstream")
    if way == "webhook":
        body = json.dumps({**EVENT, "id": "o-1001", "source": "exstream"}).encode()
        assert ledger.book.inbox.take(*arrival_of("xconnector", "o-1001", body, is_named=True)) == "new"
    else:
        box = [[Item("t-1", 1, event)], []]
        client = SimpleNamespace(
            settings=SimpleNamespace(extra=SimpleNamespace(mode="xc1")), seal=None, fetch_inbox=lambda: box.pop(0), ack=list
        )
        assert drain_inbox(ledger.book, client) == 1
    exstream.take(ledger.book, outcome(ledger))
    assert exstream.apply_inbox(ledger.book, connection="x", at=DAY) == {"bounced": 1}
    assert list(ledger.book.exceptions.open()) == []


@pytest.mark.parametrize("said", [*SOURCES, "colophon", "colophon:/colophon/acknowledgements", "exstream:x", ""])
def test_no_name_in_a_body_leads_into_another_channel(said):
    """Whatever an event of the middleware calls itself, it is told as heard there; what we conclude ourselves is told as ours."""
    if said:
        assert arrival(forged("e-1", said)).source == f"xconnector:{said}"
    assert arrival(forged("e-1", "/erp")).source == "/erp"
    assert arrival(forged("e-1", "/colophon/acknowledgements"), OURS).source == "colophon:/colophon/acknowledgements"
    assert arrival(forged("e-1", "/colophon/acknowledgements")).source == "/colophon/acknowledgements"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("exstream", {"id": "o-1", "type": "delivered", "at": "2026-05-01T09:00:00Z", "caseReference": "C", "source": "push"}),
        ("bytenite", {"seq": 1, "type": "x", "videoId": "v", "at": "2026-05-01T09:00:00Z", "data": {}, "source": "push"}),
        ("fourallportal", {"event": "UPDATE", "module": "product", "objectId": "1", "source": "push"}),
    ],
)
def test_the_other_channels_have_one_name(name, body):
    """No field of theirs is a name of a sender."""
    assert arrival_of(name, "w-1", json.dumps(body).encode(), is_named=True).source == name


@pytest.mark.parametrize("way", ["webhook", "feed", "file"])
def test_another_body_under_a_known_id_is_an_exception_whichever_way_it_comes(ledger, way):
    """The first one stands, and a person is told; nothing is dropped without a word."""
    exstream.take(ledger.book, outcome(ledger))
    other = outcome(ledger, type="delivered")
    if way == "webhook":
        assert ledger.book.inbox.take_all([letter_arrival(other)]) == ["conflict"]
    else:
        extra = SimpleNamespace(outcome_source=(way,) if way == "feed" else ("files",))
        outcomes = SimpleNamespace(files=lambda: [OutcomeFile("f" * 64, (other,), ())])
        client = SimpleNamespace(
            settings=SimpleNamespace(extra=extra), outcomes=outcomes, iter_outcomes=lambda _: [other], clock=lambda: DAY
        )
        assert exstream.take_outcomes(ledger.book, client, connection="x") == {"bounced": 1}
    [problem] = ledger.book.exceptions.open()
    assert (problem.destination, problem.rule, problem.subject) == ("exstream", "HOOK", "event:o-1001")


def test_a_name_that_is_too_long_is_parked_and_told_apart(ledger):
    """On every database the same: nothing is cut so that two events become one, and nothing stops the others."""
    long = ["x" * 200 + tail for tail in "ab"]
    assert ledger.book.inbox.take_all([Arrival("exstream", name, LETTER, b"{}") for name in (*long, "short")]) == ["new"] * 3
    assert ledger.book.inbox.take("exstream", long[0], LETTER, b"{}") == "seen"
    assert [note for _, note in ledger.book.inbox.noted("parked")] == ["its source, id or type is too long"] * 2
    assert [item.id for item in ledger.book.inbox.pending([LETTER])] == ["short"]
