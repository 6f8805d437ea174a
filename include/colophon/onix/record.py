"""An ONIX product record as we mean to send it to one recipient, before it is written.

Built from a `domain.Product` and a recipient's profile (`onix/build.py`), judged by the metadata rules
(`quality/`), written as XML (`onix/write.py`) or JSON (`onix/json_feed.py`). Element names are EDItEUR's, in snake case;
every code is a bare ONIX code as text. Plain slotted dataclasses: a full feed makes millions of these.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.onix.record_details import FileFacts, NameParts, RecordDetails
from colophon.onix.record_parts import Identifier, PublishingDate
from colophon.onix.record_sales import ProductSupply, SalesRights


@dataclass(frozen=True, slots=True)
class Omission:
    """Something of the product that the record leaves out, because ONIX could not carry it; `rule` as in the metadata rules."""

    rule: str
    field: str
    found: str
    expected: str


@dataclass(slots=True)
class Contributor:
    """List 17 roles; a person has `name_inverted` and its parts, an organisation `corporate_name`, and nobody a List 19 code in `unnamed`."""

    sequence: int
    roles: list[str]
    person_name: str | None = None
    name_inverted: str | None = None
    corporate_name: str | None = None
    identifiers: list[Identifier] = field(default_factory=list)
    parts: NameParts | None = None
    unnamed: str | None = None
    from_language: str | None = None
    place: str | None = None
    link: str | None = None


@dataclass(slots=True)
class Collection:
    """A publisher's series (List 148 type 10) with its number as text, and the series that it is a part of."""

    title: str
    part_number: str | None = None
    identifiers: list[Identifier] = field(default_factory=list)
    parent: str | None = None


@dataclass(slots=True)
class Measure:
    """`measure_type` List 48 (01 height, 02 width, 03 thickness, 08 weight), `unit` List 50."""

    measure_type: str
    value: Decimal
    unit: str


@dataclass(slots=True)
class Extent:
    """`extent_type` List 23 (00 main content pages, 09 duration, 10 file pages), `unit` List 24 (03 pages, 05 minutes)."""

    extent_type: str
    value: str
    unit: str


@dataclass(slots=True)
class Language:
    """`role` List 22, `code` List 74."""

    role: str
    code: str


@dataclass(slots=True)
class Subject:
    """`scheme` List 27 (93-99 Thema, 10 BISAC, 12 BIC, 20 keywords, in `heading`), `is_main` gives MainSubject."""

    scheme: str
    code: str
    is_main: bool = False
    version: str | None = None
    heading: str | None = None


@dataclass(slots=True)
class Audience:
    """`code_type` List 29, `code` by that scheme (type 01: List 28)."""

    code_type: str
    code: str


@dataclass(slots=True)
class AudienceRange:
    """`qualifier` List 30 (17 age in years), precision List 31, from/to as text."""

    qualifier: str
    value_from: str | None = None
    value_to: str | None = None


@dataclass(slots=True)
class TextContent:
    """`text_type` List 153; `audience` List 154; `text_format` List 34 (05 XHTML, 06 plain); embargo in `from_on`."""

    text_type: str
    text: str
    text_format: str
    audience: list[str] = field(default_factory=lambda: ["00"])
    language: str | None = None
    from_on: date | None = None


@dataclass(slots=True)
class SupportingResource:
    """`content_type` List 158 (01 front cover), `mode` List 159 (03 image), `form` List 161 (02 downloadable file)."""

    content_type: str
    mode: str
    form: str
    link: str
    audience: list[str] = field(default_factory=lambda: ["00"])
    changed_on: date | None = None
    from_on: date | None = None
    is_approved: bool = True
    facts: FileFacts | None = None


@dataclass(slots=True)
class RelatedProduct:
    """`relation` List 51 (06 alternative format, 03 replaces, 05 replaced by ...)."""

    relation: str
    identifiers: list[Identifier] = field(default_factory=list)
    product_form: str | None = None


@dataclass(slots=True)
class ProductPart:
    """One item of a multi-item product: List 150 form and how many copies."""

    product_form: str
    number_of_copies: int = 1
    identifiers: list[Identifier] = field(default_factory=list)
    product_form_detail: str | None = None


@dataclass(slots=True)
class OnixProduct(RecordDetails):
    """A whole record. `subject`, `imprint_name` and `product_id` tie findings to the title; `omissions`: what was left out, and why."""

    subject: str
    product_id: int
    record_reference: str
    notification_type: str
    identifiers: list[Identifier]
    product_composition: str
    product_form: str
    title: str
    deletion_text: str | None = None
    product_form_details: list[str] = field(default_factory=list)
    product_parts: list[ProductPart] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    title_prefix: str | None = None
    title_without_prefix: str | None = None
    subtitle: str | None = None
    collections: list[Collection] = field(default_factory=list)
    contributors: list[Contributor] = field(default_factory=list)
    no_contributor: bool = False
    edition_types: list[str] = field(default_factory=list)
    edition_number: int | None = None
    edition_statement: str | None = None
    languages: list[Language] = field(default_factory=list)
    extents: list[Extent] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    audiences: list[Audience] = field(default_factory=list)
    audience_ranges: list[AudienceRange] = field(default_factory=list)
    texts: list[TextContent] = field(default_factory=list)
    resources: list[SupportingResource] = field(default_factory=list)
    imprint_name: str | None = None
    publisher_name: str | None = None
    country_of_publication: str | None = None
    publishing_status: str | None = None
    publishing_dates: list[PublishingDate] = field(default_factory=list)
    sales_rights: list[SalesRights] = field(default_factory=list)
    row_sales_rights_type: str | None = None
    related_products: list[RelatedProduct] = field(default_factory=list)
    supplies: list[ProductSupply] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)
