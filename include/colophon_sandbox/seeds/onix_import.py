"""Products of ONIX 3.0 and 3.1 messages, reference or short tags, brought into Consonance's shape, and beside it the supplement's.

Reads what others wrote, so it is careful: no DOCTYPE, no entities, no network. A product that cannot be taken, and a field that is
left out because it is garbled, is a fault that names file, record and reason; a message is never empty in silence.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from colophon_sandbox.seeds.onix_counts import isbn_of, minutes_of, pages_of, sizes_of
from colophon_sandbox.seeds.onix_fields import (
    UNNAMED,
    LeftOut,
    cover_of,
    day,
    element_title,
    prices_of,
    subjects_of,
    territory_of,
    texts_of,
    title_of,
    uninverted,
    value,
    whole_number,
)
from colophon_sandbox.seeds.onix_message import header_of, products_of
from colophon_sandbox.seeds.onix_supplement import supplement_of
from colophon_sandbox.seeds.shelf import Row, contributions, cover, kind_of, product, text, work

# List 150 to the codes of ONIX 2.1 that Consonance shows, where they differ.
FORMS = {"EA": "DA", "EC": "DH", "ED": "DG", "VI": "DD", "LB": "DO", "LC": "DP", "XN": "WX"}
BLOCK_UPDATE, DELETION = "04", "05"
WHOLE = ("DescriptiveDetail", "PublishingDetail")
"""Blocks without which a record says nothing of a product."""


class File(NamedTuple):
    """An ONIX message and what people call it."""

    name: str
    body: bytes


def read_onix(files: Iterable[File], first_id: int = 1) -> tuple[dict[str, Any], list[str]]:
    """(records, faults) of all files together. A fault reads `file, record reference: reason`.

    A record that comes again in a later file is an update of the first one, and takes its place, or takes it away; twice in one file is a fault.
    """
    importer = _Import(first_id)
    for file in files:
        importer.take(file)
    return {"consonance": importer.records}, importer.faults


class _Import:
    """Products on their way into the records; ids go on from file to file."""

    def __init__(self, first_id: int) -> None:
        self.first_id = first_id
        self.records: dict[str, list[Row]] = {key: [] for key in ("imprints", "series", "contacts", "works", "products", "supplement")}
        self.faults: list[str] = []
        self._ids: dict[tuple[str, str | None], int] = {}
        self._known: dict[tuple[str, object], int] = {}

    def take(self, file: File) -> None:
        """Add what a file has."""
        seen: dict[str, int] = {}
        for number, (node, reason) in enumerate(products_of(file.body), start=1):
            if node is None:
                self.faults.append(f"{file.name}: {reason}")
                continue
            reference = value(node, "RecordReference")
            label = f"{file.name}, record {reference or number}"
            if value(node, "NotificationType") == DELETION and reference not in seen and self._remove(reference):
                continue
            if refusal := _why_not(node, seen) or self._why_no_update(node, reference):
                self.faults.append(f"{label}: {refusal}")
                continue
            seen[reference] = number
            try:
                self._add(node, reference, label)
            except ValueError as problem:
                self.faults.append(f"{label}: {problem}")

    def _why_no_update(self, node: Any, reference: str) -> str:
        """A block update says what changed alone: in the place of a whole record the rest of that would be lost."""
        is_known = any(its == reference for its, _ in self._ids)
        return (
            "a block update (NotificationType 04) of a record that is there; give the whole record" if is_known and _is_update(node) else ""
        )

    def _remove(self, reference: str) -> bool:
        """Take a record of an earlier file away; whether there was one."""
        gone = {number for (its, _), number in self._ids.items() if its == reference}
        before = len(self.records["products"])
        for table in ("works", "products", "supplement"):
            self.records[table] = [row for row in self.records[table] if row["id"] not in gone]
        return len(self.records["products"]) < before

    def _add(self, node: Any, reference: str, label: str) -> None:
        """Add a product with its work, people, imprint and series. ValueError says what is wrong."""
        garbled: list[str] = []
        isbn = isbn_of(node, garbled.append)
        territory = territory_of(node, garbled.append)
        key = (reference, isbn)
        number = self._ids.setdefault(key, self.first_id + len(self._ids))
        title, prefix, rest, subtitle = title_of(node)
        whole = work(number, title, self._imprint(node))
        whole["subtitle"] = subtitle
        whole["editionNumber"] = whole_number(value(node, "DescriptiveDetail/EditionNumber"))
        whole["editionStatement"] = value(node, "DescriptiveDetail/EditionStatement") or None
        whole["contributions"] = self._contributions(node, number, garbled.append)
        whole["subjectCodes"] = list(subjects_of(node))
        whole["seriesMemberships"] = self._series(node, number)
        texts = enumerate(texts_of(node, garbled.append))
        whole["marketingTexts"] = [text(number * 1000 + n, variant, html, fromDate=begins) for n, (variant, html, begins) in texts]
        link, caption = cover_of(node)
        whole["supportingResources"] = [cover(number, link) | ({"caption": caption} if caption else {})] if link else []
        facts = {**territory, **_facts(node, number, garbled)}
        row = product(number, whole, _form(node), isbn, **facts)
        if row["__typename"] == "PhysicalProduct" and _has_size(row):
            row["__typename"] = "PhysicalBookProduct"  # the one kind of thing that has a size and pages
        row["fullTitle"], row["titlePrefix"], row["titleWithoutPrefix"] = title, prefix, rest
        for table, record in (("works", whole), ("products", row), ("supplement", supplement_of(node, number, isbn, garbled.append))):
            self.records[table] = [other for other in self.records[table] if other["id"] != number] + ([record] if record else [])
        self.faults += [f"{label}: left out: {reason}" for reason in garbled]

    def _imprint(self, node: Any) -> int:
        name = value(node, "PublishingDetail/Imprint/ImprintName") or value(node, "PublishingDetail/Publisher/PublisherName")
        return self._keep("imprints", name, {"name": name})

    def _series(self, node: Any, number: int) -> list[Row]:
        memberships: list[Row] = []
        for collection in node.findall("DescriptiveDetail/Collection"):
            details = collection.findall("TitleDetail")
            name = next(filter(None, (element_title(detail, {"01", "02", "03"})[0] for detail in details)), "")
            numbers = [*collection.iter("PartNumber"), *collection.iter("CollectionSequenceNumber")]
            part = next((element.text.strip() for element in numbers if element.text and element.text.strip()), None)
            ids = {value(i, "CollectionIDType"): value(i, "IDValue") for i in collection.findall("CollectionIdentifier")}
            year = next((element.text for element in collection.iter("YearOfAnnual")), None)
            if name:
                row = {"name": name, "subtitle": None, "titleWithSubtitle": name, "printIssn": ids.get("02")}
                key = self._keep("series", (name, ids.get("02")), row)
                memberships.append({"id": number * 10 + len(memberships), "partNumber": part, "yearOfAnnual": year, "seriesId": key})
        return memberships

    def _contributions(self, node: Any, number: int, left_out: LeftOut) -> list[Row]:
        """In the order of their sequence numbers; the roles of one contributor share a place."""
        nodes = node.findall("DescriptiveDetail/Contributor")
        places = sorted(enumerate(nodes), key=lambda pair: (whole_number(value(pair[1], "SequenceNumber")) or pair[0] + 1, pair[0]))
        parts = [(place, *part) for place, (_, who) in enumerate(places, start=1) for part in self._roles(who, left_out)]
        rows = contributions([(contact, role) for _, contact, role in parts], number * 1000)
        return [row | {"sequenceNumber": place} for row, (place, _, _) in zip(rows, parts, strict=True)]

    def _roles(self, node: Any, left_out: LeftOut) -> Iterator[tuple[int, str]]:
        """Contact and role of a contributor, one pair for each role; nothing where nobody is named."""
        person_name, inverted = value(node, "PersonName"), value(node, "PersonNameInverted")
        organisation = value(node, "CorporateName") or uninverted(value(node, "CorporateNameInverted"))
        parts = [value(node, name) for name in ("TitlesBeforeNames", "NamesBeforeKey", "PrefixToKey", "KeyNames")]
        parts += [value(node, name) for name in ("NamesAfterKey", "SuffixToKey", "LettersAfterNames", "TitlesAfterNames")]
        unnamed = UNNAMED.get(value(node, "UnnamedPersons"), "")
        name = person_name or organisation or " ".join(filter(None, parts)) or uninverted(inverted) or unnamed
        roles = [(role.text or "").strip() for role in node.findall("ContributorRole")]
        if not name or not any(roles):
            who = name or value(node, "UnnamedPersons") or value(node, "NameIdentifier/IDValue")
            left_out(f"a contributor ({' '.join(filter(None, (who, *roles)))[:40]}) has no {'role' if name else 'name'}")
            return
        ids = {value(i, "NameIDType"): value(i, "IDValue") for i in node.findall("NameIdentifier")}
        row = {
            "__typename": "Organisation" if organisation and not person_name else "Person",
            "name": name,
            "personName": name,
            "organisationName": organisation or None,
            "personNameInverted": inverted or None,
            "keyNames": value(node, "KeyNames") or None,
            "isni": ids.get("16"),
        }
        for role in filter(None, roles):
            yield self._keep("contacts", (name, ids.get("16")), row), role

    def _keep(self, table: str, key: object, row: Row) -> int:
        """The id of a record that several products share; it is added when it comes for the first time."""
        known = self._known.get((table, key))
        if known is None:
            known = self._known[table, key] = self.first_id + len(self.records[table])
            self.records[table].append({"id": known, **row})
        return known


def _is_update(node: Any) -> bool:
    return value(node, "NotificationType") == BLOCK_UPDATE


def _why_not(node: Any, seen: dict[str, int]) -> str:
    """Why a product cannot be taken at all; empty where it can."""
    reference, kind = value(node, "RecordReference"), value(node, "NotificationType")
    if not reference:
        return "no RecordReference"
    if reference in seen:
        return f"RecordReference stands twice (first as product {seen[reference]})"
    if kind == DELETION:
        return "a deletion (NotificationType 05), and there is nothing to delete"
    missing = [block for block in WHOLE if node.find(block) is None]
    if _is_update(node) and not missing and node.find("ProductSupply") is None:
        missing = ["ProductSupply"]
    if missing:
        part = "a block update (NotificationType 04)" if _is_update(node) else "a part of a record"
        return f"{part}: it has no {' and no '.join(missing)}; give the whole record"
    return "" if title_of(node)[0] else "no title"


def _facts(node: Any, number: int, garbled: list[str]) -> Row:
    left_out, header = garbled.append, header_of(node)
    dates = {value(d, "PublishingDateRole"): d for d in node.findall("PublishingDetail/PublishingDate")}
    sizes = sizes_of(node, left_out)
    languages = [(value(e, "LanguageRole"), value(e, "LanguageCode")) for e in node.findall("DescriptiveDetail/Language")]
    if header.language and not any(role == "01" for role, _ in languages):
        languages.append(("01", header.language))
    return {
        "publicationDate": day(dates["01"], left_out) if "01" in dates else None,
        "onixPublishingStatusCode": value(node, "PublishingDetail/PublishingStatus") or None,
        "onixProductAvailability": value(node, "ProductSupply/SupplyDetail/ProductAvailability") or None,
        "prices": list(prices_of(node, number, header, left_out)),
        "heightMm": sizes.get("01"),
        "widthMm": sizes.get("02"),
        "thicknessMm": sizes.get("03"),
        "absolutePageCount" if _is_digital(node) else "approximatePageCount": pages_of(node, left_out, is_digital=_is_digital(node)),
        "durationMinutes": minutes_of(node, left_out),
        "contentLanguages": [
            {"id": number * 10 + n, "onixLanguageRoleCode": role, "onixLanguageCode": code} for n, (role, code) in enumerate(languages)
        ],
    }


def _form(node: Any) -> str | None:
    form = value(node, "DescriptiveDetail/ProductForm")
    return FORMS.get(form, form) or None


def _is_digital(node: Any) -> bool:
    return kind_of(_form(node) or "").startswith("Electronic")


def _has_size(row: Row) -> bool:
    return any(row[name] for name in ("heightMm", "widthMm", "thicknessMm", "approximatePageCount"))
