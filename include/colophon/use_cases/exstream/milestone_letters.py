"""EX-4, milestone letters: contributors hear of acquisition, approval and delay, and are asked what a stage asks for.

A delay is counted from the date that somebody was told last; who was told nothing yet counts from the date that was known first.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.letter import UNHEARD, DueLetter
from colophon.blocks.letters import Letters, write_by_kind
from colophon.config import Config
from colophon.config.letters import LetterKind, LetterTemplate, MilestoneLetters, destinations
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.use_cases.exstream.letter_titles import Title, titles
from colophon.use_cases.exstream.stage_letters import at_stages, followed, letter_of

ACQUISITION, DELAY = "acquisition", "delay"


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Letters about contracts signed, stages reached and dates put off; and chasers, where a stage asks for something."""
    rules, works = context.config.milestone_letters, titles(facts.records(Product), context)
    letters, others = at_stages(rules, works, facts, context, use_case=CASE.id)
    dates = _dates(works.values(), context)
    letters += _signed(facts.records(Contract, ()), works, rules, context.as_of.date())
    letters += _delayed(works.values(), dates, rules, facts.records(HistoryRow), context.as_of.date())
    plan = write_by_kind(letters, facts, context, case=CASE, kinds=_kinds(rules)) | others
    plan.everything = frozenset([*templates(context.config), CONSONANCE])
    plan.memory = {"dates": dates}
    return plan


def _signed(contracts: Iterable[Contract], works: Mapping[int, Title], rules: MilestoneLetters, today: date) -> Iterator[DueLetter]:
    for contract in contracts:
        title = works.get(contract.work_id or 0)
        if (
            title is None
            or contract.signed_on is None
            or contract.terminated_on
            or not 0 <= (today - contract.signed_on).days <= rules.fresh_days
        ):
            continue
        for contact_id in title.contributors(rules.acquisition.roles):
            subject, data = f"{ACQUISITION}/{contract.subject}/contact:{contact_id}", {"SignedOn": contract.signed_on.isoformat()}
            yield letter_of(ACQUISITION, subject, contact_id, title, data, contract=str(contract.id))


def _dates(works: Iterable[Title], context: DecisionContext) -> dict[str, list[str]]:
    """By work the date that was known first, the one of today, and since when that is so."""
    before, today = context.memory.get("dates", {}), context.as_of.date().isoformat()
    found: dict[str, list[str]] = dict(before)
    for title in works:
        key, now = str(title.work_id), title.publication_on.isoformat() if title.publication_on else ""
        first, last, since = before.get(key, (now, now, today))
        if now:
            found[key] = [first or now, now, since if last in {now, ""} else today]
    return found


def _delayed(
    works: Iterable[Title], dates: Mapping[str, list[str]], rules: MilestoneLetters, rows: Iterable[HistoryRow], today: date
) -> Iterator[DueLetter]:
    told: dict[tuple[str, str], str] = {}
    for row in sorted((row for row in rows if "to" in row.labels and row.state not in UNHEARD), key=lambda row: row.as_of):
        told[row.labels["work"], row.labels["contact"]] = row.labels["to"]
    for title in works:
        key, new = str(title.work_id), title.publication_on
        if new is None or title.is_cancelled or (today - date.fromisoformat(dates[key][2])).days > rules.fresh_days:
            continue
        for contact_id in title.contributors(rules.delay.roles):
            old = told.get((key, str(contact_id)), dates[key][0])
            if (new - date.fromisoformat(old)).days > rules.delay.days:
                subject, data = f"{DELAY}/work:{key}/{new}/contact:{contact_id}", {"OldDate": old, "NewDate": new.isoformat()}
                yield letter_of(DELAY, subject, contact_id, title, data, to=new.isoformat())


def _kinds(rules: MilestoneLetters) -> dict[str, LetterKind]:
    return {ACQUISITION: rules.acquisition, DELAY: rules.delay, **rules.letters}


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The template of each kind of letter."""
    return destinations(_kinds(config.milestone_letters))


CASE = followed(
    Letters(
        id="exstream__milestone_letters",
        reads=(Todo, Product),
        gains=(Contract, Contact, ContactFields, TeamMember, HistoryRow),
        decide=decide,
        backfill="silent",
        reads_all=True,
        writes=("recordCommunication", "upsertTodo"),
        systems=("opentext_exstream",),
        templates=templates,
    ),
    "ex4",
)
