"""S: which prices there are, where and when they hold, and which tax is in them."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from colophon.domain.money import minor_digits
from colophon.onix import territory
from colophon.onix.prices import WITH_TAX
from colophon.onix.record_sales import Price, ProductSupply, SupplyDetail
from colophon.quality.rule import Case, E, Fault, W, rule
from colophon.quality.rules.places import meet, overlap, places_of
from colophon.quality.rules.price_words import in_words, named, wanted
from colophon.quality.rules.supply import details, prices_of


@rule("S4", E, "Every price has type, currency and an amount above zero", "Correct the price; a free book says so with UnpricedItemType.")
def amounts(case: Case) -> Iterator[Fault]:
    """Type, currency, amount > 0."""
    for _, price in prices_of(case):
        if price.unpriced:
            continue
        if not price.price_type or not price.currency or price.amount is None or price.amount <= 0:
            yield Fault("PriceAmount", f"{price.amount} {price.currency}", "an amount above zero, with type and currency")


@rule("S15", E, "A price can be paid", "Correct the amount, or the days from and until which it holds.", "ours")
def can_be_paid(case: Case) -> Iterator[Fault]:
    """In coins that there are, on a day that comes."""
    for _, price in prices_of(case):
        digits = minor_digits(price.currency)
        if price.amount is not None and -int(price.amount.as_tuple().exponent) > digits:
            yield Fault("PriceAmount", f"{price.amount} {price.currency}", f"an amount with {digits} decimals")
        if price.from_on and price.until_on and price.until_on < price.from_on:
            found = f"from {price.from_on.isoformat()} until {price.until_on.isoformat()}"
            yield Fault("PriceDate", found, "a last day that is not before the first")


@rule(
    "S14",
    E,
    "A title has a price that the recipient takes",
    "Give the price named; or say in the recipient's profile, by `without_price`, what goes without one.",
    "ours",
)
def has_price(case: Case) -> Iterator[Fault]:
    """In each market that the profile does not let go without."""
    for supply, detail in details(case):
        if detail.lacks_price or not (detail.prices or detail.unpriced):
            there = sorted({in_words(price, case.on) for price in case.product.prices})
            yield Fault(
                "Price", f"only {', '.join(there)}" if there else None, f"{wanted(case, supply)}, to hold in {named(supply.market, case)}"
            )


@rule("S5", E, "One amount for one price", "Keep the right amount, or give the prices days that do not overlap.")
def one_amount(case: Case) -> Iterator[Fault]:
    """One amount for each type, qualifier, currency, country and day, in whichever market it stands."""
    groups: dict[object, list[tuple[ProductSupply, Price]]] = {}
    for supply, price in prices_of(case):
        groups.setdefault((price.price_type, price.qualifier, price.currency), []).append((supply, price))
    for alike in (group for group in groups.values() if len(group) > 1):
        for (near, one), (far, other) in combinations(alike, 2):
            if one.amount != other.amount and overlap(one, other) and meet(case.lists, near, one, far, other):
                yield Fault("PriceAmount", f"{one.amount} and {other.amount} {one.currency}", "one amount on one day")


@rule("S5a", W, "Price periods have no holes", "Let each price begin on the day after the one before ends.")
def holes(case: Case) -> Iterator[Fault]:
    """The W half of S5."""
    for prices in _price_groups(case):
        in_time = sorted(prices, key=lambda price: price.from_on or date.min)
        covered = in_time[0].until_on or date.max
        for price in in_time[1:]:
            if price.from_on and (price.from_on - covered).days > 1:
                yield Fault("PriceDate", f"nothing from {covered} to {price.from_on}", "periods without holes")
            covered = max(covered, price.until_on or date.max)


@rule("S6", E, "Tax stands with tax-inclusive prices and with no others", "Give the tax rate of the country in publisher.yaml.")
def taxes(case: Case) -> Iterator[Fault]:
    """Exclusive prices never carry Tax."""
    for _, price in prices_of(case):
        if price.taxes and price.price_type not in WITH_TAX:
            yield Fault("Tax", price.price_type, "no Tax with a price that excludes it")


@rule(
    "S6a",
    W,
    "A tax-inclusive price says which tax",
    "Add the countries' rates to `taxes` in publisher.yaml, or let the price hold in fewer countries by `price_territories`.",
    "ours",
)
def tax_missing(case: Case) -> Iterator[Fault]:
    """Inclusive types carry Tax, as far as the publisher's rates are known."""
    for supply, detail in details(case):
        for price in () if _is_untaxed(detail) else detail.prices:
            if price.price_type in WITH_TAX and not price.taxes and price.amount:
                where = named(price.territory or supply.market, case)
                yield Fault("Tax", f"none for {price.currency} in {where}", "the tax in the price")


@rule(
    "S6b",
    E,
    "Not every price of a market includes a tax that nobody knows",
    "Add the country's rate to `taxes` in publisher.yaml (0 % is one, too), or correct the price's type.",
    "ours",
)
def tax_unknown(case: Case) -> Iterator[Fault]:
    """Nothing goes untaxed: one price at least has its tax, or is without."""
    for supply, detail in details(case):
        if _is_untaxed(detail):
            kinds = sorted({f"{price.price_type} {price.currency}" for price in detail.prices})
            yield Fault("Tax", f"{', '.join(kinds)} in {named(supply.market, case)}", "a price whose tax is known, or that is without tax")


def _is_untaxed(detail: SupplyDetail) -> bool:
    paid = [price for price in detail.prices if price.amount]
    return bool(paid) and all(price.price_type in WITH_TAX and not price.taxes for price in paid)


@rule("S8", W, "A price's territory lies inside the market", "Correct the price's countries.")
def price_territory(case: Case) -> Iterator[Fault]:
    """Price territory inside the market."""
    for supply, price in prices_of(case):
        if price.territory is not None and supply.market is not None:
            market_places = places_of(supply.market, case.lists)
            outside = [
                place for place in places_of(price.territory, case.lists) - market_places if not territory.is_inside([place], market_places)
            ]
            if outside:
                yield Fault("Price/Territory", sorted(outside), "countries of the market")


def _price_groups(case: Case) -> Iterator[list[Price]]:
    """Prices of one supply that differ in nothing but amount and days, where there are several."""
    for _, detail in details(case):
        groups: dict[object, list[Price]] = {}
        for price in detail.prices if len(detail.prices) > 1 else ():
            there = price.territory
            where = there and (*there.countries_included, *there.regions_included, "less", *there.countries_excluded)
            groups.setdefault((price.price_type, price.qualifier, price.currency, where), []).append(price)
        yield from (prices for prices in groups.values() if len(prices) > 1)
