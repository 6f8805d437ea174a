"""`colophon person`: what somebody would be told, what is held of them, and to have it erased."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colophon import environment
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table, without_log

if TYPE_CHECKING:
    from colophon.domain.person import Person
    from colophon.ledger.persons import Subject

Key = Annotated[str, typer.Argument(help="Contact id in Consonance, the key in the file of people, or `reader:ID`.")]

_WHY = {
    "left": "has left: nothing goes after the last day",
    "opted_out": "has opted out",
    "no_device": "has no live device, and no address on the fallback channel",
}

app = typer.Typer(help="What somebody would be told, and what is held of them.", no_args_is_help=True)


@app.callback()
def person() -> None:
    """What somebody would be told, and what is held of them."""


@app.command()
def show(
    key: Key,
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


@app.command()
def export(
    key: Key,
    *,
    to: Annotated[Path, typer.Option("--to", help="File to write, for your eyes alone; it must not be there yet.")],
    ledger: Url = None,
) -> None:
    """Write all that the ledger holds of a person, as JSON: what they ask for by law. Staged files are gone after days (housekeeping.yaml)."""
    with (
        open_ledger_at(ledger) as opened,
        os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file,
    ):
        rows = list(opened.persons.export(_subject(key)))
        json.dump(rows, file, ensure_ascii=False, indent=1, default=str)
    console.print(f"{len(rows)} entries are in {to}.", highlight=False, soft_wrap=True)


@app.command()
def erase(
    key: Key,
    *,
    by: Annotated[str, typer.Option("--by", help="Who does it; kept in the audit.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ledger: Url = None,
) -> None:
    """Make unreadable what the ledger holds of a person, for ever; what the law asks for stays for its time.

    It is remembered in the staging location, so that a restored backup is erased again before it sends.
    """
    from colophon.use_cases.ops.housekeeping import MARK
    from colophon_airflow.settings import open_staging, publisher_config

    subject = _subject(key)
    if not yes:
        typer.confirm("Nobody can bring it back. Erase it?", abort=True)
    with open_ledger_at(ledger) as opened:
        open_staging().write_bytes(f"{MARK}{subject.named.partition(':')[2]}", [subject.mark(environment.now()).encode()])
        done = opened.persons.erase(subject, by_law=publisher_config().housekeeping.by_law)
        opened.people.noted("erase", subject.named, by=by, why=f"{done.contents} contents, {done.kept_by_law} kept by law")
    for name, count in done._asdict().items():
        console.print(f"{name.replace('_', ' ')}: {count}", highlight=False)
    if done.left:
        console.print("What is just being sent is left; the next night takes it, or this command again.")


def _subject(key: str) -> "Subject":
    from colophon.blocks.notices import who
    from colophon.ledger.persons import Subject

    return Subject(key=key.strip(), named=who(key.strip()))


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
