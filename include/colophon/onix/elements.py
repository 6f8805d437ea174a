"""A record as a tree of elements in the schema's order: the one place that knows how ONIX 3.0 and 3.1 are laid out.

An element is (reference name, content); content is text, `Markup` (XHTML, written as it is), a list of elements, or
None for an empty element. Attributes stand in the name: `Text textformat="05"`.
"""

import re
from datetime import date
from decimal import Decimal

from colophon.onix.record import (
    AudienceRange,
    Collection,
    Contributor,
    Identifier,
    OnixProduct,
    Price,
    ProductSupply,
    PublishingDate,
    SalesRights,
    Supplier,
    SupplyDetail,
    Territory,
)

_SEQUENCE_NUMBER = re.compile(r"[1-9][0-9]*(\.[1-9][0-9]*)*")
"""What ONIX calls a sequence number, on one or more levels; 0.5 and IV are parts without one."""


class Markup(str):
    """Well-formed XHTML that is written without escaping."""

    __slots__ = ()


Element = tuple[str, "str | Markup | list[Element] | None"]
Elements = list[Element]


def product_element(record: OnixProduct, release: str) -> Element:
    """The whole `<Product>`."""
    content: Elements = [("RecordReference", record.record_reference), ("NotificationType", record.notification_type)]
    if record.deletion_text:
        content.append(("DeletionText", record.deletion_text))
    content += [("ProductIdentifier", _identifier("ProductIDType", identifier)) for identifier in record.identifiers]
    if record.notification_type != "05":
        content.append(("DescriptiveDetail", _descriptive(record, release)))
        content += _collateral(record)
        content += _publishing(record)
        content += _related(record)
        content += [supply_elements(supply) for supply in record.supplies]
    return ("Product", content)


def _identifier(type_element: str, identifier: Identifier) -> Elements:
    if identifier.type_name:
        return [(type_element, identifier.id_type), ("IDTypeName", identifier.type_name), ("IDValue", identifier.value)]
    return [(type_element, identifier.id_type), ("IDValue", identifier.value)]


def _descriptive(record: OnixProduct, release: str) -> Elements:
    content: Elements = [("ProductComposition", record.product_composition), ("ProductForm", record.product_form)]
    content += [("ProductFormDetail", detail) for detail in record.product_form_details]
    for measure in record.measures:
        size: Elements = [("MeasureType", measure.measure_type), ("Measurement", number(measure.value))]
        content.append(("Measure", [*size, ("MeasureUnitCode", measure.unit)]))
    for part in record.product_parts:
        ids: Elements = [("ProductIdentifier", _identifier("ProductIDType", identifier)) for identifier in part.identifiers]
        content.append(("ProductPart", [*ids, ("ProductForm", part.product_form), ("NumberOfCopies", str(part.number_of_copies))]))
    content += [("Collection", _collection(collection)) for collection in record.collections]
    content.append(("TitleDetail", [("TitleType", "01"), ("TitleElement", _title(record, release))]))
    content += _contributors(record.contributors)
    if record.no_contributor:
        content.append(("NoContributor", None))
    content += [("EditionType", kind) for kind in record.edition_types]
    if record.edition_number is not None:
        content.append(("EditionNumber", str(record.edition_number)))
    if record.edition_statement:
        content.append(("EditionStatement", record.edition_statement))
    content += [("Language", [("LanguageRole", entry.role), ("LanguageCode", entry.code)]) for entry in record.languages]
    for extent in record.extents:
        length: Elements = [("ExtentType", extent.extent_type), ("ExtentValue", extent.value)]
        content.append(("Extent", [*length, ("ExtentUnit", extent.unit)]))
    for subject in record.subjects:
        code: Elements = [("SubjectSchemeIdentifier", subject.scheme), ("SubjectCode", subject.code)]
        content.append(("Subject", [("MainSubject", None), *code] if subject.is_main else code))
    for audience in record.audiences:
        content.append(("Audience", [("AudienceCodeType", audience.code_type), ("AudienceCodeValue", audience.code)]))
    content += [("AudienceRange", _audience_range(span)) for span in record.audience_ranges]
    return content


def _collection(collection: Collection) -> Elements:
    content: Elements = [("CollectionType", "10")]
    content += [("CollectionIdentifier", _identifier("CollectionIDType", identifier)) for identifier in collection.identifiers]
    titles: Elements = []
    if collection.part_number:
        if _SEQUENCE_NUMBER.fullmatch(collection.part_number):
            sequence: Elements = [("CollectionSequenceType", "02"), ("CollectionSequenceNumber", collection.part_number)]
            content.append(("CollectionSequence", sequence))
        titles.append(("TitleElement", [("TitleElementLevel", "01"), ("PartNumber", collection.part_number)]))
    titles.append(("TitleElement", [("TitleElementLevel", "02"), ("TitleText", collection.title)]))
    return [*content, ("TitleDetail", [("TitleType", "01"), *titles])]


def _title(record: OnixProduct, release: str) -> Elements:
    """TitleText is deprecated in 3.1, which wants to be told that there is no prefix; 3.0 recipients know the plain form best."""
    content: Elements = [("TitleElementLevel", "01")]
    if record.title_prefix and record.title_without_prefix:
        content += [("TitlePrefix", record.title_prefix), ("TitleWithoutPrefix", record.title_without_prefix)]
    elif record.title_without_prefix and release == "3.1":
        content += [("NoPrefix", None), ("TitleWithoutPrefix", record.title_without_prefix)]
    else:
        content.append(("TitleText", record.title))
    if record.subtitle:
        content.append(("Subtitle", record.subtitle))
    return content


def _contributors(contributors: list[Contributor]) -> Elements:
    """The schema takes each number once, from 1; who shares a number (D3 reports it) is written without."""
    content: Elements = []
    numbers: set[int] = set()
    for contributor in contributors:
        is_new = contributor.sequence > 0 and contributor.sequence not in numbers
        numbers.add(contributor.sequence)
        place: Elements = [("SequenceNumber", str(contributor.sequence))] if is_new else []
        content.append(("Contributor", [*place, *_contributor(contributor)]))
    return content


def _contributor(contributor: Contributor) -> Elements:
    content: Elements = [("ContributorRole", role) for role in contributor.roles]
    content += [("NameIdentifier", _identifier("NameIDType", identifier)) for identifier in contributor.identifiers]
    if contributor.corporate_name:
        content.append(("CorporateName", contributor.corporate_name))
    if contributor.person_name:
        content.append(("PersonName", contributor.person_name))
    if contributor.name_inverted and not contributor.corporate_name:
        content.append(("PersonNameInverted", contributor.name_inverted))
    return content


def _audience_range(span: AudienceRange) -> Elements:
    content: Elements = [("AudienceRangeQualifier", span.qualifier)]
    for precision, value in (("03", span.value_from), ("04", span.value_to)):
        if value is not None:
            content += [("AudienceRangePrecision", precision), ("AudienceRangeValue", value)]
    return content


def _collateral(record: OnixProduct) -> Elements:
    content: Elements = []
    for text in record.texts:
        language = f' language="{text.language}"' if text.language else ""
        written = Markup(text.text) if text.text_format == "05" else text.text
        body: Elements = [("TextType", text.text_type), *[("ContentAudience", code) for code in text.audience]]
        body.append((f'Text{language} textformat="{text.text_format}"', written))
        content.append(("TextContent", body + _content_dates(text.from_on, None)))
    for resource in record.resources:
        version: Elements = [("ResourceForm", resource.form), ("ResourceLink", resource.link)]
        version += _content_dates(resource.from_on, resource.changed_on)
        described: Elements = [("ResourceContentType", resource.content_type)]
        described += [("ContentAudience", code) for code in resource.audience]
        content.append(("SupportingResource", [*described, ("ResourceMode", resource.mode), ("ResourceVersion", version)]))
    return [("CollateralDetail", content)] if content else []


def _content_dates(from_on: date | None, changed_on: date | None) -> Elements:
    """List 155: 14 not before this day (embargo), 17 last updated."""
    roles = (("14", from_on), ("17", changed_on))
    return [("ContentDate", [("ContentDateRole", role), ("Date", day(on))]) for role, on in roles if on]


def _publishing(record: OnixProduct) -> Elements:
    content: Elements = []
    if record.imprint_name:
        content.append(("Imprint", [("ImprintName", record.imprint_name)]))
    if record.publisher_name:
        content.append(("Publisher", [("PublishingRole", "01"), ("PublisherName", record.publisher_name)]))
    if not content:
        return []
    if record.country_of_publication:
        content.append(("CountryOfPublication", record.country_of_publication))
    if record.publishing_status:
        content.append(("PublishingStatus", record.publishing_status))
    content += _dates("PublishingDate", record.publishing_dates)
    content += rights_elements(record.sales_rights, record.row_sales_rights_type)
    return [("PublishingDetail", content)]


def rights_elements(sales_rights: list[SalesRights], rest: str | None) -> Elements:
    """Where it may be sold and where not, and what holds in the rest of the world."""
    found: Elements = [
        ("SalesRights", [("SalesRightsType", rights.rights_type), territory_element(rights.territory)]) for rights in sales_rights
    ]
    return [*found, ("ROWSalesRightsType", rest)] if rest else found


def territory_element(territory: Territory) -> Element:
    """A territory by its codes."""
    lists = (
        ("CountriesIncluded", territory.countries_included),
        ("RegionsIncluded", territory.regions_included),
        ("CountriesExcluded", territory.countries_excluded),
        ("RegionsExcluded", territory.regions_excluded),
    )
    return ("Territory", [(name, " ".join(codes)) for name, codes in lists if codes])


def _dates(element: str, dates: list[PublishingDate]) -> Elements:
    return [(element, [(f"{element}Role", entry.role), ("Date", day(entry.on))]) for entry in dates]


def _related(record: OnixProduct) -> Elements:
    content: Elements = []
    for other in record.related_products:
        ids: Elements = [("ProductIdentifier", _identifier("ProductIDType", identifier)) for identifier in other.identifiers]
        content.append(("RelatedProduct", [("ProductRelationCode", other.relation), *ids]))
    return [("RelatedMaterial", content)] if content else []


def supply_elements(supply: ProductSupply) -> Element:
    """One market with its supply."""
    market: Elements = [("Market", [territory_element(supply.market)])] if supply.market else []
    return ("ProductSupply", [*market, *[("SupplyDetail", _supply_detail(detail)) for detail in supply.supply_details]])


def _supply_detail(detail: SupplyDetail) -> Elements:
    content: Elements = [("Supplier", [("SupplierRole", detail.supplier.role), *_supplier(detail.supplier)])]
    content.append(("ProductAvailability", detail.availability))
    content += _dates("SupplyDate", detail.dates)
    if detail.new_supplier:
        content.append(("NewSupplier", _supplier(detail.new_supplier)))
    if detail.unpriced:
        return [*content, ("UnpricedItemType", detail.unpriced)]
    return content + [("Price", _price(price)) for price in detail.prices]


def _supplier(supplier: Supplier) -> Elements:
    content: Elements = [("SupplierIdentifier", _identifier("SupplierIDType", identifier)) for identifier in supplier.identifiers]
    return [*content, ("SupplierName", supplier.name)] if supplier.name else content


def _price(price: Price) -> Elements:
    content: Elements = [("PriceType", price.price_type)]
    if price.qualifier:
        content.append(("PriceQualifier", price.qualifier))
    if price.unpriced:
        content.append(("UnpricedItemType", price.unpriced))
    elif price.amount is not None:
        content.append(("PriceAmount", number(price.amount)))
    for tax in price.taxes:
        rate: Elements = [("TaxType", tax.tax_type), ("TaxRateCode", tax.rate_code), ("TaxRatePercent", number(tax.rate_percent))]
        content.append(("Tax", [*rate, ("TaxableAmount", number(tax.taxable)), ("TaxAmount", number(tax.amount))]))
    content.append(("CurrencyCode", price.currency))
    if price.territory:
        content.append(territory_element(price.territory))
    for role, on in (("14", price.from_on), ("15", price.until_on)):
        if on:
            content.append(("PriceDate", [("PriceDateRole", role), ("Date", day(on))]))
    return content


def day(on: date) -> str:
    """List 55 format 00, the default: YYYYMMDD."""
    return on.isoformat().replace("-", "")


def number(value: Decimal) -> str:
    """Plain digits, never an exponent."""
    return format(value, "f")
