"""Rights, markets, availability, prices and tax: what must not be sold first."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.config import Publisher, TaxRate
from colophon.domain.product import Price, Product
from colophon.onix.build import build
from colophon.onix.prices import round_to_currency, tax
from colophon.onix.profile import PriceRule, Profile
from colophon.onix.record_sales import Price as WrittenPrice
from colophon.onix.record_sales import SupplyDetail
from colophon.onix.supply import availability

DAY = date(2026, 6, 1)


def detail(product: Product, profile: Profile, publisher: Publisher, as_of: datetime, **changes: object) -> SupplyDetail:
    """The one supply detail of a changed product."""
    return build(product.model_copy(update=changes), profile, publisher, as_of=as_of).supplies[0].supply_details[0]


def prices(product: Product, profile: Profile, publisher: Publisher, as_of: datetime, **changes: object) -> list[WrittenPrice]:
    """Its prices."""
    return detail(product, profile, publisher, as_of, **changes).prices


def test_unknown_rights_are_supplied_nowhere(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Without recorded rights there is neither a sales right nor a market."""
    nothing = hardback.model_copy(update={"not_for_sale": (), "is_for_sale_worldwide": None})
    record = build(nothing, plain, publisher, as_of=as_of)
    assert (record.sales_rights, record.row_sales_rights_type, record.supplies) == ([], None, [])


def test_market_outside_the_rights(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A recipient in a country where we may not sell gets no supply."""
    americans = plain.model_copy(update={"market": ("US", "CA")})
    assert build(hardback, americans, publisher, as_of=as_of).supplies == []


def test_market_is_what_both_have(audiobook: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime) -> None:
    """Market = rights of the product within the recipient's countries."""
    market = build(audiobook, profiles["library-supplier"], publisher, as_of=as_of).supplies[0].market
    assert market is not None
    assert (market.countries_included, market.regions_included) == (["GB", "IE"], [])


@pytest.mark.parametrize(
    ("status", "published_on", "expected"),
    [
        ("01", None, "01"),
        ("02", date(2026, 9, 1), "10"),
        ("02", None, "10"),
        ("03", None, "09"),
        ("04", date(2026, 9, 1), "10"),
        ("04", DAY, "20"),
        ("04", None, "20"),
        ("07", date(2020, 1, 1), "51"),
        ("16", DAY, "40"),
        (None, DAY, "99"),
        ("xx", DAY, "20"),
    ],
)
def test_availability_where_none_is_given(status: str | None, published_on: date | None, expected: str, hardback: Product) -> None:
    """Status and date say whether it can be had."""
    product = hardback.model_copy(update={"availability": None, "publishing_status": status, "publication_on": published_on})
    assert availability(product, DAY) == expected


def test_given_availability_wins(hardback: Product) -> None:
    """What the system of record says is not argued with; the rules judge it."""
    assert availability(hardback.model_copy(update={"availability": "31"}), DAY) == "31"


def test_not_yet_available_has_its_date(
    audiobook: Product, undated: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """Availability 10 carries the expected day where one is known."""
    assert [(entry.role, entry.on) for entry in detail(audiobook, plain, publisher, as_of).dates] == [("08", date(2026, 10, 1))]
    bare = detail(undated, plain, publisher, as_of)
    assert (bare.dates, bare.prices, bare.lacks_price) == ([], [], True)


def test_prices_that_are_over_stay_out(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A price counts until the end of its last day; the next one is announced with its first day."""
    first_of_june = prices(hardback, plain, publisher, as_of)
    assert list(dict.fromkeys((price.currency, price.amount) for price in first_of_june)) == [
        ("EUR", Decimal("25.90")),
        ("GBP", Decimal("22.00")),
        ("USD", Decimal("30.00")),
    ]
    last_of_may = prices(hardback, plain, publisher, as_of.replace(month=5, day=31))
    gbp = list(dict.fromkeys((price.amount, price.from_on, price.until_on) for price in last_of_may if price.currency == "GBP"))
    assert gbp == [(Decimal("20.00"), None, date(2026, 5, 31)), (Decimal("22.00"), DAY, None)]


def test_prices_by_rule(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Type, qualifier and currency select; the profile's order is the record's."""
    rules = (
        PriceRule(price_type="01"),
        PriceRule(price_type="02", qualifier="05", currencies=("EUR",)),
        PriceRule(price_type="02", qualifier="06"),
    )
    found = prices(hardback, plain.model_copy(update={"prices": rules}), publisher, as_of)
    assert list(dict.fromkeys(price.currency for price in found)) == ["USD", "EUR"]


def test_free_is_said_and_not_priced(ebook: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Nothing to pay is List 57 code 01, for the schema takes no amount of 0."""
    assert [(price.amount, price.unpriced, price.taxes) for price in prices(ebook, plain, publisher, as_of)] == [(None, "01", [])] * 2


def test_tax_only_on_prices_that_include_it(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Tax-inclusive prices carry tax where it is known, exclusive ones never."""
    assert [(price.price_type, len(price.taxes)) for price in prices(hardback, plain, publisher, as_of)] == [
        ("02", 1),
        ("02", 0),
        ("02", 1),
        ("02", 0),
        ("01", 0),
    ]


def test_tax_rate_of_the_day(publisher: Publisher, plain: Profile, ebook: Product, as_of: datetime) -> None:
    """The rate in force when the price holds: British e-books lost theirs on 1 May 2020."""
    paid = (Price(id=1, amount=Decimal(6), currency="GBP", type_code="02", qualifier="05"),)
    now = prices(ebook, plain, publisher, as_of, prices=paid)[0].taxes[0]
    then = prices(ebook, plain, publisher, datetime(2020, 4, 30, tzinfo=as_of.tzinfo), prices=paid)[0].taxes[0]
    assert (now.rate_code, now.amount) == ("Z", Decimal("0.00"))
    assert (then.rate_code, then.taxable, then.amount) == ("S", Decimal("5.00"), Decimal("1.00"))


def test_an_audiobook_has_the_tax_of_audiobooks_where_they_have_one(
    publisher: Publisher, plain: Profile, audiobook: Product, ebook: Product, as_of: datetime
) -> None:
    """Britain takes nothing of e-books and a fifth of audiobooks; elsewhere they are books."""
    own = TaxRate(country="GB", currency="GBP", digital=True, audio=True, rate_code="S", percent=Decimal(20), from_on=date(2011, 1, 4))
    house = publisher.model_copy(update={"taxes": (own, *publisher.taxes)})
    paid = (Price(id=1, amount=Decimal(12), currency="GBP", type_code="02", qualifier="05"),)

    def taxed(product: Product, by: Publisher) -> list[Decimal]:
        return [part.amount for price in prices(product, plain, by, as_of, prices=paid) for part in price.taxes]

    assert (taxed(audiobook, house), taxed(ebook, house), taxed(audiobook, publisher)) == ([2], [0], [0])


def test_no_tax_of_a_country_where_we_do_not_sell(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A euro price without any known euro country in the market has no tax, and S6 will say so."""
    british = plain.model_copy(update={"market": ("GB",)})
    assert [len(price.taxes) for price in prices(hardback, british, publisher, as_of) if price.currency == "EUR"] == [0]


@given(st.decimals("0.01", "99999", places=2), st.decimals(0, 100, places=1))
def test_tax_parts_add_up(amount: Decimal, percent: Decimal) -> None:
    """Taxable amount and tax are the price, whatever the rate, and neither is below 0."""
    price = Price(id=1, amount=amount, currency="EUR", type_code="02", qualifier="05")
    part = tax(price, TaxRate(country="DE", currency="EUR", digital=False, rate_code="S", percent=percent, from_on=DAY))
    assert part.taxable + part.amount == amount
    assert part.taxable >= 0
    assert part.amount >= 0


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("9.9", "GBP", "9.90"),
        ("9.999", "GBP", "9.999"),
        ("1200", "JPY", "1200"),
        ("1E+2", "USD", "100.00"),
        ("1.5", "KWD", "1.500"),
        ("1E+40", "EUR", "1E+40"),
    ],
)
def test_amounts_in_the_unit_of_their_currency(amount: str, currency: str, expected: str) -> None:
    """The same money always has the same digits, and none is ever lost."""
    assert str(round_to_currency(Decimal(amount), currency, exact=True)) == expected
