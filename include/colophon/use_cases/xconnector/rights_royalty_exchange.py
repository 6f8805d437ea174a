"""XC-4, rights and royalty exchange: terms, rates and obligations out, payments and availability back, differences listed.

Consonance owns terms and what is owed, finance owns what was paid, unless exchange.yaml says otherwise. What the other side says
is never dropped: it is taken over, or listed as a difference, without amounts.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.blocks.decision import History
from colophon.domain.finding import Finding, Severity
from colophon.domain.rights_deal import RightsDeal
from colophon.http.jsontext import read_json
from colophon.ledger import Intent
from colophon.ledger.inbox import InboxItem
from colophon.ledger.records import HistoryRow
from colophon.rights import Availability
from colophon.rights.licences import GRANTED
from colophon.rights.state import ANY_CHANNEL
from colophon.systems.consonance.writes import WriteOp
from colophon.use_cases import inbox
from colophon.use_cases.exstream.royalty_statements import GOOD
from colophon.use_cases.inbox import Closed
from colophon.use_cases.royalties.reading import Exchanged
from colophon.use_cases.xconnector import exchange_events as events
from colophon.use_cases.xconnector.exchange_payments import Money, Owed, Told, equal_debts, name_of, open_debt, settled

USE_CASE = "xconnector__rights_royalty_exchange"
TYPES = ("*finance.payment.v1", "*finance.obligation.v1", "*rights.availability.v1")
NO_STATEMENT, OTHER_AMOUNT, UNREADABLE, UNPAID, UNKNOWN_ISBN, AVAILABLE = "RX1", "RX2", "RX3", "RX4", "RX5", "RX6"
SURPLUS, NO_CONTRACT = "RX7", "RX8"
OWNER = "royalty_manager"


class ExchangeConfig(BaseModel):
    """exchange.yaml: the kind of event of each recipient, who owns what, after how many days a payment is overdue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(gt=0)
    recipients: dict[str, Literal["royalty.terms", "rights.terms", "royalty.statement"]]
    owners: dict[Literal["obligations", "payments", "availability"], Literal["ours", "theirs"]]
    overdue_days: int = Field(gt=0)


class _Availability(BaseModel):
    """`data` of rights.availability."""

    model_config = ConfigDict(extra="ignore")

    isbn: str
    territory: str
    format: str
    channel: str | None = None
    available: bool
    starts_on: date | None = Field(default=None, alias="from")


@dataclass(slots=True)
class Answer:
    """What follows from what came in: write-backs, exceptions (`judged`: of whom they can close), and the events that are dealt with."""

    intents: list[Intent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judged: set[str] = field(default_factory=set)
    closed: list[Closed] = field(default_factory=list)


def outgoing(
    read: Exchanged, statements: Iterable[tuple[HistoryRow, bytes]], config: ExchangeConfig, as_of: datetime, history: History
) -> list[Intent]:
    """Every recipient's events; the ledger drops those that it has already.

    Terms from a workbook go only where it says something else than what was told last: it has no column for much that GraphQL tells.

    :param statements: approved statements that have left, with their letters.
    """
    told: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    sheets = {f"contract:{terms.contract_id}": events.as_sheets_tell(terms) for terms in read.terms}
    from_sheets = [f"contract:{terms.contract_id}" for terms in read.terms if terms.origin is not None]
    for terms in read.terms:
        told[events.ROYALTY_TERMS].append((f"contract:{terms.contract_id}", events.royalty_terms(terms)))
    for contract, data in events.rights_terms(read.grants, read.deals).items():
        told[events.RIGHTS_TERMS].append((f"contract:{contract}", data))
    for row, letter in statements:
        if row.state in GOOD and (data_of := _obligation(row, letter)):
            told[events.STATEMENT].append((f"contract:{data_of['contractId']}", data_of))
    intents = []
    for recipient, kind in config.recipients.items():
        known = history(recipient, from_sheets) if kind == events.ROYALTY_TERMS else {}
        intents += [
            events.intent(
                USE_CASE, recipient, kind, subject, data, as_of, {events.SHEETS: sheets[subject]} if kind == events.ROYALTY_TERMS else {}
            )
            for subject, data in told[kind]
            if subject not in known or known[subject].labels.get(events.SHEETS) != sheets[subject]
        ]
    return intents


def owed(intents_or_contents: Iterable[tuple[bytes, datetime]]) -> list[Owed]:
    """What we told finance of statements that are to be paid."""
    found = []
    for content, at in intents_or_contents:
        data = json.loads(content)
        if data.get("state") == events.PAID:
            told = (data["contractId"], data["payeeId"], data["period"], Decimal(data["amount"]), data["currency"])
            found.append(Owed(*told, at.date()))
    return found


def incoming(
    items: Sequence[InboxItem],
    debts: Sequence[Owed],
    products: Mapping[str, Availability],
    config: ExchangeConfig,
    as_of: datetime,
    past: Sequence[Told] = (),
) -> Answer:
    """What finance and the rights platform say, event by event; each is dealt with once.

    :param products: what the rights engine says of products, by ISBN. :param past: payments that were taken before.
    """
    made = Answer()
    for item in items:
        event: Any = read_json(item.body)
        kind = item.type.removesuffix(".v1")
        try:
            if kind.endswith("rights.availability"):
                _available(item, _Availability.model_validate(event["data"]), products, config, made, as_of.date())
            else:
                told = Money.model_validate(event["data"])
                if kind.endswith("payment"):
                    _paid(item, told, debts, (*past, *made.intents), config, made, as_of)
                else:
                    _obliged(item, told, debts, made)
        except (ValidationError, KeyError, TypeError):
            found = _fault(
                UNREADABLE, f"event:{item.id}", "data", "an event that cannot be read", "the members of its type", "Ask its sender."
            )
            made.findings.append(found)
            made.closed.append(Closed(item, found.found, parked=True))
    return made


def untold(deals: Iterable[RightsDeal], config: ExchangeConfig) -> list[Finding]:
    """Licences that no rights platform hears of, for terms travel with their contract and these have none."""
    if events.RIGHTS_TERMS not in config.recipients.values():
        return []
    return [
        _fault(NO_CONTRACT, one.subject, "contract", "nothing", "the contract under which the licence was granted",
               "Name it on the licence in Consonance; the licence is then told with it.", "rights_manager")
        for one in deals
        if one.contract_id is None and one.status in GRANTED
    ]  # fmt: skip


def overdue(debts: Iterable[Owed], paid: Iterable[tuple[int, int, str]], config: ExchangeConfig, as_of: datetime) -> list[Finding]:
    """Statements that were to be paid, and for which nobody reported a payment in time.

    :param paid: contract, payee and period of what was reported.
    """
    known, day = set(paid), as_of.date() - timedelta(days=config.overdue_days)
    return [
        _fault(UNPAID, _debt(one), "payment", "no payment was reported", f"a payment within {config.overdue_days} days",
               "Ask finance; the payment closes this by itself when it is reported.")
        for one in debts
        if one.amount > 0 and one.told_on < day and (one.contract_id, one.payee_id, one.period) not in known
    ]  # fmt: skip


def _obligation(row: HistoryRow, letter: bytes) -> dict[str, Any] | None:
    told = json.loads(letter)
    agreements = told["Data"]["Agreements"]
    contract = agreements[0]["Con26"] if agreements else 0
    return events.obligation(told, int(contract), int(row.labels["payee"]), row.labels["period"])


def _paid(
    item: InboxItem, told: Money, debts: Sequence[Owed], past: Sequence[Told], config: ExchangeConfig, made: Answer, as_of: datetime
) -> None:
    """A payment settles the oldest open debt of its amount; the same one under another event's id is no second one."""
    subject = f"payment:{told.contract_id}:{told.payee_id}:{name_of(told, item.source, item.id)}"
    if any(one.subject == subject for one in past):
        made.closed.append(Closed(item, "told already"))
        return
    if not told.amount:
        made.closed.append(Closed(item, "nothing was paid: nothing to record"))
        return
    equal = equal_debts(told, debts)
    debt = open_debt(equal, settled(past))
    if debt is None:
        made.findings.append(_surplus(subject) if equal else _differs(subject, told, debts))
    if told.paid_on is None:
        made.findings.append(_fault(UNREADABLE, subject, "paidOn", "nothing", "the day of the payment", "Ask finance for it."))
    elif config.owners.get("payments") == "theirs":
        made.intents.append(_payment(item, told, debt, subject, as_of))
    made.closed.append(Closed(item, "taken" if debt else "a difference"))


def _obliged(item: InboxItem, told: Money, debts: Sequence[Owed], made: Answer) -> None:
    """What finance says is owed never replaces what we say; it is compared."""
    equal = equal_debts(told, debts)
    if not equal:
        made.findings.append(_differs(f"obligation:{told.contract_id}:{told.payee_id}:{item.id}"[:200], told, debts))
    made.closed.append(Closed(item, "taken" if equal else "a difference"))


def _differs(subject: str, told: Money, debts: Sequence[Owed]) -> Finding:
    is_known = any((one.contract_id, one.payee_id) == (told.contract_id, told.payee_id) for one in debts)
    rule, found = (
        (OTHER_AMOUNT, "another amount or currency than any statement") if is_known else (NO_STATEMENT, "no statement that owes it")
    )
    return _fault(rule, subject, "amount", found, "a statement of this contract and payee that owes it", "Compare with the run's report.")


def _surplus(subject: str) -> Finding:
    return _fault(
        SURPLUS, subject, "payment", "a payment beyond what is owed", "one payment for each statement that owes its amount",
        "Ask finance whether it was paid twice; all statements of this amount were paid before.",
    )  # fmt: skip


def _payment(item: InboxItem, told: Money, same: Owed | None, subject: str, as_of: datetime) -> Intent:
    op = WriteOp(
        operation="recordPayment",
        reference=f"xc4:{name_of(told, item.source, item.id)}",
        subject=subject,
        use_case=USE_CASE,
        members={
            "contactId": told.payee_id,
            "contractId": told.contract_id,
            "paidOn": told.paid_on.isoformat() if told.paid_on else None,
            "amount": format(told.amount, "f"),
            "currencyCode": told.currency,
        },
    )
    labels = {"contract": str(told.contract_id), "payee": str(told.payee_id), "period": same.period if same else ""}
    return inbox.intent(op, as_of=as_of, labels=labels, subject=subject)


def _available(
    item: InboxItem, told: _Availability, products: Mapping[str, Availability], config: ExchangeConfig, made: Answer, today: date
) -> None:
    """Rights are Consonance's: a platform that says otherwise is a difference, and unknown data is never a yes (R2)."""
    judged, day = products.get(told.isbn), max(told.starts_on or today, today)
    subject = f"isbn:{told.isbn}:{told.territory}:{told.format}"[:200]
    made.judged.add(subject)
    if judged is None:
        made.findings.append(
            _fault(UNKNOWN_ISBN, subject, "isbn", told.isbn, "an ISBN that Consonance has", "Ask the rights platform.", "rights_manager")
        )
    elif told.available != sells(judged, told.territory, told.channel, day) and config.owners.get("availability") == "ours":
        found = f"{'available' if told.available else 'not available'} in {told.territory} as {told.format}"
        made.findings.append(
            _fault(AVAILABLE, subject, "availability", found, "what rights allow there",
                   "Correct the platform; Consonance owns availability (exchange.yaml).", "rights_manager")
        )  # fmt: skip
    made.closed.append(Closed(item, "compared"))


def sells(judged: Availability, territory: str, channel: str | None, on: date) -> bool:
    """Whether rights allow a sale in all of a territory on a day, through a channel (None: through any); what is unknown is no (R2)."""
    places = judged.atlas.reach((territory,))
    wanted = places.whole if places.whole == places.touched and not places.unknown else 0
    return bool(wanted) and not wanted & ~judged.open_bits(channel or ANY_CHANNEL, on)


def _debt(one: Owed) -> str:
    return f"statement:{one.period}:contract:{one.contract_id}:{one.payee_id}"


def _fault(rule: str, subject: str, place: str, found: str, expected: str, remedy: str, owner: str = OWNER) -> Finding:
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=place, found=found, expected=expected, remedy=remedy, owner=owner
    )
