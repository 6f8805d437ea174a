"""Reads a recipient's own reports of what it rejects, as its profile describes them: as acknowledgements, one for each message.

They come from outside: sizes, rows and texts are bounded. What cannot be understood is told as `unclear`, and never passed over.
"""

import re
from collections.abc import Iterable

from colophon.errors import BadRecordError
from colophon.onix import xhtml
from colophon.onix.ack import AcknowledgedRecord, Acknowledgement, Detail, number_of
from colophon.onix.mail import Letter, is_mail, opened
from colophon.onix.outside_text import text_of, unpacked
from colophon.onix.reject_tables import MAX_ROWS, MAX_TEXT, WHAT, Row, Rows, csv_rows, html_rows, xlsx_rows
from colophon.onix.rejects import Rejects, plain

_ISBN = re.compile(r"(?<![\w-])(?:97[89][ -]?)(?:\d[ -]?){9}\d(?![\w-])")
_SHOWN = 100
_WITHIN_NUMBERS = (re.compile("(?<=\\d)[\u2010-\u2015](?=\\d)"), re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d)"))
"""Hyphens and blanks as word processors set them, between digits."""


def read(content: bytes, rejects: Rejects, file_name: str = "") -> list[Acknowledgement]:
    """The report's acknowledgements by message; `message_number` is None where the event that brought it, or the ledger, knows it.

    :raises BadRecordError: it does not fit its description, or is too big.
    """
    content = unpacked(content, WHAT)
    letter = opened(content, rejects.format, WHAT) if is_mail(content) else Letter("", content, "", is_html=False)
    found = {"csv": csv_rows, "xlsx": xlsx_rows, "html": html_rows, "text": _text_rows}[rejects.format](letter, rejects)
    number = _number(f"{file_name}\n{letter.subject}\n{found.around}", rejects)
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


def _text_rows(letter: Letter, rejects: Rejects) -> Rows:
    text = text_of(letter.report, WHAT, rejects.encoding or letter.encoding)
    if len(text) > MAX_TEXT:
        raise BadRecordError(f"{WHAT} is too long", evidence=f"{len(text)} characters, at most {MAX_TEXT}")
    text = "\n".join(line.strip() for line in (xhtml.plain(text) if letter.is_html else text).splitlines())
    for odd, usual in zip(_WITHIN_NUMBERS, "- ", strict=True):
        text = odd.sub(usual, text)
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
    return Rows(rows, text, unclear, whole[:1])


def _outside(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with blanks in the place of what was read, so that places stay."""
    pieces, last = list[str](), 0
    for start, end in spans:
        pieces += (text[last:start], " " * (end - start))
        last = end
    return "".join((*pieces, text[last:]))


def _line_at(text: str, place: int) -> str:
    return text[max(text.rfind("\n", 0, place) + 1, place - _SHOWN) : place + _SHOWN].partition("\n")[0]


def _shown(row: Row) -> str:
    return "; ".join(filter(None, (row.record, row.status, row.code, row.words, row.message and f"message {row.message}")))
