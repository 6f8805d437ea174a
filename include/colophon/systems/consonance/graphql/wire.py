"""Typed reading of one wire record: each function takes a record and a member's name and gives our type.

Absent, null and blank all read as None or empty (every member but `id` may be null). Anything else that does not fit raises
BadRecordError, whose `subject` is the path of the member, `evidence` what was found and `sentence` what would be right.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from colophon.domain.countries import is_country
from colophon.domain.product import TextKind
from colophon.domain.storable import is_storable, storable
from colophon.errors import BadRecordError

Row = dict[str, Any]
T = TypeVar("T")

_KINDS: dict[type, str] = {dict: "an object", list: "a list", bool: "true or false", type(None): "nothing", float: "a binary fraction"}
KIND_WORDS = frozenset(_KINDS.values())
TEXTS = {"short": TextKind.SHORT, "main": TextKind.MAIN, "reviews": TextKind.REVIEW, "biographies": TextKind.BIOGRAPHICAL_NOTE}
"""The variant of a text cannot be read: each is asked for under an alias."""
HIDDEN = "a value that is not shown here"
"""Stands for what was found where that may be personal, or money."""
_SHOWN = 80


def unreadable(member: str, value: object, expected: str) -> BadRecordError:
    """The error for a member whose value does not fit; a plain value is shown, cut short."""
    found = _KINDS.get(type(value)) or storable(str(value)[:_SHOWN])
    return BadRecordError(expected, system="consonance", subject=member, evidence=found)


def text(row: Row, member: str) -> str | None:
    """Text as it stands; blank is None."""
    value = row.get(member)
    if value is None:
        return None
    if not isinstance(value, str) or not is_storable(value):
        raise unreadable(member, value, "Unicode text without NUL")
    return value if value and not value.isspace() else None


def required_text(row: Row, member: str) -> str:
    """Text that the record makes no sense without."""
    value = text(row, member)
    if value is None:
        raise unreadable(member, None, "text")
    return value


def code(row: Row, member: str) -> str | None:
    """A code; GraphQL spells one with a leading digit with an underscore, "_04" for "04"."""
    value = text(row, member)
    return value[1:] if value and value[0] == "_" and value[1:2].isdigit() else value


def needed_code(row: Row, member: str) -> str:
    """A code that the record makes no sense without."""
    value = code(row, member)
    if value is None:
        raise unreadable(member, None, "a code")
    return value


def isbn_of(row: Row, member: str) -> str | None:
    """ISBN without hyphens; None where there is none (the REST list says "No ISBN")."""
    value = text(row, member)
    if value is None or value.casefold() == "no isbn":
        return None
    return value.replace("-", "").replace(" ", "")


def whole(row: Row, member: str) -> int | None:
    """A whole number."""
    value = row.get(member)
    if value is None or type(value) is int:
        return value
    raise unreadable(member, value, "a whole number")


def required_int(row: Row, member: str) -> int:
    """A whole number that the record makes no sense without, such as an id."""
    value = whole(row, member)
    if value is None:
        raise unreadable(member, None, "a whole number")
    return value


def decimal(row: Row, member: str) -> Decimal | None:
    """A number with at most ten digits before and six after the point, exactly as the JSON text has it (1e1 reads as 10).

    A binary fraction is refused: by then the text is gone.
    """
    value = row.get(member)
    if value is None:
        return None
    if type(value) is int:
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise unreadable(member, row[member], "a decimal number")
    if value.adjusted() > 9 or int(value.as_tuple().exponent) < -6:
        raise unreadable(member, value, "a number of at most ten digits before and six after the point")
    return value.quantize(Decimal(1)) if int(value.as_tuple().exponent) > 0 else value


def needed_decimal(row: Row, member: str) -> Decimal:
    """A number that the record makes no sense without, such as a price's amount."""
    value = decimal(row, member)
    if value is None:
        raise unreadable(member, None, "a decimal number")
    return value


def day(row: Row, member: str) -> date | None:
    """A calendar day, `2026-05-01`."""
    value = row.get(member)
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise unreadable(member, value, "a day such as 2026-05-01")


def moment(row: Row, member: str) -> datetime | None:
    """A moment with its zone, `2026-05-01T09:00:00Z`, as aware UTC."""
    value = row.get(member)
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise unreadable(member, value, "a moment with its zone, such as 2026-05-01T09:00:00Z")
    return found.astimezone(UTC)


def flag(row: Row, member: str) -> bool | None:
    """True, false, or not known."""
    value = row.get(member)
    if value is None or isinstance(value, bool):
        return value
    raise unreadable(member, value, "true or false")


def required_flag(row: Row, member: str) -> bool:
    """True or false, where the record makes no sense without."""
    found = flag(row, member)
    if found is None:
        raise unreadable(member, None, "true or false")
    return found


def country(row: Row, member: str) -> str | None:
    """A country of ISO 3166; `UK` is none."""
    found = text(row, member)
    if found is not None and not is_country(found):
        raise unreadable(member, found, "a country of ISO 3166, such as GB")
    return found


def child(row: Row, member: str) -> Row:
    """A nested record; empty where there is none."""
    value = row.get(member)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unreadable(member, value, "an object")
    return value


def within(row: Row, member: str, read: Callable[[Row], T]) -> T:
    """What `read` makes of a nested record; its errors name the whole path."""
    nested = child(row, member)
    try:
        return read(nested)
    except BadRecordError as fault:
        fault.subject = f"{member}.{fault.subject}"
        raise


def each(row: Row, member: str, read: Callable[[Row], T]) -> list[T]:
    """What `read` makes of each record of a list; its errors name the whole path, such as `prices[1].amount`."""
    values = row.get(member)
    if values is None:
        return []
    if not isinstance(values, list):
        raise unreadable(member, values, "a list")
    made, number = [], 0
    try:
        for number, value in enumerate(values):  # noqa: B007 - the number names the faulty record
            if not isinstance(value, dict):
                raise unreadable("", value, "an object")
            made.append(read(value))
    except BadRecordError as fault:
        fault.subject = f"{member}[{number}].{fault.subject}".rstrip(".")
        raise
    return made


def wholes(row: Row, member: str) -> list[int]:
    """A list of whole numbers, such as ids."""
    return _plain(row, member, int, "a list of whole numbers")


def texts(row: Row, member: str) -> list[str]:
    """A list of texts, such as country codes."""
    found = _plain(row, member, str, "a list of texts")
    if not all(map(is_storable, found)):
        raise unreadable(member, found, "a list of Unicode texts without NUL")
    return found


def _plain(row: Row, member: str, kind: type[T], expected: str) -> list[T]:
    values = row.get(member)
    if values is None:
        return []
    if not isinstance(values, list) or any(type(value) is not kind for value in values):
        raise unreadable(member, values, expected)
    return values
