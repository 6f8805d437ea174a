"""The ledger: what it refuses, what it keeps apart, and what it never forgets."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_database import Databases, make_ledger
from moving_clock import Clock

from colophon.domain.delivery import Intent, OutcomeEvent, Verdict
from colophon.domain.delivery_states import rises
from colophon.domain.finding import Finding, Severity
from colophon.errors import BadConnectionError, LedgerOutdatedError, NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.acknowledged import Acknowledged
from colophon.ledger.database import newest_version

DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """At the first of May."""
    return Clock(DAY)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock):
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        yield opened


def intent(subject="isbn:1", content=b"one", **more) -> Intent:
    """A delivery to `kobo`."""
    facts = {"use_case": "uc", "destination": "kobo", "delivery_class": "A", "media_type": "text/plain", "as_of": DAY, **more}
    facts.setdefault("labels", {"isbn": subject.removeprefix("isbn:"), "record_reference": f"r.{subject}"})
    return Intent(subject=subject, content=content, **facts)


def claim(ledger: Ledger, owner="me", limit=10):
    """What `owner` gets for an hour."""
    return ledger.claim("uc", "kobo", owner=owner, lease_s=3600, limit=limit)


def done(deliveries, result="accepted"):
    """Verdicts for all."""
    return [Verdict(d.id, result, remote_id=f"m-{d.id}") for d in deliveries]


def test_a_ledger_without_tables_is_refused(tmp_path: Path) -> None:
    """An empty database says which version it has and what to run."""
    with pytest.raises(LedgerOutdatedError, match=f"version none, this Colophon needs {newest_version()}"):
        Ledger.open(f"sqlite:///{tmp_path / 'empty.db'}")


def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    """Older or newer: both versions are named, nothing is touched."""
    make_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerOutdatedError, match=f"version 9999, this Colophon needs {newest_version()}") as caught:
        Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    assert "upgrade" in caught.value.advice


def test_an_unusable_place_is_a_configuration_error(tmp_path: Path) -> None:
    """A folder that is not there is named, with the code for connections."""
    with pytest.raises(BadConnectionError):
        Ledger.open(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}")


def test_the_same_plan_twice_changes_nothing(ledger: Ledger) -> None:
    """New, then unchanged."""
    assert ledger.plan([intent()])["kobo"] == (1, 0, 0)
    assert ledger.plan([intent()])["kobo"] == (0, 1, 0)


def test_a_value_that_changes_back_is_three_deliveries(ledger: Ledger) -> None:
    """A, B, A: each has its own id and revision."""
    for content in (b"A", b"B", b"A"):
        ledger.plan([intent(content=content)])
        ledger.finish(done(claim(ledger)), owner="me")
    rows = ledger.history("1")
    assert [row.revision for row in rows] == [1, 2, 3]
    assert len({row.delivery_id for row in rows}) == 3


def test_nothing_old_overwrites_something_newer(ledger: Ledger) -> None:
    """A plan judged earlier than what is known is stale and not entered."""
    ledger.plan([intent(content=b"new")])
    assert ledger.plan([intent(content=b"old", as_of=DAY - timedelta(days=3))])["kobo"] == (0, 0, 1)
    assert len(ledger.history("1")) == 1


def test_what_goes_once_goes_in_the_words_of_today_while_it_waits(ledger: Ledger) -> None:
    """And not again once it has left."""
    for day, content in enumerate((b"old", b"new")):
        ledger.plan([intent(content=content, occurrence="once", as_of=DAY + timedelta(days=day))])
    (sent,) = claim(ledger)
    ledger.finish([Verdict(sent.id, "accepted")], owner="me")
    assert ledger.content(sent.content_hash) == b"new"
    ledger.plan([intent(content=b"newer", occurrence="once", as_of=DAY + timedelta(days=2))])
    assert claim(ledger) == []


def test_an_occurrence_sends_equal_content_once_more(ledger: Ledger) -> None:
    """A full feed repeats what is known, and repeating the full feed does not."""
    ledger.plan([intent()])
    again = intent(occurrence="full/2026-05-02", as_of=DAY + timedelta(days=1))
    assert ledger.plan([again])["kobo"] == (1, 0, 0)
    assert ledger.plan([again])["kobo"] == (0, 1, 0)


def test_deliveries_go_in_the_order_in_which_they_are_given(ledger: Ledger) -> None:
    """Closing before opening rests on it, and the clock here stands still."""
    given = [f"isbn:{number * 37 % 50}" for number in range(50)]
    ledger.plan([intent(subject) for subject in given])
    assert [delivery.subject for delivery in claim(ledger, limit=50)] == given


def test_a_newer_revision_takes_the_place_of_one_that_waits(ledger: Ledger) -> None:
    """Order latest: only the newest goes. Order every: both do, one after the other."""
    ledger.plan([intent(content=b"A")])
    ledger.plan([intent(content=b"B")])
    assert [(d.revision, d.content) for d in claim(ledger)] == [(2, b"B")]
    assert ledger.history("1")[0].state == "superseded"
    for content in (b"A", b"B"):
        ledger.plan([intent("isbn:2", content, order="every")])
    assert [d.revision for d in claim(ledger)] == [1]


def test_a_claimed_row_belongs_to_its_owner(ledger: Ledger) -> None:
    """Nobody else gets it, nobody else finishes it."""
    ledger.plan([intent()])
    mine = claim(ledger)
    assert claim(ledger, "other") == []
    assert ledger.finish(done(mine), owner="other") == 0
    assert ledger.finish(done(mine), owner="me") == 1
    assert ledger.finish(done(mine, "failed"), owner="me") == 0
    assert ledger.counts("uc") == {"kobo": {"accepted": 1}}


def test_a_dead_owners_row_is_taken_over_as_tried(ledger: Ledger, clock: Clock) -> None:
    """After the lease, and not before; the new owner knows that somebody may have sent it."""
    ledger.plan([intent()])
    claim(ledger)
    clock.now = DAY + timedelta(minutes=59)
    assert claim(ledger, "other") == []
    clock.now = DAY + timedelta(minutes=61)
    taken = claim(ledger, "other")
    assert [d.tried for d in taken] == [True]
    assert ledger.finish(done(taken), owner="me") == 0


def test_class_d_is_never_taken_over(ledger: Ledger, clock: Clock) -> None:
    """Nobody may repeat it: it becomes unknown, until a person settles it."""
    ledger.plan([intent(delivery_class="D")])
    key = claim(ledger)[0].id
    clock.now = DAY + timedelta(hours=2)
    assert claim(ledger, "other") == []
    assert ledger.counts("uc") == {"kobo": {"unknown": 1}}
    ledger.resolve_by_operator(key, "confirmed", by="ops", why="seen at the counterpart")
    assert ledger.counts("uc") == {"kobo": {"confirmed": 1}}
    with pytest.raises(NotFoundError):
        ledger.resolve_by_operator(key, "confirmed", by="ops", why="again")


def test_a_row_waits_until_its_moment(ledger: Ledger, clock: Clock) -> None:
    """`not_before` of a rate limit is kept."""
    ledger.plan([intent()])
    ledger.finish([Verdict(claim(ledger)[0].id, "not_sent", not_before=DAY + timedelta(minutes=5))], owner="me")
    assert claim(ledger) == []
    clock.now = DAY + timedelta(minutes=5)
    assert [d.tried for d in claim(ledger)] == [False]


def bundle(ledger: Ledger, most: int = 100) -> list[str]:
    """Bundle what waits for kobo."""
    return ledger.bundle("uc", "kobo", as_of=DAY, max_products=most, max_bytes=10**9, labels={})


def test_feeds_are_numbered_and_carry_their_members(ledger: Ledger) -> None:
    """Numbers rise by one, files split, members follow the feed's outcome; bundling again finds nothing."""
    ledger.plan([intent(f"isbn:{n}", f"<{n}/>".encode(), bundled=True) for n in range(5)])
    feeds = bundle(ledger, 2)
    assert len(feeds) == 3
    assert bundle(ledger) == []
    assert [list(ledger.members(feed)) for feed in feeds] == [[b"<0/>", b"<1/>"], [b"<2/>", b"<3/>"], [b"<4/>"]]
    claimed = claim(ledger)
    assert [d.revision for d in claimed] == [1], "one feed of a recipient at a time, in the order of its numbers"
    ledger.finish(done(claimed), owner="me")
    assert ledger.counts("uc") == {"kobo": {"accepted": 2, "planned": 3}}
    assert ledger.history("0")[0].message_number == 1


def test_an_empty_feed_goes_once_for_a_moment(ledger: Ledger) -> None:
    """NoProduct for the night, and not again when the night is run again."""
    assert len(ledger.empty_feed("uc", "kobo", as_of=DAY, labels={})) == 1
    assert ledger.empty_feed("uc", "kobo", as_of=DAY, labels={}) == []


def test_an_acknowledgement_moves_single_members(ledger: Ledger) -> None:
    """One confirmed, one rejected, one not named; a reference that we never sent is told."""
    ledger.plan([intent(f"isbn:{n}", f"<{n}/>".encode(), bundled=True) for n in range(3)])
    bundle(ledger)
    ledger.finish(done(claim(ledger)), owner="me")
    said = [
        Acknowledged("r.isbn:0", "confirmed", "", ""),
        Acknowledged("r.isbn:1", "failed", "price", "no"),
        Acknowledged("x", "failed", "", ""),
    ]
    applied = ledger.acknowledge("kobo", 1, said, at=DAY)
    assert (applied.moved, applied.unknown) == (2, ["x"])
    assert ledger.counts("uc") == {"kobo": {"accepted": 1, "confirmed": 1, "failed": 1}}
    with pytest.raises(NotFoundError, match="message 7"):
        ledger.acknowledge("kobo", 7, said, at=DAY)


def test_outcomes_rise_and_repeats_are_dropped(ledger: Ledger) -> None:
    """The same event twice moves once; a lower one after a higher one changes nothing; an unknown word is kept."""
    ledger.plan([intent()])
    taken = claim(ledger)
    ledger.finish(done(taken), owner="me")
    key = taken[0].id
    confirmed = OutcomeEvent(key, "confirmed", DAY, "xconnector", raw_state="acknowledged")
    assert ledger.record_outcomes([confirmed, confirmed]) == 1
    assert ledger.record_outcomes([confirmed]) == 0
    assert ledger.record_outcomes([OutcomeEvent(key, "sent", DAY, "xconnector", raw_state="sent")]) == 0
    assert ledger.record_outcomes([OutcomeEvent(key, "levitated", DAY, "xconnector", raw_state="levitated")]) == 0
    assert ledger.counts("uc") == {"kobo": {"confirmed": 1}}


WORDS = [
    "accepted",
    "processing",
    "held",
    "sent",
    "confirmed",
    "opened",
    "picked_up",
    "responded",
    "bounced",
    "opted_out",
    "skipped",
    "failed",
]


@given(st.sampled_from(WORDS))
def test_nothing_follows_the_end(word: str) -> None:
    """After failed and skipped only a person's act counts."""
    assert not rises("failed", word)
    assert not rises("skipped", word)


def fault(rule="D9", subject="isbn:1") -> Finding:
    """A finding of a rule."""
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field="f", found="x", expected="y", remedy="z", owner="ops", blocks="kobo"
    )


def test_exceptions_open_once_and_close_themselves(ledger: Ledger, clock: Clock) -> None:
    """Open, still open since the same day, closed when gone, not reopened by a backfill, reopened by a later run."""
    judge = lambda found, day: ledger.exceptions.record("uc", "kobo", ["isbn:1"], found, as_of=DAY + timedelta(days=day))
    assert judge([fault()], 0) == (1, 0, 0)
    clock.now = DAY + timedelta(days=1)
    assert judge([fault()], 1) == (0, 1, 0)
    assert ledger.exceptions.open()[0].opened_at == DAY
    assert judge([], 2) == (0, 0, 1)
    assert judge([fault()], -5) == (0, 0, 0)
    assert ledger.exceptions.open() == []
    assert judge([fault()], 3) == (1, 0, 0)


def test_an_exception_says_what_was_found_last(ledger: Ledger) -> None:
    """Also one that was closed in between: nobody looks for a fault of last week."""
    for day, found in ((0, ["x"]), (1, ["worse"]), (2, []), (3, ["again"])):
        findings = [fault().model_copy(update={"found": word}) for word in found]
        ledger.exceptions.record("uc", "kobo", ["isbn:1"], findings, as_of=DAY + timedelta(days=day))
        assert [row.found for row in ledger.exceptions.open()] == found


def test_an_event_comes_in_once(ledger: Ledger) -> None:
    """New, seen, and the same id with another body."""
    assert ledger.inbox.take("/erp", "1", "erp.delivery.failure.v1", b"a") == "new"
    assert ledger.inbox.take("/erp", "1", "erp.delivery.failure.v1", b"a") == "seen"
    assert ledger.inbox.take("/erp", "1", "erp.delivery.failure.v1", b"b") == "conflict"
    assert [item.id for item in ledger.inbox.pending(["erp.delivery.failure.v1"])] == ["1"]
    ledger.inbox.done("/erp", "1")
    assert ledger.inbox.pending(["erp.delivery.failure.v1"]) == []


def test_a_watermark_never_goes_back(ledger: Ledger) -> None:
    """An older run does not make us read less."""
    ledger.memory.set_watermark("w", DAY)
    ledger.memory.set_watermark("w", DAY - timedelta(days=1))
    assert ledger.memory.watermark("w") == DAY
    assert ledger.memory.watermark("other") is None


def test_what_was_sent_is_kept(ledger: Ledger) -> None:
    """The content of a delivery can be read for ever, by its hash; redriving sends the newest failed one again."""
    ledger.plan([intent(content="é]]>".encode())])
    ledger.finish(done(claim(ledger), "refused"), owner="me")
    row = ledger.history("1")[0]
    assert ledger.content(row.content_hash) == "é]]>".encode()
    assert ledger.redrive("uc", "kobo", isbn="1") == 1
    assert len(claim(ledger)) == 1


def test_a_moment_without_a_zone_is_refused(ledger: Ledger) -> None:
    """Time is aware, or it is a mistake."""
    with pytest.raises(Exception, match="without a time zone"):
        ledger.memory.set_watermark("w", datetime(2026, 5, 1))


ACTS = st.lists(st.tuples(st.sampled_from("pcfdk"), st.integers(0, 3), st.integers(0, 2)), max_size=25)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_whatever_happens_each_revision_is_accepted_at_most_once(databases: Databases, acts: list) -> None:
    """Plans, claims, results, deaths and late results in any order: no revision is accepted twice, none gets lost."""
    clock = Clock(DAY)
    accepted: list[tuple[str, int]] = []
    held: dict[int, list] = {}
    with Ledger.open(databases.ledger(), clock=clock) as ledger:
        for act, who, what in acts:
            if act == "p":
                ledger.plan([intent(f"isbn:{who}", bytes([what]), as_of=clock.now)])
            elif act == "c":
                held.setdefault(who, []).extend(claim(ledger, f"o{who}", 2))
            elif act == "f":
                for delivery in held.pop(who, []):
                    if ledger.finish(done([delivery]), owner=f"o{who}"):
                        accepted.append((delivery.subject, delivery.revision))
            else:
                clock.now += timedelta(hours=2) if act == "d" else timedelta(minutes=1)
        clock.now += timedelta(hours=2)
        while rest := claim(ledger, "last"):
            ledger.finish(done(rest), owner="last")
            accepted += [(d.subject, d.revision) for d in rest]
        assert len(accepted) == len(set(accepted))
        states = ledger.counts("uc").get("kobo", {})
    assert set(states) <= {"accepted", "superseded", "withdrawn"}
    assert states.get("accepted", 0) == len(accepted)


@pytest.mark.parametrize("odd", ["a\x1fb", "", "{},\"\\'", "ISBN \u202eé東", "a,b"])
def test_any_text_is_a_subject(ledger: Ledger, odd: str) -> None:
    """Whatever characters subjects have, alone or with others, each is found again and no other."""
    for subjects in ([odd], [odd, "plain"]):
        ledger.plan([intent(subject, labels={}) for subject in subjects])
        assert set(ledger.latest("uc", "kobo", subjects)) == set(subjects)
    assert ledger.latest("uc", "kobo", ["a", "b", "other"]) == {}


@pytest.mark.parametrize(
    ("result", "held"),
    [
        ("accepted", [b"two"]),
        ("unknown", [b"two", b"one"]),
        ("refused", [b"two", b"one"]),
        ("lost", [b"two", b"one"]),
        ("not_sent", [b"one"]),
    ],
)
@pytest.mark.parametrize("bundled", [False, True])
def test_what_a_destination_may_have(ledger: Ledger, result: str, held: list[bytes], bundled: bool) -> None:
    """What certainly never left it has not; else what was tried it may have, beside what it surely took before. Alone or in a message."""

    def planned(content: bytes) -> None:
        ledger.plan([intent(content=content, bundled=bundled)])
        assert (b"two" in may_have()) is False
        if bundled:
            ledger.bundle("uc", "kobo", as_of=DAY, max_products=9, max_bytes=9, labels={})

    def may_have() -> list[bytes | None]:
        last = ledger.latest("uc", "kobo", ["isbn:1"]).get("isbn:1")
        return [ledger.content(delivery.content_hash) for delivery in last.held] if last else []

    planned(b"one")
    assert may_have() == []
    ledger.finish(done(claim(ledger)), owner="me")
    planned(b"two")
    assert may_have() == [b"one"]
    taken = claim(ledger)
    assert may_have() == [b"two", b"one"]
    is_lost = result == "lost"
    ledger.finish([Verdict(one.id, "not_sent" if is_lost else result, may_have_gone=is_lost) for one in taken], owner="me")
    assert may_have() == held
