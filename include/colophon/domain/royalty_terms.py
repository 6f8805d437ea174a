"""What a contract pays: rates, payees, advances, reserves. All of it is personal: kept out of `repr`, logs, XComs and errors.

Rates and shares are in percent. What a source does not tell is None: then the publisher's own policy decides.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from colophon.domain.provenance import Origin, Sourced


class RoyaltyLevel(StrEnum):
    """What a rate is for; the more special one wins."""

    WORK = "WORK"
    PRODUCT = "PRODUCT"
    MASTERCHANNEL = "MASTERCHANNEL"
    CHANNEL = "CHANNEL"


class PriceBasis(StrEnum):
    """What the rate is a percentage of: list price, or what the line was worth."""

    LIST = "LIST"
    NET = "NET"


class EscalatorKind(StrEnum):
    """What has to pass a threshold."""

    UNIT = "UNIT"
    DATE = "DATE"
    DISCOUNT = "DISCOUNT"
    SALE_VALUE = "SALE_VALUE"


class Combine(StrEnum):
    """What an escalator's rate does with the one before."""

    REPLACE = "REPLACE"
    ADD = "ADD"
    MULTIPLY = "MULTIPLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalator:
    """Above a threshold (a number, or a day for kind DATE), or from it on where `is_inclusive`, another rate applies.

    `is_marginal`: the rate is for what lies above only, not for all.
    """

    kind: EscalatorKind
    above: Decimal | None = field(default=None, repr=False)
    above_on: date | None = None
    is_inclusive: bool = False
    rate_percent: Decimal = field(repr=False)
    combine: Combine = Combine.REPLACE
    counting_group: str | None = None
    is_marginal: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One rate, for all payees together."""

    id: int | None = None
    level: RoyaltyLevel
    product_id: int | None = None
    masterchannel: str | None = None
    channel_id: int | None = None
    basis: PriceBasis
    rate_percent: Decimal = field(repr=False)
    territories: tuple[str, ...] | None = None
    excluded_territories: tuple[str, ...] | None = None
    guaranteed_minimum: Decimal | None = field(default=None, repr=False)
    guaranteed_maximum: Decimal | None = field(default=None, repr=False)
    escalators: tuple[Escalator, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A payee's part. `weight` is the exact form of the share: the whole is the sum of the weights of contract and product."""

    payee_id: int
    product_id: int | None = None
    weight: int = field(repr=False)
    share_percent: Decimal = field(repr=False)
    opening_balance: Decimal | None = field(default=None, repr=False)
    past_payments: Decimal | None = field(default=None, repr=False)
    agent_id: int | None = None
    commission_percent: Decimal | None = field(default=None, repr=False)
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """One instalment of an advance; it counts only once it is paid (`paid_on`). `trigger`: what made it due."""

    id: int | None = None
    payee_id: int | None = None
    is_joint: bool = False
    trigger: str
    amount: Decimal = field(repr=False)
    currency: str
    due_on: date | None = None
    paid_on: date | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What is withheld against returns on the statements numbered `statement_from` to `statement_to` (None: all later ones).

    `payee_id`: of whom, None for all. `base` is ROYALTY, SALES or UNITS.
    """

    payee_id: int | None = None
    statement_from: int
    statement_to: int | None = None
    rate_percent: Decimal = field(repr=False)
    base: str | None = None
    formats: tuple[str, ...] | None = None
    release_after_statements: int | None = None
    origin: Origin | None = None


class Untold(StrEnum):
    """What a source may be without."""

    CONTRACT_SET = "CONTRACT_SET"
    JOINT_ADVANCE = "JOINT_ADVANCE"
    STATEMENT_NUMBER = "STATEMENT_NUMBER"
    MINIMUM_PAYMENT = "MINIMUM_PAYMENT"
    STATEMENT_MONTHS = "STATEMENT_MONTHS"
    RESERVE_RELEASE = "RESERVE_RELEASE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoyaltyTerms(Sourced):
    """All that one contract pays. `statement_number` is that of the next statement, None where the source does not tell it.

    `untold`: what this source tells of no contract: then an empty field does not say that there is none.
    """

    contract_id: int
    currency: str
    contract_set: str | None = None
    statement_months: tuple[int, ...] = ()
    statement_number: int | None = None
    minimum_payment: Decimal | None = field(default=None, repr=False)
    rates: tuple[Rate, ...] = ()
    splits: tuple[Split, ...] = ()
    advances: tuple[Advance, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    untold: frozenset[Untold] = frozenset()

    @property
    def subject(self) -> str:
        """How the ledger names what these terms belong to."""
        return f"contract:{self.contract_id}"
