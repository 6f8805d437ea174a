"""Which payment is which, and which debt it settles: a payment is told under its own reference, and a debt is settled once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from colophon.blocks import inbound as inbox

Key = tuple[int, int, str]
"""Contract, payee and period."""


class Owed(NamedTuple):
    """What a statement owes, as we told finance: `told_on` the day it was issued; amounts stay in here."""

    contract_id: int
    payee_id: int
    period: str
    amount: Decimal
    currency: str
    told_on: date

    @property
    def key(self) -> Key:
        """What names the debt."""
        return self.contract_id, self.payee_id, self.period


class Money(BaseModel):
    """`data` of finance.payment and finance.obligation."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    contract_id: int = Field(alias="contractId")
    payee_id: int = Field(alias="payeeId")
    amount: Decimal
    currency: str
    paid_on: date | None = Field(default=None, alias="paidOn")
    reference: str | None = None


class Told(Protocol):
    """A payment that Consonance was told, or is to be told."""

    @property
    def subject(self) -> str:
        """`payment:...`."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Contract, payee and the period that it settles."""


def name_of(told: Money, source: str, event_id: str) -> str:
    """A payment's own name: finance's reference of it, whatever event it comes with; the event's where there is none.

    One reference may pay several amounts to one payee: these are several payments.
    """
    if not (told.reference or "").strip():
        return inbox.short(source, event_id)
    return inbox.short(told.contract_id, told.payee_id, (told.reference or "").strip(), told.amount.normalize(), told.currency)


def settled(payments: Iterable[Told]) -> set[Key]:
    """Debts that payments settle."""
    return {(int(one.labels["contract"]), int(one.labels["payee"]), one.labels["period"]) for one in payments if one.labels["period"]}


def equal_debts(told: Money, debts: Sequence[Owed]) -> list[Owed]:
    """Debts of just this amount to the payee, the oldest first."""
    equal = [one for one in debts if (one.contract_id, one.payee_id, one.amount, one.currency) == _what(told)]
    return sorted(equal, key=lambda one: (one.told_on, one.period))


def open_debt(equal: Iterable[Owed], paid: Collection[Key]) -> Owed | None:
    """The first of them that no payment settles yet."""
    return next((one for one in equal if one.key not in paid), None)


def _what(told: Money) -> tuple[int, int, Decimal, str]:
    return told.contract_id, told.payee_id, told.amount, told.currency
