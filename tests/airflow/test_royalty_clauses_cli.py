"""`colophon royalties clauses`: what somebody entered, in words and with each fault by row and column; and an empty sheet."""

import json

from ledger_database import make_ledger
from typer.testing import CliRunner

from colophon.systems.consonance.reports.reader import clauses_in
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox


def asked(monkeypatch, *words):
    """What the command says, and its exit code."""
    monkeypatch.setattr(console, "_width", 240)
    with console.capture() as said:
        result = CliRunner().invoke(app, ["royalties", "clauses", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return said.get(), result.exit_code


def test_an_empty_sheet_is_a_right_one(tmp_path, monkeypatch) -> None:
    """The template has every column and is read as it is; beside it stands what each kind of clause has to say."""
    file = tmp_path / "royalty_clauses.csv"
    said, code = asked(monkeypatch, "--template", file)
    assert code == 0
    assert "Rate or Part of rate or Amount" in said
    assert clauses_in(file) == []


def test_clauses_are_shown_in_words_and_faults_by_row(tmp_path, monkeypatch) -> None:
    """The right row in words, the wrong one with its row, its column and what would be right; the command fails."""
    file = tmp_path / "mine.csv"
    file.write_text("Contract,Clause,Discount,Basis,Rate\n7,rate,>55,NET,15\n8,rate,55,NET,15\n")
    said, code = asked(monkeypatch, file)
    assert code == 1
    assert "Sales at a discount of more than 55 % earn 15 % of what we receive." in said
    assert "mine.csv, row 3, Discount: '55', expected a discount with its sign" in said
    assert "1 clauses, 1 rows with faults." in said


def test_what_the_terms_overrule_is_listed(tmp_path, monkeypatch) -> None:
    """Beside Consonance's terms: a rate that they tell otherwise, and a contract that has none."""
    records = seeds.payees(3)
    terms = records["consonance"]["royaltyTerms"][0]
    product = next(rate["productId"] for rate in terms["rates"] if rate["productId"] and not rate.get("masterchannel"))
    file = tmp_path / "mine.csv"
    file.write_text(f"Contract,Clause,Product,Basis,Rate\n{terms['contractId']},rate,{product},NET,1.5\n99999,rate,,NET,15\n")
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    with running_sandbox(records) as address:
        given = {"conn_type": "consonance", "host": f"{address}/consonance", "password": "sandbox0key0not0real000000000000"}
        monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**given, "extra": {"start_jitter_seconds": 0}}))
        said, code = asked(monkeypatch, file, "--compare")
    assert code == 0
    assert f"contract {terms['contractId']}, row 2, rate: the terms have another rate for the same sales, and win" in said
    assert "contract 99999: Consonance has no royalty terms of it" in said
