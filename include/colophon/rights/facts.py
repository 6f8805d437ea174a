"""The rights facts of some works between the steps of a run: as lines of a staged batch, and as the engine's input.

A batch holds whole works: their products (cut to what rights need), head contracts, grants, licences and teams. Its first
line says which kinds of record are known at all, so that a report that is missing is never taken for "none".
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.team import TeamMember
from colophon.rights.holding import Holding

Record = Product | Contract | HeadGrant | RightsDeal | TeamMember | Finding
FactLine = tuple[int | None, str]
"""A work's id (0: not known), or None for what is about all works; and a record's line."""

_KINDS: Mapping[str, type] = {
    "product": Product,
    "contract": Contract,
    "head_grant": HeadGrant,
    "rights_deal": RightsDeal,
    "team_member": TeamMember,
    "unreadable": Finding,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in _KINDS.items()}
_PRODUCT_MEMBERS = {
    "id",
    "kind",
    "work_id",
    "isbn13",
    "title",
    "imprint",
    "form_code",
    "publishing_status",
    "publication_on",
    "languages",
    "for_sale",
    "not_for_sale",
    "is_for_sale_worldwide",
    "missing_fields",
}
_PRODUCT = '{"product":'
"""How a product's line begins."""
_HARMLESS = ("isbn:", "product:", "team_member:", "report:team", "report:contracts")
"""Subjects of unreadable records that take no right away; what else is unreadable closes its work."""
_CLOSING = ("head_grant:", "rights_deal:", "report:head_grants", "report:rights_deals")
"""Subjects of unreadable records that close all works where nobody knows which one they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of some works. None is *not known*, an empty tuple is "none".

    `unreadable`: records that could not be read. One whose work is not known (`about` is empty) and that could take a right
    away is in every batch, and closes every product: nobody knows which right it was.
    """

    products: tuple[Product, ...]
    contracts: tuple[Contract, ...] | None
    grants: tuple[HeadGrant, ...] | None
    deals: tuple[RightsDeal, ...] | None
    team: tuple[TeamMember, ...] | None = None
    unreadable: tuple[Finding, ...] = ()

    def holdings(self, embargoes: Mapping[str, date] = MappingProxyType({})) -> Iterator[Holding]:
        """The engine's input, product by product, each with the records of its own work.

        :param embargoes: the first day of sale, by ISBN.
        """
        contracts, grants, deals = (_by_work(records) for records in (self.contracts, self.grants, self.deals))
        everywhere = [finding for finding in self.unreadable if closes_everything(finding)]
        faults: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.unreadable:
            if not finding.subject.startswith(_HARMLESS):
                faults[finding.about].append(finding)
        for product in self.products:
            mine = faults.get(f"work:{product.work_id}", [])
            yield Holding(
                product=product,
                contracts=None if self.contracts is None else tuple(contracts.get(product.work_id, ())),
                grants=None if self.grants is None else tuple(grants.get(product.work_id, ())),
                deals=None if self.deals is None else tuple(deals.get(product.work_id, ())),
                unreadable=(*mine, *everywhere),
                embargo_until=embargoes.get(product.isbn13 or ""),
            )


class FactLines:
    """Gathers records as lines by work; memory holds the lines of all works, which are short."""

    def __init__(self) -> None:
        self.products = 0
        self._known: set[str] = {"product"}
        self._lines: dict[int, list[str]] = defaultdict(list)
        self._everywhere: list[str] = []

    def know(self, kind: str) -> None:
        """Say that a kind of record is known, even if there is none: `contract`, `head_grant`, `rights_deal`, `team_member`."""
        self._known.add(kind)

    def add(self, record: Record) -> None:
        """One record; its kind counts as known."""
        self.take([line_of(record)])

    def take(self, lines: Iterable[FactLine]) -> None:
        """Records as `line_of` gives them."""
        for work_id, line in lines:
            self.products += line.startswith(_PRODUCT)
            (self._everywhere if work_id is None else self._lines[work_id]).append(line)

    def batches(self, size: int) -> Iterator[list[str]]:
        """Lines of whole works, about `size` to a batch, works by ascending id; none at all where there is no record."""
        head = [json.dumps({"known": sorted(self._known)}), *self._everywhere]
        batch: list[str] = []
        for work_id in sorted(self._lines):
            if batch and len(batch) + len(self._lines[work_id]) > size:
                yield [*head, *batch]
                batch = []
            batch += self._lines[work_id]
        if batch or self._everywhere:
            yield [*head, *batch]


def read_facts(lines: Iterable[str]) -> Facts:
    """The facts of a staged batch, or of several. Raises pydantic's ValidationError on a line that is none of them."""
    known: set[str] | None = None
    found: dict[str, list[Any]] = {name: [] for name in _KINDS}
    for line in lines:
        name, _, record = line[2:-1].partition('":')
        if name == "known":
            known = set(json.loads(record)) & (_KINDS.keys() if known is None else known)
        else:
            found[name].append(_ADAPTERS[name].validate_json(record))

    def of(name: str) -> tuple[Any, ...] | None:
        return tuple(found[name]) if known and name in known else None

    return Facts(
        products=tuple(found["product"]),
        contracts=of("contract"),
        grants=of("head_grant"),
        deals=of("rights_deal"),
        team=of("team_member"),
        unreadable=tuple(dict.fromkeys(found["unreadable"])),
    )


def line_of(record: Record) -> FactLine:
    """One record as a line, with the work that it is about."""
    if isinstance(record, Finding):
        return None if closes_everything(record) else _work_of(record), to_line(record)
    return record.work_id or 0, to_line(record)


def closes_everything(finding: Finding) -> bool:
    """Whether a record that could not be read may concern any work."""
    return not finding.about and finding.subject.startswith(_CLOSING)


def to_line(record: Record) -> str:
    """One record as a line of a staged batch."""
    name = _NAMES[type(record)]
    members = _PRODUCT_MEMBERS if isinstance(record, Product) else None
    return f'{{"{name}":{_ADAPTERS[name].dump_json(record, include=members, exclude_defaults=True).decode()}}}'


def work_of(line: str) -> int:
    """The work that a line of a staged batch is about; 0 where that is none, or not known."""
    ((name, record),) = json.loads(line).items()
    return _work_of(Finding.model_validate(record)) if name == "unreadable" else int(record.get("work_id") or 0)


def _work_of(finding: Finding) -> int:
    work_id = finding.about.removeprefix("work:")
    return int(work_id) if work_id.isascii() and work_id.isdigit() else 0


def _by_work(records: Iterable[Any] | None) -> dict[int | None, list[Any]]:
    found: dict[int | None, list[Any]] = defaultdict(list)
    for record in records or ():
        found[record.work_id].append(record)
    return found
