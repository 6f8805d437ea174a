"""The list that an invented publisher keeps beside Consonance: what trade records say and Consonance has no field for."""

import random
from decimal import Decimal
from typing import Any

from colophon_sandbox.seeds.shelf import ELECTRONIC_AUDIO, ELECTRONIC_BOOKS, Row, isbn13

# List 196: EPUB accessibility 1.1, WCAG 2.2 AA, and what a reader finds in the file.
ACCESSIBLE = "04;10;11;13;14;22;29;52;82;85"
FIXED_LAYOUT = "09;77"
"""Limited, and exempt from the European Accessibility Act: making it accessible would make another book of it."""
_AGES = ((3, 5), (5, 7), (7, 9), (9, 12))
_COVER = "01|03|02|{link}|2400|1600"
_WORDS = {"FBA": "literary fiction", "YFB": "children's stories", "NHD": "history", "DCC": "poetry"}


def add(shelf: Any, chance: random.Random) -> None:
    """A row for each product with a right ISBN."""
    works = {row["id"]: row for row in shelf.records["works"]}
    rows = [_row(product, works[product["workId"]], chance) for product in shelf.records["products"] if _is_right(product)]
    shelf.records["supplement"] = rows


def _is_right(product: Row) -> bool:
    isbn = product["isbn13"] or ""
    return len(isbn) == 13 and isbn13(isbn[:12]) == isbn


def _row(product: Row, work: Row, chance: random.Random) -> Row:
    """One row; all formats of a work are for the same readers."""
    themas = [entry["code"] for entry in work["subjectCodes"] if entry["scheme"] == "THEMA"]
    row: Row = {"id": product["id"], "isbn13": product["isbn13"], "keywords": _keywords(work, themas)}
    if any(code.startswith("Y") for code in themas):
        row["age_from"], row["age_to"] = _AGES[work["id"] % len(_AGES)]
    form = product["onix21ProductFormCode"]
    if form in ELECTRONIC_BOOKS:
        is_fixed = any(code.startswith(("X", "YF", "YB")) for code in themas)
        row["accessibility"] = FIXED_LAYOUT if is_fixed else ACCESSIBLE
        row |= {"form_details": "E101;E201" if is_fixed else "E101;E200", "protections": chance.choice(["00", "02", "03"])}
        row |= {"constraints": "05|01;02|03", "content_types": "10"}
    elif form in ELECTRONIC_AUDIO:
        row |= {"form_details": "A103", "content_types": "01", "protections": "00"}
        if minutes := product["durationMinutes"]:
            row["extents"] = f"09|{minutes // 60:03}{minutes % 60:02}00|16"
    elif product["heightMm"] and product["approximatePageCount"]:
        grams = Decimal(product["heightMm"]) * Decimal(product["widthMm"]) * product["approximatePageCount"] / 2 * 80 / 1_000_000
        row |= {"weight_gr": str(grams.quantize(Decimal(1)) + 30), "form_details": "B401" if form == "BB" else "B305"}
        row |= {"country_of_manufacture": chance.choice(["GB", "IT", "CZ"]), "classifications": "03|49019900", "content_types": "10"}
    links = [entry["url"] for entry in work["supportingResources"] if entry["url"] and entry["resourceVariant"] == "FRONT_COVER"]
    if links and " " not in links[0]:
        row["files"] = _COVER.format(link=links[0])
    return row


def _keywords(work: Row, themas: list[str]) -> str:
    """Words of the title that say something, and the shelf's."""
    words = [word.strip(":,.\"'").lower() for word in work["title"].split()]
    said = [word for word in words if len(word) > 4 and word.isalpha()][:3]
    return ";".join(dict.fromkeys([*said, *(_WORDS[code] for code in themas if code in _WORDS), "larkspur"]))
