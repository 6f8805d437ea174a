"""What contracts, agents, shops and tax offices do to a run now and then, each with its figures worked by hand.

10 % of the list price of copies at 10.00, unless a story says otherwise.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from tests.royalty_run.press import FREE, dues, held, run
from tests.royalty_run.runs import SETTINGS, changed, gathered, grouped, inputs, sale, terms

from colophon.domain.provenance import Origin
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import Advance, Combine, Escalator, EscalatorKind, PriceBasis, Rate, Reserve, RoyaltyLevel, Split
from colophon.royalties.policy import FxPolicy
from colophon.royalties.reserve import total
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.settings import Certificate, Exchange
from colophon.systems.consonance.reports.reader import clauses_in

pytestmark = pytest.mark.nightly
NUMBERS = count(1)
H1, H2 = date(2026, 3, 1), date(2026, 8, 1)
NEW = {1: ProductFact(id=1, isbn13="9780000000001", title="T", imprint="H", format="PAPERBACK", work_id=1, published_on=date(2026, 2, 1))}


@pytest.fixture
def sheet(tmp_path):
    """Rows of the sheet as clauses; every row has to be right."""

    def read(*rows):
        path = tmp_path / f"clauses{next(NUMBERS)}.csv"
        path.write_text("\n".join(rows) + "\n")
        found = tuple(clauses_in(path))
        assert [one for one in found if not isinstance(one, Clause)] == []
        return found

    return read


def advance(amount, paid_on, trigger="Signature"):
    return Advance(payee_id=1, trigger=trigger, amount=Decimal(amount), currency="GBP", paid_on=paid_on)


def worth(rate, on, currency="USD", into="GBP"):
    """The shipped settings without a minimum, and with one exchange rate."""
    rates = (Exchange(currency=currency, into=into, rate=Decimal(rate), on=on, source="ECB", policy=FxPolicy.ACTUAL_RECEIPT),)
    return FREE.model_copy(update={"exchange_rates": rates})


def row(place, day, quantity, file="a", **more):
    """A line of a sales file."""
    origin = Origin(file="sales.csv", sha256=file * 64, row=place)
    return replace(sale(None, quantity=quantity, sold_on=day), id=None, product_id=None, isbn13="9780000000001", origin=origin, **more)


def once(given, settings=FREE):
    """A run by itself; every control total holds."""
    whole = gathered(grouped(given, settings=settings), settings=settings)
    assert whole.broken == ()
    return whole


def one(whole, account="contract:1"):
    """The statement of an account."""
    return next(each for each in whole.statements if each.account_id == account)


def by_agent(agent):
    return (Split(payee_id=1, weight=1, share_percent=Decimal(100), agent_id=agent, commission_percent=Decimal(15)),)


def test_three_instalments_the_second_entered_late_the_third_paid_later(ledger):
    """50.00 of 120.00 in spring; in autumn 100.00 more are open, of which 80.00 are earned."""
    first, second, third = advance("50", date(2026, 2, 1)), advance("50", date(2026, 5, 1), "Delivery"), advance("50", H2, "Publication")
    sold = [sale(1, quantity=120), sale(2, quantity=80, sold_on=H2)]
    spring = one(run(ledger, inputs(sold[:1], [terms(advances=(first,))]), "2026H1")).payees[1]
    autumn = one(run(ledger, inputs(sold, [terms(advances=(first, second, third))]), "2026H2")).payees[1]
    assert (spring.recouped, spring.due) == (5_000, 7_000)
    assert (autumn.recouped, autumn.due, autumn.advance_closing) == (8_000, 0, 2_000)


def test_a_year_to_date_file_in_two_currencies_and_another_order(ledger):
    """Spring's dollars are not converted again at autumn's rate: 10 x USD 1.00 x 0.50 and one copy in pounds are new."""
    spring = [row(2, H1, 100), row(3, H1, 50, currency="USD")]
    assert dues(run(ledger, inputs(spring, [terms()]), "2026H1", worth("0.8", date(2026, 6, 30)))) == {"contract:1": {1: 14_000}}
    again = [row(2, H2, 10, "b", currency="USD"), row(3, H1, 50, "b", currency="USD"), row(4, H1, 100, "b"), row(5, H2, 1, "b")]
    assert dues(run(ledger, inputs(again, [terms()]), "2026H2", worth("0.5", date(2026, 12, 31)))) == {"contract:1": {1: 600}}


@pytest.mark.parametrize(("until", "renewed", "tax"), [(31, None, 2_000), (31, 2, 2_000), (31, 1, 0)])
def test_a_certificate_ends_between_the_period_and_the_payment(until, renewed, tax):
    """Paid on 1 September: one that ended the day before is none, and one that begins the day after is none yet."""
    proofs = [(date(2024, 1, 1), date(2026, 8, until)), *([(date(2026, 9, renewed), date(2028, 1, 1))] if renewed else [])]
    made = tuple(Certificate(payee=1, reference="r", valid_from=since, valid_to=to) for since, to in proofs)
    abroad = {1: Payee(id=1, name="P", email="p@example.org", country="US", tax_status="TREATY_0")}
    whole = once(inputs([sale(1)], [terms()], payees=abroad), FREE.model_copy(update={"certificates": made}))
    assert [paid.tax for paid in whole.payout.paid] == [tax]


def test_two_agents_of_one_account_with_an_advance_of_one_contract():
    """150.00 are left of 200.00 earned, a quarter by the first contract: 15 % of 37.50 and of 112.50, each half up."""
    agreed = [terms(1, 1, contract_set="S", splits=by_agent(2), advances=(advance("50", H1),)),
              terms(2, 2, contract_set="S", splits=by_agent(3))]  # fmt: skip
    [paid] = once(inputs([sale(1, quantity=50), sale(2, product=2, quantity=150)], agreed)).payout.paid
    assert (paid.due, [(each.agent_id, each.amount) for each in paid.commissions]) == (15_000, [(2, 563), (3, 1_688)])


def test_an_old_contract_with_returns_alone_pays_no_commission():
    """What is due is all of the new contract, which nobody made."""
    agreed = [terms(1, 1, contract_set="S", splits=by_agent(2)), terms(2, 2, contract_set="S")]
    [paid] = once(inputs([sale(1, quantity=50, is_return=True), sale(2, product=2, quantity=150)], agreed)).payout.paid
    assert (paid.due, paid.commission) == (10_000, 0)


def test_copies_sold_deep_come_back_at_the_usual_discount(ledger):
    """At 70 % discount they earned 5 %, 50.00: no more is taken back, although they come back at 50 % discount, where 10 % hold."""
    deep = Escalator(kind=EscalatorKind.DISCOUNT, above=Decimal(60), rate_percent=Decimal(50), combine=Combine.MULTIPLY)
    agreed = terms(rates=(changed(terms().rates[0], escalators=(deep,)),))
    sold, back = sale(1, value=Decimal("300.00")), sale(2, is_return=True, sold_on=H2)
    assert dues(run(ledger, inputs([sold], [agreed], products=NEW), "2026H1")) == {"contract:1": {1: 5_000}}
    assert one(run(ledger, inputs([sold, back], [agreed], products=NEW), "2026H2")).earnings == -5_000


def test_tranches_of_a_contract_with_one_statement_a_year(ledger, sheet):
    """Half after one statement, half after twelve months: both with the next yearly one, and none between."""
    clauses = sheet("Contract,Clause,Percent,Release", "1,reserve,20,50@1;50@12m")
    yearly = terms(statement_months=(9,))
    assert total(one(run(ledger, inputs([sale(1)], [yearly], clauses=clauses), "2026H1")).reserve.withheld) == 2_000
    assert run(ledger, inputs([sale(1)], [yearly], clauses=clauses), "2026H2").statements == []
    assert total(one(run(ledger, inputs([sale(1)], [yearly], clauses=clauses), "2027H1")).reserve.released) == 2_000


def test_a_threshold_of_pounds_is_passed_by_no_dollars(sheet):
    """The account waits, and the other one is paid."""
    clauses = sheet("Contract,Clause,Product,Basis,Rate,Thresholds,Thresholds of,Wins", "1,rate,1,NET,10,500:20,NET,yes")
    sold = [sale(1), sale(2, currency="USD"), sale(3, 2)]
    assert list(dues(once(inputs(sold, [terms(), terms(2, 2)], clauses=clauses), worth("0.8", date(2026, 6, 30))))) == ["contract:2"]


@pytest.mark.parametrize(("inclusive", "amount"), [(True, 20_000), (False, 10_000)])
def test_a_rate_from_a_day_on(inclusive, amount):
    """On 1 April itself 20 % hold only where the day belongs to it."""
    step = Escalator(kind=EscalatorKind.DATE, above_on=date(2026, 4, 1), rate_percent=Decimal(20), is_inclusive=inclusive)
    agreed = terms(rates=(changed(terms().rates[0], escalators=(step,)),))
    assert one(once(inputs([sale(1, sold_on=date(2026, 4, 1))], [agreed]))).earnings == amount


def test_a_bundle_of_three_books(sheet):
    """33.33, 33.33 and 33.34 % of 100.00, 10 % of each: every book has 3.33, and the bundle is shared out once."""
    clauses = sheet("Contract,Clause,Product,Percent", "1,bundle,3,33.33", "2,bundle,3,33.33", "3,bundle,3,33.34")
    agreed = [
        terms(number, rates=(Rate(id=number, level=RoyaltyLevel.PRODUCT, product_id=3, basis=PriceBasis.NET, rate_percent=Decimal(10)),))
        for number in (1, 2, 3)
    ]
    facts = {3: ProductFact(id=3, isbn13="9780000000033", title="B", imprint="M", format="PAPERBACK")}
    contracts = {number: ContractFact(id=number, name="") for number in (1, 2, 3)}
    sold = [sale(1, product=3, quantity=10, value=Decimal("100.00"))]
    whole = once(inputs(sold, agreed, clauses=clauses, products=facts, contracts=contracts))
    assert [each.earnings for each in whole.statements] == [333, 333, 333]


def test_a_guarantee_earns_an_advance(sheet):
    """100.00 are made up to 250.00: 200.00 go against the advance, 50.00 are due."""
    clauses = sheet("Contract,Clause,Amount", "1,guarantee,250.00")
    statement = one(once(inputs([sale(1)], [terms(advances=(advance("200", H1),))], clauses=clauses)))
    assert (statement.top_up, statement.payees[1].recouped, statement.payees[1].due) == (15_000, 20_000, 5_000)


def test_parts_of_a_cent_with_returns_in_another_currency(sheet):
    """900 x USD 0.2916 x 25 % is USD 65.61, at 0.80 GBP 52.49."""
    clauses = sheet("Contract,Clause,Channel", "1,pool,Subscription")
    lines = [sale(next(NUMBERS), quantity=1, list_price=None, value=Decimal("0.2916"), currency="USD", masterchannel="Subscription",
                  is_return=place < 100) for place in range(1100)]  # fmt: skip
    agreed = terms(rates=(changed(terms().rates[0], basis=PriceBasis.NET, rate_percent=Decimal(25)),))
    assert one(once(inputs(lines, [agreed], clauses=clauses), worth("0.8", date(2026, 6, 30)))).earnings == 5_249


def test_a_successor_has_the_reserve_of_the_contract_that_it_follows(ledger):
    """20.00 were held of the old one: released under the new one, with its own 10.00."""
    held_back = (Reserve(statement_from=1, rate_percent=Decimal(20), base="ROYALTY", formats=None),)
    run(ledger, inputs([sale(1)], [terms(reserves=held_back)]), "2026H1")
    named = FREE.model_copy(update={"successors": {2: 1}})
    statement = one(run(ledger, inputs([sale(1), sale(2, quantity=10, sold_on=H2)], [terms(2, 1)]), "2026H2", named), "contract:2")
    assert (statement.earnings, total(statement.reserve.released), statement.payees[1].due) == (1_000, 2_000, 3_000)


def test_a_charge_of_spring_on_a_yearly_statement(ledger, sheet):
    """40.00 for the index come off once, with the statement for the year."""
    clauses = sheet("Contract,Clause,Amount,Day,Words", "1,charge,40.00,2026-02-15,Index")
    yearly = terms(statement_months=(3,))
    run(ledger, inputs([sale(1)], [yearly], clauses=clauses), "2026H1")
    assert dues(run(ledger, inputs([sale(1)], [yearly], clauses=clauses), "2026H2")) == {"contract:1": {1: 6_000}}


def test_dinars_become_yen(ledger):
    """Three decimals to none: KWD 12.350 x 480.25 is 5,931.0875, JPY 5,931 (F3)."""
    sold = sale(1, currency="KWD", list_price=Decimal("1.235"), value=Decimal("61.750"))
    settings = worth("480.25", date(2026, 6, 30), "KWD", "JPY")
    [first] = terms(currency="JPY").rates
    given = inputs([replace(sold, quantity=100)], [terms(currency="JPY", rates=(first,))])
    assert one(once(given, settings)).earnings == 5_931


@pytest.mark.parametrize(("day", "is_held"), [((1, 31), True), ((2, 1), False), ((3, 31), False), ((4, 1), True)])
def test_the_first_and_the_last_day_of_a_contract_belong_to_it(day, is_held):
    """From 1 February to 31 March."""
    facts = {1: ContractFact(id=1, name="A", work_id=1, begins_on=date(2026, 2, 1), ends_on=date(2026, 3, 31))}
    whole = once(inputs([sale(1, sold_on=date(2026, *day))], [terms()], contracts=facts))
    assert (held(whole) != {}) is is_held


def test_what_was_carried_stays_that_of_the_payee_who_left(ledger):
    """10.00 below the minimum were hers; the new payee has all that is sold since."""
    run(ledger, inputs([sale(1, quantity=10)], [terms()]), "2026H1", SETTINGS)
    again = inputs([sale(1, quantity=10), sale(2, sold_on=H2)], [terms(payees=((3, 1),))])
    statement = one(run(ledger, again, "2026H2", SETTINGS))
    assert (statement.payees[1].opening.balance, statement.payees[3].due) == (1_000, 10_000)


def test_equal_receipts_of_a_day_are_each_a_receipt(ledger):
    """Two licences of one kind with the same amount on the same day; a third one comes later."""
    facts = {1: ContractFact(id=1, name="A", work_id=1, rights=(("Audio", 500_000),))}
    received = [
        RightsReceipt(id=number, contract_id=1, rights_type="Audio", received_on=H1, amount=Decimal(100), currency="GBP")
        for number in (1, 2, 3)
    ]
    assert dues(run(ledger, inputs([], [terms()], contracts=facts, receipts=received[:2]), "2026H1")) == {"contract:1": {1: 10_000}}
    assert dues(run(ledger, inputs([], [terms()], contracts=facts, receipts=received), "2026H2")) == {"contract:1": {1: 5_000}}


@pytest.mark.parametrize("odd", [{"currency": "gbp"}, {"currency": "EURO"}, {"currency": "£"}, {"country": "gb"}])
def test_a_word_that_is_none_holds_its_account(odd):
    """Whichever way the line came; the other account is paid."""
    assert list(dues(once(inputs([sale(1, **odd), sale(2, 2)], [terms(), terms(2, 2)])))) == ["contract:2"]
