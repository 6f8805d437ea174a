"""Import sheets: the documented columns, hostile texts, and no row in two of them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from ledger_database import make_ledger

from colophon.errors import InvalidError, StagingUnusableError
from colophon.ledger import Ledger
from colophon.systems.consonance.writes import sheets
from colophon.systems.consonance.writes.operations import KINDS, WriteOp
from colophon.systems.consonance.writes.sheet_layouts import headers, in_words

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path):
    """An empty ledger in a file."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where sheets go; not there yet."""
    return tmp_path / "sheets"


def put(ledger: Ledger, operation: str, reference: str = "uc:1:x", **members):
    """A row of the tray."""
    return ledger.tray.add(WriteOp(operation, reference, "isbn:1", "push__x", members).checked(), "feature_missing").row


def todo(ledger: Ledger, description: str = "Cover missing", reference: str = "uc:1:x"):
    """A to-do in the tray."""
    return put(ledger, "upsertTodo", reference, workId=9, description=description, status="OPEN", tags=["a", "b"])


def contact(ledger: Ledger, reference: str, **fields):
    """Contact fields in the tray."""
    given = [{"name": name, "value": value, "observedAt": NOW} for name, value in fields.items()]
    return put(ledger, "upsertContactFields", reference, contactId=31, source="xconnector", fields=given)


def export(ledger: Ledger, folder: Path) -> list[Path]:
    """Names of the sheets that are written now."""
    return list(sheets.export(ledger, folder, now=NOW).sheets)


def test_the_sales_sheet_is_the_vendors_template(ledger, folder):
    """Column for column; the optional ones only where something is in them; amounts are numbers."""
    sale = {"productIdType": "ISBN", "productId": "9781234567897", "channelId": 4, "salesDate": date(2026, 4, 30), "source": "Kobo"}
    put(ledger, "importSales", **sale, salesQuantity=3, salesValue=Decimal("23.97"))
    [path] = export(ledger, folder)
    found = pd.read_excel(path, dtype=str)
    assert ", ".join(found.columns) == (
        "Product ID type, Product ID, Channel ID, Sales date, List price, Source, Sales quantity, Sales value, Return quantity, "
        "Return value, Country code, Original currency, Original sales value, Original return value"
    )
    assert found.loc[0, ["Product ID type", "Product ID", "Sales date", "Sales value"]].tolist() == [
        "ISBN",
        "9781234567897",
        "2026-04-30",
        "23.97",
    ]
    put(ledger, "importSales", "uc:2", **sale, notes="late")
    [path] = export(ledger, folder)
    assert list(pd.read_excel(path).columns)[-1] == "Notes"


@pytest.mark.parametrize("operation", KINDS)
def test_headers_are_exact_and_none_is_blank(operation):
    """Words of the schema's members, in order, each once."""
    found = headers(operation)
    assert all(found)
    assert len(set(found)) == len(found)


def test_members_in_words():
    """As people write them."""
    assert [in_words(name) for name in ("dueOn", "assigneeContactId", "documentSha256", "sha256", "onix2Only", "productIds", "url")] == [
        "Due on",
        "Assignee contact ID",
        "Document SHA-256",
        "SHA-256",
        "ONIX 2 only",
        "Product IDs",
        "URL",
    ]


def test_data_comes_first_and_about_second(ledger, folder):
    """The importer reads the first sheet; people find row, reference, use case and reason in the second."""
    row = todo(ledger)
    [path] = export(ledger, folder)
    assert path.name == "writeback_upsertTodo_2026-05-01_1.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Data", "About"]
    data = pd.read_excel(path)
    assert list(data.columns) == headers("upsertTodo")
    assert data.loc[0, ["External reference", "Work ID", "Tags"]].tolist() == ["uc:1:x", 9, "a;b"]
    assert [cell.value for cell in book["About"][2]] == [2, row.id, "uc:1:x", "push__x", "the account has no mutation for this"]


def test_performance_has_a_line_for_each_row(ledger, folder):
    """One write-back, many lines, and About tells which belong to it."""
    rows = [
        {"workId": 1, "videoId": "v", "channel": "yt", "countryCode": "GB", "day": date(2026, 4, day), "views": day} for day in (1, 2, 3)
    ]
    put(ledger, "recordPerformance", source="bytenite", rows=rows)
    [path] = export(ledger, folder)
    assert pd.read_excel(path)["Views"].tolist() == [1, 2, 3]
    assert pd.read_excel(path, sheet_name="About")["Row"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+44 20 7946 0000", "-1", "@SUM(A1)", "\tx", "\rx", "=1\n+2"])
def test_hostile_text_is_never_a_formula(ledger, folder, text):
    """It gets an apostrophe and is a text cell."""
    todo(ledger, text)
    [path] = export(ledger, folder)
    cell = openpyxl.load_workbook(path)["Data"].cell(2, headers("upsertTodo").index("Description") + 1)
    assert (cell.data_type, cell.value) == ("s", f"'{text}")


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "TRUE", "1e5", "007", "“Ünïcode” 𝄞", " x ", "line\nbreak"])
def test_other_text_is_kept_as_it_is(ledger, folder, text):
    """Also what a spreadsheet would like to take for something else."""
    todo(ledger, text)
    [path] = export(ledger, folder)
    cell = openpyxl.load_workbook(path)["Data"].cell(2, headers("upsertTodo").index("Description") + 1)
    assert (cell.data_type, cell.value) == ("s", text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("bell\x07", "Description holds the control character U+0007"),
        ("no\uffff", "Description holds the control character U+FFFF"),
        ("x" * 40_000, "Description is longer than a cell of 32767 characters"),
    ],
)
def test_what_no_cell_can_hold_stays_and_is_named(ledger, folder, text, fault):
    """The field and the character, never the text; the other rows go out."""
    bad = todo(ledger, text)
    todo(ledger, "fine", "uc:2:x")
    found = sheets.export(ledger, folder, now=NOW)
    assert found.left_out == [sheets.LeftOut(bad.id, "upsertTodo", "isbn:1", fault)]
    assert list(found.sheets.values()) == [1]
    assert {row.id: row.state for row in ledger.tray.rows()}[bad.id] == "pending"


def test_what_no_database_keeps_is_refused_before_it_waits(ledger):
    """By the record and the field; the text is not said."""
    with pytest.raises(InvalidError, match="isbn:1: description") as refused:
        todo(ledger, "told to nobody\x00")
    assert "told to nobody" not in str(refused.value)
    assert ledger.tray.rows() == []


def test_negative_payments_and_cleared_fields_are_left_out(ledger, folder):
    """The vendor's import takes neither; both are named."""
    payment = {"contactId": 31, "contractId": 4, "productId": 100, "paidOn": date(2026, 4, 30), "currencyCode": "GBP"}
    put(ledger, "recordPayment", "p:1", **payment, amount=Decimal("-3.10"))
    put(ledger, "recordPayment", "p:2", **payment, amount=Decimal("12.50"))
    contact(ledger, "c:1", PHONE=None)
    found = sheets.export(ledger, folder, now=NOW)
    assert {one.fault for one in found.left_out} == {
        "amount is not above 0: unearned balances are no payments",
        "PHONE: an import cannot clear a field",
    }
    [path] = found.sheets
    data = pd.read_excel(path, dtype=str)
    assert data.to_dict("records") == [{"Contract ID": "4", "Product ID": "100", "Contact ID": "31", "Past payment total": "12.5"}]


def test_a_payment_says_its_currency_and_day(ledger, folder):
    """The vendor's column "Past payment total" tells neither; the sheet's page About does."""
    payment = {"contactId": 31, "contractId": 4, "productId": 100, "paidOn": date(2026, 4, 30), "currencyCode": "EUR"}
    put(ledger, "recordPayment", "p:2", **payment, amount=Decimal("12.50"))
    [path] = export(ledger, folder)
    about = pd.read_excel(path, sheet_name="About", dtype=str)
    assert about["What the line says"].tolist() == ["one payment of 12.50 EUR on 2026-04-30; not the sum of earlier ones"]


def test_tax_and_bank_values_only_go_to_the_restricted_sheet(ledger, folder):
    """A name of its own, and only its owner can open it; other columns are not even there."""
    contact(ledger, "c:1", EMAIL="ada@mail.example")
    contact(ledger, "c:2", TAX_ID="canary", EMAIL="bob@mail.example")
    plain, restricted = sorted(export(ledger, folder), key=lambda path: "restricted" in path.name)
    assert list(pd.read_excel(plain).columns) == ["Contact ID", "Email"]
    assert restricted.name == "writeback_upsertContactFields_2026-05-01_2_restricted.xlsx"
    assert pd.read_excel(restricted)["Tax ID"].tolist() == ["canary"]
    assert restricted.stat().st_mode & 0o077 == 0


def test_exporting_again_never_repeats_a_row(ledger, folder):
    """Nothing new, no sheet; something new, a sheet with that only."""
    todo(ledger)
    assert len(export(ledger, folder)) == 1
    assert export(ledger, folder) == []
    todo(ledger, "other", "uc:2:x")
    [path] = export(ledger, folder)
    assert path.name.endswith("_2.xlsx")
    assert pd.read_excel(path)["External reference"].tolist() == ["uc:2:x"]


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.replace", "colophon.ledger.tray.Tray.exported"])
def test_a_death_in_the_middle_is_finished_by_the_next_export(ledger, folder, monkeypatch, broken):
    """The same rows in the same sheet, once; no half sheet lies under a name that people load."""
    todo(ledger)

    class Killed(BaseException):
        """The process died."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(broken, die)
        with pytest.raises(Killed):
            export(ledger, folder)
    todo(ledger, "later", "uc:2:x")
    first, second = sorted(export(ledger, folder))
    assert (first.name, second.name) == ("writeback_upsertTodo_2026-05-01_1.xlsx", "writeback_upsertTodo_2026-05-01_2.xlsx")
    assert [pd.read_excel(path)["External reference"].tolist() for path in (first, second)] == [["uc:1:x"], ["uc:2:x"]]
    assert {row.state for row in ledger.tray.rows()} == {"exported"}
    assert sorted(folder.iterdir()) == [first, second]


def test_a_folder_that_cannot_be_written_is_named_and_loses_nothing(ledger, tmp_path, folder):
    """The rows wait for a better folder."""
    todo(ledger)
    (tmp_path / "file").write_text("")
    with pytest.raises(StagingUnusableError):
        export(ledger, tmp_path / "file" / "sheets")
    assert [path.name for path in export(ledger, folder)] == ["writeback_upsertTodo_2026-05-01_1.xlsx"]


def test_a_sheet_that_lies_there_is_never_overwritten(ledger, folder):
    """Whoever wrote it."""
    folder.mkdir()
    (folder / "writeback_upsertTodo_2026-05-01_1.xlsx").write_text("theirs")
    todo(ledger)
    [path] = export(ledger, folder)
    assert path.name == "writeback_upsertTodo_2026-05-01_2.xlsx"
    assert (folder / "writeback_upsertTodo_2026-05-01_1.xlsx").read_text() == "theirs"


def test_large_trays_become_several_sheets(ledger, folder, monkeypatch):
    """A sheet has an end, and the rows go on in the next."""
    monkeypatch.setattr(sheets, "LINES_PER_SHEET", 2)
    for number in range(5):
        todo(ledger, reference=f"uc:{number}")
    assert list(sheets.export(ledger, folder, now=NOW).sheets.values()) == [2, 2, 1]
    assert len(list(folder.glob("writeback_*"))) == len(list(folder.iterdir())) == 3
