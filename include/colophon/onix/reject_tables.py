"""The rows of a recipient's report of rejects where it is a table: CSV, a workbook, or a page in HTML. Sizes and rows are bounded."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from colophon.errors import BadRecordError, BadReportError, NotReadyError
from colophon.onix.ack import number_of
from colophon.onix.mail import Letter
from colophon.onix.outside_text import text_of
from colophon.onix.rejects import Rejects, headings_of, plain
from colophon.sheets.limits import COLUMNS
from colophon.sheets.tables import Odd, open_workbook, sheet_lines

WHAT = "the report"
MAX_ROWS = 200_000
MAX_TEXT, MAX_PAGE = 2 * 1024 * 1024, 16 * 1024 * 1024
LONGEST_CELL = 10_000
HEADING_WITHIN = 50
"""So many rows may stand above the headings."""
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_DELIMITERS = (";", ",", "\t", "|")


class Row(NamedTuple):
    """What a report says of one record; empty where it does not say."""

    record: str = ""
    status: str = ""
    code: str = ""
    words: str = ""
    message: str = ""


class Rows(NamedTuple):
    """What a report says, its text around the records, where its message may be named, and what in it nobody can understand."""

    rows: Sequence[Row]
    around: str
    unclear: Sequence[str] = ()
    whole: Sequence[str] = ()


def csv_rows(letter: Letter, rejects: Rejects) -> Rows:
    """Of a CSV file, by the delimiter that gives it the headings."""
    text = text_of(letter.report, WHAT, rejects.encoding or letter.encoding)
    trouble = _no_headings(f"{len(letter.report)} bytes")
    for delimiter in [rejects.delimiter] if rejects.delimiter else _DELIMITERS:
        try:
            if found := _table(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), rejects):
                return found
        except csv.Error as problem:
            trouble = BadRecordError(f"{WHAT} is no CSV file", evidence=str(problem)[:100])
        except BadRecordError as problem:
            trouble = problem
    raise trouble


def xlsx_rows(letter: Letter, rejects: Rejects) -> Rows:
    """Of a workbook: of its sheet, or of all those that have the headings."""
    try:
        workbook = open_workbook(io.BytesIO(letter.report), WHAT)
        names = [rejects.sheet] if rejects.sheet else [sheet.title for sheet in workbook.book.worksheets]
        return _tables((([_cell(value) for value in line.values] for line in sheet_lines(workbook, name)) for name in names), rejects)
    except (BadReportError, NotReadyError) as problem:
        raise BadRecordError(problem.sentence, evidence=problem.evidence) from problem


def html_rows(letter: Letter, rejects: Rejects) -> Rows:
    """Of all tables of a page that have the headings."""
    page = letter.report
    if len(page) > MAX_PAGE:
        raise BadRecordError(f"{WHAT} is too big", evidence=f"{len(page)} bytes, at most {MAX_PAGE}")
    declared = found[1].decode() if (found := _CHARSET.search(page[:4000])) else ""
    text = text_of(page, WHAT, rejects.encoding or letter.encoding or declared)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(_without_controls(text).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise BadRecordError(f"{WHAT} is no HTML page", evidence=type(problem).__name__) from problem
    if root is None or any("depth" in entry.message.lower() or entry.level_name == "FATAL" for entry in parser.error_log):
        raise BadRecordError(f"{WHAT} cannot be read to its end", evidence="nested too deep, or damaged")
    for code in list(root.iter("script", "style")):
        code.text = None
    return _tables(map(_lines_of, root.iter("table")), rejects)._replace(around=_words_of(root)[:MAX_TEXT])


def _tables(tables: Iterable[Iterable[Sequence[str]]], rejects: Rejects) -> Rows:
    """The rows of all tables that have the headings; where columns are known by number, of the first table."""
    has_headings = any(headings_of(column) for column in rejects.columns.values())
    found = list[Rows]()
    for table in tables:
        if rows := _table(table, rejects):
            found.append(rows)
            if not has_headings:
                break
    if not found:
        raise _no_headings("no table has them")
    return Rows([row for part in found for row in part.rows], "\n".join(part.around for part in found))


def _table(lines: Iterable[Sequence[str]], rejects: Rejects) -> Rows | None:
    """Rows of a table, once its headings are found; by numbers it has none that anybody needs. None: no row has the headings.

    :raises BadRecordError: too many rows or columns, or a cell that is too long.
    """
    places: dict[str, int] = {name: column - 1 for name, column in rejects.columns.items() if isinstance(column, int)}
    by_number, rows, above = bool(places), list[Row](), list[str]()
    for number, cells in enumerate(lines, start=1):
        if number > MAX_ROWS or len(cells) > COLUMNS or any(len(cell) > LONGEST_CELL for cell in cells):
            raise BadRecordError(f"{WHAT} is too big", evidence=f"row {number}")
        if not places:
            if number > HEADING_WITHIN:
                break
            above.append(" ".join(cells))
            places = _places(cells, rejects)
            continue
        row = Row(**{name: " ".join(cells[place].split()) for name, place in places.items() if place < len(cells)})
        if not (row.record or row.status or row.message) and (row.words or row.code) and rows:
            row = rows[-1]._replace(code=row.code, words=row.words)  # one more reason, beside a cell that spans both rows
        is_title = by_number and rejects.named_by == "isbn" and not rows and bool(row.record) and number_of(row.record) is None
        if is_title or (not by_number and _places(cells, rejects) == places):  # headings, also those of a next page
            above.append(" ".join(cells))
        elif row.record or row.status:
            rows.append(row)
    return Rows(rows, "\n".join(above)) if places else None


def _places(cells: Sequence[str], rejects: Rejects) -> dict[str, int]:
    """Where the columns stand by a row of headings; empty where it is none."""
    known = {plain(cell.removeprefix("\ufeff")): place for place, cell in reversed(list(enumerate(cells)))}
    found = {name: [known[plain(h)] for h in headings_of(column) if plain(h) in known] for name, column in rejects.columns.items()}
    return {name: places[0] for name, places in found.items()} if all(found.values()) else {}


def _no_headings(evidence: str) -> BadRecordError:
    return BadRecordError(f"{WHAT} has none of the headings that its description names", evidence=evidence)


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return f"({value.kind})" if isinstance(value, Odd) else "" if value is None else str(value)


def _lines_of(table: etree._Element) -> Iterator[list[str]]:
    """A table's own rows; a cell that spans several rows stands in each, one that spans columns takes their places."""
    from_above: dict[int, tuple[str, int]] = {}
    for line in table.iter("tr"):
        if next(line.iterancestors("table"), None) is not table:
            continue
        cells = list[str]()
        for cell in (*line.iterchildren("td", "th"), None):
            while len(cells) in from_above and len(cells) <= COLUMNS:
                words, rows = from_above.pop(len(cells))
                if rows > 1:
                    from_above[len(cells)] = (words, rows - 1)
                cells.append(words)
            if cell is not None:
                words, rows = _words_of(cell), _span(cell, "rowspan")
                if rows > 1:
                    from_above[len(cells)] = (words, rows - 1)
                cells += [words, *[""] * (_span(cell, "colspan") - 1)]
        yield cells


def _span(cell: etree._Element, name: str) -> int:
    given = str(cell.get(name) or "").strip()
    return min(int(given), COLUMNS) if given.isascii() and given.isdigit() and given != "0" and len(given) < 6 else 1


def _words_of(element: etree._Element) -> str:
    texts = map(str, element.itertext())
    return " ".join(" ".join(texts).split())


def _without_controls(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", " ", text)
