"""The rule book, one test for each rule that no other test names."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import Advance, Escalator, EscalatorKind, PriceBasis, Rate, Reserve, RoyaltyLevel, RoyaltyTerms, Split
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError, InvalidError
from colophon.royalties import breaches, controls
from colophon.royalties.account import Account, Shares, settle_account
from colophon.royalties.corrections import correct
from colophon.royalties.currency import FxRate, convert_rows, unconverted
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.line import Line, Trouble
from colophon.royalties.payout import Agent, Due, PayeeTerms, Withholding, commissions, passes, pay, vat_total, withholding_rate
from colophon.royalties.policy import (
    AgentsShare,
    Basis,
    EscalatorMode,
    FxPolicy,
    MinimumLevel,
    MinimumOperator,
    Policy,
    RateOrder,
    ReserveBase,
    ReserveOrder,
    Returns,
    RightsBase,
    Trigger,
    VatRounding,
)
from colophon.royalties.reserve import ReserveTerm, Tranche, months_later, reserve, total, tranches
from colophon.royalties.rights_income import Receipt, rights_row
from colophon.royalties.rounding import rounded
from colophon.royalties.row import Opening
from colophon.royalties.rules import Band, Sliding, Step, choose, rates_of
from colophon.royalties.sales_lines import Title, select
from colophon.royalties.standing import Standing, recoup
from colophon.royalties.terms import account_of, rules_of
from colophon.royalties.whole_numbers import minor

POLICY = Policy(version="t")
END = date(2026, 6, 30)


def rows(lines, *rules, opening=None, policy=POLICY):
    return rows_of(lines, {1: rules}, opening or Opening(), policy)


def amounts(found):
    return sorted(row.amount for row in found.rows)


def test_rounding_is_half_away_from_zero_in_both_directions():
    """Section 11: 25 % of 10.50 is 2.63, and its return takes back 2.63."""
    assert (rounded(2625, 10), rounded(-2625, 10)) == (263, -263)


def test_list_price_belongs_to_the_line(line, rule):
    """B1: two prices are two rows, each at its own price."""
    assert amounts(rows([line(10, list_price=1000), line(10, list_price=2000)], rule(100_000))) == [1000, 2000]


def test_net_uses_the_value_on_the_line(line, rule):
    """B4: list price and discount do not matter."""
    assert amounts(rows([line(10, list_price=1000, value=4321)], rule(100_000, basis=Basis.NET))) == [432]


def test_fixed_amount_and_stated_deductions(line, rule):
    """B5: 0.35 a copy; and 10 % of list price after a stated deduction of 20 %."""
    assert amounts(rows([line(7)], rule(35_000_000, basis=Basis.FIXED))) == [245]
    assert amounts(rows([line(10, list_price=1000)], rule(100_000, keep=8000))) == [800]


def test_the_most_special_rate_wins(line, rule):
    """C1: channel over masterchannel over product over work; or the first in priority."""
    work, product = rule(1, id="w", priority=0), rule(1, id="p", product_id=10, priority=1)
    master, channel = rule(1, id="m", masterchannel="Trade", priority=2), rule(1, id="c", channel_id=7, priority=3)
    sold = line(1, list_price=1, masterchannel="Trade", channel_id=7)
    for place, winner in enumerate(("c", "m", "p", "w")):
        assert choose([channel, master, product, work][place:], sold, RateOrder.MOST_SPECIFIC).id == winner
    assert choose([channel, master, product, work], sold, RateOrder.PRIORITY) is work


def test_none_or_two_rates_are_suspense(line, rule):
    """C2: neither earns anything, and both are named."""
    sold = [line(1, list_price=1)]
    assert rows(sold).suspended[0].trouble is Trouble.NO_RATE
    assert rows(sold, rule(1, id="a"), rule(2, id="b")).suspended[0].trouble is Trouble.TWO_RATES


def test_a_condition_that_cannot_be_judged_is_suspense(line, rule):
    """C2: a line without a country does not quietly take the general rate where a special one could win."""
    special = rule(1, id="uk", territories=frozenset({"GB"}))
    found = choose([special, rule(2, id="all")], line(1, list_price=1), RateOrder.MOST_SPECIFIC)
    assert found is Trouble.COUNTRY_UNKNOWN
    assert choose([special, rule(2, id="all")], line(1, list_price=1, country="US"), RateOrder.MOST_SPECIFIC).id == "all"


@pytest.mark.parametrize("keys", [{"masterchannel": "Export"}, {"channel_id": 7}])
def test_a_sale_through_a_channel_that_nobody_named_takes_no_general_rate(line, rule, keys):
    """C1, C2: as long as the special rate could be its own; another product's or another country's rate is no such rate."""
    general, sold = rule(2, id="all"), line(1, list_price=1, country="US")
    assert choose([rule(1, id="own", **keys), general], sold, RateOrder.MOST_SPECIFIC) is Trouble.CHANNEL_UNKNOWN
    for more in ({"product_id": 99}, {"territories": frozenset({"GB"})}):
        assert choose([rule(1, id="own", **keys, **more), general], sold, RateOrder.MOST_SPECIFIC) is general
    assert choose([rule(1, id="own", **keys), general], replace(sold, **{**keys, "country": None}), RateOrder.MOST_SPECIFIC).id == "own"


@pytest.mark.parametrize(("inclusive", "holds"), [(True, True), (False, False)])
def test_a_band_keeps_its_operator(inclusive, holds):
    """C3, C4: "50 % or more" and "more than 50 %" differ exactly at 50 %, for a return as well."""
    band = Band(over=5000, over_inclusive=inclusive)
    assert band.holds(1000, 500) is band.holds(-1000, -500) is holds
    assert band.holds(999, 499)


@pytest.mark.parametrize(("value", "amount"), [(53, 10), (50, 7), (44, 5)])
def test_sliding_reduction(line, rule, value, amount):
    """C5, McCausland: 10 % is 7 % at discount 50 % and floors at 5 %; nothing changes below 48 %."""
    found = rows([line(100, list_price=100, value=value * 100)], rule(100_000, sliding=Sliding()))
    assert amounts(found) == [amount * 100]


def test_a_sliding_reduction_is_of_the_whole_discount(line, rule):
    """C5: at 5.05 for a list price of 9.99 (49.4494 %) the rate falls by 2.7247 %, for a return as well; nothing is cut to 49.44 %."""
    own = rule(100_000, sliding=Sliding())
    for units in (10_000, -10_000):
        found = rows([line(units, list_price=999, value=505 * units)], own)
        assert [row.key.rate for row in found.rows] == [72_753]


def test_rate_by_day_of_sale(line, rule):
    """C6: a sale before the day earns nothing and still counts."""
    own = rule(100_000, 120_000, bounds=(10,), earns_from=date(2026, 2, 1))
    found = rows([line(10, list_price=100), line(10, list_price=100, sold_on=date(2026, 2, 1))], own)
    assert amounts(found) == [0, 120]
    dated = rule(100_000, steps=(Step(rate=150_000, since=date(2026, 2, 1)),))
    assert amounts(rows([line(10, list_price=100), line(10, list_price=100, sold_on=date(2026, 2, 1))], dated)) == [100, 150]


def test_a_missing_list_price_is_an_error(line, rule):
    """C7: not zero."""
    assert rows([line(1, value=5)], rule(1)).suspended[0].trouble is Trouble.LIST_PRICE_MISSING


@pytest.mark.parametrize("value", [50, None])
def test_a_list_price_of_nought_is_none_where_the_copies_were_not_free(line, rule, value):
    """C7: what was sold for 0.00 and brought money, or nobody knows what, is asked after; what was given away for 0.00 earns nothing."""
    assert rows([line(100, list_price=0, value=value)], rule(1)).suspended[0].trouble is Trouble.LIST_PRICE_MISSING
    assert amounts(rows([line(100, list_price=0, value=0)], rule(1))) == [0]
    assert amounts(rows([line(100, list_price=0, value=1000)], rule(100_000, basis=Basis.NET))) == [100]


def test_reduced_rate_sales_count_together(line, rule):
    """E3, E4: export sales at a flat rate push home sales into the upper tier; another format has a counter of its own."""
    home, export = rule(100_000, 150_000, id="h", masterchannel="Home", bounds=(10,)), rule(50_000, id="x", masterchannel="Export")
    sold = [line(10, list_price=100, masterchannel="Export"), line(10, list_price=100, masterchannel="Home")]
    assert amounts(rows(sold, home, export)) == [50, 150]
    assert amounts(rows([replace(sold[0], format="EB"), sold[1]], home, export)) == [50, 100]


def test_uncounted_copies_do_not_count(line, rule):
    """E5: by rule or by masterchannel."""
    first, second = line(10, list_price=100, masterchannel="Rights"), line(10, list_price=100)
    own = rule(100_000, 150_000, bounds=(10,))
    assert rows([first, second], own).counts[0].after == 20
    assert rows([first, second], own, policy=Policy(version="t", uncounted_masterchannels=("Rights",))).counts[0].after == 10
    assert rows([first], replace(own, counts=False)).counts[0].after == 0


def test_order_decides_which_price_gets_the_higher_rate(line, rule):
    """E6: by day, then line id, however the lines come in."""
    early, late = line(10, list_price=100, sold_on=date(2026, 1, 1)), line(10, list_price=200, sold_on=date(2026, 1, 2))
    assert amounts(rows([late, early], rule(100_000, 200_000, bounds=(10,)))) == [100, 400]


def test_sale_value_escalator(line, rule):
    """E9, Consonance's example: 25 % to 9,999.99 and 35 % from 10,000, marginal or whole."""
    own = rule(250_000, 350_000, basis=Basis.NET, trigger=Trigger.NET, bounds=(999_999,))
    sold = [line(1, value=1_500_000)]
    assert sum(amounts(rows(sold, own))) == rounded(999_999 * 25 + 500_001 * 35, 100)
    assert amounts(rows(sold, replace(own, mode=EscalatorMode.WHOLE))) == [525_000]


def test_a_threshold_of_money_has_a_currency(line):
    """E9, F2: sales in yen do not pass a threshold of 10,000 dollars; the line is in suspense, not counted as cents."""
    escalator = Escalator(kind=EscalatorKind.SALE_VALUE, above=Decimal(10_000), rate_percent=Decimal(20))
    (own,) = rules_of(replace(TERMS, rates=(replace(TERMS.rates[0], basis=PriceBasis.NET, escalators=(escalator,)),)), POLICY)
    found = rows([line(1, value=1_500_000, currency="JPY"), line(1, value=1_500_000)], own)
    assert [one.trouble for one in found.suspended] == [Trouble.OTHER_CURRENCY]
    assert found.counts[0].after == 1_500_000


def test_minor_units_are_those_of_iso_4217():
    """F3: none, two, three or four decimals."""
    assert [minor(Decimal(12), currency) for currency in ("JPY", "UYI", "USD", "KWD", "CLF")] == [12, 12, 1200, 12_000, 120_000]


def test_straddling_value_adds_up(line, rule):
    """E10: the parts of a NET line are whole numbers that add up to it, the remainder in the lower tier."""
    found = rows([line(3, value=100)], rule(100_000, 200_000, basis=Basis.NET, bounds=(1,)))
    assert [row.basis_sum for row in found.rows] == [34, 66]


@pytest.mark.parametrize(("how", "taken"), [(Returns.UNWIND, -1000), (Returns.ORIGINAL_SALE, -1000), (Returns.CURRENT_RATE, -1500)])
def test_returns(line, rule, how, taken):
    """N3: a return of copies sold at 10 % takes back 10 %; at the current rate it takes back more, which control 7 shows (N2)."""
    own, policy = rule(100_000, 150_000, bounds=(100,)), Policy(version="t", returns=how)
    first = rows([line(110, list_price=100)], own, policy=policy)
    second = rows([line(-110, list_price=100)], own, policy=policy, opening=first.closing)
    assert sum(amounts(second)) == {Returns.CURRENT_RATE: -1650}.get(how, -1150)
    assert bool([one for one in controls.of_counters(second) if one.identity == 7]) is bool(policy.warnings) is (taken == -1500)


def test_free_copies_are_reported_and_earn_nothing(line, rule):
    """N5: gratis, at or below cost, or so told; none of them counts."""
    policy = Policy(version="t", free_masterchannels=("Gratis",))
    given = [
        line(5, exempt="author's copies"),
        line(5, masterchannel="Gratis"),
        line(5, value=500, unit_cost=100),
        line(5, value=501, unit_cost=100, list_price=9),
    ]
    found = rows(given, rule(100_000), policy=policy)
    assert [one.reason for one in found.excluded] == ["author's copies", "free copies", "at or below cost"]
    assert found.counts[0].after == 5
    assert controls.of_lines(given, found) == []


def earned(line, rule, price=1000, units=100, **other):
    return unconverted(rows([line(units, list_price=price, **other)], rule(100_000)).rows)


def test_reserve_terms(line, rule):
    """R1, R2, R4, R5, R6: by format, of positive amounts, by statement number, capped, for a time."""
    own = earned(line, rule)
    assert total(reserve(own, [ReserveTerm(rate=200_000)], (), statement=1, period_end=END).withheld) == 2000
    assert not reserve(own, [ReserveTerm(rate=200_000, formats=("PB",))], (), statement=1, period_end=END).withheld
    assert not reserve(earned(line, rule, units=-5), [ReserveTerm(rate=200_000)], (), statement=1, period_end=END).withheld
    assert not reserve(own, [ReserveTerm(rate=200_000, last=3)], (), statement=4, period_end=END).withheld
    assert total(reserve(own, [ReserveTerm(rate=200_000, cap=150_000)], (), statement=1, period_end=END).withheld) == 1500
    assert not reserve(own, [ReserveTerm(rate=200_000, until=date(2026, 1, 1))], (), statement=1, period_end=END).withheld


def test_reserve_bases_agree_at_one_rate_only(line, rule):
    """R3: royalty, sales and copies withhold the same at one rate; with two tiers the newest one is withheld by copies."""
    flat, tiers = rule(100_000), rule(100_000, 200_000, bounds=(50,))

    def held(own, base):
        found = unconverted(rows([line(100, list_price=100)], own).rows)
        return total(reserve(found, [ReserveTerm(rate=200_000, base=base)], (), statement=1, period_end=END).withheld)

    assert [held(flat, base) for base in ReserveBase] == [200, 200, 200]
    assert [held(tiers, base) for base in ReserveBase] == [300, 400, 400]


def test_a_reserve_on_sales_needs_sales(line, rule):
    """R2, R3 SALES: nothing is withheld of earlier sales rated anew, nor where only the rates make the sum positive."""
    whole = rule(100_000, 200_000, bounds=(10,), mode=EscalatorMode.WHOLE)
    first = rows([line(10, product_id=1, list_price=100)], whole)
    second = rows([line(10, product_id=2, list_price=100)], whole, opening=first.closing)
    term = ReserveTerm(rate=100_000, base=ReserveBase.SALES)
    move = reserve(unconverted(second.rows), [term], (), statement=1, period_end=END)
    assert {one.product_id: one.amount for one in move.withheld} == {2: 20}
    odd = rows(
        [line(-20, list_price=100, masterchannel="A"), line(10, list_price=100, masterchannel="B")],
        rule(50_000, id="a", masterchannel="A"),
        rule(200_000, id="b", masterchannel="B"),
    )
    assert sum(amounts(odd)) == 100
    assert reserve(unconverted(odd.rows), [term], (), statement=1, period_end=END).withheld == ()


def test_a_ceiling_is_for_its_own_term(line, rule):
    """R1, R5: paperbacks are capped at 5 % of the amount due, hardbacks are not."""
    sold = [line(100, list_price=1000, product_id=1, format="HB"), line(100, list_price=1000, product_id=2, format="PB")]
    terms = [ReserveTerm(rate=200_000, formats=("HB",)), ReserveTerm(rate=200_000, formats=("PB",), cap=50_000)]
    move = reserve(unconverted(rows(sold, rule(100_000)).rows), terms, (), statement=1, period_end=END)
    assert {one.product_id: one.amount for one in move.withheld} == {1: 2000, 2: 1000}


def test_a_schedule_releases_to_the_penny():
    """R7: 50/50 of 1.01 is 0.51 and 0.50; by months the last day of a short month."""
    half = (Tranche(share=500_000, after_statements=1), Tranche(share=500_000, after_months=8))
    assert [one.amount for one in tranches((1, 1), 101, half, statement=1, period_end=END)] == [51, 50]
    assert months_later(date(2026, 6, 30), 8) == date(2027, 2, 28)
    with pytest.raises(ValueError, match="100 %"):
        ReserveTerm(rate=1, schedule=half[:1])


def account(**other):
    return Account(**{"id": "a", "contract_ids": (1,), "currency": "USD", "shares": (Shares(contract_id=1, weights=((1, 1),)),), **other})


def test_reserve_before_or_after_recoupment(line, rule):
    """R9: an unearned advance leaves nothing to withhold where reserves come after it."""
    owed = account(payees={1: Standing(advance=20_000)}, reserve_terms=(ReserveTerm(rate=200_000),))
    before = settle_account(owed, earned(line, rule), [], POLICY, period_end=END)
    after = settle_account(owed, earned(line, rule), [], Policy(version="t", reserve_order=ReserveOrder.AFTER_RECOUPMENT), period_end=END)
    assert (before.reserve.movement, before.payees[1].recouped) == (2000, 8000)
    assert (after.reserve.movement, after.payees[1].recouped) == (0, 10_000)


def test_joint_account_earns_out_together(line, rule):
    """A4, A5: joined contracts pay nothing before the sum of advances is earned; alone, the earner is paid."""
    joined = account(joint=Standing(advance=15_000))
    assert settle_account(joined, earned(line, rule), [], POLICY, period_end=END).payees[1].due == 0
    assert settle_account(account(payees={1: Standing(advance=4000)}), earned(line, rule), [], POLICY, period_end=END).payees[1].due == 6000


def test_rights_income():
    """P8: after foreign tax and charges, or also after the sub-agent."""
    receipt = Receipt(id="1", contract_id=1, rights_type="audio", gross=10_000, foreign_tax=1000, bank_charges=100, subagent_commission=900)
    assert [rights_row(receipt, 500_000, base).amount for base in RightsBase] == [4450, 4000]


def test_two_agents():
    """P5, P6: both take of the gross, or one after the other; nothing of nothing."""
    agents = (Agent(id=1, commission=100_000), Agent(id=2, commission=100_000))
    assert [one.amount for one in commissions(100_000, agents, POLICY)] == [10_000, 10_000]
    assert [one.amount for one in commissions(100_000, agents, Policy(version="t", agents_share=AgentsShare.ONE_AFTER_THE_OTHER))] == [
        10_000,
        9000,
    ]
    assert [one.amount for one in commissions(-5, agents, POLICY)] == [0, 0]


def test_vat_has_its_own_rounding():
    """X1, X2: of the total, half up or down; never line by line."""
    assert vat_total((333, 333, 334), 175_000, VatRounding.HALF_UP) == 175
    assert [vat_total((99,), 200_000, how) for how in VatRounding] == [20, 19]


def test_an_expired_certificate_is_no_certificate():
    """X3 to X5: home nothing, abroad the statutory rate, by certificate the treaty's, after its last day the statutory one and a warning."""
    treaty = Withholding(rate=50_000, article="12", certificate="c", valid_to=END)
    payee = PayeeTerms(payee_id=1, abroad=True, treaty=treaty)
    assert withholding_rate(PayeeTerms(payee_id=1), POLICY, END) == (0, ())
    assert withholding_rate(replace(payee, treaty=None), POLICY, END)[0] == 200_000
    assert withholding_rate(payee, POLICY, END) == (50_000, ())
    rate, warnings = withholding_rate(payee, POLICY, date(2026, 7, 1))
    assert (rate, len(warnings)) == (200_000, 1)


def test_minimum_payment_and_its_level():
    """M1, M2, M3: at the minimum itself, by statement or payee, and the sweep."""
    assert passes(2500, 2500, MinimumOperator.LESS_IS_CARRIED)
    assert not passes(7500, 7500, MinimumOperator.LESS_OR_EQUAL_IS_CARRIED)
    dues = [Due(account_id=name, payee_id=1, currency="USD", amount=amount) for name, amount in (("a", 1500), ("b", 2000))]
    by_statement, by_payee = (Policy(version="t", minimum_payment=2500, minimum_level=level) for level in MinimumLevel)
    assert not pay(dues, {}, by_statement, pay_day=END).paid
    assert [paid.due for paid in pay(dues, {}, by_payee, pay_day=END).paid] == [3500]
    assert sum(paid.due for paid in pay(dues, {}, by_statement, pay_day=END, sweep=True).paid) == 3500


def test_no_rate_blocks_and_no_third_currency(line, rule):
    """F1, F2: a row without a rate of the policy in force is blocked, and never goes through another currency."""
    found = rows([line(1, list_price=1000)], rule(100_000)).rows
    fx = FxRate(currency="USD", into="GBP", rate_e8=80_000_000, on=END, source="bank", policy=FxPolicy.PERIOD_AVERAGE)
    done, blocked = convert_rows(found, "GBP", {("USD", "GBP"): fx}, FxPolicy.PERIOD_AVERAGE)
    assert ([one.amount for one in done], blocked) == ([80], ())
    assert convert_rows(found, "GBP", {("USD", "GBP"): fx}, FxPolicy.ACTUAL_RECEIPT) == ((), found)
    assert convert_rows(found, "GBP", {("USD", "EUR"): fx, ("EUR", "GBP"): fx}, FxPolicy.PERIOD_AVERAGE) == ((), found)


def test_which_sales_a_run_takes():
    """D2, D3: up to the last day, those of no other run; late ones keep their day. N1: a return is negative."""

    def sale(**other):
        return Sale(
            **{
                "id": 1,
                "is_return": False,
                "product_id": 5,
                "channel_id": 1,
                "sold_on": END,
                "quantity": 3,
                "value": Decimal("9.99"),
                "source": "s",
                "currency": "GBP",
                **other,
            }
        )

    titles = {5: [Title(product_id=5, contract_id=1, format="HB"), Title(product_id=5, contract_id=2, format="HB")]}
    sales = [
        sale(is_return=True),
        sale(id=2, sold_on=date(2026, 7, 1)),
        sale(id=3, royalty_run_id=8),
        sale(id=4, product_id=6),
        sale(id=5, sold_on=date(2025, 1, 1)),
    ]
    found = select(sales, titles, last_day=END, run_id=9)
    assert [(one.contract_id, one.units, one.value) for one in found.lines[:2]] == [(1, -3, -999), (2, -3, -999)]
    assert found.lines[2].sold_on == date(2025, 1, 1)
    assert (len(found.not_now), len(found.no_contract)) == (2, 1)
    with pytest.raises(BadRecordError):
        minor(Decimal("1.5"), "JPY")


def test_a_correction_is_a_reversal_and_a_new_row(line, rule):
    """D4: the closed statement stays; the two rows differ by what was wrong, and name why."""
    (printed,), (right,) = earned(line, rule), earned(line, rule, price=1200)
    found = correct("S1", printed, right, "wrong list price")
    assert (found.reversal.amount, found.replacement.amount) == (-10_000, 12_000)
    statement = settle_account(account(), [found.reversal, found.replacement], [], POLICY, period_end=END)
    assert (statement.earnings, controls.of_statement(statement)) == (2000, [])
    with pytest.raises(ValueError, match="reason"):
        correct("S1", printed, right, " ")


def test_a_broken_total_stops_the_batch(line, rule):
    """Section 12: a lost row, changed earnings; the error tells no amount."""
    sold = [line(10, list_price=123_457)]
    found = rows(sold, rule(100_000))
    broken = [*controls.of_lines(sold, replace(found, rows=())), *controls.of_counters(replace(found, rows=()))]
    assert {one.identity for one in broken} == {1, 2}
    with pytest.raises(InvalidError) as problem:
        breaches.require(broken)
    assert "123457" not in str(problem.value)
    statement = settle_account(account(), unconverted(found.rows), [], POLICY, period_end=END)
    assert {one.identity for one in controls.of_statement(replace(statement, earnings=statement.earnings + 1))} == {3, 6}
    breaches.require([])


TERMS = RoyaltyTerms(
    contract_id=1,
    currency="USD",
    revision=4,
    rates=(
        Rate(
            id=3,
            level=RoyaltyLevel.WORK,
            basis=PriceBasis.LIST,
            rate_percent=Decimal("7.5"),
            escalators=(
                Escalator(kind=EscalatorKind.UNIT, above=Decimal(5000), rate_percent=Decimal(10)),
                Escalator(kind=EscalatorKind.UNIT, above=Decimal(9000), is_inclusive=True, rate_percent=Decimal("12.5")),
            ),
        ),
    ),
    splits=(
        Split(payee_id=1, weight=80, share_percent=Decimal(80), opening_balance=Decimal("12.34")),
        Split(payee_id=2, weight=20, share_percent=Decimal(20), product_id=10),
    ),
    advances=(
        Advance(payee_id=1, trigger="signature", amount=Decimal(1000), currency="USD", paid_on=END),
        Advance(payee_id=1, trigger="delivery", amount=Decimal(1000), currency="USD"),
    ),
    reserves=(Reserve(statement_from=1, statement_to=3, rate_percent=Decimal(15), release_after_statements=2),),
)


def test_terms_become_rules():
    """E1, C1: percent to ppm, a threshold from 9,000 on is above 8,999; thresholds of two kinds are refused."""
    (own,) = rules_of(TERMS, POLICY)
    assert (own.rates, own.bounds, own.version) == ((75_000, 100_000, 125_000), (5000, 8999), "4")
    mixed = replace(
        TERMS.rates[0],
        escalators=(*TERMS.rates[0].escalators, Escalator(kind=EscalatorKind.SALE_VALUE, above=Decimal(1), rate_percent=Decimal(1))),
    )
    with pytest.raises(BadRecordError):
        rules_of(replace(TERMS, rates=(mixed,)), POLICY)


def test_terms_become_an_account():
    """A2, A6, P1: only paid instalments count, a negative payment is none, a product's own payees stand for the contract's."""
    paid = [Payment(contact_id=1, contract_id=1, paid_on=END, amount=Decimal(amount), currency="USD") for amount in ("2.34", "-99")]
    found = account_of("a", [TERMS], paid, policy=POLICY)
    assert found.payees[1] == Standing(balance=1000, advance=100_000)
    assert [one.weights for one in found.shares] == [((1, 80),), ((2, 20),)]
    assert (found.reserve_terms[0].rate, found.reserve_terms[0].schedule[0].after_statements) == (150_000, 2)
    assert "80" not in repr(found.shares), "shares are personal"


def test_joined_contracts_keep_their_own_reserves(line, rule):
    """R1, R4, A5: in a joint account each contract withholds at its own rate, by its own statement number."""
    young = replace(TERMS, advances=(), statement_number=2)
    bare = replace(TERMS, contract_id=2, advances=(), reserves=(), statement_number=9)
    old = replace(TERMS, contract_id=3, advances=(), reserves=(replace(TERMS.reserves[0], rate_percent=Decimal(50)),), statement_number=9)
    found = account_of("a", [young, bare, old], policy=POLICY)
    sold = unconverted(
        [
            one
            for contract in (1, 2, 3)
            for one in rows_of([line(100, contract_id=contract, list_price=1000)], {contract: (rule(100_000),)}, Opening(), POLICY).rows
        ]
    )
    move = settle_account(found, sold, [], POLICY, period_end=END).reserve
    assert {one.contract_id: (one.amount, one.due_statement) for one in move.withheld} == {1: (1500, 11)}


def test_of_several_steps_the_last_that_applies_has_the_say():
    """C3, C6: in whatever order the terms list them, the latest day and then the deepest discount decide."""

    def by_discount(above, percent):
        return Escalator(kind=EscalatorKind.DISCOUNT, above=Decimal(above), rate_percent=Decimal(percent))

    def by_day(day, percent):
        return Escalator(kind=EscalatorKind.DATE, above_on=day, is_inclusive=True, rate_percent=Decimal(percent))

    told = (by_discount(60, 5), by_day(date(2026, 1, 1), 9), by_discount(50, 6), by_day(date(2020, 1, 1), 8))
    (own,) = rules_of(replace(TERMS, rates=(replace(TERMS.rates[0], escalators=told),)), POLICY)

    def rate(value, day):
        sold = Line(id="1", contract_id=1, product_id=1, format="HB", sold_on=day, units=1, list_price=100, value=value, currency="USD")
        return rates_of(own, sold)

    assert [rate(value, END) for value in (90, 50, 49, 40, 39)] == [(90_000,), (90_000,), (60_000,), (60_000,), (50_000,)]
    assert [rate(90, day) for day in (date(2019, 12, 31), date(2025, 12, 31))] == [(75_000,), (80_000,)]


def test_the_world_is_no_special_territory():
    """C1: a rate for Great Britain wins over one for the whole world; the same threshold twice is refused, never a crash."""
    world = replace(TERMS.rates[0], id=1, territories=("WORLD",), escalators=())
    home = replace(TERMS.rates[0], id=2, territories=("GB",), escalators=())
    found = rules_of(replace(TERMS, rates=(world, home)), POLICY)
    for country, winner in (("GB", "rate:2"), ("US", "rate:1")):
        sold = Line(id="1", contract_id=1, product_id=1, format="HB", sold_on=END, units=1, list_price=1, country=country, currency="USD")
        assert choose(found, sold, RateOrder.MOST_SPECIFIC).id == winner
    twice = (replace(TERMS.rates[0].escalators[0]), replace(TERMS.rates[0].escalators[0], above=Decimal(5001), is_inclusive=True))
    with pytest.raises(BadRecordError):
        rules_of(replace(TERMS, rates=(replace(TERMS.rates[0], escalators=twice),)), POLICY)


def test_reserves_of_single_payees(line, rule):
    """R1, R4: the same for each payee is one of all; of one alone it is withheld from, and released to, that one."""
    split = (Split(payee_id=1, weight=3, share_percent=Decimal(75)), Split(payee_id=2, weight=1, share_percent=Decimal(25)))
    each = tuple(Reserve(payee_id=payee, statement_from=1, rate_percent=Decimal(20), base="ROYALTY") for payee in (1, 2))
    alike = account_of("a", [replace(TERMS, splits=split, advances=(), reserves=each)], policy=POLICY)
    assert [(one.rate, one.payee_id) for one in alike.reserve_terms] == [(200_000, None)]
    alone = account_of("a", [replace(TERMS, splits=split, advances=(), reserves=each[1:])], policy=POLICY)
    assert [(one.rate, one.payee_id) for one in alone.reserve_terms] == [(200_000, 2)]
    first = settle_account(alone, earned(line, rule), [], POLICY, period_end=END)
    assert {payee: one.due for payee, one in first.payees.items()} == {1: 7500, 2: 2000}
    later = replace(alone, statement=2, held=first.reserve.closing, reserve_terms=())
    second = settle_account(later, [], [], POLICY, period_end=END)
    assert {payee: one.due for payee, one in second.payees.items()} == {1: 0, 2: 500}
    joined = replace(TERMS, splits=split, reserves=each[1:], advances=(replace(TERMS.advances[0], is_joint=True),))
    with pytest.raises(BadRecordError):
        account_of("a", [joined], policy=POLICY)


def test_a_debt_earns_no_advance():
    """A1, N4: more came back than was sold while 5.00 are open: the debt is carried, and the advance stays as it is."""
    found = recoup(Standing(advance=500), -100)
    assert (found.recouped, found.due, found.debit, found.advance_closing) == (0, 0, -100, 500)
