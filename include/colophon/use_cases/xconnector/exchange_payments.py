"""Which payment is which, and which debt it settles: a payment is known by its own name, and a debt is settled once."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from colophon.blocks.write_back import intent, short
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.delivery_states import GONE
from colophon.domain.inbox_item import InboxItem
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.use_cases.xconnector.exchange_events import PAID

Content = Callable[[str], bytes | None]
REFERENCE = "xc4:"
"""How references of write-backs begin; the rest is the payment's name."""


class Debt(NamedTuple):
    """What a statement owes: `told_on` the day on which finance was told; amounts stay in here."""

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
    """One payee of one contract: debts, the oldest first; recorded payments (subject -> hash of the write-back); settled periods."""

    debts: list[Debt] = field(default_factory=list)
    recorded: dict[str, str] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    def equal(self, money: Money) -> list[Debt]:
        """Debts of just this amount."""
        return [debt for debt in self.debts if (debt.amount, debt.currency) == (money.amount, money.currency)]


def accounts_of(rows: Iterable[HistoryRow], content: Content) -> dict[tuple[int, int], Account]:
    """By contract and payee, what we told finance of statements and Consonance of payments; where nothing is known, it is empty."""
    accounts = defaultdict[tuple[int, int], Account](Account)
    for row in rows:
        if row.state in GONE:
            continue
        if row.destination == CONSONANCE:
            account = accounts[int(row.labels["contract"]), int(row.labels["payee"])]
            account.recorded[row.subject] = row.content_hash
            account.settled.add(row.labels["period"])
        elif (event := _read(row.content_hash, content)).get("state") == PAID:
            debt = Debt(
                event["contractId"], event["payeeId"], event["period"], Decimal(event["amount"]), event["currency"], row.as_of.date()
            )
            accounts[debt.contract_id, debt.payee_id].debts.append(debt)
    for account in accounts.values():
        account.debts.sort(key=lambda debt: (debt.told_on, debt.period))
    return accounts


def subject_of(payment: Money, item: InboxItem) -> str:
    """A payment's own name: by finance's reference of it, whatever event it comes with; by the event's id where there is none.

    One reference may pay several amounts to one payee: these are several payments.
    """
    whose = payment.contract_id, payment.payee_id
    what = (*whose, payment.reference, payment.amount.normalize(), payment.currency) if payment.reference else (item.source, item.id)
    return f"payment:{whose[0]}:{whose[1]}:{short(*what)}"


def is_recorded(payment: Money, item: InboxItem, account: Account, content: Content) -> bool:
    """Whether a payment was recorded before: by its name, or by its former one, which was that of the event it came with.

    A former name knows nothing of finance's reference: what has one is the same payment if its amount was recorded for its day.
    Of two such payments the second is not recorded, and the statement that it pays shows as overdue.
    """
    if subject_of(payment, item) in account.recorded:
        return True
    for subject, content_hash in account.recorded.items():
        op = _read(content_hash, content)
        name, members = op.get("reference", "").removeprefix(REFERENCE), op.get("members", {})
        if not name or subject.endswith(name):
            continue
        is_alike = {**members, "amount": Decimal(members["amount"])} == {**_members(payment), "amount": payment.amount}
        if name == short(item.source, item.id) or (payment.reference and is_alike):
            return True
    return False


def write_back(payment: Money, subject: str, period: str, use_case: str, as_of: datetime) -> Intent:
    """What Consonance is told of a payment that settles a period (empty: none)."""
    labels = {"contract": str(payment.contract_id), "payee": str(payment.payee_id), "period": period}
    reference = REFERENCE + subject.rpartition(":")[2]
    return intent("recordPayment", reference, _members(payment), use_case=use_case, subject=subject, as_of=as_of, labels=labels)


def _members(payment: Money) -> dict[str, Any]:
    return {
        "contactId": payment.payee_id, "contractId": payment.contract_id, "paidOn": str(payment.paid_on),
        "amount": format(payment.amount, "f"), "currencyCode": payment.currency,
    }  # fmt: skip


def _read(content_hash: str, content: Content) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content(content_hash) or b"{}")
    return found
