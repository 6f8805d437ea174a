"""The record that takes a title off sale: what it is, its status, that it cannot be had, and nothing else.

It is an update like any other, never a deletion: who has the title keeps it, and knows that it is closed.
"""

import re
from dataclasses import replace
from datetime import date

from colophon.domain.product import Product
from colophon.onix.build import without_details
from colophon.onix.codelists import CodeLists
from colophon.onix.elements import supply_elements
from colophon.onix.narrow import narrowed
from colophon.onix.profile import Profile
from colophon.onix.publisher import Publisher
from colophon.onix.record import OnixProduct
from colophon.onix.record_parts import PublishingDate
from colophon.onix.record_sales import ProductSupply, SupplyDetail
from colophon.onix.supply import BY_STATUS, CONTACT_SUPPLIER, GONE_AVAILABILITIES, GONE_STATUSES, ONLY, supplier_of
from colophon.onix.tags import tag_pairs
from colophon.onix.territory import expand, express
from colophon.onix.write import written

_NEEDS_MORE = frozenset({"41", "42", "43", "45"})
"""Availabilities that have to name another product or supplier, which a bare record does not."""
NOT_SOLD_HERE = "52"
NOT_YET = "10"
UNSPECIFIED = "40"
SALES_EMBARGO = "02"
EXPECTED = "08"


def closed_availability(product: Product) -> str:
    """List 65, for a title that is closed: what the system of record says where that is closed, too; else what the status means."""
    if product.availability in GONE_AVAILABILITIES:
        return UNSPECIFIED if product.availability in _NEEDS_MORE else str(product.availability)
    if product.publishing_status in GONE_STATUSES:
        return BY_STATUS[product.publishing_status or ""]
    return NOT_SOLD_HERE


def closing_record(
    record: OnixProduct, profile: Profile, publisher: Publisher, lists: CodeLists, *, availability: str, opens_on: date | None = None
) -> OnixProduct:
    """The bare record of a title that the recipient may not sell now.

    :param opens_on: the first day of sale, where it is not open yet; it is then not yet available.
    """
    # A title that is cancelled or postponed has no day of publication.
    dates = [] if record.publishing_status in {"01", "03"} else record.publishing_dates
    dates = [*dates, *([PublishingDate(SALES_EMBARGO, opens_on)] if opens_on else [])]
    supply = closed_supply(profile, publisher, lists, availability=NOT_YET if opens_on else availability, opens_on=opens_on)
    kind = record.notification_type if record.notification_type != "01" or "02" not in profile.notification_types else "02"
    return replace(without_details(record), notification_type=kind, publishing_dates=dates, supplies=[supply])


def closed_supply(
    profile: Profile, publisher: Publisher, lists: CodeLists, *, availability: str, opens_on: date | None = None
) -> ProductSupply:
    """That a title cannot be had in the recipient's market."""
    market, _ = expand(profile.market, lists)
    dates = [PublishingDate(EXPECTED, opens_on)] if opens_on else []
    detail = SupplyDetail(supplier_of(profile, ONLY, publisher), availability, dates=dates, unpriced=CONTACT_SUPPLIER)
    return ProductSupply(express(market, lists), [detail])


def not_yet(record: OnixProduct, opens_on: date) -> OnixProduct:
    """The record of a title that is announced and may not be sold before a day: it says that day, and that it is not yet available."""
    dates = [PublishingDate(EXPECTED, opens_on)]
    supplies = [
        replace(supply, supply_details=[replace(detail, availability=NOT_YET, dates=dates) for detail in supply.supply_details])
        for supply in record.supplies
    ]
    return replace(record, publishing_dates=[*record.publishing_dates, PublishingDate(SALES_EMBARGO, opens_on)], supplies=supplies)


def closed_content(content: bytes, profile: Profile, publisher: Publisher, lists: CodeLists, *, availability: str) -> bytes:
    """What a recipient of ONIX was sent last, taken off sale: of a title of which nothing else can be read any more."""
    pairs = tag_pairs(profile.release, profile.tags)
    text = narrowed(content, frozenset(), profile, lists).decode()
    for name in ("CollateralDetail", "RelatedMaterial"):
        start, end, _ = pairs[name]
        text = re.sub(f"{re.escape(start)}.*?{re.escape(end)}\n?", "", text, count=1, flags=re.DOTALL)
    body, end, rest = text.rpartition(pairs["Product"][1])
    supply = closed_supply(profile, publisher, lists, availability=availability)
    return f"{body}{written([supply_elements(supply)], profile)}{end}{rest}".encode()
