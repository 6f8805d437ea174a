"""From records to account groups: everything that was read goes somewhere, and what no statement can have says why."""

from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.runs import PERIOD, changed, due, gathered, grouped, inputs, sale, terms

from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import Advance, Reserve
from colophon.royalties.statement.period import Period
from colophon.royalty_run.hashes import unpacked
from colophon.royalty_run.kept import Past


def rules(found):
    """Rule and place of each exception."""
    return sorted((one.rule, one.found) for one in found.findings)


def test_a_sale_that_no_product_or_no_terms_fit_is_in_suspense_with_the_reason():
    """An unknown ISBN, a product without terms, and an amount that is none: each is an exception, the good line is computed."""
    bad = [sale(2, product=None, isbn13="9789999999991"), sale(3, product=2), sale(4, value=Decimal("1.0000005"))]
    found = grouped(inputs([sale(1), *bad], [terms()]))
    assert rules(found) == [("RS1", "product 9789999999991"), ("RS2", "product:2"), ("RS3", "decimals of GBP")]
    assert [one.reason for one in found.facts.suspended] == ["RS1", "RS2", "RS3"]
    assert "1.0000005" not in str(found.findings)
    assert len(found.lines) == 1


def test_a_line_without_a_rate_holds_its_account_back_and_no_other():
    """The account waits, named; the other one has its statement; both lines are accounted for."""
    no_rate = terms(2, 2, rates=terms(2, 2).rates + terms(2, 2).rates)
    whole = gathered(grouped(inputs([sale(1), sale(2, product=2)], [terms(), no_rate])))
    assert [one.account_id for one in whole.statements] == ["contract:1"]
    assert {one.account_id: one.blocked_by for one in whole.results if one.blocked_by} == {"contract:2": "1 line in suspense"}
    assert (whole.counts["lines in rows"], whole.counts["lines in suspense"], whole.broken) == (1, 1, ())


def test_isbn_finds_the_product_and_the_channel_its_masterchannel():
    """A sales file names neither product id nor masterchannel."""
    found = grouped(inputs([sale(1, product=None, isbn13="9780000000001")], [terms()]))
    assert [(one.product_id, one.masterchannel) for _, one, _ in found.lines] == [(1, "Home")]


def test_late_sales_are_in_and_later_ones_wait():
    """A sale of last year is royaltied now with its own day; one after the period's last day is left for the next run."""
    found = grouped(inputs([sale(1, sold_on=date(2025, 11, 1)), sale(2, sold_on=date(2026, 7, 1))], [terms()]))
    assert [one.sold_on for _, one, _ in found.lines] == [date(2025, 11, 1)]
    assert found.facts.lines_later == 1


def test_a_contract_that_is_not_due_keeps_its_sales():
    """Statements in March only: nothing for the first half of the year, and the lines are counted as left."""
    found = grouped(inputs([sale(1)], [terms(statement_months=(3,))]))
    assert (found.accounts, found.facts.not_due, found.facts.lines_later) == ((), ("contract:1",), 1)


def test_contracts_of_one_set_share_an_account():
    """One balance over both (A5); a contract without a set has its own (A4)."""
    joined = [terms(1, contract_set="x"), terms(2, 2, contract_set="x")]
    assert [one.account_id for one in grouped(inputs([], joined)).accounts] == ["set:x"]
    assert [one.account_id for one in grouped(inputs([], [terms(1), terms(2, 2)])).accounts] == ["contract:1", "contract:2"]


def test_an_advance_in_a_told_balance_counts_once():
    """1,000.00 earned less 250.00 that the opening balance already has of an advance paid last year is 750.00."""
    paid = Advance(payee_id=1, trigger="Signature", amount=Decimal("250.00"), currency="GBP", paid_on=date(2025, 1, 1))
    told = changed(terms().splits[0], opening_balance=Decimal("-250.00"))
    both = terms(splits=(told,), advances=(paid,))
    assert due(gathered(grouped(inputs([sale(1, quantity=1000)], [both]))), "contract:1", 1) == 75_000
    untold = terms(advances=(paid,))
    assert due(gathered(grouped(inputs([sale(1, quantity=1000)], [untold]))), "contract:1", 1) == 75_000


def test_an_instalment_that_is_not_paid_yet_does_not_count():
    """Only instalments that were paid by the period's end are recouped (A2)."""
    unpaid = Advance(payee_id=1, trigger="Publication", amount=Decimal("250.00"), currency="GBP", paid_on=None)
    later = changed(unpaid, paid_on=date(2026, 7, 2))
    whole = gathered(grouped(inputs([sale(1, quantity=1000)], [terms(advances=(unpaid, later))])))
    assert due(whole, "contract:1", 1) == 100_000


def test_a_payment_that_was_entered_twice_counts_once_and_is_told():
    """50.00 on account in the period comes off once; the repeat is an exception without an amount."""
    one = Payment(
        id=1, contact_id=1, contract_id=1, paid_on=date(2026, 2, 1), amount=Decimal("50.00"), currency="GBP", external_reference="B1"
    )
    found = grouped(inputs([sale(1, quantity=1000)], [terms()], payments=[one, changed(one, id=2)]))
    assert rules(found) == [("RS4", "payment 2 repeats payment 1")]
    assert due(gathered(found), "contract:1", 1) == 95_000


def test_reserves_told_payee_by_payee_are_the_contracts():
    """A report tells the same reserve for each payee: 10 % is withheld once, on hardback as on print."""
    held = [Reserve(payee_id=payee, statement_from=1, rate_percent=Decimal(10), formats=("PRINT",)) for payee in (1, 2)]
    whole = gathered(grouped(inputs([sale(1, quantity=1000)], [terms(payees=((1, 1), (2, 1)), reserves=tuple(held))])))
    assert (due(whole, "contract:1", 1), due(whole, "contract:1", 2)) == (45_000, 45_000)


def test_reserves_that_differ_by_payee_are_each_payees_own():
    """Ten per cent of one part and twenty of the other (R1, R4); where an advance is joint, the account is held back instead."""
    held = [Reserve(payee_id=payee, statement_from=1, rate_percent=Decimal(10 * payee)) for payee in (1, 2)]
    own = terms(payees=((1, 1), (2, 1)), reserves=tuple(held))
    whole = gathered(grouped(inputs([sale(1)], [own])))
    assert [due(whole, "contract:1", payee) for payee in (1, 2)] == [4500, 4000]
    advance = Advance(is_joint=True, trigger="signature", amount=Decimal(1), currency="GBP", paid_on=date(2026, 2, 1))
    joined = gathered(grouped(inputs([sale(1)], [changed(own, advances=(advance,))])))
    assert joined.statements == []
    assert "joint advance" in joined.results[0].blocked_by


def test_the_next_period_opens_as_this_one_closed():
    """Sales taken are not taken again, counters run on, and what was too little to pay is carried (identity 5)."""
    agreements = [terms(minimum_payment=Decimal("25.00"))]
    first = gathered(grouped(inputs([sale(1, quantity=10)], agreements)))
    assert [one.amount for one in first.payout.carried] == [1000]
    [closing] = [one.closing for one in first.results]
    assert len(unpacked(closing.taken)) == 1
    second = Period.parse("2026H2")
    again = grouped(
        inputs([sale(1, quantity=10), sale(2, quantity=20, sold_on=date(2026, 8, 1))], agreements),
        second,
        lambda account: Past(opening=closing),
    )
    whole = gathered(again, period=second, openings={"contract:1": closing})
    assert (due(whole, "contract:1", 1), whole.broken) == (3000, ())
    assert [count for _, count in whole.results[0].closing.counters] == [30]
    wrong = gathered(again, period=second, openings={"contract:1": changed(closing, payees=())})
    assert [(one.identity, one.subject) for one in wrong.broken] == [(5, "contract:1")]


@pytest.mark.parametrize("months", [(), (9,), (3, 9)])
def test_due_months(months):
    """A half year that ends in June has its statements by September (D1)."""
    assert len(grouped(inputs([], [terms(statement_months=months)]), PERIOD).accounts) == 1
