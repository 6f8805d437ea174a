"""Tables as files: CSV, and workbooks written by hand, so that the same rows give the same bytes.

A cell is None, text, a whole or decimal number, or a day.
"""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | Decimal | date | None
Table = Sequence[Sequence[Cell]]

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Cell format 1 shows a day, by the built-in number format 14.
_STYLES = (
    f'{_HEAD}<styleSheet {_MAIN}><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_DAY_ZERO = date(1899, 12, 30)


def as_csv(table: Table) -> bytes:
    """UTF-8 with commas; days as `2026-05-01`."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(["" if cell is None else str(cell) for cell in row] for row in table)
    return out.getvalue().encode()


def as_workbook(sheets: Mapping[str, Table]) -> bytes:
    """A workbook with these sheets, in their order."""
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        + "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers)
        + "</Types>",
        "_rels/.rels": _links({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'{_HEAD}<workbook {_MAIN} xmlns:r="{_LINKS}"><sheets>'
        + "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, start=1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _links(
            {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in numbers} | {"rId0": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{n}.xml": _sheet(table) for n, table in enumerate(sheets.values(), start=1)},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _links(links: Mapping[str, tuple[str, str]]) -> str:
    found = "".join(f'<Relationship Id="{key}" Type="{_LINKS}/{kind}" Target="{target}"/>' for key, (kind, target) in links.items())
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def _sheet(table: Table) -> str:
    rows = (
        f'<row r="{number}">{"".join(_cell(f"{_letters(place)}{number}", cell) for place, cell in enumerate(row))}</row>'
        for number, row in enumerate(table, start=1)
    )
    return f"{_HEAD}<worksheet {_MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>"


def _cell(place: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="1"><v>{(cell - _DAY_ZERO).days}</v></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def _letters(place: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    above, letter = divmod(place, 26)
    return (_letters(above - 1) if above else "") + chr(65 + letter)
