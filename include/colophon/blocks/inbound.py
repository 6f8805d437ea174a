"""Inbound: what a counterpart says waits in the inbox; the decision says what follows, and which events are dealt with.

The facts are the events that wait (`InboxItem`), the titles that they name (`Product`), who works on these (`TeamMember`) and what
the ledger has of them (`HistoryRow`). Every event ends as recorded, as a task, as an exception, or parked with a reason.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.http.jsontext import write_json
from colophon.ledger import Intent
from colophon.ledger.inbox import InboxItem
from colophon.systems.consonance.writes.operations import WriteOp

CONSONANCE = "consonance"


class Closed(NamedTuple):
    """An event that is dealt with, and how; `parked`: nobody can."""

    item: InboxItem
    note: str = ""
    parked: bool = False


def _nothing() -> dict[str, list[str]]:
    return {CONSONANCE: []}


@dataclass(slots=True)
class InboxDecision(Plan):
    """What is to be told to Consonance, what is wrong with whom, and which events are dealt with (`closed`); the others wait."""

    judged: dict[str, list[str]] = field(default_factory=_nothing)
    settled: dict[str, list[str]] = field(default_factory=_nothing)
    closed: list[Closed] = field(default_factory=list)

    def tell(self, *intents: Intent) -> None:
        """Consonance is to hear of it."""
        self.intents += intents
        self.judged[CONSONANCE] += (intent.subject for intent in intents)

    def look_at(self, subject: str) -> None:
        """It was looked at, and needs nothing but what is found wrong with it now: older exceptions about it close."""
        self.judged[CONSONANCE].append(subject)
        self.settled[CONSONANCE].append(subject)

    def park(self, item: InboxItem, problem: Finding) -> None:
        """Nobody can deal with an event: an exception says why."""
        self.findings.append(problem)
        self.judged[CONSONANCE].append(problem.subject)
        self.closed.append(Closed(item, problem.found, parked=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound(UseCase):
    """A use case that lives on the inbox: `types` of events (`*` stands for any beginning), and the `isbns` that events name.

    It judges what it names alone: what waits for Consonance and is not spoken of stays wanted.
    """

    decide: Callable[[Facts, DecisionContext], InboxDecision]
    types: tuple[str, ...]
    isbns: Callable[[Iterable[InboxItem]], set[str]]


def titles(facts: Facts) -> dict[str, Product]:
    """The titles that events name, by ISBN."""
    return {product.isbn13: product for product in facts.records(Product) if product.isbn13}


def unreadable(facts: Facts) -> set[str]:
    """ISBNs of titles that are there and cannot be read, which is an exception: events about them wait until it is mended."""
    state = facts.of(Product)
    return {finding.subject.removeprefix("isbn:") for finding in state.unreadable} if isinstance(state, Known) else set()


def intent(op: WriteOp, *, as_of: datetime, labels: Mapping[str, str], subject: str) -> Intent:
    """A write-back as a delivery. Labels are part of its content: what is remembered of a subject changes with them."""
    told = {"operation": op.operation, "reference": op.reference, "subject": op.subject, "members": dict(op.members)}
    return Intent(
        use_case=op.use_case,
        destination=CONSONANCE,
        subject=subject,
        delivery_class="A",
        content=write_json({**told, "labels": dict(labels)}),
        media_type="application/json",
        as_of=as_of,
        labels=labels,
    )


def fault(subject: str, rule: str, name: str, found: str, *, expected: str, remedy: str, owner: str, imprint: str = "") -> Finding:
    """An exception about something that a counterpart reported."""
    return Finding(
        subject=subject,
        rule=rule,
        severity=Severity.ERROR,
        field=name,
        found=found,
        expected=expected,
        remedy=remedy,
        owner=owner,
        imprint=imprint,
        blocks=CONSONANCE,
    )


def short(*parts: Any) -> str:
    """A name of 32 hex digits for what is told by its parts."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]
