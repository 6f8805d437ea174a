"""Batches of records between the steps of a run: JSON Lines in a folder or bucket, passed by reference.

A batch appears under its name only when it is complete: written aside, flushed to disk, then renamed. Its hash
travels with the reference, so a batch that was changed or cut is never read as if it were whole.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO

import fsspec
from fsspec.core import url_to_fs
from fsspec.utils import get_protocol

from colophon.domain.record import Record
from colophon.errors import FeatureMissingError, StagingUnusableError
from colophon.staged_sizes import StagedFiles
from colophon.staging_place import explain, is_local, protocols, refuse_unknown, sync_folder

_PIECE = 1 << 20
_AT_ONCE = 200
"""So many lines are written at once."""
_IN_MEMORY = 8 << 20
_BUCKETS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"}
"""Stores whose names need no folders; asked for one, they would make a bucket that was only misspelt."""
_CLIENTS = {"botocore", "aiobotocore", "aiohttp", "gcsfs", "google", "azure"}
"""Packages whose errors come out of a store as they are."""


class Batch(Record):
    """Reference to a staged file: where, how many records (lines), SHA-256 of its bytes, and its size in bytes."""

    uri: str
    count: int
    sha256: str
    size: int


class Staging(StagedFiles):
    """Files below one root, local or in object storage (`file://`, `s3://`, … through fsspec)."""

    def __init__(self, root: str, options: Mapping[str, Any] | None = None) -> None:
        """:param root: a folder or URL; a folder is made when it is not there.

        :param options: fsspec's for the place, such as credentials and `endpoint_url`.
        :raises StagingUnusableError: there is no such kind of place here, or it does not know an option.
        """
        self.root = root.rstrip("/")
        try:
            self._fs, self._base = url_to_fs(self.root, **(options or {}))
        except ImportError as problem:  # fsspec's own words name the package
            remedy = "Install the package into Airflow's environment, or name another staging_location."
            raise StagingUnusableError(f"the staging location needs a package that is not installed: {problem}", remedy=remedy) from problem
        except (ValueError, TypeError, KeyError) as problem:
            raise StagingUnusableError(f"the staging location cannot be opened ({type(problem).__name__})") from problem
        refuse_unknown(self._fs, options or {})

    @property
    def is_local(self) -> bool:
        """Whether it is a folder (or memory) of this machine, as far as its address tells."""
        return is_local(self._fs) or "memory" in protocols(self._fs)

    def write_lines(self, name: str, lines: Iterable[str]) -> Batch:
        """Stage lines (each without its line end) under `name`.

        :raises StagingFullError: no space; nothing is left behind.
        :raises StagingUnusableError: the location cannot be written.
        """
        count = 0

        def chunks() -> Iterator[bytes]:
            nonlocal count
            left = iter(lines)
            while portion := list(islice(left, _AT_ONCE)):
                count += len(portion)
                yield "\n".join([*portion, ""]).encode()

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
        fs, path = self._locate(uri)
        with self._guarded(uri), fs.open(path, "rb") as file:
            # A file in an object store looks for each line's end in a whole block of its own.
            yield file if is_local(fs) else io.BufferedReader(file, _PIECE)

    def whole(self, uri: str) -> bytes:
        """A staged file of this location as it is, for somebody who looks at it.

        :raises StagingUnusableError: it is not there, or not of this location.
        """
        path = self._locate(uri)[1]
        if not path.startswith(f"{self._base}/") or ".." in path.split("/"):
            raise StagingUnusableError("this file is not of the staging location")
        with self.open(uri) as file:
            return file.read()

    def publish(self, file: BinaryIO, name: str, *, for_s: int) -> str:
        """Put a file under `name`; a signed link to it that ends after so many seconds. Errors as `write_lines`.

        :raises FeatureMissingError: the location, such as a local folder, signs no links.
        """
        batch = self.write_bytes(name, iter(lambda: file.read(_PIECE), b""))
        fs, path = self._locate(batch.uri)
        try:
            with self._guarded(batch.uri):
                link: str = fs.sign(path, expiration=for_s)
        except NotImplementedError as problem:
            remedy = "Give staging_location a bucket that signs links, or set payload_mode of the connection to upload."
            raise FeatureMissingError("the staging location signs no links", remedy=remedy) from problem
        return link

    def kept(self, name: str) -> bytes | None:
        """What was written under `name`; None where nothing was. Errors as `open`."""
        path = f"{self._base}/{name}"
        with self._guarded(path), suppress(FileNotFoundError):
            return bytes(self._fs.cat_file(path))
        return None

    def check(self) -> None:
        """Write, read and remove a small file. Errors as `write_lines`."""
        batch = self.write_lines(f".check-{os.getpid()}", ["ok"])
        list(self.read_lines(batch))
        with self._guarded(batch.uri):
            fs, path = self._locate(batch.uri)
            fs.rm_file(path)

    def _locate(self, uri: str) -> tuple[fsspec.AbstractFileSystem, str]:
        """Where a staged file is: in this location, opened as this is; or elsewhere, by what its address says alone."""
        if get_protocol(uri) in protocols(self._fs):
            return self._fs, self._fs._strip_protocol(uri)  # noqa: SLF001 - what `url_to_fs` does
        fs, path = url_to_fs(uri)
        return fs, path

    def _make_folder(self, path: str) -> None:
        """A folder with those above it; what is made here is for this user alone."""
        if not is_local(self._fs):
            if not _BUCKETS & protocols(self._fs):
                self._fs.makedirs(path, exist_ok=True)
            return
        for folder in reversed((Path(path), *Path(path).parents)):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def _whole_or_nothing(self, path: str) -> Iterator[BinaryIO]:
        if not is_local(self._fs):
            # Object stores show a file only when its upload is finished; an aborted one leaves nothing.
            upload = self._fs.open(path, "wb", autocommit=False)
            self._fs.transaction.files.remove(upload)  # this file's end is its own, whatever else is written by then
            try:
                with upload as file:
                    yield file
                upload.commit()
            except BaseException:
                with suppress(Exception):  # the first problem is the one to tell
                    upload.discard()
                raise
            return
        target = Path(path)
        aside = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with _private(aside) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
            sync_folder(target.parent)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise

    @contextmanager
    def _guarded(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            explain(path, problem, is_local=is_local(self._fs))
        except Exception as problem:
            if not any(base.__module__.partition(".")[0] in _CLIENTS for base in type(problem).__mro__):
                raise  # of what is being written, and none of the location
            explain(path, problem, is_local=False)


def _check(batch: Batch, sha256: str) -> None:
    if sha256 != batch.sha256:
        raise StagingUnusableError(f"{batch.uri} is not what was staged", evidence=f"expected {batch.sha256[:12]}")


def _private(path: Path) -> BinaryIO:
    """A new file for writing that this user alone may read: names, addresses and tax numbers are staged."""
    path.unlink(missing_ok=True)  # one that was left there keeps the rights that it had
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
