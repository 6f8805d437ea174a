"""The prices of one market: which the recipient takes, where each holds, and the tax that is in it.

A price holds in the whole market unless its rule or publisher.yaml names countries. Tax is a country's: a price that includes it
(List 58: "if applicable") is split, so that each country's tax stands with that country's territory, and the same price without
a tax with the rest. To say nothing of tax would be poorer, and to say one country's for all would be wrong.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from colophon.domain.money import minor_digits
from colophon.domain.product import Price as ProductPrice
from colophon.domain.product import Product
from colophon.onix.codelists import CodeLists
from colophon.onix.forms import AUDIO_FORMS, is_digital
from colophon.onix.publisher import Publisher, TaxRate
from colophon.onix.record_sales import Price, Tax, Territory
from colophon.onix.terms import FREE_OF_CHARGE, DiscountCode, PriceRule
from colophon.onix.territory import expand, express, intersection

Places = frozenset[str]

# List 58: types that include tax.
WITH_TAX = frozenset({"02", "04", "07", "09", "12", "14", "17", "22", "24", "27", "34", "42"})
UNQUALIFIED = "00"
VAT = "01"


def prices(
    product: Product,
    rules: tuple[PriceRule, ...],
    publisher: Publisher,
    *,
    places: Places,
    lists: CodeLists,
    day: date,
    form: str,
    discount: DiscountCode | None = None,
) -> list[Price]:
    """Prices that the recipient takes, that hold in the market and are not over, in the profile's order; each is said once.

    :param places: the market. :param form: List 150, by which a rate of tax counts.
    """
    built: list[Price] = []
    said: dict[int, Places] = {}
    in_order = sorted(product.prices, key=_order)
    for rule in rules:
        for price in in_order:
            if not _takes(rule, price) or (price.until_on and price.until_on < day):
                continue
            countries = rule.countries or publisher.price_territories.get(price.currency, ())
            holds = intersection(places, expand(countries, lists)[0]) if countries else places
            if id(price) in said:
                holds -= said[id(price)]
            said[id(price)] = said.get(id(price), frozenset()) | holds
            if holds:
                built += _split(price, holds, publisher, places=places, lists=lists, day=day, form=form, discount=discount)
    return built


def rates(publisher: Publisher, currency: str, *, form: str, day: date) -> list[TaxRate]:
    """The rates in force on a day in the countries that pay in a currency: one for each, the publisher's own country first."""
    newest: dict[str, TaxRate] = {}
    digital, audio = is_digital(form), form in AUDIO_FORMS
    for rate in publisher.taxes:
        if rate.currency == currency and rate.digital == digital and rate.from_on <= day and (audio or not rate.audio):
            other = newest.get(rate.country)
            if other is None or (other.audio, other.from_on) < (rate.audio, rate.from_on):
                newest[rate.country] = rate
    return sorted(newest.values(), key=lambda rate: (rate.country != publisher.country, rate.country))


def tax(price: ProductPrice, rate: TaxRate) -> Tax:
    """The tax within a price: both parts add up to it, the tax is rounded half up to the currency's unit (S6)."""
    return _tax_within(str(price.amount), price.currency, rate.rate_code, str(rate.percent))


@lru_cache(maxsize=4096)
def _tax_within(amount: str, currency: str, rate_code: str, percent: str) -> Tax:
    """By the digits as they are written; many prices share it, so that nobody may change it."""
    whole, rate = Decimal(amount), Decimal(percent)
    part = round_to_currency(whole * rate / (100 + rate), currency)
    return Tax(VAT, rate_code, rate, round_to_currency(whole - part, currency, exact=True), part)


def round_to_currency(amount: Decimal, currency: str, *, exact: bool = False) -> Decimal:
    """Half up to the currency's smallest unit; with `exact` only where nothing would be lost (9.9 is 9.90, and 9.999 stays)."""
    try:
        rounded = amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP)
    except InvalidOperation:  # more digits than money has
        return amount
    return amount if exact and rounded != amount else rounded


def _split(
    price: ProductPrice,
    holds: Places,
    publisher: Publisher,
    *,
    places: Places,
    lists: CodeLists,
    day: date,
    form: str,
    discount: DiscountCode | None,
) -> Iterator[Price]:
    """A price for each tax of the places where it holds, and one without for the others; nothing to pay is said as such."""
    is_free = price.amount == 0
    amount = None if is_free else round_to_currency(price.amount, price.currency, exact=True)
    known: Sequence[TaxRate] = ()
    if price.type_code in WITH_TAX and not is_free:
        known = rates(publisher, price.currency, form=form, day=max(day, price.from_on or day))
    for rate, part in _by_tax(holds, known):
        yield Price(
            price_type=price.type_code,
            amount=amount,
            currency=price.currency,
            qualifier=None if price.qualifier in {"", UNQUALIFIED} else price.qualifier,
            territory=None if part == places else said_as(part, lists),
            taxes=[tax(price, rate)] if rate else [],
            from_on=price.from_on,
            until_on=price.until_on,
            unpriced=FREE_OF_CHARGE if is_free else None,
            discount=None if is_free else discount,
        )


def _by_tax(holds: Places, known: Sequence[TaxRate]) -> Iterator[tuple[TaxRate | None, Places]]:
    """The places of each tax, countries of one rate together, and what is left."""
    taxed: dict[tuple[str, Decimal], tuple[TaxRate, Places]] = {}
    rest = holds
    for rate in known:
        if own := frozenset((rate.country,)) & holds | _regions(holds).get(rate.country, frozenset()):
            first, others = taxed.get((rate.rate_code, rate.percent), (rate, frozenset()))
            taxed[rate.rate_code, rate.percent] = (first, others | own)
            rest -= own
    yield from taxed.values()
    if rest:
        yield None, rest


@lru_cache(maxsize=1024)
def _regions(places: Places) -> dict[str, Places]:
    """Parts of countries that stand alone, by country: they pay its tax."""
    found: dict[str, Places] = {}
    for place in places:
        country, dash, _ = place.partition("-")
        if dash:
            found[country] = found.get(country, frozenset()) | {place}
    return found


@lru_cache(maxsize=4096)
def said_as(places: Places, lists: CodeLists) -> Territory:
    """A territory for these places; many titles share it, so that nobody may change it."""
    return express(places, lists)


def _order(price: ProductPrice) -> tuple[str, date, int]:
    return price.currency, price.from_on or date.min, price.id


def _takes(rule: PriceRule, price: ProductPrice) -> bool:
    return (
        price.type_code == rule.price_type
        and (rule.qualifier is None or price.qualifier == rule.qualifier)
        and (not rule.currencies or price.currency in rule.currencies)
    )
