"""`colophon tray`: what waits for a person to load it into Consonance."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table

app = typer.Typer(help="What waits for a person to load it into Consonance.", no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Who does it; kept in the ledger.")]
WAITING = ("pending", "exported", "loaded")


@app.command("list")
def list_rows(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also what is done, replaced or cancelled.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 200,
    ledger: Url = None,
) -> None:
    """What waits, what is on its way, and why."""
    from colophon.systems.consonance.writes.operations import in_words

    with open_ledger_at(ledger) as opened:
        rows = opened.tray.rows(() if every else WAITING)
    shown = table(f"{len(rows)} write-backs", "row", "operation", "subject", "state", "sheet", "why", "since", "by")
    for row in rows[:limit]:
        why = in_words(row.reason) if row.reason else ""
        cells = (row.id, row.operation, row.subject, row.state, row.sheet or "", why, f"{row.created_at:%Y-%m-%d}", row.loaded_by or "")
        shown.add_row(*cells)
    console.print(shown)


@app.command()
def export(*, to: Annotated[Path, typer.Option("--to", help="Folder for the sheets.")], ledger: Url = None) -> None:
    """Write what waits into import sheets. Exit code 1 where a row cannot be carried by a sheet."""
    from colophon.systems.consonance.writes import sheets

    with open_ledger_at(ledger) as opened:
        done = sheets.export(opened, to, now=datetime.now(UTC))
    for path, count in done.sheets.items():
        console.print(f"{path}  {count} write-backs", highlight=False, soft_wrap=True)
    if not done.sheets:
        console.print("Nothing waits.")
    for left in done.left_out:
        console.print(f"[bold]stays[/] {left.row_id} {left.operation} {left.subject}: {left.fault}", highlight=False, soft_wrap=True)
    if done.left_out:
        console.print("-> Enter these by hand in Consonance, then `colophon tray cancel ROW --by NAME`.")
        raise typer.Exit(1)


@app.command()
def loaded(file: Annotated[Path, typer.Argument(help="The sheet, by name or path.")], *, by: By, ledger: Url = None) -> None:
    """Say that a sheet has been loaded and approved in Consonance. Once: an import only inserts."""
    with open_ledger_at(ledger) as opened:
        count = opened.tray.loaded(file.name, by=by)
    console.print(f"{count} write-backs of {file.name} are loaded; the next run looks for them where it can.", highlight=False)


@app.command()
def back(row: str, *, by: By, ledger: Url = None) -> None:
    """Let a row wait again that went out and that you have seen is not in Consonance."""
    with open_ledger_at(ledger) as opened:
        opened.tray.back(row, by=by)
    console.print(f"{row} waits again.", highlight=False)


@app.command()
def cancel(row: str, *, by: By, ledger: Url = None) -> None:
    """Say that a row is not to be written, or was entered by hand."""
    with open_ledger_at(ledger) as opened:
        opened.tray.cancel(row, by=by)
    console.print(f"{row} is cancelled.", highlight=False)
