"""I: numbers that must be right, and codes that ONIX must know."""

from collections import defaultdict
from collections.abc import Iterator

from colophon.domain.identifiers import is_gtin, is_isbn13, is_isni
from colophon.onix.record import Identifier, Supplier
from colophon.quality.rule import Case, E, Fault, W, rule, short

_LENGTHS = {"03": 13, "14": 14}


@rule("I1", E, "ISBN, GTIN and GLN have the right length and check digit", "Correct the number at its source; it was mistyped.")
def check_digits(case: Case) -> Iterator[Fault]:
    """ISBN-13 (15), GTIN-13 (03), GTIN-14 (14); GLN (06) of suppliers. A product without an ISBN cannot be identified."""
    if not any(i.id_type in {"15", "03"} for i in case.record.identifiers):
        yield Fault("ProductIdentifier", "no ISBN", "an ISBN-13")
    for identifier in case.record.identifiers:
        length = _LENGTHS.get(identifier.id_type)
        if (identifier.id_type == "15" and not is_isbn13(identifier.value)) or (length and not is_gtin(identifier.value, length)):
            yield Fault("IDValue", short(identifier.value), "a number with the right check digit")
    for supplier in _suppliers(case):
        for identifier in supplier.identifiers:
            if identifier.id_type == "06" and not is_gtin(identifier.value, 13):
                yield Fault("SupplierIdentifier", short(identifier.value), "a GLN with the right check digit")


@rule("I2", E, "GTIN-13 and ISBN-13 are the same number", "Correct the one that differs.")
def same_number(case: Case) -> Iterator[Fault]:
    """Ids of type 03 and 15 are equal."""
    values = {i.id_type: i.value for i in case.record.identifiers}
    if values.get("03", values.get("15")) != values.get("15", values.get("03")):
        yield Fault("IDValue", f"{values['03']} and {values['15']}", "one number")


@rule("I3", E, "A proprietary identifier says whose it is", "Name the type of the proprietary identifier.")
def proprietary(case: Case) -> Iterator[Fault]:
    """IDTypeName if and only if the type is 01."""
    for identifier in _all(case):
        if (identifier.id_type == "01") != bool(identifier.type_name):
            yield Fault("IDTypeName", short(identifier.type_name), "a name for type 01, none for others")


@rule("I4", E, "One identifier of each type", "Keep the right one.")
def one_of_a_type(case: Case) -> Iterator[Fault]:
    """No two different ids of one type."""
    values: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for identifier in case.record.identifiers:
        values[identifier.id_type, identifier.type_name].add(identifier.value)
    for (id_type, _), found in values.items():
        if len(found) > 1:
            yield Fault("ProductIDType", short(", ".join(sorted(found))), f"one identifier of type {id_type}")


@rule("I5", W, "ISNI and ORCID have the right check digit", "Correct the contributor's ISNI.")
def isni(case: Case) -> Iterator[Fault]:
    """Name ids of type 16 (ISNI) and 21 (ORCID)."""
    for contributor in case.record.contributors:
        for identifier in contributor.identifiers:
            if identifier.id_type in {"16", "21"} and not is_isni(identifier.value.replace("-", "")):
                yield Fault("NameIdentifier", short(identifier.value), "an ISNI or ORCID with the right check digit")


@rule("I6", E, "A product is not related to itself", "Remove the relation.")
def itself(case: Case) -> Iterator[Fault]:
    """No RelatedProduct with the product's own number."""
    own = {i.value for i in case.record.identifiers}
    for related in case.record.related_products:
        for identifier in related.identifiers:
            if identifier.value in own:
                yield Fault("RelatedProduct", short(identifier.value), "another product")


@rule("U1", E, "Every code is one that ONIX knows", "Choose a code from the list named.")
def known_codes(case: Case) -> Iterator[Fault]:
    """Codes that come from the source: forms, roles, languages, currencies, statuses, price types."""
    record = case.record
    for number, field, code in _codes(case):
        if not case.lists.has(number, code):
            yield Fault(field, short(code), f"a code of List {number}")
    for supply in record.supplies:
        for detail in supply.supply_details:
            for price in detail.prices:
                if not case.lists.has(96, price.currency):
                    yield Fault("CurrencyCode", short(price.currency), "a code of List 96")


def _codes(case: Case) -> Iterator[tuple[int, str, str]]:
    record = case.record
    if record.product_form:
        yield 150, "ProductForm", record.product_form
    if record.publishing_status:
        yield 64, "PublishingStatus", record.publishing_status
    for code in record.product_form_details:
        yield 175, "ProductFormDetail", code
    for contributor in record.contributors:
        for role in contributor.roles:
            yield 17, "ContributorRole", role
    for language in record.languages:
        yield 22, "LanguageRole", language.role
        yield 74, "LanguageCode", language.code
    for supply in record.supplies:
        for detail in supply.supply_details:
            yield 65, "ProductAvailability", detail.availability
            for price in detail.prices:
                yield 58, "PriceType", price.price_type
                if price.qualifier:
                    yield 59, "PriceQualifier", price.qualifier


def _all(case: Case) -> Iterator[Identifier]:
    yield from case.record.identifiers
    for related in case.record.related_products:
        yield from related.identifiers
    for supplier in _suppliers(case):
        yield from supplier.identifiers


def _suppliers(case: Case) -> Iterator[Supplier]:
    for supply in case.record.supplies:
        for detail in supply.supply_details:
            yield detail.supplier
