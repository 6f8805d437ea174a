"""`colophon scorecard`: how a recipient takes what it is sent; with a letter for its account manager."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from colophon import environment
from colophon.errors import InvalidError
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table


def scorecard(
    recipient: Annotated[str, typer.Argument(help="Id of its profile.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=366, help="Over so many days.")] = 30,
    pdf: Annotated[Path | None, typer.Option(help="Write the letter to this file, too.")] = None,
    ledger: Url = None,
) -> None:
    """How fast a recipient answers, what was rejected and why, and what it never acknowledged."""
    from colophon.blocks.panels import TitlePanel
    from colophon.readiness import declared
    from colophon.scorecard import PATIENCE, card
    from colophon.scorecard_letter import hours, letter
    from colophon_airflow.settings import publisher_config

    use_what_runs_here()
    config, use_case, now = publisher_config(), declared(TitlePanel)[0].case.id, environment.now()
    if recipient not in config.recipients:
        raise InvalidError(f"{recipient} is no recipient", remedy=f"Choose from: {', '.join(sorted(config.recipients))}.")
    since, name = now - timedelta(days=days), config.recipients[recipient].name
    with open_ledger_at(ledger) as opened:
        found = card(opened, use_case, recipient, since, now)
    shown = table(f"{name}, {days} days", "", "")
    shown.add_row("sent", str(found.sent))
    shown.add_row("acknowledged", str(found.acknowledged))
    shown.add_row("answers within; nine of ten within", f"{hours(found.turnaround)}; {hours(found.slowest)}")
    shown.add_row("rejected", str(found.rejected))
    shown.add_row("of these by the recipient", f"{found.refused}" + (f" ({found.reject_rate} %)" if found.reject_rate is not None else ""))
    shown.add_row(f"not acknowledged in {PATIENCE.days} days", str(found.unanswered))
    reasons = (("rejected by it because of", found.causes), ("rejected on its way because of", found.on_the_way))
    for heading, counts in (*reasons, ("changed and never acknowledged", found.fields)):
        for what, count in counts.items():
            shown.add_row(f"{heading} {escape(what)}", str(count))
    console.print(shown)
    if pdf is not None:
        pdf.write_bytes(letter(found, name=name, publisher=config.publisher.name, since=since, at=now))
        console.print(f"The letter is {pdf}.", markup=False, highlight=False)
