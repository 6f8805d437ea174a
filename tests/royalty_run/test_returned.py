"""Returns by the type of sale that they came from, and at most at what those sales have earned (N2)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.press import FREE, closing, dues, run
from tests.royalty_run.runs import changed, gathered, grouped, inputs, sale, terms

from colophon.domain.royalty_terms import Escalator, EscalatorKind, Rate, RoyaltyLevel
from colophon.royalties.policy import Returns
from colophon.royalties.statement.period import Period
from colophon.royalty_run.facts import ProductFact
from colophon.royalty_run.kept import Past

NEW = {
    1: ProductFact(
        id=1, isbn13="9780000000001", title="Title", imprint="House", format="PAPERBACK", work_id=1, published_on=date(2026, 2, 1)
    )
}
H2 = date(2026, 9, 1)


def back(number, quantity=100, **more):
    """Copies that come back in the second half year."""
    return sale(number, quantity=quantity, is_return=True, **{"sold_on": H2, **more})


def kinds(whole):
    """Kind and amount of each row."""
    return [(one.row.key.kind, one.amount) for one in whole.statements[0].rows]


def export(rates):
    """Ten per cent at home, five on exports."""
    return (
        *rates,
        Rate(id=7, level=RoyaltyLevel.MASTERCHANNEL, product_id=1, masterchannel="Export", basis=rates[0].basis, rate_percent=Decimal(5)),
    )


def test_a_return_has_the_rate_of_the_sales_that_it_came_from(ledger):
    """100 at home at 10 %, 100 exported at 5 %: the exported ones come back at 5 %."""
    agreed = terms(rates=export(terms().rates))
    run(ledger, inputs([sale(1), sale(2, channel_id=3)], [agreed], products=NEW), "2026H1")
    whole = run(ledger, inputs([back(3, channel_id=3)], [agreed], products=NEW), "2026H2")
    assert kinds(whole) == [("SALES", -5_000)]


FROM_100 = Escalator(kind=EscalatorKind.UNIT, above=Decimal(100), rate_percent=Decimal("12.5"), is_marginal=True)


@pytest.mark.parametrize(("how", "trade"), [(Returns.UNWIND, 20), (Returns.ORIGINAL_SALE, 10)])
def test_a_return_has_the_tier_of_the_sales_that_it_came_from(ledger, how, trade):
    """Aucutt in Ten tips when checking royalty statements (andrewlownie.co.uk, 2017): "returns at a rate and type of sale may not exceed
    the sales at it". 100 in trade at 10 %, then 100 online at 12.5 %: 20 of the trade come back at 10 %, a period later too.
    """
    agreed = terms(rates=(changed(terms().rates[0], escalators=(FROM_100,)),))
    trade = {"masterchannel": "Trade", "list_price": Decimal(trade), "quantity": 20}
    sold = [
        sale(1, **{**trade, "quantity": 100}, sold_on=date(2026, 3, 1)),
        sale(2, masterchannel="Online", sold_on=date(2026, 3, 2)),
        sale(3, **trade, is_return=True, sold_on=date(2026, 3, 3)),
    ]
    policy = FREE.model_copy(update={"policies": {"standard": FREE.policies["standard"].model_copy(update={"returns": how})}})
    first = run(ledger, inputs(sold, [agreed], products=NEW), "2026H1", settings=policy)
    rows = {one.row.key.channel_group: (one.row.units, one.row.key.rate) for one in first.statements[0].rows}
    assert rows == {"Trade": (80, 100_000), "Online": (100, 125_000)}
    later = run(ledger, inputs([*sold, sale(4, **trade, is_return=True, sold_on=H2)], [agreed], products=NEW), "2026H2", settings=policy)
    found = [(one.row.units, one.row.key.rate, one.amount) for one in later.statements[0].rows]
    assert found == [(-20, 100_000, -2 * trade["list_price"] * 100)]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_return_of_copies_that_no_book_has_by_kind_says_how_it_is_taken(ledger, is_known):
    """A closing of before kinds were kept knows its count alone: the statement says that the last copies sold are taken to be back."""
    agreed = terms(rates=(changed(terms().rates[0], escalators=(FROM_100,)),))
    closed = closing(run(ledger, inputs([sale(1, quantity=150)], [agreed]), "2026H1"), "contract:1")
    past = Past(opening=closed if is_known else replace(closed, unreturned=()), since=date(2026, 1, 1))
    later = Period.parse("2026H2")
    [result] = gathered(grouped(inputs([back(2, quantity=20)], [agreed]), later, lambda _: past), period=later).results
    assert [(one.row.key.rate, one.amount) for one in result.statement.rows] == [(125_000, -2_500)]
    [(_, _, words)] = result.said.thresholds
    assert words.endswith("returns are taken to be the last ones sold") != is_known


@pytest.mark.parametrize("dearer", [{"list_price": Decimal("12.00")}, {}])
def test_what_comes_back_dearer_takes_back_no_more_than_was_earned(ledger, dearer):
    """Sold at 10.00, back at 12.00; or the rate rose to 12 % since: 100.00 was earned, 120.00 would go: 20.00 are given back."""
    later = Escalator(kind=EscalatorKind.DATE, above_on=date(2026, 7, 1), is_inclusive=True, rate_percent=Decimal(12))
    agreed = terms() if dearer else terms(rates=(changed(terms().rates[0], escalators=(later,)),))
    assert dues(run(ledger, inputs([sale(1)], [agreed], products=NEW), "2026H1")) == {"contract:1": {1: 10_000}}
    whole = run(ledger, inputs([back(2, **dearer)], [agreed], products=NEW), "2026H2")
    assert (sorted(kinds(whole)), whole.statements[0].earnings) == ([("LIMITED", 2_000), ("SALES", -12_000)], -10_000)


def test_what_comes_back_dearer_after_a_contract_left_its_set_takes_back_what_it_had_earned(ledger):
    """The 100.00 that it earned within the set are its own afterwards, too: of 120.00 that would go, 20.00 are given back."""
    alone = [terms(8, 1), terms(9, 2)]
    run(ledger, inputs([sale(1)], [changed(one, contract_set="S") for one in alone], products=NEW), "2026H1")
    whole = run(ledger, inputs([sale(1), back(2, list_price=Decimal("12.00"))], alone, products=NEW), "2026H2")
    assert whole.statements[0].account_id == "contract:8"
    assert (sorted(kinds(whole)), whole.statements[0].earnings) == ([("LIMITED", 2_000), ("SALES", -12_000)], -10_000)


def test_more_back_than_was_ever_sold_takes_nothing_more_and_later_sales_make_up_for_it(ledger):
    """80 sold, 100 back: 80.00 are taken back. The next 20 copies sold are those 20, and earn nothing; the next ones earn."""
    given = inputs([sale(1, quantity=80), back(2)], [terms()], products=NEW)
    run(ledger, given, "2026H1")
    assert run(ledger, given, "2026H2").statements[0].earnings == -8_000
    more = sale(3, quantity=20, sold_on=date(2027, 2, 1))
    whole = run(ledger, replace(given, sales=[*given.sales, more]), "2027H1")
    assert (sorted(kinds(whole)), whole.statements[0].earnings) == ([("LIMITED", -2_000), ("SALES", 2_000)], 0)
    last = sale(4, quantity=5, sold_on=date(2027, 9, 1))
    assert run(ledger, replace(given, sales=[*given.sales, more, last]), "2027H2").statements[0].earnings == 500


def test_copies_of_before_our_books_come_back_as_a_debt(ledger):
    """Nobody here knows what they earned: the debt is carried, as it is (N4)."""
    whole = run(ledger, inputs([back(1, sold_on=date(2026, 3, 1))], [terms()]), "2026H1")
    assert (kinds(whole), whole.statements[0].payees[1].debit) == ([("SALES", -10_000)], -10_000)
