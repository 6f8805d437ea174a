"""A record as a tree of elements in the schema's order: with its blocks, the one place that knows how ONIX 3.0 and 3.1 are laid out."""

from colophon.domain.supplement import Restriction
from colophon.onix.block1 import constraint_elements, descriptive
from colophon.onix.block2 import collateral
from colophon.onix.record import OnixProduct
from colophon.onix.record_details import ProductContact
from colophon.onix.record_parts import PublishingDate
from colophon.onix.record_sales import Price, ProductSupply, SalesRights, Supplier, SupplyDetail
from colophon.onix.terms import DiscountCode
from colophon.onix.tree import Element, Elements, day, identifier_elements, number, optional, territory_element


def product_element(record: OnixProduct, release: str) -> Element:
    """The whole `<Product>`."""
    content: Elements = [("RecordReference", record.record_reference), ("NotificationType", record.notification_type)]
    if record.deletion_text:
        content.append(("DeletionText", record.deletion_text))
    content += _source(record)
    content += [("ProductIdentifier", identifier_elements("ProductIDType", identifier)) for identifier in record.identifiers]
    content += [("Barcode", [("BarcodeType", kind)]) for kind in record.barcodes]
    if record.notification_type != "05":
        content.append(("DescriptiveDetail", descriptive(record, release)))
        content += collateral(record)
        content += _publishing(record, release)
        content += _related(record)
        content += [supply_elements(supply, record) for supply in record.supplies]
    return ("Product", content)


def _source(record: OnixProduct) -> Elements:
    """Who says all this (List 3: 01 the publisher)."""
    if not record.source_name:
        return []
    content: Elements = [("RecordSourceType", "01")]
    if record.source_gln:
        content.append(("RecordSourceIdentifier", [("RecordSourceIDType", "06"), ("IDValue", record.source_gln)]))
    return [*content, ("RecordSourceName", record.source_name)]


def _publishing(record: OnixProduct, release: str) -> Elements:
    content: Elements = []
    if record.imprint_name:
        content.append(("Imprint", [("ImprintName", record.imprint_name)]))
    if record.publisher_name:
        content.append(("Publisher", [("PublishingRole", "01"), ("PublisherName", record.publisher_name)]))
    if not content:
        return []
    if record.manufacturer:
        made_by: Elements = [("PublishingRole", "19")]
        if record.manufacturer.gln:
            made_by.append(("PublisherIdentifier", [("PublisherIDType", "06"), ("IDValue", record.manufacturer.gln)]))
        made_by.append(("PublisherName", record.manufacturer.name))
        if record.manufacturer.website:
            made_by.append(("Website", [("WebsiteLink", record.manufacturer.website)]))
        content.append(("Publisher", made_by))
    content += optional(("CityOfPublication", record.city_of_publication), ("CountryOfPublication", record.country_of_publication))
    content += [("ProductContact", _contact(contact, release)) for contact in record.contacts]
    if record.publishing_status:
        content.append(("PublishingStatus", record.publishing_status))
    content += _dates("PublishingDate", record.publishing_dates)
    if record.copyright:
        year, owner = record.copyright
        owned: Elements = optional(("CopyrightYear", year))
        owned += [("CopyrightOwner", [("CorporateName", owner)])] if owner else []
        content.append(("CopyrightStatement", owned))
    content += rights_elements(record.sales_rights, record.row_sales_rights_type)
    return [("PublishingDetail", content)]


def rights_elements(sales_rights: list[SalesRights], rest: str | None) -> Elements:
    """Where it may be sold and where not, and what holds in the rest of the world."""
    found: Elements = [
        ("SalesRights", [("SalesRightsType", rights.rights_type), territory_element(rights.territory)]) for rights in sales_rights
    ]
    return [*found, ("ROWSalesRightsType", rest)] if rest else found


def _contact(contact: ProductContact, release: str) -> Elements:
    """Whom to ask; 3.0 has no place for the address."""
    role, who = contact
    content: Elements = [("ProductContactRole", role)]
    if who.gln:
        content.append(("ProductContactIdentifier", [("ProductContactIDType", "06"), ("IDValue", who.gln)]))
    content += optional(
        ("ProductContactName", who.name), ("ContactName", who.person), ("TelephoneNumber", who.telephone), ("EmailAddress", who.email)
    )
    if release == "3.1" and who.street and who.city and who.country:
        content += optional(
            ("StreetAddress", who.street), ("LocationName", who.city), ("PostalCode", who.postcode), ("CountryCode", who.country)
        )
    return content


def _dates(element: str, dates: list[PublishingDate]) -> Elements:
    return [(element, [(f"{element}Role", entry.role), ("Date", day(entry.on))]) for entry in dates]


def _related(record: OnixProduct) -> Elements:
    content: Elements = []
    for work in record.related_works:
        named: Elements = [("IDTypeName", f"{record.publisher_name} work number")] if work.id_type == "01" else []
        known_by: Elements = [("WorkIDType", work.id_type), *named, ("IDValue", work.value)]
        content.append(("RelatedWork", [("WorkRelationCode", work.relation), ("WorkIdentifier", known_by)]))
    for other in record.related_products:
        ids: Elements = [("ProductIdentifier", identifier_elements("ProductIDType", identifier)) for identifier in other.identifiers]
        content.append(("RelatedProduct", [("ProductRelationCode", other.relation), *ids, *optional(("ProductForm", other.product_form))]))
    return [("RelatedMaterial", content)] if content else []


def supply_elements(supply: ProductSupply, record: OnixProduct | None = None) -> Element:
    """One market with its supply, and what the record says of every one: restrictions of sale, constraints of prices."""
    restricted = [("SalesRestriction", _restriction(restriction)) for restriction in (record.restrictions if record else ())]
    market: Elements = [("Market", [territory_element(supply.market), *restricted])] if supply.market else []
    return ("ProductSupply", [*market, *[("SupplyDetail", _supply_detail(detail, record)) for detail in supply.supply_details]])


def _restriction(restriction: Restriction) -> Elements:
    content: Elements = [("SalesRestrictionType", restriction.code)]
    if restriction.outlet:
        content.append(("SalesOutlet", [("SalesOutletName", restriction.outlet)]))
    return content + optional(("SalesRestrictionNote", restriction.note))


def _supply_detail(detail: SupplyDetail, record: OnixProduct | None) -> Elements:
    content: Elements = [("Supplier", [("SupplierRole", detail.supplier.role), *_supplier(detail.supplier)])]
    if detail.returns:
        content.append(("ReturnsConditions", [("ReturnsCodeType", detail.returns.code_type), ("ReturnsCode", detail.returns.code)]))
    content.append(("ProductAvailability", detail.availability))
    content += _dates("SupplyDate", detail.dates)
    if detail.new_supplier:
        content.append(("NewSupplier", _supplier(detail.new_supplier)))
    if detail.pack_quantity:
        content.append(("PackQuantity", str(detail.pack_quantity)))
    if detail.unpriced:
        return [*content, ("UnpricedItemType", detail.unpriced)]
    return content + [("Price", _price(price, record)) for price in detail.prices]


def _supplier(supplier: Supplier) -> Elements:
    content: Elements = [("SupplierIdentifier", identifier_elements("SupplierIDType", identifier)) for identifier in supplier.identifiers]
    return [*content, ("SupplierName", supplier.name)] if supplier.name else content


def _price(price: Price, record: OnixProduct | None) -> Elements:
    content: Elements = [("PriceType", price.price_type)]
    if price.qualifier:
        content.append(("PriceQualifier", price.qualifier))
    for entry in record.price_constraints if record else ():
        content.append(("PriceConstraint", constraint_elements("PriceConstraint", "PriceConstraintUnit", entry)))
    if price.discount:
        content.append(("DiscountCoded", _discount(price.discount)))
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


def _discount(discount: DiscountCode) -> Elements:
    content: Elements = [("DiscountCodeType", discount.code_type)]
    if discount.type_name:
        content.append(("DiscountCodeTypeName", discount.type_name))
    return [*content, ("DiscountCode", discount.code)]
