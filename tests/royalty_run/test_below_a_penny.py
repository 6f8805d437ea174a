"""Receipts of less than a penny are kept, added up, and rounded once with their row; nothing of them is lost or made up."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.royalty_run.runs import changed, gathered, grouped, inputs, sale, terms

from colophon.domain.royalty_terms import PriceBasis
from colophon.royalties.statement.wording import fine
from colophon.royalty_run.kept import Past
from colophon.systems.consonance.graphql.royalty_records import sale_from

ROW = {
    "id": 9001, "revision": 1, "isReturn": False, "productId": 1, "isbn13": None, "channelId": 1, "salesDate": "2026-03-01",
    "listPrice": None, "source": "Subscription", "quantity": 1, "value": "0.2916", "currencyCode": "GBP",
}  # fmt: skip


def net(percent="25"):
    """A share of receipts."""
    [rate] = terms().rates
    return terms(rates=(changed(rate, basis=PriceBasis.NET, rate_percent=Decimal(percent)),))


def receipts(*values, **more):
    """One line each."""
    return [sale(number, quantity=1, list_price=None, value=Decimal(value), **more) for number, value in enumerate(values, 1)]


def run(sales, agreement=None, past=None):
    """The run as a whole, by the shards' own files."""
    return gathered(grouped(inputs(sales, [agreement or net()]), past_of=lambda _: past or Past()))


def earned(whole):
    """Earnings of the one account, in pence; its control totals hold."""
    assert whole.broken == ()
    [statement] = whole.statements
    return statement.earnings


def test_a_thousand_receipts_of_0_2916_pay_72_90():
    """25 % of 291.60: no line of it is a whole number of pence."""
    assert earned(run(receipts(*["0.2916"] * 1000))) == 7_290


def test_ten_of_them_pay_73_pence():
    """2.916 x 25 % = 0.729, and with 50.00 beside them 52.916 x 25 % = 13.229."""
    assert earned(run(receipts(*["0.2916"] * 10))) == 73
    assert earned(run(receipts(*["0.2916"] * 10, "50.00"))) == 1_323


def test_a_part_of_a_penny_can_make_one():
    """30 % of 0.017 is half a penny and a bit: one; of 0.01 it were none."""
    assert earned(run(receipts("0.017"), net("30"))) == 1


def test_receipts_of_less_than_a_penny_alone_add_up():
    """Page reads of 0.0044: a thousand are 4.40, of which 25 % are 1.10."""
    assert earned(run(receipts(*["0.0044"] * 1000))) == 110


def test_what_comes_back_takes_its_fraction_back():
    """Ten sold and ten returned are nought."""
    back = [changed(one, id=one.id + 100, is_return=True) for one in receipts(*["0.2916"] * 10)]
    assert earned(run([*receipts(*["0.2916"] * 10), *back])) == 0


def test_a_list_price_does_not_care():
    """10 % of the list price, whatever fraction came in."""
    assert earned(run([sale(1, quantity=10, value=Decimal("33.3333"))], terms())) == 1_000


def test_what_was_royaltied_before_is_not_added_again():
    """A receipt of the last period leaves nothing in this one."""
    first = run(receipts(*["0.2916"] * 10))
    past = Past(opening=first.results[0].closing)
    assert earned(run(receipts(*["0.2916"] * 10), past=past)) == 0


def test_both_ways_read_four_decimals():
    """As GraphQL tells them; the report's cells are tested with the reports."""
    assert sale_from(ROW).value == Decimal("0.2916")


def test_the_statement_shows_what_it_is_a_share_of():
    """2.916, so that a reader can check 25 % of it with a pencil."""
    assert fine(291, 6000, "GBP") == "2.916"
    assert fine(-291, -6000, "GBP") == "\N{MINUS SIGN}2.916"
    assert fine(1_234_500, 0, "GBP") == "12,345.00"
    assert fine(2, 5000, "JPY") == "2.5"


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.decimals(min_value=0, max_value=50, places=4), min_size=1, max_size=30),
    backs=st.lists(st.decimals(min_value=0, max_value=5, places=4), max_size=5),
    percent=st.decimals(min_value=1, max_value=100, places=2),
    draw=st.randoms(use_true_random=False),
)
def test_the_row_is_rounded_once_whatever_the_lines(values, backs, percent, draw):
    """Against fractions: the sum, times the rate, rounded half away from zero, in whatever order the lines come."""
    lines = [*receipts(*values), *(changed(one, id=one.id + 500, is_return=True) for one in receipts(*backs))]
    draw.shuffle(lines)
    exact = Fraction(sum(values) - sum(backs)) * Fraction(percent)
    wanted = int((Decimal(abs(exact).numerator) / abs(exact).denominator).quantize(Decimal(1), ROUND_HALF_UP)) * (1 if exact >= 0 else -1)
    assert earned(run(lines, net(str(percent)))) == wanted
