"""`colophon royalties`: what would this payee be told?"""

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from colophon.errors import InvalidError
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.screen import console, table, without_log
from colophon_airflow.cli.servers import HOME

if TYPE_CHECKING:
    from colophon.royalties.statement.payload import Statement

app = typer.Typer(help="What would this payee be told?", no_args_is_help=True)


@app.callback()
def royalties() -> None:
    """What would this payee be told?"""


@app.command()
def statement(
    payee: Annotated[str, typer.Argument(help="Contact number, or the whole name.")],
    *,
    period: Annotated[str, typer.Option(help="2026H1, 2026Q2 or 2026.")],
    proof: Annotated[
        bool, typer.Option("--proof", help="Beside it the sales and rates behind each row, to be checked by anybody.")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Typeset pages instead of a web page.")] = False,
    policy: Annotated[str, typer.Option(help="Policy, as royalties.yaml names it.")] = "standard",
    to: Annotated[Path, typer.Option(help="Folder for the files, which hold personal data.")] = HOME / "statements",
    show: Annotated[bool, typer.Option("--open", help="Open what was written.")] = False,
    conn_id: Annotated[str, typer.Option(help="Connection to Consonance.")] = "consonance_default",
) -> None:
    """Write a preview of each of the payee's statements, from Consonance's records as they are now. Nothing is sent."""
    from colophon_airflow.royalties import period_that_ended, previews

    asked = period_that_ended(period)
    use_what_runs_here()
    with without_log():
        made = previews(payee, asked, policy, conn_id, with_proof=proof)
    for one in made:
        if one.statement is None:
            console.print(f"{one.account_id} is held back: {one.held_back}", markup=False, highlight=False, soft_wrap=True)
            continue
        path = to / asked.label / f"{_file_name(one.statement.id)}.{'pdf' if pdf else 'html'}"
        _write(path, _rendered(one.statement, one.compliance, pdf=pdf))
        console.print(f"{one.account_id}  {one.statement.remittance.state.value}  {path}", markup=False, highlight=False, soft_wrap=True)
        if proof and one.proof is not None:
            _write(path.with_suffix(".proof.json"), json.dumps(one.proof, ensure_ascii=False, indent=1).encode())
        if show:
            typer.launch(str(path))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A proof pack, as `statement --proof` writes it.", exists=True, dir_okay=False)],
) -> None:
    """Check a statement by its proof pack: the sales make its rows, the rows its payment, and nothing was changed since. Needs nothing else."""
    from colophon.royalty_run.proof import check as wrong_in

    try:
        pack = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise InvalidError("the file is no JSON", evidence=type(problem).__name__) from None
    found = wrong_in(pack)
    for one in found:
        console.print(one, markup=False, highlight=False, soft_wrap=True)
    console.print(
        "It does not hold." if found else "It holds: sales, rates, rows and payment fit, and nothing was changed.", highlight=False
    )
    if found:
        raise typer.Exit(1)


@app.command()
def shadow(
    file: Annotated[
        Path,
        typer.Argument(help="Statements that the old system sent: the columns of the report `statements`.", exists=True, dir_okay=False),
    ],
    *,
    period: Annotated[list[str], typer.Option(help="2025H2; once for each period.")],
    policy: Annotated[str, typer.Option(help="Policy, as royalties.yaml names it.")] = "standard",
    conn_id: Annotated[str, typer.Option(help="Connection to Consonance.")] = "consonance_default",
) -> None:
    """Compute past periods beside what was really sent, each difference with the rule that explains it. Nothing is sent or remembered."""
    from colophon.royalties.statement.wording import money
    from colophon_airflow.royalties import period_that_ended, shadows

    asked = [period_that_ended(one) for one in period]
    use_what_runs_here()
    with without_log():
        found, faults = shadows(file, asked, policy, conn_id)
    shown = table("", "period", "account", "figure", "theirs", "ours", "because", right=("theirs", "ours"))
    apart = 0
    for label, figures in found.items():
        for one in figures:
            ours = "" if one.ours is None else money(one.ours, one.currency)
            apart += bool(one.because)
            shown.add_row(label, one.account_id, one.figure, money(one.theirs, one.currency), ours, Text(one.because))
    console.print(shown)
    for fault in faults:
        console.print(f"{fault.subject.removeprefix('report:')}, {fault.field}: expected {fault.expected}", markup=False, soft_wrap=True)
    console.print(f"{sum(map(len, found.values()))} figures, {apart} of them differ, {len(faults)} rows with faults.", highlight=False)
    if apart or faults:
        raise typer.Exit(1)


@app.command()
def clauses(
    file: Annotated[Path | None, typer.Argument(help="The sheet of clauses, .csv or .xlsx.", exists=True, dir_okay=False)] = None,
    *,
    template: Annotated[Path | None, typer.Option(help="Write an empty sheet here, and show what each clause says.")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Also list what Consonance's terms overrule.")] = False,
    policy: Annotated[str, typer.Option(help="Policy, as royalties.yaml names it.")] = "standard",
    conn_id: Annotated[str, typer.Option(help="Connection to Consonance.")] = "consonance_default",
) -> None:
    """Show clauses of contracts in words, and each row with a fault. Nothing is sent or remembered; it tells rates and amounts."""
    from colophon_airflow.royalty_clauses import columns_by_kind, overruled, read_clauses, write_template

    if template is not None:
        write_template(template)
        shown = table("", "clause", "has to say", "may say")
        for kind, needed, may in columns_by_kind():
            shown.add_row(kind, needed, may)
        console.print(shown)
    if file is None:
        return
    told, faults = read_clauses(file)
    shown = table("", "contract", "row", "in words")
    for contract, place, words in told:
        shown.add_row(contract, place, Text(words))
    console.print(shown)
    for one in faults:
        console.print(
            f"{one.subject.removeprefix('report:')}, {one.field}: {one.found}, expected {one.expected}", markup=False, soft_wrap=True
        )
    if compare:
        use_what_runs_here()
        with without_log():
            apart = overruled(file, policy, conn_id)
        for line in apart:
            console.print(line, markup=False, soft_wrap=True)
        console.print(f"{len(apart)} clauses that Consonance's terms overrule.", highlight=False)
    console.print(f"{len(told)} clauses, {len(faults)} rows with faults.", highlight=False)
    if faults:
        raise typer.Exit(1)


@app.command()
def examples(
    file: Annotated[Path, typer.Argument(help="JSON: a list of examples, or an object with them as `cases`.", exists=True, dir_okay=False)],
) -> None:
    """Put worked examples to the engine: each figure that they print beside ours. Nothing is read but the file, and nothing is sent."""
    from colophon.royalties.examples.check import Outcome, check
    from colophon.royalty_run import contract_examples as contracts

    figures = check(_cases(file), lambda inputs, name: contracts.answers_of(inputs, name) if contracts.is_told_so(inputs) else None)
    shown = table("", "example", "figure", "printed", "ours", "", right=("printed", "ours"))
    for one in figures:
        shown.add_row(*(Text(word) for word in (one.example, one.name, one.theirs, one.ours or "no such figure", one.outcome.value)))
    console.print(shown)
    apart = [one for one in figures if one.outcome in {Outcome.DIFFERS, Outcome.UNKNOWN}]
    console.print(f"{len(figures)} figures, {len(apart)} of them differ or are not computed.", highlight=False)
    if apart:
        raise typer.Exit(1)


@app.command()
def books(
    contract: Annotated[list[int] | None, typer.Option(help="Each sum of money of a contract, too; personal data.")] = None,
) -> None:
    """Show everything that the royalty books have ever seen: counted, held or returned, in each currency (control total 10)."""
    from colophon.royalties.statement.scales import money
    from colophon_airflow.settings import open_ledger

    with without_log(), open_ledger() as ledger:
        sums, entries = ledger.royalty_books.sums(), ledger.royalty_books.money_of(contract or ())
    shown = table("", "what", "currency", "state", "number", "copies", "amount", right=("number", "copies", "amount"))
    for one in sums:
        copies = f"{one.copies:,}" if one.kind == "sales line" else ""
        shown.add_row(one.kind, one.currency, one.state, f"{one.number:,}", copies, money(one.amount, one.currency))
    console.print(shown)
    if contract:
        own = table(
            "", "contract", "payee", "what", "day", "currency", "amount", "state", "counted as", right=("contract", "payee", "amount")
        )
        for entry in entries:
            day = entry.on_day.isoformat() if entry.on_day else ""
            amount = money(entry.amount, entry.currency)
            told = (str(entry.contract_id), str(entry.payee_id or "all"), entry.kind, day, entry.currency, amount, entry.state, entry.use)
            own.add_row(*map(Text, told))
        console.print(own)


def _cases(file: Path) -> list[dict[str, object]]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except ValueError as problem:
        raise InvalidError("the file is no JSON", evidence=type(problem).__name__) from None
    cases = told.get("cases") if isinstance(told, dict) else told
    if not isinstance(cases, list) or not all(isinstance(one, dict) for one in cases):
        raise InvalidError("the file has no list of examples", remedy="Give a list, or an object whose `cases` is one.")
    return cases


def _rendered(one: "Statement", compliance: tuple[str, ...], *, pdf: bool) -> bytes:
    from colophon.royalties.statement.page import page_of
    from colophon.royalties.statement.paper import pdf_of
    from colophon.royalties.statement.web import html_of

    page = page_of(one, compliance)
    return pdf_of(page, one.issued_on) if pdf else html_of(page).encode()


def _write(path: Path, content: bytes) -> None:
    """For the user's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _file_name(statement_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", statement_id)
