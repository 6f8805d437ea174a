"""The parts of `mapping.yaml`: where each of our facts lives at the customer's portal, and the portal's words for them."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from colophon.domain.nearest import nearest
from colophon.domain.product import FormKind

Document = Literal["metadata", "sales_text"]


class Part(BaseModel):
    """Holds only what it names, and stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")


FACTS: Mapping[str, tuple[str, ...]] = {
    "title": ("locale",),
    "subtitle": ("locale",),
    "authors": (),
    "imprint": (),
    "form": (),
    "language": (),
    "publication_date": (),
    "price": ("currency",),
    "categories": ("channel",),
    "state": (),
}
"""What we know of a product, and the dimensions in which each is told."""
READ_AS = ("MAIN_DESCRIPTION", "SHORT_DESCRIPTION", "FEATURES", "KEYWORDS", "SEGMENTS")
"""What fields that the portal owns may be read as."""


class FieldRule(Part):
    """Where one of our facts lives, in which dimensions (our names), and who owns it. `words`: our words and theirs."""

    field: str
    dimensions: tuple[str, ...] = ()
    owner: Literal["consonance", "portal"]
    read_as: str | None = None
    words: dict[str, str] = Field(default_factory=dict)

    @field_validator("read_as")
    @classmethod
    def _is_read(cls, given: str | None) -> str | None:
        if given is not None and given not in READ_AS:
            raise ValueError(nearest(given, READ_AS, "kind of text"))
        return given


class ProductRules(Part):
    """Products: `key` is the field of the ISBN."""

    key: str
    fields: dict[str, FieldRule]

    @model_validator(mode="after")
    def _one_fact_a_field(self) -> Self:
        """A fact that we do not have would never be written; two in one field would take turns."""
        for name, rule in self.fields.items():
            if rule.owner == "consonance" and name not in FACTS:
                raise ValueError(f"fields.{name}: {nearest(name, FACTS, 'fact')}")
        fields = [self.key, *(rule.field for rule in self.fields.values())]
        if twice := sorted({field for field in fields if fields.count(field) > 1}):
            raise ValueError(f"fields: two facts are in {twice[0]}")
        return self

    @property
    def ours(self) -> dict[str, FieldRule]:
        """Fields that Consonance owns, by our names."""
        return {name: rule for name, rule in self.fields.items() if rule.owner == "consonance"}


class AvailabilityRules(Part):
    """One cell for each (territory, channel); `unknown` rights are closed."""

    field: str
    dimensions: tuple[str, str]
    open: str
    closed: str
    unknown: Literal["closed"] = "closed"


class AssetFields(Part):
    """Fields of module `file`.

    Those after `embargo` a portal may lack. `author` says whose photo it is, by ISNI or contact id; `rights_until`, `credit` and `release`
    (the consent of each person shown) what a photo needs; `confirmed` and `state` where its launch stands.
    """

    isbn: str
    kind: str
    version: str
    sha256: str
    name: str
    media_type: str
    embargo: str
    locale: str | None = None
    author: str | None = None
    rights_until: str | None = None
    credit: str | None = None
    release: str | None = None
    confirmed: str | None = None
    state: str | None = None


class ApprovalRules(Part):
    """The approval status: a field of the file itself, or of a module of its own with a link to its files."""

    field: str
    approved: tuple[str, ...]
    withdrawn: tuple[str, ...]
    at: str | None = None
    module: str | None = None
    file_link: str | None = None

    @model_validator(mode="after")
    def _module_needs_link(self) -> Self:
        if self.module and not self.file_link:
            raise ValueError("approval.module needs approval.file_link")
        return self


class Link(Part):
    """A field that links to files; to one, or to several with `list`."""

    field: str
    list: bool = False


class PackageRules(Part):
    """The package object: its key, its links, and when it may be released.

    `required` are the kinds of approved assets by edition (`print`, `ebook`, `audio`), `documents` what we write of a title and put into its
    package, as files in `folder` of the mounted folder. `withdrawn` is the state of one that must not be used; without it, it has none.
    """

    key: str
    product_link: str
    file_links: str
    state: str
    released: str
    withdrawn: str | None = None
    required: dict[FormKind, tuple[str, ...]]
    documents: tuple[Document, ...] = ()
    folder: str = Field(default="/packages", pattern=r"^(/[A-Za-z0-9_.-]+)+$")


class LaunchRules(Part):
    """The launch state of a title, on its product: our words and theirs; beside it how ready it is (`readiness`) and what holds it (`blocker`)."""

    state: str
    values: dict[str, str]
    milestones: str
    readiness: str | None = None
    blocker: str | None = None
