"""What travels between the steps of a royalty run. All of it is personal: it is staged, and never in a log, an XCom or an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.royalties.account import AccountStatement, Standing
from colophon.royalties.controls import Breach
from colophon.royalties.corrections import Correction
from colophon.royalties.currency import Converted
from colophon.royalties.lines import Line
from colophon.royalties.reserve import Vintage
from colophon.royalties.row import CounterKey, Prior, Stock


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFact:
    """What a statement says about a contract."""

    id: int
    name: str
    work_id: int | None = None
    guaranteed: Decimal | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who is paid, and how they are reached and taxed. `delivery`: print, email or web; None where nothing tells."""

    id: int
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    line1: str | None = field(default=None, repr=False)
    postcode: str | None = field(default=None, repr=False)
    country: str | None = None
    delivery: str | None = None
    language: str | None = None
    tax_status: str | None = None
    tax_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How an account stood when its last statement was approved: what the next period opens with (identity 5).

    `taken`: hashes of the lines that were royaltied, here or before us, so that each sale is royaltied once (D2). `rows`: what was
    printed, so that a correction can reverse it to the penny (D4).
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
    taken: tuple[int, ...] = ()
    rows: tuple[Converted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of an account: how it closed before this period, what was approved of it in this one, corrections that wait."""

    opening: Closing | None = None
    approved: Closing | None = None
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInput:
    """One account group: its contracts' terms, its lines of the period, and what it opens with (None: its first run here).

    `guaranteed`: contract and its guaranteed royalty (A7), minor units.
    """

    account_id: str
    terms: tuple[RoyaltyTerms, ...]
    lines: tuple[Line, ...] = ()
    history: tuple[Line, ...] = ()
    on_account: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    guaranteed: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    opening: Closing | None = None
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspense:
    """One line that no statement has, and why; `blocks` the account."""

    line_id: str
    subject: str
    reason: str
    blocks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountResult:
    """What became of one account. `statement` is None where it is blocked: `blocked_by` says why, without amounts.

    `breaches` are identities that do not hold.
    """

    account_id: str
    statement: AccountStatement | None = None
    closing: Closing | None = None
    blocked_by: str = ""
    suspended: tuple[Suspense, ...] = ()
    excluded: tuple[Suspense, ...] = ()
    lines: int = 0
    agents: tuple[tuple[int, int, int], ...] = ()
    minimum: int | None = field(default=None, repr=False)
    breaches: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirTotal:
    """Consonance's own figure for one product under one contract, minor units."""

    product_id: int
    contract_id: int
    units: int
    royalty: int = field(repr=False)
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the later steps need of the inputs: who and what the statements are about, and Consonance's totals where given."""

    products: Mapping[int, ProductFact]
    contracts: Mapping[int, ContractFact]
    payees: Mapping[int, Payee]
    theirs: tuple[TheirTotal, ...] | None = None
    suspended: tuple[Suspense, ...] = ()
    not_due: tuple[str, ...] = ()
    lines_read: int = 0
    lines_grouped: int = 0
    lines_later: int = 0
