"""`colophon ledger`: ask the ledger, settle what nobody could know, send again, bring its tables up to date."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.errors import BadConnectionError
from colophon_airflow.cli.screen import console, table

if TYPE_CHECKING:
    from colophon.ledger import Ledger

app = typer.Typer(help="Ask the ledger what was sent, and act on it.", no_args_is_help=True)
Url = Annotated[str | None, typer.Option("--ledger", help="Database address; default: the connection colophon_ledger.")]


@app.command()
def show(
    isbn: Annotated[str, typer.Argument(help="ISBN-13, hyphens allowed.")],
    *,
    recipient: Annotated[str | None, typer.Option(help="One recipient only.")] = None,
    content: Annotated[bool, typer.Option(help="Print what was sent, too.")] = False,
    ledger: Url = None,
) -> None:
    """What was sent of a product: to whom, when, with what content; and what each recipient has of it now."""
    from colophon.use_cases.xconnector.holds import holds
    from colophon_airflow.settings import publisher_config

    number = isbn.replace("-", "").strip()
    with open_ledger_at(ledger) as opened:
        rows = opened.history(number, destination=recipient)
        exceptions = opened.exceptions.open(subject=f"isbn:{number}")
        shown = table(f"ISBN {number}", "recipient", "revision", "as of", "state", "message", "content", "at the middleware", "why")
        for row in rows:
            message = f"no. {row.message_number}" if row.message_number else "event"
            why = f"{row.code} {row.detail}".strip()
            cells = (row.destination, str(row.revision), f"{row.as_of:%Y-%m-%d %H:%M}", row.state, message, row.content_hash[:12])
            shown.add_row(*cells, row.remote_id or "", why)
        console.print(shown if rows else f"Nothing was ever sent of {number}.")
        names = [recipient] if recipient else publisher_config().recipients
        for held in holds(rows, names) if rows else ():
            console.print(f"[bold]{held.recipient}[/] now: {held.sentence}.", highlight=False)
        for e in exceptions:
            console.print(
                f"[bold]{e.rule}[/] keeps it from {e.destination}: {e.field} is {e.found!r}. {e.remedy} ({e.owner})", highlight=False
            )
        if content:
            for row in rows:
                console.print(f"\n--- {row.destination}, revision {row.revision}", highlight=False)
                console.print((opened.content(row.content_hash) or b"").decode(), markup=False, highlight=False)


@app.command()
def exceptions(
    *,
    isbn: Annotated[str | None, typer.Option(help="One title only.")] = None,
    recipient: Annotated[str | None, typer.Option(help="One recipient only.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 200,
    ledger: Url = None,
) -> None:
    """What stays back, why, and whose turn it is."""
    with open_ledger_at(ledger) as opened:
        subject = f"isbn:{isbn.replace('-', '')}" if isbn else None
        found = opened.exceptions.open(destination=recipient, subject=subject, limit=limit)
    shown = table(f"{len(found)} open exceptions", "title", "rule", "for", "field", "found", "remedy", "owner", "since")
    for e in found:
        shown.add_row(e.subject, e.rule, e.destination, e.field, e.found[:40], e.remedy, e.owner, f"{e.opened_at:%Y-%m-%d}")
    console.print(shown)


@app.command()
def settle(
    delivery_id: str,
    outcome: Annotated[str, typer.Argument(help="confirmed, failed, ... or `planned` to send it again.")],
    *,
    why: Annotated[str, typer.Option(help="What you saw at the counterpart.")],
    ledger: Url = None,
) -> None:
    """Decide a delivery whose effect nobody could know."""
    with open_ledger_at(ledger) as opened:
        opened.resolve_by_operator(delivery_id, outcome, by=os.environ.get("USER", "command line"), why=why)
    console.print(f"{delivery_id} is {outcome} now.")


@app.command()
def redrive(
    use_case: str,
    destination: str,
    *,
    isbn: Annotated[str | None, typer.Option(help="One title only.")] = None,
    code: Annotated[str | None, typer.Option(help="Only those with this code.")] = None,
    ledger: Url = None,
) -> None:
    """Let deliveries that failed, were refused or left out wait again, after the cause is fixed; the next run sends them."""
    with open_ledger_at(ledger) as opened:
        count = opened.redrive(use_case, destination, isbn=isbn, code=code)
    console.print(f"{count} deliveries wait for the next run.")


@app.command()
def upgrade(*, ledger: Url = None) -> None:
    """Make the ledger's tables, or bring them to this version."""
    from colophon.ledger import upgrade as bring_up_to_date

    version = bring_up_to_date(ledger or _default_url())
    console.print(f"The ledger has schema version {version} ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC).", highlight=False)


def open_ledger_at(url: str | None) -> "Ledger":
    """The ledger at an address, else the one that belongs here. Raises as `Ledger.open`."""
    from colophon.ledger import Ledger

    return Ledger.open(url or _default_url())


def _default_url() -> str:
    """What `make up` or `make demo` left, where no Airflow of one's own is named; else the connection `colophon_ledger`."""
    from colophon_airflow import local
    from colophon_airflow.cli.servers import HOME

    if "AIRFLOW_CONN_COLOPHON_LEDGER" not in os.environ and "AIRFLOW_HOME" not in os.environ:
        for name in ("up", "demo"):
            if (HOME / name / "ledger.db").exists():
                return f"sqlite:///{HOME / name / 'ledger.db'}"
        if not (Path.home() / "airflow").is_dir():  # where Airflow is if nobody says
            raise BadConnectionError("there is no ledger here yet", remedy=f"Run `make demo` in {local.PROJECT}, or give --ledger URL.")
    from colophon_airflow.settings import ledger_url

    return ledger_url()
