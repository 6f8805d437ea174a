"""P: who publishes it, when, and where it may be sold."""

from collections.abc import Iterator

from colophon.quality.rule import C, Case, E, Fault, rule
from colophon.quality.rules.places import SALEABLE, places_of


@rule("P1", C, "Publisher and imprint are named", "Name the imprint of the work.")
def publisher(case: Case) -> Iterator[Fault]:
    """PublisherName and ImprintName."""
    if not case.record.publisher_name or not case.record.imprint_name:
        yield Fault("Imprint", case.record.imprint_name, "publisher and imprint")


@rule("P2", E, "Status and publication date agree", "Give a forthcoming title its date; take the date from a cancelled one.")
def status_and_date(case: Case) -> Iterator[Fault]:
    """Status 01, 03 has no publication date, 02 has one."""
    dated = any(d.role == "01" for d in case.record.publishing_dates)
    status = case.record.publishing_status
    if status in {"01", "03"} and dated:
        yield Fault("PublishingDate", "a publication date", f"none with status {status}")
    if status == "02" and not dated:
        yield Fault("PublishingDate", None, "a publication date with status 02")


@rule("P3", E, "Dates are real and fit the status", "Correct the date, or the status.")
def real_dates(case: Case) -> Iterator[Fault]:
    """No past publication date with status 02 (forthcoming)."""
    for each in case.record.publishing_dates:
        if each.role == "01" and case.record.publishing_status == "02" and each.on < case.on:
            yield Fault("PublishingDate", each.on.isoformat(), "a day to come: the status says forthcoming")
        if not 1400 <= each.on.year <= case.on.year + 30:
            yield Fault("PublishingDate", each.on.isoformat(), "a day of this world's publishing")


@rule("P4", E, "The embargo comes after the announcement", "Correct the announcement date or the embargo.")
def embargo(case: Case) -> Iterator[Fault]:
    """Sales embargo (02) not before public announcement (09)."""
    days = {d.role: d.on for d in case.record.publishing_dates}
    if "02" in days and "09" in days and days["02"] < days["09"]:
        yield Fault("PublishingDate", days["02"].isoformat(), f"not before the announcement on {days['09'].isoformat()}")


@rule("P6", E, "Sales rights say each country once, and cover the world", "Correct the countries for sale and not for sale.")
def sales_rights(case: Case) -> Iterator[Fault]:
    """No country in two composites; nothing beside WORLD; ROW type where the world is not covered; known codes."""
    rights, both = case.record.sales_rights, set(case.product.for_sale) & set(case.product.not_for_sale)
    if both:
        yield Fault("SalesRights", sorted(both), "either for sale or not")
    seen: set[str] = set()
    for each in rights:
        places = places_of(each.territory, case.lists)
        if seen & places:
            yield Fault("SalesRights", sorted(seen & places), "each country in one composite")
        seen |= places
        named = len(each.territory.regions_included) + len(each.territory.countries_included)
        if "WORLD" in each.territory.regions_included and (named > 1 or len(rights) > 1):
            yield Fault("SalesRights", "others beside WORLD", "WORLD alone")
    if rights and not seen >= case.lists.countries and not case.record.row_sales_rights_type:
        yield Fault("ROWSalesRightsType", None, "what holds in the rest of the world")


@rule("P6a", C, "The product is for sale somewhere", "Give the sales rights, if it is meant to be sold.")
def saleable(case: Case) -> Iterator[Fault]:
    """A saleable type, unless that is deliberate."""
    types = {r.rights_type for r in case.record.sales_rights} | {case.record.row_sales_rights_type or ""}
    if not types & SALEABLE:
        yield Fault("SalesRights", "none saleable", "a saleable type")
