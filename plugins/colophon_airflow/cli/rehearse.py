"""`colophon rehearse`: what an edited profile, or another severity of a rule, would do to each title's record. Nothing is sent or entered."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from colophon.errors import BadConfigError, NotFoundError
from colophon_airflow.cli.doctor import use_what_runs_here
from colophon_airflow.cli.ledger import Url, open_ledger_at
from colophon_airflow.cli.screen import console, table, without_log

if TYPE_CHECKING:
    from colophon.config import Config
    from colophon.domain.facts import Facts
    from colophon.ledger import Ledger
    from colophon.onix.profile import Profile
    from colophon.rights.facts import Facts as RightsFacts
    from colophon.rights.on_paper import Paper
    from colophon.rights.snapshot import RightsSnapshot
    from colophon.use_cases.xconnector.rehearsal import Difference

Part = tuple["Facts", "RightsSnapshot"]
_CUT = 100


def rehearse(
    *,
    profile: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="The recipient's profile as it would be.")] = None,
    severity: Annotated[list[str] | None, typer.Option(metavar="RULE=E", help="A rule's severity as it would be: E, W or C.")] = None,
    recipient: Annotated[list[str] | None, typer.Option(help="For this recipient alone; without a profile, all.")] = None,
    isbn: Annotated[list[str] | None, typer.Option(help="These titles, read now. Default: what the last full run read.")] = None,
    ends: Annotated[list[str] | None, typer.Option(metavar="ID=DAY", help="A contract's last day as it would be; with --isbn.")] = None,
    published: Annotated[
        list[str] | None, typer.Option(metavar="ISBN=DAY", help="A day of publication as it would be; with --isbn.")
    ] = None,
    most: Annotated[int, typer.Option(help="Show at most so many titles of a recipient.")] = 20,
    conn_id: Annotated[str, typer.Option(help="Connection to Consonance.")] = "consonance_default",
    ledger: Url = None,
) -> None:
    """Show which titles' records would differ, field by field, and which would newly stay back. Nothing is sent or entered."""
    from colophon.blocks.decision import DecisionContext
    from colophon.environment import now
    from colophon.use_cases.xconnector import rehearsal
    from colophon.use_cases.xconnector.metadata_syndication import CASE
    from colophon_airflow.links import plan_page
    from colophon_airflow.settings import publisher_config

    use_what_runs_here()
    config = publisher_config()
    paper = _paper(ends or [], published or [])
    if paper and not isbn:
        raise BadConfigError("on paper are titles that are named", remedy="Name them (--isbn).")
    edited = _edited(config, profile, severity or [], recipient or [], is_paper=paper is not None)
    found: dict[str, list[Difference]] = {each.id: [] for each in edited}
    looked_at = 0
    with without_log(), open_ledger_at(ledger) as opened:
        history = partial(opened.latest, CASE.id)
        for parts in _of_now(isbn, conn_id, opened, paper) if isbn else ((part,) for part in _of_last_run(opened)):
            today, *changed = (
                (facts, DecisionContext(as_of=now(), config=config, params={}, history=history, rights=rights, content=opened.content))
                for facts, rights in parts
            )
            looked_at += sum(today[0].count(kind) for kind in CASE.reads)
            for each in edited:
                found[each.id] += rehearsal.rehearse(*(changed[0] if changed else today), each, today=today)
        run = _keep(opened, found, looked_at, [*(severity or []), *(ends or []), *(published or [])])
    console.print(f"{looked_at} titles looked at; nothing was sent or entered. On the desk: {plan_page(run)}", highlight=False)
    for name, differences in found.items():
        _show(name, differences, most)


def _keep(ledger: "Ledger", found: "Mapping[str, Sequence[Difference]]", looked_at: int, changed: Sequence[str]) -> str:
    """Keep it as a plan for the desk, under the name that is returned."""
    from colophon import rehearsed
    from colophon.environment import now
    from colophon.use_cases.xconnector import rehearsal
    from colophon.use_cases.xconnector.metadata_syndication import CASE

    at, of = now(), ", ".join([*found, *changed])
    run = f"rehearsal of {of} at {at.isoformat()}"
    for part, (name, differences) in enumerate(found.items()):
        rehearsed.keep(ledger.memory, CASE.id, run, part, rehearsal.rows(name, differences), at)
    facts = {"dry": True, "read": looked_at, "destinations": {}, "unarmed": [], "rehearsal": of}
    rehearsed.keep_head(ledger.memory, CASE.id, run, facts, at)
    return run


def _paper(ends: Sequence[str], published: Sequence[str]) -> "Paper | None":
    """Records as they would be; None where none would be another one.

    :raises BadConfigError: one that is not written so.
    """
    from datetime import date

    from colophon.rights.on_paper import Paper

    try:
        last_days = {int(name): date.fromisoformat(day) for name, _, day in (each.partition("=") for each in ends)}
        days = {name.replace("-", ""): date.fromisoformat(day) for name, _, day in (each.partition("=") for each in published)}
    except ValueError as problem:
        raise BadConfigError(f"no id and day: {problem}", remedy="Write 107=2027-03-31, or 9781999000004=2027-03-31.") from problem
    return Paper(last_days, days) if ends or published else None


def _edited(config: "Config", file: Path | None, severities: Sequence[str], names: Sequence[str], *, is_paper: bool) -> "list[Profile]":
    """The profiles as they would be."""
    from colophon.config.files import load_part
    from colophon.domain.finding import Severity
    from colophon.onix.profile import Profile
    from colophon.use_cases.xconnector.nights import recipients
    from colophon.use_cases.xconnector.rehearsal import with_severities

    if file is None and not severities and not is_paper:
        remedy = "Name a profile (--profile FILE), a severity (--severity D10=E), a contract's end (--ends ID=DAY) or a day (--published ISBN=DAY)."
        raise BadConfigError("nothing is to be changed", remedy=remedy)
    changed = {rule: value.strip().upper() for rule, _, value in (each.partition("=") for each in severities)}
    if wrong := [f"{rule}={value}" for rule, value in changed.items() if value not in set(Severity)]:
        raise BadConfigError(f"no severity: {', '.join(wrong)}", remedy="Write RULE=E, RULE=W or RULE=C.")
    profiles = [load_part(Profile, file.name, file.parent)] if file is not None else recipients({"recipients": list(names)}, config)
    return [with_severities(each, changed) for each in profiles]


def _of_last_run(ledger: "Ledger") -> "Iterator[Part]":
    """What the last run read that read everything, batch by batch.

    :raises NotFoundError: there was none, or what it read is gone.
    """
    from colophon.errors import StagingUnusableError
    from colophon.rights.snapshot import RightsSnapshot
    from colophon.rights.status import status_from
    from colophon.use_cases.xconnector.metadata_syndication import staged
    from colophon_airflow.operators.base import staged_lines
    from colophon_airflow.operators.syndication import READ, RIGHTS

    remedy = "Name titles (--isbn), or run the metadata syndication with mode full and dry_run."
    kept = ledger.memory.get(READ)
    if kept is None:
        raise NotFoundError("no run has read the whole catalogue yet", system="ledger", remedy=remedy)
    try:
        for batch in kept[0]["batches"]:
            statuses = map(status_from, staged_lines([batch[RIGHTS]]))
            rights = RightsSnapshot({status.subject.removeprefix("isbn:"): status for status in statuses})
            yield staged(staged_lines([{name: value for name, value in batch.items() if name != RIGHTS}])), rights
    except StagingUnusableError as gone:
        raise NotFoundError(f"what the run of {kept[1]:%Y-%m-%d} read is gone", system="staging", remedy=remedy) from gone


def _of_now(isbns: Sequence[str], conn_id: str, ledger: "Ledger", paper: "Paper | None") -> "Iterator[tuple[Part, ...]]":
    """Titles as Consonance has them now, and as they would be on paper.

    :raises NotFoundError: it does not have one of them. :raises InvalidError: it has no such contract.
    """
    from colophon.blocks.use_case import channels
    from colophon.domain.facts import Facts
    from colophon.domain.product import Product
    from colophon.environment import now
    from colophon.http.retry import asking_once
    from colophon.stopped import stops
    from colophon_airflow.rights import snapshot_of, titles_now
    from colophon_airflow.settings import publisher_config
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    with asking_once():
        products, rights = titles_now(ConsonanceHook(conn_id), [isbn.replace("-", "").strip() for isbn in isbns])

    def part(products: "Sequence[Product]", rights: "RightsFacts") -> "Part":
        known = Facts.known({Product: list(products)}, source="graphql", as_of=now())
        return known, snapshot_of(rights, channels(publisher_config()), now(), stops(ledger))

    yield (part(products, rights), *([part(paper.products(products), paper.rights(rights))] if paper else []))


def _show(name: str, differences: "Sequence[Difference]", most: int) -> None:
    ways = Counter(f"{each.was} -> {each.would_be}" for each in differences if each.was != each.would_be)
    differ = sum(bool(each.changes) for each in differences)
    console.print(f"\n{name}", style="bold", markup=False, highlight=False)
    told = [f"{differ} records would differ", *(f"{count} {way}" for way, count in sorted(ways.items()))]
    console.print("; ".join(told) if differences else "Nothing would change.", markup=False, highlight=False)
    fails = Counter(finding.rule for each in differences for finding in each.fails)
    if fails:
        console.print(f"Newly kept back, by rule: {', '.join(f'{rule} {count}' for rule, count in fails.most_common())}", markup=False)
    shown = table("", "title", "field", "before", "after")
    for each in differences[:most]:
        for row in _rows(each):
            shown.add_row(*row)
    if differences:
        console.print(shown)
    if len(differences) > most:
        console.print(f"... and {len(differences) - most} titles more (--most)", markup=False, highlight=False)


def _rows(each: "Difference") -> "Iterator[tuple[Any, ...]]":
    title = f"{each.subject} {each.title}".strip()
    if each.was != each.would_be:
        yield title, "", each.was, each.would_be
    for finding in each.fails:
        yield title, f"{finding.rule} {finding.field}", finding.found, f"kept back: {finding.expected}"
    for change in each.changes:
        yield title, change.field, _cut(change.before), _cut(change.after)


def _cut(value: str) -> str:
    text = value or "nothing"
    return text if len(text) <= _CUT else f"{text[: _CUT - 3]}..."
