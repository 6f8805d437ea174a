"""The REST product list: the vendor's older interface, for metadata only (contract section 10).

It tells no territories in the positive, no price type, no export permission, no series and no languages, and says so in each
product's `missing_fields`. Nothing that it gives may be syndicated: `allow_onix_exports` stays false.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from colophon.domain.finding import Finding
from colophon.domain.product import Product, TextKind
from colophon.errors import BadShapeError, PagingError
from colophon.systems.consonance.graphql import wire
from colophon.systems.consonance.graphql.wire import Row, day, each, isbn_of, text
from colophon.systems.consonance.unreadable import read_or_report

# ONIX 2.1 List 33, which this interface speaks, to our kinds; other texts have no place in a product.
_TEXT_KINDS = {"01": TextKind.MAIN, "02": TextKind.SHORT, "08": TextKind.REVIEW, "13": TextKind.BIOGRAPHICAL_NOTE}

NOT_TOLD = (
    "allow_onix_exports",
    "availability",
    "contributors",
    "duration_minutes",
    "for_sale",
    "languages",
    "pages",
    "prices.type_code",
    "related",
    "resources.is_approved",
    "resources.kind",
    "series",
    "subjects",
)


def numbered_pages(fetch: Callable[[int], Row]) -> Iterator[Sequence[Row]]:
    """Lists of product rows, page 1 to `total_pages`; `fetch(number)` reads one page.

    :raises PagingError: another page than the one asked for, or a product that was there before.
    :raises BadShapeError: no page numbers or no list in the answer.
    """
    seen: set[int] = set()
    number = total = 1
    while number <= total:
        page = fetch(number)
        total = _told(page, "total_pages")
        if (current := _told(page, "current_page")) != number:
            raise PagingError(f"asked for page {number}, got page {current}", system="consonance", operation="products.json")
        rows = page.get("products")
        if not isinstance(rows, list):
            raise BadShapeError("the answer lacks `products`", system="consonance", operation="products.json")
        for row in rows:
            product_id = _told(row, "id")
            if product_id in seen:
                raise PagingError(f"page {number} repeats product {product_id}", system="consonance", operation="products.json")
            seen.add(product_id)
        yield rows
        number += 1


def _told(row: object, member: str) -> int:
    found = row.get(member) if isinstance(row, dict) else None
    if type(found) is not int:
        raise BadShapeError(f"the answer lacks a whole number as `{member}`", system="consonance", operation="products.json")
    return found


def product_from(row: Row) -> Product | Finding:
    """One product of the list, or the finding that it cannot be read."""
    return read_or_report("product", _without_empty_lists(row), _product)


def _without_empty_lists(value: Any) -> Any:
    """The list writes `[]` for every kind of nothing, a missing date as well."""
    if isinstance(value, dict):
        return {name: _without_empty_lists(member) for name, member in value.items() if member != []}
    return [_without_empty_lists(member) for member in value] if isinstance(value, list) else value


def _product(row: Row) -> Product:
    return Product.model_validate(
        {
            "id": wire.required_int(row, "id"),
            "kind": "",
            "work_id": wire.required_int(row, "work_id"),
            "isbn13": isbn_of(row, "isbn"),
            "title": wire.required_text(row, "full_title"),
            "imprint": text(row, "imprint"),
            "form_code": text(row, "product_form"),
            "publishing_status": text(row, "publishing_status"),
            "publication_on": day(row, "pub_date"),
            "prices": [{**made, "id": number} for number, made in enumerate(each(row, "prices", _price), start=1)],
            "texts": [{**made, "id": number} for number, made in enumerate(each(row, "marketingtexts", _text), start=1) if made],
            "resources": [{"id": number, "url": url} for number, url in enumerate(each(row, "supportingresources", _link), start=1) if url],
            "not_for_sale": wire.texts(row, "rights_not_available_countries"),
            "missing_fields": NOT_TOLD,
        }
    )


def _price(row: Row) -> dict[str, Any]:
    return {
        "amount": _amount(row),
        "currency": wire.required_text(row, "currency_code"),
        "type_code": "",
        "qualifier": wire.required_text(row, "price_qualifier"),
    }


def _amount(row: Row) -> Decimal:
    """The amount, which this interface writes as text."""
    found = wire.required_text(row, "price_amount")
    try:
        return wire.needed_decimal({"price_amount": Decimal(found)}, "price_amount")
    except InvalidOperation as problem:
        raise wire.unreadable("price_amount", found, "a decimal number as text") from problem


def _text(row: Row) -> dict[str, Any] | None:
    kind, html = _TEXT_KINDS.get(text(row, "code") or ""), text(row, "external_text")
    return {"kind": kind, "html": html} if kind and html else None


def _link(row: Row) -> str | None:
    """Link to the first of an image's renditions that has one."""
    return next((url for url in each(row, "style_urls", partial(text, member="url")) if url), None)
