"""Reserves against returns: what is withheld, and which earlier reserves are released (R1 to R10)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from colophon.domain.rights_deal import is_of_format
from colophon.royalties.currency import Converted, convert
from colophon.royalties.policy import ReserveBase
from colophon.royalties.rounding import BPS, PPM, rounded
from colophon.royalties.row import SALES
from colophon.royalties.whole_numbers import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche:
    """A part of a withholding (ppm of it), released so many statements or months later."""

    share: int
    after_statements: int | None = None
    after_months: int | None = None


Held = tuple[int, int, int]
"""What a withholding is of: contract, product, and payee, 0 for all payees."""

PartOf = Callable[[int, int, int, int], int]
"""A payee's part of an amount that a contract's product earned: contract, product, payee, amount."""

ROLLING = (Tranche(share=PPM, after_statements=1),)
"""R8: the next statement releases all and withholds anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveTerm:
    """Withhold `rate` (ppm) on the statements from `first` to `last` (R4), until a day (R6), on these formats (R1).

    `schedule` must add up to 100 %; `cap` (ppm) is a ceiling for this term, as a part of the amount due (R5). `payee_id`: of whose
    part alone. `contract_id`: of which contract of a joint account, None for all of them; `product_id` likewise. `copies`: the
    royalty on so many copies of each product instead of a rate.
    """

    rate: int
    base: ReserveBase = ReserveBase.ROYALTY
    first: int = 1
    last: int | None = None
    until: date | None = None
    formats: tuple[str, ...] | None = None
    schedule: tuple[Tranche, ...] = ROLLING
    cap: int | None = None
    payee_id: int | None = None
    contract_id: int | None = None
    product_id: int | None = None
    copies: int | None = None

    def __post_init__(self) -> None:
        """:raises ValueError: a schedule that is not 100 %, or a tranche without exactly one time."""
        if sum(tranche.share for tranche in self.schedule) != PPM:
            raise ValueError("a release schedule must add up to 100 %")
        if any((tranche.after_statements is None) == (tranche.after_months is None) for tranche in self.schedule):
            raise ValueError("a tranche is released after statements or after months")

    def holds(self, statement: int, period_end: date) -> bool:
        """Whether the term withholds on this statement."""
        return self.first <= statement <= (self.last or statement) and (self.until is None or period_end <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vintage:
    """A tranche still held: of which statement and product, when it is due, and of whose part alone, None for all payees'."""

    contract_id: int
    product_id: int
    statement: int
    amount: int = field(repr=False)
    due_statement: int | None = None
    due_on: date | None = None
    payee_id: int | None = None

    def is_due(self, statement: int, period_end: date) -> bool:
        """Whether this statement releases it."""
        by_number = self.due_statement is not None and self.due_statement <= statement
        return by_number or (self.due_on is not None and self.due_on <= period_end)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveMove:
    """What one statement does to the reserves; opening + withheld - released = closing, by construction and by control (R10)."""

    withheld: tuple[Vintage, ...]
    released: tuple[Vintage, ...]
    closing: tuple[Vintage, ...]

    @property
    def movement(self) -> int:
        """Withheld less released, minor units."""
        return total(self.withheld) - total(self.released)


def total(vintages: Iterable[Vintage]) -> int:
    """The sum of the amounts."""
    return sum(vintage.amount for vintage in vintages)


def reserve(
    rows: Sequence[Converted],
    terms: Sequence[ReserveTerm],
    held: Sequence[Vintage],
    *,
    statement: int,
    period_end: date,
    only_of: tuple[int, int] | None = None,
    part_of: PartOf | None = None,
) -> ReserveMove:
    """Withholdings by product and releases by vintage for one statement.

    Of one payee alone, the payee's part of what the term would withhold of all is withheld: terms that all payees have
    alike withhold as one term of all would, to the penny.

    :param only_of: what is left of what was earned, where reserves are of that alone (R9, after recoupment).
    :param part_of: how amounts are split; needed where a term is of one payee alone.
    """
    released = tuple(vintage for vintage in held if vintage.is_due(statement, period_end))
    amounts: dict[Held, tuple[int, ReserveTerm]] = {}
    for term in terms:
        if term.holds(statement, period_end):
            for (contract_id, product_id, _), whole in _of_all(rows, term).items():
                own = whole
                if term.payee_id is not None:
                    own = part_of(contract_id, product_id, term.payee_id, whole) if part_of is not None else 0
                amounts[contract_id, product_id, term.payee_id or 0] = (own, term)
    asked = {key: amount for key, (amount, _) in amounts.items()}
    cut = asked if only_of is None else _capped(asked, _of_what_is_left(sum(asked.values()), *only_of))
    withheld = tuple(
        replace(tranche, payee_id=amounts[key][1].payee_id)
        for key, amount in sorted(cut.items())
        if amount
        for tranche in tranches(key[:2], amount, amounts[key][1].schedule, statement=statement, period_end=period_end)
    )
    kept = tuple(vintage for vintage in held if not vintage.is_due(statement, period_end))
    return ReserveMove(withheld=withheld, released=released, closing=kept + withheld)


def _of_what_is_left(amount: int, left: int, earned: int) -> int:
    """50 % of 1,000.00 of which 200.00 are left is 50 % of 200.00; and never more than is left."""
    return min(left, rounded(amount * max(min(left, earned), 0), earned)) if earned > 0 else 0


def _of_all(rows: Iterable[Converted], term: ReserveTerm) -> dict[Held, int]:
    """What a term withholds by product, of all payees together, under its own ceiling (R5). R1: of sales of returnable formats
    only; rights income is no row of sales.
    """
    own = [one for one in rows if term.contract_id is None or one.row.key.contract_id == term.contract_id]
    found: dict[Held, list[Converted]] = defaultdict(list)
    for one in own:
        is_named = term.formats is None or any(is_of_format(said, one.row.key.format) for said in term.formats)
        if is_named and term.product_id in {None, one.row.key.product_id}:
            found[one.row.key.contract_id, one.row.key.product_id, 0].append(one)
    amounts = {key: _withheld(its, term) for key, its in found.items()}
    return _capped(amounts, None if term.cap is None else rounded(sum(one.amount for one in own) * term.cap, PPM))


def _withheld(rows: Sequence[Converted], term: ReserveTerm) -> int:
    """R2: nothing of an amount that is not positive. R3: the base decides."""
    earned = sum(one.amount for one in rows)
    if earned <= 0:
        return 0
    if term.copies is not None:
        return of_units(rows, term.copies)
    if term.base is ReserveBase.ROYALTY:
        return rounded(earned * term.rate, PPM)
    if term.base is ReserveBase.UNITS:
        return of_units(rows, rounded(sum(one.row.units for one in rows) * term.rate, PPM))
    return _of_sales(rows, term.rate)


def of_units(rows: Iterable[Converted], units: int) -> int:
    """The royalty on so many copies, taken from the newest tier down, as returns would be (R3); rounded once per row."""
    left, amount = units, 0
    for one in _newest_first(rows):
        taken = min(left, one.row.units)
        if taken > 0:
            numerator = one.row.basis_sum * taken * one.row.key.rate * one.row.key.keep
            amount += _into(one, rounded(numerator, one.row.units * PPM * BPS))
            left -= taken
    return amount


def _of_sales(rows: Sequence[Converted], rate: int) -> int:
    """A part of the sales at the newest tier's rate, currency by currency: equal to a part of the royalty only where there is one
    rate (R3). Nothing where sales are not positive (R2).
    """
    by_currency: dict[str, list[Converted]] = defaultdict(list)
    for one in _newest_first(rows):
        by_currency[one.row.key.currency].append(one)
    amount = 0
    for newest, *more in by_currency.values():
        sales = sum(one.row.basis_sum for one in (newest, *more))
        amount += _into(newest, rounded(sales * rate * newest.row.key.rate * newest.row.key.keep, PPM * PPM * BPS))
    return max(amount, 0)


def _newest_first(rows: Iterable[Converted]) -> list[Converted]:
    return sorted(
        (one for one in rows if one.row.key.kind == SALES), key=lambda one: (-one.row.tier, -one.row.key.rate, one.row.key.price or 0)
    )


def _into(one: Converted, amount: int) -> int:
    return amount if one.fx is None else convert(amount, one.fx)


def _capped(amounts: dict[Held, int], ceiling: int | None) -> dict[Held, int]:
    """R5: all withholdings together no more than the ceiling, cut in proportion."""
    if ceiling is None or sum(amounts.values()) <= max(ceiling, 0):
        return amounts
    keys = sorted(amounts)
    return dict(zip(keys, split(max(ceiling, 0), [amounts[key] for key in keys]), strict=True))


def tranches(
    product: tuple[int, int], amount: int, schedule: Sequence[Tranche], *, statement: int, period_end: date
) -> tuple[Vintage, ...]:
    """A withholding as its tranches; the last one is the remainder, so that released equals withheld to the penny (R7)."""
    parts = [rounded(amount * tranche.share, PPM) for tranche in schedule[:-1]]
    parts.append(amount - sum(parts))
    return tuple(
        Vintage(
            contract_id=product[0],
            product_id=product[1],
            statement=statement,
            amount=part,
            due_statement=None if tranche.after_statements is None else statement + tranche.after_statements,
            due_on=None if tranche.after_months is None else months_later(period_end, tranche.after_months),
        )
        for part, tranche in zip(parts, schedule, strict=True)
    )


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    lengths = (31, 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return date(year, month + 1, min(day.day, lengths[month]))
