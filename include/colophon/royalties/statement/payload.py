"""The statement itself: whole numbers of minor units, immutable, with one JSON form and a hash of it.

Rates are in ppm, deductions in bps, exchange rates times 1e8, as in the engine. `amount`, `earnings` and the like are in the
statement's currency (`Con71`) unless the member says otherwise.
"""

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from colophon.royalties.statement.facts import Agreement, Part, Payee, Payer
from colophon.royalties.statement.period import Period
from colophon.royalties.statement.scales import Amount, FxScale, Kept, MaybeAmount, Rate, SaleAmount


class Fx(Part):
    """F2: what a row was before it was converted, and by which rate."""

    sale_currency: str
    amount: SaleAmount
    rate_e8: FxScale
    on: date
    source: str
    policy: str


class SalesRow(Part):
    """One statement row (section 11): units x price x rate, rounded once. `price` and `receipts` are in `sale_currency`;
    `receipts_rest`: what of them is below a minor unit, in ten-thousandths of one.

    `kind`: SALES, RERATED, LIMITED, REVERSED or CORRECTED. `keep`: what is left of the basis after stated deductions (B5).
    `corrects`: the closed statement that a reversal or a correction mends, and why (D4). `reason`: why the rate is not the ordinary one.
    """

    kind: str
    channel: str = ""
    territory: str = ""
    basis: str = Field(alias="SS52")
    price: SaleAmount = Field(default=None, alias="SS42")
    receipts: SaleAmount = None
    receipts_rest: int = Field(default=0, repr=False)
    sale_currency: str
    rate: Rate = Field(alias="SS47")
    keep: Kept
    sold: int
    returned: int
    units: int = Field(alias="SS57")
    earnings: Amount = Field(alias="SS62")
    fx: Fx | None = None
    corrects: str = ""
    reason: str = ""
    rules: tuple[str, ...] = ()
    lines: int = 0
    line_digest: str = ""


class Copies(Part):
    """So many copies and what became of them: given away, printed, in stock."""

    words: str
    copies: int


class Edition(Part):
    """One product under one contract: its rows, and what of its royalty was withheld and released (R1, R7).

    `units_to_start` and `units_to_date` are net copies, None where what was sold earlier is not known; `earned_to_date` likewise.
    `thresholds`: the steps of its rates and where the count stands. `left_out`: copies without royalty, and why. `made`: print runs and
    what else is known of copies, which `units_to_date` reconciles with the stock.
    """

    contract_id: int = Field(alias="Con26")
    product_id: int
    isbn: str | None = Field(default=None, alias="SS27")
    title: str = ""
    form: str = Field(default="", alias="SS32")
    published_on: date | None = Field(default=None, alias="SS37")
    units_to_start: int | None = Field(default=None, alias="SS22")
    units: int = Field(alias="SS57")
    units_to_date: int | None = None
    earned_to_date: MaybeAmount = None
    thresholds: tuple[str, ...] = ()
    left_out: tuple[Copies, ...] = ()
    made: tuple[Copies, ...] = ()
    rows: tuple[SalesRow, ...]
    earnings: Amount = Field(alias="SS62")
    withheld: Amount = Field(default=0, alias="SS77")
    released: Amount = Field(default=0, alias="SS82")


class Sublicence(Part):
    """Rights income (P8): `income` as received, `base` what is left after tax and charges, the author's share of that."""

    receipt_id: str
    contract_id: int = Field(alias="Con26")
    sublicensee: str | None = Field(default=None, alias="SC3")
    type: str = Field(alias="SC8")
    income: Amount = Field(alias="SC13")
    foreign_tax: Amount = 0
    bank_charges: Amount = 0
    base: Amount
    share: Rate = Field(alias="SC18")
    amount: Amount = Field(alias="SC23")


class ReserveLedger(Part):
    """R10: opening + withheld - released = closing."""

    opening: Amount
    withheld: Amount = Field(alias="SS77")
    released: Amount = Field(alias="SS82")
    closing: Amount


class Held(Part):
    """R7: what is still held of one statement's reserve, and when it is released: with a statement or on a day."""

    product_id: int
    statement: int
    amount: Amount
    due_statement: int | None = None
    due_on: date | None = None


class Charged(Part):
    """What the author bears; `own`: of this payee's part alone."""

    label: str = Field(repr=False)
    on: date
    amount: Amount
    own: bool = False


class Share(Part):
    """The payee's part of one pool: `weight` of `whole` of `pool` (P1, P2, P3); `contracts` and `products` earned the pool."""

    contracts: tuple[int, ...]
    products: tuple[int, ...] = ()
    weight: int = Field(repr=False)
    whole: int = Field(repr=False)
    pool: Amount
    amount: Amount


class Balance(Part):
    """A1: `opening` (SS17) is the balance less the unearned advance; opening - advance paid + movement = due + closing."""

    opening: Amount = Field(alias="SS17")
    carried: Amount
    advance: Amount
    advance_paid: Amount
    movement: Amount
    recouped: Amount
    advance_closing: Amount
    due: Amount
    debit: Amount
    closing: Amount


class Commission(Part):
    """P5 to P7: an agent's part of what is due, and the agent's own VAT on it."""

    agent_id: int
    agent: str = Field(default="", repr=False)
    rate: Rate = Field(alias="RA9")
    amount: Amount
    vat: Amount = 0


class PaymentState(StrEnum):
    """What becomes of the amount due: paid, carried below the minimum (M1), or nothing was due."""

    PAID = "PAID"
    CARRIED = "CARRIED"
    NOTHING_DUE = "NOTHING_DUE"


class Remittance(Part):
    """The payment that this statement is settled by. `accounts` are all that it settles (M2): its amounts are of them together."""

    state: PaymentState
    accounts: tuple[str, ...] = ()
    due: Amount = 0
    commissions: tuple[Commission, ...] = Field(default=(), repr=False)
    tax_rate: Rate = 0
    tax: Amount = Field(default=0, alias="RA24")
    vat: Amount = 0
    net: Amount = 0
    minimum: MaybeAmount = None
    pay_on: date | None = None
    notes: tuple[str, ...] = ()


class Statement(Part):
    """All that one payee is told of one account for one period; issued whether or not money is due (M4).

    `editions`, `sublicences`, `reserve` and `movement` are those that the payee has a part in; of a joint account, all.
    `own_reserve` is of the payee's part alone, where the terms say so; it comes off after the shares.
    """

    schema_: Literal["colophon-statement-1"] = Field(default="colophon-statement-1", alias="Schema")
    id: str
    account_id: str
    number: int
    policy_id: str
    software: str = ""
    issued_on: date = Field(alias="SS2")
    period: Period
    currency: str = Field(alias="Con71")
    payer: Payer
    payee: Payee
    agreements: tuple[Agreement, ...]
    editions: tuple[Edition, ...]
    sublicences: tuple[Sublicence, ...]
    earnings: Amount = Field(alias="SS62")
    rights_income: Amount
    top_up: Amount
    reserve: ReserveLedger
    own_reserve: ReserveLedger | None = None
    held: tuple[Held, ...] = ()
    charges: tuple[Charged, ...] = ()
    movement: Amount
    joint: Balance | None = None
    shares: tuple[Share, ...]
    balance: Balance
    remittance: Remittance

    def canonical(self) -> str:
        """The one JSON form: sorted members, no spaces, text as it is."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def content_hash(self) -> str:
        """SHA-256 of the JSON form: what was approved is what is sent (D4)."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()
