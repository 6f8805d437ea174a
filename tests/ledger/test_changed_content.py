"""Content that was changed in the ledger's database is not sent under its old hash; everything else goes."""

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from colophon.deliver import deliver
from colophon.domain.delivery import Intent, Verdict
from colophon.errors import ContentChangedError
from colophon.ledger import Ledger

T = datetime(2026, 11, 29, tzinfo=UTC)
PLACE = ("exstream__royalty_statements", "2026H1:standard")
FEED = ("xconnector__metadata_syndication", "kobo")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty one."""
    with Ledger.open(ledger_url) as opened:
        yield opened


def intent(number: int, place=PLACE, *, bundled: bool = False, delivery_class: str = "A", due: str = "39.71") -> Intent:
    """A statement, or a title of a feed."""
    body = json.dumps({"Due": due, "number": number}).encode()
    return Intent(*place, f"statement:{number}", delivery_class, body, "application/json", T, bundled=bundled)


def change(ledger: Ledger, digest: str, body: bytes | None) -> None:
    """What somebody with the database's password does; None takes the row away."""
    engine = create_engine(ledger.url)
    with engine.begin() as connection:
        if body is None:
            connection.execute(text("DELETE FROM content WHERE hash = :hash"), {"hash": digest})
        else:
            connection.execute(text("UPDATE content SET body = :body WHERE hash = :hash"), {"body": body, "hash": digest})
    engine.dispose()


class Post:
    """A system that takes all."""

    delivery_class, batch, settle_s = "A", 2, 0.0

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def send(self, deliveries) -> list[Verdict]:
        self.taken += [delivery.content for delivery in deliveries]
        return [Verdict(delivery.id, "accepted", f"r-{delivery.id}") for delivery in deliveries]

    def read_back(self, _delivery) -> None:
        """Nothing is asked for."""


OTHER = [zlib.compress(b'{"Due": "3971.00"}'), b"no compressed bytes", b"", None]


@pytest.mark.parametrize("body", OTHER, ids=["other", "damaged", "empty", "gone"])
def test_a_changed_statement_is_not_sent_and_the_others_are(ledger, body):
    """It fails with a code that says why; nothing of it leaves, in whatever order it stands."""
    intents = [intent(number) for number in range(5)]
    ledger.plan(intents)
    change(ledger, intents[0].content_hash, body)
    change(ledger, intents[1].content_hash, body)  # a whole portion of them stops nothing
    post = Post()
    deliver(ledger, post, use_case=PLACE[0], destination=PLACE[1], owner="me", lease_s=60, sleep=lambda _: None)
    assert sorted(post.taken) == [planned.content for planned in intents[2:]]
    states = {row.subject: (row.state, row.code) for row in ledger.all_of(*PLACE)}
    assert states["statement:0"] == states["statement:1"] == ("failed", "refused.content")
    assert {states[f"statement:{number}"] for number in (2, 3, 4)} == {("accepted", "")}
    assert ledger.claim(*PLACE, owner="me", lease_s=60, limit=9) == []


def test_a_row_that_is_brought_back_goes_when_a_person_sends_it_again(ledger):
    """The remedy of the error works."""
    planned = intent(1)
    ledger.plan([planned])
    change(ledger, planned.content_hash, OTHER[0])
    assert ledger.claim(*PLACE, owner="me", lease_s=60, limit=9) == []
    change(ledger, planned.content_hash, zlib.compress(planned.content))
    assert ledger.redrive(*PLACE) == 1
    [delivery] = ledger.claim(*PLACE, owner="me", lease_s=60, limit=9)
    assert delivery.content == planned.content


@pytest.mark.parametrize("body", OTHER[:3], ids=["other", "damaged", "empty"])
def test_what_is_read_by_its_hash_is_what_was_planned(ledger, body):
    """Whoever compares, shows or approves content gets it whole, or an error that says what to do."""
    planned = intent(1)
    ledger.plan([planned])
    assert ledger.content(planned.content_hash) == planned.content
    change(ledger, planned.content_hash, body)
    with pytest.raises(ContentChangedError, match="not what was planned") as raised:
        ledger.content(planned.content_hash)
    assert "redrive" in str(raised.value)
    assert "3971" not in str(raised.value)


def bundle(ledger: Ledger) -> list[str]:
    """The titles that wait, as a feed."""
    return ledger.bundle(*FEED, as_of=T, max_products=10, max_bytes=10**6, labels={})


@pytest.mark.parametrize("body", OTHER[:3], ids=["other", "damaged", "empty"])
def test_a_changed_title_stays_out_of_its_feed(ledger, body):
    """The feed goes without it, and an exception names it until a newer record replaces it."""
    intents = [intent(number, FEED, bundled=True) for number in range(3)]
    ledger.plan(intents)
    change(ledger, intents[1].content_hash, body)
    [feed] = bundle(ledger)
    assert list(ledger.members(feed)) == [intents[0].content, intents[2].content]
    [problem] = ledger.exceptions.open()
    assert (problem.rule, problem.subject, problem.destination, problem.owner) == ("CONTENT", "statement:1", "kobo", "operations")
    ledger.plan([intent(1, FEED, bundled=True, due="40.00")])
    [second] = bundle(ledger)
    assert [json.loads(member)["Due"] for member in ledger.members(second)] == ["40.00"]
    assert ledger.exceptions.open() == []


def test_a_title_that_is_changed_after_it_was_bundled_keeps_its_feed_back(ledger):
    """The file is not made from it."""
    intents = [intent(number, FEED, bundled=True) for number in range(2)]
    ledger.plan(intents)
    [feed] = bundle(ledger)
    change(ledger, intents[1].content_hash, OTHER[0])
    with pytest.raises(ContentChangedError):
        list(ledger.members(feed))
