"""A ledger with many deliveries, spread as years of work would leave them, entered as fast as the database takes rows.

The oldest are five years old, a third changed in the last fortnight. For a million deliveries there are 50,000 titles.
"""

import hashlib
import json
import random
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Engine, Table

from colophon import rehearsed
from colophon.blocks.ids import PRODUCTION_ORDERS as ORDERS
from colophon.blocks.notices import PEOPLE, who
from colophon.domain.delivery_states import CLOSED
from colophon.ledger import Ledger
from colophon.ledger.tables import (
    attempts,
    audit,
    capabilities,
    content,
    deliveries,
    exceptions,
    inbox,
    outcome_events,
    quality,
    write_backs,
)
from colophon.ledger.titles import titles, words_of
from colophon.orders import STEPS
from colophon.run_page import RUN

SYNDICATION, SCAN, STATEMENTS = "xconnector__metadata_syndication", "push__rights_expiry_scan", "exstream__royalty_statements"
LETTERS, MONITOR = "exstream__contributor_requests", "push__downstream_exceptions"
RETAILERS = ("retailer-plain", "google-play", "distributor-short", "erp-json", "us-wholesaler", "kobo")
ASKED = ("page_proofs", "cover_copy", "review_request", "catalogue_copy", "publication_notice")
PERIODS = tuple(f"{year}H{half}" for year in range(2021, 2027) for half in (1, 2))
CASES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    (SYNDICATION, RETAILERS, 55),
    ("fourallportal__rights_availability", ("4allportal",), 12),
    ("bytenite__video_rights", ("video-library",), 3),
    (SCAN, (PEOPLE,), 5),
    (LETTERS, ASKED, 2),
    (STATEMENTS, tuple(f"{period}:{form}" for period in PERIODS for form in ("letter", "mail")), 15),
    ("xconnector__rights_royalty_exchange", ("erp-out",), 4),
    (ORDERS, STEPS, 1),
    ("exstream__service_outcomes", ("consonance",), 3),
)
"""Use cases, their destinations, and how many deliveries of a hundred are theirs."""
STATES = (
    *(("confirmed", "", 560), ("sent", "", 150), ("accepted", "", 60), ("opened", "", 20), ("processing", "", 10), ("planned", "", 20)),
    *(("superseded", "", 50), ("failed", "refused.invalid", 100), ("failed", "onix:43", 5), ("bounced", "mailbox.full", 5)),
    *(("skipped", "not.sold.there", 10), ("unknown", "unknown.effect", 1), ("held", "held.embargo", 5), ("opted_out", "optout", 4)),
)
"""State, code, and how many deliveries of a thousand are so."""
WORDS = [
    "amber",
    "brook",
    "cinder",
    "drift",
    "ember",
    "fallow",
    "garnet",
    "harbour",
    "island",
    "jetty",
    "kestrel",
    "lantern",
    "meadow",
    "nettle",
    "orchard",
    "pebble",
    "quarry",
    "river",
]
NAMES = ("Zoë Ångström", "Ama Boateng", "Nguyễn Thị Hoa", "Siobhán O’Dea", "Lev Orlov", "Mei Tanaka", "José Peña", "Ida Holm")
ORDERED = -1
"""In place of a title's number: what is said of an order."""
CLOSES = 200
"""One of so many deliveries to a retailer takes its title off sale; of fifty of these one is not confirmed."""
RULES, OWNERS = tuple(f"M{n}" for n in range(1, 25)), ("metadata", "rights", "sales", "operations", "royalties")


def isbn_of(number: int) -> str:
    """A number in place of an ISBN, 13 digits."""
    return f"978{number:010d}"


def key_of(kind: str, number: int) -> str:
    """A key that is spread as hashes are."""
    return f"{kind}-{(number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"


def fill(engine: Engine, count: int, now: datetime) -> None:
    """Enter so many deliveries and what belongs to them."""
    rng, known = random.Random(count), max(20, count // 20)
    _enter(engine, titles, (_title(n, rng) for n in range(known)))
    _enter(engine, content, _contents(known))
    _enter(engine, deliveries, _deliveries(count, known, now, rng))
    _enter(engine, attempts, _attempts(count, now))
    _enter(engine, outcome_events, _events(count // 2, now))
    _enter(engine, exceptions, _exceptions(count // 5, known, now, rng))
    _enter(engine, inbox, _inbox(count // 5, now))
    _enter(engine, write_backs, _write_backs(count // 50, now))
    _enter(engine, audit, _audit(count // 100, now))
    _enter(engine, quality, _quality(now))
    _enter(engine, capabilities, _run_pages(now))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE")


def keep_plans(ledger: Ledger, now: datetime) -> None:
    """A dry run of each night of two weeks, as long as plans are kept."""
    for back in range(14):
        at, run = now - timedelta(days=back), f"manual__{back}"
        counts = {"new": 600, "unchanged": 49_000, "refused": 400}
        facts = {"dry": True, "read": 50_000, "destinations": dict.fromkeys(RETAILERS, counts), "unarmed": []}
        rehearsed.keep_head(ledger.memory, SYNDICATION, run, facts, at)
        for part in range(rehearsed.MOST_PARTS):
            rows = [
                rehearsed.row_of(
                    RETAILERS[n % 6], f"isbn:{isbn_of(part * 200 + n)}", rehearsed.GOES, title=f"Title {n}", why=[RULES[n % 24]]
                )
                for n in range(rehearsed.MOST_ROWS)
            ]
            rehearsed.keep(ledger.memory, SYNDICATION, run, part, rows, at)


def _title(number: int, rng: random.Random) -> dict[str, Any]:
    title, contributors = " ".join(rng.choices(WORDS, k=3)) + f" {number}", rng.choice(NAMES)
    return {"isbn": isbn_of(number), "title": title, "contributors": contributors, "words": words_of(f"{title} {contributors}")}


def _contents(count: int) -> Iterator[dict[str, Any]]:
    for number in (ORDERED, *range(count)):
        body = _body(number)
        yield {"hash": _digest(number), "media_type": "application/xml", "size": len(body), "body": zlib.compress(body, 1)}


def _deliveries(count: int, known: int, now: datetime, rng: random.Random) -> Iterator[dict[str, Any]]:
    number, weights = 0, [weight for *_, weight in STATES]
    for use_case, places, share in CASES:
        for within in range(count * share // 100):
            title, place, revision = within % known, within // known % len(places), within // (known * len(places)) + 1
            if use_case == STATEMENTS:
                place, title, revision = within * len(places) // (count * share // 100), within, 1
            elif use_case == ORDERS:
                title, place, revision = within // len(places), within % len(places), 1
            state, code, _ = rng.choices(STATES, weights)[0]
            age = _age(rng) if use_case != STATEMENTS else timedelta(days=75 * (len(places) - place) + rng.random() * 14)
            if use_case == SYNDICATION and within % CLOSES == 0:
                state, code = ("sent" if within % (CLOSES * 50) == 0 else "confirmed"), ""
            feed = within // 5000 if use_case == SYNDICATION and within % 5000 else None
            yield _delivery(
                number, use_case, places[place], title, revision, state, code, now - age, feed, _labels(use_case, within, title, now - age)
            )
            number += 1


def _labels(use_case: str, within: int, title: int, at: datetime) -> dict[str, str]:
    if use_case == STATEMENTS:
        return {}
    labels = {"isbn": isbn_of(title), "title": f"Title {title}"}
    if use_case == SYNDICATION and within % CLOSES == 0:
        labels[CLOSED] = "world"
    if use_case == SCAN:
        labels |= {"threshold": f"contract:{title}/{(at + timedelta(days=within % 400)).date()}/90", "why": "role:EDITOR"}
    if use_case == LETTERS:
        labels |= {"contact": str(within % 3000), "kind": "page_proofs", "isbns": isbn_of(title)}
    return labels


def _subject(use_case: str, title: int, number: int) -> str:
    if use_case == SCAN:
        return f"{who(str(number % 200))}/contract:{title}/90"
    if use_case == ORDERS:
        return f"order:{title}-101-1"
    return {STATEMENTS: f"payee:{number}", LETTERS: f"contact:{number % 3000}/isbn:{isbn_of(title)}"}.get(
        use_case, f"isbn:{isbn_of(title)}"
    )


def _delivery(
    number: int, use_case: str, place: str, title: int, revision: int, state: str, code: str, at: datetime, feed: int | None, labels: dict[str, str]
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": key_of("d", number), "use_case": use_case, "destination": place, "revision": revision, "occurrence": f"r{revision}",
        "subject": _subject(use_case, title, number), "isbn": labels.get("isbn"), "content_hash": _digest(ORDERED if use_case == ORDERS else title),
        "delivery_class": "A", "bundled": feed is not None, "state": state, "code": code, "detail": code and f"said {code}", "labels": json.dumps(labels),
        "as_of": at - timedelta(hours=1), "created_at": at - timedelta(hours=1), "updated_at": at, "tries": 1,
        "carrier_id": None if feed is None else key_of("d", feed * 5000), "remote_id": f"m-{number}" if feed is None else None,
    }  # fmt: skip


def _attempts(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(count):
        at, told = now - timedelta(minutes=number), {"number": 1, "owner": "worker", "result": "accepted", "code": "", "evidence": ""}
        yield {"delivery_id": key_of("d", number), "started_at": at, "ended_at": at, **told}


def _events(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(count):
        told = {"outcome": "sent", "system": "xconnector", "recipient_ref": "", "raw_state": "SENT", "code": "", "detail": ""}
        yield {"delivery_id": key_of("d", number), "at": now - timedelta(minutes=number), "remote_id": f"m-{number}", **told}


def _exceptions(count: int, known: int, now: datetime, rng: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "id": key_of("x", number), "use_case": SYNDICATION, "destination": rng.choice(RETAILERS), "rule": rng.choice(RULES), "field": "title",
            "severity": "E" if number % 3 else "W", "found": "nothing", "expected": "a title", "remedy": "Give it one", "owner": rng.choice(OWNERS),
            "subject": f"isbn:{isbn_of(number % known)}", "imprint": f"Imprint {number % 40}", "opened_at": now - _age(rng), "seen_as_of": now,
            "closed_at": now if number % 8 else None, "closed_by": None, "assignee": rng.choice(NAMES) if number % 5 == 0 else None,
        }  # fmt: skip


def _inbox(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(count):
        body = json.dumps({"id": number, "text": "x" * 400}).encode()
        yield {
            "source": "xconnector", "id": f"evt-{number}", "type": "stage.completed.v1", "received_at": now - timedelta(seconds=10 * number),
            "body": body, "body_hash": hashlib.sha256(body).hexdigest(), "note": "", "state": "new" if number % 50 == 0 else "done",
        }  # fmt: skip


def _write_backs(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    states = ("verified", "verified", "loaded", "superseded", "pending", "exported", "verified", "verified")
    for number in range(count):
        state = states[number % len(states)]
        yield {
            "id": key_of("w", number), "external_reference": f"ref-{number}", "subject": f"work:{number}", "payload_hash": _digest(number),
            "operation": ("createWorkNote", "upsertTodo", "createSale")[number % 3], "payload": json.dumps({"text": "x" * 200}), "use_case": SCAN,
            "reason": "writes_off", "state": state, "sheet": f"createWorkNote_{number // 500}.xlsx" if state in {"exported", "loaded"} else None,
            "loaded_at": None, "loaded_by": None, "created_at": now - timedelta(minutes=number),
        }  # fmt: skip


def _audit(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(count):
        at = now - timedelta(minutes=count - number)
        yield {"at": at, "by": f"person-{number % 12}", "action": "close", "target": key_of("x", number), "why": "agreed"}


def _quality(now: datetime) -> Iterator[dict[str, Any]]:
    figures = ("complete_16_weeks_before", "available_complete", "cover_by_publication", "bisg_window_complete")
    for back in range(260):
        week = f"{now - timedelta(weeks=back):%G-W%V}"
        for imprint in range(40):
            for figure in figures:
                yield {"week": week, "imprint": f"Imprint {imprint}", "figure": figure, "met": 80 - back % 20, "of": 100, "as_of": now}


def _run_pages(now: datetime) -> Iterator[dict[str, Any]]:
    """Two months of runs: some use cases by night, many through the day, one each ten minutes."""
    for use_case, every in (*((case, 24 * 60) for case, *_ in CASES), *((f"push__hourly_{n}", 60) for n in range(18)), (MONITOR, 10)):
        for back in range(60 * 24 * 60 // every):
            at = now - timedelta(minutes=back * every)
            places = RETAILERS if use_case == SYNDICATION else (PEOPLE,)
            counts = {"new": back % 50, "unchanged": 3000, "superseded": 0, "refused": back % 20, "out_of_scope": 40, "withdrawn": 0}
            facts = {"read": 3000, "sent": back % 50, "refused": back % 20, "out_of_scope": 40, "note": "", "dry": False, "closed": 0}
            told = {name: {"plan": counts, "ledger": {"confirmed": 40_000, "sent": 900, "failed": 12}, "unsettled": {}} for name in places}
            key, causes = rehearsed.key_of(f"{use_case}/{back}"), [[rule, place, 9] for rule in RULES[:8] for place in places]
            page = {"key": key, "use_case": use_case, "run": f"scheduled__{at.isoformat()}", "at": at.isoformat(), "as_of": at.isoformat()}
            yield {
                "connection": f"{RUN}{key}",
                "value": json.dumps({**page, **facts, "destinations": told, "causes": causes}),
                "checked_at": at,
            }


def _age(rng: random.Random) -> timedelta:
    return timedelta(days=rng.random() * 14 if rng.random() < 0.33 else rng.random() ** 2 * 5 * 365)


def _body(number: int) -> bytes:
    if number == ORDERED:
        return json.dumps({"isbn": isbn_of(7)}).encode()
    return f"<Product><RecordReference>{isbn_of(number)}</RecordReference>{'<Note>x</Note>' * 30}</Product>".encode()


@lru_cache(maxsize=200_000)
def _digest(number: int) -> str:
    return hashlib.sha256(_body(number)).hexdigest()


def _enter(engine: Engine, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Rows of equal members, by the driver's own way for many."""
    found = iter(rows)
    first = next(found)
    names = ", ".join(f'"{name}"' for name in first)
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            cursor.execute("BEGIN")
            marks = ", ".join("?" * len(first))
            values = map(_plain, chain([first], found))
            cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", values)  # noqa: S608 - names of our own tables
        else:
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in chain([first], found):
                    copy.write_row(tuple(row.values()))
        connection.commit()
    finally:
        connection.close()


def _plain(row: dict[str, Any]) -> list[Any]:
    """As SQLAlchemy writes moments to SQLite."""
    return [f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value for value in row.values()]
