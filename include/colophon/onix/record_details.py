"""What a record says of form, use, safety and kin, which `OnixProduct` has beside its own.

Facts that need no translation keep the shape in which they are told (`domain.supplement`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from colophon.domain.supplement import Coded, Constraint, Contact, Prize, Relation, Restriction

ACCESSIBILITY = "09"
"""List 79: the value is a code of List 196."""
PRODUCT_SAFETY = "10"
"""List 198: whom to ask about the safety of goods, as the European Union wants it named."""


class FormFeature(NamedTuple):
    """List 79 type, a value of the list that belongs to it, words."""

    feature_type: str
    value: str | None = None
    description: str | None = None


class License(NamedTuple):
    """An open licence by name and link."""

    name: str
    link: str | None = None


class ProductContact(NamedTuple):
    """List 198 role and who it is."""

    role: str
    contact: Contact


class Copyright(NamedTuple):
    """Year and owner."""

    year: str | None
    owner: str | None


class NameParts(NamedTuple):
    """A person's name in parts; `key` is what it is filed by."""

    key: str
    before: str = ""
    prefix: str = ""
    suffix: str = ""


class FileFacts(NamedTuple):
    """What is known of a file: List 178 format, pixels, caption, whom to credit."""

    file_format: str | None = None
    height: int | None = None
    width: int | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(slots=True, kw_only=True)
class RecordDetails:
    """Fields of a record, all of them optional.

    `form_features` of type `09` are accessibility. `contacts` have the safety contact under `10`. `manufacturer` is written as a
    publisher of role 19. `origins` says where each fact comes from that the system of record has no field for; never written.
    """

    source_name: str | None = None
    source_gln: str | None = None
    barcodes: list[str] = field(default_factory=list)
    form_features: list[FormFeature] = field(default_factory=list)
    packaging: str | None = None
    form_description: str | None = None
    trade_category: str | None = None
    content_types: list[str] = field(default_factory=list)
    country_of_manufacture: str | None = None
    protections: list[str] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    price_constraints: list[Constraint] = field(default_factory=list)
    license: License | None = None
    classifications: list[Coded] = field(default_factory=list)
    contributor_statement: str | None = None
    illustrations: int | None = None
    illustrations_note: str | None = None
    prizes: list[Prize] = field(default_factory=list)
    city_of_publication: str | None = None
    contacts: list[ProductContact] = field(default_factory=list)
    manufacturer: Contact | None = None
    copyright: Copyright | None = None
    restrictions: list[Restriction] = field(default_factory=list)
    related_works: list[Relation] = field(default_factory=list)
    origins: Mapping[str, str] = field(default_factory=dict)
