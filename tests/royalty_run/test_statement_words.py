"""What an author or agent looks for on a statement, from the records to the page: why a rate, where the count, what is held, what was left out."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from tests.royalty_run.runs import SETTINGS, gathered, grouped, inputs, sale, terms

from colophon.config.load import load_config
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_terms import Combine, Escalator, EscalatorKind, PriceBasis, Rate, RoyaltyLevel
from colophon.royalties.statement.page import page_of
from colophon.royalties.statement.period import Period
from colophon.royalties.statement.web import html_of
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.kept import Past
from colophon.systems.consonance.reports.reader import clauses_in
from colophon.use_cases.exstream.statement_letters import Letters

D = Decimal
STEPS = (
    Escalator(kind=EscalatorKind.UNIT, above=D(150), rate_percent=D("12.5"), is_marginal=True),
    Escalator(kind=EscalatorKind.DISCOUNT, above=D(50), rate_percent=D(5)),
    Escalator(kind=EscalatorKind.DATE, above_on=date(2026, 3, 31), rate_percent=D(1), combine=Combine.ADD),
)
BOOK = {
    number: ProductFact(id=number, isbn13=isbn, title="Tide", imprint="M", format="PAPERBACK", work_id=1, published_on=date(2026, 1, 5))
    for number, isbn in ((1, "9780000000019"), (2, "9780000000026"))
}


@pytest.fixture
def clauses(tmp_path):
    """A sheet's rows as clauses."""

    def read(*rows):
        path = tmp_path / "c.csv"
        path.write_text("\n".join(rows) + "\n")
        return tuple(clauses_in(path))

    return read


def rated(percent=10, *, product=1, **more):
    return Rate(id=product, level=RoyaltyLevel.PRODUCT, product_id=product, basis=PriceBasis.LIST, rate_percent=D(percent), **more)


def page(sales, said=(), *, rates=None, period="2026H1", past=None, receipts=(), payee=None, contracts=None, settings=SETTINGS, **of_terms):
    """The text of the statement of payee 1, and the account's closing."""
    agreed = [terms(rates=rates or (rated(),), **of_terms)]
    payees = {1: payee or Payee(id=1, name="Ada", email="a@example.org", country="GB")}
    more = {"contracts": contracts} if contracts else {}
    given = inputs(sales, agreed, clauses=said, products=BOOK, receipts=receipts, payees=payees, **more)
    asked = Period.parse(period)
    found = grouped(given, asked, lambda _: past or Past(), settings)
    whole = gathered(found, period=asked, settings=settings)
    assert whole.broken == ()
    letters = Letters(whole, found.facts, asked, issued_on=date(2026, 9, 1), publisher=load_config().publisher, settings=settings)
    text = html_of(page_of(letters.statements(whole.results[0])[1]))
    shown = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text.partition("<body>")[2]))).replace("\N{NO-BREAK SPACE}", " ")
    return shown, whole.results[0].closing


def test_a_reduced_rate_says_why(clauses) -> None:
    """The band of a step and of a clause, and the day from which another rate holds."""
    said = clauses("Contract,Clause,Channel,Discount,Basis,Rate,Wins", "1,rate,Club,>60,NET,15,yes")
    sales = [
        sale(1),
        sale(2, value=D(450)),
        sale(3, sold_on=date(2026, 4, 2)),
        sale(4, value=D(350), masterchannel="Club"),
    ]
    text, _ = page(sales, said, rates=(rated(escalators=STEPS[1:]),))
    assert "5 % 50.00 sold at a discount of more than 50 %" in text
    assert "15 % 52.50 sold at a discount of more than 60 %" in text
    assert "11 % 110.00 sold from 1 April 2026" in text


def test_a_part_of_a_bundle_is_no_deduction(clauses) -> None:
    """The part is told as what it is."""
    text, _ = page([sale(1)], clauses("Contract,Clause,Product,Percent", "1,bundle,1,50/100"))
    assert "the book's part of a bundle, 50 %" in text
    assert "deductions" not in text


def test_thresholds_say_where_the_count_stands() -> None:
    """The steps of the rate, and the count after returns."""
    text, _ = page(
        [sale(1, quantity=200), sale(2, quantity=20, is_return=True, sold_on=date(2026, 5, 1))], rates=(rated(escalators=STEPS[:1]),)
    )
    assert "Rate: 10 % up to 150 copies, then 12.5 %; the count stands at 180 copies." in text


def test_editions_that_count_together_say_so() -> None:
    """40 copies of this edition and a count of 180: the reader is told whose copies those are."""
    rates = tuple(rated(product=product, escalators=STEPS[:1]) for product in (1, 2))
    text, _ = page([sale(1, quantity=40), sale(2, product=2, quantity=140)], rates=rates)
    assert text.count("then 12.5 %; the count of all editions that count together stands at 180 copies.") == 2


@pytest.mark.parametrize(
    ("country", "name", "town", "postcode", "lines"),
    [
        ("GB", None, "Bristol", "BS1 4QX", ("1 Quay", "Bristol", "BS1 4QX")),
        ("DE", "Germany", "Berlin", "10115", ("1 Quay", "10115 Berlin", "Germany")),
        ("US", "United States", "New York NY", "10001", ("1 Quay", "New York NY 10001", "United States")),
        ("FR", None, None, "75001", ("1 Quay", "75001", "FR")),
        (None, None, "Oslo", "0150", ("1 Quay", "Oslo", "0150")),
    ],
)
def test_an_address_is_written_as_its_country_does(country, name, town, postcode, lines) -> None:
    """The postcode below the town in Britain, before it in Germany, behind it in America; the country where it is another one."""
    abroad = Payee(
        id=1, name="Ada", email="a@example.org", line1="1 Quay", city=town, postcode=postcode, country=country, country_name=name
    )
    assert abroad.envelope("GB") == lines


def test_free_copies_are_told_with_their_reason() -> None:
    """Copies that earn nothing are on the statement, and why, also where nothing else was sold."""
    text, _ = page([sale(1, quantity=12, masterchannel="Gratis")])
    assert "12 copies without royalty: free copies." in text


def test_money_since_publication_goes_on(clauses) -> None:
    """What the edition earned to date: from its publication on, over two statements."""
    first, closing = page([sale(1)])
    assert "GBP 100.00 earned since publication" in first
    second, _ = page([sale(2, sold_on=date(2026, 8, 1))], period="2026H2", past=Past(opening=closing))
    assert "GBP 200.00 earned since publication" in second


def test_reserves_are_told_by_statement_and_release(clauses) -> None:
    """Of which statement, and when it is released; the parts make what is held."""
    said = clauses("Contract,Clause,Percent,Release", "1,reserve,20,50@1;50@12m")
    text, _ = page([sale(1)], said)
    assert "Of statement 1, released with statement 2 10.00 Of statement 1, released on 30 June 2027 10.00 Held at the end 20.00" in text


def test_an_opening_balance_is_told_when_it_is_nothing() -> None:
    """Brought forward 0.00, and the day of payment."""
    text, _ = page([sale(1)])
    assert "Brought forward 0.00" in text
    assert "Paid by 1 October 2026." in text


def test_what_is_carried_says_below_what() -> None:
    """The minimum stands beside the amount; nothing says a day of payment."""
    text, _ = page([sale(1, quantity=10)])
    assert "What is due is below the minimum payment of GBP 25.00." in text
    assert "Paid by" not in text


def test_taxes_and_charges_of_a_licence_are_apart() -> None:
    """Foreign tax and bank charges each in a column of its own."""
    receipt = RightsReceipt(
        id=5, contract_id=1, rights_type="Translation", received_on=date(2026, 2, 2), amount=D(1000), currency="GBP",
        foreign_tax=D(100), bank_charges=D("12.50"), subagent_commission=D(0),
    )  # fmt: skip
    contracts = {1: ContractFact(id=1, name="A", work_id=1, rights=(("Translation", 500_000),))}
    text, _ = page([sale(1)], receipts=(receipt,), contracts=contracts)
    assert "Received Foreign tax Bank charges Shared Your share Amount" in text
    assert "1,000.00 −100.00 −12.50 887.50 50 % 443.75" in text


def test_copies_are_reconciled_where_they_are_known(clauses) -> None:
    """Printed, given away and in stock beside what was sold."""
    said = clauses(
        "Contract,Clause,Product,Copies,Day,Words", "1,printed,1,500,2026-01-02,", "1,printed,1,20,2026-02-01,given away",
        "1,printed,1,380,2026-06-30,in stock", "1,printed,1,900,2026-09-01,",
    )  # fmt: skip
    text, _ = page([sale(1)], said)
    assert "Copies: printed 500, given away 20, in stock 380, sold to date 100." in text


def test_a_charge_says_what_for(clauses) -> None:
    """The label of the sheet stands on the statement."""
    text, _ = page([sale(1)], clauses("Contract,Clause,Amount,Day,Words", "1,charge,40.00,2026-02-01,Index"))
    assert "Charged: Index −40.00" in text


def test_codes_are_plain_words() -> None:
    """No status word of another system, and no account id among the facts."""
    text, _ = page([sale(1)], payee=Payee(id=1, name="Ada", email="a@example.org", country="GB", tax_status="HOME"))
    assert "Tax status no tax is withheld" in text
    assert "HOME" not in text
    assert "of account" not in text


def test_the_publishers_own_word_on_a_tax_is_on_the_statement() -> None:
    """The account tells none, `payee_statuses` does: what tax is withheld and what is said of it are one."""
    abroad = SETTINGS.model_copy(update={"payee_statuses": {1: "ABROAD"}})
    text, _ = page([sale(1)], payee=Payee(id=1, name="Ada", email="a@example.org", country="US"), settings=abroad)
    assert f"Tax status {SETTINGS.tax_statuses['ABROAD'].words}" in text
    assert "Tax withheld, 20 %" in text
