"""Import sheets for a person to load: what waits in the tray, as xlsx in the documented columns (contract section 9).

A sheet is promised in the ledger, written under a passing name, made durable, renamed, and only then counts as exported. A run
that dies between two steps is finished by the next: the same rows in the same sheet.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from colophon.errors import StagingUnusableError
from colophon.ledger import Ledger
from colophon.ledger.write_backs import TrayRow
from colophon.onix.xml import ILLEGAL
from colophon.staging_place import sync_folder
from colophon.systems.consonance.writes import sheet_layouts as layouts
from colophon.systems.consonance.writes.operations import in_words
from colophon.systems.consonance.writes.sheet_layouts import Cell, Line

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

ABOUT = ("Row", "Write-back", "Reference", "Use case", "Reason")
MEANING = "What the line says"
"""One more column where the vendor's columns leave something out."""
LINES_PER_SHEET = 20_000
LONGEST = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class LeftOut(NamedTuple):
    """A row that no sheet can carry: it stays in the tray, and a person enters it by hand. `fault` names the field."""

    row_id: str
    operation: str
    subject: str
    fault: str


class Exported(NamedTuple):
    """Sheets that were written, with the number of write-backs in each, and what had to stay."""

    sheets: Mapping[Path, int]
    left_out: Sequence[LeftOut]


def export(ledger: Ledger, folder: Path, *, now: datetime) -> Exported:
    """Write everything that waits into sheets; `now` dates them. A row is in one sheet only, whatever happens.

    :raises StagingUnusableError: the folder cannot be written. Its rows keep their sheet, which the next export writes.
    """
    sheets = {folder / name: _finish(ledger, folder, name, now) for name in ledger.tray.promised()}
    left_out: list[LeftOut] = []
    there = [path.name for path in folder.glob("writeback_*")] if folder.is_dir() else []
    for (operation, is_restricted), rows in _groups(ledger.tray.rows(("pending",))).items():
        for chunk in _chunks(rows, left_out):
            stem, suffix = f"writeback_{operation}_{now:%Y-%m-%d}", "_restricted.xlsx" if is_restricted else ".xlsx"
            name = ledger.tray.reserve([row.id for row in chunk], stem, suffix, taken=there)
            if name:
                sheets[folder / name] = _finish(ledger, folder, name, now)
    return Exported(sheets, left_out)


def again(ledger: Ledger, name: str, *, now: datetime) -> bytes | None:
    """A sheet that went out, made once more from the same rows; None where no row went out in it."""
    rows = ledger.tray.rows(("exported", "loaded", "verified"), sheet=name)
    return _workbook(rows, now) if rows else None


def safe(value: Cell) -> Cell:
    """A cell that no program takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _groups(rows: Sequence[TrayRow]) -> dict[tuple[str, bool], list[TrayRow]]:
    found: dict[tuple[str, bool], list[TrayRow]] = {}
    for row in rows:
        if row.is_free:
            found.setdefault((row.operation, layouts.is_restricted(row.operation, row.payload)), []).append(row)
    return found


def _chunks(rows: Sequence[TrayRow], left_out: list[LeftOut]) -> Iterator[list[TrayRow]]:
    """Rows that a sheet can carry, in lots that fit one; the others go to `left_out`."""
    chunk: list[TrayRow] = []
    count = 0
    for row in rows:
        lines = _lines(row)
        if faults := [fault for line in lines if (fault := line.fault or _fault(line))]:
            left_out.append(LeftOut(row.id, row.operation, row.subject, faults[0]))
            continue
        if chunk and count + len(lines) > LINES_PER_SHEET:
            yield chunk
            chunk, count = [], 0
        chunk.append(row)
        count += len(lines)
    if chunk:
        yield chunk


def _lines(row: TrayRow) -> list[Line]:
    return layouts.lines(row.operation, row.external_reference, row.payload)


def _fault(line: Line) -> str:
    for header, value in line.cells.items():
        if isinstance(value, str) and (found := ILLEGAL.search(value)):
            return f"{header} holds the control character U+{ord(found.group()):04X}"
        if isinstance(value, str) and len(value) >= LONGEST:
            return f"{header} is longer than a cell of {LONGEST} characters"
    return ""


def _finish(ledger: Ledger, folder: Path, name: str, now: datetime) -> int:
    """Write the sheet of the rows promised to it, then let them count as exported."""
    rows = ledger.tray.rows(("pending",), sheet=name)
    try:
        _write(folder / name, _workbook(rows, now))
    except OSError as problem:
        raise StagingUnusableError(
            f"the folder for sheets cannot be written: {problem.strerror}", system="consonance", subject=name, remedy="Name another folder."
        ) from problem
    return ledger.tray.exported(name)


def _workbook(rows: Sequence[TrayRow], now: datetime) -> bytes:
    from openpyxl import Workbook

    lines = [(row, line.cells) for row in rows for line in _lines(row)]
    operation = rows[0].operation
    optional = layouts.optional(operation)
    shown = [header for header in layouts.headers(operation) if header not in optional or _is_used(header, lines)]
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = now.replace(tzinfo=None)
    data, about = book.create_sheet("Data"), book.create_sheet("About")
    _append(data, shown)
    says = any(layouts.meaning(row.operation, row.payload) for row in rows)
    _append(about, (*ABOUT, MEANING) if says else ABOUT)
    for number, (row, cells) in enumerate(lines, start=2):
        _append(data, [cells[header] for header in shown])
        more = [layouts.meaning(row.operation, row.payload)] if says else []
        _append(about, [number, row.id, row.external_reference, row.use_case, in_words(row.reason), *more])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _is_used(header: str, lines: Sequence[tuple[TrayRow, Mapping[str, Cell]]]) -> bool:
    return any(cells[header] is not None for _, cells in lines)


def _append(sheet: "WriteOnlyWorksheet", values: Sequence[Any]) -> None:
    from openpyxl.cell import WriteOnlyCell

    def cell(value: Cell) -> Any:
        if not isinstance(value, str):
            return value if isinstance(value, int | Decimal | None) else str(value)
        made = WriteOnlyCell(sheet, value=str(safe(value)))
        made.data_type = "s"  # text stays text: not a formula, not an error such as #N/A
        return made

    sheet.append([cell(value) for value in values])


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.part")
    with suppress(FileNotFoundError):
        passing.unlink()
    mode = 0o600 if "_restricted" in path.name else 0o644
    with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    passing.replace(path)
    sync_folder(path.parent)
