"""Clauses against the slow engine: a rate that slides, parts of a bundle, readings of a fund; whatever figures, in whatever order."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import count

import royalty_oracle as oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.domain.royalty_clauses import Clause, ClauseKind, DiscountBand
from colophon.royalties.clauses.rates import with_rates
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.line import Line
from colophon.royalties.policy import Basis, Policy
from colophon.royalties.row import Opening
from colophon.royalties.rules import Rule
from colophon.royalties.sales_lines import Pool

DAY = date(2026, 3, 1)
POLICY = Policy(version="test")
PPM_OF_PERCENT = 10_000
percents = st.integers(1, 3000).map(lambda number: Decimal(number) / 100)
"""Up to 30 %, with two decimals."""
steep = st.integers(2000, 5000).map(lambda number: Decimal(number) / 100)
"""Enough to fall far before the floor holds."""
returns = st.booleans().map(lambda is_return: -1 if is_return else 1)


def lines_of(told):
    """Sales of (copies, price, value) on one day."""
    return [
        Line(id=f"l{place}", contract_id=1, product_id=1, format="HB", sold_on=DAY, units=copies, list_price=price, value=value,
             currency="GBP")
        for place, (copies, price, value) in enumerate(told)
    ]  # fmt: skip


def earned(lines, basis, percent, clause, bounds=()):
    """What lines earn at a rate of the terms that a clause changes, and by how much they moved a counter."""
    rate = int(percent * PPM_OF_PERCENT)
    agreed = Rule(id="r", contract_id=1, basis=basis, rates=(rate,) * (len(bounds) + 1), bounds=bounds)
    rows = rows_of(lines, {1: with_rates([agreed], [clause], "GBP", POLICY).rules}, Opening(), POLICY)
    assert rows.suspended == ()
    return sum(row.amount for row in rows.rows), sum(row.counted for row in rows.rows)


sold = st.tuples(returns, st.integers(1, 300), st.sampled_from([799, 1000, 1250]), st.integers(0, 100)).map(
    lambda one: (one[0] * one[1], one[2], one[0] * (one[1] * one[2] * (100 - one[3]) // 100))
)
"""Copies, price and what came in after a discount of up to everything; some come back."""


@settings(max_examples=40, deadline=None)
@given(st.lists(sold, min_size=3, max_size=12), steep, st.integers(20, 60), st.integers(20, 60), st.integers(0, 60))
def test_sliding_rates_are_the_oracles(told, percent, begins, less, floor):
    """Each line by its own discount, falling by half, never below the floor."""
    less = min(less, begins)
    clause = Clause(contract_id=1, kind=ClauseKind.SLIDING, discount=DiscountBand(over=Decimal(begins), over_inclusive=True),
                    less=Decimal(less), of_rate=Decimal(floor))  # fmt: skip
    amount, copies = earned(lines_of(told), Basis.LIST, percent, clause)
    assert amount == oracle.sliding(told, Fraction(percent), begins, less, floor)
    assert copies == sum(number for number, _, _ in told)


@settings(max_examples=40, deadline=None)
@given(st.lists(sold, min_size=1, max_size=12), percents, st.integers(1, 10_000).map(lambda number: Decimal(number) / 100))
def test_parts_of_a_bundle_are_the_oracles(told, percent, part):
    """Each book's part of the whole that came in, rounded once with its row; no book's part adds a penny."""
    clause = Clause(contract_id=1, kind=ClauseKind.BUNDLE, product_id=1, percent=part)
    amount, _ = earned(lines_of(told), Basis.NET, percent, clause)
    assert amount == oracle.part_of_bundle([value for _, _, value in told], part, percent)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=12), percents, st.integers(1, 10**9), st.integers(600_000, 10**8))
def test_readings_of_a_fund_are_the_oracles(readings, percent, fund, whole):
    """Each line's part of the fund; readings are no copies and move no counter, though the terms have thresholds."""
    shared = Pool(masterchannel="Subscription", since=None, until=None, fund=fund, readings=whole)
    numbers = count()
    lines = [
        Line(id=f"l{next(numbers)}", contract_id=1, product_id=1, format="EB", masterchannel="Subscription", sold_on=DAY, units=one,
             value=shared.value(one), currency="GBP")
        for one in readings
    ]  # fmt: skip
    clause = Clause(contract_id=1, kind=ClauseKind.POOL, masterchannel="Subscription")
    amount, copies = earned(lines, Basis.NET, percent, clause, bounds=(1000,))
    assert (amount, copies) == (oracle.pool(readings, fund, whole, percent), 0)
