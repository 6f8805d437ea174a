"""Deliveries a second through the ledger: planned, claimed, finished, in batches of 500; beside a bare executemany of as many rows.

python -m benchmarks.ledger [DATABASE_URL]
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from colophon.deliver import deliver
from colophon.domain.delivery import Intent, Verdict
from colophon.ledger import Ledger, upgrade

COUNT, BATCH, AIM = 20_000, 500, {"sqlite": 3000, "postgresql": 5000}
SINGLES, MOST_MS = 300, {"sqlite": 2.0, "postgresql": 8.0}
"""What goes one by one (class D, letters): so long may claim and finish of one delivery take, the median of so many."""
NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Port:
    """A system that takes everything at once."""

    delivery_class, batch, settle_s = "A", BATCH, 0.0

    def send(self, deliveries):
        """All accepted."""
        return [Verdict(d.id, "accepted", remote_id=d.id) for d in deliveries]

    def read_back(self, _delivery):
        """Never needed."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 and "://" in sys.argv[1] else f"sqlite:///{folder}/ledger.db"
        upgrade(url)
        intents = [
            Intent("bench", f"d{time.time_ns()}", f"isbn:{n:013d}", "A", f"<Product>{n}</Product>".encode() * 40, "application/xml", NOW)
            for n in range(COUNT)
        ]
        destination = intents[0].destination
        intents = [Intent(i.use_case, destination, i.subject, "A", i.content, i.media_type, NOW) for i in intents]
        with Ledger.open(url) as ledger:
            begin = time.perf_counter()
            for start in range(0, COUNT, BATCH):
                ledger.plan(intents[start : start + BATCH])
            planned = time.perf_counter()
            deliver(ledger, Port(), use_case="bench", destination=destination, owner="me", lease_s=900, sleep=time.sleep)
            ended = time.perf_counter()
            single_ms = _single_ms(ledger, intents[:SINGLES])
        bare = _bare(Path(folder) / "bare.db")
    kind = url.partition(":")[0].partition("+")[0]
    rate = COUNT / (ended - begin)
    print(f"{'plan':<34}{COUNT / (planned - begin):>10,.0f}/s")
    print(f"{'claim + finish':<34}{COUNT / (ended - planned):>10,.0f}/s")
    most_ms = MOST_MS.get(kind, 8.0)
    print(f"{'claim + finish of one':<34}{single_ms:>10.2f} ms   {single_ms / most_ms:.2f} x the limit of {most_ms:g} ms ({kind})")
    print(f"{'whole life':<34}{rate:>10,.0f}/s   {rate / AIM.get(kind, 3000):.2f} x the aim of {AIM.get(kind, 3000):,}/s ({kind})")
    print(f"{'bare executemany (SQLite)':<34}{bare:>10,.0f}/s   the ledger takes {bare / rate:.0f} x as long")


def _single_ms(ledger: Ledger, intents: list[Intent]) -> float:
    """Milliseconds of CPU and waiting for one delivery that goes by itself: claimed, committed, finished, committed."""
    alone = [replace(intent, destination=f"{intent.destination}-alone") for intent in intents]
    ledger.plan(alone)
    took = []
    for _ in alone:
        begin = time.perf_counter()
        (delivery,) = ledger.claim("bench", alone[0].destination, owner="me", lease_s=900, limit=1)
        ledger.finish([Verdict(delivery.id, "accepted", remote_id=delivery.id)], owner="me")
        took.append(time.perf_counter() - begin)
    return statistics.median(took) * 1000


def _bare(file: Path) -> float:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, body BLOB)")
        begin = time.perf_counter()
        for start in range(0, COUNT, BATCH):
            connection.executemany("INSERT INTO rows VALUES (?, ?)", [(f"d-{n}", b"x" * 400) for n in range(start, start + BATCH)])
            connection.commit()
        return COUNT / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
