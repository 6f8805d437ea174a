"""What a system answered, read within limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from colophon.errors import NotOursError, UnexpectedAnswerError
from colophon.http.jsontext import read_json

_SECONDS = re.compile(r"[0-9]{1,9}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_POINTER = re.compile(r"[/A-Za-z0-9_.\[\]~-]{0,120}")


class Problem(NamedTuple):
    """What an error answer says in words we may repeat: its `code` and the places it points at, never its prose."""

    code: str = ""
    pointers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " at ".join(part for part in (self.code, ", ".join(self.pointers)) if part)


_UNREAD = object()


@dataclass(slots=True)
class Response:
    """Status, headers (names in lower case) and the whole, decompressed body."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    max_depth: int = 64
    allow_halves: bool = False
    _read: object = field(default=_UNREAD, repr=False)

    @property
    def media_type(self) -> str:
        """`Content-Type` without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> object:
        """The body as JSON: whole numbers as int, all others as Decimal.

        :raises NotOursError: the content type is not JSON (a login page, a proxy).
        :raises BadShapeError: it says JSON and is not, or not as the contract wants it (see `read_json`).
        """
        if not (self.media_type == "application/json" or self.media_type.endswith("+json")):
            raise NotOursError("the answer is not JSON", evidence=f"HTTP {self.status}, {len(self.content)} bytes")
        if self._read is _UNREAD:
            self._read = read_json(self.content, max_depth=self.max_depth, allow_halves=self.allow_halves)
        return self._read

    def problem(self) -> Problem:
        """Code and pointers of an `application/problem+json` or similar body; empty where there is none."""
        try:
            body = self.json()
        except UnexpectedAnswerError:  # an error that cannot be read is still that error
            return Problem()
        return problem_in(body)


def problem_in(body: object) -> Problem:
    """Code and pointers in the body of an error (RFC 9457 with members `code` and `errors`)."""
    if not isinstance(body, dict):
        return Problem()
    errors = body.get("errors")
    places = [item.get("pointer") for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
    code = body.get("code")
    return Problem(
        code if isinstance(code, str) and _CODE.fullmatch(code) else "",
        tuple(place for place in places[:10] if isinstance(place, str) and _POINTER.fullmatch(place)),
    )


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` asks for, or None where it is missing, unreadable or not in the future."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError):
            return None
        # asctime, one of the three forms of an HTTP date, names no zone; all of them mean UTC.
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    return seconds if seconds > 0 else None
