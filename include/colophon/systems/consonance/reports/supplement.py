"""Rows of the supplement -> our records: what a trade record says and Consonance has no field for, by ISBN or product id.

Codes are ONIX's. A cell with several values has semicolons between them; a value of several parts has bars: `91|20260501;02`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from colophon.domain.finding import Finding
from colophon.domain.identifiers import is_gtin, is_isbn13
from colophon.domain.supplement import Coded, Constraint, Extra, File, Part, Prize, Relation, Restriction, Supplement, Unnamed
from colophon.errors import BadRecordError
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.cells import Read
from colophon.systems.consonance.reports.layouts import SheetSpec
from colophon.systems.consonance.reports.rows import ReportRow, Rows, read_rows

T = TypeVar("T")
_CODE = cells.matching(r"[A-Z]?[0-9A-Z]{1,4}", "a code of ONIX such as 10 or E101")


def _refuse(expected: str) -> BadRecordError:
    return BadRecordError(expected, system="consonance")


def _gtin(value: object) -> str:
    bare = cells.text(value).replace("-", "").replace(" ", "")
    if not is_gtin(bare, 13) or is_isbn13(bare):
        raise _refuse("a GTIN of 13 digits with the right check digit that is no ISBN")
    return bare


def _parts(least: int, most: int, expected: str, make: Callable[[list[str | None]], T]) -> Read[T]:
    """A value of parts with bars between them; blank parts are None, and missing ones at the end too."""

    def read(value: object) -> T:
        found = [part.strip() or None for part in cells.text(value).split("|")]
        if not least <= len(found) <= most or None in found[:least]:
            raise _refuse(expected)
        try:
            return make([*found, *[None] * (most - len(found))])
        except (BadRecordError, ValueError) as problem:  # pydantic's error is a ValueError
            raise _refuse(expected) from problem

    return read


def _whole(text: str | None) -> int | None:
    return None if text is None else cells.whole(text)


_coded = _parts(1, 2, "a code, or a code and its text: 91|20260501", lambda p: Coded(code=_CODE(p[0]), text=p[1]))
_pair = _parts(2, 2, "two parts: 01|02", lambda p: Coded(code=_CODE(p[0]), text=p[1]))
_constraint = _parts(
    2, 4, "usage, status and, where there is one, limit and unit: 02|02|20|07",
    lambda p: Constraint(usage=_CODE(p[0]), status=_CODE(p[1]), quantity=cells.number(p[2]) if p[2] and p[3] else None, unit=p[3]),
)  # fmt: skip
_amount = cells.matching(r"\d{1,9}(\.\d{1,3})?", "a number")
_extent = _parts(
    3, 3, "type, value and unit: 09|0153000|16", lambda p: Extra(extent_type=_CODE(p[0]), value=_amount(p[1]), unit=_CODE(p[2]))
)
_part = _parts(
    1, 4, "form and, where they are known, copies, ISBN and detail: BB|1|9780000000002|B501",
    lambda p: Part(form=_CODE(p[0]), copies=1 if p[1] is None else cells.whole(p[1]), isbn13=p[2] and cells.isbn13(p[2]), detail=p[3]),
)  # fmt: skip
_work = _parts(
    3,
    3,
    "relation, type and number: 01|11|A0220090000154FA",
    lambda p: Relation(relation=_CODE(p[0]), id_type=_CODE(p[1]), value=str(p[2])),
)
_product = _parts(
    2, 2, "relation and ISBN: 03|9780000000002", lambda p: Relation(relation=_CODE(p[0]), id_type="15", value=cells.isbn13(p[1]))
)
_unnamed = _parts(2, 2, "place in the order and a code of List 19: 2|07", lambda p: Unnamed(sequence=cells.whole(p[0]), code=_CODE(p[1])))
_restriction = _parts(
    1, 3, "a code of List 71, outlet, note: 04|Tideline Books", lambda p: Restriction(code=_CODE(p[0]), outlet=p[1], note=p[2])
)
_prize = _parts(
    1,
    4,
    "name, year, country, code of List 41: The Tide Prize|2025|GB|04",
    lambda p: Prize(name=str(p[0]), year=p[1], country=p[2], code=p[3]),
)
_file = _parts(
    4, 8, "content, mode, form, link, height, width, credit, first day: 01|03|02|https://example.org/1.jpg|2400|1600",
    lambda p: File(
        content=_CODE(p[0]), mode=_CODE(p[1]), form=_CODE(p[2]), link=str(p[3]), height=_whole(p[4]), width=_whole(p[5]), credit=p[6],
        from_on=p[7] and cells.day(p[7]),
    ),
)  # fmt: skip

_age = cells.whole
READERS: Mapping[str, Read[Any]] = {
    "gtin13": _gtin,
    "accessibility": cells.listed(_coded),
    "form_details": cells.listed(_CODE),
    "form_features": cells.listed(_pair),
    "form_description": cells.text,
    "packaging": _CODE,
    "trade_category": _CODE,
    "content_types": cells.listed(_CODE),
    "country_of_manufacture": cells.country,
    "classifications": cells.listed(_pair),
    "barcodes": cells.listed(_CODE),
    "protections": cells.listed(_CODE),
    "constraints": cells.listed(_constraint),
    "price_constraints": cells.listed(_constraint),
    "license_name": cells.text,
    "license_link": cells.text,
    "parts": cells.listed(_part),
    "keywords": cells.listed(cells.text),
    "subject_versions": cells.listed(_pair),
    "audiences": cells.listed(_pair),
    "age_from": _age,
    "age_to": _age,
    "reading_age_from": _age,
    "reading_age_to": _age,
    "weight_gr": cells.positive,
    "extents": cells.listed(_extent),
    "illustrations": cells.whole,
    "illustrations_note": cells.text,
    "edition_types": cells.listed(cells.matching(r"[A-Z]{3}", "a code of List 21 such as REV")),
    "unnamed": cells.listed(_unnamed),
    "contributor_places": cells.listed(_pair),
    "contributor_links": cells.listed(_pair),
    "parent_series": cells.text,
    "related_works": cells.listed(_work),
    "related_products": cells.listed(_product),
    "files": cells.listed(_file),
    "prizes": cells.listed(_prize),
    "contacts": cells.listed(_pair),
    "manufacturer": cells.text,
    "restrictions": cells.listed(_restriction),
    "city": cells.text,
    "copyright_year": cells.matching(r"\d{4}", "a year of four digits"),
    "copyright_owner": cells.text,
}
"""How each field's cell is read."""
SUPPLEMENT = SheetSpec(needed=frozenset({"isbn13"}), optional=frozenset({"product_id", *READERS}))


def supplements(rows: Rows) -> Iterator[Supplement | Finding]:
    """One product a row; one only of each."""
    return read_rows(rows, partial(_supplement, seen=set()))


def _supplement(row: ReportRow, seen: set[object]) -> list[Supplement]:
    isbn13, product_id = row.get("isbn13", cells.isbn13), row.get("product_id", cells.key)
    if isbn13 is None and product_id is None:
        raise row.unfit("isbn13", "an ISBN, or a product id where the product has none")
    key = isbn13 or product_id
    if key in seen:
        raise row.unfit("isbn13", "a product that no row above has")
    values = {field: value for field, read in READERS.items() if (value := row.get(field, read)) is not None}
    seen.add(key)
    return [Supplement(isbn13=isbn13, product_id=product_id, origin=f"{row.origin.file}, row {row.origin.row}", **values)]
