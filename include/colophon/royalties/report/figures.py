"""What a run adds up to, currency by currency. Sums are over accounts, so that what is shared by payees counts once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from colophon.royalties.account import AccountStatement
from colophon.royalties.breaches import Breach
from colophon.royalties.payout import Payout
from colophon.royalties.policy import Policy
from colophon.royalties.reserve import total
from colophon.royalties.standing import Recouped
from colophon.royalties.statement.period import Period

NO_IMPRINT, NO_TITLE = "no imprint", "no title"


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesLookup:
    """How a product is told apart on the report."""

    title: str = ""
    imprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One currency of a run, minor units. `by_imprint` and `by_title` are what sales earned, largest first."""

    currency: str
    accounts: int
    payees: int
    copies: int
    earnings: int = field(repr=False)
    rights_income: int = field(repr=False)
    top_up: int = field(repr=False)
    reserve_opening: int = field(repr=False)
    withheld: int = field(repr=False)
    released: int = field(repr=False)
    reserve_closing: int = field(repr=False)
    brought_forward: int = field(repr=False)
    recouped: int = field(repr=False)
    debits: int = field(repr=False)
    due: int = field(repr=False)
    carried: int = field(repr=False)
    commission: int = field(repr=False)
    tax: int = field(repr=False)
    vat: int = field(repr=False)
    net: int = field(repr=False)
    by_imprint: tuple[tuple[str, int], ...] = field(repr=False)
    by_title: tuple[tuple[str, int], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table of the report, such as differences, blocked accounts, lines in suspense; cells are text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An account that nobody is paid from: by which rules, and what waits, minor units. Where it could not be computed, what its lines
    are worth stands in for what it earned (`is_computed`).
    """

    account: str
    name: str
    because: tuple[tuple[str, str], ...]
    currency: str = ""
    earned: int = field(default=0, repr=False)
    due: int = field(default=0, repr=False)
    is_computed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is not paid for in one currency: accounts held, lines in suspense, lines left out since they earn nothing; minor units.

    `worth`: the lines of held accounts that could not be computed.
    """

    currency: str
    accounts: int = 0
    due: int = field(default=0, repr=False)
    earned: int = field(default=0, repr=False)
    worth: int = field(default=0, repr=False)
    suspended: int = 0
    suspended_value: int = field(default=0, repr=False)
    left_out: int = 0
    left_out_value: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it is reported. `counts`: what the run counted, by name; `notes`: what the reader has to know. `unread`: records that
    could not be read; `differences`: products that differ from the system of record's own run, None: not compared.

    `instead`: what to say of an identity that neither holds nor broke, by number: 8 is "not compared" without Consonance's totals.
    """

    period: Period
    as_of: datetime
    figures: tuple[Figures, ...]
    breaches: tuple[Breach, ...] = ()
    instead: Mapping[int, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    unread: int = 0
    differences: int | None = None
    listings: tuple[Listing, ...] = ()
    policies: tuple[Policy, ...] = ()
    notes: tuple[str, ...] = ()


def figures_of(accounts: Sequence[AccountStatement], payout: Payout, shelves: Mapping[int, SalesLookup]) -> tuple[Figures, ...]:
    """The figures of each currency, in its alphabetic order.

    :param shelves: by product id; what is missing is summed under its own name.
    """
    return tuple(_figures(currency, accounts, payout, shelves) for currency in sorted({one.currency for one in accounts}))


def _figures(currency: str, accounts: Sequence[AccountStatement], payout: Payout, shelves: Mapping[int, SalesLookup]) -> Figures:
    own = [one for one in accounts if one.currency == currency]
    paid = [one for one in payout.paid if one.currency == currency]
    balances = [balance for one in own for balance in one.payees.values()]
    every: list[Recouped] = [*balances, *(one.joint for one in own)]
    return Figures(
        currency=currency,
        accounts=len(own),
        payees=len({payee for one in own for payee in one.payees}),
        copies=sum(row.row.units for one in own for row in one.rows),
        earnings=sum(one.earnings for one in own),
        rights_income=sum(one.rights_income for one in own),
        top_up=sum(one.top_up for one in own),
        reserve_opening=sum(total(one.reserve_opening) for one in own),
        withheld=sum(total(one.reserve.withheld) for one in own),
        released=sum(total(one.reserve.released) for one in own),
        reserve_closing=sum(total(one.reserve.closing) for one in own),
        brought_forward=sum(one.opening.balance for one in every),
        recouped=sum(one.recouped for one in every),
        debits=sum(one.debit for one in every),
        due=sum(one.due for one in balances),
        carried=sum(due.amount for due in payout.carried if due.currency == currency),
        commission=sum(one.commission for one in paid),
        tax=sum(one.tax for one in paid),
        vat=sum(one.vat for one in paid),
        net=sum(one.net for one in paid),
        by_imprint=_earned(own, {product: shelf.imprint for product, shelf in shelves.items()}, NO_IMPRINT),
        by_title=_earned(own, {product: shelf.title for product, shelf in shelves.items()}, NO_TITLE),
    )


def _earned(accounts: Iterable[AccountStatement], names: Mapping[int, str], missing: str) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for one in accounts:
        for row in one.rows:
            found[names.get(row.row.key.product_id) or missing] += row.amount
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
