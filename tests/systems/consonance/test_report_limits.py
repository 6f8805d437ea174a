"""A small workbook that costs much is refused at once, by its file and the limit; an honest one of any length is not."""

import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from colophon.errors import BadReportError
from colophon.sheets import limits
from colophon.sheets.merged import merged_places
from colophon.sheets.tables import open_workbook, sheet_lines

PART = "xl/worksheets/sheet1.xml"


def book(change: Callable[[bytes], bytes] = bytes) -> io.BytesIO:
    """A workbook of one row, its sheet changed."""
    made, plain, out = Workbook(), io.BytesIO(), io.BytesIO()
    made.active.append(["Product ID", 1])
    made.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, change(content) if item.filename == PART else content)
    return out


def with_rows(rows: bytes) -> io.BytesIO:
    """A workbook with these rows."""
    return book(lambda sheet: re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>", sheet, flags=re.DOTALL))


def read(file: io.BytesIO) -> int:
    """How many rows it has."""
    return sum(1 for _ in sheet_lines(open_workbook(file, "sales.xlsx"), None))


def refused(file: io.BytesIO, words: str) -> None:
    """It is refused in these words, soon, and without filling the memory."""
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises(BadReportError, match=rf"sales\.xlsx: .*{words}"):
        read(file)
    assert time.process_time() - begin < 20
    assert tracemalloc.get_traced_memory()[1] < 200 << 20
    tracemalloc.stop()


def test_a_cell_in_the_last_column_is_refused():
    """Each row would have 16,384 cells: a hundred kilobytes run for minutes."""
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (number, number) for number in range(1, 20_001))
    refused(with_rows(rows), "row 1 has 16384 columns; a report has at most 1000")


def test_what_is_packed_too_well_is_refused():
    """A cell of many megabytes packs to next to nothing."""
    refused(with_rows(b'<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>' % (b"x" * (16 << 20))), "200 times its size")


def test_a_cell_larger_than_any_is_refused(monkeypatch):
    """Packed badly, it is seen while it is read."""
    monkeypatch.setattr(limits, "RATIO", 2000)
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>'
    refused(with_rows(cell % (b"x" * (16 << 20))), "a cell holds more than 256 kB")
    assert read(with_rows(cell % (b"x" * 100_000))) == 1


def test_a_cell_is_refused_while_the_sheets_size_is_looked_for(monkeypatch):
    """A sheet that does not state its size is read to its end when the workbook is opened."""
    monkeypatch.setattr(limits, "RATIO", 2000)
    large = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols>%s</cols></worksheet>'
    refused(book(lambda _: large % (b"x" * (16 << 20))), "a cell holds more than 256 kB")


def test_a_row_larger_than_any_is_refused(monkeypatch):
    """Cells without number in one row."""
    monkeypatch.setattr(limits, "RATIO", 2000)
    refused(with_rows(b'<row r="1">' + b"<c><v>1</v></c>" * 500_000 + b"</row>"), "a row holds more than 4 MB")


def test_what_takes_too_long_for_its_size_is_refused(monkeypatch):
    """Whatever makes it slow; what is done with the rows in between does not count."""
    moments = iter(range(0, 10**9, 10))
    monkeypatch.setattr("colophon.environment.monotonic", lambda: float(next(moments)))
    with pytest.raises(BadReportError, match=r"sales\.xlsx: reading it takes more than 60 seconds"):
        read(with_rows(b"<row/>" * 50))


def test_an_honest_workbook_is_read():
    """Many rows, empty ones among them, far down."""
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c><c r="Z%d"><v>1</v></c></row>' % (n, n, n, n) for n in range(1, 9_000, 3))
    assert read(with_rows(rows)) == 8_998


def test_a_workbook_that_is_all_merged_is_refused() -> None:
    """One area over every cell there is: nobody counts its places; an area that lies across two pieces of the file is seen."""
    whole = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    with pytest.raises(BadReportError, match="merged"):
        read(book(lambda sheet: sheet.replace(b"</sheetData>", b"</sheetData>" + whole)))
    for shift in range(0, 120, 7):
        part = io.BytesIO(b" " * ((1 << 16) - shift) + b'<mergeCell ref="B2:C3"/>' + b" " * (1 << 16))
        assert merged_places(part, limits.Watch("sales.xlsx", 1)) == {2: [2], 3: [1, 2]}
