"""Tables for people who take them elsewhere: CSV and xlsx, in which nothing is taken for a formula."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from fastapi.responses import Response, StreamingResponse

from colophon.errors.base import in_order
from colophon.http.jsontext import write_json
from colophon.systems.consonance.writes.sheets import safe

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 100_000
"""The longest table; whoever wants more narrows it, or pages through the JSON."""
AT_ONCE = 500
"""So many lines are handed to the server together: each part passes from thread to thread, which takes longer than a line."""


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """A CSV file, sent as it is read; UTF-8 with a mark, so that spreadsheets show every script."""

    def parts() -> Iterator[str]:
        yield "\ufeff" + _lines([columns])
        left = iter(rows)
        while some := list(islice(left, AT_ONCE)):
            yield _lines([safe(_text(row[column])) for column in columns] for row in some)

    return StreamingResponse(parts(), media_type="text/csv; charset=utf-8", headers=attachment(f"{name}.csv"))


def as_xlsx(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """A workbook with one sheet, its cells all texts and numbers."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.append(list(columns))
    for row in rows:
        cells = [_text(row[column]) for column in columns]
        sheet.append([safe(ILLEGAL_CHARACTERS_RE.sub("\ufffd", cell)[:32_000]) if isinstance(cell, str) else cell for cell in cells])
    body = BytesIO()
    book.save(body)
    return Response(body.getvalue(), media_type=XLSX, headers=attachment(f"{name}.xlsx"))


def attachment(name: str) -> dict[str, str]:
    """The header that makes a browser keep an answer as a file; the name is ours and plain."""
    return {"content-disposition": f'attachment; filename="{name}"'}


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Mapping | list):
        return in_order(write_json(value).decode())
    return in_order(value) if isinstance(value, str) else value
