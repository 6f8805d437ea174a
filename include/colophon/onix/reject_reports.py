"""Reads a recipient's own reports of what it rejects, as its profile describes them: as acknowledgements, one for each message.

They come from outside: sizes, rows and texts are bounded. What cannot be understood is told as `unclear`, and never passed over.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import NamedTuple

from lxml import etree

from colophon.errors import BadRecordError, BadReportError, NotReadyError
from colophon.onix.ack import AcknowledgedRecord, Acknowledgement, Detail, number_of
from colophon.onix.outside_text import text_of, unpacked
from colophon.onix.rejects import Rejects, headings_of, plain
from colophon.sheets.limits import COLUMNS
from colophon.sheets.tables import Odd, open_workbook, sheet_lines

MAX_ROWS = 200_000
MAX_TEXT, MAX_PAGE = 2 * 1024 * 1024, 16 * 1024 * 1024
LONGEST_CELL = 10_000
HEADING_WITHIN = 50
"""So many rows may stand above the headings."""
WHAT = "the report"
_MAIL = re.compile(r"\s*(?:(?:from|to|date|subject|received|return-path|mime-version|message-id)\s?:.*\n)", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_ISBN = re.compile(r"(?<![\w-])(?:97[89][ -]?)(?:\d[ -]?){9}\d(?![\w-])")
_SHOWN = 100
_DEFAULTS = (";", ",", "\t", "|")


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


def read(content: bytes, rejects: Rejects, file_name: str = "") -> list[Acknowledgement]:
    """The report's acknowledgements by message; `message_number` is None where the event that brought it, or the ledger, knows it.

    :raises BadRecordError: it does not fit its description, or is too big.
    """
    content = unpacked(content, WHAT)
    found = {"csv": _csv, "xlsx": _xlsx, "html": _html, "text": _text}[rejects.format](content, rejects)
    number = _number(f"{file_name}\n{found.around}", rejects)
    by_message: dict[int | None, list[AcknowledgedRecord]] = {number: []} if rejects.message != "column" else {}
    whole: dict[int | None, Detail] = {number: Detail("F", "", found.whole[0])} if found.whole else {}
    unclear = list(found.unclear)
    for row in found.rows:
        is_rejected = _is_rejected(row, rejects)
        its = int(row.message) if row.message.isascii() and row.message.isdigit() and len(row.message) < 10 else None
        its = its if rejects.message == "column" else number
        is_known = rejects.named_by == "reference" or number_of(row.record) is not None
        if is_rejected is None or (rejects.message == "column" and its is None) or (row.record and not is_known):
            unclear.append(_shown(row))
        elif not row.record:
            whole[its] = Detail("F", row.code, row.words)
        else:
            detail = (Detail("F", row.code, row.words),) if is_rejected else ()
            record = AcknowledgedRecord(row.record[:200], number_of(row.record), "03" if is_rejected else "00", detail)
            by_message.setdefault(its, []).append(record)
    for its in whole:
        by_message.setdefault(its, [])
    if unclear and not by_message:
        by_message[number] = []
    is_all, first = rejects.rest == "accepted" and not unclear, next(iter(by_message), None)
    return [
        Acknowledgement(
            "",
            its,
            "01" if its in whole else "02",
            details=(whole[its],) if its in whole else (),
            records=tuple(records),
            is_rest_taken=is_all,
            unclear=tuple(unclear) if its == first else (),
        )
        for its, records in by_message.items()
    ]


def _is_rejected(row: Row, rejects: Rejects) -> bool | None:
    """None where its word is not among those that are known."""
    if not row.status and not rejects.has_status and (not rejects.accepted or not row.record):
        return True
    word = plain(row.status)
    if word in {plain(known) for known in rejects.rejected}:
        return True
    return False if row.record and word in {plain(known) for known in rejects.accepted} else None


def _number(around: str, rejects: Rejects) -> int | None:
    pattern = rejects.message_pattern()
    found = pattern.search(around[:MAX_TEXT]) if pattern else None
    return int(found["message"]) if found else None


def _csv(content: bytes, rejects: Rejects) -> Rows:
    text = text_of(content, WHAT, rejects.encoding)
    trouble = BadRecordError(f"{WHAT} has none of the headings that its description names", evidence=f"{len(content)} bytes")
    for delimiter in [rejects.delimiter] if rejects.delimiter else _DEFAULTS:
        try:
            return _table(_csv_rows(text, delimiter), rejects)
        except BadRecordError as problem:
            trouble = problem if rejects.delimiter or "headings" not in problem.sentence else trouble
    raise trouble


def _csv_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as problem:
        raise BadRecordError(f"{WHAT} is no CSV file", evidence=str(problem)[:100]) from problem


def _xlsx(content: bytes, rejects: Rejects) -> Rows:
    try:
        lines = sheet_lines(open_workbook(io.BytesIO(content), WHAT), rejects.sheet)
        return _table(([_cell(value) for value in line.values] for line in lines), rejects)
    except (BadReportError, NotReadyError) as problem:
        raise BadRecordError(problem.sentence, evidence=problem.evidence) from problem


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return f"({value.kind})" if isinstance(value, Odd) else "" if value is None else str(value)


def _html(content: bytes, rejects: Rejects) -> Rows:
    if len(content) > MAX_PAGE:
        raise BadRecordError(f"{WHAT} is too big", evidence=f"{len(content)} bytes, at most {MAX_PAGE}")
    is_mail = _MAIL.match(content[:2000].decode("latin-1")) is not None
    declared = "" if is_mail else (found[1].decode() if (found := _CHARSET.search(content[:4000])) else "")
    text = text_of(content, WHAT, rejects.encoding or declared)
    subject, text = _letter(content, "html") if is_mail else ("", text)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(_without_controls(text).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise BadRecordError(f"{WHAT} is no HTML page", evidence=type(problem).__name__) from problem
    if root is None or any("depth" in entry.message.lower() or entry.level_name == "FATAL" for entry in parser.error_log):
        raise BadRecordError(f"{WHAT} cannot be read to its end", evidence="nested too deep, or damaged")
    for code in list(root.iter("script", "style")):
        code.text = None
    tables = [[_html_cells(line) for line in table.iter("tr") if _table_of(line) is table] for table in root.iter("table")]
    around = f"{subject}\n{_words_of(root)}"[:MAX_TEXT]
    for table in tables:
        try:
            return _table(table, rejects)._replace(around=around)
        except BadRecordError as problem:
            if "headings" not in problem.sentence:
                raise
    raise BadRecordError(f"{WHAT} has no table with the headings that its description names", evidence=f"{len(tables)} tables")


def _table_of(line: etree._Element) -> etree._Element | None:
    return next(line.iterancestors("table"), None)


def _html_cells(line: etree._Element) -> list[str]:
    return [_words_of(cell) for cell in line.iterchildren("td", "th")]


def _words_of(element: etree._Element) -> str:
    texts = map(str, element.itertext())
    return " ".join(" ".join(texts).split())


def _text(content: bytes, rejects: Rejects) -> Rows:
    text, subject = text_of(content, WHAT, rejects.encoding), ""
    if _MAIL.match(text):
        subject, text = _letter(content, "plain")
    if len(text) > MAX_TEXT:
        raise BadRecordError(f"{WHAT} is too long", evidence=f"{len(text)} characters, at most {MAX_TEXT}")
    text = "\n".join(line.strip() for line in text.splitlines())
    spans, around = list[tuple[int, int, dict[str, str]]](), text
    for pattern in rejects.line_patterns():
        found = [(*match.span(), {name: value or "" for name, value in match.groupdict().items()}) for match in pattern.finditer(around)]
        around = _outside(around, [(start, end) for start, end, _ in found])
        spans += found
        if len(spans) > MAX_ROWS:
            raise BadRecordError(f"{WHAT} has too many records", evidence=f"more than {MAX_ROWS}")
    spans.sort(key=lambda span: span[0])
    word = rejects.word_pattern()
    words = [(match.start(), match["status"]) for match in word.finditer(around)] if word else []
    whole = [match.groupdict().get("words") or match[0] for pattern in rejects.whole_patterns() for match in pattern.finditer(around)]
    rows, place, above = [], 0, ""
    for start, _, said in spans:
        while place < len(words) and words[place][0] < start:
            above, place = words[place][1], place + 1
        rows.append(Row(**{"status": above, **{name: " ".join(value.split()) for name, value in said.items()}}))
    unclear = [_line_at(text, match.start()) for match in _ISBN.finditer(around) if number_of(match[0])]
    if not rows and not whole and not unclear:
        raise BadRecordError(f"{WHAT} names no record in the way that its description says", evidence=f"{len(text)} characters")
    return Rows(rows, f"{subject}\n{text}", unclear, whole[:1])


def _outside(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with blanks in the place of what was read, so that places stay."""
    pieces, last = list[str](), 0
    for start, end in spans:
        pieces += (text[last:start], " " * (end - start))
        last = end
    return "".join((*pieces, text[last:]))


def _line_at(text: str, place: int) -> str:
    return text[max(text.rfind("\n", 0, place) + 1, place - _SHOWN) : place + _SHOWN].partition("\n")[0]


def _letter(content: bytes, kind: str) -> tuple[str, str]:
    """An e-mail's subject, and its text of a kind.

    :raises BadRecordError: it has none.
    """
    letter = message_from_bytes(content, policy=modern)
    try:
        body = letter.get_body((kind, "plain", "html")) if isinstance(letter, EmailMessage) else None
        told = body.get_content() if body is not None else None
        subject = str(letter["subject"] or "")
    except Exception as problem:  # the parser of letters raises many things over damaged ones
        raise BadRecordError(f"{WHAT} is a damaged e-mail", evidence=type(problem).__name__) from problem
    if not isinstance(told, str) or not told.strip():
        raise BadRecordError(f"{WHAT} is an e-mail without a text", evidence=f"{len(content)} bytes")
    return subject, told


def _table(lines: Iterable[Sequence[str]], rejects: Rejects) -> Rows:
    """Rows of a table, once its headings are found; by numbers it has none that anybody needs.

    :raises BadRecordError: no row has the headings; too many rows or columns, or a cell that is too long.
    """
    places: dict[str, int] = {name: column - 1 for name, column in rejects.columns.items() if isinstance(column, int)}
    rows, above = list[Row](), list[str]()
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
        is_heading = not rows and bool(row.record) and not headings_of(rejects.columns["record"]) and number_of(row.record) is None
        if (row.record or row.status) and not (is_heading and rejects.named_by == "isbn"):
            rows.append(row)
        elif is_heading:
            above.append(" ".join(cells))
    if not places:
        raise BadRecordError(f"{WHAT} has none of the headings that its description names", evidence=f"{len(above)} rows looked at")
    return Rows(rows, "\n".join(above))


def _places(cells: Sequence[str], rejects: Rejects) -> dict[str, int]:
    """Where the columns stand by a row of headings; empty where it is none."""
    known = {plain(cell.removeprefix("\ufeff")): place for place, cell in reversed(list(enumerate(cells)))}
    found = {name: [known[plain(h)] for h in headings_of(column) if plain(h) in known] for name, column in rejects.columns.items()}
    return {name: places[0] for name, places in found.items()} if all(found.values()) else {}


def _shown(row: Row) -> str:
    return "; ".join(filter(None, (row.record, row.status, row.code, row.words, row.message and f"message {row.message}")))


def _without_controls(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", " ", text)
