"""What a workbook may cost: no report needs more, and one that does was made to do harm, or by mistake.

A file of some hundred kilobytes can hold a cell that fills the memory, or rows that take hours. Sizes are counted before anything
is unpacked; texts, rows and time while it is read.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from colophon import environment
from colophon.errors import BadReportError

COLUMNS = 1000
TEXT_BYTES = 256 << 10
"""Of one cell; Excel's own limit is 32,767 characters."""
ROW_BYTES = 4 << 20
UNPACKED = 4 << 30
IN_MEMORY = 128 << 20
"""Of all parts but the sheets, which are read row by row."""
RATIO = 200
"""Unpacked to packed; real reports stay below 50."""
SMALL = 4 << 20
"""A part of this size does no harm, however well it was packed."""
SECONDS, SECONDS_A_MEGABYTE = 60.0, 30.0

_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_TAIL = 64


class Watch:
    """The limits of one workbook, which `place` names; only the time counts that is spent on reading."""

    def __init__(self, place: str, size: int) -> None:
        self.place = place
        self.seconds = SECONDS + SECONDS_A_MEGABYTE * size / (1 << 20)
        self._spent, self._since = 0.0, 0.0

    def refuse(self, sentence: str, evidence: str = "") -> BadReportError:
        """The error that names the file, and what is wrong with it."""
        return BadReportError(f"{self.place}: {sentence}", system="consonance", operation="reports", evidence=evidence)

    def weigh(self, parts: Iterable[zipfile.ZipInfo]) -> None:
        """:raises BadReportError: the workbook unpacks to too much, or one of its parts was packed too well."""
        total = held = 0
        for part in parts:
            total += part.file_size
            held += 0 if "worksheets/" in part.filename else part.file_size
            if part.file_size > max(SMALL, RATIO * part.compress_size):
                raise self.refuse(f"it unpacks to more than {RATIO} times its size")
        if total > UNPACKED or held > IN_MEMORY:
            raise self.refuse(
                f"it unpacks to more than any report has ({UNPACKED >> 20} MB, {IN_MEMORY >> 20} MB of them beside its sheets)"
            )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """The time of this block counts."""
        self._since = environment.monotonic()
        try:
            yield
        finally:
            self._spent += environment.monotonic() - self._since

    def check_time(self) -> None:
        """:raises BadReportError: reading takes too long for the file's size. To be asked within `reading`."""
        if self._spent + environment.monotonic() - self._since > self.seconds:
            raise self.refuse(f"reading it takes more than {self.seconds:.0f} seconds, the limit for its size")

    def check_width(self, number: int, width: int) -> None:
        """:raises BadReportError: a row has too many columns."""
        if width > COLUMNS:
            raise self.refuse(f"row {number} has {width} columns; a report has at most {COLUMNS}. Delete what stands far to the right")


class Archive(zipfile.ZipFile):
    """A workbook's parts, each read under a watch."""

    watch: Watch

    def open(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        """A part; as `ZipFile.open`."""
        return _Part(super().open(name, *args, **kwargs), self.watch, is_sheet="worksheets/" in str(name))


class _Part:
    """A part of a workbook; what is too long in it is refused before a parser has the whole of it."""

    def __init__(self, part: Any, watch: Watch, *, is_sheet: bool) -> None:
        self._part, self._watch, self._is_sheet = part, watch, is_sheet
        self._text = self._row = 0
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes. :raises BadReportError: a text or a row is too long, or time is up."""
        self._watch.check_time()
        piece: bytes = self._part.read(size)
        begin = piece.rfind(b"<")
        self._text = len(piece) - begin if begin >= 0 else self._text + len(piece)
        if self._text > TEXT_BYTES:
            raise self._watch.refuse(f"a cell holds more than {TEXT_BYTES >> 10} kB")
        self._row = 0 if _ROW.search(self._tail + piece) else self._row + len(piece)
        self._tail = piece[-_TAIL:]
        if self._is_sheet and self._row > ROW_BYTES:
            raise self._watch.refuse(f"a row holds more than {ROW_BYTES >> 20} MB")
        return piece

    def close(self) -> None:
        """As of a file."""
        self._part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
