"""S: in which market it is supplied, by whom, and whether it can be had."""

from collections.abc import Iterator

from colophon.onix import territory
from colophon.onix.record_sales import Price, ProductSupply, SupplyDetail
from colophon.quality.rule import C, Case, E, Fault, W, rule
from colophon.quality.rules.places import places_of, sold_in

NEEDS_DATE = frozenset({"10", "11", "12", "30", "31", "32", "33", "34"})
AVAILABLE = frozenset({"20", "21", "22", "23"})
NOT_YET = frozenset({"10", "11", "12"})
AGAIN = frozenset({"30", "31", "32", "33"})
"""List 65: it is out, and comes back."""
NEVER_WITH = {
    **dict.fromkeys(("01", "05", "08", "11", "15", "17"), AVAILABLE | NOT_YET | AGAIN),
    **dict.fromkeys(("06", "07", "10", "16"), AVAILABLE | NOT_YET),
    **dict.fromkeys(("03", "12", "13"), AVAILABLE),
    "02": AVAILABLE | {"40", "41", "46"},
    "04": frozenset({"01", "46", "49", "51"}),
}
"""List 65 codes that contradict a status of List 64: who says one thing in one place sells, or refuses to, in the other."""
LONG_OUT_DAYS = 60
"""So long after publication nobody waits for the stock any more."""


def details(case: Case) -> Iterator[tuple[ProductSupply, SupplyDetail]]:
    """Each supply of a record, and what it says."""
    for supply in case.record.supplies:
        for detail in supply.supply_details:
            yield supply, detail


@rule("S1", E, "A market lies inside the territory where it may be sold", "Correct the market or the sales rights.")
def market(case: Case) -> Iterator[Fault]:
    """Market inside the saleable territory."""
    if not case.record.sales_rights or all(s.market is None for s in case.record.supplies):
        return
    sold = sold_in(case.record, case.lists)
    for supply in case.record.supplies:
        if supply.market is not None:
            outside = sorted(place for place in places_of(supply.market, case.lists) - sold if not territory.is_inside([place], sold))
            if outside:
                yield Fault("Market", outside, "countries where it may be sold")


@rule("S2", E, "An availability carries what it needs", "Give the expected date, the replacement or the new supplier.")
def needs(case: Case) -> Iterator[Fault]:
    """10, 11, 12, 30-34 SupplyDate 08; 41, 42 RelatedProduct; 43 NewSupplier; 45 RelatedProduct 02."""
    relations = {r.relation for r in case.record.related_products}
    for _, detail in details(case):
        code = detail.availability
        if code in NEEDS_DATE and not any(d.role == "08" for d in detail.dates):
            yield Fault("SupplyDate", None, f"the expected date with availability {code}")
        if code in {"41", "42"} and not relations & {"05", "06", "03", "13"}:
            yield Fault("RelatedProduct", None, f"the replacement with availability {code}")
        if code == "43" and detail.new_supplier is None:
            yield Fault("NewSupplier", None, "the new supplier with availability 43")
        if code == "45" and "02" not in relations:
            yield Fault("RelatedProduct", None, "the set (relation 02) with availability 45")


@rule("S3", E, "Availability agrees with publishing status", "Correct the availability or the status.")
def agrees(case: Case) -> Iterator[Fault]:
    """A cancelled title cannot be in stock."""
    status = case.record.publishing_status or ""
    for _, detail in details(case):
        if detail.availability in NEVER_WITH.get(status, ()):
            yield Fault("ProductAvailability", detail.availability, f"one that fits status {status}")


@rule("S3a", W, "Availability agrees with the publication date", "Correct the date, the status or the availability.", "ours")
def agrees_with_date(case: Case) -> Iterator[Fault]:
    """Active or to be had before the day it comes out; not yet to be had long after it."""
    published = next((d.on for d in case.record.publishing_dates if d.role == "01"), None)
    if published is None:
        return
    contradicts = NEVER_WITH.get(case.record.publishing_status or "", frozenset())
    for _, detail in details(case):
        if detail.availability in contradicts:
            continue
        if published > case.on and detail.availability in AVAILABLE:
            yield Fault("ProductAvailability", detail.availability, f"one that says not yet: it comes out on {published.isoformat()}")
        if (case.on - published).days > LONG_OUT_DAYS and detail.availability in NOT_YET:
            yield Fault("ProductAvailability", detail.availability, f"one that says it is out, since {published.isoformat()}")
    if published > case.on and case.record.publishing_status == "04":
        yield Fault("PublishingStatus", "04", f"02 (forthcoming) until {published.isoformat()}")


@rule("S10", C, "The supplier is named or has a GLN", "Name the supplier in publisher.yaml.")
def supplier(case: Case) -> Iterator[Fault]:
    """SupplierName or a GLN."""
    for _, detail in details(case):
        if not detail.supplier.name and not any(i.id_type == "06" for i in detail.supplier.identifiers):
            yield Fault("Supplier", None, "a name or GLN")


def prices_of(case: Case) -> Iterator[tuple[ProductSupply, Price]]:
    """Each price of a record, and the supply in which it stands."""
    for supply, detail in details(case):
        for price in detail.prices:
            yield supply, price
