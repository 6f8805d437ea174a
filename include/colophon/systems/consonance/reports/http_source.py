"""Report files below an address."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from colophon.errors import NotOursError
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.systems.consonance.reports.source import Seen

MOST_BYTES = 2 << 30
_HEAD = Operation("report", "HEAD", "/{name}", accept="*/*", expect=frozenset({200, 404}))
_GET = Operation("report", "GET", "/{name}", accept="*/*")


class HttpSource:
    """An address below which the files are; `http` has it as its base, with the credentials for it."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def look(self, name: str) -> Seen | None:
        """See `Source`. Errors as `HttpClient.call`; NotOursError where a page answers instead of a file."""
        answer = self._http.call(_HEAD, path={"name": name}, subject=name)
        if answer.status == 404:
            return None
        if answer.media_type == "text/html":
            raise NotOursError("a page answers where the report should be", system="consonance", operation="report", subject=name)
        size = answer.headers.get("content-length", "")
        return Seen(int(size) if size.isdigit() else None, _moment(answer.headers.get("last-modified", "")), answer.headers.get("etag", ""))

    def fetch(self, name: str, file: BinaryIO) -> None:
        """See `Source`. Errors as `HttpClient.download`."""
        got = self._http.download(_GET, file, path={"name": name}, max_bytes=MOST_BYTES, subject=name)
        if got.media_type == "text/html":
            raise NotOursError("a page answers where the report should be", system="consonance", operation="report", subject=name)


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo else None
