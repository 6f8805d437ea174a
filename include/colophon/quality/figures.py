"""The quality figures that the trade knows, by imprint and week: how complete a publisher's data is, in time.

BIC Basic: complete 16 weeks before publication (60 % wanted). BIC: available titles complete (80 %). Cover by publication
date. BISG: complete within 180 days each side of the on-sale date.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from colophon.domain.product import Product, TextKind
from colophon.onix.forms import form_of, needs_no_author

SIXTEEN_WEEKS = timedelta(weeks=16)
BISG_WINDOW = timedelta(days=180)
AVAILABLE = frozenset({"20", "21", "22", "23"})
WANTED = {"complete_16_weeks_before": 60, "available_complete": 80, "cover_by_publication": 100, "bisg_window_complete": 100}
"""Figures by name with the share wanted, in per cent."""


class Figure(NamedTuple):
    """So many of so many products of an imprint met a figure in an ISO week such as 2026-W18."""

    week: str
    imprint: str
    figure: str
    met: int
    of: int


def figures(products: Iterable[Product], on: date) -> list[Figure]:
    """Figures of a batch, judged on a day. Figures of batches add up to those of the whole (`merge`)."""
    year, week, _ = on.isocalendar()
    label = f"{year}-W{week:02d}"
    found = []
    for product in products:
        for name, met in _facts(product, on):
            found.append(Figure(label, product.imprint or "", name, int(met), 1))
    return merge(found)


def merge(parts: Iterable[Figure]) -> list[Figure]:
    """Sum of figures of the same week, imprint and name; the order of the parts does not matter."""
    met: Counter[tuple[str, str, str]] = Counter()
    of: Counter[tuple[str, str, str]] = Counter()
    for part in parts:
        key = part[:3]
        met[key] += part.met
        of[key] += part.of
    return [Figure(*key, met[key], of[key]) for key in sorted(of)]


def is_complete(product: Product) -> bool:
    """BIC Basic: identifier, title, contributor or none by choice, form, subject, imprint, publication date, price, text, cover."""
    return all(
        (
            product.isbn13,
            product.title,
            product.contributors or needs_no_author(form_of(product).code),
            product.form_code,
            any(s.is_main for s in product.subjects),
            product.imprint,
            product.publication_on,
            any(p.amount > 0 for p in product.prices),
            any(t.kind in {TextKind.MAIN, TextKind.SHORT} for t in product.texts),
            has_cover(product),
            product.is_for_sale_worldwide is not None or product.for_sale,
        )
    )


def has_cover(product: Product) -> bool:
    """Whether an approved front cover is linked."""
    return any(r.kind == "front_cover" and r.is_approved for r in product.resources)


def _facts(product: Product, on: date) -> Iterable[tuple[str, bool]]:
    published = product.publication_on
    if published is not None and on <= published <= on + SIXTEEN_WEEKS:
        yield "complete_16_weeks_before", is_complete(product)
    if product.availability in AVAILABLE:
        yield "available_complete", is_complete(product)
    if published is not None and published <= on:
        yield "cover_by_publication", has_cover(product)
    if published is not None and abs(published - on) <= BISG_WINDOW:
        yield "bisg_window_complete", is_complete(product)
