"""The fields that quality schemes ask for: each as a question to a product as it is now, and to a record as it was sent."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from colophon.domain.product import Product, TextKind
from colophon.onix.forms import form_of, is_digital, needs_no_author


class FieldTest(NamedTuple):
    """What people call it, whether a product has it, and any of the marks (`Element` or `Element=value`) that a sent record shows."""

    name: str
    of_product: Callable[[Product], object]
    marks: tuple[str, ...]


FIELDS: Mapping[str, FieldTest] = {
    "isbn": FieldTest("ISBN", lambda p: p.isbn13, ("ProductIDType=15", "ProductIDType=03")),
    "title": FieldTest("title", lambda p: p.title, ("TitleText", "TitleWithoutPrefix")),
    "contributor": FieldTest(
        "contributor, or none by choice", lambda p: p.contributors or needs_no_author(form_of(p).code), ("Contributor", "NoContributor")
    ),
    "form": FieldTest("product form", lambda p: p.form_code, ("ProductForm",)),
    "subject": FieldTest("main subject", lambda p: any(s.is_main for s in p.subjects), ("MainSubject",)),
    "imprint": FieldTest("imprint", lambda p: p.imprint, ("ImprintName", "PublisherName")),
    "date": FieldTest("publication date", lambda p: p.publication_on, ("PublishingDateRole=01",)),
    "price": FieldTest("price", lambda p: any(each.amount > 0 for each in p.prices), ("PriceAmount", "UnpricedItemType")),
    "text": FieldTest(
        "description", lambda p: any(t.kind in {TextKind.MAIN, TextKind.SHORT} for t in p.texts), ("TextType=03", "TextType=02")
    ),
    "cover": FieldTest(
        "approved cover", lambda p: any(r.kind == "front_cover" and r.is_approved for r in p.resources), ("ResourceContentType=01",)
    ),
    "rights": FieldTest(
        "territory", lambda p: p.is_for_sale_worldwide is not None or p.for_sale, ("SalesRightsType", "ROWSalesRightsType")
    ),
    "language": FieldTest("language of text", lambda p: any(each.role == "01" for each in p.languages), ("LanguageRole=01",)),
    "thema": FieldTest("Thema subject", lambda p: any(s.scheme == "THEMA" for s in p.subjects), ("SubjectSchemeIdentifier=93",)),
    "extent": FieldTest("pages or duration", lambda p: p.pages or p.duration_minutes, ("ExtentType",)),
    "measures": FieldTest("size, where it is a thing", lambda p: is_digital(form_of(p).code) or (p.height_mm and p.width_mm), ("Measure",)),
    "about": FieldTest(
        "text about the contributor",
        lambda p: any(t.kind is TextKind.BIOGRAPHICAL_NOTE for t in p.texts),
        ("TextType=12", "BiographicalNote"),
    ),
}
"""By the name that schemes use."""
