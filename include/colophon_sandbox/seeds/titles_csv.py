"""Titles from a CSV with the columns of the goodbooks-10k data set, made into books that could be sold.

What the file does not know (price, pages, rights, imprint) is made up in a fixed way from the row's number; what it gets wrong (no
ISBN, an unreadable year, a series number such as 0.5) stays wrong.
"""

import csv
import io
import re
from html import escape
from typing import Any

from colophon_sandbox.seeds.shelf import Row, contributions, cover, isbn13, person, price, product, subject, text, work

NEEDED = ("book_id", "isbn", "authors", "original_publication_year", "title", "language_code", "image_url")
IN_SERIES = re.compile(r"^(?P<title>.+?)\s*\((?P<series>[^()#]+#[^)]*)\)\s*$")
SERIES = re.compile(r"\s*(?P<name>[^#;]+?),?\s*#(?P<number>[^;]*)")
"""One of the series in brackets: `Mickey Haller, #1; Harry Bosch Universe, #16`."""
IMPRINTS = ("Larkspur", "Vale Street", "Meridian", "Small Owl")
LANGUAGES = {"en": "eng", "eng": "eng", "en-US": "eng", "en-GB": "eng", "en-CA": "eng", "fre": "fre", "spa": "spa", "ger": "ger"}


def read_titles(body: bytes) -> dict[str, Any]:
    """Records of all rows. ValueError names the line and column of a row that cannot be read: nothing is dropped in silence."""
    rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    missing = [name for name in NEEDED if name not in (rows.fieldnames or [])]
    if missing:
        raise ValueError(f"the CSV has no column {', '.join(missing)}")
    records: dict[str, list[Row]] = {name: [] for name in ("imprints", "series", "contacts", "works", "products")}
    records["imprints"] = [{"id": n + 1, "name": name} for n, name in enumerate(IMPRINTS)]
    people: dict[str, int] = {}
    series: dict[str, int] = {}
    for row in rows:
        if None in row or None in row.values():
            raise ValueError(f"line {rows.line_num}: the row has {'more' if None in row else 'fewer'} cells than the header")
        _add(records, row, people, series, rows.line_num)
    return {"consonance": records}


def _add(records: dict[str, list[Row]], row: dict[str, str], people: dict[str, int], series: dict[str, int], line: int) -> None:
    try:
        number = int(row["book_id"])
    except ValueError as problem:
        raise ValueError(f"line {line}, column book_id: {row['book_id'][:40]!r} is not a number") from problem
    found = IN_SERIES.match(row["title"])
    title = found["title"] if found else row["title"]
    made = work(number, title, 1 + number % len(IMPRINTS))
    if found:
        made["seriesMemberships"] = [
            {"id": number * 10 + n, "partNumber": of["number"], "yearOfAnnual": None, "seriesId": _series(records, series, of["name"])}
            for n, of in enumerate(SERIES.finditer(found["series"]))
        ]
    authors = list(dict.fromkeys(name.strip() for name in row["authors"].split(",") if name.strip()))
    made["contributions"] = contributions([(_person(records, people, name), "A01") for name in authors], number * 100)
    made["subjectCodes"] = [subject("THEMA", "FB"), subject("BISAC", "FIC000000")]
    written = escape(f"{title} by {', '.join(authors)}", quote=False)
    made["marketingTexts"] = [
        text(number * 10, "SHORT_DESCRIPTION", f"<p>{escape(title[:300], quote=False)}.</p>"),
        text(number * 10 + 1, "MAIN_DESCRIPTION", f"<p>{written}.</p><p>A book that thousands of readers have rated and discussed.</p>"),
    ]
    made["supportingResources"] = [cover(number, row["image_url"])]
    records["works"].append(made)
    records["products"].append(_product(number, made, row))


def _product(number: int, made: Row, row: dict[str, str]) -> Row:
    language = LANGUAGES.get(row["language_code"])
    pages = 120 + number * 7 % 600
    return product(
        number,
        made,
        "BC",
        _isbn(row["isbn"]),
        publicationDate=_first_of_january(row["original_publication_year"]),
        approximatePageCount=pages,
        heightMm="198",
        widthMm="129",
        thicknessMm=str(pages // 14 + 2),
        contentLanguages=[{"id": number, "onixLanguageRoleCode": "01", "onixLanguageCode": language}] if language else [],
        prices=[price(number * 2, f"{6 + number % 14}.99", "GBP"), price(number * 2 + 1, f"{8 + number % 16}.99", "USD", "01")],
    )


def _isbn(ten: str) -> str | None:
    """The ISBN-13 of an ISBN-10 that lost its leading zeros; none where its check digit is wrong."""
    digits = ten.strip().upper().rjust(10, "0")
    if not re.fullmatch(r"\d{9}[\dX]", digits) or digits == "0" * 10:
        return None
    total = sum((10 - n) * (10 if c == "X" else int(c)) for n, c in enumerate(digits))
    return isbn13("978" + digits[:9]) if total % 11 == 0 else None


def _first_of_january(year: str) -> str | None:
    try:
        number = int(float(year))
    except ValueError:
        return None
    return f"{number:04d}-01-01" if 1000 <= number <= 2100 else None


def _person(records: dict[str, list[Row]], people: dict[str, int], name: str) -> int:
    if name not in people:
        people[name] = len(people) + 1
        records["contacts"].append(person(people[name], name))
    return people[name]


def _series(records: dict[str, list[Row]], series: dict[str, int], name: str) -> int:
    if name not in series:
        series[name] = len(series) + 1
        records["series"].append({"id": series[name], "name": name, "subtitle": None, "titleWithSubtitle": name, "printIssn": None})
    return series[name]
