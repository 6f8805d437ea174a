"""Messages that carry many titles: how they are cut, numbered and described, and which of them nobody has answered."""

import json
from datetime import datetime, timedelta

import pytest
from kobo import DAY, bundle, claim, clock, intent, ledger, send, told
from moving_clock import Clock

from colophon.ledger import Ledger
from colophon.ledger.acknowledged import Acknowledged

__all__ = ["clock", "ledger"]
HOUR = timedelta(hours=1)


def plan(ledger: Ledger, *subjects: str, content: bytes = b"1234", **more) -> None:
    """Titles that go in messages."""
    ledger.plan([intent(subject, content, bundled=True, **more) for subject in subjects])


def manifest(ledger: Ledger, feed_id: str) -> dict:
    """What a message says of itself."""
    found: dict = json.loads(ledger.content_of(feed_id) or b"")
    return found


@pytest.mark.parametrize(
    ("most", "most_bytes", "sizes"),
    [(5, 100, [5]), (4, 100, [4, 1]), (2, 100, [2, 2, 1]), (9, 20, [5]), (9, 19, [4, 1]), (9, 8, [2, 2, 1]), (9, 3, [1] * 5)],
)
def test_a_message_is_as_large_as_a_recipient_takes(ledger: Ledger, most: int, most_bytes: int, sizes: list[int]) -> None:
    """By titles and by bytes, to the last one; a title that is too large by itself goes alone. None is left out, none is twice."""
    plan(ledger, *(f"isbn:{n}" for n in range(5)))
    feeds = ledger.bundle("uc", "kobo", as_of=DAY, max_products=most, max_bytes=most_bytes, labels={})
    assert [len(manifest(ledger, feed)["members"]) for feed in feeds] == sizes
    assert len({member for feed in feeds for member in manifest(ledger, feed)["members"]}) == 5


def test_a_message_says_what_it_is(ledger: Ledger) -> None:
    """Its number, its moment, and whether it is the first that a recipient gets; for people also how many titles are in it."""
    plan(ledger, "isbn:1", "isbn:2")
    (first,) = ledger.bundle("uc", "kobo", as_of=DAY, max_products=9, max_bytes=99, labels={"schema": "3.1"})
    said = manifest(ledger, first)
    assert (said["number"], said["sent_at"], said["full"], len(said["members"])) == (1, DAY.isoformat(), True, 2)
    (feed,) = claim(ledger)
    assert (feed.subject, feed.revision, feed.delivery_class, feed.media_type) == ("feed:kobo", 1, "A", "application/json")
    assert feed.labels == {"schema": "3.1", "message_number": "1", "products": "2", "kind": "full", "part": "1"}
    plan(ledger, "isbn:3")
    (second,) = bundle(ledger)
    assert [manifest(ledger, second)[name] for name in ("number", "full")] == [2, False]
    ledger.plan([intent("isbn:1", destination="shop", bundled=True)])
    (other,) = ledger.bundle("uc", "shop", as_of=DAY, max_products=9, max_bytes=99, labels={})
    assert [manifest(ledger, other)[name] for name in ("number", "full")] == [1, True]


def test_only_what_waits_for_a_recipient_is_put_into_its_messages(ledger: Ledger) -> None:
    """Not what goes on its own, is in a message already, or is another recipient's or use case's."""
    plan(ledger, "isbn:1")
    bundle(ledger)
    ledger.plan([intent("isbn:2"), intent("isbn:3", destination="shop", bundled=True), intent("isbn:4", use_case="other", bundled=True)])
    assert bundle(ledger) == []
    plan(ledger, "isbn:5")
    (second,) = bundle(ledger)
    assert list(ledger.members(second)) == [b"1234"]


@pytest.mark.parametrize(("hours", "goes"), [(-1, False), (0, False), (1, True)])
def test_an_empty_message_goes_where_none_went_since(ledger: Ledger, hours: int, goes: bool) -> None:
    """One with titles counts as well; another recipient's does not."""
    plan(ledger, "isbn:1")
    bundle(ledger)
    empty = ledger.empty_feed("uc", "kobo", as_of=DAY + hours * HOUR, labels={})
    assert len(empty) == goes
    if goes:
        assert {**manifest(ledger, empty[0]), "sent_at": ""} == {"number": 2, "sent_at": "", "full": False, "members": []}
    assert len(ledger.empty_feed("uc", "shop", as_of=DAY - HOUR, labels={})) == 1


def test_what_nobody_has_answered(ledger: Ledger, clock: Clock) -> None:
    """By message, with the titles that it leaves open and since when; what was answered in part stays, what was answered does not."""
    for subjects in (("isbn:1", "isbn:2"), ("isbn:3", "isbn:4", "isbn:5")):
        plan(ledger, *subjects, labels={})
        bundle(ledger)
        (feed,) = send(ledger, "accepted", f"m-{subjects[0]}")
        ledger.record_outcomes([told(feed, "sent", clock.now)])
        clock.now += HOUR

    def unanswered(before: datetime) -> list[tuple[int, datetime, int]]:
        return [tuple(row) for row in ledger.unanswered("uc", "kobo", sent_before=before)]

    assert unanswered(DAY) == []
    assert unanswered(DAY + HOUR) == [(1, DAY, 2)]
    assert unanswered(DAY + 2 * HOUR) == [(1, DAY, 2), (2, DAY + HOUR, 3)]
    assert ledger.unanswered("uc", "shop", sent_before=clock.now) == []
    ledger.acknowledge("kobo", 1, at=clock.now, refusal="no such account")
    assert unanswered(DAY + 2 * HOUR) == [(2, DAY + HOUR, 3)]


def test_a_part_of_a_message_is_answered(ledger: Ledger, clock: Clock) -> None:
    """The others are waited for."""
    ledger.plan([intent(f"isbn:{n}", bundled=True, labels={"record_reference": f"r{n}"}) for n in (1, 2, 3)])
    bundle(ledger)
    (feed,) = send(ledger)
    ledger.record_outcomes([told(feed, "sent")])
    ledger.acknowledge("kobo", 1, [Acknowledged("r1", "confirmed", "", ""), Acknowledged("r2", "failed", "P", "")], at=DAY)
    assert [row.titles for row in ledger.unanswered("uc", "kobo", sent_before=DAY + HOUR)] == [1]
