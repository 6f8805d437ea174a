"""Terms of trade as data: who supplies a market, on which terms, at which of our prices, and on which nights a recipient is told.

Each may stand in a market of a profile, in the profile, or in publisher.yaml; the nearer one counts.
"""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WithoutPrice = Literal["hold", "leave_out", "unpriced", "free"]
FREE_OF_CHARGE = "01"
WEEKLY = "weekly"
"""What a nightly run is on the weekday on which a recipient gets everything again: once on that day."""


class Part(BaseModel):
    """A part of a file: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceRule(Part):
    """Which of our prices this recipient takes: List 58 type, List 59 qualifier (None: any), currencies (empty: all).

    They hold in `countries` of the market; empty: in those that publisher.yaml gives for the currency, else in the whole market.
    """

    price_type: str
    qualifier: str | None = None
    currencies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


class DiscountCode(Part):
    """Our discount group for who buys: `code_type` is List 100, of which 02 and 05 are proprietary and have a `type_name`."""

    code_type: str
    code: str
    type_name: str | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.code_type in {"02", "05"}) != bool(self.type_name):
            raise ValueError("code types 02 and 05 have a type_name, and no other has one")
        return self


class ReturnsCode(Part):
    """Whether unsold copies may come back: `code_type` is List 53 (04: `code` is of List 204; 02: of BISAC's, List 66)."""

    code_type: str = "04"
    code: str


class SupplierPart(Part):
    """A supplier of ours; `role` is List 93."""

    name: str
    gln: str | None = None
    role: str = "01"


class Terms(Part):
    """Terms of a recipient or market. `supplier` is a key of `suppliers` in publisher.yaml; what is absent is said one level up.

    `returns` and `pack_quantity` are of things, and not said of downloads.
    """

    supplier: str | None = None
    supplier_role: str | None = None
    discount: DiscountCode | None = None
    returns: ReturnsCode | None = None
    pack_quantity: int | None = Field(default=None, gt=0)


class Market(Terms):
    """A market of a recipient with several: its countries (List 91, WORLD, ROW: all that no other market names), terms and prices.

    `prices`, `without_price` and `unpriced_code` that are absent are the profile's.
    """

    countries: tuple[str, ...] = Field(min_length=1)
    prices: tuple[PriceRule, ...] | None = None
    without_price: WithoutPrice | None = None
    unpriced_code: str | None = None


class Rhythm(Part):
    """On which nights a recipient is told, by the day on which the night's run ends; who runs it by hand and names it need not wait.

    `days`: nights with what changed; empty: each. `full_on`: the weekday on which it gets everything again; none: only by hand.
    """

    days: tuple[Weekday, ...] = ()
    full_on: Weekday | None = None

    def mode(self, mode: str, on: date) -> str:
        """What a run of mode `delta` is for this recipient on that day: `weekly`, `delta`, or nothing at all. Other modes stay."""
        weekday = WEEKDAYS[on.weekday()]
        if mode != "delta":
            return mode
        if weekday == self.full_on:
            return WEEKLY
        return "delta" if not self.days or weekday in self.days else ""
