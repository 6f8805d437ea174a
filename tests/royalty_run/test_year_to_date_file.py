"""Sales files as shops export them, read as the report is: the year to date, in another order, beside years of before."""

import os
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from tests.royalty_run.press import FREE, dues, held, run
from tests.royalty_run.runs import inputs, terms

from colophon.domain.sale import Sale
from colophon.systems.consonance.reports.store import Credentials, open_place
from colophon.systems.consonance.settings import ConsonanceSettings

HEAD = (
    "Product ID type,Product ID,Channel ID,Sales date,List price,Source,Sales quantity,Sales value,Return quantity,Return value,"
    "Country code,Original currency,Original sales value,Original return value\n"
)
MADE, READ = datetime(2027, 1, 4, tzinfo=UTC), datetime(2027, 1, 4, 1, tzinfo=UTC)


@pytest.fixture
def read(tmp_path):
    """The sales of one file, of days and copies; every row has to be right."""

    def sales(*rows):
        file = tmp_path / "sales.csv"
        lines = (f"Consonance ID,1,1,{day},10.00,Shop,{copies},{5 * copies}.00,,,GB,,,\n" for day, copies in rows)
        file.write_text(HEAD + "".join(lines))
        os.utime(file, (MADE.timestamp(), MADE.timestamp()))
        told = {"reports_location": f"file://{tmp_path}", "default_currency": "GBP"}
        settings = ConsonanceSettings.from_connection("https://web.consonance.example", "k", told)
        nothing = SimpleNamespace(close=lambda: None)
        with open_place(settings, Credentials(), lambda *_: nothing, clock=lambda: READ) as place, place.read("sales") as found:
            made = list(found)
        assert all(isinstance(one, Sale) for one in made)
        return made

    return sales


def test_a_year_to_date_file_pays_what_is_new(ledger, read):
    """300 copies in spring, 300.00; the file of autumn has them below 50 new ones, 50.00, and not 350.00."""
    spring = [("2026-02-01", 100), ("2026-05-01", 200)]
    assert dues(run(ledger, inputs(read(*spring), [terms()]), "2026H1")) == {"contract:1": {1: 30_000}}
    autumn = [("2026-09-01", 50), *reversed(spring)]
    assert dues(run(ledger, inputs(read(*autumn), [terms()]), "2026H2")) == {"contract:1": {1: 5_000}}


def test_a_first_file_with_sales_of_years_ago_waits_for_a_word(ledger, read):
    """5,000 copies of 2016 beside 200 of spring: 200.00 once somebody has said that earlier statements had the old ones, and not 5,200.00."""
    sales = read(("2016-02-01", 5000), ("2026-05-01", 200))
    assert "sales from before our books" in held(run(ledger, inputs(sales, [terms()]), "2026H1"))["contract:1"]
    said = FREE.model_copy(update={"old_sales": "ROYALTIED"})
    assert dues(run(ledger, inputs(sales, [terms()]), "2026H1", said)) == {"contract:1": {1: 20_000}}
