"""Facts of one ONIX product that Consonance's shape cannot hold, as a row of the supplement: cells with semicolons and bars.

A value with a semicolon or bar of its own cannot stand in a cell; it is reported to `left_out`.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from colophon_sandbox.seeds.onix_counts import DIGITAL_PAGES, DURATIONS, PRINTED_PAGES
from colophon_sandbox.seeds.onix_fields import LeftOut, value, whole_number
from colophon_sandbox.seeds.shelf import Row, isbn13

GRAMS = {"gr": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}
_HELD_EXTENTS = frozenset({*PRINTED_PAGES, *DIGITAL_PAGES, *DURATIONS})
KEYWORDS, ACCESSIBILITY, HEIGHT, WIDTH = "20", "09", "02", "03"
INTEREST, READING = "17", "18"
ISBN_TYPES, PROPRIETARY = ("15", "03"), "01"
_AT_MOST = 20


def supplement_of(node: Any, number: int, isbn: str | None, left_out: LeftOut) -> Row | None:
    """The row of a product, by the names of the supplement's fields; None where there is nothing to say."""
    detail = node.find("DescriptiveDetail")
    cells = {name: _joined(parts, name, left_out) for name, parts in _several(node, detail, left_out)}
    cells |= {name: _cell((text,), name, left_out) for name, text in _single(node, detail)}
    cells |= _ages(detail)
    said = {name: cell for name, cell in cells.items() if cell}
    is_book = bool(isbn) and _is_isbn(isbn or "")
    if isbn and not is_book and len(isbn) == 13 and isbn13(isbn[:12]) == isbn:
        said["gtin13"] = isbn
    return {"id": number, "isbn13": isbn if is_book else None, **said} if said else None


def _several(node: Any, detail: Any, left_out: LeftOut) -> Iterator[tuple[str, Iterable[tuple[str, ...]]]]:
    """Fields of several values, each in its parts."""
    features = [
        (value(e, "ProductFormFeatureType"), value(e, "ProductFormFeatureValue"), value(e, "ProductFormFeatureDescription"))
        for e in detail.findall("ProductFormFeature")
    ]
    yield "accessibility", [(code, words) for kind, code, words in features if kind == ACCESSIBILITY and code]
    yield "form_features", [(kind, code) for kind, code, _ in features if kind != ACCESSIBILITY and code]
    for field, name in (
        ("form_details", "ProductFormDetail"),
        ("protections", "EpubTechnicalProtection"),
        ("edition_types", "EditionType"),
    ):
        yield field, [(_text(e),) for e in detail.findall(name)]
    yield "content_types", [(_text(e),) for name in ("PrimaryContentType", "ProductContentType") for e in detail.findall(name)]
    yield "barcodes", [(value(e, "BarcodeType"),) for e in node.findall("Barcode")]
    yield "classifications", _pairs(detail, "ProductClassification", "ProductClassificationType", "ProductClassificationCode")
    yield "audiences", _pairs(detail, "Audience", "AudienceCodeType", "AudienceCodeValue")
    yield (
        "constraints",
        [
            (
                value(e, "EpubUsageType"),
                value(e, "EpubUsageStatus"),
                value(e, "EpubUsageLimit/Quantity"),
                value(e, "EpubUsageLimit/EpubUsageUnit"),
            )
            for e in detail.findall("EpubUsageConstraint")
        ],
    )
    yield (
        "parts",
        [
            (value(e, "ProductForm"), value(e, "NumberOfCopies") or "1", _isbn(e), value(e, "ProductFormDetail"))
            for e in detail.findall("ProductPart")
            if value(e, "ProductForm")
        ],
    )
    extents = [(value(e, "ExtentType"), value(e, "ExtentValue"), value(e, "ExtentUnit")) for e in detail.findall("Extent")]
    yield "extents", [extent for extent in extents if extent[0] not in _HELD_EXTENTS and _is_count(extent, left_out)]
    subjects = detail.findall("Subject")
    words = [value(e, "SubjectHeadingText") for e in subjects if value(e, "SubjectSchemeIdentifier") == KEYWORDS]
    yield "keywords", [(word.strip(),) for text in words for word in re.split(r"[;,]", text)]
    versions = {value(e, "SubjectSchemeIdentifier"): value(e, "SubjectSchemeVersion") for e in subjects if value(e, "SubjectSchemeVersion")}
    yield "subject_versions", versions.items()
    nodes = detail.findall("Contributor")
    places = sorted(enumerate(nodes), key=lambda pair: (whole_number(value(pair[1], "SequenceNumber")) or pair[0] + 1, pair[0]))
    people = [(str(place), who) for place, (_, who) in enumerate(places, start=1)]
    yield "contributor_places", [(place, value(who, "ContributorPlace/CountryCode")) for place, who in people]
    yield "contributor_links", [(place, value(who, "Website/WebsiteLink")) for place, who in people]
    yield from _beyond(node)


def _beyond(node: Any) -> Iterator[tuple[str, Iterable[tuple[str, ...]]]]:
    """The same of the other blocks."""
    yield "files", list(_files(node))
    yield (
        "prizes",
        [
            (value(e, "PrizeName"), value(e, "PrizeYear"), value(e, "PrizeCountry"), value(e, "PrizeCode"))
            for e in node.findall("CollateralDetail/Prize")
        ],
    )
    yield "restrictions", [
        (value(e, "SalesRestrictionType"), value(e, "SalesOutlet/SalesOutletName"), value(e, "SalesRestrictionNote"))
        for path in ("PublishingDetail/SalesRestriction", "PublishingDetail/SalesRights/SalesRestriction", "ProductSupply/Market/SalesRestriction")
        for e in node.findall(path)
    ]  # fmt: skip
    works = node.findall("RelatedMaterial/RelatedWork")
    yield (
        "related_works",
        [
            (value(e, "WorkRelationCode"), value(e, "WorkIdentifier/WorkIDType"), value(e, "WorkIdentifier/IDValue"))
            for e in works
            if value(e, "WorkIdentifier/WorkIDType") != PROPRIETARY
        ],
    )
    products = node.findall("RelatedMaterial/RelatedProduct")
    yield "related_products", [(value(e, "ProductRelationCode"), _isbn(e)) for e in products]


def _single(node: Any, detail: Any) -> Iterator[tuple[str, str]]:
    """Fields of one value."""
    for field, name in (
        ("form_description", "ProductFormDescription"),
        ("packaging", "ProductPackaging"),
        ("trade_category", "TradeCategory"),
        ("country_of_manufacture", "CountryOfManufacture"),
        ("illustrations", "NumberOfIllustrations"),
        ("illustrations_note", "IllustrationsNote"),
        ("license_name", "EpubLicense/EpubLicenseName"),
        ("license_link", "EpubLicense/EpubLicenseExpression/EpubLicenseExpressionLink"),
    ):
        yield field, value(detail, name)
    yield "weight_gr", next(filter(None, map(_grams, detail.findall("Measure"))), "")
    yield "city", value(node, "PublishingDetail/CityOfPublication")
    year = value(node, "PublishingDetail/CopyrightStatement/CopyrightYear")
    yield "copyright_year", year if re.fullmatch(r"\d{4}", year) else ""
    owner = "PublishingDetail/CopyrightStatement/CopyrightOwner"
    yield "copyright_owner", value(node, f"{owner}/CorporateName") or value(node, f"{owner}/PersonName")


def _is_count(extent: tuple[str, ...], left_out: LeftOut) -> bool:
    kind, written, _ = extent
    is_one = re.fullmatch(r"\d{1,9}(\.\d{1,3})?", written) is not None
    if written and not is_one:
        left_out(f"Extent {kind} {written[:20]!r} is no number")
    return is_one


def _files(node: Any) -> Iterator[tuple[str, ...]]:
    """Files by link, with the pixels of images."""
    for resource in node.findall("CollateralDetail/SupportingResource"):
        version = resource.find("ResourceVersion")
        link = value(version, "ResourceLink")
        if link.startswith("https://"):
            features = {} if version is None else {
                value(e, "ResourceVersionFeatureType"): value(e, "FeatureValue") for e in version.findall("ResourceVersionFeature")
            }  # fmt: skip
            pixels = [code if (code := features.get(kind, "")).isdecimal() else "" for kind in (HEIGHT, WIDTH)]
            yield value(resource, "ResourceContentType"), value(resource, "ResourceMode"), value(version, "ResourceForm"), link, *pixels


def _ages(detail: Any) -> Row:
    """Interest and reading age in years."""
    ages: Row = {}
    for span in detail.findall("AudienceRange"):
        prefix = {INTEREST: "age", READING: "reading_age"}.get(value(span, "AudienceRangeQualifier"))
        precisions = [_text(e) for e in span.findall("AudienceRangePrecision")]
        values = [_text(e) for e in span.findall("AudienceRangeValue")]
        for precision, years in zip(precisions, values, strict=False):
            if prefix and years.isdecimal():
                ages |= {f"{prefix}_{end}": years for end in {"01": ("from", "to"), "03": ("from",), "04": ("to",)}.get(precision, ())}
    return ages


def _pairs(detail: Any, element: str, code: str, text: str) -> list[tuple[str, ...]]:
    return [(value(e, code), value(e, text)) for e in detail.findall(element)]


def _isbn(node: Any) -> str:
    ids = {value(i, "ProductIDType"): value(i, "IDValue").replace("-", "") for i in node.findall("ProductIdentifier")}
    return next((ids[kind] for kind in ISBN_TYPES if _is_isbn(ids.get(kind, ""))), "")


def _is_isbn(digits: str) -> bool:
    return bool(re.fullmatch(r"97[89]\d{10}", digits)) and not digits.startswith("9790") and isbn13(digits[:12]) == digits


def _grams(measure: Any) -> str:
    written, unit = value(measure, "Measurement"), GRAMS.get(value(measure, "MeasureUnitCode"))
    if value(measure, "MeasureType") != "08" or unit is None or not re.fullmatch(r"\d+(\.\d+)?", written):
        return ""
    return f"{(Decimal(written) * unit).quantize(Decimal('0.1')).normalize():f}"


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip()


# Parts of a value without which it says nothing.
_NEEDED = {
    **dict.fromkeys(("form_features", "classifications", "audiences", "subject_versions", "related_products", "constraints"), 2),
    "contributor_places": 2,
    "contributor_links": 2,
    "extents": 3,
    "related_works": 3,
    "files": 4,
}


def _joined(values: Iterable[tuple[str, ...]], field: str, left_out: LeftOut) -> str:
    """A cell of several values, each once."""
    whole = [parts for parts in values if all(parts[: _NEEDED.get(field, 1)])]
    return ";".join(dict.fromkeys(filter(None, (_cell(parts, field, left_out) for parts in whole))))


def _cell(parts: tuple[str, ...], field: str, left_out: LeftOut) -> str:
    """One value; its parts on one line."""
    texts = [" ".join(part.split()) for part in parts]
    if any(re.search("[;|]", text) for text in texts):
        left_out(f"{field} {'|'.join(texts)[:_AT_MOST]!r} has a semicolon or bar, which a cell of the supplement cannot hold")
        return ""
    return "|".join(texts).rstrip("|")
