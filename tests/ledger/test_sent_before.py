"""What had been sent by some moment."""

from datetime import UTC, datetime, timedelta

from moving_clock import Clock

from colophon.ledger import Intent, Ledger, Verdict

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
        key = lambda days: ("isbn:1", MONDAY + timedelta(days=days))  # noqa: E731 - a name for what is asked
        found = ledger.sent_before("uc", {key(0), key(0.5), key(1.5), key(9)})
        assert found == {key(0.5): [first.content_hash], key(1.5): [second.content_hash], key(9): [second.content_hash]}
        assert ledger.sent_before("another", {key(9)}) == {}
