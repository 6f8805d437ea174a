"""XC-4, rights and royalty exchange: terms, rates and obligations go out; what comes back is `exchange_inbound`.

Consonance owns terms and what is owed, finance owns what was paid, unless exchange.yaml says otherwise.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.delivery_states import WAITING
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.ledger import Ledger
from colophon.rights.licences import GRANTED
from colophon.royalty_run.approved import APPROVED
from colophon.royalty_run.approved import USE_CASE as STATEMENTS
from colophon.use_cases.exstream.royalty_statements import GOOD
from colophon.use_cases.xconnector import exchange_events as events
from colophon.use_cases.xconnector.exchange_inbound import BACK

NO_CONTRACT = "RX8"


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Every recipient's events, of all contracts and statements; the ledger drops those that it has already.

    Where a record could not be read, nothing is told of the rights in its work, for it would be taken for gone. If all could be
    read, terms that nobody tells any more are withdrawn while they wait, and a platform hears of a contract that has lost all its
    rights. A statement that has left is owed: it is never withdrawn.
    """
    plan, grants, deals = Plan(), facts.records(HeadGrant), facts.records(RightsDeal)
    unread = {finding.about for finding in facts.findings}
    held = {record.contract_id for records in (grants, deals) for record in records if f"work:{record.work_id}" in unread}
    data: dict[str, list[dict[str, Any]]] = {
        events.ROYALTY_TERMS: [],
        events.RIGHTS_TERMS: [event for event in events.rights_terms(grants, deals) if event["contractId"] not in held],
        events.STATEMENT: list(_statements(facts.records(HistoryRow), context)),
    }
    for recipient, kind in context.config.exchange.recipients.items():
        intents = [events.intent(CASE.id, recipient, kind, event, context.as_of) for event in data[kind]]
        plan.settled[recipient] = []
        if kind == events.ROYALTY_TERMS:
            intents, plan.settled[recipient] = _terms(facts.records(RoyaltyTerms), recipient, context)
        plan.intents += intents
        plan.judged[recipient] = sorted({*plan.settled[recipient], *(intent.subject for intent in intents)})
        if kind == events.RIGHTS_TERMS:
            gone = [] if facts.findings else _gone(facts.records(HistoryRow), recipient, plan.judged[recipient], context)
            plan.intents += gone
            plan.judged[recipient] += [intent.subject for intent in gone]
            plan.findings += _untold(deals, recipient)
            plan.settled[recipient] = sorted({deal.subject for deal in deals})
            plan.judged[recipient] += plan.settled[recipient]
        if kind != events.STATEMENT and not facts.findings:
            plan.everything |= {recipient}
    return plan


def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Statements of all periods, but what was approved and never sent on its own; and what rights platforms have."""
    places = [(STATEMENTS, name) for name in ledger.counts(STATEMENTS) if not name.startswith(APPROVED)]
    places += [(CASE.id, name) for name, kind in context.config.exchange.recipients.items() if kind == events.RIGHTS_TERMS]
    return (row for place in places for row in ledger.newest(*place))


def _terms(records: Iterable[RoyaltyTerms], recipient: str, context: DecisionContext) -> tuple[list[Intent], list[str]]:
    """Terms as a recipient is to have them, and contracts whose terms it has.

    A workbook has no column for much that the API tells: where it says what was told last, as far as it goes, that stands; also
    where it still waits.
    """
    intents, settled = list[Intent](), list[str]()
    for terms in records:
        event = events.royalty_terms(terms)
        labels = {events.SHEETS: events.as_sheets_tell(event)}
        intent = events.intent(CASE.id, recipient, events.ROYALTY_TERMS, event, context.as_of, labels)
        last = context.history(recipient, [intent.subject]).get(intent.subject) if terms.origin is not None else None
        if last is None or last.labels.get(events.SHEETS) != labels[events.SHEETS]:
            intents.append(intent)
        elif last.state == WAITING and (content := context.content(last.content_hash)) is not None:
            intents.append(replace(intent, content=content))
        else:
            settled.append(intent.subject)
    return intents, settled


def _gone(rows: Iterable[HistoryRow], recipient: str, told: Collection[str], context: DecisionContext) -> list[Intent]:
    """Of contracts under which there are no rights any more, and of which a platform has some: that there are none."""
    subjects = {row.subject for row in rows if (row.use_case, row.destination) == (CASE.id, recipient)} - set(told)
    had = [subject for subject, last in sorted(context.history(recipient, subjects).items()) if last.held]
    events_of = (events.rights_of(int(subject.removeprefix("contract:"))) for subject in had)
    return [events.intent(CASE.id, recipient, events.RIGHTS_TERMS, event, context.as_of) for event in events_of]


def _statements(rows: Iterable[HistoryRow], context: DecisionContext) -> Iterator[dict[str, Any]]:
    """Approved statements that have left."""
    for row in rows:
        letter = context.content(row.content_hash) if row.use_case != CASE.id and row.state in GOOD else None
        if letter is not None and (statement := events.statement(letter, row.labels)) is not None:
            yield statement


def _untold(deals: Iterable[RightsDeal], recipient: str) -> Iterator[Finding]:
    """Licences that a rights platform does not hear of, for terms travel with their contract and these have none."""
    for deal in deals:
        if deal.contract_id is None and deal.status in GRANTED:
            yield Finding(
                subject=deal.subject, rule=NO_CONTRACT, severity=Severity.ERROR, field="contract", found="nothing",
                expected="the contract under which the licence was granted", owner="rights_manager", blocks=recipient,
                remedy="Name it on the licence in Consonance; the licence is then told with it.",
            )  # fmt: skip


CASE = UseCase(
    id="xconnector__rights_royalty_exchange",
    reads=(RoyaltyTerms, HeadGrant, RightsDeal),
    recalled=recalled,
    reads_all=True,  # an event has all of its contract
    decide=decide,
    backfill="latest",
    writes=BACK.writes,
    systems=("xconnector", "recipients"),
)
