"""EX-3, the royalty statement batch: which statements go to whom, by which template, once; and what Consonance is told of them.

A statement is named by period, account and payee. Once its account is approved for a period, nothing of it is ever planned
again: what changes later is a reversal and a new row in the next period (D4).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from colophon.blocks.letter import NOT_OUT_YET, communication
from colophon.blocks.use_case import Needs
from colophon.blocks.write_back import short
from colophon.config import Config
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.delivery import HistoryRow, Intent, OutcomeEvent
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.payment import Payment
from colophon.domain.product import Product
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_run import RoyaltyRun
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.royalties.statement.period import Period
from colophon.royalty_run.approved import (
    APPROVED,
    CORRECTIONS,
    USE_CASE,
    Memory,
    account_subject,
    approval_of,
    once_more,
)
from colophon.royalty_run.faults import CHANGED, NO_TEMPLATE, NO_WAY, NOT_DELIVERED, finding
from colophon.royalty_run.gather import Gathered
from colophon.royalty_run.period import period_for
from colophon.royalty_run.records import AccountResult, RunFacts
from colophon.royalty_run.settings import RoyaltySettings, Template
from colophon.systems.consonance.writes.operations import WriteOp

GOOD = frozenset({"sent", "confirmed", "opened", "picked_up", "responded"})
UNDER_WAY = frozenset({"planned", "in_flight", "accepted", "processing", "held"})


class Group(NamedTuple):
    """Statements of one template, version and compliance text: one destination of the ledger."""

    destination: str
    template: str
    version: str


@dataclass(slots=True)
class Issue:
    """What a run issues: deliveries of new statements, the record of what was approved, exceptions; `approved`: accounts that were not before."""

    intents: list[Intent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    approved: list[str] = field(default_factory=list)


LetterOf = Callable[[AccountResult, int, Template], Mapping[str, Any] | str]
"""The letter of one account's payee, as Exstream's content; or the reason why there is none."""


def issue(
    gathered: Gathered, facts: RunFacts, settings: RoyaltySettings, period: Period, letter_of: LetterOf, memory: Memory, *, as_of: datetime
) -> Issue:
    """The deliveries of all accounts that are not approved for this period yet; the same run again gives none."""
    issued = Issue()
    results = [result for result in gathered.results if result.statement and result.closing]
    subjects = [account_subject(result.account_id) for result in results]
    known, corrected = (memory.latest(USE_CASE, f"{prefix}{period.label}", subjects) for prefix in (APPROVED, CORRECTIONS))
    for result in results:
        record = approval_of(result, period, as_of)
        before = known.get(record.subject)
        if before is None:
            issued.intents.append(record)
            issued.approved.append(result.account_id)
            for payee_id in result.statement.payees if result.statement else ():
                statement = _statement(result, payee_id, facts, settings, period, letter_of, as_of)
                if isinstance(statement, Intent):
                    issued.intents.append(statement)
                    issued.counts["new"] += 1
                else:
                    issued.findings.append(statement)
                    issued.counts["without a way"] += 1
            continue
        issued.counts["approved before"] += 1
        if before.content_hash != record.content_hash or record.subject in corrected:
            correction, found = once_more(result, memory, period, as_of, is_corrected=record.subject in corrected)
            issued.intents += [correction] if correction else []
            issued.findings += [finding(CHANGED, f"{record.subject}:{period.label}", "approved statement", found)] if found else []
    return issued


def confirm(ledger: Any, period: Period, *, as_of: datetime) -> None:
    """What is kept of approved accounts has its outcome at once: a person confirmed it, and it goes nowhere."""
    rows = [row for prefix in (APPROVED, CORRECTIONS) for row in ledger.newest(USE_CASE, f"{prefix}{period.label}")]
    waiting = [row.delivery_id for row in rows if row.state == "planned"]
    ledger.record_outcomes([OutcomeEvent(one, "confirmed", as_of, "colophon", raw_state="approved") for one in waiting])


def is_good(word: str) -> bool:
    """Whether a statement with this outcome reached its payee, or is still under way."""
    return word in GOOD or word in UNDER_WAY


def groups_of(memory: Memory, settings: RoyaltySettings, period: Period) -> list[Group]:
    """All groups that have statements of a period in the ledger, whether they have gone or not."""
    there = memory.counts(USE_CASE)
    known = [Group(f"{period.label}:{one.name}", one.template, one.version) for one in settings.templates]
    return [group for group in known if group.destination in there]


def _statement(
    result: AccountResult, payee_id: int, facts: RunFacts, settings: RoyaltySettings, period: Period, letter_of: LetterOf, as_of: datetime
) -> Intent | Finding:
    """The delivery of one payee's statement, or why it cannot go by itself."""
    subject = statement_id(period, result.account_id, payee_id)
    payee = facts.payees.get(payee_id)
    template = settings.template_of(payee_id, payee.country if payee else None, _imprints(result, facts))
    if template is None:
        return finding(NO_TEMPLATE, subject, "template", "no template fits")
    letter = letter_of(result, payee_id, template)
    if isinstance(letter, str):
        return finding(NO_WAY, subject, "delivery", letter)
    return Intent(
        use_case=USE_CASE,
        destination=f"{period.label}:{template.name}",
        subject=subject,
        delivery_class="C",
        content=json.dumps(letter, sort_keys=True, ensure_ascii=False).encode(),
        media_type="application/json",
        as_of=as_of,
        occurrence=period.label,
        labels={"period": period.label, "account": result.account_id, "payee": str(payee_id)},
    )


def statement_id(period: Period, account_id: str, payee_id: int) -> str:
    """How the ledger names a statement."""
    return f"statement:{period.label}:{account_id}:{payee_id}"


def _imprints(result: AccountResult, facts: RunFacts) -> frozenset[str]:
    rows = result.statement.rows if result.statement else ()
    return frozenset(fact.imprint for one in rows if (fact := facts.products.get(one.row.key.product_id)))


def outcomes(rows: Iterable[HistoryRow]) -> tuple[Counter[str], list[Finding]]:
    """Every statement's outcome, counted by word; an exception for each that did not reach its payee."""
    given = list(rows)
    lost = [row for row in given if not is_good(row.state)]
    findings = [finding(NOT_DELIVERED, row.subject, "delivery", f"{row.state} {row.code}".strip()) for row in lost]
    return Counter(row.state for row in given), findings


def write_backs(*, ledger: Any, config: Config, params: Mapping[str, Any], as_of: datetime) -> Iterator[WriteOp]:  # noqa: ARG001 - the operator's signature
    """One communication on the contact for each statement that has an outcome; money stays here."""
    period = period_for(params, as_of)
    for destination in ledger.counts(USE_CASE):
        if not destination.startswith(f"{period.label}:"):
            continue
        for row in ledger.newest(USE_CASE, destination):
            if row.state not in NOT_OUT_YET:
                yield communication(
                    row,
                    reference=f"ex3:{row.labels['period']}:{row.labels['payee']}:{short(row.labels['account'])[:12]}",
                    template=destination.partition(":")[2],
                    about={"contactId": int(row.labels["payee"])},
                )


NEEDS = Needs(
    id=USE_CASE,
    reads=(RoyaltyTerms, Payment, Sale),
    gains=(HeadGrant, RightsReceipt, Clause, RoyaltyRun, ContactFields, Product, Contract, Contact),
    writes=("recordCommunication",),
    write_backs=write_backs,
    systems=("opentext_exstream",),
)
