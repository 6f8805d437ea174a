"""`colophon why`: did it go, and why not? And what publishers ask beside."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from colophon import environment
from colophon.errors import InvalidError, NotFoundError
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table, without_log

if TYPE_CHECKING:
    from colophon.asked import Line
    from colophon.config import Config
    from colophon.ledger import Ledger
    from colophon.why import Answer

MOST = 200
NIGHT = timedelta(hours=24)


def why(
    isbn: Annotated[str, typer.Argument(help="ISBN, hyphens allowed; not with --not-gone, --late and --last-night.")] = "",
    recipient: Annotated[str, typer.Argument(help="One recipient only, and what it believes of the title.")] = "",
    *,
    on: Annotated[str, typer.Option(help="What the recipient, or each that had it, believed at the end of that day, 2026-11-20.")] = "",
    changed: Annotated[bool, typer.Option("--changed", help="Field by field, the last two contents that were sent to each.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Who has it open where rights are closed today.")] = False,
    not_gone: Annotated[bool, typer.Option("--not-gone", help="What is wanted and has not left.")] = False,
    late: Annotated[bool, typer.Option("--late", help="What did not arrive, or was not answered, in time.")] = False,
    last_night: Annotated[bool, typer.Option("--last-night", help="What went wrong in the last 24 hours.")] = False,
    to: Annotated[str, typer.Option(help="With the three before: one recipient only.")] = "",
    ledger: Url = None,
) -> None:
    """Did a title go to each recipient, when, with what; or why not, and what would make it go."""
    from colophon.blocks.panels import TitlePanel
    from colophon.readiness import declared
    from colophon_airflow.settings import publisher_config

    use_what_runs_here()
    config, use_case = publisher_config(), declared(TitlePanel)[0].case.id
    name = to or recipient
    if name and name not in {*config.recipients, *config.publisher.former_recipients}:
        raise InvalidError(f"{name} is no recipient", remedy=f"Choose from: {', '.join(sorted(config.recipients))}.")
    asks_of_all = not_gone or late or last_night
    if asks_of_all and isbn:
        raise InvalidError("--not-gone, --late and --last-night are about all titles", remedy="Leave the ISBN out, or ask about it alone.")
    if on and (asks_of_all or open_ or changed):
        raise InvalidError("--on asks what was believed of one title", remedy="Give it with an ISBN, and a recipient if you like.")
    with open_ledger_at(ledger) as opened:
        if asks_of_all:
            _show_lists(opened, use_case, name, not_gone=not_gone, late=late, last_night=last_night)
            return
        number = _number(isbn)
        if open_:
            _show_open(opened, config, number, use_case)
        elif changed:
            _show_changes(opened, number, use_case, name)
        else:
            _show_answers(opened, config, number, use_case, name)
            had = [each for each in sorted(config.recipients) if on and opened.desk.told(number, use_case, each)]
            for each in [name] if name else had:
                _show_belief(opened, config, number, use_case, each, on)


def _show_answers(ledger: "Ledger", config: "Config", isbn: str, use_case: str, recipient: str) -> None:
    from colophon.why import why as answers_of

    title = ledger.desk.title(isbn)
    console.print(f"{isbn} {title.title if title else ''}".strip(), style="bold", markup=False, highlight=False)
    for answer in answers_of(ledger, config, isbn, use_case=use_case, recipient=recipient):
        colour = "green" if answer.went else "yellow"
        since = f" since {answer.since:%Y-%m-%d %H:%M}" if answer.since else ""
        console.print(f"[bold]{answer.recipient}[/] [{colour}]{answer.verdict}[/]{since}", highlight=False)
        for line in _lines(answer):
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _lines(answer: "Answer") -> Iterator[str]:
    yield answer.because
    if (sent := answer.sent) is not None:
        acknowledged = f", acknowledged {sent.acknowledged_at:%Y-%m-%d %H:%M}" if sent.acknowledged_at else ""
        cover = "cover sent" if sent.cover else "no cover in it"
        yield f"sent last {sent.sent_at:%Y-%m-%d %H:%M}{acknowledged}: revision {sent.revision}, {sent.message}, {cover}"
    if answer.to_go:
        yield f"-> {answer.to_go}"


def _show_belief(ledger: "Ledger", config: "Config", isbn: str, use_case: str, recipient: str, on: str) -> None:
    from colophon.asked import belief
    from colophon.last_sent import believed
    from colophon.onix.codelist_file import load_code_lists

    moment = _end_of(on) if on else environment.now()
    held = believed(ledger.desk.told(isbn, use_case, recipient), moment)
    day = f"on {on}" if on else "today"
    if held is None:
        console.print(f"\n{recipient} believed nothing of it {day}: it never had it by then.", highlight=False)
        return
    content = ledger.content(held.row.content_hash)
    if content is None or recipient not in config.recipients:
        raise NotFoundError("what was sent is kept no longer, or the recipient has no profile", system="ledger")
    shown = table(f"\nWhat {recipient} believes {day}: revision {held.row.revision}, {held.state_at(moment)}", "", "")
    for name, value in belief(content, config.recipients[recipient], load_code_lists(config.publisher.code_lists)):
        shown.add_row(name, escape(value))
    console.print(shown)


def _show_changes(ledger: "Ledger", isbn: str, use_case: str, recipient: str) -> None:
    from colophon.onix.said import LONGEST, changes

    rows = [told for told in ledger.desk.told(isbn, use_case, recipient) if told.sent_at is not None]
    for name in sorted({told.row.destination for told in rows}):
        last = [told for told in rows if told.row.destination == name][-2:]
        if len(last) < 2:
            console.print(f"{name}: only one content was ever sent.", highlight=False)
            continue
        before, after = (ledger.content(told.row.content_hash) or b"" for told in last)
        shown = table(f"{name}: revision {last[0].row.revision} to {last[1].row.revision}", "field", "before", "after")
        for change in changes(before, after):
            shown.add_row(*(escape(text[:LONGEST]) for text in change))
        console.print(shown)
    if not rows:
        console.print(f"Nothing was ever sent of {isbn}.", highlight=False)


def _show_open(ledger: "Ledger", config: "Config", isbn: str, use_case: str) -> None:
    from colophon.asked import open_where_closed
    from colophon.http.retry import asking_once
    from colophon.rights import Atlas, judge
    from colophon.stopped import as_stopped
    from colophon_airflow.rights import holding_of
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    atlas, day = Atlas.load(config.publisher.code_lists), environment.now().date()
    with without_log(), asking_once():
        rights = judge(holding_of(ConsonanceHook("consonance_default"), isbn, config.embargoes.first_day_of_sale), atlas)
    judged = as_stopped(ledger, isbn, rights)

    def allowed(channel: str) -> Collection[str]:
        return {place for place in atlas.countries if judged.explain(place, channel, day).is_open}

    found = open_where_closed(ledger, config, isbn, use_case, allowed, environment.now())
    shown = table("Who has it open where rights are closed", "recipient", "countries", "which")
    for name, places in found.items():
        shown.add_row(name, str(len(places)), ", ".join(places))
    console.print(shown if found else "Nobody has it open where rights are closed.")


def _show_lists(ledger: "Ledger", use_case: str, recipient: str, *, not_gone: bool, late: bool, last_night: bool) -> None:
    from colophon import asked

    now = environment.now()
    if not_gone:
        _show_lines("What has not gone", asked.not_gone(ledger, use_case, recipient))
    if late:
        _show_lines("What is late", asked.late(ledger, use_case, now, recipient))
    if last_night:
        _show_lines("What went wrong in the last 24 hours", asked.went_wrong(ledger, use_case, now - NIGHT, recipient))


def _show_lines(heading: str, lines: "Sequence[Line]") -> None:
    shown = table(f"{heading}: {len(lines)}", "recipient", "title", "since", "what", "to do")
    for line in lines[:MOST]:
        about = f"{line.isbn} {line.title}".strip() if line.isbn and line.isbn not in line.title else line.isbn or line.title
        shown.add_row(line.recipient, escape(about[:80]), f"{line.since:%Y-%m-%d %H:%M}", escape(line.what), escape(line.to_do))
    console.print(shown if lines else f"{heading}: nothing.")
    if len(lines) > MOST:
        console.print(f"and {len(lines) - MOST} more; the desk has them all.", highlight=False)


def _number(text: str) -> str:
    from colophon.domain.identifiers import isbn13_of

    found = isbn13_of(text)
    if found is None:
        what = f"{text} is no ISBN" if text else "which title?"
        raise InvalidError(what, remedy="Give an ISBN, or ask with --not-gone, --late or --last-night.")
    return found


def _end_of(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise InvalidError(f"{text} is no day", remedy="Write it as 2027-03-01.") from problem
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - timedelta(microseconds=1)
