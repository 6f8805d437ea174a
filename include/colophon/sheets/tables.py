"""The tables of a report file, row by row: memory stays flat, whatever the file's length.

A row of a CSV file is texts; one of a workbook is what its cells hold, with `Odd` for formulas, errors and merged cells.
"""

import csv
import io
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from colophon.errors import BadReportError, NotReadyError
from colophon.sheets.limits import Archive, Watch
from colophon.sheets.merged import merged_places

if TYPE_CHECKING:
    from openpyxl import Workbook

_LINE = 1 << 20
_LAST_ROW = 1 << 20
_CHUNK = 500
_ALONE: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "200MB", "threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that holds no value: a formula, an error, a merged one. `kind` is the word for it."""

    kind: str


MERGED = Odd("a merged cell, which has no value of its own")
_ODD = {"f": Odd("a formula"), "e": Odd("an error such as #N/A")}
# What openpyxl lets through of its own accord when a workbook is damaged or was made to do harm.
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, SyntaxError, NotImplementedError, ValueError, LookupError, TypeError, AttributeError)  # fmt: skip


class Line(NamedTuple):
    """One row by its number (the header is 1); `fault` says why it has no values."""

    number: int
    values: Sequence[object]
    fault: str = ""


def csv_lines(file: BinaryIO, encoding: str) -> Iterator[Line]:
    """Rows of a CSV file. Bytes that are not in the encoding come as lone surrogates, which no cell reader takes."""
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, errors="surrogateescape", newline="")
    try:
        # A line is read in pieces of bounded size: a file without line ends must not fill the memory.
        reader = csv.reader(iter(lambda: text.readline(_LINE), ""), strict=True)
        number = 0
        while True:
            number += 1
            before = reader.line_num
            try:
                values = next(reader, None)
            except csv.Error as problem:
                yield Line(number, (), f"{problem} (lines {before + 1} to {reader.line_num} of the file)")
                continue
            if values is None:
                return
            yield Line(number, values)
    finally:
        if not file.closed:  # a reading that was given up ends after its report
            text.detach()


@dataclass(frozen=True, slots=True)
class OpenWorkbook:
    """A workbook for reading in one pass, under its limits."""

    book: "Workbook"
    watch: Watch


def open_workbook(file: BinaryIO, place: str) -> OpenWorkbook:
    """A workbook for reading in one pass. `place` names the file.

    :raises NotReadyError: it breaks off, as one does that is still being written.
    :raises BadReportError: it is no workbook, or costs more than any report (see `limits`).
    """
    from openpyxl.reader.excel import ExcelReader

    watch = Watch(place, file.seek(0, io.SEEK_END))
    file.seek(0)
    if file.read(2) != b"PK":
        raise watch.refuse("it is no .xlsx workbook (an older or a protected one is none either)")
    try:
        archive = Archive(file)
    except zipfile.BadZipFile as problem:
        raise NotReadyError(f"{place} breaks off: it is still being written, or was cut", system="consonance") from problem
    archive.watch = watch
    watch.weigh(archive.infolist())
    try:
        with warnings.catch_warnings(), watch.reading():
            warnings.simplefilter("ignore")  # openpyxl tells of styles that it does not know
            reader = ExcelReader(file, read_only=True, data_only=False, keep_links=False)
            reader.archive = archive
            reader.read()
    except _DAMAGED as problem:
        raise watch.refuse("the workbook is damaged", type(problem).__name__) from problem
    return OpenWorkbook(reader.wb, watch)


def sheet_lines(workbook: OpenWorkbook, name: str | None) -> Iterator[Line]:
    """Rows of a sheet (None: the first).

    :raises BadReportError: there is no such sheet, it is damaged, or costs more than any report (see `limits`).
    """
    book, watch = workbook.book, workbook.watch
    titles = [sheet.title for sheet in book.worksheets]
    if not titles or (name is not None and name not in titles):
        raise watch.refuse(f"the sheet {name!r} is missing" if name else "it has no sheet")
    sheet: Any = book.worksheets[titles.index(name) if name is not None else 0]
    # The size that the sheet states may be wrong, and openpyxl would leave out what lies beyond it.
    sheet.reset_dimensions()
    number = 0
    try:
        with watch.reading(), sheet._get_source() as part:  # noqa: SLF001 - openpyxl tells of merged cells only where it reads all at once
            merged = merged_places(part, watch)
        for number, row in enumerate(_watched(sheet.iter_rows(max_row=_LAST_ROW), watch), start=1):
            values = [_ODD.get(cell.data_type, cell.value) for cell in row]
            yield Line(number, values if number == 1 or number not in merged else _with_merged(values, merged[number]))
    except _DAMAGED as problem:
        raise watch.refuse(f"the workbook is damaged after row {number}", type(problem).__name__) from problem


def _with_merged(values: list[object], places: Sequence[int]) -> list[object]:
    """A row with a word in each merged cell that has no value of its own; a row of nothing else stays blank."""
    if all(value is None for value in values):
        return values
    found = values + [None] * (max(places, default=-1) + 1 - len(values))
    for place in places:
        found[place] = MERGED
    return found


def parquet_lines(file: BinaryIO, place: str) -> Iterator[Line]:
    """Rows of a Parquet file, its columns' names first. `place` names the file.

    :raises BadReportError: it is none, or damaged.
    """
    import duckdb

    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy, duckdb.connect(config=_ALONE) as engine:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        try:
            rows = engine.execute(f"SELECT * FROM read_parquet('{copy.name}')")  # noqa: S608 - a name of our own
            yield Line(1, [column[0] for column in rows.description or ()])
            number = 1
            while chunk := rows.fetchmany(_CHUNK):
                for number, row in enumerate(chunk, start=number + 1):  # noqa: B020 - goes on where the last chunk ended
                    yield Line(number, [_as_cell(value) for value in row])
        except duckdb.Error as problem:
            raise BadReportError(f"{place}: the file is damaged", system="consonance", evidence=type(problem).__name__) from None


def _as_cell(value: object) -> object:
    """As a CSV file would have it: numbers with a fraction as decimal text, yes and no as words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return f"{value:f}" if isinstance(value, Decimal) else value


def padded(lines: Iterable[Line], width: int) -> Iterator[Line]:
    """Rows of a workbook with at least so many cells: it leaves out empty ones at the end."""
    for line in lines:
        yield line._replace(values=[*line.values, *[None] * (width - len(line.values))])


def _watched(rows: Iterator[Any], watch: Watch) -> Iterator[Any]:
    """The same rows, each within the limits, without openpyxl's warnings about dates that are none (such cells come as errors)."""
    number = 0
    while True:
        chunk = []
        with warnings.catch_warnings(), watch.reading():
            warnings.simplefilter("ignore")
            for row in islice(rows, _CHUNK):
                number += 1
                watch.check_width(number, len(row))
                watch.check_time()
                chunk.append(row)
        if not chunk:
            return
        yield from chunk
