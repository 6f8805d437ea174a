"""I: numbers that must be right. U: codes that ONIX must know."""

from collections import defaultdict
from collections.abc import Iterator

from colophon.domain.identifiers import is_gtin, is_isbn13, is_isni
from colophon.onix.record import OnixProduct
from colophon.onix.record_details import ACCESSIBILITY
from colophon.onix.record_parts import Identifier
from colophon.onix.record_sales import Supplier, SupplyDetail, Territory
from colophon.quality.rule import Case, E, Fault, W, rule

# Lists 5 (products) and 13 (series) have one proprietary type, Lists 44 and 92 (names, suppliers) two.
_PROPRIETARY, _PROPRIETARY_NAMES = frozenset({"01"}), frozenset({"01", "02"})


@rule("I1", E, "ISBN, GTIN and GLN have the right length and check digit", "Correct the number at its source; it was mistyped.")
def check_digits(case: Case) -> Iterator[Fault]:
    """ISBN-13 (15), GTIN-13 (03), GTIN-14 (14) of all products named; GLN (06) of suppliers. What is no book has a GTIN alone."""
    known = {i.id_type for i in case.record.identifiers}
    if not known & ({"15"} if case.profile.format == "json" else {"15", "03"}):
        yield Fault("ProductIdentifier", "no ISBN", "an ISBN-13")
    for field, identifier in _of_products(case):
        if not _is_right(identifier):
            yield Fault(field, identifier.value, "a number with the right check digit")
    for supplier in _suppliers(case):
        for identifier in supplier.identifiers:
            if identifier.id_type == "06" and not is_gtin(identifier.value, 13):
                yield Fault("SupplierIdentifier", identifier.value, "a GLN with the right check digit")


@rule("I2", E, "GTIN-13 and ISBN-13 are the same number", "Correct the one that differs.")
def same_number(case: Case) -> Iterator[Fault]:
    """Ids of type 03 and 15 are equal."""
    values = {i.id_type: i.value for i in case.record.identifiers}
    if values.get("03", values.get("15")) != values.get("15", values.get("03")):
        yield Fault("IDValue", f"{values['03']} and {values['15']}", "one number")


@rule("I3", E, "A proprietary identifier says whose it is", "Name the type of the proprietary identifier.")
def proprietary(case: Case) -> Iterator[Fault]:
    """IDTypeName if and only if the type is a proprietary one."""
    for proprietary_types, identifiers in (
        (_PROPRIETARY, _of_products(case)),
        (_PROPRIETARY, _of_series(case)),
        (_PROPRIETARY_NAMES, _of_names(case)),
    ):
        for field, identifier in identifiers:
            if (identifier.id_type in proprietary_types) != bool(identifier.type_name):
                yield Fault(field, identifier.type_name, "an IDTypeName for a proprietary type, none for others")


@rule("I4", E, "One identifier of each type", "Keep the right one.")
def one_of_a_type(case: Case) -> Iterator[Fault]:
    """No two different ids of one type."""
    values: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for identifier in case.record.identifiers:
        values[identifier.id_type, identifier.type_name].add(identifier.value)
    for (id_type, _), found in values.items():
        if len(found) > 1:
            yield Fault("ProductIDType", sorted(found), f"one identifier of type {id_type}")


@rule("I5", W, "ISNI and ORCID have the right check digit", "Correct the contributor's ISNI.")
def isni(case: Case) -> Iterator[Fault]:
    """Name ids of type 16 (ISNI) and 21 (ORCID)."""
    for contributor in case.record.contributors:
        for identifier in contributor.identifiers:
            if identifier.id_type in {"16", "21"} and not is_isni(identifier.value.replace("-", "")):
                yield Fault("NameIdentifier", identifier.value, "an ISNI or ORCID with the right check digit")


@rule("I6", E, "A product is not related to itself", "Remove the relation.")
def itself(case: Case) -> Iterator[Fault]:
    """No RelatedProduct with the product's own number."""
    own = {i.value for i in case.record.identifiers}
    for related in case.record.related_products:
        for identifier in related.identifiers:
            if identifier.value in own:
                yield Fault("RelatedProduct", identifier.value, "another product")


@rule("U1", E, "Every code is one that ONIX knows", "Choose a code from the list named.")
def known_codes(case: Case) -> Iterator[Fault]:
    """Codes that come from the source: forms, roles, languages, countries, currencies, statuses, price types."""
    for number, field, code in _codes(case):
        if not case.lists.has(number, code):
            yield Fault(field, code, f"a code of List {number}")
    for field, territory in _territories(case):
        for number, known, codes in (
            (91, case.lists.countries, territory.countries_included),
            (91, case.lists.countries, territory.countries_excluded),
            (49, case.lists.regions, territory.regions_included),
            (49, case.lists.regions, territory.regions_excluded),
        ):
            if not known.issuperset(codes):
                yield from (Fault(field, code, f"a code of List {number}") for code in codes if code not in known)


def _codes(case: Case) -> Iterator[tuple[int, str, str]]:
    """List, element, code. What is empty is not here where another rule speaks of its absence."""
    record = case.record
    if record.product_form:
        yield 150, "ProductForm", record.product_form
    if record.publishing_status:
        yield 64, "PublishingStatus", record.publishing_status
    if record.country_of_publication:
        yield 91, "CountryOfPublication", record.country_of_publication
    for code in record.product_form_details:
        yield 175, "ProductFormDetail", code
    for contributor in record.contributors:
        for role in contributor.roles:
            yield 17, "ContributorRole", role
    for language in record.languages:
        yield 22, "LanguageRole", language.role
        yield 74, "LanguageCode", language.code
    yield from _told_codes(case.record)
    yield from _supply_codes(case)


def _told_codes(record: OnixProduct) -> Iterator[tuple[int, str, str]]:
    """Codes that people type into the supplement."""
    for feature in record.form_features:
        yield 79, "ProductFormFeatureType", feature.feature_type
        if feature.feature_type == ACCESSIBILITY:
            yield 196, "ProductFormFeatureValue", feature.value or ""
    for number, field, codes in (
        (81, "ProductContentType", record.content_types),
        (144, "EpubTechnicalProtection", record.protections),
        (145, "EpubUsageType", [entry.usage for entry in record.constraints]),
        (198, "ProductContactRole", [contact.role for contact in record.contacts]),
        (19, "UnnamedPersons", [who.unnamed for who in record.contributors if who.unnamed]),
        (51, "ProductRelationCode", [other.relation for other in record.related_products]),
        (158, "ResourceContentType", [resource.content_type for resource in record.resources]),
        (71, "SalesRestrictionType", [entry.code for entry in record.restrictions]),
    ):
        for code in codes:
            yield number, field, code


def _supply_codes(case: Case) -> Iterator[tuple[int, str, str]]:
    for detail in _details(case):
        yield 65, "ProductAvailability", detail.availability
        for price in detail.prices:
            if price.price_type:
                yield 58, "PriceType", price.price_type
            if price.qualifier:
                yield 59, "PriceQualifier", price.qualifier
            if price.currency:
                yield 96, "CurrencyCode", price.currency


def _territories(case: Case) -> Iterator[tuple[str, Territory]]:
    for rights in case.record.sales_rights:
        yield "SalesRights", rights.territory
    for supply in case.record.supplies:
        if supply.market is not None:
            yield "Market", supply.market
    for detail in _details(case):
        for price in detail.prices:
            if price.territory is not None:
                yield "Price/Territory", price.territory


def _is_right(identifier: Identifier) -> bool:
    if identifier.id_type == "15":
        return is_isbn13(identifier.value)
    if identifier.id_type == "03":
        return is_gtin(identifier.value, 13)
    return identifier.id_type != "14" or is_gtin(identifier.value, 14)


def _of_products(case: Case) -> Iterator[tuple[str, Identifier]]:
    """Ids of List 5: of the product, its parts and those it is related to."""
    for identifier in case.record.identifiers:
        yield "ProductIdentifier", identifier
    for related in case.record.related_products:
        for identifier in related.identifiers:
            yield "RelatedProduct", identifier
    for part in case.record.product_parts:
        for identifier in part.identifiers:
            yield "ProductPart", identifier


def _of_series(case: Case) -> Iterator[tuple[str, Identifier]]:
    for collection in case.record.collections:
        for identifier in collection.identifiers:
            yield "CollectionIdentifier", identifier


def _of_names(case: Case) -> Iterator[tuple[str, Identifier]]:
    """Ids of Lists 44 and 92: of people, organisations, suppliers."""
    for contributor in case.record.contributors:
        for identifier in contributor.identifiers:
            yield "NameIdentifier", identifier
    for supplier in _suppliers(case):
        for identifier in supplier.identifiers:
            yield "SupplierIdentifier", identifier


def _details(case: Case) -> Iterator[SupplyDetail]:
    for supply in case.record.supplies:
        yield from supply.supply_details


def _suppliers(case: Case) -> Iterator[Supplier]:
    for detail in _details(case):
        yield detail.supplier
        if detail.new_supplier is not None:
            yield detail.new_supplier
