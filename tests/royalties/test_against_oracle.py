"""The engine against a slow one that was written apart from it, on inputs that nobody would think of."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

import royalty_oracle as oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from put_to_oracle import for_oracle, opening_of

from colophon.royalties import controls
from colophon.royalties.account import Account, Shares, settle_account
from colophon.royalties.currency import FxRate, convert, unconverted
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.line import Line
from colophon.royalties.payout import Agent, Due, PayeeTerms, Withholding, pay, payment
from colophon.royalties.policy import AgentsShare, Basis, EscalatorMode, FxPolicy, MinimumLevel, Policy, ReserveBase, Returns
from colophon.royalties.reserve import ReserveTerm, Tranche, reserve, total
from colophon.royalties.rounding import PPM, rounded
from colophon.royalties.row import DIGEST_SIZE, Opening, canonical_hash
from colophon.royalties.rules import Rule
from colophon.royalties.standing import Standing, recoup
from colophon.royalties.tiered_counter import earned, parts
from colophon.royalties.whole_numbers import split

START = date(2026, 1, 1)
POLICY = Policy(version="test")
MONEY = st.integers(-10_000_000, 10_000_000)
ladders = st.lists(st.integers(1, 40), max_size=3, unique=True).map(sorted).map(tuple)


@st.composite
def rules(draw, contracts=3, bounds=ladders):
    found = {}
    for contract in range(contracts):
        ladder = draw(bounds)
        rates = tuple(draw(st.integers(0, 400)) * 1000 + 125 for _ in range(len(ladder) + 1))
        basis = draw(st.sampled_from([Basis.LIST, Basis.NET]))
        found[contract] = (Rule(id=f"r{contract}", contract_id=contract, basis=basis, rates=rates, bounds=ladder),)
    return found


@st.composite
def lines(draw, contracts=3, most=25):
    found = []
    for place in range(draw(st.integers(0, most))):
        product = draw(st.integers(1, 2))
        found.append(
            Line(
                id=f"l{place}",
                contract_id=draw(st.integers(0, contracts - 1)),
                product_id=product,
                format=("HB", "EB")[product - 1],
                sold_on=START + timedelta(days=draw(st.integers(0, 4))),
                units=draw(st.integers(-30, 40)),
                list_price=draw(st.sampled_from([799, 995, 1250])),
                value=draw(st.integers(-50_000, 50_000)),
                currency="GBP",
            )
        )
    return found


bases = st.sampled_from(list(ReserveBase))
counters = st.dictionaries(st.tuples(st.integers(0, 2), st.sampled_from(["HB", "EB"])), st.integers(-10, 60))


@settings(max_examples=100, deadline=None)
@given(lines(), rules(), counters)
def test_rows_are_the_oracles(sold, book, before):
    """Escalators, returns, straddling lines and rounding agree copy by copy (E1 to E10, N1 to N4, section 11)."""
    found = rows_of(sold, book, opening_of(before), POLICY)
    expected, after = oracle.rows([for_oracle(line, *book[line.contract_id], (line.contract_id, line.product_id)) for line in sold], before)
    got = {
        ((row.key.contract_id, row.key.product_id), Fraction(row.key.rate, 10_000), row.key.price): (row.sold, row.returned, row.amount)
        for row in found.rows
    }
    assert got == expected
    assert {count.key.group: count.after for count in found.counts}.items() <= {f"{c}:format {f}": n for (c, f), n in after.items()}.items()
    assert [*controls.of_lines(sold, found), *controls.of_counters(found)] == []


@settings(max_examples=60, deadline=None)
@given(lines(), rules(), counters, st.randoms(use_true_random=False))
def test_any_cut_gives_the_same_rows(sold, book, before, random):
    """Lines may come in any order, and shards by contract add up to the whole, whatever the cut (section 1, identity 9)."""
    whole = rows_of(sold, book, opening_of(before), POLICY)
    mixed = random.sample(sold, len(sold))
    assert rows_of(mixed, book, opening_of(before), POLICY) == whole
    shards = [rows_of([line for line in mixed if line.contract_id == one], book, opening_of(before), POLICY) for one in range(3)]
    assert sum(canonical_hash(shard.rows) for shard in shards) % DIGEST_SIZE == canonical_hash(whole.rows)
    assert sorted(row.key for shard in shards for row in shard.rows if row.key.price) == sorted(
        row.key for row in whole.rows if row.key.price
    )


@settings(max_examples=60, deadline=None)
@given(lines(), rules(), counters, st.integers(0, 5))
def test_periods_telescope(sold, book, before, cut):
    """Two periods, one opening as the other closed, hold the royalty of the whole before rounding, wherever they are cut."""
    day = START + timedelta(days=cut)
    first = rows_of([line for line in sold if line.sold_on < day], book, opening_of(before), POLICY)
    second = rows_of([line for line in sold if line.sold_on >= day], book, first.closing, POLICY)
    whole = rows_of(sold, book, opening_of(before), POLICY)
    sums = defaultdict(int)
    for row in (*first.rows, *second.rows):
        sums[row.key] += row.numerator
    assert sums == {row.key: row.numerator for row in whole.rows}
    assert second.closing == whole.closing


@given(ladders, st.integers(-100, 100), st.integers(-100, 100), st.integers(-100, 100))
def test_f_telescopes(bounds, a, b, c):
    """F(c)-F(a) is F(b)-F(a) and F(c)-F(b), and a return to where one came from costs nothing."""
    rates = tuple(range(100, 101 + len(bounds)))

    def moved(low, high):
        return sum(rates[tier] * amount for tier, amount in parts(bounds, low, high))

    assert moved(a, c) == moved(a, b) + moved(b, c) == earned(bounds, rates, c) - earned(bounds, rates, a)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-20, 40), min_size=1, max_size=10), ladders, st.integers(0, 50))
def test_whole_amount_is_the_oracles(units, bounds, before):
    """A whole-amount escalator rates all again, earlier periods by the difference (E8)."""
    rates = tuple(100_000 + 25_000 * tier for tier in range(len(bounds) + 1))
    rule = Rule(id="w", contract_id=0, basis=Basis.LIST, rates=rates, bounds=bounds, mode=EscalatorMode.WHOLE)

    def sold(number, place):
        return Line(id=f"{place:03}", contract_id=0, product_id=1, format="HB", sold_on=START, units=number, list_price=799, currency="GBP")

    earlier = rows_of([sold(before, 0)], {0: (rule,)}, Opening(), POLICY)
    now = rows_of([sold(number, place) for place, number in enumerate(units)], {0: (rule,)}, earlier.closing, POLICY)
    percent = [Fraction(rate, 10_000) for rate in rates]
    expected = oracle.whole_amount([{"units": number, "price": 799} for number in units], before, before * 799, bounds, percent)
    assert sum(row.amount for row in now.rows) == expected
    assert not controls.of_counters(now)


@settings(max_examples=60, deadline=None)
@given(lines(contracts=1), rules(contracts=1), st.sampled_from([Returns.UNWIND, Returns.ORIGINAL_SALE]))
def test_no_rate_takes_back_more_than_it_sold(sold, book, how):
    """N2 holds for both ways that promise it, whatever prices, and where more comes back than was ever sold."""
    found = rows_of(sold, book, Opening(), Policy(version="t", returns=how))
    assert controls.of_counters(found) == []


@given(MONEY, st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any))
def test_splits_are_the_oracles(amount, weights):
    """Parts add up to the whole, for debits too (P2, P3)."""
    assert split(amount, weights) == oracle.parts(amount, weights)
    assert sum(split(amount, weights)) == amount


@given(st.integers(-300, 300), st.integers(0, 300), st.lists(st.integers(-200, 300), max_size=5))
def test_recoupment_is_the_oracles(balance, advance, movements):
    """Period after period, penny by penny, an advance is earned out and a debit carried (A1, A3, N4)."""
    debit, remaining, dues = min(balance, 0), advance, []
    for movement in movements:
        found = recoup(Standing(balance=debit, advance=remaining), movement)
        debit, remaining = found.debit, found.advance_closing
        dues.append(found.due)
    assert (dues, debit, remaining) == oracle.recoup(min(balance, 0), advance, movements)


@given(MONEY, st.integers(1, 500_000_000), st.sampled_from(["GBP", "USD", "JPY", "KWD"]), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_conversion_is_the_oracles(amount, rate, currency, into):
    """Half away from zero, with each currency's own decimals (F2, F3)."""
    digits = {"JPY": 0, "KWD": 3}
    fx = FxRate(currency=currency, into=into, rate_e8=rate, on=START, source="test", policy=FxPolicy.ACTUAL_RECEIPT)
    exact = Fraction(amount, 10 ** digits.get(currency, 2)) * Fraction(rate, 10**8) * 10 ** digits.get(into, 2)
    assert convert(amount, fx) == oracle.half_away(exact)


@given(st.integers(0, 10_000_000), st.integers(0, PPM), st.integers(0, 300_000), st.sampled_from(AgentsShare))
def test_withholding_is_the_oracles(due, rate, commission, how):
    """Tax is of what is due, rounded once; what is paid is net, commission and tax to the penny (P5, P6, X6)."""
    treaty = Withholding(rate=rate, article="12", certificate="c", valid_to=START)
    agents = (Agent(id=1, commission=commission), Agent(id=2, commission=commission))
    owed = Due(account_id="a", payee_id=1, currency="GBP", amount=due, agents=agents)
    paid = payment([owed], PayeeTerms(payee_id=1, abroad=True, treaty=treaty), Policy(version="t", agents_share=how), pay_day=START)
    first = oracle.half_away(Fraction(due * commission, PPM))
    base = due if how is AgentsShare.OF_GROSS else due - first
    assert paid.tax == oracle.half_away(Fraction(due * rate, PPM))
    assert [one.amount for one in paid.commissions] == [first, oracle.half_away(Fraction(base * commission, PPM))]
    assert paid.net + paid.commission + paid.tax == due


schedules = st.lists(st.integers(1, 100), min_size=1, max_size=4).map(
    lambda weights: tuple(Tranche(share=part, after_statements=place + 1) for place, part in enumerate(split(PPM, weights)))
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(lines(contracts=1, most=8), min_size=1, max_size=4),
    rules(contracts=1),
    schedules,
    st.integers(0, PPM),
    st.sampled_from(ReserveBase),
    st.none() | st.integers(0, PPM),
)
def test_reserves_come_back_to_the_penny(periods, book, schedule, rate, base, cap):
    """Each statement's reserve ledger closes, and in the end all that was withheld has been released (R7, R8, R10)."""
    term = ReserveTerm(rate=rate, base=base, schedule=schedule, cap=cap, last=len(periods))
    opening, held, withheld, released = Opening(), (), 0, 0
    for number in range(1, len(periods) + 6):
        sold = periods[number - 1] if number <= len(periods) else []
        found = rows_of(sold, book, opening, POLICY)
        move = reserve(unconverted(found.rows), [term], held, statement=number, period_end=START)
        assert total(held) + total(move.withheld) - total(move.released) == total(move.closing)
        earned_now = sum(row.amount for row in found.rows)
        if base is ReserveBase.ROYALTY and cap is None:
            products = {row.key.product_id for row in found.rows}
            by_product = [sum(row.amount for row in found.rows if row.key.product_id == one) for one in products]
            assert total(move.withheld) == sum(oracle.half_away(Fraction(max(one, 0) * rate, PPM)) for one in by_product)
        if cap is not None:
            assert total(move.withheld) <= max(rounded(earned_now * cap, PPM), 0)
        opening, held = found.closing, move.closing
        withheld, released = withheld + total(move.withheld), released + total(move.released)
    assert withheld == released


standings = st.builds(Standing, balance=st.integers(-50_000, 50_000), advance=st.integers(0, 50_000), advance_paid=st.integers(0, 9_000))


@settings(max_examples=100, deadline=None)
@given(
    lines(contracts=2),
    rules(contracts=2),
    standings,
    st.booleans(),
    st.tuples(standings, standings),
    st.integers(0, PPM),
    st.none() | st.integers(0, 90_000),
)
def test_statements_never_break_an_identity(sold, book, joint, is_joint, own, rate, guarantee):
    """Joint accounts, advances, reserves, guarantees and splits: every control total holds, with debits and noughts among them."""
    account = Account(
        id="a",
        contract_ids=(0, 1),
        currency="GBP",
        shares=(Shares(contract_id=0, weights=((1, 80), (2, 75))), Shares(contract_id=1, weights=((2, 1),))),
        payees=dict(enumerate(own, start=1)),
        joint=joint if is_joint else Standing(),
        reserve_terms=(ReserveTerm(rate=rate),),
        guarantee=guarantee,
    )
    found = rows_of(sold, book, Opening(), POLICY)
    statement = settle_account(account, unconverted(found.rows), [], POLICY, period_end=START)
    assert controls.of_statement(statement) == []
    if is_joint and statement.joint.advance_closing > 0:
        assert all(one.movement == 0 for one in statement.payees.values()), "nothing is payable before the joint advance is earned (A5)"


@given(st.lists(st.integers(0, 9_000), max_size=6), st.integers(0, 9_000), st.sampled_from(MinimumLevel), st.booleans())
def test_dues_are_paid_or_carried_once(amounts, minimum, level, sweep):
    """Whatever the level of the minimum, nothing due is lost or paid twice (M1 to M3)."""
    dues = [Due(account_id=f"a{place}", payee_id=place % 2, currency="GBP", amount=amount) for place, amount in enumerate(amounts)]
    found = pay(dues, {}, Policy(version="t", minimum_payment=minimum, minimum_level=level), pay_day=START, sweep=sweep)
    assert controls.of_payout(dues, found) == []
    if sweep:
        assert all(due.amount == 0 for due in found.carried)


@settings(max_examples=80, deadline=None)
@given(lines(contracts=1), rules(contracts=1), st.lists(st.integers(1, 9), min_size=2, max_size=4), st.integers(1, 400_000), bases)
def test_reserves_of_each_payee_are_the_oracles(sold, book, weights, rate, base):
    """A reserve of one payee is that payee's part of what all would have withheld; the same for each is the same as one of all."""
    shares = (Shares(contract_id=0, weights=tuple(enumerate(weights, start=1))),)
    found = unconverted(rows_of(sold, book, Opening(), POLICY).rows)
    terms = [ReserveTerm(rate=rate, base=base, payee_id=payee) for payee in range(1, len(weights) + 1)]

    def settled(*reserve_terms):
        account = Account(id="a", contract_ids=(0,), currency="GBP", shares=shares, reserve_terms=reserve_terms)
        return settle_account(account, found, [], POLICY, period_end=date(2026, 6, 30))

    nothing, every, whole, first = settled(), settled(*terms), settled(ReserveTerm(rate=rate, base=base)), settled(terms[0])
    by_product = defaultdict(int)
    for vintage in whole.reserve.withheld:
        by_product[vintage.product_id] += vintage.amount
    expected = [sum(oracle.parts(amount, weights)[place] for amount in by_product.values()) for place in range(len(weights))]
    assert [nothing.payees[payee].movement - every.payees[payee].movement for payee in every.payees] == expected
    assert every.movement == whole.movement
    assert {payee: one.movement for payee, one in first.payees.items()} == {
        payee: one.movement - (expected[0] if payee == 1 else 0) for payee, one in nothing.payees.items()
    }
    assert not [breach for one in (every, whole, first) for breach in controls.of_statement(one)]
