"""EX-8, contributor requests: contributors are asked for proofs, cover copy and reviews, chased, and told of publication.

What becomes of each letter is on the project in Consonance, and an answer that wants a person is that person's to-do.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.inbound import CONSONANCE
from colophon.blocks.letters import Letters, write_by_kind
from colophon.config import Config
from colophon.config.letters import LetterTemplate, destinations
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.ledger import HistoryRow, Ledger
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.use_cases.exstream.stage_letters import at_stages, communications, newest, titles


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Requests of stages that were reached, chasers of what nobody answered, and what an answer asks of somebody here."""
    rules = context.config.contributor_requests
    letters, others = at_stages(rules, titles(facts.records(Product)), facts, context, use_case=CASE.id)
    plan = write_by_kind(letters, facts, context, case=CASE, kinds=rules.letters) | others
    plan.everything = frozenset([*templates(context.config), CONSONANCE])
    return plan


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The template of each kind of request."""
    return destinations(config.contributor_requests.letters)


def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """What has gone of every request, with what was answered."""
    return newest(ledger, CASE.id, templates(context.config))


def write_backs(*, ledger: Ledger, config: Config, params: Mapping[str, Any], as_of: datetime) -> Iterator[WriteOp]:  # noqa: ARG001 - the operator's signature
    """Each step of each letter, on the project."""
    return communications(ledger, CASE.id, {place: each.template for place, each in templates(config).items()}, "ex8")


CASE = Letters(
    id="exstream__contributor_requests",
    reads=(Todo, Product),
    gains=(Contact, ContactFields, TeamMember, HistoryRow),
    recalled=recalled,
    decide=decide,
    backfill="silent",
    reads_all=True,
    writes=("recordCommunication", "upsertTodo"),
    systems=("opentext_exstream",),
    templates=templates,
)
