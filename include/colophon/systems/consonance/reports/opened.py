"""A report file that is open: its rows, sheet by sheet, and what it holds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Generic, Self, TypeVar

from colophon.domain.finding import Finding
from colophon.domain.provenance import Origin
from colophon.errors import BadReportError
from colophon.sheets import tables as report_tables
from colophon.sheets.tables import Line
from colophon.systems.consonance.reports.layouts import ReportLayout, SheetSpec, read_head
from colophon.systems.consonance.reports.rows import ReportRow, finding, is_blank
from colophon.systems.consonance.reports.source import ReportFile

T = TypeVar("T")
CSV, XLSX, PARQUET = ".csv", ".xlsx", ".parquet"


@dataclass(slots=True)
class Report(Generic[T]):
    """One report file. Iterating gives its records and findings, row by row; its copy goes when the context ends.

    `is_repeat`: a file with the same content was taken before, whatever its name. `as_of`: when it was written, aware UTC.
    """

    name: str
    sha256: str
    as_of: datetime
    is_repeat: bool
    _file: ReportFile = field(repr=False)
    _records: Callable[[], Iterator[T | Finding]] = field(repr=False)

    def __iter__(self) -> Iterator[T | Finding]:
        """:raises BadReportError: a column or sheet is missing, unknown or there twice, or the file is damaged."""
        return self._records()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a report file, sheet by sheet."""

    file: ReportFile
    layout: ReportLayout
    sheets: Mapping[str, SheetSpec]

    def rows(self, key: str) -> Iterator[ReportRow | Finding]:
        """Rows of a sheet (by our name for it) below its header; blank ones are left out."""
        sheet = self.layout.sheets[key]
        place = f"{self.file.name}, sheet {sheet.name}" if sheet.name else self.file.name
        lines = self._lines(sheet.name)
        header = next(lines, Line(1, ()))
        if header.fault or is_blank(header.values):
            raise BadReportError(f"{place}: its first row is no header", system="consonance", operation="reports", evidence=header.fault)
        head = read_head(header.values, sheet, self.sheets[key], place)
        for line in lines if self._is_csv else report_tables.padded(lines, head.width):
            origin = Origin(file=self.file.name, sha256=self.file.sha256, row=line.number, sheet=sheet.name or "")
            if line.fault:
                yield finding(origin, "the row", line.fault, "cells with commas between them, and every quote closed")
            elif not is_blank(line.values):
                yield ReportRow(head, line.values, origin)

    @property
    def _is_csv(self) -> bool:
        return self.file.name.endswith(CSV)

    def _lines(self, sheet: str | None) -> Iterator[Line]:
        if self.file.name.endswith(PARQUET):
            return report_tables.parquet_lines(self.file.file, self.file.name)
        if self._is_csv:
            return report_tables.csv_lines(self.file.file, self.layout.encoding)
        return report_tables.sheet_lines(report_tables.open_workbook(self.file.file, self.file.name), sheet)
