"""Clauses of contracts that the system of record has no field for: one row of a sheet that people keep, and what it may say.

All of it is personal: kept out of `repr`, logs, XComs and errors. Rates and shares are in percent, amounts in the contract's currency.
"""

import hashlib
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum

from colophon.domain.royalty_terms import PriceBasis

NOBODY = 0
"""The contract of a row whose contract cannot be read."""


class ClauseKind(StrEnum):
    """What a clause does; the words are those of the sheet."""

    RATE = "rate"
    SLIDING = "sliding rate"
    FREE = "free copies"
    COST = "unit cost"
    RESERVE = "reserve"
    CHARGE = "charge"
    BUNDLE = "bundle"
    POOL = "pool"
    GUARANTEE = "guarantee"
    SWEEP = "sweep"
    SPLIT = "split"
    PRINTED = "printed"
    UNREADABLE = "cannot be read"


class Begins(StrEnum):
    """When a counter begins anew: with each year, half or quarter of the days of sale."""

    YEAR = "YEAR"
    HALF = "HALF"
    QUARTER = "QUARTER"


class Counted(StrEnum):
    """What passes the thresholds: copies, copies at list price, or what was received."""

    COPIES = "COPIES"
    LIST = "LIST"
    NET = "NET"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountBand:
    """A discount in percent, from and up to; each end may belong to it (C3)."""

    over: Decimal | None = None
    over_inclusive: bool = False
    under: Decimal | None = None
    under_inclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePart:
    """A part of a reserve, in percent, and after how many statements or months it is released."""

    percent: Decimal = field(repr=False)
    after: int
    in_months: bool = False


Thresholds = tuple[tuple[Decimal, Decimal], ...]
"""Each threshold with the rate above it, rising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause of one contract. What a kind does not read is None; `place` is where it stands, such as `row 7`.

    Scope: `product_id` to `sold_to`; None holds for all. `of_rate`: percent of the rate that would hold without the clause.
    `less`: percent that is taken off the basis first. `wins`: it counts although the system of record says something else.
    `until`: of a reserve; `from_publication`: months after the edition's publication in which it is withheld.
    """

    contract_id: int
    kind: ClauseKind
    place: str = field(default="", compare=False)
    product_id: int | None = None
    format: str | None = None
    masterchannel: str | None = None
    territories: tuple[str, ...] | None = None
    not_in: tuple[str, ...] = ()
    discount: DiscountBand | None = None
    sold_from: date | None = None
    sold_to: date | None = None
    basis: PriceBasis | None = None
    rate: Decimal | None = field(default=None, repr=False)
    of_rate: Decimal | None = field(default=None, repr=False)
    less: Decimal | None = field(default=None, repr=False)
    thresholds: Thresholds = field(default=(), repr=False)
    counted: Counted | None = None
    counter: str | None = None
    begins: Begins | None = None
    amount: Decimal | None = field(default=None, repr=False)
    copies: int | None = None
    percent: Decimal | None = field(default=None, repr=False)
    cap: Decimal | None = field(default=None, repr=False)
    release: tuple[ReleasePart, ...] = ()
    first: int | None = None
    last: int | None = None
    until: date | None = None
    from_publication: int | None = None
    months: tuple[int, ...] = ()
    dated: date | None = None
    payee_id: int | None = None
    label: str = field(default="", repr=False)
    wins: bool = False

    @property
    def subject(self) -> str:
        """How the ledger names what the clause belongs to."""
        return f"contract:{self.contract_id}"

    @property
    def id(self) -> str:
        """A name by the clause's content, whatever its row: two rows of one content have one name."""
        told = [repr(_plain(getattr(self, one.name))) for one in fields(self) if one.compare]
        return f"clause:{hashlib.sha256('|'.join(told).encode()).hexdigest()[:12]}"


def _plain(value: object) -> object:
    """A value whose text is the same however it was written: 15 and 15.0 are one."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, (DiscountBand, ReleasePart)):
        return tuple(_plain(getattr(value, one.name)) for one in fields(value))
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value
