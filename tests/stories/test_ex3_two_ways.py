"""EX-3: the same books, told by GraphQL, by a workbook, or by a workbook with fewer columns: the same money, or the account waits."""

import json
import os
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from station import Station
from two_accounts import EXTENDED, tell

from colophon_sandbox import seeds
from colophon_sandbox.systems.consonance.report_files import ROYALTIES

DAG = "exstream__royalty_statements"
FORM = {"period": "2026H1", "policy": "standard", "shards": 1}
DAY = datetime(2026, 9, 1, 6, tzinfo=UTC)
BASE = 500_000
JOINED = "set:across"
UNTOLD = ("Joint advance", "Account set", "Next statement number")
"""What a workbook of an older export has no column for."""


def contracts(*numbers: int) -> set[str]:
    """Accounts of one contract each."""
    return {f"contract:{BASE + number}" for number in numbers}


@pytest.fixture
def house(station: Station) -> Station:
    """Five payees. The first has two contracts that earn out one advance; a reserve of the fourth goes by the number of the statement."""
    records: dict[str, list[dict[str, Any]]] = seeds.payees(5)["consonance"]
    terms = {row["id"]: row for row in records["royaltyTerms"]}
    for number in (1, 2):
        terms[BASE + number]["contractSet"] = JOINED.partition(":")[2]
        terms[BASE + number]["splits"][0]["payee"] = {"id": BASE + 1}
    terms[BASE + 1]["advances"] = [
        {"id": 1, "payee": {"id": BASE + 1}, "joint": True, "trigger": "Signature", "amount": "100.00", "currencyCode": "GBP",
         "dueOn": None, "paidOn": "2026-02-01"}
    ]  # fmt: skip
    whole = {"base": "ROYALTY", "formats": ["PAPERBACK"], "releaseAfterStatements": 2, "payee": {"id": BASE + 4}}
    terms[BASE + 4]["reserves"] = [
        {**whole, "id": 1, "statementFrom": 1, "statementTo": 3, "ratePercent": "30"},
        {**whole, "id": 2, "statementFrom": 4, "statementTo": None, "ratePercent": "20"},
    ]
    station.seed("consonance", records)
    return station


def by_workbook(station: Station, at: datetime, lacking: Collection[str] = ()) -> None:
    """From now on GraphQL tells no terms: the workbook beside it does, without some columns."""
    tell(station, EXTENDED, as_of=at)
    station.system("consonance").settings(features_off=["royalty_terms"])
    _drop(station.folder / "reports" / ROYALTIES, lacking, at)


def _drop(file: Path, columns: Collection[str], at: datetime) -> None:
    book = load_workbook(file)
    for sheet in book:
        for place in reversed([cell.column for cell in sheet[1] if cell.value in columns]):
            sheet.delete_cols(place)
    book.save(file)
    os.utime(file, ((at - timedelta(hours=1)).timestamp(),) * 2)


def report(station: Station) -> dict[str, Any]:
    """The newest report."""
    newest = max((station.folder / "staging").rglob("report-*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
    return found


def statements(station: Station) -> set[str]:
    """The accounts that have statements."""
    return {subject.removeprefix("statement:2026H1:").rpartition(":")[0] for subject in station.deliveries(DAG, "2026H1:standard")}


def test_a_feature_that_is_lost_between_two_runs_changes_no_money_and_pays_nobody_twice(house: Station) -> None:
    """A workbook with all columns is the same to the penny. With fewer, the joined account comes apart: what was approved is closed, and it is said why."""
    by_workbook(house, DAY)
    assert house.run(DAG, DAY, FORM, answer="Reject").state == "success"
    rejected = report(house)
    house.system("consonance").settings(features_off=[])
    house.run(DAG, DAY + timedelta(hours=1), FORM)
    assert report(house)["totals"] == rejected["totals"]
    assert rejected["blocked"] == {}
    first, letters = set(house.deliveries(DAG, "2026H1:standard")), house.effects("exstream.letter")
    assert statements(house) == {JOINED, *contracts(3, 4, 5)}
    again = DAY + timedelta(hours=2)
    by_workbook(house, again, lacking=UNTOLD)
    [(_, body)] = house.run(DAG, again, FORM).asked
    assert set(house.deliveries(DAG, "2026H1:standard")) == first
    assert house.effects("exstream.letter") == letters
    assert "| accounts held | 3 |" in body
    why = report(house)["blocked"]
    assert set(why) == contracts(1, 2, 4)
    assert all(f"approved for this period as {JOINED}" in why[account] for account in contracts(1, 2))
    assert [rule for rule, _ in house.exceptions(DAG) if rule == "RS10"] == []


def test_what_a_workbook_does_not_tell_holds_whom_it_matters_to(house: Station) -> None:
    """Sets, and the number of a statement: never a default. The approver sees who waits; once GraphQL tells it they are paid, and nobody twice."""
    by_workbook(house, DAY, lacking=UNTOLD)
    [(_, body)] = house.run(DAG, DAY, FORM).asked
    assert "| accounts held | 3 |" in body
    assert set(report(house)["blocked"]) == contracts(1, 2, 4)
    assert statements(house) == contracts(3, 5)
    letters = house.effects("exstream.letter")
    house.system("consonance").settings(features_off=[])
    house.run(DAG, DAY + timedelta(hours=1), FORM)
    assert statements(house) == {JOINED, *contracts(3, 4, 5)}
    assert house.effects("exstream.letter")[: len(letters)] == letters
    assert len(house.effects("exstream.letter")) == len(letters) + 2
