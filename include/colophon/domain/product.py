"""One product (an edition that is sold) with all that its feeds need, as read from the system of record.

Codes are the bare ONIX codes as text ("04"); a code that no list knows is kept, and judged by the rules.
Dates are days. Money is Decimal. Absent is None or an empty tuple.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from colophon.domain.record import Record
from colophon.domain.supplement import Supplement

FormKind = Literal["print", "ebook", "audio"]
"""Kinds of format: each has its own files, and its own way to the reader."""


class TextKind(StrEnum):
    """Kinds of marketing text that the system of record distinguishes."""

    SHORT = "short"
    MAIN = "main"
    REVIEW = "review"
    BIOGRAPHICAL_NOTE = "biographical_note"


class Contributor(Record):
    """Somebody with a part in the product; `role` is ONIX List 17, `sequence` counts from 1."""

    contact_id: int
    sequence: int
    role: str
    name: str
    name_inverted: str | None = None
    is_organisation: bool = False
    key_names: str | None = None
    isni: str | None = None


class Price(Record):
    """One price; `type_code` is ONIX List 58, `qualifier` List 59, the days are inclusive."""

    id: int
    amount: Decimal
    currency: str
    type_code: str
    qualifier: str
    from_on: date | None = None
    until_on: date | None = None


class Text(Record):
    """A marketing text as HTML; not to be shown before `from_on` (embargo)."""

    id: int
    kind: TextKind
    html: str
    from_on: date | None = None


class Subject(Record):
    """A subject code of a scheme: THEMA, BISAC or BIC."""

    scheme: str
    code: str
    is_main: bool = False


class Series(Record):
    """Membership of a series; `part_number` is free text and not always a legal ONIX number."""

    series_id: int
    title: str
    part_number: str | None = None
    issn: str | None = None


class Resource(Record):
    """An image or file at a link; a front cover when `kind` is "front_cover"."""

    id: int
    url: str
    kind: str | None = None
    caption: str | None = None
    is_approved: bool | None = None


class Language(Record):
    """A language of the content: `role` ONIX List 22, `code` List 74."""

    role: str
    code: str


class RelatedProduct(Record):
    """Another format of the same work; one that nobody allows to be announced is not named."""

    product_id: int
    isbn13: str
    form_code: str | None = None
    publishing_status: str | None = None
    allow_onix_exports: bool = False

    @property
    def may_be_known(self) -> bool:
        """Whether the trade may hear of it: exports are on, and its status is neither unspecified nor cancelled."""
        return self.allow_onix_exports and self.publishing_status not in {None, "00", "01"}


class Product(Record):
    """One edition. `kind` is the system of record's type name, such as PhysicalBookProduct.

    `planned_publication_on` is internal and never goes out. `missing_fields` names what this account cannot
    give at all, so that absence is not taken for emptiness. `supplement` is what it has no field for.
    """

    id: int
    kind: str
    work_id: int
    isbn13: str | None = None
    title: str
    title_prefix: str | None = None
    title_without_prefix: str | None = None
    subtitle: str | None = None
    imprint: str | None = None
    imprint_id: int | None = None
    form_code: str | None = None
    publishing_status: str | None = None
    availability: str | None = None
    publication_on: date | None = None
    planned_publication_on: date | None = None
    allow_onix_exports: bool = False
    edition_number: int | None = None
    edition_statement: str | None = None
    project_stage: str | None = None
    season: str | None = None
    contributors: tuple[Contributor, ...] = ()
    prices: tuple[Price, ...] = ()
    texts: tuple[Text, ...] = ()
    subjects: tuple[Subject, ...] = ()
    series: tuple[Series, ...] = ()
    resources: tuple[Resource, ...] = ()
    languages: tuple[Language, ...] = ()
    related: tuple[RelatedProduct, ...] = ()
    for_sale: tuple[str, ...] = ()
    not_for_sale: tuple[str, ...] = ()
    is_for_sale_worldwide: bool | None = None
    pages: int | None = None
    duration_minutes: int | None = None
    height_mm: Decimal | None = None
    width_mm: Decimal | None = None
    thickness_mm: Decimal | None = None
    contributor_statement: str | None = None
    supplement: Supplement | None = None
    missing_fields: tuple[str, ...] = ()

    @property
    def language(self) -> str | None:
        """In which it is written (List 74); None: not told."""
        return next((entry.code for entry in self.languages if entry.role == "01"), None)

    @property
    def subject(self) -> str:
        """How the ledger names this product: by ISBN, or by its row id where it has none."""
        return f"isbn:{self.isbn13}" if self.isbn13 else f"product:{self.id}"
