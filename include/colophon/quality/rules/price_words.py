"""Prices and places in the words of findings."""

from datetime import date

from colophon.domain.product import Price
from colophon.onix.record_sales import ProductSupply, Territory
from colophon.onix.territory import countries_of, intersection, resolve
from colophon.quality.rule import Case


def in_words(price: Price, on: date) -> str:
    """Type and currency of a price that the recipient does not take, and that it is over, if so."""
    ended = f" until {price.until_on.isoformat()}" if price.until_on and price.until_on < on else ""
    return f"{price.type_code} {price.currency}{ended}"


def wanted(case: Case, supply: ProductSupply) -> str:
    """The prices that the recipient takes in the market of a supply."""
    here = resolve(supply.market, case.lists) if supply.market else frozenset[str]()
    markets = case.profile.markets
    reach = countries_of(tuple(market.countries for market in markets), case.lists)
    own = (market.prices for market, places in zip(markets, reach, strict=True) if market.prices and intersection(here, places))
    words = []
    for taken in next(own, case.profile.prices):
        kind = case.lists.lists[58].get(taken.price_type, "")
        words.append(f"{' or '.join(taken.currencies) or 'any currency'} as type {taken.price_type} ({kind})")
    return "; or ".join(words)


def named(where: Territory | None, case: Case) -> str:
    """A few of the places by their codes."""
    places = resolve(where, case.lists) if where else ["the market"]
    return ", ".join(sorted(places)[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
