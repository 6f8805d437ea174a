"""Every sale, instalment and payment counts once, when it is first seen, whatever account, contract, file or row it comes in."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.press import FREE, balanced, closing, dues, held, run
from tests.royalty_run.runs import SETTINGS, changed, inputs, sale, terms

from colophon.domain.payment import Payment
from colophon.domain.provenance import Origin
from colophon.domain.royalty_terms import Advance, Escalator, EscalatorKind, Reserve
from colophon.royalties.reserve import total
from colophon.royalty_run.settings import Release


def advance(amount, paid_on, **more):
    """An instalment of an advance."""
    return Advance(**{"payee_id": 1, "trigger": "Signature", "amount": Decimal(amount), "currency": "GBP", "paid_on": paid_on, **more})


def payment(number, payee, amount, paid_on, **more):
    """A payment under the first contract."""
    told = {"contact_id": payee, "contract_id": 1, "paid_on": paid_on, "amount": Decimal(amount), "currency": "GBP"}
    return Payment(id=number, **{**told, **more})


def row(place, day, quantity, file="a" * 64, **more):
    """A line of a sales file."""
    origin = Origin(file="sales.csv", sha256=file, row=place)
    return replace(sale(None, quantity=quantity, sold_on=day), id=None, product_id=None, isbn13="9780000000001", origin=origin, **more)


H1, H2 = date(2026, 3, 1), date(2026, 8, 1)
RELEASE = Release(account="contract:1", period="2026H2", rule="HOLD-CHANGED", by="Ana", why="ten more were sold in March")


def test_a_contract_that_joins_a_set_brings_advance_reserve_and_counters_and_leaves_its_sales_behind(ledger):
    """Faults3 G1: 5,000 less 800 leaves 4,200 open, the reserve of 200 is released, and H1's sales are not royaltied again."""
    alone = terms(
        1,
        advances=(advance("5000", date(2025, 1, 1)),),
        reserves=(Reserve(statement_from=1, rate_percent=Decimal(20), base="ROYALTY", formats=None),),
    )
    old = sale(1, quantity=1000)
    run(ledger, inputs([old], [alone]), "2026H1")
    joined = [changed(alone, contract_set="S"), terms(2, 2, contract_set="S")]
    whole = run(ledger, inputs([old, sale(2, sold_on=H2)], joined), "2026H2")
    [statement] = whole.statements
    assert (statement.earnings, statement.payees[1].opening.advance) == (10_000, 420_000)
    assert (total(statement.reserve.released), total(statement.reserve.withheld)) == (20_000, 2_000)
    assert statement.payees[1].advance_closing == 420_000 - (10_000 + 20_000 - 2_000)


def test_contracts_that_join_count_what_each_of_them_had_counted(ledger):
    """Two lines of 100 copies and 500.00 each: control total 1 goes on from their sum."""
    alone, sales = [terms(1), terms(2, 2)], [sale(1), sale(2, 2)]
    run(ledger, inputs(sales, alone), "2026H1")
    whole = run(ledger, inputs(sales, [changed(one, contract_set="S") for one in alone]), "2026H2")
    assert closing(whole, "set:S").counted == (("GBP", 2, 200, 100_000),)


def test_a_counter_goes_on_beside_an_account_that_begins_with_copies_of_before_our_books(ledger):
    """80 of 100 were sold at 10 %: of 40 more 20 earn 12.5 %, whatever another contract of the run brings along."""
    step = Escalator(kind=EscalatorKind.UNIT, above=Decimal(100), rate_percent=Decimal("12.5"), is_marginal=True)
    stepped, first = changed(terms(), rates=(changed(terms().rates[0], escalators=(step,)),)), sale(1, quantity=80)
    run(ledger, inputs([first], [stepped]), "2026H1")
    old = sale(3, 2, royalty_run_id=7, sold_on=date(2025, 3, 1))
    whole = run(ledger, inputs([first, sale(2, quantity=40, sold_on=H2), old], [stepped, terms(2, 2)]), "2026H2")
    assert dues(whole) == {"contract:1": {1: 4_500}, "contract:2": {1: 0}}
    assert [one.copies_before for one in whole.results] == [(), ((2, 2, 100),)]


def test_a_successor_rates_all_copies_of_the_contract_that_it_continues(ledger):
    """Above 100 copies all of them earn 12.5 % (E8): 120 at 1.25, less the 80.00 paid for the first 80 under the old contract."""
    step = Escalator(kind=EscalatorKind.UNIT, above=Decimal(100), rate_percent=Decimal("12.5"), is_marginal=False)
    rates, first = (changed(terms().rates[0], escalators=(step,)),), sale(1, quantity=80)
    run(ledger, inputs([first], [terms(rates=rates)]), "2026H1")
    named = FREE.model_copy(update={"successors": {2: 1}})
    whole = run(ledger, inputs([first, sale(2, quantity=40, sold_on=H2)], [terms(2, 1, rates=rates)]), "2026H2", named)
    assert dues(whole) == {"contract:2": {1: 7_000}}


def test_a_contract_that_leaves_a_set_takes_what_is_open_of_its_own_advance(ledger):
    """100.00 came off the older advance: the first contract leaves with 900.00, the second with its 500.00 and no sale twice."""
    one, other = terms(1, advances=(advance("1000", date(2025, 1, 1)),)), terms(2, 2, advances=(advance("500", date(2025, 2, 1)),))
    old = sale(1)
    run(ledger, inputs([old], [changed(one, contract_set="S"), changed(other, contract_set="S")]), "2026H1")
    whole = run(ledger, inputs([old, sale(2, 2, sold_on=H2)], [one, other]), "2026H2")
    opened = {each.account_id: each.payees[1].opening.advance for each in whole.statements}
    assert opened == {"contract:1": 90_000, "contract:2": 50_000}
    assert {each.account_id: each.earnings for each in whole.statements} == {"contract:1": 0, "contract:2": 10_000}


def test_a_reserve_is_of_a_contracts_own_statements_also_after_it_left_an_account(ledger):
    """Withheld on its first two statements; the account that it was in had its sixth one by then."""
    early = (Reserve(statement_from=1, statement_to=2, rate_percent=Decimal(20), base="ROYALTY", formats=None),)
    one, other = terms(1, reserves=early, statement_number=1), terms(2, 2, statement_number=6)
    sold = [sale(1), sale(2, sold_on=H2), sale(3, sold_on=date(2027, 2, 1))]
    run(ledger, inputs(sold[:1], [changed(one, contract_set="S"), changed(other, contract_set="S")]), "2026H1")
    withheld = []
    for label, told in (("2026H2", sold[:2]), ("2027H1", sold)):
        whole = run(ledger, inputs(told, [one, other]), label)
        [statement] = [each for each in whole.statements if each.account_id == "contract:1"]
        withheld.append(total(statement.reserve.withheld))
    assert withheld == [2_000, 0]


def test_a_reserve_keeps_its_time_when_its_contract_joins_an_account(ledger):
    """Released after two statements of its own, whatever number the account has by then."""
    early = Reserve(statement_from=1, statement_to=1, rate_percent=Decimal(20), base="ROYALTY", release_after_statements=2)
    agreed = terms(reserves=(early,), statement_number=1)
    run(ledger, inputs([sale(1)], [agreed, terms(2, 2, statement_number=5)]), "2026H1")
    joined = [changed(agreed, contract_set="S"), terms(2, 2, contract_set="S", statement_number=5)]
    released = []
    for label in ("2026H2", "2027H1"):
        [statement] = run(ledger, inputs([sale(1)], joined), label).statements
        released.append(total(statement.reserve.released))
    assert released == [0, 2_000]


def test_what_was_carried_of_an_account_that_parts_is_paid_once(ledger):
    """10.00 were below the minimum: they stay with the first contract, and the second opens with nothing."""
    sold = [sale(1, quantity=10)]
    run(ledger, inputs(sold, [terms(1, contract_set="S"), terms(2, 2, contract_set="S")]), "2026H1", SETTINGS)
    whole = run(ledger, inputs(sold, [terms(1), terms(2, 2)]), "2026H2", SETTINGS)
    assert {one.account_id: one.payees[1].opening.balance for one in whole.statements} == {"contract:1": 1_000, "contract:2": 0}


def test_a_payment_from_before_our_books_comes_off_no_statement_of_ours(ledger):
    """Paid in autumn 2025 on what the old statements left: 100.00 of spring are due in full."""
    given = inputs([sale(1)], [terms()], payments=(payment(1, 1, "30.00", date(2025, 11, 3)),))
    assert dues(run(ledger, given, "2026H1")) == {"contract:1": {1: 10_000}}
    assert dues(run(ledger, given, "2026H2")) == {"contract:1": {1: 0}}


def test_contracts_that_part_with_a_debt_are_held(ledger):
    """More came back than was sold: nobody can tell whose debt it is, so neither contract is paid before a person says."""
    both = [terms(1, contract_set="S"), terms(2, 2, contract_set="S")]
    run(ledger, inputs([sale(1), sale(2, is_return=True, quantity=300)], both), "2026H1")
    whole = run(ledger, inputs([sale(3, 2, sold_on=H2)], [terms(1), terms(2, 2)]), "2026H2")
    assert sorted(held(whole)) == ["contract:1", "contract:2"]
    assert all("one account with a debt" in why for why in held(whole).values())


def test_a_contract_that_succeeds_another_pays_its_own_sales_only(ledger):
    """Faults3 G4: H1's sales were paid under contract 1; contract 2 pays 10 x 10.00 x 12 %."""
    old = sale(1, quantity=1000)
    run(ledger, inputs([old], [terms(1)]), "2026H1")
    successor = changed(terms(2, 1), rates=(changed(terms().rates[0], rate_percent=Decimal(12)),))
    whole = run(ledger, inputs([old, sale(2, quantity=10, sold_on=H2)], [successor]), "2026H2")
    assert dues(whole) == {"contract:2": {1: 1_200}}


def test_a_rate_that_is_edited_after_an_approval_holds_for_later_sales_alone(ledger):
    """Faults3 G6: H1 was approved at 10 %, and a closed period is never edited; H2's 100 pay 12 %."""
    old, agreed = sale(1), terms(1)
    run(ledger, inputs([old], [agreed]), "2026H1")
    dearer = changed(agreed, rates=(changed(agreed.rates[0], rate_percent=Decimal(12)),))
    assert dues(run(ledger, inputs([old, sale(2, sold_on=H2)], [dearer]), "2026H2")) == {"contract:1": {1: 12_000}}


def test_a_statement_that_is_due_once_a_year_says_that_it_is_of_the_year(ledger):
    """Faults3 G7: sales since January, and the statement says since January, not since July."""
    whole = run(ledger, inputs([sale(1), sale(2, sold_on=H2)], [terms(1, statement_months=(3,))]), "2026H2")
    [result] = whole.results
    assert (result.covers_from, dues(whole)) == (date(2026, 1, 1), {"contract:1": {1: 20_000}})


def test_a_successor_waits_until_somebody_says_that_it_takes_the_open_advance_over(ledger):
    """4,900.00 are open under contract 1: they never vanish, and the advance entered again under contract 2 is no new one."""
    paid = advance("5000", date(2025, 1, 1))
    old, new = sale(1, quantity=100), sale(2, quantity=10, sold_on=H2)
    run(ledger, inputs([old], [terms(1, advances=(paid,))]), "2026H1")
    given = inputs([old, new], [terms(2, 1, advances=(paid,))])
    whole = run(ledger, given, "2026H2")
    assert "contract 1 has no terms any more and closed with money open" in held(whole)["contract:2"]
    named = FREE.model_copy(update={"successors": {2: 1}})
    [statement] = run(ledger, given, "2026H2", named).statements
    assert (statement.payees[1].opening.advance, statement.earnings, statement.payees[1].advance_closing) == (490_000, 1_000, 489_000)


def test_a_second_contract_on_a_book_is_not_paid_for_sales_that_the_first_one_was_paid_for(ledger):
    """Both stand: whether the new one shares the old sales or follows them is for a person; its account waits."""
    old, new = sale(1), sale(2, sold_on=H2)
    run(ledger, inputs([old], [terms(1)]), "2026H1")
    given = inputs([old, new], [terms(1), terms(2, 1)])
    whole = run(ledger, given, "2026H2")
    assert dues(whole) == {"contract:1": {1: 10_000}}
    assert "sales from before our books" in held(whole)["contract:2"]
    owed = FREE.model_copy(update={"old_sales_of": {2: "OWED"}})
    assert dues(run(ledger, given, "2026H2", owed))["contract:2"] == {1: 20_000}


def test_two_contracts_of_one_book_that_were_there_from_the_start_are_both_paid_whenever_they_are_due(ledger):
    """Author and illustrator, one of them once a year: each sale counts once for each of them."""
    both = [terms(1), terms(2, 1, statement_months=(3,))]
    old = sale(1)
    assert dues(run(ledger, inputs([old], both), "2026H1")) == {"contract:1": {1: 10_000}}
    assert dues(run(ledger, inputs([old], both), "2026H2")) == {"contract:1": {1: 0}, "contract:2": {1: 10_000}}


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 2, 1)], ids=["same month", "another month"])
def test_a_sale_that_was_corrected_after_it_was_paid_holds_the_account(ledger, day):
    """100 copies were 10, entered wrongly: by what it says it is another sale, and would be paid beside the one that was paid."""
    run(ledger, inputs([sale(1, quantity=100), sale(2, quantity=5)], [terms()]), "2026H1")
    again = [sale(1, quantity=10, sold_on=day), sale(2, quantity=5), sale(3, quantity=7, sold_on=H2)]
    whole = run(ledger, inputs(again, [terms()]), "2026H2")
    assert held(whole) == {"contract:1": "1 paid sales of 2026-03 are not told any more, and 1 from before the period are new"}
    looked = FREE.model_copy(update={"released": (RELEASE,)})
    assert dues(run(ledger, inputs(again, [terms()]), "2026H2", looked)) == {"contract:1": {1: 1_700}}


@pytest.mark.parametrize(("before", "after"), [(None, "S"), ("S", None)], ids=["joined", "parted"])
def test_a_sale_that_was_corrected_holds_the_account_that_has_its_contract_now(ledger, before, after):
    """100 copies were 10: whichever account the contract was paid in, the one that has it now waits, and another one does not."""

    def both(name):
        return [terms(1, contract_set=name), terms(2, 2, contract_set=name)]

    paid = [sale(1, quantity=100), sale(2, quantity=5), sale(3, 2, quantity=8)]
    run(ledger, inputs(paid, both(before)), "2026H1")
    again = [sale(1, quantity=10), *paid[1:], sale(4, quantity=7, sold_on=H2), sale(5, 2, quantity=9, sold_on=H2)]
    whole = run(ledger, inputs(again, both(after)), "2026H2")
    account = "set:S" if after else "contract:1"
    assert held(whole) == {account: "1 paid sales of 2026-03 are not told any more, and 1 from before the period are new"}
    assert dues(whole) == ({} if after else {"contract:2": {1: 900}})


@pytest.mark.parametrize(
    ("told", "due"), [((1, 2, 3), 1_000), ((3,), 1_000), ((1,), 0)], ids=["all and a late one", "the late one", "one vanished"]
)
def test_late_sales_beside_all_that_was_paid_or_none_of_it_are_paid(ledger, told, due):
    """A source of everything tells the old ones again, one of new sales none of them; what vanished alone changes nothing."""
    sales = {1: sale(1, quantity=100), 2: sale(2, quantity=5), 3: sale(3, quantity=10, sold_on=H1)}
    run(ledger, inputs([sales[1], sales[2]], [terms()]), "2026H1")
    assert dues(run(ledger, inputs([sales[number] for number in told], [terms()]), "2026H2")) == {"contract:1": {1: due}}


def test_a_year_to_date_file_pays_what_is_new_in_it(ledger):
    """Faults2 F13: 50 copies are new in H2, 50.00; H1's 300 were paid, whatever row and file they are in now."""
    first = [row(2, date(2026, 2, 1), 100), row(3, date(2026, 5, 1), 200)]
    assert dues(run(ledger, inputs(first, [terms()]), "2026H1")) == {"contract:1": {1: 30_000}}
    again = [row(2, date(2026, 9, 1), 50, "b" * 64), row(3, date(2026, 5, 1), 200, "b" * 64), row(4, date(2026, 2, 1), 100, "b" * 64)]
    assert dues(run(ledger, inputs(again, [terms()]), "2026H2")) == {"contract:1": {1: 5_000}}


def test_identical_lines_of_one_file_are_each_a_sale(ledger):
    """Faults2 F13b, F14b: two equal rows are two sales; a third one in the next export is one more."""
    equal = [row(place, H1, 100) for place in (2, 3)]
    assert dues(run(ledger, inputs(equal, [terms()]), "2026H1")) == {"contract:1": {1: 20_000}}
    more = [row(place, H1, 100, "b" * 64) for place in (7, 5, 9)]
    assert dues(run(ledger, inputs(more, [terms()]), "2026H2")) == {"contract:1": {1: 10_000}}


COPIES = [10, 20, 30, 40]


@pytest.mark.parametrize("times", [2, 3])
def test_a_file_that_was_loaded_again_holds_its_account(ledger, times):
    """Four different sales, each of them twice: a file, and no equal sales. Three of four are equal sales."""
    sold = [sale(1_000 * again + n, quantity=n) for again in range(times) for n in COPIES]
    [result] = balanced(ledger, inputs(sold, [terms()]), "2026H1")[1].results
    assert [(hold.rule, hold.found) for hold in result.holds] == [
        ("HOLD-TWICE", "each of its 4 different sales of the period is told again")
    ]
    assert dues(run(ledger, inputs(sold[:-1], [terms()]), "2026H1")) == {"contract:1": {1: 100 * (sum(COPIES) * times - 40)}}


def test_old_sales_that_were_added_to_a_new_file_hold_its_account(ledger):
    """H1 was paid; in H2's file its rows stand twice, beside one new sale: the copies are no late sales before a person says so."""
    old = [sale(n, quantity=n) for n in COPIES]
    run(ledger, inputs(old, [terms()]), "2026H1")
    again = [sale(1_000 + n, quantity=n) for n in COPIES]
    new = sale(9, quantity=9, sold_on=date(2026, 9, 1))
    _, whole = balanced(ledger, inputs([*old, *again, new], [terms()]), "2026H2")
    assert [hold.rule for hold in whole.results[0].holds] == ["HOLD-TWICE"]
    free = FREE.model_copy(update={"released": (RELEASE.model_copy(update={"rule": "HOLD-TWICE"}),)})
    assert dues(run(ledger, inputs([*old, *again, new], [terms()]), "2026H2", free)) == {"contract:1": {1: 10_900}}


def test_the_same_books_by_graphql_and_by_file_are_the_same_lines(ledger):
    """H1 came by GraphQL; in H2 the account has lost the feature, and the report has both periods: only H2's sale is new."""
    run(ledger, inputs([sale(1), sale(2, quantity=7)], [terms()]), "2026H1")
    by_file = [row(2, H1, 7), row(3, H1, 100), row(4, H2, 50)]
    assert dues(run(ledger, inputs(by_file, [terms()]), "2026H2")) == {"contract:1": {1: 5_000}}


def test_a_line_with_one_number_twice_holds_its_account(ledger):
    """Faults2 F14: the source gives a sale twice under one number; nobody is paid before somebody has looked. The number is named."""
    whole = run(ledger, inputs([sale(1), sale(1)], [terms()]), "2026H1")
    [result] = whole.results
    assert [(one.line_id, one.reason) for one in result.suspended] == [("sale:1", "LINE_TWICE")] * 2
    other = run(ledger, inputs([sale(1), sale(1, quantity=5)], [terms()]), "2026H1")
    assert other.statements == []


@pytest.mark.parametrize(("said", "due"), [("OWED", 520_000), ("ROYALTIED", 20_000)])
def test_sales_from_before_our_books_wait_until_somebody_says_how_they_stand(ledger, said, due):
    """The cumulative file: 5,000 copies of 2016 beside 200 of this period. Held; then 200.00, or 5,200.00 if they are owed."""
    given = inputs([row(2, date(2016, 2, 1), 5000), row(3, date(2026, 5, 1), 200)], [terms()])
    whole = run(ledger, given, "2026H1")
    assert held(whole)["contract:1"].startswith("1 sales from before our books")
    [seen] = [one for one in whole.seen if one.kind == "sales lines"]
    assert (seen.ever[0], seen.counted[0], seen.held[0]) == (2, 0, 2)
    told = run(ledger, given, "2026H1", FREE.model_copy(update={"old_sales": said}))
    assert dues(told) == {"contract:1": {1: due}}
    assert dues(run(ledger, given, "2026H2")) == {"contract:1": {1: 0}}


def test_a_late_sale_of_a_period_in_our_books_is_paid_when_it_is_seen(ledger):
    """Nobody has to say anything of it: it was sold since our books begin (D3)."""
    run(ledger, inputs([sale(1)], [terms()]), "2026H1")
    assert dues(run(ledger, inputs([sale(1), sale(2, quantity=5)], [terms()]), "2026H2")) == {"contract:1": {1: 500}}


def test_an_advance_entered_after_approval_is_recouped(ledger):
    """Faults F2: paid on 20 June, entered in autumn: 1,000.00 go against it and 4,000.00 stay open."""
    run(ledger, inputs([sale(1, quantity=1000)], [terms()]), "2026H1")
    late = terms(advances=(advance("5000", date(2026, 6, 20)),))
    [statement] = run(ledger, inputs([sale(2, quantity=1000, sold_on=H2)], [late]), "2026H2").statements
    own = statement.payees[1]
    assert (own.recouped, own.due, own.advance_closing) == (100_000, 0, 400_000)
    [after] = run(ledger, inputs([], [late]), "2027H1").statements
    assert (after.payees[1].opening.advance, after.payees[1].opening.advance_paid) == (400_000, 0)


def test_an_advance_paid_in_the_half_year_without_a_statement_is_recouped(ledger):
    """Faults F3: a yearly contract; paid in February, seen with the statement for the year: 1,000.00 go against 5,000.00."""
    yearly = terms(statement_months=(3,))
    run(ledger, inputs([sale(1, sold_on=date(2026, 9, 1))], [yearly]), "2026H2")
    run(ledger, inputs([sale(2, quantity=500, sold_on=date(2027, 2, 20))], [yearly]), "2027H1")
    paid = changed(yearly, advances=(advance("5000", date(2027, 2, 10)),))
    sales = [sale(2, quantity=500, sold_on=date(2027, 2, 20)), sale(3, quantity=500, sold_on=date(2027, 8, 20))]
    [statement] = run(ledger, inputs(sales, [paid]), "2027H2").statements
    assert (statement.earnings, statement.payees[1].recouped, statement.payees[1].due) == (100_000, 100_000, 0)


@pytest.mark.parametrize("paid_on", [date(2026, 10, 1), date(2026, 6, 3)])
def test_a_payment_on_account_counts_in_whatever_period_it_is_seen(ledger, paid_on):
    """Faults F4: 1,000.00 less 300.00; the payment of what H1's statement left is none on account, and counts nowhere again."""
    run(ledger, inputs([sale(1, quantity=1000)], [terms()]), "2026H1")
    payments = (payment(1, 1, "300.00", paid_on), payment(2, 1, "1000.00", date(2026, 9, 2)))
    whole = run(ledger, inputs([sale(2, quantity=1000, sold_on=H2)], [terms()], payments=payments), "2026H2")
    assert dues(whole) == {"contract:1": {1: 70_000}}
    assert dues(run(ledger, inputs([], [terms()], payments=payments), "2027H1")) == {"contract:1": {1: 0}}


def test_a_payment_like_an_older_instalment_is_on_account(ledger):
    """Faults F5: the instalment of 2025 is in the told balance; the 1,000.00 of April are something else: 2,000 - 1,000."""
    told = changed(terms().splits[0], opening_balance=Decimal(0))
    agreed = terms(splits=(told,), advances=(advance("1000", date(2025, 5, 1)),))
    given = inputs([sale(1, quantity=2000)], [agreed], payments=(payment(1, 1, "1000.00", date(2026, 4, 1)),))
    assert dues(run(ledger, given, "2026H1")) == {"contract:1": {1: 100_000}}


def test_a_joint_advance_in_two_payments_is_one_advance(ledger):
    """Faults F6: 1,000 as 500 + 500: 2,000 earned less 1,000 is 1,000 due in all."""
    agreed = terms(payees=((1, 1), (2, 1)), advances=(advance("1000", date(2026, 2, 1), payee_id=None, is_joint=True),))
    payments = tuple(payment(payee, payee, "500.00", date(2026, 2, 1)) for payee in (1, 2))
    assert dues(run(ledger, inputs([sale(1, quantity=2000)], [agreed], payments=payments), "2026H1")) == {
        "contract:1": {1: 50_000, 2: 50_000}
    }


def test_a_payment_to_a_stranger_comes_off_nobody_though_there_is_an_agent(ledger):
    """It is under the contract and to none of its people: the account waits, and the author loses nothing by it."""
    split = changed(terms().splits[0], agent_id=3, commission_percent=Decimal(15))
    given = inputs([sale(1)], [terms(splits=(split,))], payments=(payment(1, 2, "30.00", date(2026, 4, 3)),))
    assert sorted(held(run(ledger, given, "2026H1"))) == ["contract:1"]


def test_an_instalment_split_with_the_agent_is_one_instalment(ledger):
    """Faults F6b: 850 to the author and 150 to the agent: 2,000 earned less 1,000."""
    split = changed(terms().splits[0], agent_id=3, commission_percent=Decimal(15))
    agreed = terms(splits=(split,), advances=(advance("1000", date(2026, 2, 1)),))
    payments = (payment(1, 1, "850.00", date(2026, 2, 1)), payment(2, 3, "150.00", date(2026, 2, 1)))
    assert dues(run(ledger, inputs([sale(1, quantity=2000)], [agreed], payments=payments), "2026H1")) == {"contract:1": {1: 100_000}}


def test_an_instalment_entered_after_its_payment_was_taken_off_is_no_new_debt(ledger):
    """500.00 came off H1's balance as a payment on account; entered as an instalment in autumn it is not recouped once more."""
    paid = (payment(1, 1, "500.00", date(2026, 6, 20)),)
    assert dues(run(ledger, inputs([sale(1, quantity=1000)], [terms()], payments=paid), "2026H1")) == {"contract:1": {1: 50_000}}
    late = terms(advances=(advance("500", date(2026, 6, 20)),))
    whole = run(ledger, inputs([sale(2, quantity=1000, sold_on=H2)], [late], payments=paid), "2026H2")
    assert dues(whole) == {"contract:1": {1: 100_000}}


def test_an_instalment_under_another_number_day_or_trigger_is_the_same(ledger):
    """Re-entered with another id and day, under an heir, or renamed: 5,000.00 stay 4,900.00."""
    run(ledger, inputs([sale(1)], [terms(advances=(advance("5000", date(2026, 2, 1), id=7),))]), "2026H1")
    for label, again in (
        ("2026H2", advance("5000", date(2026, 2, 3), id=9)),
        ("2027H1", advance("5000", date(2026, 2, 3), trigger="On signature")),
        ("2027H2", advance("5000", date(2026, 2, 3), trigger="On signature", payee_id=2)),
    ):
        [statement] = run(ledger, inputs([sale(1)], [terms(advances=(again,))]), label).statements
        assert (statement.payees[1].advance_closing, statement.payees[1].opening.advance_paid) == (490_000, 0), label


def test_a_payment_to_a_stranger_and_money_in_another_currency_hold_the_account(ledger):
    """Whose balance a payment is taken off is never guessed, and pounds are never recouped by dollars."""
    stranger = run(ledger, inputs([sale(1)], [terms()], payments=(payment(1, 3, "5.00", H1),)), "2026H1")
    assert "somebody who has no share" in held(stranger)["contract:1"]
    for more in ({"payments": (payment(1, 1, "5.00", H1, currency="USD"),)}, {}):
        agreed = terms() if more else terms(advances=(advance("5", H1, currency="USD"),))
        whole = run(ledger, inputs([sale(1)], [agreed], **more), "2026H1")
        assert "another currency" in held(whole)["contract:1"]


def test_what_was_approved_is_closed_under_any_account_and_a_changed_grouping_waits(ledger):
    """The set comes as two contracts in a second run of the period: no statement is made again, and it is said why."""
    first = run(ledger, inputs([sale(1), sale(2, 2)], [terms(1, contract_set="S"), terms(2, 2, contract_set="S")]), "2026H1")
    assert dues(first) == {"set:S": {1: 20_000}}
    second = run(ledger, inputs([sale(1), sale(2, 2)], [terms(1), terms(2, 2)]), "2026H1")
    assert sorted(held(second)) == ["contract:1", "contract:2"]
    assert all("approved for this period as set:S" in why for why in held(second).values())


def test_a_line_that_waited_and_left_its_source_went_back(ledger):
    """Twice under one number, then deleted: seen once, returned; the account is paid for the rest."""
    twice = changed(terms().rates[0], id=9)
    run(ledger, inputs([sale(1), sale(2, quantity=7)], [terms(rates=(*terms().rates, twice))]), "2026H1")
    whole = run(ledger, inputs([sale(1)], [terms()]), "2026H1")
    assert dues(whole) == {"contract:1": {1: 10_000}}
    [seen] = [one for one in whole.seen if one.kind == "sales lines"]
    assert (seen.ever, seen.counted, seen.held, seen.returned) == ((2, 107, 53_500), (1, 100, 50_000), (0, 0, 0), (1, 7, 3_500))
    assert closing(whole, "contract:1").counted == (("GBP", 1, 100, 50_000),)
