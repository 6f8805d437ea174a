"""Facts of one ONIX product (reference names, no namespace), in the words of Consonance."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from colophon_sandbox.seeds.shelf import Row, price, subject

TEXTS = {"02": "SHORT_DESCRIPTION", "03": "MAIN_DESCRIPTION", "06": "REVIEW", "12": "BIOGRAPHICAL_NOTE"}
SCHEMES = {"93": "THEMA", "94": "THEMA", "95": "THEMA", "10": "BISAC", "12": "BIC"}
SALEABLE = frozenset({"01", "02", "07", "08"})


def title_of(node: Any) -> tuple[str, str | None, str | None, str | None]:
    """Title, prefix, title without prefix, subtitle of the product itself; an empty title where there is none."""
    for detail in node.findall("DescriptiveDetail/TitleDetail"):
        if value(detail, "TitleType") in {"01", "00"}:
            return element_title(detail, {"01"})
    return "", None, None, None


def element_title(detail: Any, levels: set[str]) -> tuple[str, str | None, str | None, str | None]:
    """The same of a TitleDetail's first element on one of these levels."""
    for element in detail.findall("TitleElement") if detail is not None else []:
        if value(element, "TitleElementLevel") in levels:
            prefix, rest, whole = (value(element, name) for name in ("TitlePrefix", "TitleWithoutPrefix", "TitleText"))
            title = whole or " ".join(filter(None, (prefix, rest)))
            return title, prefix or None, rest or None, value(element, "Subtitle") or None
    return "", None, None, None


def isbn_of(node: Any) -> str | None:
    """The ISBN-13, by type 15 or 03."""
    ids = {value(i, "ProductIDType"): value(i, "IDValue") for i in node.findall("ProductIdentifier")}
    isbn = (ids.get("15") or ids.get("03") or "").replace("-", "")
    return isbn if re.fullmatch(r"97[89]\d{10}", isbn) else None


def subjects_of(node: Any) -> Iterator[Row]:
    """Codes of schemes that Consonance has, each once."""
    seen = set()
    for element in node.findall("DescriptiveDetail/Subject"):
        scheme, code = SCHEMES.get(value(element, "SubjectSchemeIdentifier")), value(element, "SubjectCode")
        if scheme and code and (scheme, code) not in seen:
            seen.add((scheme, code))
            yield subject(scheme, code, main=element.find("MainSubject") is not None)


def texts_of(node: Any) -> Iterator[tuple[str, str, str | None]]:
    """Variant, HTML and first day of texts that Consonance has."""
    for element in node.findall("CollateralDetail/TextContent"):
        variant = TEXTS.get(value(element, "TextType"))
        body = element.find("Text")
        if variant and body is not None:
            inner = (body.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in body)
            day = next((day(d) for d in element.findall("ContentDate") if value(d, "ContentDateRole") == "14"), None)
            yield variant, inner.strip(), day


def cover_of(node: Any) -> str:
    """Link of the front cover."""
    for element in node.findall("CollateralDetail/SupportingResource"):
        if value(element, "ResourceContentType") == "01":
            return value(element, "ResourceVersion/ResourceLink")
    return ""


def prices_of(node: Any, number: int) -> Iterator[Row]:
    """Prices with an amount. Raises ValueError for one that is no number."""
    for n, element in enumerate(node.findall("ProductSupply/SupplyDetail/Price")):
        amount = value(element, "PriceAmount")
        if not amount:
            continue
        if not re.fullmatch(r"\d+(\.\d+)?", amount):
            raise ValueError(f"PriceAmount {amount[:30]!r} is not a number")
        days = {value(d, "PriceDateRole"): day(d) for d in element.findall("PriceDate")}
        yield price(
            number * 1000 + n,
            amount,
            value(element, "CurrencyCode") or "GBP",
            value(element, "PriceType") or "02",
            value(element, "PriceQualifier") or "05",
            effectiveFrom=days.get("14"),
            effectiveTo=days.get("15"),
        )


def territory_of(node: Any) -> Row:
    """Where it may be sold, in Consonance's words. Raises ValueError for codes that are no countries."""
    sold, unsold, left_out, world = set(), set(), set(), None
    for rights in node.findall("PublishingDetail/SalesRights"):
        territory, kind = rights.find("Territory"), value(rights, "SalesRightsType")
        if territory is None:
            continue
        regions = _codes(territory, "RegionsIncluded")
        included, excluded = _codes(territory, "CountriesIncluded"), _codes(territory, "CountriesExcluded")
        if strange := sorted(code for code in included | excluded if not re.fullmatch("[A-Z]{2}", code)):
            raise ValueError(f"country codes {', '.join(strange)[:60]} cannot be read")
        if kind in SALEABLE and ({"WORLD", "ROW"} & regions):
            world = True
            left_out |= excluded
        elif kind in SALEABLE:
            sold |= included
        else:
            unsold |= included
    if value(node, "PublishingDetail/ROWSalesRightsType") in SALEABLE:
        world = True
    # The world less some countries, which another composite may allow.
    unsold |= left_out - sold
    facts = {"isForSaleWorldwide": world if world or not sold else False, "notForSaleCountryCodes": sorted(unsold)}
    return facts | {"forSaleCountryCodes": [] if world else sorted(sold)}


def _codes(territory: Any, name: str) -> set[str]:
    return {code for element in territory.findall(name) for code in (element.text or "").split()}


def day(element: Any) -> str | None:
    """A date as YYYY-MM-DD; a month or year is its first day."""
    raw = next((value(element, name) for name in ("Date", "B306") if value(element, name)), "")
    found = re.fullmatch(r"(\d{4})-?(\d{2})?-?(\d{2})?(T.*)?", raw)
    return f"{found[1]}-{found[2] or '01'}-{found[3] or '01'}" if found else None


def millimetres(element: Any) -> str | None:
    """A measurement in millimetres."""
    factor = {"mm": 1, "cm": 10, "in": 25.4}.get(value(element, "MeasureUnitCode"))
    raw = value(element, "Measurement")
    return f"{float(raw) * factor:g}" if factor and re.fullmatch(r"\d+(\.\d+)?", raw) else None


def uninverted(name: str) -> str:
    """`Quill, Ana` as `Ana Quill`."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name


def whole_number(value: str | None) -> int | None:
    """Digits as a number."""
    return int(value) if value and value.isascii() and value.isdigit() else None


def value(node: Any, path: str) -> str:
    """The text of the first element at a path; empty where there is none."""
    found = node.find(path) if node is not None else None
    return "".join(found.itertext()).strip() if found is not None else ""
