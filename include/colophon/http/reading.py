"""Bodies in, never more of them than agreed: the limit counts what comes out of the decompression."""

import hashlib
import http.client
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO, NamedTuple

import requests
import urllib3

from colophon.errors import BadShapeError
from colophon.http.response import Response
from colophon.http.settings import HttpSettings

Reader = Callable[[requests.Response], Response]

# What requests and urllib3 raise when bytes do not go through; the last two come up while a body is read.
BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
ERROR_BYTES = 65536
"""So much of an error's body is read; the rest is left."""


class Download(NamedTuple):
    """What was streamed into a file: SHA-256 in hex, bytes, media type, and the header that may give its name."""

    sha256: str
    size: int
    media_type: str
    disposition: str = ""


def into_memory(response: requests.Response, *, expect: Collection[int], settings: HttpSettings) -> Response:
    """The whole body of an expected answer; the beginning of any other.

    :raises BadShapeError: larger than `max_body_bytes`. Raises one of `BROKEN` for a body that ends early.
    """
    if response.status_code not in expect:
        return _answer(response, _beginning(response), settings)
    parts, size = [], 0
    for chunk in _chunks(response):
        size += len(chunk)
        _limit(size, settings.max_body_bytes)
        parts.append(chunk)
    return _answer(response, b"".join(parts), settings)


class ToFile:
    """Reads an expected answer into a file, from where the file stood; a repeat begins there again."""

    def __init__(self, file: BinaryIO, expect: Collection[int], max_bytes: int, settings: HttpSettings) -> None:
        self._file = file
        self._start = file.tell()
        self._expect = expect
        self._max_bytes = max_bytes
        self._settings = settings
        self.size = 0
        self.sha256 = ""

    def __call__(self, response: requests.Response) -> Response:
        """Raises as `into_memory`; then the file holds a part, up to the limit."""
        if response.status_code not in self._expect:
            return _answer(response, _beginning(response), self._settings)
        self._file.seek(self._start)
        self._file.truncate()
        digest, self.size = hashlib.sha256(), 0
        for chunk in _chunks(response):
            self.size += len(chunk)
            _limit(self.size, self._max_bytes)
            digest.update(chunk)
            self._file.write(chunk)
        self.sha256 = digest.hexdigest()
        return _answer(response, b"", self._settings)


def _chunks(response: requests.Response, size: int = 65536) -> Iterator[bytes]:
    """The body, decompressed piece by piece, never more than `size` bytes at once. Raises one of `BROKEN`."""
    yield from response.raw.stream(size, decode_content=True)


def _beginning(response: requests.Response) -> bytes:
    parts, size = [], 0
    try:
        for chunk in _chunks(response):
            parts.append(chunk)
            size += len(chunk)
            if size >= ERROR_BYTES:
                break
    except BROKEN:
        return b""  # the status tells enough
    return b"".join(parts)


def _limit(size: int, most: int) -> None:
    if size > most:
        raise BadShapeError("the answer is larger than agreed", evidence=f"more than {most} bytes")


def _answer(response: requests.Response, content: bytes, settings: HttpSettings) -> Response:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, headers, content, settings.max_depth, settings.allow_halves)
