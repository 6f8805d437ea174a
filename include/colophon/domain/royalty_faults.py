"""What no terms may say, whichever way they came: shares that are no whole, rates or amounts that are none, countries that nobody knows.

One judgement for GraphQL and for the report: terms with a fault are no terms, and their account waits for a person.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from colophon.domain.countries import is_territory
from colophon.domain.money import exact_amount
from colophon.domain.royalty_terms import RoyaltyTerms, Split


class Fault(NamedTuple):
    """The place at fault, what is there, what would be right; never an amount or a percentage."""

    place: str
    found: str
    expected: str


_WHOLE = Decimal(100)
_LAST_PLACE = Decimal("0.000001")
"""Shares that no number writes exactly have six decimals: 80 parts of 155 are 51.612903 %."""


def faults_of(terms: RoyaltyTerms) -> Iterator[Fault]:
    """Everything that is wrong with terms by themselves; nothing where they can be computed."""
    yield from _faults_of_shares(terms)
    for rate in terms.rates:
        percents = (rate.rate_percent, *(one.rate_percent for one in rate.escalators if one.combine == "REPLACE"))
        if not all(0 <= percent <= _WHOLE for percent in percents):
            yield Fault("a rate", "a rate below nought or above 100 %", "a rate from 0 to 100 %")
        for code in (*(rate.territories or ()), *(rate.excluded_territories or ())):
            if not is_territory(code):
                yield Fault("a rate's territories", code[:20], "codes of ISO 3166, such as GB")
    for split in terms.splits:
        if split.commission_percent is not None and not 0 <= split.commission_percent <= _WHOLE:
            yield Fault("a commission", "a commission below nought or above 100 %", "a commission from 0 to 100 %")
    if not all(0 <= reserve.rate_percent <= _WHOLE for reserve in terms.reserves):
        yield Fault("a reserve", "a reserve below nought or above 100 %", "a reserve from 0 to 100 %")
    for what, amount, currency in _amounts(terms):
        if amount is not None and (exact_amount(amount, currency) is None or amount < 0):
            yield Fault(
                what, f"an amount below nought, or with more decimals than {currency} has", f"an amount in whole minor units of {currency}"
            )
    for advance in terms.advances:
        if advance.currency != terms.currency:
            yield Fault("an advance", f"an advance in {advance.currency}", f"an advance in {terms.currency}, as the contract pays")


def _amounts(terms: RoyaltyTerms) -> Iterator[tuple[str, Decimal | None, str]]:
    """Each amount that is never below nought, with its currency; of a told balance the size, for it may be a debt."""
    yield "the minimum payment", terms.minimum_payment, terms.currency
    for rate in terms.rates:
        yield "a guaranteed minimum", rate.guaranteed_minimum, terms.currency
        yield "a guaranteed maximum", rate.guaranteed_maximum, terms.currency
    for split in terms.splits:
        yield "an opening balance", None if split.opening_balance is None else abs(split.opening_balance), terms.currency
    for advance in terms.advances:
        yield "an advance", advance.amount, advance.currency


def _faults_of_shares(terms: RoyaltyTerms) -> Iterator[Fault]:
    by_product: dict[int | None, list[Split]] = defaultdict(list)
    for split in terms.splits:
        by_product[split.product_id].append(split)
    if not by_product:
        yield Fault("the contract's payees", "no payee", "a payee")
    for product_id, splits in by_product.items():
        of = "the contract" if product_id is None else f"product {product_id}"
        payees = [split.payee_id for split in splits]
        if len(set(payees)) < len(payees):
            yield Fault("the payees' shares", f"a payee of {of} twice", "each payee once")
        shares, weights = sum(split.share_percent for split in splits), sum(split.weight for split in splits)
        if abs(shares - _WHOLE) > _LAST_PLACE * len(splits):
            yield Fault("the payees' shares", f"the shares of {of} make {'more' if shares > _WHOLE else 'less'} than 100 %", "100 % in all")
        elif any(split.weight < 0 or split.share_percent < 0 for split in splits) or weights <= 0:
            yield Fault("the payees' shares", f"a share of {of} below nought", "shares from 0 to 100 %")
        elif any(abs(split.share_percent * weights - split.weight * _WHOLE) > _tolerance(split) * weights for split in splits):
            yield Fault("the payees' shares", f"the weights of {of} contradict its shares", "the same parts in weights and in per cent")


def _tolerance(split: Split) -> Decimal:
    """A share may differ from its weight, which is exact, by its last decimal, and by no more than a hundredth of a percent."""
    return min(Decimal(1).scaleb(min(int(split.share_percent.as_tuple().exponent), 0)), Decimal("0.01"))
