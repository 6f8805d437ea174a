"""Whole accounts worked out by hand, period by period, with a pencil beside the rule book."""

from dataclasses import replace
from datetime import date

import pytest

from colophon.royalties import controls
from colophon.royalties.account import Account, Shares, settle_account, top_up
from colophon.royalties.corrections import correct
from colophon.royalties.currency import FxRate, convert_rows, unconverted
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.payout import Agent, Due, PayeeTerms, Withholding, commissions, payment
from colophon.royalties.policy import Basis, FxPolicy, Policy, ReserveOrder, RightsBase
from colophon.royalties.reserve import ReserveTerm, Tranche, Vintage, total
from colophon.royalties.rights_income import Receipt, rights_row
from colophon.royalties.row import Opening
from colophon.royalties.rules import Band
from colophon.royalties.sales_lines import before_tax
from colophon.royalties.standing import Standing

POLICY = Policy(version="hand")
END = date(2026, 6, 30)


def account(**other):
    return Account(**{"id": "a", "contract_ids": (1,), "currency": "USD", "shares": (Shares(contract_id=1, weights=((1, 1),)),), **other})


def next_period(own, statement):
    """The account as the statement leaves it, everything due having been paid."""
    return replace(
        own,
        statement=own.statement + 1,
        held=statement.reserve.closing,
        joint=Standing(balance=statement.joint.debit, advance=statement.joint.advance_closing),
        payees={payee: Standing(balance=one.debit, advance=one.advance_closing) for payee, one in statement.payees.items()},
    )


def test_four_half_years_of_a_hardback(line, rule):
    """E1, N3, N4, R2, R7, A3, P4: 20.00 at 10 % to 3,000, 12.5 % to 6,000, 15 % after; 60 : 40, advances of 3,000 and 500; a reserve
    of 20 % for two half-years.

    1: 2,900 sold earn 5,800.00; 1,160.00 withheld; 2,784.00 and 1,856.00; the first still owes 216.00, the second gets 1,356.00.
    2: 400 sold are 100 at 10 % and 300 at 12.5 %, 950.00; 190.00 withheld; 456.00 and 304.00; 240.00 and 304.00 are due.
    3: 50 sold at 12.5 %, 500 back: 350 of 12.5 % and 150 of 10 %, -1,050.00; 1,160.00 comes back; 66.00 and 44.00 are due.
    4: nothing sold; 190.00 comes back, 114.00 and 76.00.
    """
    own = rule(100_000, 125_000, 150_000, bounds=(3000, 6000))
    sold = [
        [line(2900, list_price=2000)],
        [line(400, list_price=2000)],
        [line(50, list_price=2000), line(-500, list_price=2000)],
        [],
    ]
    standing = account(
        shares=(Shares(contract_id=1, weights=((1, 60), (2, 40))),),
        payees={1: Standing(advance=300_000), 2: Standing(advance=50_000)},
        reserve_terms=(ReserveTerm(rate=200_000, schedule=(Tranche(share=1_000_000, after_statements=2),)),),
    )
    opening, seen = Opening(), []
    for lines in sold:
        found = rows_of(lines, {1: (own,)}, opening, POLICY)
        statement = settle_account(standing, unconverted(found.rows), [], POLICY, period_end=END)
        assert controls.of_statement(statement) == []
        seen.append((statement.earnings, statement.reserve.movement, statement.payees[1].due, statement.payees[2].due))
        opening, standing = found.closing, next_period(standing, statement)
    assert seen == [
        (580_000, 116_000, 0, 135_600),
        (95_000, 19_000, 24_000, 30_400),
        (-105_000, -116_000, 6600, 4400),
        (0, -19_000, 11_400, 7600),
    ]


def test_a_debit_is_carried_until_it_is_earned(line, rule):
    """N4, A1: 150 back of 100 sold at 10 % of 10.00 is -50.00, nothing is due; 70.00 in the next period pays 20.00."""
    found = rows_of([line(100, list_price=1000), line(-150, list_price=1000)], {1: (rule(100_000),)}, Opening(), POLICY)
    first = settle_account(account(), unconverted(found.rows), [], POLICY, period_end=END)
    later = rows_of([line(70, list_price=1000)], {1: (rule(100_000),)}, found.closing, POLICY)
    second = settle_account(next_period(account(), first), unconverted(later.rows), [], POLICY, period_end=END)
    assert [(one.payees[1].due, one.payees[1].debit) for one in (first, second)] == [(0, -5000), (2000, 0)]
    assert later.counts[0].after == 20


def test_three_contracts_earn_out_one_advance(line, rule):
    """A3, A5, P1, P3: 100.00, 50.00 and -20.00 against 90.00 leave 40.00; the two that earned share it 2 : 1, 26.67 and 13.33, and each
    part goes to its own payees. Rights income of 30.00 recoups first.
    """
    rules = {contract: (rule(100_000, id=str(contract), contract_id=contract),) for contract in (1, 2, 3)}
    sold = [line(units, contract_id=contract, list_price=1000) for contract, units in ((1, 100), (2, 50), (3, -20))]
    joined = account(
        contract_ids=(1, 2, 3),
        shares=tuple(Shares(contract_id=contract, weights=((payee, 1),)) for contract, payee in ((1, 7), (2, 8), (3, 9))),
        joint=Standing(advance=9000),
    )
    found = unconverted(rows_of(sold, rules, Opening(), POLICY).rows)
    without = settle_account(joined, found, [], POLICY, period_end=END)
    assert {payee: one.due for payee, one in without.payees.items()} == {7: 2667, 8: 1333, 9: 0}
    film = rights_row(Receipt(id="f", contract_id=3, rights_type="film", gross=6000), 500_000, RightsBase.RECEIPTS)
    earned = settle_account(replace(joined, joint=Standing(advance=16_000)), found, [film], POLICY, period_end=END)
    assert (earned.joint.recouped, earned.joint.due, [one.due for one in earned.payees.values()]) == (16_000, 0, [0, 0, 0])
    assert controls.of_statement(without) == controls.of_statement(earned) == []


def test_an_own_advance_is_nobody_elses(line, rule):
    """P4, A4: of 100.00 in halves, one payee recoups 50.00 of an own advance and the other is paid."""
    halves = account(shares=(Shares(contract_id=1, weights=((1, 1), (2, 1))),), payees={1: Standing(advance=8000)})
    found = unconverted(rows_of([line(100, list_price=1000)], {1: (rule(100_000),)}, Opening(), POLICY).rows)
    statement = settle_account(halves, found, [], POLICY, period_end=END)
    assert {payee: (one.recouped, one.due, one.advance_closing) for payee, one in statement.payees.items()} == {
        1: (5000, 0, 3000),
        2: (0, 5000, 0),
    }


def test_a_guaranteed_period(line, rule):
    """A7: 80.00 earned of 100.00 guaranteed is topped up by 20.00, which recoups like earnings; 120.00 is not topped up."""
    assert [top_up(10_000, earned) for earned in (8000, 10_000, 12_000, -500)] == [2000, 0, 0, 10_500]
    found = unconverted(rows_of([line(80, list_price=1000)], {1: (rule(100_000),)}, Opening(), POLICY).rows)
    statement = settle_account(account(guarantee=10_000, payees={1: Standing(advance=9500)}), found, [], POLICY, period_end=END)
    assert (statement.top_up, statement.payees[1].due) == (2000, 500)


def test_a_guarantee_counts_rights_income(line, rule):
    """A7, A3: 50.00 from sales and 30.00 from a licence lack 20.00 of 100.00."""
    found = unconverted(rows_of([line(50, list_price=1000)], {1: (rule(100_000),)}, Opening(), POLICY).rows)
    film = rights_row(Receipt(id="f", contract_id=1, rights_type="film", gross=6000), 500_000, RightsBase.RECEIPTS)
    assert settle_account(account(guarantee=10_000), found, [film], POLICY, period_end=END).top_up == 2000


@pytest.mark.parametrize(("advance", "withheld", "due"), [(0, 2000, 10_000), (9000, 600, 2400), (11_500, 100, 400), (13_000, 0, 0)])
def test_a_reserve_of_what_recoupment_leaves(line, rule, advance, withheld, due):
    """R9 the other way round: 100.00 earned and 20.00 released leave all, 30.00, 5.00 or nothing of an advance; 20 % of that is withheld."""
    held = Vintage(contract_id=1, product_id=10, statement=1, amount=2000, due_statement=2)
    own = account(statement=2, held=(held,), payees={1: Standing(advance=advance)}, reserve_terms=(ReserveTerm(rate=200_000),))
    found = unconverted(rows_of([line(100, list_price=1000)], {1: (rule(100_000),)}, Opening(), POLICY).rows)
    after = Policy(version="hand", reserve_order=ReserveOrder.AFTER_RECOUPMENT)
    statement = settle_account(own, found, [], after, period_end=END)
    assert (total(statement.reserve.withheld), statement.payees[1].due) == (withheld, due)
    assert controls.of_statement(statement) == []


@pytest.mark.parametrize("owed", ["an advance of before", "one paid in this period", "a debit", "a joint one"])
def test_a_reserve_leaves_recoupment_what_it_needs_whatever_is_owed(line, rule, owed):
    """R9 the other way round, A2, A5: of 120.00, 115.00 that are owed leave 5.00, of which 20 % are withheld."""
    standing = {
        "an advance of before": {"payees": {1: Standing(advance=11_500)}},
        "one paid in this period": {"payees": {1: Standing(advance_paid=11_500)}},
        "a debit": {"payees": {1: Standing(balance=-11_500)}},
        "a joint one": {"joint": Standing(advance=11_500)},
    }
    held = Vintage(contract_id=1, product_id=10, statement=1, amount=2000, due_statement=2)
    own = account(statement=2, held=(held,), reserve_terms=(ReserveTerm(rate=200_000),), **standing[owed])
    found = unconverted(rows_of([line(100, list_price=1000)], {1: (rule(100_000),)}, Opening(), POLICY).rows)
    statement = settle_account(own, found, [], Policy(version="hand", reserve_order=ReserveOrder.AFTER_RECOUPMENT), period_end=END)
    assert (total(statement.reserve.withheld), statement.payees[1].due) == (100, 400)


def test_half_of_what_recoupment_leaves(line, rule):
    """Faults3 G5, 'only of what is left': 1,000.00 earned, 800.00 of the advance open: 50 % of 200.00 is withheld, 100.00 due."""
    own = account(payees={1: Standing(advance=80_000)}, reserve_terms=(ReserveTerm(rate=500_000),))
    found = unconverted(rows_of([line(1000, list_price=1000)], {1: (rule(100_000),)}, Opening(), POLICY).rows)
    statement = settle_account(own, found, [], Policy(version="hand", reserve_order=ReserveOrder.AFTER_RECOUPMENT), period_end=END)
    assert (total(statement.reserve.withheld), statement.payees[1].recouped, statement.payees[1].due) == (10_000, 80_000, 10_000)


def test_list_price_is_before_tax(line, rule):
    """B2: a cover price of 9.99 with 4 % tax in it is 9.61 (9.6058), 12.00 with 20 % is 10.00; the royalty is of that."""
    assert [before_tax(999, 40_000), before_tax(1200, 200_000), before_tax(799, 0)] == [961, 1000, 799]
    found = rows_of([line(100, list_price=before_tax(1200, 200_000))], {1: (rule(100_000),)}, Opening(), POLICY)
    assert [row.amount for row in found.rows] == [10_000]


def test_net_receipts_are_less_credits_and_carriage(line, rule):
    """B3: 1,000.00 received less 150.00 of return credits, 5 % carriage stated in the contract: 10 % of 807.50 is 80.75."""
    net = rule(100_000, basis=Basis.NET, keep=9500)
    found = rows_of([line(100, value=100_000), line(-15, value=-15_000)], {1: (net,)}, Opening(), POLICY)
    assert [(row.basis_sum, row.amount) for row in found.rows] == [(85_000, 8075)]


def test_the_basis_changes_with_discount_and_territory(line, rule):
    """B6: 10 % of list at home, of net receipts abroad, and 15 % of net receipts above 55 % discount; one counter for all (E4)."""
    shallow = Band(under=5500, under_inclusive=True)
    rules = (
        rule(100_000, id="home", territories=frozenset({"US"}), band=shallow),
        rule(100_000, id="abroad", excluded=frozenset({"US"}), band=shallow, basis=Basis.NET),
        rule(150_000, id="deep", band=Band(over=5500), basis=Basis.NET),
    )
    sold = [
        line(10, list_price=2000, value=9000, country="US"),
        line(10, list_price=2000, value=9000, country="CA"),
        line(10, list_price=2000, value=8999, country="CA"),
    ]
    found = rows_of(sold, {1: rules}, Opening(), POLICY)
    assert {row.rule_ids[0]: row.amount for row in found.rows} == {"home@1": 2000, "abroad@1": 900, "deep@1": 1350}
    assert [count.after for count in found.counts] == [30]


def test_the_agents_vat_is_the_agents(line):
    """P7: 15 % of 25,000.00 and 20 % on it are 3,750.00 and 750.00; the author's 21,250.00 stays as it is."""
    agent = Agent(id=9, commission=150_000, vat=200_000)
    (found,) = commissions(2_500_000, [agent], POLICY)
    assert (found.amount, found.vat) == (375_000, 75_000)
    due = Due(account_id="a", payee_id=1, currency="GBP", amount=2_500_000, agents=(agent,))
    assert payment([due], PayeeTerms(payee_id=1), POLICY, pay_day=END).net == 2_125_000


def test_commission_tax_and_vat_are_each_of_what_is_due():
    """P5, X1, X6: of 333.33, 15 % is 50.00 and 5 % by treaty 16.67; 266.66 is paid, and 20 % VAT of 66.67 on top where registered."""
    due = Due(account_id="a", payee_id=1, currency="GBP", amount=33_333, agents=(Agent(id=9, commission=150_000),))
    treaty = Withholding(rate=50_000, article="12", certificate="c", valid_to=END)
    paid = payment([due], PayeeTerms(payee_id=1, abroad=True, treaty=treaty, vat=200_000), POLICY, pay_day=END)
    assert (paid.commission, paid.tax, paid.net, paid.vat) == (5000, 1667, 26_666, 6667)


@pytest.mark.parametrize(
    ("into", "rate_e8", "amount"), [("JPY", 15_025_000_000, 18_541), ("KWD", 30_715_000, 37_902), ("GBP", 78_125_000, 9641)]
)
def test_a_row_is_converted_once(line, rule, into, rate_e8, amount):
    """F2, F3: 123.40 earned is 123.405 before rounding; the rounded row is converted, 0 and 3 decimals included."""
    found = rows_of([line(100, list_price=1234)], {1: (rule(100_000),)}, Opening(), POLICY).rows
    assert [row.amount for row in found] == [12_340]
    fx = FxRate(currency="USD", into=into, rate_e8=rate_e8, on=END, source="bank", policy=FxPolicy.ACTUAL_RECEIPT)
    done, _ = convert_rows(found, into, {("USD", into): fx}, FxPolicy.ACTUAL_RECEIPT)
    assert [one.amount for one in done] == [amount]


def test_a_correction_is_split_recouped_and_reserved_like_earnings(line, rule):
    """D4, P3, R2: 100.00 printed for 120.00; the next period has -100.00 and 120.00, withholds 20 % of the 20.00, and splits the rest."""
    printed, right = (
        unconverted(rows_of([line(100, list_price=price)], {1: (rule(100_000),)}, Opening(), POLICY).rows)[0] for price in (1000, 1200)
    )
    mended = correct("2025H2:a", printed, right, "wrong list price")
    shared = account(shares=(Shares(contract_id=1, weights=((1, 2), (2, 1))),), reserve_terms=(ReserveTerm(rate=200_000),))
    statement = settle_account(shared, [mended.reversal, mended.replacement], [], POLICY, period_end=END)
    assert (statement.earnings, total(statement.reserve.withheld)) == (2000, 400)
    assert {payee: one.due for payee, one in statement.payees.items()} == {1: 1067, 2: 533}
    assert controls.of_statement(statement) == []


def test_a_row_names_what_it_was_made_of(line, rule):
    """D5, section 12: rule with its version, source files and a digest of its lines, whatever came first."""
    sold = [line(1, list_price=100, source="b"), line(2, list_price=100, source="a")]
    (row,) = rows_of(sold, {1: (rule(100_000, version="7"),)}, Opening(), POLICY).rows
    (same,) = rows_of(sold[::-1], {1: (rule(100_000, version="7"),)}, Opening(), POLICY).rows
    assert (row.rule_ids, row.sources, row.line_count) == (("r@7",), ("a", "b"), 2)
    assert row == same
    assert settle_account(account(), unconverted([row]), [], POLICY, period_end=END).policy_id == POLICY.fingerprint
