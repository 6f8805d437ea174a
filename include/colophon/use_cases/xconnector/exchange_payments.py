"""Which payment is which, and which debt it settles: a payment is known by its own name, and a debt is settled once."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from colophon.blocks.inbound import short
from colophon.ledger.inbox import InboxItem
from colophon.ledger.records import HistoryRow
from colophon.use_cases.xconnector.exchange_events import PAID

REFERENCE = "xc4:"
"""How references of write-backs begin; the rest is the payment's name."""


class Debt(NamedTuple):
    """What a statement owes, as finance was told: `told_on` the day it was issued; amounts stay in here."""

    contract_id: int
    payee_id: int
    period: str
    amount: Decimal
    currency: str
    told_on: date

    @property
    def subject(self) -> str:
        """How the ledger names the debt."""
        return f"statement:{self.period}:contract:{self.contract_id}:{self.payee_id}"


class Money(BaseModel):
    """`data` of finance.payment and finance.obligation."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    contract_id: int = Field(alias="contractId")
    payee_id: int = Field(alias="payeeId")
    amount: Decimal
    currency: str
    paid_on: date | None = Field(default=None, alias="paidOn")
    reference: str | None = None


@dataclass(slots=True)
class Account:
    """A contract's payee: debts, the oldest first; recorded payments, as hashes of their write-backs by subject; settled periods."""

    debts: list[Debt] = field(default_factory=list)
    recorded: dict[str, str] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    def equal(self, money: Money) -> list[Debt]:
        """Debts of just this amount, the oldest first."""
        return [debt for debt in self.debts if (debt.amount, debt.currency) == (money.amount, money.currency)]


def accounts_of(debts: Iterable[Debt], payments: Iterable[HistoryRow]) -> dict[tuple[int, int], Account]:
    """What is owed and what was paid, by contract and payee; where nothing is known, it is empty."""
    accounts = defaultdict[tuple[int, int], Account](Account)
    for debt in sorted(debts, key=lambda debt: (debt.told_on, debt.period)):
        accounts[debt.contract_id, debt.payee_id].debts.append(debt)
    for row in payments:
        account = accounts[int(row.labels["contract"]), int(row.labels["payee"])]
        account.recorded[row.subject] = row.content_hash
        account.settled.add(row.labels["period"])
    return accounts


def debts_of(statements: Iterable[tuple[bytes, datetime]]) -> Iterator[Debt]:
    """What is to be paid, by the events of statements that finance was sent, and their moments."""
    for content, at in statements:
        event = json.loads(content)
        if event.get("state") == PAID:
            yield Debt(event["contractId"], event["payeeId"], event["period"], Decimal(event["amount"]), event["currency"], at.date())


def subject_of(payment: Money, item: InboxItem) -> str:
    """A payment's own name: by finance's reference of it, whatever event it comes with; by the event's id where there is none.

    One reference may pay several amounts to one payee: these are several payments.
    """
    whose = payment.contract_id, payment.payee_id
    what = (*whose, payment.reference, payment.amount.normalize(), payment.currency) if payment.reference else (item.source, item.id)
    return f"payment:{whose[0]}:{whose[1]}:{short(*what)}"


def members_of(payment: Money) -> dict[str, object]:
    """What Consonance is told of a payment."""
    return {
        "contactId": payment.payee_id, "contractId": payment.contract_id, "paidOn": str(payment.paid_on),
        "amount": format(payment.amount, "f"), "currencyCode": payment.currency,
    }  # fmt: skip


def is_recorded(payment: Money, item: InboxItem, account: Account, content: Callable[[str], bytes | None]) -> bool:
    """Whether a payment was recorded before: by its name, or by its former one, which was that of the event it came with.

    A former name knows nothing of finance's reference. What has one is the same payment if that amount was recorded for that
    day. Of two such payments the second is not recorded, and the statement that it pays shows as overdue.
    """
    if subject_of(payment, item) in account.recorded:
        return True
    for subject, content_hash in account.recorded.items():
        op = json.loads(content(content_hash) or b"{}")
        name = op.get("reference", "").removeprefix(REFERENCE)
        if not name or subject.endswith(name):
            continue
        is_alike = {**op["members"], "amount": Decimal(op["members"]["amount"])} == {**members_of(payment), "amount": payment.amount}
        if name == short(item.source, item.id) or (payment.reference and is_alike):
            return True
    return False
