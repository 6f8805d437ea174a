"""Where report files are: a folder or bucket through fsspec, or an address. A file is taken only when it is whole and fresh."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, NoReturn, Protocol, Self

from fsspec.core import url_to_fs

from colophon.errors import BadConnectionError, BadReportError, NotReadyError, TransportError

LOOK_AGAIN = timedelta(minutes=15)


class Seen(NamedTuple):
    """A file as it was at one moment; `modified` is aware UTC, None where the source does not tell."""

    size: int | None
    modified: datetime | None
    tag: str = ""


class Source(Protocol):
    """A place with files."""

    def look(self, name: str) -> Seen | None:
        """The file as it is now; None where there is none."""

    def fetch(self, name: str, file: BinaryIO) -> None:
        """Copy it into a file."""


class FolderSource:
    """A folder or bucket: `file://`, `s3://`, … or a path."""

    def __init__(self, location: str, storage: Mapping[str, Any] | None = None) -> None:
        """:param storage: fsspec's options for the place, such as credentials.

        :raises BadConnectionError: no such kind of place.
        """
        try:
            self._fs, base = url_to_fs(location, **(storage or {}))
        except ImportError as problem:  # fsspec's own words name the package, and nothing of the place
            raise _bad_location(f"needs a package that is not installed: {problem}") from problem
        except (ValueError, TypeError) as problem:
            raise _bad_location(f"cannot be opened ({type(problem).__name__})") from problem
        self._base = base.rstrip("/")
        kind = self._fs.protocol
        self._is_local = "file" in ((kind,) if isinstance(kind, str) else kind)

    def look(self, name: str) -> Seen | None:
        """See `Source`. A folder that is not there is an error, for it would hide every report.

        :raises BadConnectionError: the place is not there, or closed to us. :raises TransportError: it does not answer.
        """
        path = f"{self._base}/{name}"
        with self._reached():
            if self._is_local and not self._fs.isdir(self._base):
                raise _bad_location("is no folder")
            self._fs.invalidate_cache()
            try:
                info, modified = self._fs.info(path), self._fs.modified(path)
            except FileNotFoundError:
                return None
        if modified.tzinfo is None:
            modified = modified.replace(tzinfo=UTC)
        return Seen(info["size"], modified.astimezone(UTC), str(info.get("ETag") or info.get("ino") or ""))

    def fetch(self, name: str, file: BinaryIO) -> None:
        """See `Source`. Errors as `look`."""
        with self._reached(), self._fs.open(f"{self._base}/{name}", "rb") as found:
            shutil.copyfileobj(found, file, 1 << 20)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            _explain(problem)


@dataclass(slots=True)
class ReportFile:
    """A whole, fresh copy of a file; a context manager, for the copy goes at its end. `modified` is aware UTC."""

    name: str
    file: BinaryIO
    sha256: str
    modified: datetime

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove the copy."""
        self.file.close()


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Takes files from a source, each only when it is whole and fresh.

    `done_suffix`: a file counts as whole once `<name><suffix>` is there and not older than it. Without one, it must have
    been left alone for `quiet`. `max_age`: an older one is yesterday's news. `clock` gives aware UTC.
    """

    source: Source
    clock: Callable[[], datetime]
    done_suffix: str = ""
    max_age: timedelta = timedelta(hours=36)
    quiet: timedelta = timedelta(seconds=30)

    def is_there(self, name: str) -> bool:
        """Whether there is such a file, ready or not."""
        return self.source.look(name) is not None

    def is_ready(self, name: str) -> bool:
        """Whether there is such a file that could be taken now; its content is not looked at. Errors as `take`."""
        seen = self.source.look(name)
        if seen is not None:
            self._check_ready(name, seen)
        return seen is not None

    def take(self, name: str) -> ReportFile | None:
        """A copy of the file; None where there is none, which means *unknown* and never "nothing in it".

        :raises NotReadyError: still being written, not marked as done, or too old.
        :raises BadReportError: the source does not tell when it was written. Other errors as the source's.
        """
        seen = self.source.look(name)
        if seen is None:
            return None
        modified = self._check_ready(name, seen)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ReportFile
        try:
            self._copy(name, seen, file)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            return ReportFile(name, file, digest, modified)
        except BaseException:
            file.close()
            raise

    def _copy(self, name: str, seen: Seen, file: BinaryIO) -> None:
        self.source.fetch(name, file)
        if self.source.look(name) != seen:
            raise self._not_ready(name, "it changed while it was being read", self.clock() + self.quiet)
        file.seek(0)

    def _check_ready(self, name: str, seen: Seen) -> datetime:
        """When it was written."""
        now = self.clock()
        if seen.modified is None:
            raise BadReportError(
                f"{name}: the source does not tell when it was written, so nobody can know whether it is fresh",
                system="consonance", operation="reports", remedy="Have the server send Last-Modified, or use a folder or bucket.",
            )  # fmt: skip
        if now - seen.modified > self.max_age:
            hours = int((now - seen.modified).total_seconds() // 3600)
            raise self._not_ready(name, f"it is {hours} hours old, and a newer one is due", now + LOOK_AGAIN)
        if self.done_suffix:
            mark = self.source.look(name + self.done_suffix)
            if mark is None or (mark.modified is not None and mark.modified < seen.modified):
                raise self._not_ready(name, f"its mark {name}{self.done_suffix} is missing or older than it", now + LOOK_AGAIN)
        elif now - seen.modified < self.quiet:
            raise self._not_ready(name, "it is still being written", seen.modified + self.quiet)
        return seen.modified

    def _not_ready(self, name: str, why: str, not_before: datetime) -> NotReadyError:
        return NotReadyError(f"{name}: {why}", not_before=not_before, system="consonance", operation="reports")


def _explain(problem: OSError) -> NoReturn:
    reason = problem.strerror or type(problem).__name__
    if isinstance(problem, PermissionError | FileNotFoundError | NotADirectoryError | IsADirectoryError):
        raise _bad_location(f"cannot be read: {reason}") from problem
    raise TransportError(f"the reports cannot be reached: {reason}", system="consonance", operation="reports") from problem


def _bad_location(what: str) -> BadConnectionError:
    # Not the location itself: some kinds carry credentials in it.
    return BadConnectionError(f"reports_location {what}", system="consonance", operation="reports")
