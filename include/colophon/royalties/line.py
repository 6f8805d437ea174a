"""One sale or one return under one contract, in whole numbers."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`units` and `value` are negative for a return (N1); money in minor units of `currency`.

    `id` is unique within a contract and orders the lines of one day (E6). `exempt` says why a copy earns nothing (N5).
    `rest`: what of the value is below a minor unit, in parts of `REST`, signed like it. `list_price` is without sales tax (B2).
    `unit_cost`: what a copy cost us, where known: sales at or below it earn nothing. `content`: 64 bits of what the sale says, whoever
    says it and under whatever number; it tells a line that was there before (D6).
    """

    id: str
    contract_id: int
    product_id: int
    format: str
    channel_id: int | None = None
    masterchannel: str | None = None
    country: str | None = None
    sold_on: date
    units: int
    list_price: int | None = None
    value: int | None = field(default=None, repr=False)
    currency: str
    exempt: str | None = None
    unit_cost: int | None = None
    source: str = ""
    rest: int | None = field(default=None, repr=False)
    content: int | None = None

    @property
    def gross(self) -> int | None:
        """Units at list price (B1), None without one."""
        return None if self.list_price is None else self.units * self.list_price

    @property
    def has_price(self) -> bool:
        """Whether its list price is told: nought is one only where the copies brought nothing either."""
        return self.list_price is not None and (self.list_price != 0 or self.value == 0)


class Trouble(StrEnum):
    """Why a line is in suspense; it blocks its account (C2)."""

    NO_RATE = "NO_RATE"
    TWO_RATES = "TWO_RATES"
    COUNTRY_UNKNOWN = "COUNTRY_UNKNOWN"
    CHANNEL_UNKNOWN = "CHANNEL_UNKNOWN"
    DISCOUNT_UNKNOWN = "DISCOUNT_UNKNOWN"
    LIST_PRICE_MISSING = "LIST_PRICE_MISSING"
    VALUE_MISSING = "VALUE_MISSING"
    OTHER_CURRENCY = "OTHER_CURRENCY"
    LINE_TWICE = "LINE_TWICE"
