"""Files that lie with us, on their way to a job: opened as they were planned, or not at all."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import BinaryIO

from colophon.errors import InvalidError
from colophon.systems.bytenite.job_records import Endpoint

_CHUNK = 1 << 20
OpenSource = Callable[[Endpoint, str], AbstractContextManager[BinaryIO]]
"""Gives the bytes of a `file` source for a job (its id) as a seekable file."""
Fetch = Callable[[str, BinaryIO], None]
"""Writes what lies at an address into a file."""


@contextmanager
def opened(source: Endpoint, subject: str, *, fetch: Mapping[str, Fetch] = MappingProxyType({})) -> Iterator[BinaryIO]:
    """The bytes of a `file` source as a seekable file, its hash checked; a copy of ours, so that nobody can change it on the way.

    :param fetch: who brings what no file system has, by how its paths begin (`fourallportal`).
    :raises InvalidError: it is not there, is empty, or is not what its hash says.
    """
    with tempfile.TemporaryFile() as file:
        scheme, _, place = source.path.partition(":")
        if scheme in fetch:
            fetch[scheme](place, file)
            file.seek(0)
            digest, size = hashlib.file_digest(file, "sha256").hexdigest(), file.seek(0, 2)
        else:
            digest, size = _copied(source, file, subject)
        if size == 0 or digest != source.sha256:
            evidence = "digest_mismatch" if size else "0 bytes"
            raise InvalidError(
                "the file is not what its hash says", system="bytenite", operation="upload", subject=subject, evidence=evidence
            )
        file.seek(0)
        yield file


def _copied(source: Endpoint, file: BinaryIO, subject: str) -> tuple[str, int]:
    """SHA-256 in hex and bytes of what was copied."""
    from fsspec.core import url_to_fs

    digest, size = hashlib.sha256(), 0
    try:
        fs, path = url_to_fs(source.path)
        with fs.open(path, "rb") as found:
            while chunk := found.read(_CHUNK):
                digest.update(chunk)
                size += file.write(chunk)
    except (OSError, ValueError, ImportError) as problem:
        told = getattr(problem, "strerror", None) or type(problem).__name__
    else:
        return digest.hexdigest(), size
    raise InvalidError("the file cannot be read", system="bytenite", operation="upload", subject=subject, evidence=told)
