"""From a product of ours to the ONIX record that one recipient gets: pure, and the same input always gives the same record.

Building translates and selects; it mends nothing. What is wrong with the result is said by the metadata rules, and what
ONIX could not carry is listed in the record's `omissions`.
"""

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime

from colophon.domain.identifiers import is_gtin
from colophon.domain.product import Product
from colophon.onix import collateral, descriptive, particulars, supply
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.codelists import CodeLists
from colophon.onix.forms import form_of, needs_no_author
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.publisher import Publisher
from colophon.onix.record import Omission, OnixProduct
from colophon.onix.record_details import RecordDetails
from colophon.onix.record_parts import Identifier, PublishingDate
from colophon.onix.record_sales import SalesRights, Territory
from colophon.onix.related import related_products, related_works
from colophon.onix.territory import Saleable, expand, express, saleable
from colophon.onix.text import line

NOTHING_SENT = Prior()
EARLY_MONTHS = 6

# List 46. We know where the publisher sells, and not whether anybody else may: so no exclusive right is claimed.
FOR_SALE = "02"
NOT_FOR_SALE = "03"


def build(
    product: Product, profile: Profile, publisher: Publisher, *, as_of: datetime, prior: Prior = NOTHING_SENT, where: Saleable | None = None
) -> OnixProduct:
    """The record for one recipient, judged on the day of `as_of`.

    :param where: the countries that rights allow; None: the product's own sets, for a record that nobody is sent.

    :raises CodeListsMissingError: EDItEUR's files are not installed.
    """
    lists = load_code_lists(publisher.code_lists)
    day = as_of.date()
    form = form_of(product)
    where = where or saleable(product, lists)
    omissions: list[Omission] = [_unknown_place(code) for code in where.unknown_codes]
    rights, rest = sales_rights(where, lists)
    known = publisher.details.told(product.supplement, product.imprint)
    facts = known.facts
    contributors = descriptive.contributors(product, facts, omissions)
    record = OnixProduct(
        subject=product.subject,
        product_id=product.id,
        record_reference=record_reference(product.id, publisher.record_domain),
        notification_type=notification_type(product, day, profile.notification_types),
        identifiers=identifiers(product, profile, publisher),
        product_composition=form.composition,
        product_form=form.code,
        product_form_details=list(form.details),
        title=line(product.title, "title", omissions) or "",
        title_prefix=line(product.title_prefix, "title_prefix", omissions),
        title_without_prefix=line(product.title_without_prefix, "title_without_prefix", omissions),
        subtitle=line(product.subtitle, "subtitle", omissions),
        collections=descriptive.collections(product, facts, omissions),
        contributors=contributors,
        no_contributor=not contributors and needs_no_author(form.code),
        edition_number=product.edition_number if (product.edition_number or 0) > 0 else None,
        edition_statement=line(product.edition_statement, "edition_statement", omissions),
        languages=descriptive.languages(product),
        extents=descriptive.extents(product, form.code),
        measures=descriptive.measures(product, omissions),
        subjects=descriptive.subjects(product, facts, profile.subject_schemes),
        audiences=descriptive.audiences(product, facts),
        audience_ranges=descriptive.audience_ranges(product, facts),
        texts=collateral.texts(product, facts, profile, omissions),
        resources=collateral.resources(product, facts, profile, prior, day, omissions),
        imprint_name=line(product.imprint, "imprint", omissions),
        publisher_name=publisher.name,
        country_of_publication=publisher.country,
        publishing_status=product.publishing_status,
        publishing_dates=[PublishingDate("01", product.publication_on)] if product.publication_on else [],
        sales_rights=rights,
        row_sales_rights_type=rest,
        related_works=related_works(product, facts),
        related_products=related_products(product, facts, profile, lists),
        supplies=supply.supplies(product, profile, publisher, where=where, lists=lists, day=day),
        omissions=omissions,
    )
    market, _ = expand(profile.market, lists)
    particulars.add(record, product, known, publisher, in_eu=bool(particulars.EU_COUNTRIES & where.places & market))
    return record


def record_reference(product_id: int, domain: str) -> str:
    """Reversed domain and our row id (L4): it stays when the ISBN is corrected."""
    return ".".join([*reversed(domain.split(".")), str(product_id)])


def notification_type(product: Product, day: date, taken: tuple[str, ...]) -> str:
    """List 1: early (01), confirmed before publication (02) or at it (03); the next later one that the recipient takes (L1)."""
    published_on = product.publication_on
    if published_on is None:
        wanted = {"00": "01", "02": "01", "01": "02", "03": "02"}.get(product.publishing_status or "00", "03")
    elif published_on <= day:
        wanted = "03"
    else:
        wanted = "01" if months_before(published_on, EARLY_MONTHS) > day else "02"
    return next((kind for kind in ("01", "02", "03") if kind >= wanted and kind in taken), wanted)


def months_before(day: date, months: int) -> date:
    """Month arithmetic: six months before 31 August is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def identifiers(product: Product, profile: Profile, publisher: Publisher) -> list[Identifier]:
    """The identifiers that the recipient takes, in the profile's order."""
    number = product.isbn13
    gtin = product.supplement.gtin13 if product.supplement else None
    if number and not number.startswith(("978", "979")) and is_gtin(number, 13):
        number, gtin = None, number  # what is no book has a GTIN, and no ISBN
    known = {"03": number or gtin, "15": number, "01": str(product.id)}
    type_names = {"01": f"{publisher.name} product number"}
    found = [(kind, known.get(kind)) for kind in profile.identifiers]
    return [Identifier(kind, value, type_names.get(kind)) for kind, value in found if value]


def sales_rights(where: Saleable, lists: CodeLists) -> tuple[list[SalesRights], str | None]:
    """Composites and the type for the rest of the world (P6): the shorter of the two sides is named, the other is the rest."""
    if not where.is_known:
        return [], None
    missing = lists.countries - where.places
    if not where.places or not missing:
        kind = FOR_SALE if where.places else NOT_FOR_SALE
        return [SalesRights(kind, Territory(regions_included=["WORLD"]))], None
    for_sale = express(where.places, lists)
    if for_sale.regions_included == ["WORLD"]:
        return [SalesRights(NOT_FOR_SALE, Territory(countries_included=sorted(missing)))], FOR_SALE
    return [SalesRights(FOR_SALE, for_sale)], NOT_FOR_SALE


def without_details(record: OnixProduct) -> OnixProduct:
    """The record with nothing but what says which product it is, its status and where it may be sold."""
    nothing = RecordDetails()
    return replace(
        record,
        subtitle=None,
        collections=[],
        contributors=[],
        no_contributor=False,
        edition_number=None,
        edition_statement=None,
        languages=[],
        extents=[],
        measures=[],
        subjects=[],
        audiences=[],
        audience_ranges=[],
        texts=[],
        resources=[],
        related_products=[],
        supplies=[],
        product_parts=[],
        **{name: getattr(nothing, name) for name in RecordDetails.__slots__},
    )


def _unknown_place(code: str) -> Omission:
    return Omission("P6", "territories", code, "a country of List 91 or a region of List 49")
