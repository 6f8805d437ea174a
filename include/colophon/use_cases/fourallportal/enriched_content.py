"""FP-6, words of the portal: what is written there comes into the title's records, cleaned, for the recipients that it was written for.

The words of a title are one row beside the supplement. A text remembers which editorial text it was written from; once that one
changes, ours goes, and both are listed. What is too long, or for nobody that we know, is an exception, and ours goes.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.supplement import Supplement
from colophon.errors import BadRecordError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.use_cases.fourallportal.title_words import DESTINATION, Words


class WordsAtPortal(NamedTuple):
    """An object with the fields that the portal owns, its product (None: Consonance has none that can be read), and its row as it was.

    `obj`: None where the portal has it no more.
    """

    object_id: str
    obj: PortalObject | None
    product: Product | None
    before: Supplement | None = None


@dataclass(slots=True)
class WordsPlan(Plan):
    """`rows`: what stands beside the supplement from now on, by object; None: nothing."""

    rows: dict[str, Supplement | None] = field(default_factory=dict)


def decide(facts: Facts, context: DecisionContext) -> WordsPlan:
    """The row of each title, and what of its words cannot be taken."""
    plan, (mapping,) = WordsPlan(judged={DESTINATION: []}, settled={DESTINATION: []}), facts.records(PortalMapping)
    for title in facts.records(WordsAtPortal):
        subject = f"portal:{title.object_id}"
        plan.judged[DESTINATION].append(subject)
        if title.obj is None:
            plan.rows[title.object_id] = None
        elif title.product is not None:
            plan.names[subject] = title.product.subject
            words = Words(title.product, context.config, title.before)
            try:
                plan.rows[title.object_id] = words.row(title.obj, mapping)
            except BadRecordError as problem:
                words.problem("PORTAL-ENTRY", "entry", problem.sentence, "an entry with a value")
            plan.findings += words.findings
        if not plan.findings or plan.findings[-1].subject != plan.names.get(subject):
            plan.settled[DESTINATION].append(subject)
    return plan


CASE = UseCase(
    id="fourallportal__enriched_content",
    reads=(WordsAtPortal,),
    upstream=(Product,),
    decide=decide,
    backfill="latest",
    systems=("fourallportal",),
)
