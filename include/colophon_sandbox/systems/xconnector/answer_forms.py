"""The forms in which recipients answer a feed (setting `answer_forms`): not all of them write ONIX, or write it plainly.

onix                as the standard says
onix_gzip           packed
onix_utf16          in UTF-16, after a blank line
onix_own_references records under the recipient's own references, with their ISBNs
csv, xlsx, html     a table: Batch, ISBN, Status (OK or REJECTED), Code, Reason; a row without ISBN is about the whole batch
text                an e-mail
"""

import gzip
import io
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from colophon_sandbox.systems.xconnector.acknowledgements import REFUSALS, VERDICTS, Header, Record, acknowledgement, rejection

HEADINGS = ("Batch", "ISBN", "Status", "Code", "Reason")


class Answer(NamedTuple):
    """A file that a recipient answers with."""

    body: bytes
    media_type: str
    file_name: str


def write_answer(form: str, header: Header, records: list[Record], refusal: str = "") -> Answer:
    """The answer to a message, in a form; one that is not known is `onix`. `refusal`: the code of why nothing was taken."""
    name, number = f"ack_{header.message_number:04d}", header.message_number
    if form in _FORMS:
        write, media_type, ending = _FORMS[form]
        return Answer(write(number, _rows(number, records, refusal)), media_type, f"rejects_{number:04d}.{ending}")
    xml = rejection(header, refusal) if refusal else acknowledgement(header, records, own_references=form == "onix_own_references")
    if form == "onix_gzip":
        return Answer(gzip.compress(xml, mtime=0), "application/gzip", f"{name}.xml.gz")
    if form == "onix_utf16":
        return Answer(("\n" + xml.decode().replace("UTF-8", "UTF-16")).encode("utf-16"), "application/xml", f"{name}.xml")
    return Answer(xml, "application/xml", f"{name}.xml")


def _rows(number: int, records: Sequence[Record], refusal: str) -> list[tuple[str, ...]]:
    if refusal:
        return [(str(number), "", "REJECTED", refusal, REFUSALS.get(refusal, refusal))]
    rows = list[tuple[str, ...]]()
    for record in records:
        status, _, code, words = VERDICTS.get(record.isbn[-2:], ("00", "", "", ""))
        rows.append((str(number), record.isbn, "REJECTED", code, words) if status == "03" else (str(number), record.isbn, "OK", "", ""))
    return rows


def _csv(_: int, rows: Sequence[tuple[str, ...]]) -> bytes:
    return "".join(";".join(row) + "\r\n" for row in (HEADINGS, *rows)).encode("cp1252", "replace")


def _xlsx(_: int, rows: Sequence[tuple[str, ...]]) -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has one
    for row in (HEADINGS, *rows):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.save(out)
    return out.getvalue()


def _html(number: int, rows: Sequence[tuple[str, ...]]) -> bytes:
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    heads = "".join(f"<th>{name}</th>" for name in HEADINGS)
    table = f"<table><tr>{heads}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body><h1>Batch {number}</h1>{table}</body></html>".encode()


def _text(number: int, rows: Sequence[tuple[str, ...]]) -> bytes:
    told = [f"Batch {number} was rejected: {code}, {words}" if not isbn else "" for _, isbn, _, code, words in rows]
    told += ["Rejected:", *(f"  {isbn} [{code}] {words}" for _, isbn, status, code, words in rows if isbn and status == "REJECTED")]
    told += ["Accepted:", *(f"  {isbn} [ok] taken" for _, isbn, status, _, _ in rows if isbn and status == "OK")]
    head = f"From: feeds@shop.example\r\nSubject: Your batch {number}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return (head + "\r\n".join(line for line in told if line) + "\r\n").encode()


_FORMS: dict[str, tuple[Callable[[int, Sequence[tuple[str, ...]]], bytes], str, str]] = {
    "csv": (_csv, "text/csv", "csv"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "html": (_html, "text/html", "html"),
    "text": (_text, "message/rfc822", "eml"),
}
