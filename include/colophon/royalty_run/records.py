"""What travels between the steps of a royalty run. All of it is personal: it is staged, and never in a log, an XCom or an error."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.royalties.account import AccountStatement
from colophon.royalties.breaches import Breach
from colophon.royalties.corrections import Correction
from colophon.royalties.policy import Policy
from colophon.royalties.rights_income import Receipt
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.kept import Amounts, Booked, Closing, Entry, Seen, Sums

PolicyOf = Callable[[str], Policy]
"""The policy in the minor units of a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`reasons`: rule, rate and why it is reduced; `thresholds`: contract, product, the steps of its rate and where the count stands;
    `left_out`: contract, product, why and how many copies; `earned_before`: contract, product, minor units before this period;
    `minimum`: of a payment.
    """

    reasons: tuple[tuple[str, int, str], ...] = ()
    thresholds: tuple[tuple[int, int, str], ...] = ()
    left_out: tuple[tuple[int, int, str, int], ...] = ()
    earned_before: Amounts = field(default=(), repr=False)
    minimum: int | None = field(default=None, repr=False)


Tally = tuple[str, str, str, int, int]
"""Kind, currency, state, number and amount of sums of money."""


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
    `covers_from`: the first day of what the statement is of, which is earlier than the period's where none was due in between.

    `lines`: of the period; `lines_left`: of other runs; `read`: all of them, as currency, lines, copies and value; `receipts`: all that
    the account was given. `copies_before`: net copies to the start of the period by contract and product, where they are known.
    `agents`: contract, payee, agent and commission. `breaches` are identities that do not hold. `booked`, `gone`: see `Told`; `seen`:
    everything ever seen of its lines by where it is, and `money`, `tally` the same of sums of money (10). `on_account`: what came off
    the payees' balances beside earnings. `sweeps`: what is due is paid, however little (M3); `differences`: clauses that the terms of
    the system of record overrule.
    """

    account_id: str
    statement: AccountStatement | None = None
    covers_from: date | None = None
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
