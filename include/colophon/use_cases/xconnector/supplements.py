"""What the supplement says of products: put beside what Consonance says, and compared with what it said before.

A batch keeps rows as lines, for a catalogue of them is large. Subjects are those of products.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from colophon.domain.facts import RULE
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.domain.supplement import IDENTITY, Supplement

_ORIGIN = re.compile(r'"origin":"(?:[^"\\]|\\.)*",?')
_NAMES_OTHERS = ('"related_products"', '"parts"')


def to_line(row: Supplement) -> str:
    """One line without its line end."""
    return row.model_dump_json(exclude_defaults=True)


def by_subject(lines: Iterable[str]) -> dict[str, str]:
    """Lines by the product that they are about."""
    found = {}
    for line in lines:
        row = Supplement.model_validate_json(line)
        found[f"isbn:{row.isbn13}" if row.isbn13 else f"product:{row.product_id}"] = line
    return found


def with_words(lines: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """The supplement's lines with those of another system over them, field by field."""
    found = dict(lines)
    for subject, line in words.items():
        over = Supplement.model_validate_json(line)
        told = {name: getattr(over, name) for name in over.model_fields_set - IDENTITY}
        below = Supplement.model_validate_json(found[subject]) if subject in found else over
        found[subject] = to_line(below.model_copy(update=told))
    return found


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    """ISBNs of which something else is said; that a row stands elsewhere is nothing."""
    subjects = {subject for subject in before.keys() | now.keys() if _said(before.get(subject)) != _said(now.get(subject))}
    return {subject.removeprefix("isbn:") for subject in subjects if subject.startswith("isbn:")}


def named(lines: Iterable[str]) -> set[str]:
    """ISBNs of other products that rows name."""
    rows = (Supplement.model_validate_json(line) for line in lines if any(name in line for name in _NAMES_OTHERS))
    return {isbn for row in rows for isbn in _others(row) if isbn}


def unannounced(products: Iterable[Product | Finding]) -> set[str]:
    """ISBNs of ours that the trade may not know of yet."""
    return {
        product.isbn13
        for product in products
        if isinstance(product, Product)
        and product.isbn13
        and (not product.allow_onix_exports or product.publishing_status in {None, "00", "01"})
    }


def beside(lines: Mapping[str, str], hidden: set[str]) -> Callable[[Iterable[Product | Finding]], Iterator[Product | Finding]]:
    """Products with what the supplement says of each; `hidden` ISBNs are not named in it.

    A product without ISBN, or with a number that is none, is found by its id too.
    """

    def add(records: Iterable[Product | Finding]) -> Iterator[Product | Finding]:
        for record in records:
            line = lines.get(record.subject) or (lines.get(f"product:{record.id}") if isinstance(record, Product) else None)
            if line is None or isinstance(record, Finding):
                yield record
            else:
                yield record.model_copy(update={"supplement": _without(Supplement.model_validate_json(line), hidden)})

    return add


def missing(why: str) -> Finding:
    """The exception that the supplement cannot be read now; it closes when it was read again."""
    return Finding(
        subject="source:supplement",
        rule=RULE,
        severity=Severity.WARNING,
        field="supplement",
        found=why[:200],
        expected="a file as docs/consonance-files.md describes it",
        remedy="Put the supplement to where the reports are, whole; records stay as they were last until then.",
        owner="operations",
    )


def _without(row: Supplement, hidden: set[str]) -> Supplement:
    if hidden.isdisjoint(isbn for isbn in _others(row) if isbn):
        return row
    products = tuple(other for other in row.related_products if other.value not in hidden)
    parts = tuple(part.model_copy(update={"isbn13": None}) if part.isbn13 in hidden else part for part in row.parts)
    return row.model_copy(update={"related_products": products, "parts": parts})


def _others(row: Supplement) -> list[str | None]:
    return [*(other.value for other in row.related_products), *(part.isbn13 for part in row.parts)]


def _said(line: str | None) -> str:
    return _ORIGIN.sub("", line or "", count=1)
