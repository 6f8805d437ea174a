"""A living house: the built-in catalogue, and everything that happens around its titles in all six systems.

Nothing of the built-in catalogue changes its id. Ids of what is added begin at `FIRST`.
"""

import random
from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

from colophon_sandbox.seeds import builtin
from colophon_sandbox.seeds.shelf import Row

FIRST = 10_001
CHANGED = {"revision": 1, "updatedAt": "2026-04-20T09:00:00Z"}


class House:
    """What the parts of a living house share: the catalogue that they add to, chance, and ids by kind of record."""

    def __init__(self, records: dict[str, Any], seed: int) -> None:
        self.records = records
        self.consonance: dict[str, list[Row]] = records["consonance"]
        self.seed = seed
        self._ids: dict[str, Iterator[int]] = {}
        self.published = _published(self.consonance["products"])
        """The first day of each work, by its id; a work without a date is not there."""

    def add(self, collection: str, /, **row: Any) -> Row:
        """One more record of a collection of Consonance's; its id may be given."""
        made = {"id": row.pop("id", None) or self.next_id(collection), **CHANGED, **row}
        self.consonance.setdefault(collection, []).append(made)
        return made

    def next_id(self, name: str) -> int:
        """The next id of a kind of record."""
        return next(self._ids.setdefault(name, count(FIRST)))

    def chance(self, what: str) -> random.Random:
        """A source of chance for one part, so that a change in it leaves the others as they are."""
        return random.Random(f"{self.seed} living {what}")

    def products_of(self, work_id: int) -> list[Row]:
        """Products of a work that have an ISBN."""
        return [row for row in self.consonance["products"] if row["workId"] == work_id and row["isbn13"]]


def house(titles: int = 300, seed: int = 42) -> dict[str, Any]:
    """Records of all systems, for the day of the built-in catalogue."""
    from colophon_sandbox.seeds.living import audiences, marketing, media, outlets, people, schedule, words

    made = House(builtin.catalogue(titles, seed), seed)
    for part in (people, schedule, words, media, marketing, outlets, audiences):
        part.add(made, builtin.TODAY)
    return made.records


def _published(products: list[Row]) -> dict[int, date]:
    found: dict[int, date] = {}
    for row in products:
        if day := row["publicationDate"] or row["plannedPublicationDate"]:
            found[row["workId"]] = min(date.fromisoformat(day), found.get(row["workId"], date.max))
    return found
