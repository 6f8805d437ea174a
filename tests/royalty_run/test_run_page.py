"""The page that a person reads before approving a run: what differs, what is held back, what is in suspense, by which policy."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

from tests.royalty_run.runs import PERIOD, SETTINGS, gathered, grouped, inputs, sale, terms

from colophon.royalties.breaches import Breach
from colophon.royalties.report.web import html_of
from colophon.royalties.statement.period import Period
from colophon.royalty_run.gather import Difference
from colophon.royalty_run.kept import Past
from colophon.royalty_run.records import TheirTotal
from colophon.royalty_run.run_page import run_of

AS_OF = datetime(2026, 9, 1, 6, tzinfo=UTC)


def page(whole, facts):
    """The page of a run in pounds."""
    return html_of(run_of(whole, facts, PERIOD, {"GBP": partial(SETTINGS.policy, "standard")("GBP")}, as_of=AS_OF))


def test_a_run_is_told_with_its_figures_and_policies() -> None:
    """Imprint, title, total and every policy; what could not be compared does not claim to hold."""
    found = grouped(inputs([sale(1)], [terms()]))
    text = page(gathered(found), found.facts)
    assert "100.00" in text
    assert "Marlow House" in text
    assert "Title 1" in text
    assert "Consonance gave no totals" in text
    assert text.count(">holds<") == 9
    assert "statutory withholding ppm" in text


def test_differences_suspense_and_held_back_accounts_are_listed() -> None:
    """By product with both amounts; by line with the reason; by account."""
    found = grouped(inputs([sale(1), sale(2, product=2)], [terms(), terms(contract=2, product=99, payees=((2, 1),))]))
    whole = gathered(found)
    facts = replace(found.facts, theirs=(TheirTotal(product_id=1, contract_id=1, units=100, royalty=9_999, currency="GBP"),))
    text = page(replace(whole, differences=(Difference(1, 1, 100, 100, 10_000, 9_999, "another rate or rounding"),)), facts)
    assert "GBP\N{NO-BREAK SPACE}100.00" in text
    assert "GBP\N{NO-BREAK SPACE}0.01" in text
    assert "another rate or rounding" in text
    assert ">one product differs<" in text
    assert "All control totals hold" not in text
    assert "Lines in suspense" in text
    assert "sale:2" in text


def test_what_is_at_stake_is_told_where_nothing_can_be_computed() -> None:
    """A line without its price, and one in dollars that have no rate: what they are worth, and no "0.00"."""
    sales = [sale(1, list_price=None), sale(2, product=2, currency="USD")]
    found = grouped(inputs(sales, [terms(), terms(2, 2, payees=((2, 1),))]))
    text = page(gathered(found), found.facts).replace("\N{NO-BREAK SPACE}", " ")
    assert "1 line or receipt in suspense, worth GBP 500.00" in text
    assert ">list price missing<" in text
    assert "lines worth USD 500.00" in text
    assert "0.00 due, 0.00 earned, and lines worth 500.00" in text


def test_what_is_unlike_the_last_statement_is_told_and_nothing_else() -> None:
    """Ten times the copies, another rate, a new payee, a first statement; nine times are no news, nor is what is as it was."""
    before = Period.parse("2025H2")
    sold = partial(sale, sold_on=date(2025, 9, 1), quantity=20)
    first = gathered(grouped(inputs([sold(1), sold(2, product=2)], [terms(), terms(2, 2, payees=((2, 1),))]), before), period=before)
    closings = {result.account_id: result.closing for result in first.results}
    assert [(one.account_id, one.what) for one in first.unusual] == [
        ("contract:1", "first statement here"),
        ("contract:2", "first statement here"),
    ]

    def unlike(*sales, rate=10, payees=((1, 1),)):
        agreement = terms(payees=payees)
        agreement = replace(agreement, rates=(replace(agreement.rates[0], rate_percent=Decimal(rate)),))
        found = grouped(inputs(sales, [agreement]), past_of=lambda account: Past(opening=closings[account]))
        whole = gathered(found, openings=closings)
        return [one[1:] for one in whole.unusual], page(whole, found.facts).replace("\N{NO-BREAK SPACE}", " ")

    found, text = unlike(sale(3, quantity=200))
    assert found == [("sales far beyond the habit", 1, "200 copies, 20 the last time")]
    assert "Unlike the last statement" in text
    assert "Title 1 9780000000001" in text
    assert "From the last day of the period to payment: 63 days." in text
    assert unlike(sale(3, quantity=199))[0] == []
    assert [(what, told.replace("\N{NO-BREAK SPACE}", " ")) for what, _, told in unlike(sale(3), rate=12)[0]] == [
        ("another rate", "12 %, 10 % the last time")
    ]
    assert unlike(sale(3), payees=((1, 1), (3, 1)))[0] == [("new payee", 0, "contact 3")]


def test_a_broken_total_is_told_first() -> None:
    """The report is made although the run stops."""
    found = grouped(inputs([sale(1)], [terms()]))
    whole = replace(gathered(found), broken=(Breach(identity=9, subject="payees", what="statements are not one for each payee", by=1),))
    text = page(whole, found.facts)
    assert "Nothing may be issued" in text
    assert "statements are not one for each payee, by 1" in text
    assert text.index("statements are not one") < text.index("What is asked") < text.index("Policies in force")
    assert text.index(">broken<") < text.index(">not compared<") < text.index(">holds<")
