"""What an ONIX product is numbered by, how long and how large it is, in the units of Consonance; what is garbled is reported to `left_out`."""

import re
from decimal import Decimal
from typing import Any

from colophon_sandbox.seeds.onix_fields import LeftOut, value
from colophon_sandbox.seeds.shelf import isbn13

# List 23 and how well a count of pages answers "how many pages has it": of a printed thing, of a digital one.
PRINTED_PAGES = ("00", "05", "11", "07", "06", "08", "10")
DIGITAL_PAGES = ("10", "08", "00", "11", "05", "07", "06")
DURATIONS = ("09", "14", "16")
MILLIMETRES = {"mm": Decimal(1), "cm": Decimal(10), "in": Decimal("25.4")}

NUMBERS = {
    "15": ("ISBN-13", r"97[89]\d{10}"),
    "03": ("GTIN-13", r"\d{13}"),
    "02": ("ISBN-10", r"\d{9}[\dX]"),
    "14": ("GTIN-14 of a single copy", r"0\d{13}"),
    "04": ("UPC", r"\d{12}"),
}
"""List 5: what a product is known by, and how it is written."""


def isbn_of(node: Any, left_out: LeftOut) -> str | None:
    """The ISBN-13 (type 15), else the GTIN-13 (03) that a product without ISBN is sold by, else ISBN-10 (02), GTIN-14 (14) or UPC (04) in 13 digits."""
    ids: dict[str, str] = {}
    for each in node.findall("ProductIdentifier"):
        kind, number = value(each, "ProductIDType"), value(each, "IDValue")
        if kind in NUMBERS and _digits(ids.setdefault(kind, number)) != _digits(number):
            left_out(f"ProductIdentifier {kind} {number[:30]!r} is a second {NUMBERS[kind][0]}")
    for kind, (name, form) in NUMBERS.items():
        digits = _digits(ids.get(kind, ""))
        if re.fullmatch(form, digits) and (kind != "02" or _checks(digits)):
            return isbn13(f"978{digits[:9]}") if kind == "02" else digits[-13:].zfill(13)
        if digits:
            left_out(f"ProductIdentifier {kind} {ids[kind][:30]!r} is no {name}")
    return None


def _digits(number: str) -> str:
    return re.sub(r"[\s-]", "", number).upper()


def _checks(isbn10: str) -> bool:
    """Whether the last digit of an ISBN-10 is right."""
    values = [10 if digit == "X" else int(digit) for digit in isbn10]
    return sum(weight * digit for weight, digit in zip(range(10, 0, -1), values, strict=True)) % 11 == 0


def pages_of(node: Any, left_out: LeftOut, *, is_digital: bool) -> int | None:
    """How many pages it has, by the kind of count that says it best."""
    counts = {value(e, "ExtentType"): value(e, "ExtentValue") for e in node.findall("DescriptiveDetail/Extent") if _unit(e) == "03"}
    for kind in DIGITAL_PAGES if is_digital else PRINTED_PAGES:
        count = counts.get(kind, "")
        if count.isascii() and count.isdigit():
            return int(count)
        if count:
            left_out(f"the page count {count[:20]!r} is no number")
    return None


def minutes_of(node: Any, left_out: LeftOut) -> int | None:
    """How long it takes, in whole minutes, in whichever unit it is given."""
    extents = {value(e, "ExtentType"): e for e in node.findall("DescriptiveDetail/Extent")}
    for kind in DURATIONS:
        if kind in extents:
            unit, written = _unit(extents[kind]), value(extents[kind], "ExtentValue")
            minutes = _minutes(unit, written)
            if minutes is None:
                left_out(f"the duration {written[:20]!r} in unit {unit} cannot be read")
            else:
                return minutes
    return None


def _unit(extent: Any) -> str:
    return value(extent, "ExtentUnit")


def _minutes(unit: str, written: str) -> int | None:
    """List 24: hours, minutes, seconds, or digits HHH, HHHMM, HHHMMSS."""
    per_minute = {"04": Decimal(60), "05": Decimal(1), "06": 1 / Decimal(60), "14": Decimal(60)}
    if unit in per_minute and re.fullmatch(r"\d+(\.\d+)?", written):
        return round(Decimal(written) * per_minute[unit])
    if unit == "15" and re.fullmatch(r"\d{1,3}[0-5]\d", written):
        return int(written[:-2]) * 60 + int(written[-2:])
    if unit == "16" and re.fullmatch(r"\d{1,3}[0-5]\d[0-5]\d", written):
        return int(written[:-4]) * 60 + int(written[-4:-2]) + (int(written[-2:]) >= 30)
    return None


def sizes_of(node: Any, left_out: LeftOut) -> dict[str, str]:
    """Millimetres by List 48: height 01, width 02, thickness 03."""
    sizes = {}
    for measure in node.findall("DescriptiveDetail/Measure"):
        kind, written, unit = (value(measure, name) for name in ("MeasureType", "Measurement", "MeasureUnitCode"))
        if kind not in {"01", "02", "03"}:
            continue
        if unit in MILLIMETRES and re.fullmatch(r"\d+(\.\d+)?", written):
            sizes[kind] = f"{(Decimal(written) * MILLIMETRES[unit]).normalize():f}"
        else:
            left_out(f"Measure {kind}: {written[:20]!r} {unit[:10]} is no length in mm, cm or in")
    return sizes
