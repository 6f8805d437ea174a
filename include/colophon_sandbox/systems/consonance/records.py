"""Consonance's records as its GraphQL answers need them: looked up by id, searched, paged in ascending order."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from colophon_sandbox.world import Store

Row = dict[str, Any]
COLLECTIONS = ("imprints", "series", "contacts", "works", "products", "contracts")
EXTENSION = (
    "todos",
    "teamMembers",
    "launches",
    "headGrants",
    "rightsDeals",
    "royaltyTerms",
    "sales",
    "royaltyRuns",
    "statements",
    "payments",
    "rightsReceipts",
    "contactFields",
    "externalRecords",
)
AUDIENCES = ("readers", "subscriptions", "orders", "offers", "partners", "supplement")
"""Lists that a publisher keeps beside Consonance; they are files, and no query shows them."""


class Records:
    """Tables of the store with the indexes that searching needs; rebuilt when records are added."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.index()

    def table(self, name: str) -> dict[int, Row]:
        """Rows of a collection by id."""
        return self._by_id[name]

    def page(self, name: str, after: int | None, fits: Callable[[Row], bool], cap: int) -> list[Row]:
        """Up to `cap` (0: all) fitting rows with ids above `after`, ascending."""
        ids = self._ids[name]
        found: list[Row] = []
        for position in range(bisect_right(ids, after) if after is not None else 0, len(ids)):
            row = self._by_id[name][ids[position]]
            if fits(row):
                found.append(row)
                if cap and len(found) >= cap:
                    break
        return found

    def products_of(self, work_id: int) -> list[Row]:
        """Products of a work, ascending."""
        return self._products_of.get(work_id, [])

    def by_isbn(self, isbns: Iterable[str]) -> Iterator[Row]:
        """Products with these ISBN-13s."""
        for isbn in isbns:
            yield from self._by_isbn.get(isbn, [])

    def changed_on(self, product: Row) -> str:
        """Day of the last change of a product or of any sibling: `changedSince` is over-inclusive."""
        return self._work_changed.get(product["workId"], "")

    def add(self, records: Mapping[str, list[Row]]) -> dict[str, int]:
        """Add rows; counts by collection. ValueError names what is no collection or has no id."""
        for name, rows in records.items():
            if name not in (*COLLECTIONS, *EXTENSION, *AUDIENCES):
                raise ValueError(f"Consonance has no records called {name}")
            table = self.store.table(f"consonance.{name}")
            for row in rows:
                if not isinstance(row.get("id"), int):
                    raise ValueError(f"a record of {name} has no id")  # noqa: TRY004 - a faulty seed, whatever its types
                table.put(str(row["id"]), row)
                if name == "externalRecords":
                    self.store.table("consonance.references").put(f"{row['kind']} {row['externalReference']}", {"id": str(row["id"])})
        self.index()
        return {name: len(rows) for name, rows in records.items()}

    def edited(self, name: str, changes: Row, at: str) -> Row:
        """A record with other members; ValueError where there is no such record."""
        before = self._by_id.get(name, {}).get(changes.get("id") or 0)
        if before is None:
            raise ValueError(f"Consonance has no record {changes.get('id')} among {name}")
        raised = {"revision": before["revision"] + 1} if "revision" in before else {}
        return {**before, **changes, **raised, "updatedAt": at}

    def known(self) -> dict[tuple[str, str], set[object]]:
        """Ids by collection, and the ISBNs, as references name them."""
        ids: dict[tuple[str, str], set[object]] = {("consonance", name): set(rows) for name, rows in self._by_id.items()}
        return {**ids, ("consonance", "isbn"): set(self._by_isbn)}

    def index(self) -> None:
        """Build the indexes."""
        self._by_id: dict[str, dict[int, Row]] = {}
        for name in (*COLLECTIONS, *EXTENSION, *AUDIENCES):
            rows = self.store.table(f"consonance.{name}").rows.values()
            self._by_id[name] = {row["id"]: row for row in rows}
        self._ids = {name: sorted(rows) for name, rows in self._by_id.items()}
        self._products_of: dict[int, list[Row]] = defaultdict(list)
        self._by_isbn: dict[str, list[Row]] = defaultdict(list)
        self._work_changed: dict[int, str] = {}
        for product_id in self._ids["products"]:
            product = self._by_id["products"][product_id]
            self._products_of[product["workId"]].append(product)
            if product.get("isbn13"):
                self._by_isbn[product["isbn13"]].append(product)
            day = (product.get("updatedAt") or "")[:10]
            work = product["workId"]
            self._work_changed[work] = max(self._work_changed.get(work, ""), day)


def product_search(records: Records, search: Mapping[str, Any]) -> Callable[[Row], bool]:
    """A test for one product; all members given must fit."""
    tests: list[Callable[[Row], bool]] = []
    for name, value in search.items():
        if name == "after":
            continue
        if name == "productTypes" and not value:
            continue  # an empty list returns everything (DOC)
        tests.append(_PRODUCT_TESTS[name](records, value))
    return lambda row: all(test(row) for test in tests)


def both(test: Callable[[Row], bool], other: Callable[[Row], bool]) -> Callable[[Row], bool]:
    """A test that asks for two things."""
    return lambda row: test(row) and other(row)


def work_search(search: Mapping[str, Any], records: Records) -> Callable[[Row], bool]:
    """A test for one work; all members given must fit."""
    tests: list[Callable[[Row], bool]] = [_WORK_TESTS[name](records, value) for name, value in search.items() if name != "after"]
    return lambda row: all(test(row) for test in tests)


def plain(text: str | None) -> str:
    """A text without its tags."""
    return re.sub(r"<[^>]+>", "", text or "")


def _day(row: Row) -> str:
    return str(row.get("publicationDate") or "")


_Maker = Callable[[Records, Any], Callable[[Row], bool]]
_PRODUCT_TESTS: dict[str, _Maker] = {
    "idEq": lambda _, v: lambda row: row["id"] == v,
    "isbn13Eq": lambda _, v: lambda row: row.get("isbn13") == v,
    "isbn13In": lambda _, v: lambda row: row.get("isbn13") in v,
    "isbn13Assigned": lambda _, v: lambda row: bool(row.get("isbn13")) is v,
    "titleEq": lambda _, v: lambda row: row["fullTitle"] == v,
    "titleCont": lambda _, v: lambda row: v.lower() in row["fullTitle"].lower(),
    "titlePrefixPresent": lambda _, v: lambda row: bool(row.get("titlePrefix")) is (v == "true"),
    "publicationDateEq": lambda _, v: lambda row: _day(row) == v,
    "publicationDateGt": lambda _, v: lambda row: _day(row) > v,
    "publicationDateLt": lambda _, v: lambda row: "" < _day(row) < v,
    "publicationDateGteq": lambda _, v: lambda row: _day(row) >= v,
    "publicationDateLteq": lambda _, v: lambda row: "" < _day(row) <= v,
    "onix21ProductFormCodeIn": lambda _, v: lambda row: row.get("onix21ProductFormCode") in v,
    "changedSince": lambda records, v: lambda row: records.changed_on(row) >= v,
    "productTypes": lambda _, v: lambda row: row["__typename"] in v,
}
_WORK_TESTS: dict[str, _Maker] = {
    "idEq": lambda _, v: lambda row: row["id"] == v,
    "contractIdEq": lambda records, v: lambda row: (records.table("contracts").get(v) or {}).get("workId") == row["id"],
    "changedSince": lambda records, v: lambda row: records.changed_on({"workId": row["id"]}) >= v,
    "titleEq": lambda _, v: lambda row: row["title"] == v,
    "titleCont": lambda _, v: lambda row: v.lower() in row["title"].lower(),
    "subtitleEq": lambda _, v: lambda row: row.get("subtitle") == v,
    "subtitleCont": lambda _, v: lambda row: v.lower() in (row.get("subtitle") or "").lower(),
    "subtitlePresent": lambda _, v: lambda row: bool(row.get("subtitle")) is v,
    "imprintIdIn": lambda _, v: lambda row: row.get("imprintId") in v,
}
