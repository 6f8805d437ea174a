"""A month of nights through the DAG: rights, dates and statuses change, and each morning every recipient's own books say what ours say."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from station import Station

from colophon.use_cases.xconnector.holds import IS_CLOSED, NEVER_HAD, ON_SALE, holds
from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
ANNOUNCED, FORTHCOMING = "announced", "02"
STATUSES = ("02", "04", "04", "04", "01", "07", "11")
"""Most that change are active again."""


def changed(catalogue: dict[str, Any], random: Random, at: datetime, count: int) -> dict[str, list[dict[str, Any]]]:
    """So many changes of a day, in the catalogue and as records to be seeded; they change what may be sold more often than words."""
    seeded: dict[str, dict[int, dict[str, Any]]] = {"products": {}, "contracts": {}, "headGrants": {}}
    for _ in range(count):
        kind = random.choice(("exports", "status", "price", "contract", "grant", "title"))
        table = {"contract": "contracts", "grant": "headGrants"}.get(kind, "products")
        place = random.randrange(len(catalogue[table]))
        row = dict(catalogue[table][place])
        if kind == "exports":
            row["allowOnixExports"] = not row.get("allowOnixExports")
        elif kind == "status":
            row["onixPublishingStatusCode"] = random.choice(STATUSES)
        elif kind == "price" and row.get("prices"):
            row["prices"] = [{**row["prices"][0], "amount": f"{random.randint(8, 19)}.99"}, *row["prices"][1:]]
        elif kind == "title":
            row["fullTitle"] = f"Edition {random.randrange(1000)}"
        elif kind == "contract":
            row["terminatedDate"] = None if row.get("terminatedDate") else f"{at - timedelta(days=1):%Y-%m-%d}"
        elif kind == "grant":
            row["expiresOn"] = f"{at + timedelta(days=random.randint(-3, 9)):%Y-%m-%d}"
            row["revision"] = row.get("revision", 1) + 1
        if table == "products":
            row["updatedAt"] = at.isoformat()
        catalogue[table][place] = seeded[table][row["id"]] = row
    return {table: list(rows.values()) for table, rows in seeded.items()}


def theirs(house: Station) -> dict[tuple[str, str], str]:
    """What each recipient's own books say of each title that it ever got."""
    books = house.sandbox.systems["xconnector"].books()
    return {(name, entry["isbn"]): _says(entry) for name, book in books.items() for entry in book.values()}


def ours(house: Station, books: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """What the ledger says that each has; of what is announced and not yet to be had both words are right."""
    with house.ledger() as ledger:
        isbns = {
            row.labels["isbn"]
            for name in dict.fromkeys(key[0] for key in books)
            for row in ledger.newest(NIGHTLY, name)
            if row.labels.get("isbn")
        }
        held = {(each.recipient, isbn): each.what for isbn in isbns for each in holds(ledger.history(isbn))}
    return {key: ANNOUNCED if books.get(key) == ANNOUNCED else what for key, what in held.items() if what != NEVER_HAD}


def _says(entry: dict[str, Any]) -> str:
    if entry["onSale"]:
        return ON_SALE
    return ANNOUNCED if entry["status"] == FORTHCOMING else IS_CLOSED


@pytest.mark.parametrize(("nights", "changes"), [(4, 60), pytest.param(30, 500, marks=pytest.mark.nightly)])
def test_xc1_each_morning_every_recipient_s_books_say_what_ours_say(station: Station, nights: int, changes: int) -> None:
    """Whatever opened, closed and opened again; each run's numbers add up."""
    seeded, random = seeds.catalogue(40, 7), Random(16)
    for system, records in seeded.items():
        station.seed(system, records)
    catalogue = seeded["consonance"]
    station.run(NIGHTLY, NIGHT)
    closed = set[tuple[str, str]]()
    for night in range(1, nights + 1):
        at = NIGHT + timedelta(days=night)
        station.clock(at - timedelta(hours=5))
        station.seed("consonance", changed(catalogue, random, station.now, changes // nights))
        run = station.run(NIGHTLY, at)
        assert run.state == "success", (night, run.error)
        report = run.returned["report"]
        assert all(sum(found["plan"].values()) == report["read"] for found in report["destinations"].values())
        books = theirs(station)
        assert books == ours(station, books), night
        closed |= {key for key, what in books.items() if what == IS_CLOSED}
    reopened = {key for key in closed if books[key] == ON_SALE}
    assert len(closed) > changes // 10
    assert reopened or nights < 10
