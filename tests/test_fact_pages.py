"""What the pages say is to be exported is what is read."""

import csv
import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from colophon import use_cases
from colophon.domain.finding import Finding
from colophon.readiness import needs_of_all
from colophon.systems.consonance.reports.layouts import load_layouts
from colophon.systems.consonance.reports.reader import SPECS, Reports
from colophon.systems.consonance.reports.source import FolderSource
from colophon.systems.consonance.settings import ConsonanceSettings

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 5, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def pages():
    """The maker of the pages."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import fact_pages

        yield fact_pages
    finally:
        sys.path.remove(str(ROOT / "docs"))


@pytest.mark.parametrize("name", SPECS)
def test_the_example_of_each_file_is_read_without_a_fault(pages, tmp_path: Path, name: str) -> None:
    """Whoever copies the example gets its records."""
    layout, sheets = load_layouts(SPECS).reports[name], list(SPECS[name])
    if len(sheets) > 1:
        book = Workbook()
        book.remove(book.active)
        for key in sheets:
            sheet = book.create_sheet(layout.sheets[key].name)
            for row in pages.example(name, key):
                sheet.append(row)
        path = tmp_path / f"{layout.file}.xlsx"
        book.save(path)
    else:
        out = io.StringIO()
        csv.writer(out).writerows(pages.example(name))
        path = tmp_path / f"{layout.file}.csv"
        path.write_text(out.getvalue(), encoding="utf-8")
    os.utime(path, (NOW.timestamp() - 3600,) * 2)
    settings = ConsonanceSettings.from_connection("https://web.consonance.example", "not-a-key", {})
    report = getattr(Reports.from_settings(settings, FolderSource(str(tmp_path)), clock=lambda: NOW), name)()
    with report:
        records = list(report)
    assert records
    assert [record for record in records if isinstance(record, Finding)] == []


def test_every_dag_says_what_it_needs_and_nothing_else_does() -> None:
    """A use case that is new, or was renamed, is known to the pages, the doctor and the desk by its own module."""
    assert set(needs_of_all()) == {f"{path.parent.name}__{path.stem}" for path in (ROOT / "dags").glob("*/*.py")}


def test_another_use_case_appears_on_the_pages(pages) -> None:
    """Its kinds, and the files that it needs; a file that nobody reads says so."""
    from colophon.domain.todo import Todo

    told = pages.fact_pages({"push__milestone_alerts": (Todo,)})
    files, facts = told[ROOT / "docs/consonance-files.md"], told[ROOT / "docs/facts.md"]
    assert "| [`todos`](#todos) | to-dos | `push__milestone_alerts` |" in files
    assert "| [`sales`](#sales) | sales | no use case yet |" in files
    assert "| `push__milestone_alerts` | to-dos |" in facts


def test_a_use_case_that_needs_nothing_beside_consonance_is_told_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names no system, and stands in the matrix all the same."""
    declares = ["from colophon.blocks.use_case import Needs", "from colophon.domain.product import Product"]
    case = 'CASE = Needs(id="ops__alone", reads=(Product,))'
    (tmp_path / "alone.py").write_text("\n".join([*declares, case, ""]), encoding="utf-8")
    monkeypatch.setattr(use_cases, "__path__", [*use_cases.__path__, str(tmp_path)])
    assert needs_of_all.__wrapped__().keys() == {*needs_of_all(), "ops__alone"}
