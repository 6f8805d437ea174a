"""`colophon portal`: whether the mapping fits the customer's own portal."""

from typing import Annotated

import typer

from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.screen import console, table, without_log

app = typer.Typer(help="How our facts are called at 4ALLPORTAL.", no_args_is_help=True)


@app.callback()
def portal() -> None:
    """How our facts are called at 4ALLPORTAL."""


@app.command()
def mapping(*, conn_id: Annotated[str, typer.Option(help="Connection to the portal.")] = "fourallportal_default") -> None:
    """Hold mapping.yaml against the portal's own fields, and draft the lines that are missing; exit code 1 where something is wrong."""
    from colophon.http.retry import asking_once
    from colophon.systems.fourallportal.mapping_report import report
    from colophon_airflow.systems.fourallportal.hook import FourallportalHook

    use_what_runs_here()
    with without_log(), asking_once(), FourallportalHook(conn_id).make_client() as client:
        ours = client.mapping
        found = report(ours, [client.get_module(name) for name in sorted(ours.needed_fields())])
    shown = table("", "our fact", "portal", "owner")
    for name, field in found.mapped:
        rule = ours.product.fields.get(name)
        shown.add_row("[green]mapped[/]", name, field, rule.owner if rule else "consonance")
    for gap, meant in found.lacking:
        shown.add_row("[red]lacking[/]", "", gap, f"did you mean {meant}?" if meant else "")
    for fact, fields in found.ambiguous:
        shown.add_row("[red]ambiguous[/]", fact, ", ".join(fields), "name one of them")
    for name in found.unmapped:
        shown.add_row("unmapped", "", name, "")
    console.print(shown)
    if found.drafts:
        console.print("For product.fields of mapping.yaml:")
        for line in found.drafts:
            console.print(line, markup=False, highlight=False)
    raise typer.Exit(0 if found.is_good else 1)
