"""The fields that quality schemes ask for: each as a question to a product as it is now, and to a record as it was sent.

What was sent is asked by its bytes: an element that is there, or one with a value. So a record of years ago can be judged without
reading it into anything.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import NamedTuple

from colophon.domain.product import Product, TextKind
from colophon.onix.forms import form_of, is_digital, needs_no_author
from colophon.onix.tags import short_names


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


def lacking(product: Product, fields: Collection[str]) -> list[str]:
    """The fields that a product has not, as it is now."""
    return [name for name in fields if not FIELDS[name].of_product(product)]


def lacking_in(content: bytes, fields: Collection[str]) -> list[str]:
    """The fields that a written record, by reference or short tags, has not."""
    return [name for name in fields if not any(mark.search(content) for mark in _marks(name))]


@cache
def _marks(name: str) -> tuple[re.Pattern[bytes], ...]:
    made = []
    for mark in FIELDS[name].marks:
        element, _, value = mark.partition("=")
        for tag in {element, short_names("3.1").get(element, element)}:
            inside = rf"\s*{re.escape(value)}\s*</" if value else ""
            made.append(re.compile(rf"<{re.escape(tag)}(?:\s[^>]*)?/?>{inside}".encode()))
    return tuple(made)
