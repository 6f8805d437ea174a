"""Facts of one ONIX product (reference names, no namespace), in the words of Consonance.

What a product says and the shape cannot take, because it is garbled, is reported to `left_out`; the rest of the product comes in.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from html import escape
from typing import Any

from lxml import etree

from colophon_sandbox.seeds.onix_message import Header
from colophon_sandbox.seeds.shelf import Row, price, subject

LeftOut = Callable[[str], None]

TEXTS = {"02": "SHORT_DESCRIPTION", "03": "MAIN_DESCRIPTION", "06": "REVIEW", "12": "BIOGRAPHICAL_NOTE"}
# List 27: 93 to 99 are Thema and its qualifiers, 12 to 17 BIC and its.
SCHEMES = {"10": "BISAC", **{str(code): "THEMA" for code in range(93, 100)}, **{str(code): "BIC" for code in range(12, 18)}}
# List 19, as a name that people read.
UNNAMED = {
    "01": "Unknown",
    "02": "Anonymous",
    "03": "Et al.",
    "04": "Various",
    "05": "Synthesised voice (male)",
    "06": "Synthesised voice (female)",
    "07": "Synthesised voice",
    "08": "Synthesised voice (based on a real voice actor)",
    "09": "Artificial intelligence",
}
SALEABLE = frozenset({"01", "02", "07", "08"})
UNQUALIFIED = "00"
FREE_OF_CHARGE = "01"


def title_of(node: Any) -> tuple[str, str | None, str | None, str | None]:
    """Title, prefix, title without prefix, subtitle of the product; an empty title where there is none.

    A volume that is only a number has the title of its collection before it.
    """
    for detail in node.findall("DescriptiveDetail/TitleDetail"):
        if value(detail, "TitleType") not in {"01", "00"}:
            continue
        own = element_title(detail, {"01"})
        if own[0]:
            return own
        collection = element_title(detail, {"02", "03"})[0]
        numbers = [value(e, "PartNumber") for e in detail.findall("TitleElement") if value(e, "TitleElementLevel") == "01"]
        if collection:
            return " ".join(filter(None, (collection, *numbers))), None, None, None
    return "", None, None, None


def element_title(detail: Any, levels: set[str]) -> tuple[str, str | None, str | None, str | None]:
    """The same of a TitleDetail's first element on one of these levels."""
    for element in detail.findall("TitleElement") if detail is not None else []:
        if value(element, "TitleElementLevel") in levels:
            prefix, rest, whole = (value(element, name) for name in ("TitlePrefix", "TitleWithoutPrefix", "TitleText"))
            title = whole or " ".join(filter(None, (prefix, rest)))
            return title, prefix or None, rest or None, value(element, "Subtitle") or None
    return "", None, None, None


def subjects_of(node: Any) -> Iterator[Row]:
    """Codes of schemes that Consonance has, each once; one that is main anywhere is main."""
    codes: dict[tuple[str, str], bool] = {}
    for element in node.findall("DescriptiveDetail/Subject"):
        scheme, code = SCHEMES.get(value(element, "SubjectSchemeIdentifier")), value(element, "SubjectCode")
        if scheme and code:
            codes[scheme, code] = codes.get((scheme, code), False) or element.find("MainSubject") is not None
    for (scheme, code), is_main in codes.items():
        yield subject(scheme, code, main=is_main)


def texts_of(node: Any, left_out: LeftOut) -> Iterator[tuple[str, str, str | None]]:
    """Variant, HTML and first day of texts that Consonance has, in every language that is given."""
    for element in node.findall("CollateralDetail/TextContent"):
        variant = TEXTS.get(value(element, "TextType"))
        if variant is None:
            continue
        begins = next((day(d, left_out) for d in element.findall("ContentDate") if value(d, "ContentDateRole") in {"14", "24"}), None)
        for body in element.findall("Text"):
            if words := as_html(body):
                yield variant, words, begins


def as_html(body: Any) -> str:
    """The HTML of a text: XHTML as it stands, HTML that was escaped whole as what it says, plain text in paragraphs."""
    written = body.text or ""
    if len(body):
        etree.cleanup_namespaces(body)
        return (escape(written, quote=False) + "".join(etree.tostring(child, encoding="unicode") for child in body)).strip()
    if body.get("textformat", "06") in {"02", "05"} or re.search(r"</?(p|br|b|i|em|strong|ul|ol|li|div|span)\b[^>]*>", written):
        return written.strip()
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", written) if part.strip()]
    if len(paragraphs) < 2:
        return escape(written.strip(), quote=False)
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in paragraphs)


def cover_of(node: Any) -> tuple[str, str | None]:
    """Link and caption of the front cover."""
    for element in node.findall("CollateralDetail/SupportingResource"):
        if value(element, "ResourceContentType") == "01" and (link := value(element, "ResourceVersion/ResourceLink")):
            caption = (value(f, "FeatureNote") for f in element.findall("ResourceFeature") if value(f, "ResourceFeatureType") == "02")
            return link, next(filter(None, caption), None)
    return "", None


def prices_of(node: Any, number: int, header: Header, left_out: LeftOut) -> Iterator[Row]:
    """Prices with an amount, or free of charge, each once; what the header says holds where the price does not say it."""
    seen: list[Row] = []
    if any(value(supply, "UnpricedItemType") == FREE_OF_CHARGE for supply in node.findall("ProductSupply/SupplyDetail")):
        left_out("free of charge (UnpricedItemType 01) without a price, and so without a currency")
    for n, element in enumerate(node.findall("ProductSupply/SupplyDetail/Price")):
        amount = value(element, "PriceAmount") or ("0" if value(element, "UnpricedItemType") == FREE_OF_CHARGE else "")
        currency, kind = value(element, "CurrencyCode") or header.currency, value(element, "PriceType") or header.price_type
        if not amount:
            continue
        if not re.fullmatch(r"\d+(\.\d+)?", amount):
            left_out(f"PriceAmount {amount[:30]!r} is not a number")
        elif not currency or not kind:
            left_out(f"the price {amount} has no {'PriceType' if currency else 'CurrencyCode'}, and the header has no default")
        else:
            days = {value(d, "PriceDateRole"): d for d in element.findall("PriceDate")}
            first, last = (day(days[role], left_out) if role in days else None for role in ("14", "15"))
            row = price(0, amount, currency, kind, value(element, "PriceQualifier") or UNQUALIFIED, effectiveFrom=first, effectiveTo=last)
            if row not in seen:
                seen.append(row)
                yield row | {"id": number * 1000 + n}


def territory_of(node: Any, left_out: LeftOut) -> Row:
    """Where it may be sold, in Consonance's words. Raises ValueError for codes that are no countries."""
    sold, unsold, excluded_of_world, world = set[str](), set[str](), set[str](), None
    for rights in node.findall("PublishingDetail/SalesRights"):
        territory, kind = rights.find("Territory"), value(rights, "SalesRightsType")
        if territory is None:
            left_out(f"SalesRights {kind} without a Territory")
            continue
        regions = _codes(territory, "RegionsIncluded")
        included, excluded = _codes(territory, "CountriesIncluded"), _codes(territory, "CountriesExcluded")
        if strange := sorted(code for code in included | excluded if not re.fullmatch("[A-Z]{2}", code)):
            raise ValueError(f"country codes {', '.join(strange)[:60]} cannot be read")
        if smaller := sorted((regions | _codes(territory, "RegionsExcluded")) - {"WORLD", "ROW"}):
            left_out(f"Consonance has countries and no regions: {', '.join(smaller)[:60]} of SalesRights {kind}")
        if kind in SALEABLE and ({"WORLD", "ROW"} & regions):
            world = True
            excluded_of_world |= excluded
        elif kind in SALEABLE:
            sold |= included
        else:
            unsold |= included
    if value(node, "PublishingDetail/ROWSalesRightsType") in SALEABLE:
        world = True
    # The world less some countries, which another composite may allow.
    unsold |= excluded_of_world - sold
    facts = {"isForSaleWorldwide": world if world or not sold else False, "notForSaleCountryCodes": sorted(unsold)}
    return facts | {"forSaleCountryCodes": [] if world else sorted(sold)}


def _codes(territory: Any, name: str) -> set[str]:
    return {code for element in territory.findall(name) for code in (element.text or "").split()}


def day(element: Any, left_out: LeftOut) -> str | None:
    """A date as YYYY-MM-DD; a month or year is its first day. A week, quarter or season (List 55) is none."""
    written, node = value(element, "Date"), element.find("Date")
    form = value(element, "DateFormat") or (node.get("dateformat", "") if node is not None else "")
    parts = re.fullmatch(r"(\d{4})-?(\d{2})?-?(\d{2})?(T.*)?", written)
    try:
        if parts and form not in {"02", "03", "04"}:
            return date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1)).isoformat()
    except ValueError:
        pass
    left_out(f"{element.tag} {written[:20]!r} is no day")
    return None


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
