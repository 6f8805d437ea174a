"""Where a product may be sold, by whom it is supplied, and at which prices, as a record says it (`OnixProduct`)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.onix.record_parts import Identifier, PublishingDate
from colophon.onix.terms import DiscountCode, ReturnsCode


@dataclass(slots=True)
class Territory:
    """Country codes of List 91 and region codes of List 49 (WORLD, ROW among them)."""

    countries_included: list[str] = field(default_factory=list)
    regions_included: list[str] = field(default_factory=list)
    countries_excluded: list[str] = field(default_factory=list)
    regions_excluded: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SalesRights:
    """`rights_type` List 46 (01 exclusive, 02 non-exclusive, 03 not for sale ...)."""

    rights_type: str
    territory: Territory


@dataclass(slots=True)
class Tax:
    """`tax_type` List 171 (01 VAT), `rate_code` List 62; `taxable` and `amount` in the price's currency."""

    tax_type: str
    rate_code: str
    rate_percent: Decimal
    taxable: Decimal
    amount: Decimal


@dataclass(slots=True)
class Price:
    """`price_type` List 58, `qualifier` List 59. `unpriced` (List 57) stands instead of an amount; no `territory`: the whole market."""

    price_type: str
    amount: Decimal | None
    currency: str
    qualifier: str | None = None
    territory: Territory | None = None
    taxes: list[Tax] = field(default_factory=list)
    from_on: date | None = None
    until_on: date | None = None
    unpriced: str | None = None
    discount: DiscountCode | None = None


@dataclass(slots=True)
class Supplier:
    """`role` List 93, identifiers List 92 (06 GLN)."""

    role: str
    name: str | None = None
    identifiers: list[Identifier] = field(default_factory=list)


@dataclass(slots=True)
class SupplyDetail:
    """`availability` List 65; `dates` are SupplyDates (List 166 role, day); `unpriced` (List 57) where there is no price at all.

    `lacks_price`: it should have one, and may not go so (S14) unless it takes the title off sale.
    """

    supplier: Supplier
    availability: str
    dates: list[PublishingDate] = field(default_factory=list)
    new_supplier: Supplier | None = None
    prices: list[Price] = field(default_factory=list)
    unpriced: str | None = None
    returns: ReturnsCode | None = None
    pack_quantity: int | None = None
    lacks_price: bool = False


@dataclass(slots=True)
class ProductSupply:
    """One market with its supply."""

    market: Territory | None
    supply_details: list[SupplyDetail] = field(default_factory=list)
