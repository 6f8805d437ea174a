"""A royalty run as the system of record made it: its own totals, which ours are compared with. Amounts are kept out of `repr`."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotal:
    """What a run gave for one product under one contract, all payees together."""

    product_id: int
    contract_id: int
    net_units: int
    sales_value: Decimal = field(repr=False)
    royalty: Decimal = field(repr=False)
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoyaltyRun(Sourced):
    """One run; `status` is the system's word, `last_day` the last invoice day that it takes in."""

    name: str
    status: str
    last_day: date | None = None
    totals: tuple[RunTotal, ...] = ()
