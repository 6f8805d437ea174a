"""What the routes share: filters, pages, dates, the two envelopes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Response

from colophon_sandbox.system import as_json, integer
from colophon_sandbox.world import stamp

PAGE = {"count": integer(1, 1000), "offset": integer(0, 10**6)}


def ms(moment: datetime) -> int:
    """Epoch milliseconds, as the services write dates."""
    return int(moment.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """A moment from epoch milliseconds."""
    return datetime.fromtimestamp(value / 1000, UTC)


def shown_date(value: int | None, form: str) -> int | str | None:
    """A date in the form that the setting `dates` names: `milliseconds` or `iso`."""
    return value if value is None or form == "milliseconds" else stamp(from_ms(value))


def day(text: str) -> str:
    """A reader of days such as 2026-05-01."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()


def filters(**known: Callable[[str], Any]) -> Callable[[str], dict[str, Any]]:
    """A reader of `filter=name:value;name:value` that knows every name."""

    def read(text: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in filter(None, text.split(";")):
            name, colon, value = part.partition(":")
            if not colon or name not in known or name in found or not value:
                raise ValueError(f"has no term {name}, has it twice, or without a value")
            found[name] = known[name](value)
        return found

    return read


def listed(*words: str) -> Callable[[str], list[str]]:
    """A reader of words with commas between them."""

    def read(text: str) -> list[str]:
        given = text.split(",")
        if unknown := [word for word in given if word not in words]:
            raise ValueError(f"does not know {unknown[0]}")
        return given

    return read


def success(data: Any, **more: Any) -> Response:
    """The envelope of all good answers."""
    return as_json({"status": "success", "data": data, **more})


def paged(rows: Sequence[Any], query: Mapping[str, Any]) -> Response:
    """One page: `offset` counts pages from 0."""
    size, number = query.get("count", 100), query.get("offset", 0)
    pages = -(-len(rows) // size)
    page = {"pageSize": size, "pageOffset": number, "totalElements": len(rows), "totalPages": pages, "currentPageNumber": number}
    return success(rows[number * size : (number + 1) * size], page=page)
