"""`colophon person`: what somebody would be told, by what, and why not."""

from typing import TYPE_CHECKING, Annotated

import typer

from colophon import environment
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.screen import console, table, without_log

if TYPE_CHECKING:
    from colophon.domain.person import Person

_WHY = {
    "left": "has left: nothing goes after the last day",
    "opted_out": "has opted out",
    "no_device": "has no live device, and no address on the fallback channel",
}

app = typer.Typer(help="What somebody would be told, by what, and why not.", no_args_is_help=True)


@app.callback()
def person() -> None:
    """What somebody would be told, by what, and why not."""


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Contact id in Consonance, or the key in the file of people.")],
    *,
    people: Annotated[str, typer.Option(help="File of people in the configuration folder.")] = "people.csv",
    conn_id: Annotated[str, typer.Option(help="Connection to Consonance.")] = "consonance_default",
    push_conn_id: Annotated[str, typer.Option(help="Connection to OpenText Push.")] = "opentext_push_default",
) -> None:
    """Show one entry of the address book: the file of people first, then Consonance, less what the messaging system reported gone."""
    from colophon.http.retry import asking_once
    from colophon_airflow.settings import open_ledger, publisher_config
    from colophon_airflow.systems.consonance.hook import ConsonanceHook
    from colophon_airflow.systems.opentext_push.operators import messaging_of

    use_what_runs_here()
    with without_log(), asking_once(), open_ledger() as ledger:
        messaging = messaging_of(push_conn_id, people, ledger)
        told = ConsonanceHook(conn_id).wishes()
    wishes = next((each for each in getattr(told, "records", ()) if str(each.contact_id) == key), None)
    _show(messaging.person(key).with_wishes(wishes), messaging.fallback, publisher_config().publisher.default_language)


def _show(found: "Person", fallback: str, language: str) -> None:
    day = environment.now().date()
    why = found.why_not(day, fallback)
    by = "push" if "token" in found.channels else fallback
    stand_in = found.stand_in(day)
    console.print(f"[red]is told nothing:[/] {_WHY[why]}" if why else f"[green]is told[/] by {by}", highlight=False)
    if stand_in:
        console.print(f"{stand_in} stands in today.", markup=False, highlight=False)
    if why or stand_in:
        console.print("The next in line hears: whoever stands in, the manager, then the desk of the role.", highlight=False)
    shown = table("", "what", "told by")
    yes_or_no = {True: "yes", False: "no", None: "not told, so no"}
    hours = f"{found.hours[0]:%H:%M}-{found.hours[1]:%H:%M}" if found.hours else "those of the calendar"
    rows = {
        "channels": ", ".join(sorted(found.channels)) or "none",
        "email": "one in Consonance" if found.email else "",
        "language": found.language or f"{language}, the publisher's",
        "hours": hours,
        "zone": found.zone or "that of the calendar",
        "ends_on": str(found.ends_on or ""),
        "has_opted_out": yes_or_no[found.has_opted_out],
        "has_consented": yes_or_no[found.has_consented],
    }
    for name, value in rows.items():
        if value:
            shown.add_row(name.replace("_", " "), value, found.sources.get(name, ""))
    console.print(shown)
