"""Report files: whole and fresh or not taken; headers exact; a faulty row is named and the others go on."""

import csv
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec
import pytest
from openpyxl import Workbook
from pydantic import TypeAdapter

from colophon.config.files import SHIPPED
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.domain.royalty_terms import EscalatorKind, PriceBasis, RoyaltyLevel, RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.domain.todo import TodoStatus
from colophon.errors import BadConfigError, BadConnectionError, BadReportError, NotReadyError
from colophon.systems.consonance.reports.reader import Reports
from colophon.systems.consonance.reports.source import FolderSource
from colophon.systems.consonance.settings import ConsonanceSettings

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
SALES = [
    "Product ID type",
    "Product ID",
    "Channel ID",
    "Sales date",
    "List price",
    "Source",
    "Sales quantity",
    "Sales value",
    "Return quantity",
    "Return value",
    "Country code",
    "Original currency",
    "Original sales value",
    "Original return value",
]
GOOD: dict[str, Any] = {
    "Product ID type": "ISBN", "Product ID": "978-0-00-000000-2", "Channel ID": "7", "Sales date": "2026-04-30", "List price": "9.99",
    "Source": "Wholesaler", "Sales quantity": "3", "Sales value": "17.50", "Country code": "GB",
}  # fmt: skip
DEALS = [
    "Deal ID",
    "Work ID",
    "ISBNs",
    "Contract ID",
    "Licensee contact ID",
    "Rights type",
    "Exclusive",
    "Territories",
    "Excluded territories",
    "Languages",
    "Formats",
    "Channels",
    "Starts on",
    "Expires on",
    "Sell-off until",
    "Deal stage",
    "Contact ID",
]
DEAL = {
    "Deal ID": "5", "Work ID": "9", "Licensee contact ID": "31", "Rights type": "Translation", "Exclusive": "Yes", "Territories": "FR;BE",
    "Languages": "fre", "Formats": "PAPERBACK;EBOOK", "Channels": "*", "Starts on": "2023-07-01", "Expires on": "2026-06-30",
    "Sell-off until": "2026-12-31", "Deal stage": "Signed",
}  # fmt: skip
PAYMENTS = ["Payment ID", "Contact ID", "Contract ID", "Product ID", "Paid on", "Amount", "Currency code", "External reference"]
PAYMENT = {"Payment ID": "1", "Contact ID": "31", "Contract ID": "4", "Paid on": "2026-04-01", "Amount": "120.5", "Currency code": "GBP"}
RATE = [
    "Contract ID",
    "Product ID",
    "Total Paid Across All Payees %",
    "Net/Retail",
    "Unit escalators",
    "Date escalators",
    "Discount escalators",
    "Sale value escalators",
]
PAYEE = [
    "Contract ID",
    "Product ID",
    "Contact ID",
    "Share %",
    "Advance amount",
    "Advance trigger",
    "Advance paid date",
    "Reserve % by statement",
    "Past payment total",
    "Opening balance",
    "Agent contact ID",
    "Commission %",
]
FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def settings() -> Callable[..., ConsonanceSettings]:
    """Settings with a few keys of `extra`."""

    def make(**extra: object) -> ConsonanceSettings:
        return ConsonanceSettings.from_connection("https://web.consonance.example", "x" * 32, extra)

    return make


@pytest.fixture
def reports(tmp_path: Path, settings: Callable[..., ConsonanceSettings]) -> Callable[..., Reports]:
    """Reports of the test's folder; names are keys of the connection's extra."""

    def make(*, config: Path | None = None, **extra: object) -> Reports:
        return Reports.from_settings(settings(**extra), FolderSource(str(tmp_path)), clock=lambda: NOW, config=config)

    return make


def put(path: Path, content: bytes, *, age: timedelta = timedelta(hours=2)) -> Path:
    """A file that was written so long ago."""
    path.write_bytes(content)
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def table(columns: list[str], *rows: dict[str, Any], encoding: str = "utf-8") -> bytes:
    """CSV with these columns; blank where a row says nothing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue().encode(encoding)


def book(**sheets: list[list[Any]]) -> bytes:
    """A workbook; underscores in the names of sheets are blanks."""
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def patched(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one part of it changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            found = old.read(item)
            new.writestr(item, change(found) if item.filename == part else found)
    return out.getvalue()


def sheet(columns: list[str], *rows: dict[str, Any]) -> list[list[Any]]:
    """Rows of a sheet, its header first."""
    return [columns, *([row.get(column) for column in columns] for row in rows)]


def read(report: Any) -> tuple[list[Any], list[Finding]]:
    """Records and findings of a report, each in their order."""
    assert report is not None
    with report:
        everything = list(report)
    return [r for r in everything if not isinstance(r, Finding)], [r for r in everything if isinstance(r, Finding)]


def test_a_sale_keeps_every_value_and_its_origin(tmp_path, reports):
    """Money is exact with the currency's decimals, days are days, and the row can be found again."""
    file = put(tmp_path / "sales.csv", table(SALES, GOOD))
    (sale,), faults = read(reports().sales())
    assert faults == []
    assert (sale.isbn13, sale.channel_id, sale.sold_on, sale.source, sale.country) == (
        "9780000000002",
        7,
        date(2026, 4, 30),
        "Wholesaler",
        "GB",
    )
    assert (sale.quantity, sale.value, sale.list_price, sale.currency, sale.is_return) == (
        3,
        Decimal("17.50"),
        Decimal("9.99"),
        "GBP",
        False,
    )
    assert (sale.origin.file, sale.origin.row, sale.origin.sha256) == (
        "sales.csv",
        2,
        hashlib.sha256(file.read_bytes()).hexdigest(),
    )


def test_a_row_with_sale_and_return_gives_two_records(tmp_path, reports):
    """The return is a record of its own, positive, and named apart."""
    put(tmp_path / "sales.csv", table(SALES, GOOD | {"Return quantity": "1", "Return value": "5"}))
    (sale, back), _ = read(reports().sales())
    assert (back.is_return, back.quantity, back.value) == (True, 1, Decimal("5.00"))
    assert sale.line_id != back.line_id
    assert sale.line_id.endswith(":2:sale")


def test_each_kind_of_product_id_has_its_place(tmp_path, reports):
    """ISBN, ASIN, internal reference and Consonance's id are not mistaken for one another."""
    kinds = [("ASIN", "B0ABCDEFGH"), ("Internal reference", "LV-0012"), ("Consonance ID", "101")]
    put(tmp_path / "sales.csv", table(SALES, *(GOOD | {"Product ID type": kind, "Product ID": value} for kind, value in kinds)))
    (one, two, three), _ = read(reports().sales())
    assert (one.asin, two.internal_reference, three.product_id) == ("B0ABCDEFGH", "LV-0012", 101)
    assert one.isbn13 is two.isbn13 is three.isbn13 is None


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ([c for c in SALES if c != "List price"], "'List price' is missing"),
        ([*SALES, "Colour"], "unknown column 'Colour'"),
        ([c.replace("Channel ID", "Channel id") for c in SALES], "'Channel ID' is missing; it may be the one now called 'Channel id'"),
        ([c.replace("Source", " Source") for c in SALES], "it may be the one now called ' Source'"),
        ([*SALES, "Source"], "'Source' is there twice"),
        ([SALES[0], "", *SALES[1:]], "column 2 has no name"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_wrong_header_fails_the_file_and_names_the_column(tmp_path, reports, columns, named, form):
    """Missing, extra, renamed, doubled or nameless: no row of such a file is read."""
    content = table(columns, GOOD) if form == "csv" else book(Sales=sheet(columns, GOOD))
    put(tmp_path / f"sales.{form}", content)
    with pytest.raises(BadReportError) as caught:
        read(reports().sales())
    assert named in str(caught.value)
    assert f"sales.{form}" in str(caught.value)


def test_columns_are_found_by_name_in_any_order(tmp_path, reports):
    """The contract names columns and gives them no places."""
    put(tmp_path / "sales.csv", table([*SALES[::-1], "Notes"], GOOD | {"Notes": "two\nlines"}))
    (sale,), faults = read(reports().sales())
    assert (sale.isbn13, sale.notes, faults) == ("9780000000002", "two\nlines", [])


@pytest.mark.parametrize("content", [b"", b"\r\n", b",,,\r\n"])
def test_a_file_without_header_fails(tmp_path, reports, content):
    """An empty file is not an empty report."""
    put(tmp_path / "sales.csv", content)
    with pytest.raises(BadReportError, match="header"):
        read(reports().sales())


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("Product ID type", "isbn", "one of ISBN, ASIN"),
        ("Product ID", "9780000000003", "check digit"),
        ("Product ID", "9.78E+12", "check digit"),
        ("Product ID", "", "a value"),
        ("Channel ID", "0", "an id"),
        ("Channel ID", "7.0", "an id"),
        ("Channel ID", "٧", "an id"),
        ("Channel ID", "9" * 5000, "an id"),
        ("Sales date", "01/05/2026", "2026-05-01"),
        ("Sales date", "2026-02-30", "2026-05-01"),
        ("Sales date", "46142", "2026-05-01"),
        ("Sales date", "0026-05-01", "2026-05-01"),
        ("Sales quantity", "-3", "from 0"),
        ("Sales quantity", "3.5", "from 0"),
        ("Sales quantity", "4294967296", "from 0"),
        ("Sales quantity", "", "the quantity that the sale value is for"),
        ("Sales value", "-17.50", "from 0"),
        ("Sales value", "17.50505", "at most 4 decimals for GBP"),
        ("Sales value", "1,750.00", "a number such as"),
        ("Sales value", "£17.50", "a number such as"),
        ("Sales value", "1e3", "a number such as"),
        ("Sales value", "NaN", "a number such as"),
        ("Sales value", "9" * 30, "a number such as"),
        ("Sales value", FORMULA, "a number such as"),
        ("Source", "a\x00b", "without control characters"),
        ("Country code", "UK1", "a country code"),
        ("Original sales value", "20.00", "the currency of the original values"),
    ],
)
def test_a_faulty_row_is_named_and_the_others_go_on(tmp_path, reports, column, value, expected):
    """File, row, column, what was found and what is expected; the rows around it are read."""
    put(tmp_path / "sales.csv", table(SALES, GOOD, GOOD | {column: value}, GOOD))
    records, (fault,) = read(reports().sales())
    assert [record.origin.row for record in records] == [2, 4]
    assert fault.subject == "report:sales.csv, row 3"
    assert expected in fault.expected
    named = {"the currency of the original values": "Original currency"}.get(fault.expected, column)
    assert fault.field == named
    assert len(fault.found) < 200
    assert "\x00" not in fault.found
    assert not fault.found.startswith(("=", "+", "-", "@"))
    if named == column:
        assert fault.found == ("nothing" if value == "" else repr(value[:80]))


def test_text_that_looks_like_a_formula_is_kept_as_text(tmp_path, reports):
    """It is data; whoever writes a sheet makes it harmless there."""
    put(tmp_path / "sales.csv", table(SALES, GOOD | {"Source": FORMULA}))
    (sale,), faults = read(reports().sales())
    assert (sale.source, faults) == (FORMULA, [])


def test_a_row_without_sale_or_return_is_a_fault(tmp_path, reports):
    """Nothing sold and nothing returned is no sales row; a blank row is none either, and no fault."""
    empty = GOOD | {"Sales quantity": "0", "Sales value": ""}
    put(tmp_path / "sales.csv", table(SALES, empty, {}, GOOD))
    (sale,), (fault,) = read(reports().sales())
    assert (sale.origin.row, fault.expected) == (4, "a sale or a return")


def test_money_has_the_decimals_of_its_currency(tmp_path, reports):
    """Three for Kuwait, none for Japan, and never a rounded one."""
    rows = [
        GOOD | {"Original currency": currency, "Original sales value": value}
        for currency, value in (("KWD", "1.234"), ("JPY", "1200"), ("JPY", "1200.00"), ("JPY", "1200.5"), ("KWD", "1.2345"))
    ]
    put(tmp_path / "sales.csv", table(SALES, *rows))
    records, faults = read(reports().sales())
    assert [str(record.original_value) for record in records] == ["1.234", "1200", "1200"]
    assert [fault.expected for fault in faults] == ["at most 0 decimals for JPY", "at most 3 decimals for KWD"]


def test_receipts_of_less_than_a_penny_are_read(tmp_path, reports):
    """Four decimals, as shops that pay by the page tell them: the engine adds them up before it rounds."""
    put(tmp_path / "sales.csv", table(SALES, GOOD | {"Sales value": "0.2916"}))
    (sale,), faults = read(reports().sales())
    assert (sale.value, faults) == (Decimal("0.2916"), [])


def test_a_faulty_row_says_whose_it_is(tmp_path, reports):
    """The product of a sale: its account waits, where the row alone would be left out; a country that is none is a fault, too."""
    rows = [GOOD | {"Sales quantity": "-1"}, GOOD | {"Country code": "UK"}]
    put(tmp_path / "sales.csv", table(SALES, *rows))
    _, faults = read(reports().sales())
    assert [fault.about for fault in faults] == ["isbn:9780000000002"] * 2


def test_rows_that_are_cut_or_too_long_are_faults(tmp_path, reports):
    """A row must have the header's number of cells."""
    content = table(SALES, GOOD) + b"ISBN,9780000000002\r\n" + b"x," * 20 + b"x\r\n" + table(SALES, GOOD).split(b"\r\n")[1] + b"\r\n"
    put(tmp_path / "sales.csv", content)
    records, faults = read(reports().sales())
    assert [record.origin.row for record in records] == [2, 5]
    assert [(fault.field, fault.found) for fault in faults] == [("the row", "2 cells"), ("the row", "21 cells")]


def test_a_quote_that_is_not_closed_loses_no_row_in_silence(tmp_path, reports):
    """The rows that it swallows are within the lines that the fault names."""
    lines = table(SALES, GOOD, GOOD, GOOD).split(b"\r\n")
    lines[2] = lines[2].replace(b"Wholesaler", b'"Wholesaler')
    put(tmp_path / "sales.csv", b"\r\n".join(lines))
    records, (fault,) = read(reports().sales())
    assert [record.origin.row for record in records] == [2]
    assert "lines 3 to 4" in fault.found


def test_encodings_are_those_that_the_setting_names(tmp_path, reports):
    """UTF-8 with or without a byte order mark; what is not UTF-8 is a faulty row and never a wrong letter."""
    row = GOOD | {"Source": "Librería Ñandú"}
    for encoding in ("utf-8", "utf-8-sig"):
        put(tmp_path / "sales.csv", table(SALES, row, encoding=encoding))
        assert read(reports().sales())[0][0].source == "Librería Ñandú"
    put(tmp_path / "sales.csv", table(SALES, row, GOOD, encoding="cp1252"))
    (sale,), (fault,) = read(reports().sales())
    assert (sale.origin.row, fault.field) == (3, "Source")
    assert fault.found.isascii() or fault.found.encode()


def config_with(folder: Path, *changes: tuple[str, str]) -> Path:
    """A configuration folder whose reports.yaml is the shipped one with changes."""
    text = (SHIPPED / "consonance" / "reports.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "consonance").mkdir(parents=True)
    (folder / "consonance" / "reports.yaml").write_text(text, encoding="utf-8")
    return folder


def test_cp1252_is_read_where_it_is_declared(tmp_path, reports, tmp_path_factory):
    """The letters of a Windows export are right once reports.yaml says so."""
    config = config_with(tmp_path_factory.mktemp("config"), ("encoding: utf-8\n", "encoding: cp1252\n"))
    put(tmp_path / "sales.csv", table(SALES, GOOD | {"Source": "Librería – €"}, encoding="cp1252"))
    assert read(reports(config=config).sales())[0][0].source == "Librería – €"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("          list_price: List price\n", "", "list_price is missing"),
        ("          list_price:", "          price:", "list_price is missing"),
        ("          notes: Notes\n", "          colour: Colour\n", "no field colour"),
        ("          notes: Notes\n", "          notes: Source\n", "Source stands for two fields"),
        ("Signed: SIGNED", "Signed: SEALED", "SEALED is none of"),
        ("encoding: utf-8\n", "encoding: utf-16\n", "encoding"),
        ("    file: sales\n", "    file: ../sales\n", "file"),
    ],
)
def test_a_faulty_layout_is_named(reports, tmp_path_factory, old, new, named):
    """A typo in reports.yaml is found before a file is."""
    with pytest.raises(BadConfigError, match=r"reports\.yaml") as caught:
        reports(config=config_with(tmp_path_factory.mktemp("config"), (old, new)))
    assert named in str(caught.value)


def test_a_missing_file_is_unknown_and_not_empty(reports):
    """None, so that rights can fail closed."""
    made = reports()
    assert made.sales() is made.rights_deals() is made.payments() is made.todos() is made.royalty_terms() is None


def test_a_missing_folder_is_an_error(tmp_path, settings):
    """Else every report would look as if it did not exist."""
    made = Reports.from_settings(settings(), FolderSource(str(tmp_path / "gone")), clock=lambda: NOW)
    with pytest.raises(BadConnectionError, match="no folder"):
        made.sales()
    with pytest.raises(BadConnectionError, match="cannot be opened"):
        FolderSource("nonsense://user:canary@place")


def test_two_formats_of_one_report_are_refused(tmp_path, reports):
    """Nobody can know which one counts."""
    put(tmp_path / "sales.csv", table(SALES, GOOD))
    put(tmp_path / "sales.xlsx", book(Sales=sheet(SALES, GOOD)))
    with pytest.raises(BadReportError, match=r"sales.csv and sales.xlsx"):
        reports().sales()


def test_a_file_that_was_just_written_is_not_ready(tmp_path, reports):
    """It must have been left alone for the settle time, and the error says until when."""
    put(tmp_path / "sales.csv", table(SALES, GOOD), age=timedelta(seconds=20))
    with pytest.raises(NotReadyError, match="still being written") as caught:
        reports().sales()
    assert caught.value.code == "later.not_ready"
    assert caught.value.not_before == NOW + timedelta(seconds=10)


def test_a_file_that_grows_while_it_is_read_is_not_ready(tmp_path, settings):
    """What was copied so far is thrown away."""

    class Growing(FolderSource):
        def fetch(self, name: str, file: Any) -> None:
            super().fetch(name, file)
            with (tmp_path / name).open("ab") as more:
                more.write(b"x")

    put(tmp_path / "sales.csv", table(SALES, GOOD))
    with pytest.raises(NotReadyError, match="changed while it was being read"):
        Reports.from_settings(settings(), Growing(str(tmp_path)), clock=lambda: NOW).sales()


def test_a_mark_says_that_the_file_is_whole(tmp_path, reports):
    """Without it, or with yesterday's, the file is not taken; with it, at once."""
    put(tmp_path / "sales.csv", table(SALES, GOOD), age=timedelta(seconds=1))
    made = reports(reports_done_suffix=".done")
    with pytest.raises(NotReadyError, match=r"sales\.csv\.done"):
        made.sales()
    put(tmp_path / "sales.csv.done", b"", age=timedelta(days=1))
    with pytest.raises(NotReadyError, match="older than it"):
        made.sales()
    put(tmp_path / "sales.csv.done", b"", age=timedelta(0))
    assert len(read(made.sales())[0]) == 1


def test_an_old_file_is_waited_for(tmp_path, reports):
    """Older than the limit, a newer one is due."""
    put(tmp_path / "sales.csv", table(SALES, GOOD), age=timedelta(hours=37))
    with pytest.raises(NotReadyError, match="37 hours old"):
        reports().sales()
    assert len(read(reports(reports_max_age_hours=48).sales())[0]) == 1


def test_the_same_content_is_recognised_by_its_hash(tmp_path, reports):
    """Under whatever name and date it comes again."""
    put(tmp_path / "sales.csv", table(SALES, GOOD))
    with reports().sales() as first:
        assert not first.is_repeat
    put(tmp_path / "sales.csv", table(SALES, GOOD), age=timedelta(hours=1))
    with reports().sales(seen={first.sha256}) as again:
        assert (again.is_repeat, again.as_of) == (True, NOW - timedelta(hours=1))
    put(tmp_path / "sales.csv", table(SALES, GOOD, GOOD))
    with reports().sales(seen={first.sha256}) as other:
        assert not other.is_repeat


def test_reports_are_read_from_object_storage(settings):
    """Any place that fsspec knows; here one in memory."""
    fs = fsspec.filesystem("memory")
    fs.pipe("/reports-test/sales.csv", table(SALES, GOOD))
    try:
        written = fs.modified("/reports-test/sales.csv")
        source = FolderSource("memory://reports-test")
        made = Reports.from_settings(settings(), source, clock=lambda: written + timedelta(hours=1))
        assert len(read(made.sales())[0]) == 1
        assert made.payments() is None
    finally:
        fs.rm("/reports-test", recursive=True)


def test_a_workbook_is_read_by_types(tmp_path, reports):
    """Numbers, days and ISBNs as Excel holds them give the same records as text does."""
    typed = GOOD | {"Product ID": 9780000000002, "Channel ID": 7, "Sales date": datetime(2026, 4, 30), "List price": 9.99, "Sales quantity": 3.0, "Sales value": 17.5}  # fmt: skip
    put(tmp_path / "sales.xlsx", book(Sales=sheet(SALES, typed, typed | {"Sales date": date(2026, 4, 30)}), About=[["anything"]]))
    (one, two), faults = read(reports().sales())
    assert faults == []
    assert (one.isbn13, one.sold_on, str(one.list_price), one.quantity, str(one.value)) == (
        "9780000000002",
        date(2026, 4, 30),
        "9.99",
        3,
        "17.50",
    )
    assert (two.origin.row, two.origin.file, two.sold_on) == (3, "sales.xlsx", one.sold_on)


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("Sales value", 1e300, "1e+300"),
        ("Sales value", 1e16, "1e+16"),
        ("Sales value", 17.50505, "17.50505"),
        ("Sales value", "=1+1", "a formula"),
        ("Sales value", "#N/A", "an error such as #N/A"),
        ("Sales value", True, "True"),
        ("Sales value", -1.5, "-1.5"),
        ("Sales quantity", 2.5, "2.5"),
        ("Sales date", datetime(2026, 4, 30, 12, 0), "2026-04-30 12:00:00"),
        ("Sales date", 46142, "46142"),
        ("Channel ID", True, "True"),
        ("Source", "=cmd|'/c calc'!A1", "a formula"),
    ],
)
def test_cells_of_a_workbook_that_are_no_exact_values_are_refused(tmp_path, reports, column, value, found):
    """Binary dust, formulas, errors, switches, times and bare serial numbers."""
    put(tmp_path / "sales.xlsx", book(Sales=sheet(SALES, GOOD | {column: value}, GOOD)))
    (sale,), (fault,) = read(reports().sales())
    assert (sale.origin.row, fault.field, fault.found) == (3, column, found)


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("Sales date", b"<v>46142</v>", b"<v>99999999999</v>"),
        ("Sales value", b"<v>17.25</v>", b"<v>0.30000000000000004</v>"),
        ("Sales value", b"<v>17.25</v>", b"<v>" + b"9" * 400 + b"</v>"),
        ("Sales value", b"<v>17.25</v>", b"<v>1E999</v>"),
    ],
)
def test_numbers_that_only_a_machine_writes_are_faulty_rows(tmp_path, reports, column, old, new):
    """A date beyond the calendar, binary dust, numbers without end: the row is named and the next one is read."""
    content = book(Sales=sheet(SALES, GOOD | {"Sales date": datetime(2026, 4, 30), "Sales value": 17.25}, GOOD))
    put(tmp_path / "sales.xlsx", patched(content, "xl/worksheets/sheet1.xml", lambda part: part.replace(old, new)))
    (sale,), (fault,) = read(reports().sales())
    assert (sale.origin.row, fault.field) == (3, column)
    assert len(fault.found) < 100


def test_a_wrong_statement_of_the_sheets_size_hides_no_row(tmp_path, reports):
    """Some programs write `A1` as the size of every sheet."""
    content = patched(book(Sales=sheet(SALES, GOOD, GOOD)), "xl/worksheets/sheet1.xml", lambda part: re.sub(rb'ref="A1:[A-Z0-9]+"', b'ref="A1"', part, count=1))  # fmt: skip
    put(tmp_path / "sales.xlsx", content)
    assert len(read(reports().sales())[0]) == 2


def test_a_workbook_that_breaks_off_is_not_ready(tmp_path, reports):
    """Its end is where its table of contents is."""
    content = book(Sales=sheet(SALES, GOOD))
    put(tmp_path / "sales.xlsx", content[: len(content) // 2])
    with pytest.raises(NotReadyError, match="breaks off"):
        read(reports().sales())


@pytest.mark.parametrize("content", [b"", b"\xd0\xcf\x11\xe0 an older workbook", b"<html>Sign in</html>"])
def test_what_is_no_workbook_is_refused(tmp_path, reports, content):
    """A page, an old or a protected workbook under the name of a new one."""
    put(tmp_path / "sales.xlsx", content)
    with pytest.raises(BadReportError, match=r"no \.xlsx workbook"):
        read(reports().sales())


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_damaged_workbook_is_refused(tmp_path, reports, part):
    """Whatever its parts hold, the error is ours and names the file."""
    put(tmp_path / "sales.xlsx", patched(book(Sales=sheet(SALES, GOOD)), part, lambda _: b"<oops"))
    with pytest.raises(BadReportError, match=r"sales\.xlsx: the workbook is damaged"):
        read(reports().sales())


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, reports, monkeypatch):
    """What a workbook says it unpacks to is counted first."""
    monkeypatch.setattr("colophon.sheets.limits.IN_MEMORY", 1000)
    put(tmp_path / "sales.xlsx", book(Sales=sheet(SALES, GOOD)))
    with pytest.raises(BadReportError, match="unpacks to more"):
        read(reports().sales())


def test_a_deal_is_read_with_what_is_not_recorded_left_open(tmp_path, reports):
    """Blank lists are None, never everything; the stage is one of the listed words."""
    blank = DEAL | {"Deal ID": "6", "Territories": "", "Exclusive": "", "ISBNs": "978-0-00-000000-2"}
    put(tmp_path / "rights_deals.csv", table(DEALS, DEAL, blank))
    (deal, open_deal), faults = read(reports().rights_deals())
    assert faults == []
    assert isinstance(deal, RightsDeal)
    assert (deal.id, deal.territories, deal.formats, deal.channels, deal.is_exclusive) == (
        5,
        ("FR", "BE"),
        ("PAPERBACK", "EBOOK"),
        ("*",),
        True,
    )
    assert (deal.status, deal.sell_off_until, deal.isbns) == (DealStatus.SIGNED, date(2026, 12, 31), None)
    assert (open_deal.territories, open_deal.is_exclusive, open_deal.isbns) == (None, None, ("9780000000002",))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Territories", "France"), ("Territories", "*;FR"), ("Territories", "FR;FR"), ("Territories", "FR,BE"), ("Languages", "fr"),
        ("Formats", "PAPER"), ("Exclusive", "true"), ("Deal stage", "Closed"), ("Expires on", "2020-01-01"),
        ("Sell-off until", "2026-06-01"), ("Work ID", ""), ("Licensee contact ID", "x"), ("Deal ID", "5"),
    ],
)  # fmt: skip
def test_a_faulty_deal_is_named(tmp_path, reports, column, value):
    """A code, a word or a day that does not fit, or a deal that is there twice."""
    put(tmp_path / "rights_deals.csv", table(DEALS, DEAL, DEAL | {"Deal ID": "6"} | {column: value}))
    (deal,), (fault,) = read(reports().rights_deals())
    assert (deal.id, fault.field) == (5, column)


def test_a_payment_is_exact_and_its_amount_is_not_shown(tmp_path, reports):
    """Neither the record's text nor the finding of a faulty amount tells what somebody was paid."""
    put(tmp_path / "payments.csv", table(PAYMENTS, PAYMENT, PAYMENT | {"Payment ID": "2", "Amount": "6543,21"}))
    (payment,), (fault,) = read(reports().payments())
    assert (payment.amount, payment.paid_on, payment.product_id) == (Decimal("120.50"), date(2026, 4, 1), None)
    assert "120" not in repr(payment)
    assert (fault.field, fault.found) == ("Amount", "a value like '9999,99'")


def test_optional_columns_may_be_missing(tmp_path, reports):
    """Payments need no id, product or reference."""
    put(
        tmp_path / "payments.csv",
        table([c for c in PAYMENTS if c in {"Contact ID", "Contract ID", "Paid on", "Amount", "Currency code"}], PAYMENT),
    )
    (payment,), _ = read(reports().payments())
    assert (payment.id, payment.external_reference) == (None, None)


def test_a_list_of_todos_proves_completion(tmp_path, reports):
    """Done where it has a day of completion, open where it has none."""
    columns = [
        "Todo ID",
        "Work ID",
        "Description",
        "Assignee contact ID",
        "Due on",
        "Completed on",
        "Completed by contact ID",
        "Blocked by",
        "Tags",
    ]
    done = {
        "Todo ID": "1",
        "Work ID": "9",
        "Description": "Proof approved",
        "Completed on": "2026-04-02",
        "Blocked by": "4;5",
        "Tags": "Milestone",
    }
    put(tmp_path / "todos.csv", table(columns, done, done | {"Todo ID": "2", "Completed on": ""}))
    (one, two), _ = read(reports().todos())
    assert (one.status, one.blocked_by, one.tags, one.is_proof) == (TodoStatus.DONE, (4, 5), ("Milestone",), True)
    assert two.status is TodoStatus.OPEN


def royalties(rates: list[dict[str, Any]], payees: list[dict[str, Any]], **more: list[list[Any]]) -> bytes:
    """The workbook with four sheets."""
    sheets = {
        "Product_rates": sheet(RATE, *rates),
        "Masterchannel_rates": sheet([*RATE, "Masterchannel"]),
        "Channel_rates": sheet([*RATE, "Channel ID"]),
        "Royalty_payees": sheet(PAYEE, *payees),
    }
    return book(**{**sheets, **more})


ONE_RATE = {"Contract ID": 4, "Product ID": 101, "Total Paid Across All Payees %": 7.5, "Net/Retail": "Retail"}
ONE_PAYEE = {"Contract ID": 4, "Contact ID": 31, "Share %": 100}


def test_royalty_terms_are_joined_from_four_sheets(tmp_path, reports):
    """Rates with escalators, payees with weights, instalments of the advance, reserves by statement."""
    rate = ONE_RATE | {"Unit escalators": "5000:10;10000:12.5", "Date escalators": "2026-01-01:8"}
    first = ONE_PAYEE | {
        "Share %": "60.5", "Advance amount": 1000, "Advance trigger": "Signature", "Advance paid date": datetime(2025, 1, 2),
        "Reserve % by statement": "1:20;3:10", "Opening balance": -250.25, "Agent contact ID": 40, "Commission %": 15,
    }  # fmt: skip
    second = {"Contract ID": 4, "Contact ID": 31, "Advance amount": 500, "Advance trigger": "Delivery"}
    channel = sheet([*RATE, "Channel ID"], ONE_RATE | {"Product ID": None, "Channel ID": 7, "Net/Retail": "Net"})
    content = royalties([rate], [first, second, ONE_PAYEE | {"Contact ID": 32, "Share %": "39.5"}], Channel_rates=channel)
    put(tmp_path / "contract_royalties.xlsx", content)
    (terms,), faults = read(reports().royalty_terms())
    assert faults == []
    assert isinstance(terms, RoyaltyTerms)
    product, by_channel = terms.rates
    assert (product.level, product.basis, product.rate_percent) == (RoyaltyLevel.PRODUCT, PriceBasis.LIST, Decimal("7.5"))
    assert (by_channel.level, by_channel.channel_id, by_channel.product_id, by_channel.basis) == (
        RoyaltyLevel.CHANNEL,
        7,
        None,
        PriceBasis.NET,
    )
    assert [(e.kind, e.above, e.above_on, e.rate_percent) for e in product.escalators] == [
        (EscalatorKind.UNIT, Decimal(5000), None, Decimal(10)),
        (EscalatorKind.UNIT, Decimal(10000), None, Decimal("12.5")),
        (EscalatorKind.DATE, None, date(2026, 1, 1), Decimal(8)),
    ]
    assert [(s.payee_id, s.weight) for s in terms.splits] == [(31, 60_500_000), (32, 39_500_000)]
    assert [(a.amount, a.trigger, a.paid_on) for a in terms.advances] == [
        (Decimal("1000.00"), "Signature", date(2025, 1, 2)),
        (Decimal("500.00"), "Delivery", None),
    ]
    assert [(r.statement_from, r.statement_to, r.rate_percent) for r in terms.reserves] == [(1, 2, Decimal(20)), (3, None, Decimal(10))]
    assert (terms.splits[0].opening_balance, terms.splits[0].agent_id) == (Decimal("-250.25"), 40)
    assert terms.rates[0].origin.sheet == "Product rates"
    for secret in ("7.5", "12.5", "60.5", "1000", "250.25"):
        assert secret not in repr(terms)


@pytest.mark.parametrize(
    ("rates", "payees", "column"),
    [
        ([ONE_RATE | {"Total Paid Across All Payees %": 100}], [ONE_PAYEE], "Total Paid Across All Payees %"),
        ([ONE_RATE | {"Net/Retail": "Gross"}], [ONE_PAYEE], "Net/Retail"),
        ([ONE_RATE | {"Unit escalators": "10000:10;5000:12"}], [ONE_PAYEE], "Unit escalators"),
        ([ONE_RATE | {"Unit escalators": "5000"}], [ONE_PAYEE], "Unit escalators"),
        ([ONE_RATE, ONE_RATE], [ONE_PAYEE], "Contract ID"),
        ([ONE_RATE], [ONE_PAYEE | {"Advance amount": 5}], "Advance trigger"),
        ([ONE_RATE], [ONE_PAYEE, ONE_PAYEE], "Advance amount"),
        ([ONE_RATE], [ONE_PAYEE, ONE_PAYEE | {"Advance amount": 5, "Advance trigger": "x"}], "Share %"),
        ([ONE_RATE], [ONE_PAYEE | {"Share %": 99}], "the payees' shares"),
        ([ONE_RATE], [], "the contract's payees"),
        ([], [ONE_PAYEE], "the contract's rates"),
    ],
)
def test_a_contract_with_a_fault_gives_no_terms_and_the_others_do(tmp_path, reports, rates, payees, column):
    """Half of a contract's terms would pay the wrong sums."""
    other = [ONE_RATE | {"Contract ID": 8}], [ONE_PAYEE | {"Contract ID": 8}]
    put(tmp_path / "contract_royalties.xlsx", royalties([*rates, *other[0]], [*payees, *other[1]]))
    (terms,), faults = read(reports().royalty_terms())
    assert terms.contract_id == 8
    assert column in {fault.field for fault in faults}
    assert "contract:4" in {fault.subject for fault in faults}


def test_faults_of_royalties_tell_no_figures(tmp_path, reports):
    """A finding shows the shape of what it found, not what somebody earns."""
    put(tmp_path / "contract_royalties.xlsx", royalties([ONE_RATE], [ONE_PAYEE | {"Opening balance": "£4,321.09"}]))
    _, faults = read(reports().royalty_terms())
    assert faults[0].found == "a value like '£9,999.99'"
    assert not any("4,321" in fault.model_dump_json() for fault in faults)


def test_a_missing_sheet_is_named(tmp_path, reports):
    """All four are needed."""
    put(tmp_path / "contract_royalties.xlsx", book(Product_rates=sheet(RATE, ONE_RATE)))
    with pytest.raises(BadReportError, match="'Masterchannel rates' is missing"):
        read(reports().royalty_terms())


def test_records_survive_staging(tmp_path, reports):
    """As JSON and back, nothing changes: money stays exact."""
    put(tmp_path / "sales.csv", table(SALES, GOOD))
    (sale,), _ = read(reports().sales())
    adapter = TypeAdapter(Sale)
    assert adapter.validate_json(adapter.dump_json(sale)) == sale


def test_a_long_file_is_read_row_by_row(tmp_path, reports):
    """The first record is there before the last row is read, and a damaged end does not undo it."""
    put(tmp_path / "sales.csv", table(SALES, *([GOOD] * 20_000)) + b'"')
    with reports().sales() as report:
        rows = iter(report)
        assert next(rows).origin.row == 2
        *_, last = rows
    assert isinstance(last, Finding)


def test_a_deal_may_say_what_it_renews(tmp_path, reports):
    """Days of signing and ending too; one that renews itself is refused."""
    columns = [*DEALS, "Renewal of", "Signed on", "Terminated on"]
    renewal = DEAL | {"Deal ID": "6", "Renewal of": "5", "Signed on": "2026-04-01", "Terminated on": ""}
    put(tmp_path / "rights_deals.csv", table(columns, DEAL, renewal, DEAL | {"Deal ID": "7", "Renewal of": "7"}))
    (old, new), (fault,) = read(reports().rights_deals())
    assert (old.renewal_of, old.signed_on) == (None, None)
    assert (new.renewal_of, new.signed_on, new.terminated_on) == (5, date(2026, 4, 1), None)
    assert fault.field == "Renewal of"


def test_a_role_may_have_days(tmp_path, reports):
    """Somebody who left is on the list with a last day; one that ends before it begins is refused."""
    columns = ["Work ID", "Role", "Contact ID", "Manager contact ID", "Starts on", "Ends on"]
    row = {"Work ID": "9", "Role": "Editor", "Contact ID": "31", "Starts on": "2026-01-01", "Ends on": "2026-04-30"}
    put(tmp_path / "team.csv", table(columns, row, row | {"Ends on": "2025-12-31"}))
    (member,), (fault,) = read(reports().team())
    assert (member.is_on(date(2026, 4, 30)), member.is_on(date(2026, 5, 1))) == (True, False)
    assert fault.field == "Ends on"


def test_terms_may_say_whose_account_which_statement_and_a_joint_advance(tmp_path, reports):
    """One row says what is of the whole contract; a joint advance is nobody's alone."""
    joint = {"Advance amount": 900, "Advance trigger": "Signature", "Joint advance": "Yes"}
    first = ONE_PAYEE | {"Share %": 50, "Account set": "Saga", "Next statement number": 3} | joint
    second = ONE_PAYEE | {"Contact ID": 32, "Share %": 50, "Advance amount": 100, "Advance trigger": "Signature", "Joint advance": "No"}
    payees = sheet([*PAYEE, "Joint advance", "Account set", "Next statement number"], first, second)
    put(tmp_path / "contract_royalties.xlsx", royalties([ONE_RATE], [], Royalty_payees=payees))
    (terms,), faults = read(reports().royalty_terms())
    assert (faults, terms.contract_set, terms.statement_number) == ([], "Saga", 3)
    assert [(advance.payee_id, advance.is_joint) for advance in terms.advances] == [(None, True), (32, False)]


@pytest.mark.parametrize(
    ("other", "column"),
    [
        ({"Account set": "Trilogy"}, "Account set"),
        ({"Next statement number": 4}, "Next statement number"),
        ({"Next statement number": 0}, "Next statement number"),
        ({"Joint advance": "Perhaps", "Advance amount": 5, "Advance trigger": "Signature"}, "Joint advance"),
        ({"Joint advance": "Yes"}, "Advance amount"),
    ],
)
def test_rows_that_disagree_about_their_contract_give_no_terms(tmp_path, reports, other, column):
    """Nobody guesses which row is right."""
    first = ONE_PAYEE | {"Share %": 50, "Account set": "Saga", "Next statement number": 3}
    second = ONE_PAYEE | {"Contact ID": 32, "Share %": 50} | other
    payees = sheet([*PAYEE, "Joint advance", "Account set", "Next statement number"], first, second)
    put(tmp_path / "contract_royalties.xlsx", royalties([ONE_RATE], [], Royalty_payees=payees))
    terms, faults = read(reports().royalty_terms())
    assert (terms, faults[0].field) == ([], column)
