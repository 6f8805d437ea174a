"""What travels between the steps of a royalty run. All of it is personal: it is staged, and never in a log, an XCom or an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from colophon.domain.recipient import Recipient
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.royalties.account import AccountStatement, Standing
from colophon.royalties.controls import Breach
from colophon.royalties.corrections import Correction
from colophon.royalties.currency import Converted
from colophon.royalties.reserve import Vintage
from colophon.royalties.rights_income import Receipt, RightsRow
from colophon.royalties.row import CounterKey, Prior, Stock
from colophon.royalty_run.words import Amounts, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFact:
    """What a statement says about a product."""

    id: int
    isbn13: str | None
    title: str
    imprint: str
    format: str
    work_id: int | None = None
    form_code: str | None = None
    published_on: date | None = None
    contributors: tuple[str, ...] = field(default=(), repr=False)
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFact:
    """What a statement says about a contract. `rights`: the author's shares by kind of right, ppm (P8). In force from `begins_on` up to
    and including `ends_on`; None: not told, or open.
    """

    id: int
    name: str
    work_id: int | None = None
    title: str = ""
    territory: str | None = None
    rights: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    guaranteed: Decimal | None = field(default=None, repr=False)
    begins_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee(Recipient):
    """Who is paid, how they are reached, and how they are taxed."""

    tax_status: str | None = None
    tax_id: str | None = field(default=None, repr=False)


class Booked(NamedTuple):
    """Sales lines of one product under one contract as they are kept: which, what they add up to, and where they stand.

    `part`: see `shard_lines`. `hashes`: of the lines, packed. `copies` net of returns, `value` in minor units.
    """

    contract_id: int
    product_id: int
    part: str
    currency: str
    lines: int
    copies: int
    value: int
    hashes: str


Sums = tuple[str, int, int, int]
"""Currency, lines, copies, value."""
Tally = tuple[str, str, str, int, int]
"""Kind, currency, state, number and amount of sums of money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One sum of money on a contract, counted once for ever: an instalment, a payment, a receipt, what a statement left to pay.

    `identity`: of what it says, without its number; `payee_id` 0: of all payees together. `state`: counted, held or returned.
    `use`: what it was counted as; `of`: the identity of the entry that it pays or is paid by; `also`: amounts that pay it as well.
    """

    identity: str
    kind: str
    contract_id: int
    payee_id: int
    currency: str
    amount: int = field(repr=False)
    on: date | None = None
    state: str = "counted"
    use: str = ""
    of: str = ""
    also: tuple[int, ...] = field(default=(), repr=False)


class Seen(NamedTuple):
    """Everything ever seen of one kind in one currency, and where it is (10): number, copies and value or amount of each."""

    kind: str
    currency: str
    ever: tuple[int, int, int]
    counted: tuple[int, int, int]
    held: tuple[int, int, int]
    returned: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How an account stood when its last statement was approved: what the next period opens with (identity 5).

    `taken`: hashes of the lines and receipts that were royaltied, here or before us, packed, so that each is royaltied once (D2).
    `copies`: net copies to date by contract and product, as far as they are known; `earned` likewise, minor units. `rows`, `rights`: what was printed, so that a
    correction can reverse it to the penny (D4). `contracts`: whose it is, `since` when our books have them. `counted`: what `taken`
    adds up to. `money`: every entry counted so far. `parts`: of unearned advances by contract and payee (0: the joint one), `numbers`
    of each contract's last statement: so that contracts can part again. `types`: what each type of sale has earned, less returns (N2).
    `months`: how many lines of `taken` were sold in each month, empty where that is not known.
    `last_due`: what payees were owed when the account was last paid. `clauses`: names of those that counted; `charged`: of the charges
    that were made, here or earlier.
    """

    account_id: str
    period: str
    statement: int
    counters: tuple[tuple[CounterKey, int], ...] = ()
    standing: tuple[tuple[CounterKey, tuple[int, ...]], ...] = ()
    prior: tuple[tuple[CounterKey, tuple[Prior, ...]], ...] = ()
    stock: tuple[tuple[tuple[CounterKey, int, int | None], Stock], ...] = ()
    held: tuple[Vintage, ...] = ()
    joint: Standing = field(default_factory=Standing)
    payees: tuple[tuple[int, Standing], ...] = ()
    taken: str = ""
    copies: tuple[tuple[int, int, int], ...] = ()
    earned: Amounts = field(default=(), repr=False)
    rows: tuple[Converted, ...] = ()
    rights: tuple[RightsRow, ...] = ()
    last_due: int = field(default=0, repr=False)
    months: tuple[tuple[str, int], ...] = ()
    clauses: tuple[str, ...] = ()
    charged: tuple[str, ...] = ()
    contracts: tuple[int, ...] = ()
    since: date | None = None
    counted: tuple[Sums, ...] = field(default=(), repr=False)
    money: tuple[Entry, ...] = ()
    parts: tuple[tuple[int, int, int], ...] = field(default=(), repr=False)
    numbers: tuple[tuple[int, int], ...] = ()
    types: tuple[tuple[int, int, str, str, int], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of an account: how it closed before this period, what was approved of it in this one, corrections that wait.

    `since`: when our books begin. `waiting`: lines that earlier runs saw and did not count, `waited` what they add up to. `elsewhere`:
    for contracts that are new here, hashes of sales of their products that other contracts were paid for, and the part they get.
    `trouble`: why it cannot be told how the account opens.
    """

    opening: Closing | None = None
    approved: Closing | None = None
    corrections: tuple[Correction, ...] = ()
    since: date | None = None
    waiting: str = ""
    waited: tuple[Sums, ...] = field(default=(), repr=False)
    elsewhere: tuple[tuple[int, str, str], ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspense:
    """One line that no statement has, and why; `blocks` the account. `value`: what it was worth, minor units of `currency`."""

    line_id: str
    subject: str
    reason: str
    blocks: str = ""
    currency: str = ""
    value: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why nobody is paid from an account: the rule, what it is about, and what was found there; never an amount."""

    rule: str
    subject: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What an account that is held would have brought, minor units: what its sales and licences earned, and what would be due."""

    currency: str
    earned: int = field(repr=False)
    due: int = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInput:
    """One account group: its contracts' terms, what licences brought in, and what it opens with (None: its first run here).

    Its lines are in the shard's file. `receipts`: each with the author's share, ppm; `held`: those that no statement can have;
    `receipts_read`: how many there are in all, `receipts_before` the hashes of those before us, packed. `guaranteed`: contract and
    its guaranteed royalty (A7). `approved`: what was taken when it was approved for this very period, packed: then nothing else
    counts. `new`: contract and product of what came out in the period, so that nothing was sold before. `on_account`: what comes off
    each payee's balance beside earnings. `entries`: sums of money that are new in this period, and `tally` what became of all that
    were read: kind, currency, state, number, amount. `since`, `waiting`, `waited`, `elsewhere`: as in `Past`; `old`: the part of sales from before.
    `trouble`: why the account is held back before anything is computed. `clauses`: what its contracts say beside their terms, None where
    there is no sheet; `published`: product and day, of all that its contracts are about; `charged`: what was charged when it was approved
    for this very period.
    """

    account_id: str
    terms: tuple[RoyaltyTerms, ...]
    receipts: tuple[tuple[Receipt, int], ...] = ()
    held: tuple[Suspense, ...] = ()
    receipts_read: int = 0
    receipts_before: str = ""
    approved: str | None = None
    new: tuple[tuple[int, int], ...] = ()
    on_account: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    guaranteed: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    clauses: tuple[Clause, ...] | None = field(default=(), repr=False)
    published: tuple[tuple[int, date | None], ...] = ()
    charged: tuple[str, ...] | None = None
    opening: Closing | None = None
    corrections: tuple[Correction, ...] = ()
    holds: tuple[Hold, ...] = ()
    released: tuple[tuple[str, str], ...] = ()
    entries: tuple[Entry, ...] = ()
    tally: tuple[Tally, ...] = field(default=(), repr=False)
    since: date | None = None
    old: str = "held"
    waiting: str = ""
    waited: tuple[Sums, ...] = field(default=(), repr=False)
    elsewhere: tuple[tuple[int, str, str], ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountResult:
    """What became of one account. `statement` is None where it is blocked: `blocked_by` says why, without amounts, `holds` by which
    rules, `stake` how much waits, where that can be computed. `released`: holds that a person let go, with who and why.

    `lines`: of the period; `lines_left`: of other runs; `read`: all of them, as currency, lines, copies and value; `receipts`: all that
    the account was given. `copies_before`: net copies to the start of the period by contract and product, where they are known.
    `agents`: contract, payee, agent and commission. `breaches` are identities that do not hold. `booked`, `gone`: see `Told`; `seen`:
    everything ever seen of its lines by where it is, and `money`, `tally` the same of sums of money (10). `on_account`: what came off
    the payees' balances beside earnings. `sweeps`: what is due is paid, however little (M3); `differences`: clauses that the terms of
    the system of record overrule.
    """

    account_id: str
    statement: AccountStatement | None = None
    closing: Closing | None = None
    blocked_by: str = ""
    suspended: tuple[Suspense, ...] = ()
    excluded: tuple[Suspense, ...] = ()
    lines: int = 0
    lines_left: int = 0
    read: tuple[tuple[str, int, int, int], ...] = field(default=(), repr=False)
    receipts: int = 0
    copies_before: tuple[tuple[int, int, int], ...] = ()
    agents: tuple[tuple[int, int, int, int], ...] = ()
    holds: tuple[Hold, ...] = ()
    released: tuple[tuple[Hold, str], ...] = ()
    stake: Stake | None = None
    minimum: int | None = field(default=None, repr=False)
    sweeps: bool = False
    said: Said = field(default_factory=Said, repr=False)
    differences: tuple[str, ...] = ()
    breaches: tuple[Breach, ...] = ()
    contracts: tuple[int, ...] = ()
    booked: tuple[Booked, ...] = field(default=(), repr=False)
    gone: str = field(default="", repr=False)
    seen: tuple[Seen, ...] = field(default=(), repr=False)
    money: tuple[Entry, ...] = ()
    tally: tuple[Tally, ...] = field(default=(), repr=False)
    on_account: tuple[tuple[int, int], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirTotal:
    """Consonance's own figure for one product under one contract, minor units."""

    product_id: int
    contract_id: int
    units: int
    royalty: int = field(repr=False)
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """An account whose terms could not be read; `sold`: what its sales were worth, by currency."""

    account_id: str
    holds: tuple[Hold, ...]
    sold: tuple[tuple[str, int], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the later steps need of the inputs: who and what the statements are about, and Consonance's totals where given.

    `lines_read` sales were read: those of `rights_lines` are receipts, `lines_later` are for other runs, `lines_placed` are in the
    shards' files, once for each contract, as `placed` adds them up by currency: lines, copies and value. `receipts`: handed to accounts.
    `untold`: accounts whose terms could not be read; `unread`: records that could not.
    `absent`: contracts of the accounts that are not due. `money`: the sums of money of their contracts as they were read, `money_left` what of them no account was given.
    `made`: contract, product, words and number of copies that were printed and the like, to the end of the period.
    """

    products: Mapping[int, ProductFact]
    contracts: Mapping[int, ContractFact]
    payees: Mapping[int, Payee]
    theirs: tuple[TheirTotal, ...] | None = None
    suspended: tuple[Suspense, ...] = ()
    not_due: tuple[str, ...] = ()
    absent: tuple[int, ...] = ()
    lines_read: int = 0
    lines_placed: int = 0
    lines_later: int = 0
    rights_lines: int = 0
    placed: tuple[tuple[str, int, int, int], ...] = field(default=(), repr=False)
    receipts: int = 0
    money: tuple[Tally, ...] = field(default=(), repr=False)
    money_left: tuple[Tally, ...] = field(default=(), repr=False)
    sublicensees: Mapping[str, str] = field(default_factory=dict, repr=False)
    made: tuple[tuple[int, int, str, int], ...] = ()
    advances: Mapping[int, int] = field(default_factory=dict, repr=False)
    untold: tuple[Untold, ...] = ()
    unread: int = 0
