"""A correction does not queue behind the mistake: a message that certainly never left is made anew, one that may have left goes first."""

import json
from datetime import timedelta

import pytest
from kobo import DAY, claim, clock, intent, ledger, send
from moving_clock import Clock

from colophon.domain.delivery import Verdict
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]
TUESDAY = DAY + timedelta(days=1)


def plan(ledger: Ledger, *subjects: str, content: bytes = b"wrong", as_of=DAY, **more) -> None:
    """Titles that go in messages."""
    ledger.plan([intent(subject, content, bundled=True, as_of=as_of, **more) for subject in subjects])


def bundle(ledger: Ledger, as_of=TUESDAY) -> list[str]:
    """What waits for `kobo` is put into messages."""
    return ledger.bundle("uc", "kobo", as_of=as_of, max_products=100, max_bytes=10**9, labels={})


def monday(ledger: Ledger, *subjects: str) -> str:
    """A message with these titles."""
    plan(ledger, *subjects)
    (feed,) = bundle(ledger, DAY)
    return feed


def sent(ledger: Ledger) -> list[tuple[int, list[bytes]]]:
    """Everything that goes now, in order: number and titles of each message."""
    return [(json.loads(feed.content)["number"], list(ledger.members(feed.id))) for feed in send(ledger)]


def rows(ledger: Ledger) -> list[tuple[str, int, str]]:
    """Subject, revision and state of all that was planned."""
    return [(row.subject, row.revision, row.state) for row in ledger.all_of("uc", "kobo")]


def test_tuesdays_message_has_the_correction_alone(ledger: Ledger, clock: Clock) -> None:
    """Monday's could not leave: its number is used no more, and every revision is accounted for."""
    monday(ledger, "isbn:1")
    clock.now = TUESDAY
    plan(ledger, "isbn:1", content=b"right", as_of=TUESDAY)
    bundle(ledger)
    assert sent(ledger) == [(2, [b"right"])]
    assert rows(ledger) == [
        ("feed:kobo", 1, "superseded"),
        ("feed:kobo", 2, "accepted"),
        ("isbn:1", 1, "superseded"),
        ("isbn:1", 2, "accepted"),
    ]
    assert ledger.counts("uc", "kobo") == {"kobo": {"accepted": 1, "superseded": 1}}
    assert [(row.state, row.message_number) for row in ledger.history("1")] == [("superseded", None), ("accepted", 2)]


@pytest.mark.parametrize("is_first", [True, False])
def test_the_others_of_its_titles_go_with_the_correction(ledger: Ledger, clock: Clock, is_first: bool) -> None:
    """In one message, which is the recipient's first where that one would have been."""
    if not is_first:
        monday(ledger, "isbn:9")
        send(ledger)
    monday(ledger, "isbn:1", "isbn:2")
    clock.now = TUESDAY
    plan(ledger, "isbn:1", content=b"right", as_of=TUESDAY)
    (feed,) = bundle(ledger)
    assert json.loads(ledger.content_of(feed) or b"")["full"] is is_first
    assert sent(ledger) == [(2 if is_first else 3, [b"right", b"wrong"])]


def correct_while_it_is_sent(ledger: Ledger, result: str, **more) -> str:
    """Tuesday's run plans the correction while a slow worker still has Monday's message in hand; then that ends."""
    feed = monday(ledger, "isbn:1", "isbn:2")
    claim(ledger)
    plan(ledger, "isbn:1", content=b"right", as_of=TUESDAY)
    ledger.finish([Verdict(feed, result, **more)], owner="me")
    return feed


def test_a_message_that_turns_out_not_to_have_left_gives_way(ledger: Ledger) -> None:
    """Before it is sent again, and before what is new is put into messages."""
    correct_while_it_is_sent(ledger, "not_sent")
    assert ledger.take_apart_corrected("uc", "kobo") == 1
    assert claim(ledger) == []
    bundle(ledger)
    assert sent(ledger) == [(2, [b"right", b"wrong"])]
    assert [state for subject, _, state in rows(ledger) if subject == "feed:kobo"] == ["superseded", "accepted"]
    assert ledger.take_apart_corrected("uc", "kobo") == 0


def test_a_message_that_may_have_left_goes_first(ledger: Ledger) -> None:
    """As it is; the correction follows under the next number."""
    correct_while_it_is_sent(ledger, "not_sent", may_have_gone=True)
    assert ledger.take_apart_corrected("uc", "kobo") == 0
    assert bundle(ledger) == []
    assert sent(ledger) == [(1, [b"wrong", b"wrong"])]
    bundle(ledger)
    assert sent(ledger) == [(2, [b"right"])]


def test_a_message_without_a_mistake_stays_as_it_is(ledger: Ledger) -> None:
    """Under its number; what is new of other titles goes in the next one."""
    monday(ledger, "isbn:1")
    plan(ledger, "isbn:2", content=b"new", as_of=TUESDAY)
    bundle(ledger)
    assert [*sent(ledger), *sent(ledger)] == [(1, [b"wrong"]), (2, [b"new"])]


@pytest.mark.parametrize("orders", [("every", "every"), ("latest", "every")])
def test_what_has_to_go_in_every_revision_is_not_left_out(ledger: Ledger, orders: tuple[str, str]) -> None:
    """A newer one does not correct it."""
    plan(ledger, "isbn:1", order=orders[0])
    bundle(ledger, DAY)
    plan(ledger, "isbn:1", content=b"next", as_of=TUESDAY, order=orders[1])
    assert ledger.take_apart_corrected("uc", "kobo") == 0
    assert sent(ledger) == [(1, [b"wrong"])]


def test_a_last_word_takes_back_each_that_waits(ledger: Ledger) -> None:
    """Whatever was to go in every revision: nobody hears it after its subject's end."""
    plan(ledger, "isbn:1", order="every")
    bundle(ledger, DAY)
    plan(ledger, "isbn:1", content=b"ended", as_of=TUESDAY)
    assert sent(ledger) == []
    bundle(ledger)
    assert sent(ledger) == [(2, [b"ended"])]


def test_a_last_word_takes_back_what_was_being_sent_and_has_not_left(ledger: Ledger) -> None:
    """As what waited when the last word came."""
    plan(ledger, "isbn:1", order="every")
    (feed,) = bundle(ledger, DAY)
    claim(ledger)
    plan(ledger, "isbn:1", content=b"ended", as_of=TUESDAY)
    ledger.finish([Verdict(feed, "not_sent")], owner="me")
    assert ledger.take_apart_corrected("uc", "kobo") == 1
    bundle(ledger)
    assert sent(ledger) == [(2, [b"ended"])]


def test_another_recipients_message_is_left_alone(ledger: Ledger) -> None:
    """And another use case's."""
    correct_while_it_is_sent(ledger, "not_sent")
    assert ledger.take_apart_corrected("uc", "shop") == 0
    assert ledger.take_apart_corrected("other", "kobo") == 0
