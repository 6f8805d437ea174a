"""What cannot be: the database refuses it, and an older ledger that has such rows is put right."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from colophon.domain.delivery import Intent, Judgement, Verdict
from colophon.domain.delivery_states import STATES
from colophon.errors import ConflictError, TransportError
from colophon.ledger import Ledger, upgrade
from colophon.ledger.database import _alembic, make_engine
from colophon.ledger.migrations.versions import m0009_what_cannot_be as migration
from colophon.ledger.statements import RaceLostError
from colophon.ledger.store import RACES, repeat_races
from colophon.ledger.tables import attempts, deliveries

DAY = datetime(2026, 5, 1, tzinfo=UTC)
REFUSED = {
    "a state that nobody knows": "UPDATE deliveries SET state = 'gone'",
    "in flight, and nobody's": "UPDATE deliveries SET state = 'in_flight', owner = NULL, lease_until = NULL",
    "in flight without end": "UPDATE deliveries SET state = 'in_flight', owner = 'me', lease_until = NULL",
    "somebody's, and not in flight": "UPDATE deliveries SET owner = 'me' WHERE state = 'planned'",
    "on its way in a message, and by itself": "UPDATE deliveries SET bundled = NOT bundled WHERE state = 'in_flight'",
    "fewer tries than none": "UPDATE deliveries SET tries = -1",
    "a class that nobody knows": "UPDATE deliveries SET delivery_class = 'E'",
    "two of a subject in flight": "UPDATE deliveries SET subject = 'isbn:1', revision = 9, state = 'in_flight', owner = 'x', lease_until = as_of WHERE subject = 'isbn:2'",
    "a try that has ended without a result": "UPDATE attempts SET ended_at = started_at",
    "a try that has a result and goes on": "UPDATE attempts SET result = 'sent'",
    "two tries at once": "INSERT INTO attempts (delivery_id, number, owner, started_at, result, code, evidence) SELECT delivery_id, 2, 'x', started_at, 'started', '', '' FROM attempts",
}


def intent(subject: str = "isbn:1", content: bytes = b"one", days: int = 0, **more: object) -> Intent:
    return Intent("uc", "kobo", subject, "A", content, "text/plain", DAY + timedelta(days=days), **more)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """One title is on its way, another one waits."""
    with Ledger.open(ledger_url, clock=lambda: DAY) as opened:
        opened.plan([intent(), intent("isbn:2")])
        opened.claim("uc", "kobo", owner="me", lease_s=60, limit=1)
        yield opened


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(ledger: Ledger, what: str) -> None:
    """By the database, whoever writes it."""
    with pytest.raises(IntegrityError), ledger.begin() as connection:
        connection.execute(text(REFUSED[what]))


def test_a_refusal_is_told_by_its_rule(ledger: Ledger) -> None:
    """By our own error, at once, with the rule's name and no value of the row."""

    def work(connection: Connection) -> None:
        calls.append(connection.execute(text("UPDATE deliveries SET state = 'gone'")))

    calls: list[object] = []
    with pytest.raises(ConflictError, match="cannot be") as caught:
        ledger.changing(work)
    assert (caught.value.evidence, caught.value.__cause__) == ("known_state", None)


def test_a_race_that_is_lost_again_and_again_is_tried_later() -> None:
    """By our own error, after a few times; one that is won in the end is none."""
    tries = []

    def loses() -> int:
        tries.append(1)
        if len(tries) % 3 or len(tries) > RACES:
            raise RaceLostError
        return len(tries)

    assert repeat_races(loses) == 3
    tries += [1] * RACES
    with pytest.raises(TransportError, match="nothing was changed"):
        repeat_races(loses)


def test_the_migration_and_the_tables_name_the_same() -> None:
    """States and rules, as they were when it was written."""
    assert sorted(migration.STATES) == sorted(STATES)
    rules = {rule.name for table in (deliveries, attempts) for rule in table.constraints if hasattr(rule, "sqltext")}
    assert rules == {*migration.DELIVERIES, *migration.ATTEMPTS}


def test_a_judgement_that_changes_nothing_makes_older_ones_stale(ledger: Ledger) -> None:
    """Judged right as it is five days later: what another run judged on the third day comes too late."""
    assert ledger.plan([intent(days=5)])["kobo"] == (0, 1, 0)
    assert ledger.latest("uc", "kobo", ["isbn:1"])["isbn:1"].as_of == DAY + timedelta(days=5)
    assert ledger.plan([intent(days=3)])["kobo"] == (0, 1, 0)
    assert ledger.plan([intent(content=b"old", days=2)])["kobo"] == (0, 0, 1)
    assert ledger.latest("uc", "kobo", ["isbn:1"])["isbn:1"].as_of == DAY + timedelta(days=5)
    assert ledger.plan([intent(content=b"new", days=6)])["kobo"] == (1, 0, 0)


def test_what_was_judged_right_since_is_not_withdrawn_by_an_older_run(ledger: Ledger) -> None:
    """It waits, and is still wanted; a newer run withdraws it, and no older one plans it anew."""
    unwanted = {"kobo": Judgement(subjects=["isbn:2"], settled=["isbn:2"])}
    ledger.plan([intent("isbn:2", days=5)])
    assert ledger.enter("uc", unwanted, as_of=DAY + timedelta(days=2), run="r")["kobo"].withdrawn == 0
    assert ledger.waiting("uc", "kobo") == {"isbn:2"}
    assert ledger.enter("uc", unwanted, as_of=DAY + timedelta(days=7), run="r")["kobo"].withdrawn == 1
    assert ledger.plan([intent("isbn:2", days=6)])["kobo"] == (0, 0, 1)
    assert ledger.plan([intent("isbn:2", days=8)])["kobo"] == (1, 0, 0)
    assert ledger.latest("uc", "kobo", ["isbn:2"])["isbn:2"].as_of == DAY + timedelta(days=8)


def test_when_it_was_planned_stays_what_is_sent(ledger: Ledger) -> None:
    """A message says when what it tells was judged first, so that it is the same message when it goes again."""
    ledger.plan([intent("isbn:2", days=5)])
    (delivery,) = ledger.claim("uc", "kobo", owner="b", lease_s=60, limit=5)
    assert (delivery.subject, delivery.as_of) == ("isbn:2", DAY)


BROKEN = (
    ("d-1", "isbn:1", 1, "in_flight", "A", "x", DAY, 1, None),
    ("d-2", "isbn:1", 2, "in_flight", "A", "y", DAY, 1, None),
    ("d-3", "isbn:3", 1, "in_flight", "A", None, None, 1, None),
    ("d-4", "isbn:4", 1, "sent", "A", "z", DAY, 1, None),
    ("d-5", "isbn:5", 1, "nowhere", "A", None, None, -3, None),
    ("d-6", "isbn:6", 1, "in_flight", "A", "x", DAY, 0, "d-4"),
    ("d-7", "isbn:7", 1, "planned", "Z", None, None, 0, None),
    ("d-8", "isbn:8", 1, "unknown", "D", None, None, 1, None),
)
TRIES = (
    *(("d-1", 1, None, "started"), ("d-2", 1, None, "started"), ("d-4", 1, None, "sent"), ("d-4", 2, DAY, "started")),
    *(("d-8", 1, None, "started"), ("d-3", 1, None, "started"), ("d-3", 2, None, "started")),
)


def an_older_ledger(url: str) -> None:
    """Of version 8, with everything that can be wrong in it."""
    engine = make_engine(url)
    with engine.connect() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        connection.commit()
    broken = ("id", "subject", "revision", "state", "delivery_class", "owner", "lease_until", "tries", "carrier_id")
    tried = ("delivery_id", "number", "ended_at", "result")
    same = {"use_case": "uc", "destination": "kobo", "content_hash": "h", "bundled": False, "code": "", "detail": "", "labels": {}}
    moments = dict.fromkeys(("as_of", "created_at", "updated_at"), DAY)
    with engine.begin() as connection:
        for row in BROKEN:
            given = dict(zip(broken, row, strict=True)) | same | moments | {"occurrence": f"r{row[2]}"}
            connection.execute(insert(deliveries).values(given))
        for row in TRIES:
            given = dict(zip(tried, row, strict=True)) | {"owner": "x", "started_at": DAY, "code": "", "evidence": ""}
            connection.execute(insert(attempts).values(given))
    engine.dispose()


def test_an_older_ledger_is_put_right(empty_url: str) -> None:
    """Each row says what became of it; what may have gone is sent by nobody unseen, and work goes on."""
    an_older_ledger(empty_url)
    upgrade(empty_url)
    with Ledger.open(empty_url, clock=lambda: DAY + timedelta(days=30)) as ledger:
        with ledger.reading() as connection:
            rows = connection.execute(text("SELECT id, state, owner, tries, delivery_class, detail FROM deliveries ORDER BY id")).all()
            tries = connection.execute(text("SELECT delivery_id, number, result FROM attempts ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [
            ("d-1", "in_flight", "x", 1, "A", ""),
            ("d-2", "unknown", None, 1, "A", "two of its subject were in flight"),
            ("d-3", "in_flight", "nobody", 1, "A", ""),
            ("d-4", "sent", None, 1, "A", ""),
            ("d-5", "unknown", None, 0, "A", "its state was nowhere. "),
            ("d-6", "planned", None, 0, "A", ""),
            ("d-7", "planned", None, 0, "D", ""),
            ("d-8", "unknown", None, 1, "D", ""),
        ]
        assert [tuple(row) for row in tries] == [
            *(("d-1", 1, "started"), ("d-2", 1, "lost"), ("d-4", 1, "sent"), ("d-4", 2, "lost"), ("d-8", 1, "lost")),
            *(("d-3", 1, "lost"), ("d-3", 2, "started")),
        ]
        ledger.plan([intent("isbn:9")])
        (delivery,) = [row for row in claimed(ledger) if row.subject == "isbn:9"]
        assert ledger.finish([Verdict(delivery.id, "sent")], owner="me") == 1


def claimed(ledger: Ledger) -> list[object]:
    """What goes by itself; the older ledger's rows have no content."""
    with ledger.begin() as connection:
        connection.execute(text("DELETE FROM deliveries WHERE content_hash = 'h'"))
    return list(ledger.claim("uc", "kobo", owner="me", lease_s=60, limit=10))
