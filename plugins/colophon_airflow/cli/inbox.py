"""`colophon inbox`: events that came in and that nobody could deal with."""

from typing import Annotated

import typer

from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table

app = typer.Typer(help="Events that came in from other systems.", no_args_is_help=True)


@app.command("list")
def list_events(
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Those that wait for their turn, instead of the parked ones.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 100,
    ledger: Url = None,
) -> None:
    """Parked events, oldest first, and why nobody could deal with them."""
    with open_ledger_at(ledger) as opened:
        found = opened.inbox.noted("new" if waiting else "parked", limit=limit)
    shown = table(f"{len(found)} events {'waiting' if waiting else 'parked'}", "source", "id", "type", "came", "why")
    for item, note in found:
        shown.add_row(item.source, item.id, item.type, f"{item.received_at:%Y-%m-%d %H:%M}", note)
    console.print(shown)


@app.command()
def again(source: str, event_id: Annotated[str, typer.Argument(metavar="ID")], *, ledger: Url = None) -> None:
    """Let a parked event wait again, after its cause is mended; the next run of its DAG takes it."""
    with open_ledger_at(ledger) as opened:
        opened.inbox.again(source, event_id)
    console.print(f"{event_id} of {source} waits again.", highlight=False)
