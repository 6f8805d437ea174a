"""Markets, suppliers, prices and tax by country, as a recipient's profile says: nothing unpriced, and no country's tax in another one."""

from datetime import date, datetime
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.config import Publisher, TaxRate
from colophon.config.files import SHIPPED
from colophon.config.load import load_config
from colophon.domain.product import Price as ProductPrice
from colophon.domain.product import Product
from colophon.onix.build import build
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.json_feed import title_updated
from colophon.onix.prices import WITH_TAX
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct
from colophon.onix.record_sales import Price, ProductSupply
from colophon.onix.terms import DiscountCode, Market, PriceRule, ReturnsCode, SupplierPart
from colophon.onix.territory import Saleable, intersection, resolve
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml
from colophon.quality.judge import judge

LISTS = load_code_lists()
OWNERS = load_config(SHIPPED).owners
EUROPE = ("GB", "IE", "DE", "FR", "AU")


def priced(amount: str, currency: str, type_code: str = "02", qualifier: str = "05", **more: object) -> ProductPrice:
    """One price."""
    given = {"id": 1, "amount": amount, "currency": currency, "type_code": type_code, "qualifier": qualifier, **more}
    return ProductPrice.model_validate(given)


@pytest.fixture
def book(hardback: Product) -> Product:
    """A book for sale everywhere."""
    return hardback.model_copy(update={"not_for_sale": (), "is_for_sale_worldwide": True})


@pytest.fixture
def euros(publisher: Publisher) -> Publisher:
    """A publisher with suppliers, who knows taxes in Germany, Austria and Ireland."""
    known = [("DE", "R", "7"), ("AT", "R", "10"), ("IE", "Z", "0"), ("GB", "Z", "0")]
    taxes = tuple(
        TaxRate(
            country=country,
            currency="GBP" if country == "GB" else "EUR",
            digital=digital,
            rate_code=code,
            percent=Decimal(percent),
            from_on=date(2010, 1, 1),
        )
        for country, code, percent in known
        for digital in (False, True)
    )
    suppliers = {"us": SupplierPart(name="Larkspur US", gln="5030670000036", role="02"), "dig": SupplierPart(name="Larkspur Digital")}
    returns = ReturnsCode(code_type="04", code="03")
    return publisher.model_copy(update={"taxes": taxes, "suppliers": suppliers, "returns": returns, "pack_quantity": 12})


def profile(plain: Profile, **more: object) -> Profile:
    """A profile as if read from a file, with what is different."""
    own = {name: value for name, value in plain.model_dump(exclude_unset=True).items() if name not in more and name != "market"}
    return Profile.model_validate(own | more)


def where(supply: ProductSupply, price: Price) -> set[str]:
    """Places in which a price holds."""
    territory = price.territory or supply.market
    assert territory is not None
    return set(resolve(territory, LISTS))


def taxes(record: OnixProduct) -> dict[str, str | None]:
    """The percentage that each country is told for the first price type and currency."""
    return {
        place: str(price.taxes[0].rate_percent) if price.taxes else None
        for supply in record.supplies
        for price in supply.supply_details[0].prices
        for place in where(supply, price)
    }


def rules(record: OnixProduct, product: Product, asked: Profile) -> dict[str, str]:
    """What is found by the rules about supply that keep the title back: rule and words."""
    found = judge(record, product, asked, on=date(2026, 6, 1), lists=LISTS, prior=Prior(), owners=OWNERS)
    return {f.rule: f"{f.found} / {f.expected}" for f in found if f.blocks and f.rule.startswith("S")}


def test_each_country_has_its_own_tax(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """One euro price for five countries: 7 % is said in Germany, 0 % in Ireland, and nothing where no tax is known."""
    there = profile(plain, market=EUROPE)
    record = build(book.model_copy(update={"prices": (priced("20", "EUR"),)}), there, euros, as_of=as_of)
    assert taxes(record) == {"DE": "7", "IE": "0", "GB": None, "FR": None, "AU": None}
    assert {price.amount for price in record.supplies[0].supply_details[0].prices} == {Decimal("20.00")}


def test_british_zero_is_british(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """0 % in pounds is not claimed in Ireland or Australia; a part of Britain that stands alone pays as Britain does."""
    record = build(book.model_copy(update={"prices": (priced("20", "GBP"),)}), profile(plain, market=EUROPE), euros, as_of=as_of)
    assert taxes(record) == {"GB": "0", "IE": None, "DE": None, "FR": None, "AU": None}
    scottish = Saleable(frozenset({"GB-SCT", "IE"}), is_known=True)
    record = build(book.model_copy(update={"prices": (priced("20", "GBP"),)}), plain, euros, as_of=as_of, where=scottish)
    assert taxes(record) == {"GB-SCT": "0", "IE": None}


def test_a_price_holds_where_its_currency_does(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """By publisher.yaml, unless the profile's rule says where; and not at all where that is outside the market."""
    product = book.model_copy(update={"prices": (priced("20", "GBP"), priced("25", "EUR", id=2), priced("30", "USD", "01", id=3))})
    limited = euros.model_copy(update={"price_territories": {"GBP": ("GB",), "EUR": ("ECZ",)}})

    def holds(asked: Profile) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for supply in build(product, asked, limited, as_of=as_of).supplies:
            for price in supply.supply_details[0].prices:
                found.setdefault(price.currency, set()).update(where(supply, price))
        return found

    assert holds(profile(plain, market=EUROPE)) == {"GBP": {"GB"}, "EUR": {"IE", "DE", "FR"}, "USD": set(EUROPE)}
    own = [PriceRule(price_type="02", currencies=("GBP",), countries=("GB", "AU")), PriceRule(price_type="02", currencies=("EUR",))]
    assert holds(profile(plain, market=EUROPE, prices=own)) == {"GBP": {"GB", "AU"}, "EUR": {"IE", "DE", "FR"}}
    assert holds(profile(plain, market=("AU",))) == {"USD": {"AU"}}


def test_terms_by_market_recipient_and_publisher(book: Product, ebook: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """The nearer one counts; downloads have no cartons and come back to nobody."""
    discount = DiscountCode(code_type="02", type_name="Our groups", code="A40")
    markets = (
        Market(countries=("US",), supplier="us", returns=ReturnsCode(code_type="02", code="Y"), discount=discount, pack_quantity=24),
        Market(countries=("GB", "IE"), supplier_role="09"),
    )
    asked = profile(plain, markets=markets, discount=DiscountCode(code_type="01", code="BIC1"))
    details = [supply.supply_details[0] for supply in build(book, asked, euros, as_of=as_of).supplies]
    assert [(d.supplier.name, d.supplier.role) for d in details] == [("Larkspur US", "02"), ("Larkspur & Vale Distribution", "09")]
    assert [(d.returns.code, d.pack_quantity) for d in details if d.returns] == [("Y", 24), ("03", 12)]
    assert [{price.discount.code for price in d.prices if price.discount} for d in details] == [{"A40"}, {"BIC1"}]
    record = build(book, asked, euros, as_of=as_of)
    assert Validator(asked.release, asked.tags).check(product_xml(record, asked)) == []
    digital = [supply.supply_details[0] for supply in build(ebook, asked, euros, as_of=as_of).supplies]
    assert [(d.returns, d.pack_quantity) for d in digital] == [(None, None)] * 2


def test_the_rest_of_the_world_is_a_market(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """ROW is all that no other market names, and the recipient sells everywhere."""
    asked = profile(plain, markets=(Market(countries=("GB",)), Market(countries=("ROW",))))
    first, rest = (resolve(supply.market, LISTS) for supply in build(book, asked, euros, as_of=as_of).supplies if supply.market)
    assert (first, rest) == ({"GB"}, LISTS.countries - {"GB"})
    assert asked.market == ("WORLD",)


@pytest.mark.parametrize(
    ("product_prices", "taken", "words"),
    [
        ((), [PriceRule(price_type="02")], "none / any currency as type 02 (RRP including tax), to hold in US"),
        ((priced("9", "GBP"),), [PriceRule(price_type="01", currencies=("USD",))], "only 02 GBP / USD as type 01 (RRP excluding tax)"),
        ((priced("9", "USD", "05"),), [PriceRule(price_type="01", currencies=("USD", "CAD"))], "only 05 USD / USD or CAD as type 01"),
        (
            (priced("9", "USD", "01", until_on="2026-05-31"),),
            [PriceRule(price_type="01")],
            "only 01 USD until 2026-05-31 / any currency as type 01",
        ),
    ],
)
def test_without_a_price_the_title_is_held_back(
    product_prices: tuple[ProductPrice, ...],
    taken: list[PriceRule],
    words: str,
    book: Product,
    plain: Profile,
    euros: Publisher,
    as_of: datetime,
) -> None:
    """By default; the finding names what is there, and the type and currency that are wanted."""
    product, asked = book.model_copy(update={"prices": product_prices}), profile(plain, market=("US",), prices=taken)
    assert words in rules(build(product, asked, euros, as_of=as_of), product, asked)["S14"]


def test_the_prices_of_the_market_are_named(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """Where the rest of the world has a rule of its own, the finding is about that."""
    pounds = PriceRule(price_type="02", currencies=("GBP",))
    asked = profile(
        plain, markets=[Market(countries=("GB",)), Market(countries=("ROW",), prices=(pounds,))], prices=[PriceRule(price_type="01")]
    )
    product = book.model_copy(update={"prices": (priced("9", "USD", "01"),)})
    words = rules(build(product, asked, euros, as_of=as_of), product, asked)["S14"]
    assert words.startswith("only 01 USD / GBP as type 02 (RRP including tax), to hold in AD, AE, AF, AG, AI and ")


def test_without_a_price_as_the_profile_says(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """A word of List 57, free of charge, or without that market; one that leaves all markets out is held."""
    product = book.model_copy(update={"prices": (priced("9", "GBP"),)})
    dollars = [PriceRule(price_type="01", currencies=("USD",))]

    def detail(asked: Profile) -> tuple[list[str | None], str | None]:
        record = build(product, asked, euros, as_of=as_of)
        assert rules(record, product, asked) == {}
        assert Validator(asked.release, asked.tags).check(product_xml(record, asked)) == []
        (supply,) = record.supplies
        return [price.unpriced for price in supply.supply_details[0].prices], supply.supply_details[0].unpriced

    assert detail(profile(plain, prices=dollars, without_price="unpriced", unpriced_code="02")) == ([], "02")
    assert detail(profile(plain, prices=dollars, without_price="free")) == (["01"], None)
    assert detail(profile(plain, prices=[PriceRule(price_type="01")], without_price="free")) == ([], "01")
    both = (Market(countries=("US",), prices=tuple(dollars), without_price="leave_out"), Market(countries=("GB",)))
    assert detail(profile(plain, markets=both)) == ([None], None)
    neither = profile(plain, markets=both[:1])
    assert "S14" in rules(build(product, neither, euros, as_of=as_of), product, neither)


def test_a_price_whose_tax_nobody_knows_is_not_sent_alone(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """Beside a price that stands it goes with a warning; alone it is held."""
    francs = book.model_copy(update={"prices": (priced("30", "CHF"),)})
    assert "02 CHF in CH" in rules(build(francs, profile(plain, market=("CH",)), euros, as_of=as_of), francs, plain)["S6b"]
    beside = book.model_copy(update={"prices": (priced("30", "CHF"), priced("25", "USD", "01", id=2))})
    assert rules(build(beside, profile(plain, market=("CH",)), euros, as_of=as_of), beside, plain) == {}


def test_prices_that_contradict_each_other_in_one_country(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """Two amounts are an error where both hold, and none where each has a country of its own."""
    record = build(book.model_copy(update={"prices": (priced("20", "EUR"), priced("22", "EUR", id=2))}), plain, euros, as_of=as_of)
    assert "S5" in rules(record, book, plain)
    apart = build(book.model_copy(update={"prices": (priced("20", "EUR"),)}), profile(plain, market=EUROPE), euros, as_of=as_of)
    german = apart.supplies[0].supply_details[0].prices[0]
    german.amount = Decimal(21)
    assert german.territory is not None
    assert "S5" not in rules(apart, book, plain)


def test_a_json_recipient_is_told_a_price_once(book: Product, plain: Profile, euros: Publisher, as_of: datetime) -> None:
    """Its event has no words for territories of prices."""
    product = book.model_copy(update={"prices": (priced("20", "EUR"),)})
    data = title_updated(build(product, plain, euros, as_of=as_of), product)
    assert [(price["amount"], price["currency"]) for price in data["prices"]] == [("20.00", "EUR")]


COUNTRIES = ["GB", "IE", "DE", "AT", "FR", "US", "CA", "AU", "JP"]
AMOUNTS = st.decimals("0.5", "200", places=2)
PRICES = st.builds(
    ProductPrice,
    id=st.integers(1, 99),
    amount=AMOUNTS,
    currency=st.sampled_from(["GBP", "EUR", "USD", "JPY"]),
    type_code=st.sampled_from(["01", "02", "04", "42"]),
    qualifier=st.sampled_from(["05", "06", "00"]),
    from_on=st.sampled_from([None, date(2026, 1, 1), date(2026, 9, 1)]),
    until_on=st.sampled_from([None, date(2026, 5, 1), date(2026, 12, 31)]),
)
RULES = st.lists(
    st.builds(
        PriceRule,
        price_type=st.sampled_from(["01", "02", "04", "42"]),
        qualifier=st.sampled_from([None, "05", "06"]),
        currencies=st.sampled_from([(), ("GBP",), ("EUR", "USD")]),
        countries=st.sampled_from([(), (), ("GB", "IE"), ("ECZ",), ("WORLD",)]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
SPLITS = st.lists(st.integers(0, 3), min_size=len(COUNTRIES), max_size=len(COUNTRIES))


@settings(max_examples=150, deadline=None)
@given(
    prices=st.lists(PRICES, max_size=6),
    taken=RULES,
    per_market=st.lists(st.none() | RULES, min_size=4, max_size=4),
    split=SPLITS,
    release=st.sampled_from(["3.0", "3.1"]),
    form=st.sampled_from(["BB", "ED"]),
    limited=st.booleans(),
)
def test_any_mix_of_markets_and_prices(
    hardback: Product,
    plain: Profile,
    prices: list[ProductPrice],
    taken: tuple[PriceRule, ...],
    per_market: list[tuple[PriceRule, ...] | None],
    split: list[int],
    release: str,
    form: str,
    limited: bool,
) -> None:
    """Valid by schema; no country is supplied twice, or told another's tax; what goes has a price in each market."""
    shipped = load_config(SHIPPED).publisher
    house = shipped.model_copy(update={} if limited else {"price_territories": {}})
    countries = [tuple(c for c, n in zip(COUNTRIES, split, strict=True) if n == number) for number in range(4)]
    markets = [Market(countries=here, prices=own) for here, own in zip(countries, per_market, strict=True) if here]
    asked = profile(plain, markets=markets, release=release, prices=taken)
    product = hardback.model_copy(
        update={
            "prices": tuple(prices),
            "form_code": form,
            "not_for_sale": (),
            **({} if form == "BB" else {"height_mm": None, "width_mm": None, "thickness_mm": None}),
        }
    )
    as_of = datetime.fromisoformat("2026-06-01T02:00Z")
    record = build(product, asked, house, as_of=as_of)
    assert Validator(asked.release, asked.tags).check(product_xml(record, asked)) == []
    for one, other in combinations(record.supplies, 2):
        assert one.market is not None
        assert other.market is not None
        assert not intersection(resolve(one.market, LISTS), resolve(other.market, LISTS))
    told: dict[tuple[object, ...], set[str]] = {}
    for supply in record.supplies:
        assert supply.market is not None
        for price in supply.supply_details[0].prices:
            places = where(supply, price)
            assert places <= resolve(supply.market, LISTS)
            said = told.setdefault((price.price_type, price.qualifier, price.currency, price.amount, price.from_on, price.until_on), set())
            if len({(p.type_code, p.qualifier, p.currency, p.amount, p.from_on, p.until_on) for p in prices}) == len(prices):
                assert not said & places
            said |= places
            for tax in price.taxes:
                assert price.price_type in WITH_TAX
                for place in places:
                    rates = [
                        r
                        for r in house.taxes
                        if (r.country, r.currency, r.digital, r.audio) == (place, price.currency, form == "ED", False)
                    ]
                    assert max(rates, key=lambda rate: rate.from_on).percent == tax.rate_percent
    if not rules(record, product, asked):
        assert all(supply.supply_details[0].prices and not supply.supply_details[0].unpriced for supply in record.supplies)
