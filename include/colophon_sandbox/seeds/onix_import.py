"""Products of ONIX 3.0 and 3.1 messages, reference or short tags, brought into Consonance's shape.

Reads what others wrote, so it is careful: no DOCTYPE, no entities, no network. A product that cannot be taken is a fault that
names file, record and reason; a message is never empty in silence.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from lxml import etree

from colophon_sandbox.seeds.shelf import Row, contributions, cover, price, product, subject, text, work

NOT_HELD = {
    "several titles, title levels, alternative and original titles": "one title, prefix and subtitle",
    "contributor biographies, places, dates, several roles of one contributor": "a name, an ISNI and one role for each contribution",
    "editions by type and version": "an edition number and statement of the work",
    "extents other than pages and duration; weight": "page count, duration, height, width, thickness",
    "audiences and reading ages": "nothing",
    "subjects of other schemes than Thema, BISAC and BIC; keywords": "Thema, BISAC, BIC",
    "texts of other types than 02, 03, 06, 12; their sources and languages": "short and main description, review, biographical note",
    "resources that are no front cover; their features": "front cover with caption and status",
    "prize, content item, product part, related work": "nothing",
    "other dates than publication; embargo": "publication date",
    "sales rights by type; regions other than WORLD": "countries for sale and not for sale, or worldwide",
    "several markets and suppliers; supply dates; discounts; tax; price territory": "prices by type, qualifier, currency and days",
    "product forms that ONIX 2.1 did not have": "the code as it stands",
}
"""What ONIX can hold and Consonance's shape cannot: what it holds instead."""

MAX_BYTES = 64 * 1024 * 1024
NAMESPACE = re.compile(r"^http://(www|ns)\.editeur\.org/onix/(2\.1|3\.0|3\.1)/(reference|short)$")
# List 150 to the codes of ONIX 2.1 that Consonance shows, where there is one.
FORMS = {"BB": "BB", "BC": "BC", "EA": "DG", "ED": "DG", "EB": "DG", "EC": "DG", "AC": "AC", "AJ": "AJ"}
TEXTS = {"02": "SHORT_DESCRIPTION", "03": "MAIN_DESCRIPTION", "06": "REVIEW", "12": "BIOGRAPHICAL_NOTE"}
SCHEMES = {"93": "THEMA", "94": "THEMA", "95": "THEMA", "10": "BISAC", "12": "BIC"}
SALEABLE = frozenset({"01", "02", "07", "08"})


def read_onix(body: bytes, name: str = "onix.xml") -> tuple[dict[str, Any], list[str]]:
    """(records, faults). A fault reads `file, record reference: reason`."""
    faults: list[str] = []
    records: dict[str, list[Row]] = {key: [] for key in ("imprints", "series", "contacts", "works", "products")}
    seen: dict[str, int] = {}
    for number, (node, reason) in enumerate(_products(body), start=1):
        reference = _value(node, "RecordReference") if node is not None else ""
        label = f"{name}, record {reference or number}"
        if node is None:
            faults.append(f"{name}: {reason}")
        elif not reference:
            faults.append(f"{label}: no RecordReference")
        elif reference in seen:
            faults.append(f"{label}: RecordReference stands twice (first as product {seen[reference]})")
        elif _value(node, "NotificationType") == "05":
            faults.append(f"{label}: a deletion (NotificationType 05), and there is nothing to delete")
        elif not _title(node)[0]:
            faults.append(f"{label}: no title")
        else:
            seen[reference] = number
            try:
                _Import(records, node, number).run()
            except ValueError as problem:
                faults.append(f"{label}: {problem}")
    return {"consonance": records}, faults


def _products(body: bytes) -> Iterator[tuple[Any, str]]:
    """Each product in reference names without namespace, or None with why the message cannot be read."""
    if len(body) > MAX_BYTES:
        yield None, f"larger than {MAX_BYTES} bytes"
        return
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        yield None, "it has a DOCTYPE, and those are refused"
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as problem:
        yield None, f"not well-formed: {problem.msg}"
        return
    space, local = etree.QName(root).namespace or "", etree.QName(root).localname
    found = NAMESPACE.match(space)
    if space and not found:
        yield None, f"its namespace {space} is not ONIX's"
    if (found and found[2] == "2.1") or (not space and root.get("release", "") < "3"):
        yield None, "it is ONIX 2.1 or says no release; only 3.0 and 3.1 are read"
        return
    if local not in {"ONIXMessage", "ONIXmessage"}:
        yield None, f"its root is {local}, not ONIXMessage"
        return
    names = _short_names() if local == "ONIXmessage" else {}
    for element in root.iter("*"):
        plain = etree.QName(element).localname
        element.tag = names.get(plain, plain)
    products = root.findall("Product")
    if not products:
        yield None, "the message has no Product"
    for node in products:
        yield node, ""


class _Import:
    """One product on its way into the records."""

    def __init__(self, records: dict[str, list[Row]], node: Any, number: int) -> None:
        self.records, self.node, self.number = records, node, number

    def run(self) -> None:
        """Add the product with its work, people, imprint and series. ValueError says what is wrong."""
        node, number = self.node, self.number
        title, prefix, rest, subtitle = _title(node)
        made = work(number, title, self._imprint())
        made["subtitle"] = subtitle
        made["editionNumber"] = _whole(_value(node, "DescriptiveDetail/EditionNumber"))
        made["editionStatement"] = _value(node, "DescriptiveDetail/EditionStatement") or None
        made["contributions"] = contributions(list(self._contributors()), number * 1000)
        made["subjectCodes"] = list(_subjects(node))
        made["seriesMemberships"] = self._series()
        made["marketingTexts"] = [text(number * 1000 + n, v, html, fromDate=day) for n, (v, html, day) in enumerate(_texts(node))]
        link = _cover(node)
        made["supportingResources"] = [cover(number, link)] if link else []
        row = product(number, made, self._form(), _identifier(node), **self._facts())
        row["fullTitle"], row["titlePrefix"], row["titleWithoutPrefix"] = title, prefix, rest
        self.records["works"].append(made)
        self.records["products"].append(row)

    def _facts(self) -> Row:
        node = self.node
        publishing = {_value(d, "PublishingDateRole"): _day(d) for d in node.findall("PublishingDetail/PublishingDate")}
        measures = {_value(m, "MeasureType"): _millimetres(m) for m in node.findall("DescriptiveDetail/Measure")}
        extents = {
            (_value(e, "ExtentType"), _value(e, "ExtentUnit")): _value(e, "ExtentValue") for e in node.findall("DescriptiveDetail/Extent")
        }
        pages = next((v for (kind, unit), v in extents.items() if unit == "03" and kind in {"00", "05", "07", "10", "11"}), None)
        minutes = next((v for (kind, unit), v in extents.items() if kind == "09" and unit == "05"), None)
        form = self._form() or ""
        return {
            **_territory(node),
            "publicationDate": publishing.get("01"),
            "onixPublishingStatusCode": _value(node, "PublishingDetail/PublishingStatus") or None,
            "onixProductAvailability": _value(node, "ProductSupply/SupplyDetail/ProductAvailability") or None,
            "prices": list(_prices(node, self.number)),
            "heightMm": measures.get("01"),
            "widthMm": measures.get("02"),
            "thicknessMm": measures.get("03"),
            "absolutePageCount" if form == "DG" else "approximatePageCount": _whole(pages),
            "durationMinutes": _whole(minutes),
            "contentLanguages": [
                {
                    "id": self.number * 10 + n,
                    "onixLanguageRoleCode": _value(e, "LanguageRole"),
                    "onixLanguageCode": _value(e, "LanguageCode"),
                }
                for n, e in enumerate(node.findall("DescriptiveDetail/Language"))
            ],
        }

    def _form(self) -> str | None:
        form = _value(self.node, "DescriptiveDetail/ProductForm")
        return FORMS.get(form, form) or None

    def _imprint(self) -> int:
        name = _value(self.node, "PublishingDetail/Imprint/ImprintName") or _value(self.node, "PublishingDetail/Publisher/PublisherName")
        return self._keep("imprints", name, {"name": name})

    def _series(self) -> list[Row]:
        found: list[Row] = []
        for collection in self.node.findall("DescriptiveDetail/Collection"):
            name = _element_title(collection.find("TitleDetail"), {"01", "02", "03"})[0]
            part = next((e.text for e in collection.iter("PartNumber") if e.text), None)
            if name:
                key = self._keep("series", name, {"name": name, "subtitle": None, "titleWithSubtitle": name, "printIssn": None})
                found.append({"id": self.number * 10 + len(found), "partNumber": part, "yearOfAnnual": None, "seriesId": key})
        return found

    def _contributors(self) -> Iterator[tuple[int, str]]:
        for node in self.node.findall("DescriptiveDetail/Contributor"):
            person_name, inverted = _value(node, "PersonName"), _value(node, "PersonNameInverted")
            organisation = _value(node, "CorporateName")
            before, key = _value(node, "NamesBeforeKey"), _value(node, "KeyNames")
            name = person_name or organisation or " ".join(filter(None, (before, key))) or _uninverted(inverted)
            if not name:
                continue
            ids = {_value(i, "NameIDType"): _value(i, "IDValue") for i in node.findall("NameIdentifier")}
            row = {
                "__typename": "Organisation" if organisation and not person_name else "Person",
                "name": name,
                "personName": name,
                "organisationName": organisation or None,
                "personNameInverted": inverted or None,
                "keyNames": key or None,
                "isni": ids.get("16"),
            }
            for role in node.findall("ContributorRole"):
                yield self._keep("contacts", f"{name}\n{ids.get('16')}", row), (role.text or "").strip()

    def _keep(self, table: str, key: str, row: Row) -> int:
        rows = self.records[table]
        there = next((r for r in rows if r.get("_key") == key), None)
        if there is None:
            there = {"id": len(rows) + 1, "_key": key, **row}
            rows.append(there)
        return int(there["id"])


def _title(node: Any) -> tuple[str, str | None, str | None, str | None]:
    for detail in node.findall("DescriptiveDetail/TitleDetail"):
        if _value(detail, "TitleType") in {"01", "00"}:
            return _element_title(detail, {"01"})
    return "", None, None, None


def _element_title(detail: Any, levels: set[str]) -> tuple[str, str | None, str | None, str | None]:
    for element in detail.findall("TitleElement") if detail is not None else []:
        if _value(element, "TitleElementLevel") in levels:
            prefix, rest, whole = (_value(element, name) for name in ("TitlePrefix", "TitleWithoutPrefix", "TitleText"))
            title = whole or " ".join(filter(None, (prefix, rest)))
            return title, prefix or None, rest or None, _value(element, "Subtitle") or None
    return "", None, None, None


def _identifier(node: Any) -> str | None:
    ids = {_value(i, "ProductIDType"): _value(i, "IDValue") for i in node.findall("ProductIdentifier")}
    isbn = (ids.get("15") or ids.get("03") or "").replace("-", "")
    return isbn if re.fullmatch(r"97[89]\d{10}", isbn) else None


def _subjects(node: Any) -> Iterator[Row]:
    seen = set()
    for element in node.findall("DescriptiveDetail/Subject"):
        scheme, code = SCHEMES.get(_value(element, "SubjectSchemeIdentifier")), _value(element, "SubjectCode")
        if scheme and code and (scheme, code) not in seen:
            seen.add((scheme, code))
            yield subject(scheme, code, main=element.find("MainSubject") is not None)


def _texts(node: Any) -> Iterator[tuple[str, str, str | None]]:
    for element in node.findall("CollateralDetail/TextContent"):
        variant = TEXTS.get(_value(element, "TextType"))
        body = element.find("Text")
        if variant and body is not None:
            inner = (body.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in body)
            day = next((_day(d) for d in element.findall("ContentDate") if _value(d, "ContentDateRole") == "14"), None)
            yield variant, inner.strip(), day


def _cover(node: Any) -> str:
    for element in node.findall("CollateralDetail/SupportingResource"):
        if _value(element, "ResourceContentType") == "01":
            return _value(element, "ResourceVersion/ResourceLink")
    return ""


def _prices(node: Any, number: int) -> Iterator[Row]:
    for n, element in enumerate(node.findall("ProductSupply/SupplyDetail/Price")):
        amount = _value(element, "PriceAmount")
        if not amount:
            continue
        if not re.fullmatch(r"\d+(\.\d+)?", amount):
            raise ValueError(f"PriceAmount {amount[:30]!r} is not a number")
        days = {_value(d, "PriceDateRole"): _day(d) for d in element.findall("PriceDate")}
        yield price(
            number * 1000 + n,
            amount,
            _value(element, "CurrencyCode") or "GBP",
            _value(element, "PriceType") or "02",
            _value(element, "PriceQualifier") or "05",
            effectiveFrom=days.get("14"),
            effectiveTo=days.get("15"),
        )


def _territory(node: Any) -> Row:
    sold, unsold, left_out, world = set(), set(), set(), None
    for rights in node.findall("PublishingDetail/SalesRights"):
        territory, kind = rights.find("Territory"), _value(rights, "SalesRightsType")
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
    if _value(node, "PublishingDetail/ROWSalesRightsType") in SALEABLE:
        world = True
    # The world less some countries, which another composite may allow.
    unsold |= left_out - sold
    facts = {"isForSaleWorldwide": world if world or not sold else False, "notForSaleCountryCodes": sorted(unsold)}
    return facts | {"forSaleCountryCodes": [] if world else sorted(sold)}


def _codes(territory: Any, name: str) -> set[str]:
    return {code for element in territory.findall(name) for code in (element.text or "").split()}


def _day(element: Any) -> str | None:
    raw = next((_value(element, name) for name in ("Date", "B306") if _value(element, name)), "")
    found = re.fullmatch(r"(\d{4})-?(\d{2})?-?(\d{2})?(T.*)?", raw)
    return f"{found[1]}-{found[2] or '01'}-{found[3] or '01'}" if found else None


def _millimetres(element: Any) -> str | None:
    factor = {"mm": 1, "cm": 10, "in": 25.4}.get(_value(element, "MeasureUnitCode"))
    raw = _value(element, "Measurement")
    return f"{float(raw) * factor:g}" if factor and re.fullmatch(r"\d+(\.\d+)?", raw) else None


def _uninverted(name: str) -> str:
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name


def _whole(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() else None


def _value(node: Any, path: str) -> str:
    found = node.find(path) if node is not None else None
    return "".join(found.itertext()).strip() if found is not None else ""


@cache
def _short_names() -> dict[str | None, str | None]:
    """Short tags and their reference names, read from EDItEUR's schema where it is installed."""
    file = resources.files("onixcheck").joinpath("schema/xsd3.1/ONIX_BookProduct_3.1_short.xsd")
    tree = etree.fromstring(file.read_bytes())
    names = {}
    space = "{http://www.w3.org/2001/XMLSchema}"
    for element in tree.iter(f"{space}element"):
        known = element.find(f".//{space}attribute[@name='refname']//{space}enumeration") if element.get("name") else None
        if known is not None:
            names[element.get("name")] = known.get("value")
    return names
