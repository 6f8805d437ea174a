"""`colophon royalties statement`: what a payee would be told, from the records in Consonance, in a file for the user's eyes alone."""

import csv
import json
import stat
from datetime import date

import pytest
from ledger_database import make_ledger
from typer.testing import CliRunner

from colophon.errors import ColophonError
from colophon.ledger import Ledger
from colophon.ledger.royalty_books import KeptLines, KeptMoney, Page
from colophon.systems.consonance.reports.layouts import load_layouts
from colophon.systems.consonance.reports.reader import SPECS
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

FIRST = 500_001
CO_AUTHORS = 500_010


@pytest.fixture(scope="module")
def sandbox():
    """Thirty payees with contracts, one in ten with a co-author."""
    with running_sandbox(seeds.payees(30)) as address:
        yield address


@pytest.fixture
def ask(sandbox, monkeypatch, tmp_path):
    """Ask for a payee's statements: what is said, and the files by name."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    monkeypatch.setattr(console, "_width", 240)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    given = {"conn_type": "consonance", "host": f"{sandbox}/consonance", "password": "sandbox0key0not0real000000000000"}
    monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**given, "extra": {"start_jitter_seconds": 0}}))

    def run(*words, period="2026H1"):
        with console.capture() as said:
            result = CliRunner().invoke(app, ["royalties", "statement", *words, "--period", period, "--to", str(tmp_path / "out")])
        if isinstance(result.exception, ColophonError):
            raise result.exception
        assert result.exception is None, result.exception
        return said.get(), {path.name: path for path in sorted((tmp_path / "out").rglob("*.*"))}

    return run


def test_a_statement_is_written_as_a_web_page(ask) -> None:
    """By the payee's number; the terminal tells the file and whether it is paid, and no amount, name or tax number."""
    said, files = ask(str(FIRST))
    (path,) = files.values()
    text = path.read_text(encoding="utf-8")
    assert "Royal Payee1" in text
    assert "TAXNO-000001-CANARY" in text
    assert "Earned Title 00001" in text
    assert "BANK" not in text
    assert path.name in said
    assert not [word for word in ("Royal", "CANARY", "GBP") if word in said]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_payee_is_found_by_the_whole_name_and_typeset(ask) -> None:
    """However it is written."""
    _, files = ask("  royal   PAYEE1 ", "--pdf")
    (path,) = files.values()
    assert path.suffix == ".pdf"
    assert path.read_bytes().startswith(b"%PDF-")


def test_a_co_author_is_told_the_own_share(ask) -> None:
    """Both accounts of a payee who shares a contract and has one alone; the other's number is on none."""
    _, files = ask(str(CO_AUTHORS + 1))
    texts = [path.read_text(encoding="utf-8") for path in files.values()]
    assert len(texts) == 2
    assert sum("Your share" in text and "parts of" in text for text in texts) == 1
    assert not [text for text in texts if "TAXNO-000010-CANARY" in text]


def test_asking_twice_changes_nothing(ask) -> None:
    """A preview sends nothing and remembers nothing: the same question has the same answer."""
    (first,) = ask(str(FIRST))[1].values()
    before = first.read_bytes()
    assert ask(str(FIRST))[1][first.name].read_bytes() == before


@pytest.mark.parametrize(
    ("words", "period", "said"),
    [
        (("nobody",), "2026H1", "no payee"),
        (("999999999",), "2026H1", "no payee"),
        (("٥٠٠٠٠١",), "2026H1", "no payee"),
        ((str(FIRST),), "2026H3", "no statement period"),
        ((str(FIRST),), "2999H1", "has not ended"),
        ((str(FIRST), "--policy", "generous"), "2026H1", "no policy generous"),
    ],
)
def test_a_wrong_question_is_refused_with_its_remedy(ask, words, period, said) -> None:
    """Nothing is written."""
    with pytest.raises(ColophonError, match=said) as problem:
        ask(*words, period=period)
    assert problem.value.advice


def checked(file):
    """What the check of a proof pack says, and its exit code."""
    with console.capture() as said:
        result = CliRunner().invoke(app, ["royalties", "check", str(file)])
    return said.get(), result.exit_code


def test_a_proof_pack_is_checked_with_nothing_but_itself(ask, monkeypatch) -> None:
    """Each row's sales and rate are in the file beside the statement; it holds without a connection, and is for the user's eyes alone."""
    _, files = ask(str(FIRST), "--proof")
    (path,) = [one for name, one in files.items() if name.endswith(".proof.json")]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.delenv("AIRFLOW_CONN_CONSONANCE_DEFAULT")
    said, code = checked(path)
    assert (code, "It holds" in said) == (0, True)
    pack = json.loads(path.read_text(encoding="utf-8"))
    assert sum(len(row["sales"]) for row in pack["rows"]) > 0


@pytest.mark.parametrize("part", ["copies", "line", "basis", "rule", "earnings", "payment", "missing"])
def test_a_changed_proof_pack_does_not_hold(ask, part) -> None:
    """A sale, a rate, a row or the payment that somebody changed is found, also where the pack's own hash was made to fit."""
    from colophon.royalty_run.proof import hash_of

    _, files = ask(str(FIRST), "--proof")
    (path,) = [one for name, one in files.items() if name.endswith(".proof.json")]
    pack = json.loads(path.read_text(encoding="utf-8"))
    sales = next(row["sales"] for row in pack["rows"] if row["sales"])
    if part == "missing":
        sales.pop()
    elif part in {"earnings", "payment"}:
        edition = next(one for one in pack["statement"]["Editions"] if one["Rows"])
        place, name = (edition["Rows"][0], "SS62") if part == "earnings" else (pack["statement"]["Remittance"], "Net")
        place[name] += 100
    else:
        sales[0][part] = "another" if part in {"line", "rule"} else sales[0][part] + 100
    path.write_text(json.dumps({**pack, "pack_hash": hash_of(pack)}), encoding="utf-8")
    said, code = checked(path)
    assert (code, "It does not hold." in said) == (1, True)


def test_a_past_period_is_computed_beside_what_was_sent(ask, tmp_path) -> None:
    """Ours beside theirs, and why they differ; a row that cannot be read is named. The command fails, and nothing is written."""
    ask(str(FIRST))  # makes the connections
    columns = load_layouts(SPECS).reports["statements"].sheets["rows"].columns
    told = {"statement_id": "1", "batch": "b", "run_id": "1", "status": "Approved", "number": "1", "contact_id": str(FIRST), "contract_id": str(FIRST),
            "period_from": "2026-01-01", "period_to": "2026-06-30", "currency": "GBP"}  # fmt: skip
    file = tmp_path / "old.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns.values())
        writer.writerow([told.get(field, "0.01") for field in columns])
        writer.writerow([{**told, "statement_id": "2", "period_to": "June"}.get(field, "0.01") for field in columns])
    with console.capture() as said:
        result = CliRunner().invoke(app, ["royalties", "shadow", str(file), "--period", "2026H1"])
    assert result.exit_code == 1, result.exception
    assert f"contract:{FIRST}" in said.get()
    assert "not explained by any rule" in said.get()
    assert "old.csv, row 3" in said.get()


@pytest.mark.parametrize(("printed", "code"), [("0.80", 0), ("0.81", 1)])
def test_examples_are_put_to_the_engine(tmp_path, printed, code) -> None:
    """Every figure beside ours; the command fails where one differs."""
    file = tmp_path / "examples.json"
    file.write_text(
        json.dumps({"cases": [{"id": "[red]one", "inputs": {"list_price": 10.0, "rate_pct": 8}, "published": {"royalty": printed}}]})
    )
    with console.capture() as said:
        result = CliRunner().invoke(app, ["royalties", "examples", str(file)])
    assert result.exit_code == code
    assert all(word in said.get() for word in ("[red]one", printed, "0.80"))


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '[{"id": "a"}]'])
def test_a_file_without_examples_is_refused(tmp_path, text) -> None:
    """With a sentence, not a crash."""
    file = tmp_path / "examples.json"
    file.write_text(text)
    assert isinstance(CliRunner().invoke(app, ["royalties", "examples", str(file)]).exception, ColophonError)


def test_the_books_show_where_everything_ever_seen_is(tmp_path, monkeypatch) -> None:
    """Counted, held or returned, by currency; with a contract, every sum of money of it."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    make_ledger(url)
    lines = [
        KeptLines(1, 2, "now", "GBP", "counted", 3, 40, 50_000, bytes(24)),
        KeptLines(1, 3, "held", "GBP", "held", 1, 2, 999, bytes(8)),
    ]
    paid = KeptMoney("a" * 40, "advance", 1, 7, "GBP", 123_456, date(2026, 2, 1), "counted", "Signature", "contract:1")
    with Ledger.open(url) as ledger:
        ledger.royalty_books.enter(Page("2026H1", date(2026, 6, 30), "a run", {"contract:1": (1,)}, lines=lines, money=[paid]))
    with console.capture() as said:
        result = CliRunner().invoke(app, ["royalties", "books", "--contract", "1"])
    assert (result.exit_code, result.exception) == (0, None)
    shown = [line.split() for line in said.get().splitlines()]
    assert ["sales", "line", "GBP", "counted", "3", "40", "500.00"] in shown
    assert ["sales", "line", "GBP", "held", "1", "2", "9.99"] in shown
    assert ["1", "7", "advance", "2026-02-01", "GBP", "1234.56", "counted", "Signature"] in shown
