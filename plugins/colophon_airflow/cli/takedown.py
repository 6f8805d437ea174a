"""`colophon takedown`: when was a title told to close, at every channel, and who has confirmed?"""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from colophon import environment
from colophon.errors import InvalidError, NotFoundError
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table


def takedown(
    isbn: Annotated[str, typer.Argument(help="ISBN, hyphens allowed.")],
    *,
    pdf: Annotated[Path | None, typer.Option(help="Write the certificate to this file, too.")] = None,
    ledger: Url = None,
) -> None:
    """When each channel was told to close a title, when it confirmed, and where it is still open."""
    from colophon.blocks.panels import TitlePanel
    from colophon.certificate import certificate, verdict
    from colophon.domain.identifiers import isbn13_of
    from colophon.readiness import declared
    from colophon.takedown import clocks
    from colophon_airflow.settings import publisher_config

    use_what_runs_here()
    number, config, use_case = isbn13_of(isbn), publisher_config(), declared(TitlePanel)[0].case.id
    if number is None:
        raise InvalidError(f"{isbn} is no ISBN", remedy="Write all 13 digits (or 10), with or without hyphens.")
    with open_ledger_at(ledger) as opened:
        found, title = clocks(opened, config, number, use_case), opened.desk.title(number)
    if not found:
        raise NotFoundError(f"nothing was ever planned of {number}", system="ledger", remedy="Check the number: `colophon why ISBN`.")
    name = title.title if title else number
    shown = table(f"{number} {name}", "channel", "to be closed since", "instructed", "confirmed", "")
    for clock in found:
        state = (
            "never had it"
            if not clock.had_it
            else "not told to close"
            if clock.since is None
            else "STILL OPEN"
            if clock.is_open
            else "closed"
        )
        moments = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (clock.since, clock.instructed_at, clock.confirmed_at))
        shown.add_row(escape(clock.name), *moments, state)
    console.print(shown)
    console.print(verdict(found), highlight=False)
    if pdf is not None:
        pdf.write_bytes(certificate(found, isbn=number, title=name, publisher=config.publisher.name, at=environment.now()))
        console.print(f"The certificate is {pdf}.", markup=False, highlight=False)
