"""What had been sent by some moment."""

from datetime import UTC, datetime, timedelta

from moving_clock import Clock

from colophon.domain.delivery import Intent, Verdict
from colophon.ledger import Ledger

MONDAY = datetime(2026, 5, 4, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def intent(content: bytes, destination="kobo", at=MONDAY) -> Intent:
    """A record."""
    return Intent(
        use_case="uc", destination=destination, subject="isbn:1", delivery_class="A", content=content, media_type="text/xml", as_of=at
    )


def send(ledger: Ledger, result="confirmed", destination="kobo") -> None:
    """Whatever waits goes, with a result."""
    taken = ledger.claim("uc", destination, owner="me", lease_s=900, limit=10)
    ledger.finish([Verdict(each.id, result, f"m-{each.id}") for each in taken], owner="me")


def test_what_went_before_a_moment_and_nothing_else(ledger_url: str) -> None:
    """The newest record that had gone to each destination; not what waited, what was refused, or what came later."""
    clock = Clock(MONDAY)
    with Ledger.open(ledger_url, clock=clock) as ledger:
        first, second, refused = (intent(text, at=MONDAY + n * DAY) for n, text in enumerate((b"first", b"second", b"third")))
        other = intent(b"other", "amazon")
        for each, result in ((first, "confirmed"), (second, "accepted"), (refused, "refused")):
            ledger.plan([each])
            send(ledger, result)
            clock.now += DAY
        ledger.plan([other])
        key = lambda days: ("isbn:1", MONDAY + timedelta(days=days))
        found = ledger.sent_before("uc", {key(0), key(0.5), key(1.5), key(9)})
        assert found == {key(0.5): [first.content_hash], key(1.5): [second.content_hash], key(9): [second.content_hash]}
        assert ledger.sent_before("another", {key(9)}) == {}


def test_how_many_messages_somebody_was_sent_since_midnight(ledger_url: str) -> None:
    """By every use case; a digest counts once with all that it carries, and what waits, was refused or went yesterday does not."""
    clock = Clock(MONDAY)
    with Ledger.open(ledger_url, clock=clock) as ledger:

        def told(use_case: str, subject: str, carrier="") -> Intent:
            rest = {"delivery_class": "A", "media_type": "text/plain", "as_of": clock.now, "carrier": carrier}
            return Intent(use_case=use_case, destination="people", subject=subject, content=subject.encode(), **rest)

        def go(*intents: Intent, result="confirmed") -> None:
            ledger.plan(intents)
            for use_case in {each.use_case for each in intents}:
                taken = ledger.claim(use_case, "people", owner="me", lease_s=900, limit=10)
                ledger.finish([Verdict(each.id, result, f"m-{each.id}") for each in taken], owner="me")

        go(told("a", "person:x/yesterday"))
        clock.now += DAY
        go(told("a", "person:x/todo:1"), told("b", "person:x/todo:1"), told("b", "person:y/todo:1"))
        go(told("a", "person:x/digest/1"), told("a", "person:x/todo:2", carrier="person:x/digest/1"))
        go(told("a", "person:x/todo:3"), result="refused")
        ledger.plan([told("a", "person:x/todo:4")])
        assert ledger.messages_since(MONDAY + DAY, "people") == {"person:x": 3, "person:y": 1}
