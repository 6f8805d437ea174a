"""JSON as the contracts want it: strict in what is read, the same bytes each time in what is written."""

import json as _json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from colophon.errors import BadShapeError

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
# A number of 10**400 has no honest use, and turning one into an integer could take all memory.
_LARGEST_EXPONENT = 400
_NESTS = frozenset({dict, list})


def read_json(content: bytes, *, max_depth: int = 64, allow_halves: bool = False) -> object:
    """A JSON text as Python values: whole numbers as int, all others as Decimal, never float.

    :raises BadShapeError: not UTF-8, not JSON, a key twice in one object, NaN or Infinity, a number out of all proportion,
        half a surrogate pair (but with `allow_halves`), or deeper than `max_depth`. The sentence never quotes the text.
    """
    problem = ""
    value: object = None
    try:
        value = _DECODER.decode(content.decode())
    except _RefusedJsonError as refused:
        problem = str(refused)
    except UnicodeDecodeError:
        problem = "the answer is not UTF-8"
    except RecursionError:
        problem = f"the answer is nested deeper than {max_depth}"
    except ValueError:
        problem = "the answer is not JSON"
    if problem:  # raised out here, so that no traceback carries the text that failed
        raise BadShapeError(problem, evidence=f"{len(content)} bytes")
    _check(value, max_depth)
    if not allow_halves and b"\\u" in content and _LONE_SURROGATE.search(_json.dumps(value, ensure_ascii=False, default=str)):
        raise BadShapeError("the answer has half a surrogate pair, which is no text")
    return value


def write_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys and no blanks; Decimal as text, datetimes in UTC with `Z`.

    :raises ValueError: NaN or Infinity. :raises TypeError: a value that JSON has no form for, a naive datetime.
    """
    text = _json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_to_json)
    return text.encode()


class _RefusedJsonError(ValueError):
    """Why a JSON text is refused although the parser would take it."""


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RefusedJsonError("the answer has a key twice in one object")
    return found


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise _RefusedJsonError("the answer has a number out of all proportion")
    return value


def _whole(text: str) -> int:
    if len(text) > _LARGEST_EXPONENT:
        raise _RefusedJsonError("the answer has a number out of all proportion")
    return int(text)


def _no_constant(name: str) -> object:
    raise _RefusedJsonError(f"the answer has {name}, which is no JSON number")


def _check(value: object, max_depth: int) -> None:
    level: list[Any] = [value] if type(value) in _NESTS else []
    for _ in range(max_depth):
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node) if type(child) in _NESTS]
        if not level:
            return
    raise BadShapeError(f"the answer is nested deeper than {max_depth}")


def _to_json(value: object) -> object:
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


_DECODER = _json.JSONDecoder(object_pairs_hook=_distinct, parse_float=_decimal, parse_int=_whole, parse_constant=_no_constant)
"""Made once: making it costs as much as reading an event of 2 KB."""
