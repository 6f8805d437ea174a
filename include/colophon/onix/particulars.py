"""What a record says that the system of record has no field for: from the supplement, else the imprint's and the publisher's defaults."""

from colophon.domain.product import Product
from colophon.domain.supplement import Contact, Supplement, Told
from colophon.onix.forms import is_digital
from colophon.onix.publisher import Publisher
from colophon.onix.record import Extent, Measure, Omission, OnixProduct, ProductPart
from colophon.onix.record_details import ACCESSIBILITY, Copyright, FormFeature, License, ProductContact
from colophon.onix.record_parts import Identifier
from colophon.onix.text import line

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU_COUNTRIES = frozenset(_EU.split())
"""Where goods need a contact for their safety, and e-books a word on their accessibility."""

_OF_GOODS = frozenset({"10", "11", "12"})
_OF_SCREENS = frozenset({"01"})
"""List 198 roles for things, and for what is read on a screen."""


def add(record: OnixProduct, product: Product, told: Told, publisher: Publisher, *, in_eu: bool) -> None:
    """Put the facts into a record that has all else.

    :param in_eu: the recipient may sell it somewhere in the European Union.
    """
    facts, digital = told.facts, is_digital(record.product_form)
    record.origins = told.origins
    record.source_name, record.source_gln = publisher.name, publisher.sender_gln
    record.contributor_statement = line(product.contributor_statement, "contributor_statement", record.omissions)
    record.product_form_details += [code for code in _fitting(facts, told, record.product_form) if code not in record.product_form_details]
    _add_use(record, facts, digital=digital, is_default="accessibility" in told.origins and not _is_own(told, "accessibility"))
    _add_size(record, facts, digital=digital)
    record.form_description, record.content_types = facts.form_description, list(dict.fromkeys(facts.content_types))
    record.edition_types += [code for code in facts.edition_types if code not in record.edition_types]
    record.illustrations, record.illustrations_note = facts.illustrations, facts.illustrations_note
    record.product_parts += [
        ProductPart(part.form, part.copies, [Identifier("15", part.isbn13)] if part.isbn13 else [], part.detail) for part in facts.parts
    ]
    if record.product_parts and record.product_composition == "00":
        record.product_composition = "10"
    record.prizes = list(facts.prizes)
    record.restrictions = list(facts.restrictions)
    record.city_of_publication = facts.city
    if facts.copyright_year or facts.copyright_owner:
        record.copyright = Copyright(facts.copyright_year, facts.copyright_owner)
    _add_contacts(record, facts, publisher, digital=digital, in_eu=in_eu)


def _is_own(told: Told, field: str) -> bool:
    """Whether a value was said of this product, and is no default."""
    return not told.origins.get(field, "").startswith("publisher.yaml")


def _fitting(facts: Supplement, told: Told, form: str) -> list[str]:
    """Details that were said of the product, right or wrong; of defaults those of the form's own group."""
    return [code for code in facts.form_details if _is_own(told, "form_details") or code[:1] == form[:1]]


def _add_use(record: OnixProduct, facts: Supplement, *, digital: bool, is_default: bool) -> None:
    """Accessibility, protection, licence: of what is read on a screen. A default of accessibility is for e-books."""
    record.form_features = [FormFeature(entry.code, entry.text) for entry in facts.form_features]
    if not digital:
        return
    if not is_default or record.product_form.startswith("E"):
        record.form_features += [FormFeature(ACCESSIBILITY, entry.code, entry.text) for entry in facts.accessibility]
    record.protections = list(facts.protections)
    record.constraints, record.price_constraints = list(facts.constraints), list(facts.price_constraints)
    if facts.license_name:
        record.license = License(facts.license_name, facts.license_link)


def _add_size(record: OnixProduct, facts: Supplement, *, digital: bool) -> None:
    if not digital:
        record.packaging, record.trade_category = facts.packaging, facts.trade_category
        record.barcodes, record.country_of_manufacture = list(facts.barcodes), facts.country_of_manufacture
        record.classifications = list(facts.classifications)
        if facts.weight_gr:
            record.measures.append(Measure("08", facts.weight_gr, "gr"))
    said = {extra.extent_type for extra in facts.extents}
    if said:
        record.extents = [extent for extent in record.extents if extent.extent_type not in said]
        record.extents += [Extent(extra.extent_type, extra.value, extra.unit) for extra in facts.extents]


def _add_contacts(record: OnixProduct, facts: Supplement, publisher: Publisher, *, digital: bool, in_eu: bool) -> None:
    """By role: of goods where they may be sold in the European Union, of screens for what has one, all others always."""
    for entry in facts.contacts:
        is_wanted = not digital and in_eu if entry.code in _OF_GOODS else digital if entry.code in _OF_SCREENS else True
        contact = _contact(record, publisher, entry.text) if is_wanted else None
        if contact:
            record.contacts.append(ProductContact(entry.code, contact))
    if facts.manufacturer and not digital and in_eu:
        record.manufacturer = _contact(record, publisher, facts.manufacturer)


def _contact(record: OnixProduct, publisher: Publisher, key: str | None) -> Contact | None:
    contact = publisher.details.contacts.get(key or "")
    if contact is None:
        record.omissions.append(Omission("U1", "contacts", key or "", "a key of details.contacts in publisher.yaml"))
    return contact
