"""`colophon rights`: may it be sold there, and why or why not?"""

from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.errors import InvalidError
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.screen import console, table, without_log
from colophon_airflow.rights import holding_of

if TYPE_CHECKING:
    from colophon.domain.rights_deal import RightsFormat
    from colophon.rights import Atlas, Availability, Interval

_OTHERWISE = {"UK": "GB", "EL": "GR"}

app = typer.Typer(help="May it be sold there, and why or why not?", no_args_is_help=True)


@app.callback()
def rights() -> None:
    """May it be sold there, and why or why not?"""


@app.command()
def explain(
    isbn: Annotated[str, typer.Argument(help="ISBN, hyphens allowed.")],
    *,
    country: Annotated[str, typer.Option(help="Country of ONIX List 91, such as DE.")],
    channel: Annotated[str, typer.Option(help="Channel, as the rights records name it.")],
    on: Annotated[str, typer.Option(help="Day, 2027-03-01. Default: today.")] = "",
    wanted: Annotated[str, typer.Option("--format", help="Another format than the product's own, such as VIDEO.")] = "",
    conn_id: Annotated[str, typer.Option(help="Connection to Consonance.")] = "consonance_default",
) -> None:
    """Decide one cell from Consonance's records as they are now, with the chain of reasons."""
    from colophon.http.retry import asking_once
    from colophon.rights import Atlas, judge
    from colophon_airflow.settings import publisher_config
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    use_what_runs_here()
    config, day, format_ = publisher_config(), _day(on), _format(wanted)
    atlas = Atlas.load(config.publisher.code_lists)
    place, number = _country(country, atlas), _isbn(isbn)
    with without_log(), asking_once():
        holding = holding_of(ConsonanceHook(conn_id), number, {} if format_ else config.embargoes.first_day_of_sale)
    _show(holding.product.title, judge(holding, atlas, format_), atlas, place, channel, day)


def _show(title: str, judged: "Availability", atlas: "Atlas", country: str, channel: str, day: date) -> None:
    from colophon.rights.reasons import STEPS

    decision = judged.explain(country, channel, day)
    answer = "[green]may be sold[/]" if decision.is_open else "[red]may not be sold[/]"
    place = atlas.lists.lists[91][country]
    console.print(title, style="bold", markup=False, highlight=False)
    console.print(f"{judged.subject}, {judged.format or 'format unknown'}: {answer} in {place} on {day}, through", end=" ", highlight=False)
    console.print(channel, markup=False, highlight=False)
    shown = table("", "asked", "", "because", "records")
    for reason in decision.reasons:
        mark = "[red]no[/]" if reason.is_against else "[green]yes[/]"
        shown.add_row(STEPS[reason.step], mark, reason.sentence, ", ".join(reason.records))
    console.print(shown)
    named = sorted({name for clause in (*judged.grants, *judged.bars) for name in clause.channels or ()})
    if named:
        console.print(f"Channels that the records name: {', '.join(named)}; * stands for all.", markup=False, highlight=False)
    timeline = judged.timeline(country, channel)
    number = next(n for n, interval in enumerate(timeline) if _holds(interval, day))
    console.print(f"\nSo for these reasons {_period(timeline[number])}.", highlight=False)
    turn = next((later for later in timeline[number:] if later.is_open != decision.is_open), None)
    if turn is not None:
        console.print(f"It {'opens' if turn.is_open else 'closes'} on {turn.from_on}.", highlight=False)
    for f in judged.findings:
        console.print(
            f"{f.rule} {f.subject}: {f.field} is {f.found}, expected {f.expected}. {f.remedy} ({f.owner})", markup=False, highlight=False
        )


def _holds(interval: "Interval", day: date) -> bool:
    return (interval.from_on or day) <= day <= (interval.until_on or day)


def _period(interval: "Interval") -> str:
    parts = [f"from {interval.from_on}" if interval.from_on else "", f"until {interval.until_on}" if interval.until_on else ""]
    return " ".join(filter(None, parts)) or "at all times"


def _isbn(text: str) -> str:
    from colophon.domain.identifiers import isbn13_of

    found = isbn13_of(text)
    if found is None:
        raise InvalidError(
            f"{text} is no ISBN", remedy="Write all 13 digits (or 10), with or without hyphens; the last one checks the others."
        )
    return found


def _country(text: str, atlas: "Atlas") -> str:
    """A country's code; its name is understood, and what people write for it otherwise."""
    names = {name.casefold(): code for code, name in atlas.lists.lists[91].items()}
    said = text.strip()
    found = names.get(said.casefold(), said.upper())
    if found not in atlas.countries:
        close = get_close_matches(said.casefold(), names, n=1)
        meant = _OTHERWISE.get(found) or (names[close[0]] if close else "")
        remedy = f"Did you mean {meant}, {atlas.lists.lists[91][meant]}?" if meant else "Use the two letters of ISO 3166, such as DE."
        raise InvalidError(f"{said} is no country of List 91", remedy=remedy)
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError as problem:
        raise InvalidError(f"{text} is no day", remedy="Write it as 2027-03-01.") from problem


def _format(text: str) -> "RightsFormat | None":
    from colophon.domain.rights_deal import RightsFormat

    if text and text.upper() not in RightsFormat.__members__:
        raise InvalidError(f"{text} is no format", remedy=f"Choose from: {', '.join(RightsFormat)}.")
    return RightsFormat(text.upper()) if text else None
