"""Statement rows, counters, and what else the way from lines to rows leaves behind."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import NamedTuple

from colophon.royalties.line import Line, Trouble
from colophon.royalties.policy import Basis, Trigger
from colophon.royalties.rounding import BPS, PPM, REST, rounded
from colophon.royalties.tiered_counter import TieredCounter, Unreturned

SALES = "SALES"
RERATED = "RERATED"
LIMITED = "LIMITED"
DIGEST_SIZE = 1 << 64


class RowKey(NamedTuple):
    """What makes a statement row (section 11). `price` is the list price for basis LIST; `rate` and `keep` as in `Rule`.

    `kind` RERATED: earlier sales, paid again by the difference of two rates (E8 whole-amount); its `rate` is the difference.
    LIMITED: what returns took back beyond what the sales of their type had earned, given back (N2); its basis is the sum itself.
    """

    contract_id: int
    product_id: int
    format: str
    channel_group: str
    territory_group: str
    kind: str
    basis: Basis
    keep: int
    rate: int
    price: int | None
    currency: str


class CounterKey(NamedTuple):
    """One running count of a counting group (E3)."""

    group: str
    trigger: Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statement row: `amount` is the only rounded number. `sold` and `returned` are copies, both never negative.

    `basis_sum`: minor units (LIST, NET) or copies (FIXED), and `basis_rest` what of receipts is below one, in parts of `REST`; `value_sum`: what the lines were worth, where told. `counted`: by how much its lines moved their counters.
    `line_digest`: the sum of the line ids' hashes, the same however the lines were cut; `tier`: the highest tier in it. With `rule_ids`
    (each with its version) and `sources` a row can be computed again years later (D5).
    """

    key: RowKey
    sold: int = 0
    returned: int = 0
    counted: int = 0
    basis_sum: int = field(default=0, repr=False)
    basis_rest: int = field(default=0, repr=False)
    value_sum: int = field(default=0, repr=False)
    tier: int = 0
    line_count: int = 0
    line_digest: int = 0
    rule_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def numerator(self) -> int:
        """The row's royalty before rounding, times 1e14."""
        return (self.basis_sum * REST + self.basis_rest) * self.key.rate * self.key.keep

    @property
    def amount(self) -> int:
        """The row's royalty in minor units, rounded once, half away from zero (section 11)."""
        return rounded(self.numerator, PPM * BPS * REST)

    @property
    def units(self) -> int:
        """Copies net of returns."""
        return self.sold - self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A counter over the period: `tiers` is by how much each tier grew, `standing` what each tier holds after it (N2), the lowest first."""

    key: CounterKey
    before: int
    after: int
    tiers: tuple[int, ...]
    standing: tuple[int, ...]


def count_of(key: CounterKey, counter: TieredCounter) -> Count:
    """What a counter did."""
    return Count(key=key, before=counter.before, after=counter.value, tiers=counter.tiers, standing=counter.standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Basis of earlier periods under a whole-amount escalator: what a new tier rates again (E8). `paid` is the rate it got."""

    key: RowKey
    rule_id: str
    bounds: tuple[int, ...]
    rates: tuple[int, ...] = field(repr=False)
    basis_sum: int = field(repr=False)
    paid: int = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What earlier periods left (E7): counters; whole-amount bases; which sales are above a counter's lowest tier.

    A counter that is missing is nought; where only the counter is known, tiers are filled from the lowest up.
    """

    counters: Mapping[CounterKey, int] = field(default_factory=dict)
    prior: Mapping[CounterKey, tuple[Prior, ...]] = field(default_factory=dict)
    unreturned: Mapping[CounterKey, Unreturned] = field(default_factory=dict)

    def counter(self, key: CounterKey) -> TieredCounter:
        """A counter as the period opens."""
        return TieredCounter(self.counters.get(key, 0), self.unreturned.get(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """A line that no one rate applies to (C2)."""

    line: Line
    trouble: Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A line without royalty and without count, reported as units (N5)."""

    line: Line
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Lines turned into rows, in key order, with all that became of the lines, and what the next period opens with."""

    rows: Sequence[Row]
    counts: tuple[Count, ...]
    suspended: tuple[Suspended, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    closing: Opening = field(default_factory=Opening)
    lines_in_rows: int = 0


def line_hash(line_id: str) -> int:
    """64 bits of a line's id; against mistakes, not against malice."""
    return int.from_bytes(hashlib.md5(line_id.encode(), usedforsecurity=False).digest()[8:], "little")


def line_order(line: Line) -> tuple[int, str, str]:
    """An order of lines that even two with one id have."""
    return (line.contract_id, line.id, repr(astuple(line)))


def sort_key(key: RowKey) -> tuple[object, ...]:
    """The order of rows on paper and in hashes."""
    return (*key[:9], -1 if key.price is None else key.price, key.currency)


def canonical_hash(rows: Iterable[Row]) -> int:
    """A hash of rows that adds up: the union of shards has the sum of their hashes, modulo 2**64 (identity 9)."""
    texts = (
        repr((*row.key, row.sold, row.returned, row.counted, row.basis_sum, row.value_sum, row.amount, row.line_count, row.line_digest))
        for row in rows
    )
    return sum(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts) % DIGEST_SIZE
