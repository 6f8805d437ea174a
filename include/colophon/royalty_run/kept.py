"""What is kept of an account from one royalty run to the next. All of it is personal: never in a log, an XCom or an error."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from colophon.royalties.corrections import Correction
from colophon.royalties.currency import Converted
from colophon.royalties.reserve import Vintage
from colophon.royalties.rights_income import RightsRow
from colophon.royalties.row import CounterKey, Prior
from colophon.royalties.standing import Standing
from colophon.royalties.tiered_counter import Unreturned

Amounts = tuple[tuple[int, int, int], ...]
"""Contract, product, and minor units or copies."""
NOW, BEFORE, ELSEWHERE, HELD, LATER, LEFT = "now", "before", "elsewhere", "held", "later", "left"
"""Royaltied in this period; before Colophon's first run; under another contract; not until somebody says how it stands; in the next
period, since this one is approved; done already."""
COUNTED = (NOW, BEFORE, ELSEWHERE)
"""What is never royaltied again."""


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
    `sold`: how many lines of `taken` were sold under each contract in each month, as far as that is known; `months` the same of books
    that did not tell contracts apart yet.
    `last_due`: what payees were owed when the account was last paid. `clauses`: names of those that counted; `charged`: of the charges
    that were made, here or earlier.
    """

    account_id: str
    period: str
    statement: int
    counters: tuple[tuple[CounterKey, int], ...] = ()
    prior: tuple[tuple[CounterKey, tuple[Prior, ...]], ...] = ()
    unreturned: tuple[tuple[CounterKey, Unreturned], ...] = ()
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
    sold: tuple[tuple[int, str, int], ...] = ()
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
