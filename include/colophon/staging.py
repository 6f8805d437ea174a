"""Batches of records between the steps of a run: JSON Lines in a folder or bucket, passed by reference.

A batch appears under its name only when it is complete: written aside, flushed to disk, then renamed. Its hash
travels with the reference, so a batch that was changed or cut is never read as if it were whole.
"""

import errno
import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NoReturn

import fsspec
from fsspec.core import url_to_fs

from colophon.domain.record import Record
from colophon.errors import FeatureMissingError, StagingFullError, StagingUnusableError

_PIECE = 1 << 20
_IN_MEMORY = 8 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Batch(Record):
    """Reference to a staged file: where, how many records (lines), SHA-256 of its bytes, and its size in bytes."""

    uri: str
    count: int
    sha256: str
    size: int


class Staging:
    """Files below one root, local or in object storage (`file://`, `s3://`, … through fsspec)."""

    def __init__(self, root: str) -> None:
        """:param root: a folder or URL; made when it is not there.

        :raises StagingUnusableError: there is no such kind of place here.
        """
        self.root = root.rstrip("/")
        try:
            self._fs, self._base = url_to_fs(self.root)
        except ImportError as problem:  # fsspec's own words name the package
            remedy = "Install the package into Airflow's environment, or name another staging_location."
            raise StagingUnusableError(f"the staging location needs a package that is not installed: {problem}", remedy=remedy) from problem
        except (ValueError, TypeError) as problem:
            raise StagingUnusableError(f"the staging location cannot be opened ({type(problem).__name__})") from problem

    def write_lines(self, name: str, lines: Iterable[str]) -> Batch:
        """Stage lines (each without its line end) under `name`.

        :raises StagingFullError: no space; nothing is left behind.
        :raises StagingUnusableError: the location cannot be written.
        """
        count = 0

        def chunks() -> Iterator[bytes]:
            nonlocal count
            for line in lines:
                count += 1
                yield line.encode() + b"\n"

        staged = self.write_bytes(name, chunks())
        return staged.model_copy(update={"count": count})

    def write_bytes(self, name: str, chunks: Iterable[bytes]) -> Batch:
        """Stage a file of any kind; `count` of the reference is 0. Errors as `write_lines`."""
        path = f"{self._base}/{name}"
        digest, size = hashlib.sha256(), 0
        with self._guarded(path):
            self._make_folder(path.rpartition("/")[0])
            with self._whole_or_nothing(path) as file:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
        return Batch(uri=self._fs.unstrip_protocol(path), count=0, sha256=digest.hexdigest(), size=size)

    def read_lines(self, batch: Batch) -> Iterator[str]:
        """Lines of a staged batch, one at a time, from a copy that was looked at as a whole: none of a batch that was changed.

        :raises StagingUnusableError: it is gone, or not what was written.
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
            self._copy(batch, copy)
            copy.seek(0)
            for line in copy:
                yield line[:-1].decode()

    def fetch(self, batch: Batch, path: Path) -> Path:
        """A staged file as a local one at `path`, for what reads files itself; memory holds a piece of it. Errors as `read_lines`."""
        with _private(path) as copy:
            self._copy(batch, copy)
        return path

    def _copy(self, batch: Batch, copy: IO[bytes]) -> None:
        digest = hashlib.sha256()
        with self.open(batch.uri) as file:
            for piece in iter(lambda: file.read(_PIECE), b""):
                digest.update(piece)
                copy.write(piece)
        _check(batch, digest.hexdigest())

    @contextmanager
    def open(self, uri: str) -> Iterator[BinaryIO]:
        """A staged file for reading.

        :raises StagingUnusableError: it is not there or cannot be read.
        """
        fs, path = url_to_fs(uri)
        with self._guarded(uri), fs.open(path, "rb") as file:
            # A file in an object store looks for each line's end in a whole block of its own.
            yield file if _is_local(fs) else io.BufferedReader(file, _PIECE)

    def whole(self, uri: str) -> bytes:
        """A staged file of this location as it is, for somebody who looks at it.

        :raises StagingUnusableError: it is not there, or not of this location.
        """
        path = url_to_fs(uri)[1]
        if not path.startswith(f"{self._base}/") or ".." in path.split("/"):
            raise StagingUnusableError("this file is not of the staging location")
        with self.open(uri) as file:
            return file.read()

    def publish(self, file: BinaryIO, name: str, *, for_s: int) -> str:
        """Put a file under `name`; a signed link to it that ends after so many seconds. Errors as `write_lines`.

        :raises FeatureMissingError: the location, such as a local folder, signs no links.
        """
        batch = self.write_bytes(name, iter(lambda: file.read(_PIECE), b""))
        fs, path = url_to_fs(batch.uri)
        try:
            link: str = fs.sign(path, expiration=for_s)
        except NotImplementedError as problem:
            remedy = "Give staging_location a bucket that signs links, or set payload_mode of the connection to upload."
            raise FeatureMissingError("the staging location signs no links", remedy=remedy) from problem
        return link

    def check(self) -> None:
        """Write, read and remove a small file. Errors as `write_lines`."""
        batch = self.write_lines(f".check-{os.getpid()}", ["ok"])
        list(self.read_lines(batch))
        fs, path = url_to_fs(batch.uri)
        fs.rm(path)

    def _make_folder(self, path: str) -> None:
        """A folder with those above it; what is made here is for this user alone."""
        if not _is_local(self._fs):
            self._fs.makedirs(path, exist_ok=True)
            return
        for folder in reversed((Path(path), *Path(path).parents)):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def _whole_or_nothing(self, path: str) -> Iterator[BinaryIO]:
        if not _is_local(self._fs):
            # Object stores show a file only when its upload is finished; an aborted one leaves nothing.
            with self._fs.transaction, self._fs.open(path, "wb") as file:
                yield file
            return
        target = Path(path)
        aside = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with _private(aside) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
            _sync_folder(target.parent)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise

    @contextmanager
    def _guarded(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            _explain(path, problem)


def _check(batch: Batch, sha256: str) -> None:
    if sha256 != batch.sha256:
        raise StagingUnusableError(f"{batch.uri} is not what was staged", evidence=f"expected {batch.sha256[:12]}")


def _private(path: Path) -> BinaryIO:
    """A new file for writing that this user alone may read: names, addresses and tax numbers are staged."""
    path.unlink(missing_ok=True)  # one that was left there keeps the rights that it had
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _is_local(fs: fsspec.AbstractFileSystem) -> bool:
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explain(path: str, problem: OSError) -> NoReturn:
    if problem.errno in _FULL:
        raise StagingFullError(f"no space left for {path}") from problem
    reason = problem.strerror or type(problem).__name__
    raise StagingUnusableError(f"{path} cannot be used: {reason}") from problem
