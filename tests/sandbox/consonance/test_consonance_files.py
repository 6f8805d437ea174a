"""The sandbox's report files and calendar, without any client: the contract's columns, keys, marks, and the same bytes each time."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import requests

from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

KEY = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
LINK = "todos.ics?key=sandbox0key0not0real000000000000"
SALE = {
    "id": 1, "revision": 1, "updatedAt": "2026-05-01T00:00:00Z", "isReturn": False, "productId": 101, "isbn13": "9780000000002",
    "channelId": 7, "salesDate": "2026-04-30", "listPrice": "9.99", "source": "Wholesaler", "quantity": 3, "value": "17.50",
    "currencyCode": "GBP", "countryCode": "GB",
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox with the built-in catalogue and two sales."""
    sales = [SALE, SALE | {"id": 2, "isReturn": True, "isbn13": None, "originalCurrency": "EUR", "originalValue": "20.00"}]
    with running_sandbox(seeds.catalogue(60, 7), {"consonance": {"sales": sales}}) as url:
        yield url


@pytest.fixture(autouse=True)
def fresh(sandbox):
    """As at the start, before each test."""
    requests.post(f"{sandbox}/__sandbox__/reset", json={"system": None}, timeout=60).raise_for_status()


def get(sandbox, name, headers=KEY, method="GET"):
    """One file."""
    return requests.request(method, f"{sandbox}/consonance/__files__/{name}", headers=headers, timeout=60)


def change(sandbox, **values):
    """Settings of Consonance."""
    requests.patch(f"{sandbox}/__sandbox__/settings", json={"consonance": values}, timeout=60).raise_for_status()


def plan(sandbox, kind, value=None):
    """A fault that stays."""
    body = {"system": "consonance", "kind": kind, "value": value, "times": None}
    assert requests.post(f"{sandbox}/__sandbox__/faults", json=body, timeout=60).status_code == 201


def test_sales_have_the_columns_of_the_import(sandbox):
    """A sale and a return, each in its own columns, by ISBN or by Consonance's id."""
    answer = get(sandbox, "sales.csv")
    sale, back, *_ = csv.DictReader(io.StringIO(answer.text))
    assert (sale["Product ID type"], sale["Product ID"], sale["Sales quantity"], sale["Sales value"]) == (
        "ISBN",
        "9780000000002",
        "3",
        "17.50",
    )
    assert (back["Product ID type"], back["Product ID"], back["Return quantity"], back["Return value"]) == (
        "Consonance ID",
        "101",
        "3",
        "17.50",
    )
    assert (back["Sales quantity"], back["Original return value"], back["Original sales value"]) == ("", "20.00", "")
    assert answer.headers["Last-Modified"] == "Fri, 01 May 2026 04:00:00 GMT"


@pytest.mark.parametrize("name", ["sales.csv", "rights_deals.csv", "payments.csv", "todos.csv", "contract_royalties.xlsx", "todos.ics"])
def test_the_same_file_has_the_same_bytes(sandbox, name):
    """Also its date and its tag; HEAD tells the same without the body."""
    one, two, head = get(sandbox, name), get(sandbox, name), get(sandbox, name, method="HEAD")
    assert (one.status_code, one.content, one.headers["ETag"]) == (200, two.content, two.headers["ETag"])
    assert head.content == b""
    assert (head.headers["Content-Length"], head.headers["ETag"]) == (str(len(one.content)), one.headers["ETag"])


@pytest.mark.parametrize(
    ("name", "headers", "status"),
    [
        ("sales.csv", {}, 401),
        ("sales.csv", {"Authorization": "Token token=sandbox0key0not0real000000000000"}, 401),
        ("sales.csv?page=1", KEY, 400),
        ("sales.xlsx", KEY, 404),
        ("nothing.csv", KEY, 404),
        ("sales.csv.done", KEY, 404),
        ("../graphql", KEY, 404),
        ("todos.ics", {}, 401),
        ("todos.ics?key=wrong", {}, 401),
        ("todos.ics?token=x", {}, 400),
        (LINK, {}, 200),
        ("todos.ics", KEY, 200),
    ],
)
def test_files_are_strict(sandbox, name, headers, status):
    """A key for reports, a key or the link for the calendar, no other names and parameters."""
    assert get(sandbox, name, headers).status_code in ({status} if name != "../graphql" else {404, 405})


def test_files_are_only_read(sandbox):
    """Other methods are refused."""
    assert get(sandbox, "sales.csv", method="POST").status_code == 405


def test_a_workbook_opens_elsewhere(sandbox):
    """Typed cells, as another program reads them."""
    change(sandbox, report_format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(get(sandbox, "sales.xlsx").content))
    rows = list(book.worksheets[0].values)
    assert (rows[0][0], rows[1][1], str(rows[1][3]), rows[1][4]) == ("Product ID type", "9780000000002", "2026-04-30 00:00:00", 9.99)
    assert get(sandbox, "sales.csv").status_code == 404
    royalties = openpyxl.load_workbook(io.BytesIO(get(sandbox, "contract_royalties.xlsx").content))
    assert royalties.sheetnames == ["Product rates", "Masterchannel rates", "Channel rates", "Royalty payees"]


def test_marks_faults_and_dates(sandbox):
    """A mark where the setting asks for one; a stale report is days old; a half-written one is of now, cut, and has no mark."""
    change(sandbox, report_done_suffix=".done")
    whole = get(sandbox, "sales.csv")
    assert (get(sandbox, "sales.csv.done").status_code, get(sandbox, "nothing.csv.done").status_code) == (200, 404)
    plan(sandbox, "stale_report", 3)
    assert get(sandbox, "sales.csv").headers["Last-Modified"] == "Tue, 28 Apr 2026 04:00:00 GMT"
    plan(sandbox, "half_report")
    half = get(sandbox, "sales.csv")
    assert (len(half.content), half.headers["Last-Modified"][:19]) == (len(whole.content) // 2, "Fri, 01 May 2026 06")
    assert get(sandbox, "sales.csv.done").status_code == 404


def test_long_lines_of_the_calendar_are_folded(sandbox):
    """At 75 bytes, and no letter is cut."""
    record = {
        "id": 999, "revision": 1, "updatedAt": "2026-04-02T10:00:00Z", "workId": 101, "description": "Ünïcödé, " * 20, "dueOn": None,
        "completedOn": None, "status": "OPEN", "blockedBy": [], "tags": [],
    }  # fmt: skip
    requests.post(f"{sandbox}/__sandbox__/seed", json={"records": {"consonance": {"todos": [record]}}}, timeout=60).raise_for_status()
    lines = get(sandbox, LINK, {}).content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\r\n".join(lines).replace(b"\r\n ", b"").decode().count("Ünïcödé\\, ") == 20


def test_files_of_a_seed_are_written_into_a_folder(tmp_path: Path):
    """By the command line; whoever reads a folder needs no server."""
    command = [sys.executable, "-m", "colophon_sandbox", "--port", "0", "--reports", str(tmp_path / "out"), "--report-format", "xlsx"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert "http://127.0.0.1" in server.stdout.readline()
        finally:
            server.terminate()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "todos.ics", "contract_royalties.xlsx", "sales.xlsx", "rights_deals.xlsx", "head_grants.xlsx", "team.xlsx",
        "payments.xlsx", "rights_receipts.xlsx", "todos.xlsx", "contracts.xlsx", "contacts.xlsx", "supplement.xlsx",
    }  # fmt: skip
