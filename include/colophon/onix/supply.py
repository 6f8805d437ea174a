"""Block 6 of a record: where it is supplied, by whom, whether it can be had, and at what prices."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from colophon.domain.product import Price as ProductPrice
from colophon.domain.product import Product
from colophon.onix.codelists import CodeLists
from colophon.onix.forms import form_of, is_digital
from colophon.onix.profile import PriceRule, Profile
from colophon.onix.publisher import Publisher, TaxRate
from colophon.onix.record import Identifier, Price, ProductSupply, PublishingDate, Supplier, SupplyDetail, Tax
from colophon.onix.territory import Saleable, expand, express, intersection

# List 58: types that include tax.
WITH_TAX = frozenset({"02", "04", "07", "09", "12", "14", "17", "22", "24", "27", "34", "42"})
FREE_OF_CHARGE = "01"
UNQUALIFIED = "00"
TO_BE_ANNOUNCED = "02"
CONTACT_SUPPLIER = "04"
VAT = "01"

# List 65 by List 64, where the system of record gives no availability. 04 and 02 depend on the date.
BY_STATUS = {
    "00": "99",
    "01": "01",
    "03": "09",
    "05": "40",
    "06": "40",
    "07": "51",
    "08": "40",
    "09": "99",
    "10": "47",
    "11": "46",
    "12": "49",
    "13": "40",
    "15": "49",
    "16": "40",
    "17": "46",
    "18": "50",
}
_NEEDS_DATE = frozenset({"10", "11", "12"})

# Digits after the point of currencies that have not two of them.
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = dict.fromkeys(_NO_DIGITS.split(), 0) | dict.fromkeys(_THREE_DIGITS.split(), 3)


def supplies(
    product: Product, profile: Profile, publisher: Publisher, *, where: Saleable, lists: CodeLists, day: date
) -> list[ProductSupply]:
    """One market: what is saleable within the recipient's (S1). None at all where that is nowhere."""
    market, _ = expand(profile.market, lists)
    places = intersection(where.places, market)
    if not places:
        return []
    code = availability(product, day)
    found = prices(product, profile.prices, publisher, places=places, day=day)
    detail = SupplyDetail(
        supplier=supplier_of(publisher),
        availability=code,
        dates=[PublishingDate("08", product.publication_on)] if code in _NEEDS_DATE and product.publication_on else [],
        prices=found,
        unpriced=None if found else TO_BE_ANNOUNCED if code in _NEEDS_DATE else CONTACT_SUPPLIER,
    )
    return [ProductSupply(express(places, lists), [detail])]


def availability(product: Product, day: date) -> str:
    """What the system of record says, else what status and publication date mean (S3)."""
    if product.availability:
        return product.availability
    status = product.publishing_status or "00"
    if status in BY_STATUS:
        return BY_STATUS[status]
    is_out = product.publication_on is not None and product.publication_on <= day
    return "20" if is_out or (status == "04" and product.publication_on is None) else "10"


def prices(product: Product, rules: tuple[PriceRule, ...], publisher: Publisher, *, places: frozenset[str], day: date) -> list[Price]:
    """Prices that the recipient takes and that are not over, in the profile's order; nothing to pay is said as such."""
    digital = is_digital(form_of(product).code)
    built = []
    for rule in rules:
        for price in sorted(product.prices, key=lambda price: (price.currency, price.from_on or date.min, price.id)):
            if not _takes(rule, price) or (price.until_on and price.until_on < day):
                continue
            is_free = price.amount == 0
            rate = tax_rate(publisher, price.currency, digital=digital, places=places, day=max(day, price.from_on or day))
            built.append(
                Price(
                    price_type=price.type_code,
                    amount=None if is_free else round_to_currency(price.amount, price.currency, exact=True),
                    currency=price.currency,
                    qualifier=None if price.qualifier in {"", UNQUALIFIED} else price.qualifier,
                    taxes=[tax(price, rate)] if rate and not is_free and price.type_code in WITH_TAX else [],
                    from_on=price.from_on,
                    until_on=price.until_on,
                    unpriced=FREE_OF_CHARGE if is_free else None,
                )
            )
    return built


def tax_rate(publisher: Publisher, currency: str, *, digital: bool, places: frozenset[str], day: date) -> TaxRate | None:
    """The rate in force on a day in a country of the market that pays in this currency; the publisher's own country first."""
    known = [
        rate
        for rate in publisher.taxes
        if rate.currency == currency and rate.digital == digital and rate.country in places and rate.from_on <= day
    ]
    home = [rate for rate in known if rate.country == publisher.country]
    country = (home or known)[0].country if known else None
    return max((rate for rate in known if rate.country == country), key=lambda rate: rate.from_on, default=None)


def tax(price: ProductPrice, rate: TaxRate) -> Tax:
    """The tax within a price: both parts add up to it, the tax is rounded half up to the currency's unit (S6)."""
    part = price.amount * rate.percent / (100 + rate.percent)
    amount = round_to_currency(part, price.currency)
    return Tax(VAT, rate.rate_code, rate.percent, round_to_currency(price.amount - amount, price.currency, exact=True), amount)


def round_to_currency(amount: Decimal, currency: str, *, exact: bool = False) -> Decimal:
    """Half up to the currency's smallest unit; with `exact` only where nothing would be lost (9.9 is 9.90, and 9.999 stays)."""
    digits = _DIGITS.get(currency, 2)
    try:
        rounded = amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    except InvalidOperation:  # more digits than money has
        return amount
    return amount if exact and rounded != amount else rounded


def _takes(rule: PriceRule, price: ProductPrice) -> bool:
    return (
        price.type_code == rule.price_type
        and (rule.qualifier is None or price.qualifier == rule.qualifier)
        and (not rule.currencies or price.currency in rule.currencies)
    )


def supplier_of(publisher: Publisher) -> Supplier:
    """Who supplies the trade."""
    ids = [Identifier("06", publisher.supplier_gln)] if publisher.supplier_gln else []
    return Supplier(publisher.supplier_role, publisher.supplier_name, ids)
