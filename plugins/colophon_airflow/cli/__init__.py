"""The command `colophon`."""

import sys

import typer

from colophon.errors import ColophonError
from colophon_airflow.cli import (
    demo,
    doctor,
    events,
    inbox,
    ledger,
    letters,
    person,
    portal,
    rehearse,
    restored,
    rights,
    royalties,
    scaffold,
    scorecard,
    servers,
    takedown,
    tray,
    why,
)
from colophon_airflow.cli.screen import console

app = typer.Typer(
    name="colophon",
    help="Keeps a publisher's systems in step with Consonance.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("sandbox")(servers.sandbox)
app.command("up")(servers.up)
app.command("week")(servers.week)
app.command("down")(servers.down)
app.command("pools")(servers.pools)
app.command("dags")(servers.dags)
app.command("doctor")(doctor.doctor)
app.command("why")(why.why)
app.command("takedown")(takedown.takedown)
app.command("scorecard")(scorecard.scorecard)
app.command("rehearse")(rehearse.rehearse)
app.command("new-use-case")(scaffold.new_use_case)
app.add_typer(events.app, name="events")
app.add_typer(inbox.app, name="inbox")
ledger.app.command("fence")(restored.fence)
ledger.app.command("restored")(restored.restored)
app.add_typer(ledger.app, name="ledger")
app.add_typer(letters.app, name="letters")
app.add_typer(person.app, name="person")
app.add_typer(portal.app, name="portal")
app.add_typer(rights.app, name="rights")
app.add_typer(royalties.app, name="royalties")
app.add_typer(tray.app, name="tray")


def main() -> None:
    """Entry point; an error of ours is two lines, not a traceback."""
    try:
        app()
    except ColophonError as problem:
        console.print(f"[bold red]{problem.code}[/] {problem.sentence}", highlight=False)
        console.print(f"-> {problem.advice}", highlight=False)
        sys.exit(2)
