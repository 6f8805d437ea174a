"""Typed reading of one cell of a report: each function takes what the file holds and gives our type.

A cell of a CSV file is text; one of a workbook is text, a number, a day, or `Odd`. None is never passed in (blank cells are
the row's business). What does not fit raises BadRecordError, whose `sentence` says what would be right. Nothing is rounded,
trimmed or guessed: a number that Excel turned into a binary fraction is taken only where its shortest decimal form fits.
"""

import itertools
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import NoReturn, TypeVar

from colophon.domain.identifiers import is_isbn13
from colophon.errors import BadRecordError
from colophon.sheets.tables import Odd

T = TypeVar("T")
Read = Callable[[object], T]

LARGEST = 2**31 - 1
"""The largest id or count that Consonance's `Int` holds."""

_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,10}(\.\d{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Also the marks of bytes that are not in the file's encoding (lone surrogates), which no database would store.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SHAPES = ((re.compile(r"\d"), "9"), (re.compile(r"[^\W\d_]"), "A"))
_SHOWN = 80
_EARLIEST, _LATEST = 1900, 2199


def text(value: object) -> str:
    """Text on one line, as it stands; a whole number in a workbook counts as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) <= 10**15 else _refuse("text, or a number of at most 15 digits")
    if isinstance(value, float) and value.is_integer() and abs(value) <= 10**15:
        return str(int(value))
    if not isinstance(value, str) or _CONTROL.search(value):
        return _refuse("text without control characters, in the encoding that reports.yaml names")
    return value


def prose(value: object) -> str:
    """Text that may have several lines."""
    if isinstance(value, str):
        text(re.sub(r"[\t\r\n]", " ", value))
        return value
    return text(value)


def matching(pattern: str, expected: str) -> Read[str]:
    """Text of a form, such as a country code."""
    wanted = re.compile(pattern, re.ASCII)

    def read(value: object) -> str:
        found = text(value)
        return found if wanted.fullmatch(found) else _refuse(expected)

    return read


country = matching(r"[A-Z]{2}", "a country code such as GB")
currency = matching(r"[A-Z]{3}", "a currency code such as GBP")
asin = matching(r"[A-Z0-9]{10}", "an ASIN: ten letters and digits")


def isbn13(value: object) -> str:
    """An ISBN-13 without hyphens and blanks."""
    bare = text(value).replace("-", "").replace(" ", "")
    return bare if is_isbn13(bare) else _refuse("an ISBN of 13 digits with the right check digit")


def whole(value: object) -> int:
    """A whole number from 0 that `Int` holds."""
    number = _integral(value)
    return number if number is not None and 0 <= number <= LARGEST else _refuse(f"a whole number from 0 to {LARGEST}")


def key(value: object) -> int:
    """An id of Consonance."""
    number = _integral(value)
    return number if number is not None and 1 <= number <= LARGEST else _refuse(f"an id: a whole number from 1 to {LARGEST}")


def number(value: object) -> Decimal:
    """A number with at most ten digits before and six after a decimal point, no thousands marks, no currency sign."""
    if isinstance(value, bool):
        return _refuse_number()
    if isinstance(value, float):
        # repr is the shortest decimal that gives this float; what was typed in has at most 15 digits, and so has its repr.
        value = repr(value) if math.isfinite(value) else ""
        value = value.removesuffix(".0")
    if isinstance(value, int):
        value = str(value) if abs(value) < 10**11 else ""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value) or len(value.strip("-0").replace(".", "")) > 15:
        return _refuse_number()
    return Decimal(value)


def positive(value: object) -> Decimal:
    """As `number`, not below zero."""
    found = number(value)
    return abs(found) if found >= 0 else _refuse("a number from 0: a return has its own columns")


def in_decimals(read: Read[int]) -> Read[Decimal]:
    """The same whole number as a Decimal."""
    return lambda value: Decimal(read(value))


def between(low: int, high: int, *, is_below: bool = False) -> Read[Decimal]:
    """A number in a range, such as a percentage; with `is_below` the upper end is out."""

    def read(value: object) -> Decimal:
        found = number(value)
        fits = low <= found < high if is_below else low <= found <= high
        return found if fits else _refuse(f"a number from {low} to {'below ' if is_below else ''}{high}")

    return read


def day(value: object) -> date:
    """A day: `2026-05-01`, or a cell that Excel shows as a date. A bare serial number is refused: there are two calendars."""
    if isinstance(value, datetime):
        found = value.date() if value.time() == time() and value.tzinfo is None else None
    elif isinstance(value, date):
        found = value
    else:
        found = _iso_day(value)
    return found if found and _EARLIEST <= found.year <= _LATEST else _refuse("a day such as 2026-05-01")


def moment(value: object) -> datetime:
    """A moment with its zone, `2026-05-01T09:00:00Z`, as aware UTC. A cell that Excel shows as a time has no zone, and is refused."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not _EARLIEST <= found.year <= _LATEST:
        return _refuse("a moment with its zone, such as 2026-05-01T09:00:00Z")
    return found.astimezone(UTC)


def word(words: Mapping[str, T]) -> Read[T]:
    """One of listed words, spelt as they are listed."""

    def read(value: object) -> T:
        found = value if isinstance(value, str) else ""
        return words[found] if found in words else _refuse(f"one of {', '.join(words)}")

    return read


def listed(read: Read[T]) -> Read[tuple[T, ...]]:
    """Several values in one cell, with semicolons between them."""

    def read_all(value: object) -> tuple[T, ...]:
        parts = [part.strip(" ") for part in value.split(";")] if isinstance(value, str) else [value]
        if parts[-1] == "":
            parts.pop()
        found = tuple(read(part) for part in parts)
        return found if found and len(set(found)) == len(found) else _refuse("different values with semicolons between them")

    return read_all


def steps(above: Read[T]) -> Read[tuple[tuple[T, Decimal], ...]]:
    """Thresholds with their percentages, `5000:10;10000:12.5`; the thresholds rise."""
    percent = between(0, 100, is_below=True)

    def read(value: object) -> tuple[tuple[T, Decimal], ...]:
        parts = text(value).removesuffix(";").split(";")
        pairs = [part.strip(" ").partition(":") for part in parts]
        found = tuple((above(low), percent(rate)) for low, _, rate in pairs)
        rises = all(one[0] < other[0] for one, other in itertools.pairwise(found))  # type: ignore[operator]  # numbers and days compare
        return found if rises else _refuse("thresholds that rise, such as 5000:10;10000:12.5")

    return read


def shown(value: object, *, is_private: bool = False) -> str:
    """What a finding may tell of a cell: on one line, cut short, and of a private one only its shape, `9` for a digit."""
    if isinstance(value, Odd):
        return value.kind
    found = str(value)[:_SHOWN]
    if is_private:
        for pattern, letter in _SHAPES:
            found = pattern.sub(letter, found)
        return f"a value like {found!r}" if isinstance(value, str) else f"a {type(value).__name__} like {found}"
    # Quoted, so that a formula stays text wherever the finding is shown or exported.
    return repr(found) if isinstance(value, str) else found


def _integral(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= LARGEST else None
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def _iso_day(value: object) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _refuse_number() -> NoReturn:
    _refuse("a number such as 1234.56: at most ten digits before and six after the point, and 15 in all")


def _refuse(expected: str) -> NoReturn:
    raise BadRecordError(expected, system="consonance")


YES_OR_NO = {"Yes": True, "No": False}
PERCENT = between(0, 100)
