"""Sales and returns of products, one record each."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale(Sourced):
    """Copies sold, or returned where `is_return`; numbers are never negative, `is_return` gives the sign.

    The product is named by exactly one of its four keys where the record comes from a file. `value` is what the line
    was worth in `currency`; None: not told (a list-price rule does not need it). `list_price` is that of the day of sale.
    """

    is_return: bool
    product_id: int | None = None
    isbn13: str | None = None
    asin: str | None = None
    internal_reference: str | None = None
    channel_id: int
    masterchannel: str | None = None
    sold_on: date
    list_price: Decimal | None = None
    source: str
    quantity: int
    value: Decimal | None = None
    currency: str
    country: str | None = None
    original_currency: str | None = None
    original_value: Decimal | None = None
    file: str | None = None
    notes: str | None = None
    royalty_run_id: int | None = None

    @property
    def line_id(self) -> str:
        """Stable name of the line: its row id, or its file's hash, row and half (a row may hold a sale and a return)."""
        if self.origin is None:
            return f"sale:{self.id}"
        return f"{self.origin.sha256}:{self.origin.row}:{'return' if self.is_return else 'sale'}"
