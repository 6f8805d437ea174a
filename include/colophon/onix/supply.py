"""Block 6 of a record: in which markets it is supplied, by whom and on which terms, whether it can be had, and at what prices."""

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from colophon.domain.product import Product
from colophon.onix.codelists import CodeLists
from colophon.onix.forms import form_of, is_digital
from colophon.onix.prices import Places, prices, said_as
from colophon.onix.profile import Profile
from colophon.onix.publisher import Publisher
from colophon.onix.record_parts import Identifier, PublishingDate
from colophon.onix.record_sales import Price, ProductSupply, Supplier, SupplyDetail
from colophon.onix.terms import FREE_OF_CHARGE, Market
from colophon.onix.territory import Saleable, countries_of, expand, intersection

GONE_STATUSES = frozenset({"01", "03", "05", "06", "07", "08", "10", "11", "12", "15", "16", "17"})
"""List 64: it is not to be had, whatever else is said of it."""
GONE_AVAILABILITIES = frozenset({"01", *(str(code) for code in range(40, 53) if code != 44)})
"""List 65: it is not to be had here."""

TO_BE_ANNOUNCED = "02"
CONTACT_SUPPLIER = "04"

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

ONLY = Market(countries=("WORLD",))
"""The market of a recipient that has one: nothing is different there."""
_Term = TypeVar("_Term")


def supplies(
    product: Product, profile: Profile, publisher: Publisher, *, where: Saleable, lists: CodeLists, day: date
) -> list[ProductSupply]:
    """One for each market of the recipient, of what is saleable within it (S1). None at all where that is nowhere.

    A market without a price that the recipient takes is as the profile says; one that should have one is marked, which keeps the
    title back (S14).
    """
    code, form = availability(product, day), form_of(product).code
    dates = [PublishingDate("08", product.publication_on)] if code in _NEEDS_DATE and product.publication_on else []
    built: list[ProductSupply] = []
    left_out: list[ProductSupply] = []
    for market, places in _within_markets(profile, where, lists):
        detail = SupplyDetail(supplier_of(profile, market, publisher), code, dates)
        detail.prices = prices(
            product,
            profile.prices if market.prices is None else market.prices,
            publisher,
            places=places,
            lists=lists,
            day=day,
            form=form,
            discount=_first(market.discount, profile.discount, publisher.discount),
        )
        if not is_digital(form):
            detail.returns = _first(market.returns, profile.returns, publisher.returns)
            detail.pack_quantity = _first(market.pack_quantity, profile.pack_quantity, publisher.pack_quantity)
        is_left_out = not detail.prices and _without_price(detail, profile, market) == "leave_out"
        (left_out if is_left_out else built).append(ProductSupply(said_as(places, lists), [detail]))
    return built or left_out


def availability(product: Product, day: date) -> str:
    """What the system of record says, else what status and publication date mean (S3)."""
    if product.availability:
        return product.availability
    status = product.publishing_status or "00"
    if status in BY_STATUS:
        return BY_STATUS[status]
    is_out = product.publication_on is not None and product.publication_on <= day
    return "20" if is_out or (status == "04" and product.publication_on is None) else "10"


def _within_markets(profile: Profile, where: Saleable, lists: CodeLists) -> Iterator[tuple[Market, Places]]:
    """The recipient's markets, and where in each the title may be sold."""
    if not profile.markets:
        reach = [(ONLY, expand(profile.market, lists)[0])]
    else:
        reach = list(zip(profile.markets, countries_of(tuple(market.countries for market in profile.markets), lists), strict=True))
    for market, countries in reach:
        if places := intersection(where.places, countries):
            yield market, places


def _without_price(detail: SupplyDetail, profile: Profile, market: Market) -> str:
    """What the profile says for a market without a price, which is put into the detail."""
    what = market.without_price or profile.without_price
    detail.lacks_price = what in {"hold", "leave_out"}
    if detail.lacks_price:
        detail.unpriced = TO_BE_ANNOUNCED if detail.availability in _NEEDS_DATE else CONTACT_SUPPLIER
    elif what == "unpriced":
        detail.unpriced = market.unpriced_code or profile.unpriced_code
    elif what == "free":
        rules = profile.prices if market.prices is None else market.prices
        if rule := next((rule for rule in rules if rule.currencies), None):
            detail.prices = [Price(rule.price_type, None, rule.currencies[0], rule.qualifier, unpriced=FREE_OF_CHARGE)]
        else:
            detail.unpriced = FREE_OF_CHARGE
    return what


def supplier_of(profile: Profile, market: Market, publisher: Publisher) -> Supplier:
    """Who supplies: by the market, the profile, else the publisher's own; the role may be another one there."""
    key = market.supplier or profile.supplier
    role = market.supplier_role or profile.supplier_role
    if key:
        supplier = publisher.suppliers[key]
        name, gln, usual = supplier.name, supplier.gln, supplier.role
    else:
        name, gln, usual = publisher.supplier_name, publisher.supplier_gln, publisher.supplier_role
    return Supplier(role or usual, name, [Identifier("06", gln)] if gln else [])


def _first(*terms: _Term | None) -> _Term | None:
    """The nearest that says anything."""
    return next((term for term in terms if term is not None), None)


def is_gone(product: Product) -> bool:
    """Whether status or availability say that it is not to be had any more, or not for the time being."""
    return product.publishing_status in GONE_STATUSES or product.availability in GONE_AVAILABILITIES
