"""The tables for programs and spreadsheets."""

import csv
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from colophon.domain.delivery import Intent
from colophon.ledger.browse import Wanted
from colophon.ledger.write_backs import WriteBack

UC = "xconnector__metadata_syndication"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def test_pages_hold_every_row_once(desk, ledger) -> None:
    """Also where many rows changed in the same moment: no row twice, none left out, in the ledger's order."""
    labels, moment = {"isbn": "9780000000019", "title": "Many"}, ledger.clock()
    ledger.clock = lambda: moment
    intents = [Intent(UC, "bulk", f"isbn:{number}", "A", b"x%d" % number, "text/plain", moment, labels=labels) for number in range(230)]
    ledger.plan(intents)
    viewer, found, more = desk.client("viewer"), [], ""
    while True:
        page = viewer.get("/api/deliveries", params={"destination": "bulk", "limit": 50, "after": more}).json()
        found += [row["id"] for row in page["rows"]]
        more = page["next"]
        if not more:
            break
    assert found == sorted(found, reverse=True)
    assert len(found) == 230


def test_pages_of_the_tray_hold_every_row_once(desk, ledger) -> None:
    """Oldest first, behind one another, and the file has as many."""
    moment = ledger.clock()
    ledger.clock = lambda: moment
    for number in range(7):
        ledger.tray.add(WriteBack("createNote", f"paged-{number}", "isbn:1", "u", {"n": number}), "no mutation")
    viewer, found, more = desk.client("viewer"), [], ""
    while more or not found:
        page = viewer.get("/api/tray", params={"operation": "createNote", "limit": 3, "after": more}).json()
        found += [row["id"] for row in page["rows"]]
        more = page["next"]
    assert (found, len(found)) == (sorted(found), 7)
    assert len(list(csv.DictReader(StringIO(viewer.get("/api/tray?operation=createNote&format=csv").text)))) == 7


def test_exports_hold_no_formula(desk) -> None:
    """CSV and xlsx of every table: a cell that begins like a formula is text."""
    viewer = desk.client("viewer")
    for table in ("deliveries", "exceptions", "tray", "videos", "quality", "launches", "audit"):
        rows = list(csv.reader(StringIO(viewer.get(f"/api/{table}?format=csv&state=" + ("all" if table == "exceptions" else "")).text)))
        assert not [cell for row in rows for cell in row if cell.startswith(FORMULA)]
        book = load_workbook(BytesIO(viewer.get(f"/api/{table}?format=xlsx").content))
        cells = [cell for row in book.active.rows for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
    owners = viewer.get("/api/exceptions?format=csv").text
    assert "'=cmd|" in owners


def test_the_csv_has_all_rows(desk, ledger) -> None:
    """Not one page of them."""
    text = desk.client("viewer").get("/api/deliveries?format=csv").text
    assert len(list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))) == len(ledger.desk.deliveries_page(Wanted(), limit=999))


@pytest.mark.parametrize(
    "address",
    [
        "/deliveries?until=9999-12-31",
        "/deliveries?after=0001-01-01T00:00:00%2B14:00~d-1",
        "/api/audit?before=99999999999999999999",
        "/audit?before=2147483648",
    ],
)
def test_what_no_calendar_and_no_database_holds_is_refused(desk, address) -> None:
    """A day or a number beyond all bounds is the caller's fault and no fault of the desk."""
    assert desk.client("viewer", raise_server_exceptions=False).get(address).status_code == 422
