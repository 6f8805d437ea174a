"""What a recipient was told of a title before: a record is judged beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class PriceKey(NamedTuple):
    """Which price it is: List 58 type, List 59 qualifier, currency; empty where it has none, or an event does not say."""

    price_type: str
    qualifier: str
    currency: str


@dataclass(frozen=True, slots=True)
class Prior:
    """What this recipient got of this product before: nothing, by default.

    `full_sent` is true once a complete record (type 01, 02 or 03) went out; `record_reference` and `isbn` are those last sent.
    `cover_dates` are the links of covers last sent and the day each first went out (`write.cover_dates` reads them from
    what was sent); None where nobody knows, and then no date is written. `prices` are the amounts that were sent last.
    """

    sent_before: bool = False
    full_sent: bool = False
    record_reference: str | None = None
    isbn: str | None = None
    cover_dates: Mapping[str, date] | None = None
    prices: Mapping[PriceKey, tuple[Decimal, ...]] | None = None
