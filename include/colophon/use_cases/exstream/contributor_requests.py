"""EX-8, contributor requests: contributors are asked for proofs, cover copy and reviews, chased, and told of publication.

What becomes of each letter is on the project in Consonance, and an answer that wants a person is that person's to-do.
"""

from collections.abc import Mapping

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.letters import Letters, write_by_kind
from colophon.config import Config
from colophon.config.letters import LetterTemplate, destinations
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.use_cases.exstream.letter_titles import titles
from colophon.use_cases.exstream.stage_letters import at_stages, followed


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Requests of stages that were reached, chasers of what nobody answered, and what an answer asks of somebody here."""
    rules = context.config.contributor_requests
    letters, others = at_stages(rules, titles(facts.records(Product), context), facts, context, use_case=CASE.id)
    plan = write_by_kind(letters, facts, context, case=CASE, kinds=rules.letters) | others
    plan.everything = frozenset([*templates(context.config), CONSONANCE])
    return plan


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The template of each kind of request."""
    return destinations(config.contributor_requests.letters)


CASE = followed(
    Letters(
        id="exstream__contributor_requests",
        reads=(Todo, Product),
        gains=(Contact, ContactFields, TeamMember, HistoryRow),
        decide=decide,
        backfill="silent",
        reads_all=True,
        writes=("recordCommunication", "upsertTodo"),
        systems=("opentext_exstream",),
        templates=templates,
    ),
    "ex8",
)
