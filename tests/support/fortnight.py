"""A fortnight of a small house, played through the DAGs against the sandbox, with nights on which something is wrong; and the desk on it.

with open_station(folder) as house:
    nights = play(house)
    app = at_its_time(make_app())
"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from station import Station

from colophon.environment import in_force, use
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
FIRST, NIGHTS = datetime(2026, 5, 2, 1, tzinfo=UTC), 14
WRITES = {"path": "/v1/messages*", "method": "POST"}
FAULTS: dict[int, tuple[str, dict[str, Any]]] = {
    3: ("xconnector", {"kind": "status", "value": {"status": 503}, **WRITES}),
    6: ("xconnector", {"kind": "status", "value": {"status": 422}, "times": 1, **WRITES}),
    9: ("consonance", {"kind": "status", "value": {"status": 401}}),
    NIGHTS - 1: ("xconnector", {"kind": "status", "value": {"status": 422}, "times": 2, **WRITES}),
}
"""By night: a system is down, a message is refused, a key is no longer taken; and on the last one messages are refused again."""


class Night(NamedTuple):
    """One night: how the run ended, and what it reported; None where it did not come so far."""

    number: int
    state: str
    report: dict[str, Any] | None


def play(house: Station, nights: int = NIGHTS, titles: int = 40) -> list[Night]:
    """Each day some prices and titles change, each night the feed goes; it is the morning after the last one then."""
    seeded, random, found = seeds.catalogue(titles, 7), Random(5), list[Night]()
    for system, records in seeded.items():
        house.seed(system, records)
    for number in range(nights):
        at = FIRST + timedelta(days=number)
        house.clock(at - timedelta(hours=5))
        house.seed(
            "consonance", {"products": [_changed(row, house.now, random) for row in random.sample(seeded["consonance"]["products"], 6)]}
        )
        if fault := FAULTS.get(number - nights + NIGHTS if number == nights - 1 else number):
            house.fault(fault[0], **fault[1])
        run = house.run(NIGHTLY, at)
        found.append(Night(number, run.state, run.returned.get("report")))
        house.mend()
    house.advance(timedelta(hours=6).total_seconds())
    return found


def _changed(row: dict[str, Any], at: datetime, random: Random) -> dict[str, Any]:
    prices = [{**price, "amount": f"{random.randint(8, 19)}.99"} for price in row.get("prices") or ()]
    return {**json.loads(json.dumps(row)), "prices": prices, "updatedAt": at.isoformat()}


def at_its_time(app: Any) -> Any:
    """The desk's app, to which it is as late as it is in the house that is open."""
    environment = in_force()

    async def around(scope: Any, receive: Any, send: Any) -> None:
        with use(environment):
            await app(scope, receive, send)

    return around


def with_longest_story(ledger: Ledger) -> str:
    """ISBN of the title of which there are the most deliveries."""
    isbns = Counter(row.isbn for row in ledger.desk.deliveries_page(Wanted(use_case=NIGHTLY), limit=5000) if row.isbn)
    return str(max(isbns, key=lambda isbn: (isbns[isbn], isbn)))


def contract_of(isbn: str, titles: int = 40) -> int:
    """Id of a contract of a title."""
    records = seeds.catalogue(titles, 7)["consonance"]
    work = next(row["workId"] for row in records["products"] if row["isbn13"] == isbn)
    return next(int(row["id"]) for row in records["contracts"] if row["workId"] == work)
