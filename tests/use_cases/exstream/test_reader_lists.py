"""Lists of readers say the same as CSV, workbook, Parquet and event; each fault is named with file, row, column and what would be right."""

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ledger_database import empty_database, make_ledger
from openpyxl import Workbook

from colophon.domain.finding import Finding
from colophon.ledger import Ledger
from colophon.systems.consonance.reports.audience import Lookup, load_audiences, open_list, row_of_event
from colophon.systems.consonance.reports.source import FolderSource, ReportFiles
from colophon.use_cases.exstream.reader_lists import engine_in
from colophon.use_cases.exstream.reader_sources import read_lists, take_events

NOW = datetime(2026, 6, 1, 7, tzinfo=UTC)
LOOK = Lookup(frozenset({"GB", "DE"}), NOW.date())
HEADER = ("Offer ID", "Name", "ISBN", "Price", "Currency", "Starts on", "Ends on", "Countries", "Club", "Kind")
OFFER = ("O1", "June", "9781999000004", "9.99", "GBP", "2026-06-01", "2026-06-30", "GB; DE", "Crime shelf", "Price")
ROW = ("O1", "June", "9781999000004", "9.99", "GBP", date(2026, 6, 1), date(2026, 6, 30), "GB;DE", "Crime shelf", "price", 2)


def write(folder: Path, form: str) -> None:
    """The list of offers in a form."""
    if form == "csv":
        (folder / "offers.csv").write_text("\n".join(map(_line, (HEADER, OFFER))), encoding="utf-8")
    elif form == "xlsx":
        book = Workbook()
        book.active.append(HEADER)
        book.active.append([*OFFER[:3], 9.99, *OFFER[4:5], date(2026, 6, 1), date(2026, 6, 30), *OFFER[7:]])
        book.save(folder / "offers.xlsx")
    else:
        names = ", ".join(f'{value} AS "{name}"' for name, value in zip(HEADER, _SQL, strict=True))
        duckdb.execute(f"COPY (SELECT {names}) TO '{folder / 'offers.parquet'}' (FORMAT parquet)")
    for file in folder.iterdir():
        os.utime(file, (NOW.timestamp() - 3600,) * 2)


_SQL = (
    "'O1'",
    "'June'",
    "'9781999000004'",
    "9.99::DECIMAL(9, 2)",
    "'GBP'",
    "DATE '2026-06-01'",
    "DATE '2026-06-30'",
    "'GB; DE'",
    "'Crime shelf'",
    "'Price'",
)


def _line(row: tuple[str, ...]) -> str:
    return ",".join(f'"{cell}"' for cell in row)


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_list_says_the_same_in_every_form(tmp_path: Path, form: str) -> None:
    """With file and hash."""
    write(tmp_path, form)
    report = open_list("offers", ReportFiles(FolderSource(str(tmp_path)), lambda: NOW), load_audiences(), LOOK)
    assert report is not None
    with report:
        (row,) = report
    assert tuple(f"{cell}" if index == 3 else cell for index, cell in enumerate(row)) == ROW
    assert (report.name, len(report.sha256)) == (f"offers.{form}", 64)


def test_a_parquet_file_that_is_none_is_an_exception_and_the_other_lists_are_read(tmp_path: Path) -> None:
    """Nothing of the others is lost."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "scratch").mkdir()
    (tmp_path / "reports" / "readers.parquet").write_bytes(b"PAR1 no")
    write(tmp_path / "reports", "csv")
    with _ledger(tmp_path) as ledger, engine_in(tmp_path / "scratch") as engine:
        files = ReportFiles(FolderSource(str(tmp_path / "reports")), lambda: NOW)
        lists = read_lists(engine, files, ledger, load_audiences(), LOOK, tmp_path / "scratch")
    assert (lists.there, lists.faulty, [each.subject for each in lists.findings]) == ({"offers"}, {"readers"}, ["report:readers"])


def test_the_crm_tells_rows_until_a_newer_file_comes_and_objections_for_ever(tmp_path: Path) -> None:
    """What it tells under the id of a row of an older file takes that row's place; what cannot be read is parked, and an exception."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "scratch").mkdir()
    header = "Reader ID,Country,Delivery preference,Consent,Opted out on\n"
    (tmp_path / "reports" / "readers.csv").write_text(header + "R1,GB,PRINT,Yes,\nR2,GB,PRINT,Yes,\n", encoding="utf-8")
    os.utime(tmp_path / "reports" / "readers.csv", (NOW.timestamp() - 7200,) * 2)
    told = {"reader_id": "R1", "country": "DE", "prefers": "email", "consent": "yes", "consent_on": "2026-05-01"}
    with _ledger(tmp_path) as ledger:
        _arrives(ledger, "1", "reader", told, "2026-06-01T06:00:00Z")
        _arrives(ledger, "2", "reader", {**told, "reader_id": "R2", "country": "GB"}, "2026-05-01T06:00:00Z")
        _arrives(ledger, "3", "opt_out", {"email": "a@readers.example", "since_on": "2026-05-01"}, "2026-05-01T06:00:00Z")
        _arrives(
            ledger,
            "4",
            "order",
            {"order_id": "N1", "reader_id": "R1", "isbn": "canary", "quantity": 1, "ordered_on": "2026-06-01"},
            "2026-06-01T06:00:00Z",
        )
        assert take_events(ledger, LOOK, NOW) == 3
        assert take_events(ledger, LOOK, NOW) == 0
        (fault,) = ledger.exceptions.open(use_case="exstream__reader_campaigns")
        with engine_in(tmp_path / "scratch") as engine:
            files = ReportFiles(FolderSource(str(tmp_path / "reports")), lambda: NOW)
            read_lists(engine, files, ledger, load_audiences(), LOOK, tmp_path / "scratch")
            rows = engine.execute("SELECT reader_id, country, prefers, consent_on FROM readers ORDER BY 1").fetchall()
            objections = engine.execute("SELECT email, since_on FROM opt_outs").fetchall()
    assert rows == [("R1", "DE", "email", date(2026, 5, 1)), ("R2", "GB", "print", None)]
    assert objections == [("a@readers.example", date(2026, 5, 1))]
    assert (fault.subject, fault.field) == ("event:4", "isbn")


@pytest.mark.parametrize(
    ("data", "field", "expected"),
    [
        ({"prefers": "email;print"}, "prefers", "one of email, print, web"),
        ({"country": "UK"}, "country", "a country of ISO 3166; did you mean GB?"),
        ({"email": "a@b.example; c@d.example"}, "email", "one e-mail address"),
        ({"language": "en"}, "language", "a language code such as eng (ISO 639-2)"),
        ({"consent_on": "01.06.2026"}, "consent_on", "a day such as 2026-05-01"),
    ],
)
def test_a_cell_that_does_not_fit_is_named_with_what_would_be_right(data: dict[str, Any], field: str, expected: str) -> None:
    """And of a private one only the shape is shown."""
    row = row_of_event("readers", {"reader_id": "R1", **data}, "7", LOOK)
    assert isinstance(row, Finding)
    assert (row.field, row.expected, row.about, "b.example" in row.found) == (field, expected, "reader:R1", False)


def _ledger(folder: Path) -> Ledger:
    url = empty_database(folder)
    make_ledger(url)
    return Ledger.open(url, clock=lambda: NOW)


def _arrives(ledger: Ledger, event_id: str, kind: str, data: dict[str, Any], at: str) -> None:
    event = {"specversion": "1.0", "id": event_id, "source": "/crm", "type": f"colophon.crm.{kind}.v1", "time": at, "data": data}
    ledger.inbox.take("/crm", event_id, event["type"], json.dumps(event).encode())
