"""What a trade record says of a product and the system of record has no field for: of one product, or as a default of an imprint.

Codes are bare ONIX codes as text. Absent is None or an empty tuple; a code that no list knows is kept, and judged by the rules.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pydantic import Field, PrivateAttr

from colophon.domain.record import Record


class Coded(Record):
    """A code, and what it needs to be said beside it: of a List 196 feature a link, a name or a day."""

    code: str
    text: str | None = None


class Constraint(Record):
    """List 145 usage, List 146 status, and a limit of so many List 147 units."""

    usage: str
    status: str
    quantity: Decimal | None = None
    unit: str | None = None


class Extra(Record):
    """A further extent: List 23 type, List 24 unit, value in digits."""

    extent_type: str
    value: str
    unit: str


class Part(Record):
    """One item of a set: List 150 form, how many of it, its number where it is sold alone too."""

    form: str
    copies: int = Field(default=1, gt=0)
    isbn13: str | None = None
    detail: str | None = None


class Relation(Record):
    """Another product (List 51) or work (List 164); `id_type` is List 5 or 16."""

    relation: str
    id_type: str
    value: str


class File(Record):
    """A file to sell with: List 158 content, List 159 mode, List 161 form, link; pixels where it is an image."""

    content: str
    mode: str
    form: str
    link: str
    height: int | None = None
    width: int | None = None
    credit: str | None = None
    from_on: date | None = None


class Unnamed(Record):
    """That a contributor (by its number in the order) is nobody with a name: List 19."""

    sequence: int
    code: str


class Restriction(Record):
    """List 71 restriction, the outlet's name and a note."""

    code: str
    outlet: str | None = None
    note: str | None = None


class Prize(Record):
    """A prize by its name, year, country (List 91) and achievement (List 41)."""

    name: str
    year: str | None = None
    country: str | None = None
    code: str | None = None


class Copy(Record):
    """A text that another system owns, as clean XHTML: `kind` is `short`, `main` or `feature`; for these recipients alone.

    `base` tells which editorial text it was written from: it holds while that one is as it was. `channel`: for whom it was written; empty: all.
    """

    kind: str
    html: str
    recipients: tuple[str, ...]
    language: str
    base: str = ""
    channel: str = ""


class Supplement(Record):
    """Facts of one product by its ISBN or, where it has none, its id; without either: defaults.

    `contacts` are keys of contacts by List 198 role; `manufacturer` is such a key. `origin` says where a row stands.
    `copies` come from the portal, and from no file.
    """

    isbn13: str | None = None
    product_id: int | None = None
    origin: str = ""
    gtin13: str | None = None
    accessibility: tuple[Coded, ...] = ()
    form_details: tuple[str, ...] = ()
    form_features: tuple[Coded, ...] = ()
    form_description: str | None = None
    packaging: str | None = None
    trade_category: str | None = None
    content_types: tuple[str, ...] = ()
    country_of_manufacture: str | None = None
    classifications: tuple[Coded, ...] = ()
    barcodes: tuple[str, ...] = ()
    protections: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    price_constraints: tuple[Constraint, ...] = ()
    license_name: str | None = None
    license_link: str | None = None
    parts: tuple[Part, ...] = ()
    keywords: tuple[str, ...] = ()
    subject_versions: tuple[Coded, ...] = ()
    audiences: tuple[Coded, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    reading_age_from: int | None = None
    reading_age_to: int | None = None
    weight_gr: Decimal | None = None
    extents: tuple[Extra, ...] = ()
    illustrations: int | None = None
    illustrations_note: str | None = None
    edition_types: tuple[str, ...] = ()
    unnamed: tuple[Unnamed, ...] = ()
    contributor_places: tuple[Coded, ...] = ()
    contributor_links: tuple[Coded, ...] = ()
    parent_series: str | None = None
    related_works: tuple[Relation, ...] = ()
    related_products: tuple[Relation, ...] = ()
    files: tuple[File, ...] = ()
    prizes: tuple[Prize, ...] = ()
    contacts: tuple[Coded, ...] = ()
    manufacturer: str | None = None
    restrictions: tuple[Restriction, ...] = ()
    city: str | None = None
    copyright_year: str | None = None
    copyright_owner: str | None = None
    copies: tuple[Copy, ...] = ()


class Contact(Record):
    """Whom to ask about a product, or who made it, with the address that the law wants named."""

    name: str
    gln: str | None = None
    person: str | None = None
    telephone: str | None = None
    email: str | None = None
    website: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None


class Told(NamedTuple):
    """What holds of a product, and where each value that is there comes from."""

    facts: Supplement
    origins: Mapping[str, str]


class Details(Record):
    """Defaults of `publisher.yaml` for what nobody says product by product: of everybody, and by imprint; and contacts by key.

    A default is for the forms that it fits: accessibility is of what is read on a screen, contacts of safety are of goods.
    """

    contacts: dict[str, Contact] = Field(default_factory=dict)
    defaults: Supplement = Supplement()
    imprints: dict[str, Supplement] = Field(default_factory=dict)
    _of_imprints: dict[str, Told] = PrivateAttr(default_factory=dict)

    def told(self, supplement: Supplement | None, imprint: str | None) -> Told:
        """The supplement before the imprint's defaults before the publisher's."""
        known = self._of_imprints.get(imprint or "")
        if known is None:
            known = _over(Told(Supplement(), {}), self.defaults, "publisher.yaml details.defaults")
            if imprint in self.imprints:
                known = _over(known, self.imprints[imprint], f"publisher.yaml details.imprints.{imprint}")
            self._of_imprints[imprint or ""] = known
        return known if supplement is None else _over(known, supplement, supplement.origin or "supplement")


IDENTITY = frozenset({"isbn13", "product_id", "origin"})
NOT_IN_FILES = frozenset({"copies"})
"""What no column tells."""


def _over(below: Told, layer: Supplement, origin: str) -> Told:
    said = {name: value for name in layer.model_fields_set - IDENTITY if (value := getattr(layer, name)) not in (None, ())}
    return Told(below.facts.model_copy(update=said), {**below.origins, **dict.fromkeys(said, origin)})
