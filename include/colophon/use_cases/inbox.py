"""What a use case gets that lives on the inbox, and what it gives."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from colophon.config.notices import Notices
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.http.jsontext import write_json
from colophon.ledger import HistoryRow, Intent
from colophon.ledger.inbox import InboxItem
from colophon.systems.consonance.writes import WriteOp

CONSONANCE = "consonance"


@dataclass(frozen=True, slots=True)
class Arrived:
    """Events that wait, the titles that they speak of by ISBN, what the ledger has of each ISBN, and the publisher's rules.

    `team`: who works on these titles, for use cases that ask for it (`READS_TEAM`).
    """

    items: Sequence[InboxItem]
    titles: Mapping[str, Product]
    past: Mapping[str, Sequence[HistoryRow]]
    rules: Notices
    as_of: datetime
    team: Sequence[TeamMember] = ()

    def member(self, work_id: int, role: str) -> int | None:
        """The contact who has a role in a title's team now, by its name in any case; None where nobody is named."""
        on = [one.contact_id for one in self.team if (one.work_id, one.role) == (work_id, role.upper()) and one.is_on(self.as_of.date())]
        return min(on, default=None)


class Closed(NamedTuple):
    """An event that is dealt with, and how; `parked`: nobody can."""

    item: InboxItem
    note: str = ""
    parked: bool = False


@dataclass(slots=True)
class Answered:
    """What is to be told to Consonance, what is wrong with whom, and which events are dealt with; the others wait."""

    intents: list[Intent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judged: set[str] = field(default_factory=set)
    closed: list[Closed] = field(default_factory=list)

    def park(self, item: InboxItem, problem: Finding) -> None:
        """Nobody can deal with an event: an exception says why."""
        self.findings.append(problem)
        self.judged.add(problem.subject)
        self.closed.append(Closed(item, problem.found, parked=True))


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
