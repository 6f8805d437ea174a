"""EX-1, reader campaigns: launches, renewals, order confirmations and letters to readers, each once, by the channel that they chose.

Who is meant, and why somebody gets none, DuckDB says (`reader_selection`); `reader_letters` writes each letter. Here it is entered, and what
waits and is not wanted any more is taken back. A launch is told to a person once for each title, whichever campaign it was in.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan, RightsQuestion
from colophon.blocks.ids import READER_CAMPAIGNS
from colophon.blocks.letter import NO_ADDRESS, RULES, communication
from colophon.blocks.letters import Letters
from colophon.blocks.use_case import RIGHTS
from colophon.config import Config
from colophon.config.letters import LetterTemplate, destinations
from colophon.domain.delivery import Intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.ledger import Ledger
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.systems.opentext_exstream.operations import SUBMIT
from colophon.systems.opentext_exstream.outcomes import answer_to
from colophon.use_cases.exstream.reader_letters import SEED, ReaderLetter


class Unwanted(NamedTuple):
    """What waits and is not wanted any more."""

    place: str
    subject: str


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """One part of the run's letters, and what is taken back."""
    plan, letters = Plan(), facts.records(ReaderLetter, ()) if ReaderLetter in facts else ()
    for each in letters:
        plan.judged.setdefault(each.place, []).append(each.subject)
        content = json.dumps(each.letter.model_dump(mode="json", by_alias=True, exclude_none=True), sort_keys=True, ensure_ascii=False)
        plan.intents.append(
            Intent(
                use_case=CASE.id,
                destination=each.place,
                subject=each.subject,
                delivery_class=str(SUBMIT.writes),
                content=content.encode(),
                media_type="application/json",
                as_of=context.as_of,
                labels=each.labels,
            )
        )
    for gone in facts.records(Unwanted, ()) if Unwanted in facts else ():
        plan.judged.setdefault(gone.place, []).append(gone.subject)
    return plan


def not_reached(unreached: Iterable[tuple[str, str]], config: Config, found: str = "no address that works") -> list[Finding]:
    """An exception for each reader to whom what is no advertising cannot be brought."""
    says, remedy = RULES[NO_ADDRESS]
    remedy = remedy.replace("Consonance", "the list of readers")
    return [
        Finding(subject=f"reader:{reader}/{campaign}", rule=NO_ADDRESS, severity=Severity.ERROR, field="address", found=found, expected=says,
                remedy=remedy, owner=config.owners.of(NO_ADDRESS, CASE.id))
        for campaign, reader in unreached
    ]  # fmt: skip


def seeded(config: Config) -> dict[str, LetterTemplate]:
    """The destinations of the publisher's own addresses."""
    return {f"{place}{SEED}": template for place, template in destinations(config.campaigns).items()}


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The templates of all campaigns, and of the same letters to the publisher's own addresses."""
    return {**destinations(config.campaigns), **seeded(config)}


def places_of(config: Config, campaigns: Collection[str]) -> dict[str, LetterTemplate]:
    """The destinations of some campaigns."""
    return dict(destinations({name: config.campaigns[name] for name in campaigns if name in config.campaigns}))


def write_backs(*, ledger: Ledger, **_more: object) -> Iterator[WriteOp]:
    """What readers wrote back, on the title that the letter was about."""
    for row in ledger.answered_letters(CASE.id):
        if "work" in row.labels:
            words = ": ".join(filter(None, (row.code, answer_to(ledger, row.delivery_id))))
            about, template = {"workId": int(row.labels["work"])}, row.labels["template"].rpartition(" ")[0]
            yield communication(row, reference=f"ex1:{row.delivery_id}", template=template, about=about, words=words)


CASE = Letters(
    id=READER_CAMPAIGNS,
    reads=(Product,),
    upstream=RIGHTS,
    rights=RightsQuestion(lambda config: {campaign.sale_channel for campaign in config.campaigns.values()}),
    decide=decide,
    backfill="silent",
    reads_all=True,
    writes=("recordCommunication",),
    write_backs=write_backs,
    systems=("opentext_exstream",),
    templates=templates,
)
