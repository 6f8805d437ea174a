"""`colophon letters`: what letters say, before or after they go."""

from pathlib import Path
from typing import Annotated

import typer

from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console

app = typer.Typer(help="What letters say.", no_args_is_help=True)


@app.callback()
def letters() -> None:
    """Letters of the ledger, planned or gone."""


@app.command()
def preview(
    kind: Annotated[str, typer.Argument(help="Kind of letter or campaign, as the desk's page of letters calls it.")],
    *,
    to: Annotated[str, typer.Option("--to", help="Contact or reader id, or the id of the delivery.")],
    page: Annotated[
        Path | None, typer.Option("--page", help="Also have Exstream compose it, into this file; in a test domain only.")
    ] = None,
    connection: Annotated[str, typer.Option(help="Airflow connection of type opentext_exstream.")] = "opentext_exstream_default",
    ledger: Url = None,
) -> None:
    """The data of the newest letter of a kind to somebody; name and address are not shown."""
    from colophon.blocks.letters import Letters
    from colophon.readiness import declared
    from colophon.systems.opentext_exstream.preview import find_letter, preview_of
    from colophon_airflow.settings import publisher_config
    from colophon_airflow.systems.opentext_exstream.hook import OpentextExstreamHook

    cases = declared(Letters)
    templates = {place: each.template for case in cases for place, each in case.templates(publisher_config()).items()}
    with open_ledger_at(ledger) as opened:
        letter = preview_of(opened, find_letter(opened, [case.id for case in cases], kind, to), templates.get(kind, ""))
    console.print(f"{letter.kind}, {letter.state}, template {letter.template}, by {letter.letter.delivery_preference}", highlight=False)
    for line in letter.lines:
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    if page is not None:
        with OpentextExstreamHook(connection).client as client:
            output = letter.composed(client)
        page.write_bytes(output.content)
        console.print(f"{page}  {output.mime}, {len(output.content)} bytes", highlight=False, soft_wrap=True)
