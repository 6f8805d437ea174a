"""Products of ONIX 3.0 and 3.1 messages, reference or short tags, brought into Consonance's shape.

Reads what others wrote, so it is careful: no DOCTYPE, no entities, no network. A product that cannot be taken is a fault that
names file, record and reason; a message is never empty in silence.
"""

from collections.abc import Iterator
from typing import Any

from colophon_sandbox.seeds.onix_fields import (
    cover_of,
    day,
    element_title,
    isbn_of,
    millimetres,
    prices_of,
    subjects_of,
    territory_of,
    texts_of,
    title_of,
    uninverted,
    value,
    whole_number,
)
from colophon_sandbox.seeds.onix_message import products_of
from colophon_sandbox.seeds.shelf import Row, contributions, cover, product, text, work

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

# List 150 to the codes of ONIX 2.1 that Consonance shows, where there is one.
FORMS = {"BB": "BB", "BC": "BC", "EA": "DG", "ED": "DG", "EB": "DG", "EC": "DG", "AC": "AC", "AJ": "AJ"}


def read_onix(body: bytes, name: str = "onix.xml") -> tuple[dict[str, Any], list[str]]:
    """(records, faults). A fault reads `file, record reference: reason`."""
    faults: list[str] = []
    records: dict[str, list[Row]] = {key: [] for key in ("imprints", "series", "contacts", "works", "products")}
    seen: dict[str, int] = {}
    for number, (node, reason) in enumerate(products_of(body), start=1):
        reference = value(node, "RecordReference") if node is not None else ""
        label = f"{name}, record {reference or number}"
        if node is None:
            faults.append(f"{name}: {reason}")
        elif not reference:
            faults.append(f"{label}: no RecordReference")
        elif reference in seen:
            faults.append(f"{label}: RecordReference stands twice (first as product {seen[reference]})")
        elif value(node, "NotificationType") == "05":
            faults.append(f"{label}: a deletion (NotificationType 05), and there is nothing to delete")
        elif not title_of(node)[0]:
            faults.append(f"{label}: no title")
        else:
            seen[reference] = number
            try:
                _Import(records, node, number).run()
            except ValueError as problem:
                faults.append(f"{label}: {problem}")
    return {"consonance": records}, faults


class _Import:
    """One product on its way into the records."""

    def __init__(self, records: dict[str, list[Row]], node: Any, number: int) -> None:
        self.records, self.node, self.number = records, node, number

    def run(self) -> None:
        """Add the product with its work, people, imprint and series. ValueError says what is wrong."""
        node, number = self.node, self.number
        title, prefix, rest, subtitle = title_of(node)
        made = work(number, title, self._imprint())
        made["subtitle"] = subtitle
        made["editionNumber"] = whole_number(value(node, "DescriptiveDetail/EditionNumber"))
        made["editionStatement"] = value(node, "DescriptiveDetail/EditionStatement") or None
        made["contributions"] = contributions(list(self._contributors()), number * 1000)
        made["subjectCodes"] = list(subjects_of(node))
        made["seriesMemberships"] = self._series()
        made["marketingTexts"] = [text(number * 1000 + n, v, html, fromDate=day) for n, (v, html, day) in enumerate(texts_of(node))]
        link = cover_of(node)
        made["supportingResources"] = [cover(number, link)] if link else []
        row = product(number, made, self._form(), isbn_of(node), **self._facts())
        row["fullTitle"], row["titlePrefix"], row["titleWithoutPrefix"] = title, prefix, rest
        self.records["works"].append(made)
        self.records["products"].append(row)

    def _facts(self) -> Row:
        node = self.node
        publishing = {value(d, "PublishingDateRole"): day(d) for d in node.findall("PublishingDetail/PublishingDate")}
        measures = {value(m, "MeasureType"): millimetres(m) for m in node.findall("DescriptiveDetail/Measure")}
        extents = {
            (value(e, "ExtentType"), value(e, "ExtentUnit")): value(e, "ExtentValue") for e in node.findall("DescriptiveDetail/Extent")
        }
        pages = next((v for (kind, unit), v in extents.items() if unit == "03" and kind in {"00", "05", "07", "10", "11"}), None)
        minutes = next((v for (kind, unit), v in extents.items() if kind == "09" and unit == "05"), None)
        form = self._form() or ""
        return {
            **territory_of(node),
            "publicationDate": publishing.get("01"),
            "onixPublishingStatusCode": value(node, "PublishingDetail/PublishingStatus") or None,
            "onixProductAvailability": value(node, "ProductSupply/SupplyDetail/ProductAvailability") or None,
            "prices": list(prices_of(node, self.number)),
            "heightMm": measures.get("01"),
            "widthMm": measures.get("02"),
            "thicknessMm": measures.get("03"),
            "absolutePageCount" if form == "DG" else "approximatePageCount": whole_number(pages),
            "durationMinutes": whole_number(minutes),
            "contentLanguages": [
                {
                    "id": self.number * 10 + n,
                    "onixLanguageRoleCode": value(e, "LanguageRole"),
                    "onixLanguageCode": value(e, "LanguageCode"),
                }
                for n, e in enumerate(node.findall("DescriptiveDetail/Language"))
            ],
        }

    def _form(self) -> str | None:
        form = value(self.node, "DescriptiveDetail/ProductForm")
        return FORMS.get(form, form) or None

    def _imprint(self) -> int:
        name = value(self.node, "PublishingDetail/Imprint/ImprintName") or value(self.node, "PublishingDetail/Publisher/PublisherName")
        return self._keep("imprints", name, {"name": name})

    def _series(self) -> list[Row]:
        found: list[Row] = []
        for collection in self.node.findall("DescriptiveDetail/Collection"):
            name = element_title(collection.find("TitleDetail"), {"01", "02", "03"})[0]
            part = next((e.text for e in collection.iter("PartNumber") if e.text), None)
            if name:
                key = self._keep("series", name, {"name": name, "subtitle": None, "titleWithSubtitle": name, "printIssn": None})
                found.append({"id": self.number * 10 + len(found), "partNumber": part, "yearOfAnnual": None, "seriesId": key})
        return found

    def _contributors(self) -> Iterator[tuple[int, str]]:
        for node in self.node.findall("DescriptiveDetail/Contributor"):
            person_name, inverted = value(node, "PersonName"), value(node, "PersonNameInverted")
            organisation = value(node, "CorporateName")
            before, key = value(node, "NamesBeforeKey"), value(node, "KeyNames")
            name = person_name or organisation or " ".join(filter(None, (before, key))) or uninverted(inverted)
            if not name:
                continue
            ids = {value(i, "NameIDType"): value(i, "IDValue") for i in node.findall("NameIdentifier")}
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
