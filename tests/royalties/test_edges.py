"""What contracts and sales do at their edges: several rates on one counter, nothing sold, nothing worth, three currencies, three periods."""

import os
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import royalty_oracle as oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from put_to_oracle import for_oracle, opening_of

from colophon.errors import BadRecordError
from colophon.royalties import controls
from colophon.royalties.account import Account, Shares, settle_account
from colophon.royalties.currency import FxRate, convert_rows
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.fast_rows import rows_of_files
from colophon.royalties.fast_tables import write_lines
from colophon.royalties.line import Line
from colophon.royalties.payout import Agent, Due, PayeeTerms, Withholding, pay
from colophon.royalties.policy import Basis, EscalatorMode, FxPolicy, MinimumLevel, Policy, ReserveBase, ReserveOrder, Returns
from colophon.royalties.reserve import ReserveTerm, Tranche, total
from colophon.royalties.rights_income import Receipt, rights_row
from colophon.royalties.rounding import PPM
from colophon.royalties.row import Opening
from colophon.royalties.rules import Rule
from colophon.royalties.standing import Standing

MANY = 40 if os.environ.get("COLOPHON_NIGHTLY") == "1" else 1
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
START = date(2026, 1, 1)
CHANNELS = ("Export", "Home", "Online")
POLICY = Policy(version="t")
ladders = st.lists(st.integers(0, 40), max_size=3, unique=True).map(sorted).map(tuple)


@st.composite
def books(draw, modes=(EscalatorMode.MARGINAL,)):
    """Two contracts; each sells through three channels at rates and thresholds of their own, all on one counter for each format."""
    found = {}
    for contract in (1, 2):
        own = []
        for channel in CHANNELS:
            bounds = draw(ladders)
            rates = tuple(draw(st.sampled_from([0, 50_000, 100_125, 333_333])) for _ in range(len(bounds) + 1))
            basis = draw(st.sampled_from([Basis.LIST, Basis.NET]))
            mode = draw(st.sampled_from(modes))
            own.append(Rule(id=channel, contract_id=contract, masterchannel=channel, basis=basis, rates=rates, bounds=bounds, mode=mode))
        found[contract] = tuple(own)
    return found


@st.composite
def sales(draw, most=20, currencies=("GBP",)):
    """Returns before any sale, copies for nothing, lines of no copies, values against their copies' sign."""
    found = []
    for place in range(draw(st.integers(0, most))):
        product = draw(st.integers(1, 2))
        found.append(
            Line(
                id=f"l{place}",
                contract_id=draw(st.integers(1, 2)),
                product_id=product,
                format=("HB", "EB")[product - 1],
                masterchannel=draw(st.sampled_from(CHANNELS)),
                sold_on=START + timedelta(days=draw(st.integers(-400, 2))),
                units=draw(st.sampled_from([0, -1, 1]) | st.integers(-45, 45)),
                list_price=(price := draw(st.sampled_from([0, 1, 799, 1250]))),
                value=draw(st.sampled_from([0, 1, -1]) | st.integers(-50_000, 50_000)) if price else 0,
                currency=draw(st.sampled_from(currencies)),
            )
        )
    return found


counters = st.dictionaries(st.tuples(st.integers(1, 2), st.sampled_from(["HB", "EB"])), st.integers(-30, 60))


def fast(sold, book, opening):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        write_lines(sold, path)
        return rows_of_files([path], book, opening, POLICY, scratch=Path(folder), threads=1)


def by_oracle(sold, book, before):
    def told(line):
        (rule,) = (one for one in book[line.contract_id] if one.masterchannel == line.masterchannel)
        return for_oracle(line, rule, (line.contract_id, line.product_id, line.masterchannel, rule.basis.value))

    return oracle.rows([told(line) for line in sold], before)


@settings(max_examples=60 * MANY, deadline=None, suppress_health_check=SLOW)
@given(sales(), books(), counters)
def test_several_rates_on_one_counter_are_the_oracles(sold, book, before):
    """E1, E3, E4, N3: copy by copy, with the counter shared by three ladders; no control total breaks (2, 7)."""
    found = rows_of(sold, book, opening_of(before), POLICY)
    expected, after = by_oracle(sold, book, before)
    got = {
        (
            (row.key.contract_id, row.key.product_id, row.key.channel_group, row.key.basis.value),
            Fraction(row.key.rate, 10_000),
            row.key.price,
        ): (row.sold, row.returned, row.amount)
        for row in found.rows
    }
    assert got == expected
    assert {count.key.group: count.after for count in found.counts}.items() <= {f"{c}:format {f}": n for (c, f), n in after.items()}.items()
    assert [*controls.of_lines(sold, found), *controls.of_counters(found)] == []


@settings(max_examples=5 * MANY, deadline=None, suppress_health_check=SLOW)
@given(sales(), books(), counters)
def test_several_rates_on_one_counter_at_speed(sold, book, before):
    """The fast way is the exact way, counters and what the tiers hold included."""
    assert fast(sold, book, opening_of(before)) == rows_of(sold, book, opening_of(before), POLICY)


@settings(max_examples=40 * MANY, deadline=None, suppress_health_check=SLOW)
@given(sales(most=30), books(), st.integers(0, 400), st.sampled_from([Returns.UNWIND, Returns.ORIGINAL_SALE]))
def test_no_tier_takes_back_more_than_it_holds(sold, book, cut, how):
    """N2, 7: from the first sale on, over two periods cut anywhere, at whatever prices copies come back."""
    day, policy, opening = START - timedelta(days=cut), Policy(version="t", returns=how), Opening()
    ladder = book[1][0].bounds
    book = {contract: tuple(replace(rule, bounds=ladder, rates=book[1][0].rates) for rule in own) for contract, own in book.items()}
    for period in ([line for line in sold if line.sold_on < day], [line for line in sold if line.sold_on >= day]):
        found = rows_of(period, book, opening, policy)
        assert controls.of_counters(found) == []
        opening = found.closing


@settings(max_examples=30 * MANY, deadline=None, suppress_health_check=SLOW)
@given(sales(), books(modes=tuple(EscalatorMode)), counters, st.integers(0, 400))
def test_whole_amounts_beside_marginal_ones_telescope(sold, book, before, cut):
    """E8: in a group of both kinds, two periods leave every counter and basis as one does."""
    day = START - timedelta(days=cut)
    whole = rows_of(sold, book, opening_of(before), POLICY)
    first = rows_of([line for line in sold if line.sold_on < day], book, opening_of(before), POLICY)
    second = rows_of([line for line in sold if line.sold_on >= day], book, first.closing, POLICY)
    assert second.closing.counters == whole.closing.counters
    assert sum(row.numerator for found in (first, second) for row in found.rows) == sum(row.numerator for row in whole.rows)
    assert [*controls.of_counters(first), *controls.of_counters(second), *controls.of_counters(whole)] == []


money = st.integers(-60_000, 60_000)
standings = st.builds(Standing, balance=money, advance=st.integers(0, 60_000), advance_paid=st.integers(0, 9_000))
weights = st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any).map(lambda given: tuple(zip((1, 2, 3), given, strict=True)))
HALVES = (Tranche(share=500_001, after_statements=1), Tranche(share=499_999, after_statements=2))
reserve_terms = st.builds(
    ReserveTerm,
    rate=st.sampled_from([0, 1, 200_000, PPM]),
    base=st.sampled_from(ReserveBase),
    formats=st.sampled_from([None, ("HB",), ("PB",)]),
    cap=st.sampled_from([None, 0, 150_000, PPM]),
    payee_id=st.sampled_from([None, None, 2]),
    contract_id=st.sampled_from([None, 1, 2]),
    schedule=st.sampled_from([HALVES, (Tranche(share=PPM, after_statements=1),)]),
    last=st.just(2),
)


@st.composite
def accounts(draw):
    """Three contracts in one account: shares of contract and of product, joint or own advances, reserves of nothing to all."""
    shares = [Shares(contract_id=contract, weights=draw(weights)) for contract in (1, 2, 3)]
    shares += [Shares(contract_id=1, product_id=2, weights=draw(weights))] if draw(st.booleans()) else []
    joint = draw(standings) if draw(st.booleans()) else Standing()
    terms = draw(st.lists(reserve_terms, max_size=3))
    if joint != Standing():  # reserves of single payees are refused where the advance is of all
        terms = [replace(term, payee_id=None) for term in terms]
    return Account(
        id="a",
        contract_ids=(1, 2, 3),
        currency=draw(st.sampled_from(["GBP", "JPY", "KWD"])),
        shares=tuple(shares),
        payees={payee: draw(standings) for payee in (1, 2, 3) if draw(st.booleans())},
        joint=joint,
        reserve_terms=tuple(terms),
        guarantee=draw(st.sampled_from([None, 0, 40_000])),
    )


def rates_into(currency):
    return {
        (other, currency): FxRate(currency=other, into=currency, rate_e8=rate, on=START, source="t", policy=FxPolicy.ACTUAL_RECEIPT)
        for other, rate in (("GBP", 123_456_789), ("JPY", 654_321), ("KWD", 312_500_000))
        if other != currency
    }


@settings(max_examples=40 * MANY, deadline=None, suppress_health_check=SLOW)
@given(
    st.lists(sales(most=10, currencies=("GBP", "JPY", "KWD")), min_size=3, max_size=3),
    books(),
    accounts(),
    st.sampled_from(ReserveOrder),
    st.lists(money, max_size=2),
)
def test_three_periods_of_a_joint_account(periods, book, account, order, receipts):
    """Section 12 over a life: every statement's identities hold, each opens as the one before closed, and in the end nothing is held."""
    policy = Policy(version="t", reserve_order=order)
    rights = [
        rights_row(Receipt(id=f"{place}", contract_id=1 + place, rights_type="film", gross=gross), 333_333, policy.rights_base)
        for place, gross in enumerate(receipts)
    ]
    opened = [account.joint, *account.payees.values()]
    owed, before, opening = sum(one.advance + one.advance_paid - one.balance for one in opened), 0, Opening()
    passed_on = earned = due = 0
    for number, sold in enumerate([*periods, [], []], start=1):
        found = rows_of(sold, book, opening, policy)
        converted, blocked = convert_rows(found.rows, account.currency, rates_into(account.currency), policy.fx)
        assert not blocked
        statement = settle_account(account, converted, rights if number == 1 else [], policy, period_end=START)
        assert controls.of_statement(statement) == []
        assert total(statement.reserve_opening) == before
        earned += statement.earnings + statement.rights_income + statement.top_up
        passed_on += statement.joint.due
        due += sum(one.due for one in statement.payees.values())
        held, before, opening = statement.reserve.closing, total(statement.reserve.closing), found.closing
        account = replace(
            account,
            held=held,
            statement=number + 1,
            joint=Standing(balance=statement.joint.debit, advance=statement.joint.advance_closing),
            payees={payee: Standing(balance=one.debit, advance=one.advance_closing) for payee, one in statement.payees.items()},
        )
    closed = [account.joint, *account.payees.values()]
    assert before == 0
    assert earned - owed == due - sum(one.advance - one.balance for one in closed)


@settings(max_examples=60 * MANY, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 90_000), st.lists(st.integers(0, 400_000), max_size=2)), max_size=6),
    st.sampled_from([0, 1, 2500]),
    st.sampled_from(MinimumLevel),
    st.sampled_from([0, 50_000, PPM]),
    st.sampled_from(["GBP", "JPY", "KWD"]),
)
def test_payees_who_are_their_own_agents(owed, minimum, level, rate, currency):
    """P5, X6, M2: commission to oneself, no commission at all, all of it in tax; what is due is paid or carried, once."""
    dues = [
        Due(
            account_id=f"a{place}",
            payee_id=payee,
            currency=currency,
            amount=amount,
            agents=tuple(Agent(id=payee + number, commission=commission) for number, commission in enumerate(commissions)),
        )
        for place, (payee, amount, commissions) in enumerate(owed)
    ]
    treaty = Withholding(rate=rate, article="12", certificate="c", valid_to=START)
    terms = {payee: PayeeTerms(payee_id=payee, abroad=payee == 2, treaty=treaty) for payee in (1, 2)}
    found = pay(dues, terms, Policy(version="t", minimum_payment=minimum, minimum_level=level), pay_day=START)
    assert controls.of_payout(dues, found) == []
    for paid in found.paid:
        assert paid.tax == (oracle.half_away(Fraction(paid.due * rate, PPM)) if paid.payee_id == 2 else 0)
        assert [one.amount for one in paid.commissions] == [
            oracle.half_away(Fraction(due.amount * agent.commission, PPM)) for due in paid.dues for agent in due.agents
        ]


@pytest.mark.parametrize("weights", [(), ((1, 0),), ((1, -1), (2, 2))])
def test_shares_that_make_no_whole_are_refused(line, rule, weights):
    """P2: no payee, nobody with a part, a part below nothing."""
    sold = rows_of([line(10, list_price=100)], {1: (rule(100_000),)}, Opening(), POLICY)
    account = Account(id="a", contract_ids=(1,), currency="USD", shares=(Shares(contract_id=1, weights=weights),))
    converted, _ = convert_rows(sold.rows, "USD", {}, POLICY.fx)
    with pytest.raises(BadRecordError):
        settle_account(account, converted, [], POLICY, period_end=START)


@pytest.mark.parametrize("units", [2**31, -(2**31)])
def test_numbers_up_to_the_guard(line, rule, units, tmp_path):
    """Section 13: just within 64 bits both ways agree; the exact way goes on beyond, the fast one says so."""
    price = 2**31
    book = {1: (rule(100_000),)}
    sold = [line(units, list_price=price, value=units)]
    assert fast(sold, book, Opening()) == rows_of(sold, book, Opening(), POLICY)
    more = [*sold, line(units, list_price=price, value=units), line(units, list_price=price, value=units)]
    assert abs(rows_of(more, book, Opening(), POLICY).rows[0].basis_sum) > 2**63
    with pytest.raises(BadRecordError):
        fast(more, book, Opening())
