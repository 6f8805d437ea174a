"""S: amounts: with tax and without, in money of today, beside what was sent last and what books cost."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from colophon.onix.prior import PriceKey
from colophon.onix.record_sales import Price
from colophon.quality.rule import Case, E, Fault, W, rule
from colophon.quality.rules.places import meet, overlap
from colophon.quality.rules.supply import details, prices_of

SLIP, JUMP = Decimal(20), Decimal(3)
"""So many times the last price, or the last one so many times this: a decimal point slipped, or somebody should look."""
MOST_TAX = Decimal("1.5")
"""A price with tax is less than so many times the one without: no country's tax is as high."""
WITH_AND_WITHOUT = {
    "02": "01",
    "04": "03",
    "07": "05",
    "09": "08",
    "12": "11",
    "14": "13",
    "17": "15",
    "22": "21",
    "24": "23",
    "27": "25",
    "34": "33",
    "42": "41",
}
"""List 58: price types that include tax, and the same ones without it."""
_FIRST_EUROS = "ATS BEF DEM ESP FIM FRF GRD IEP ITL LUF NLG PTE"
_LATER_EUROS = {
    "SIT": date(2007, 1, 15),
    "CYP": date(2008, 2, 1),
    "MTL": date(2008, 2, 1),
    "SKK": date(2009, 1, 17),
    "EEK": date(2011, 1, 15),
    "LVL": date(2014, 1, 15),
    "LTL": date(2015, 1, 16),
    "HRK": date(2023, 1, 15),
    "BGN": date(2026, 2, 1),
}
_OTHERS = (
    "AFA:AFN ANG:XCG BGL:EUR BYR:BYN CSD:RSD CUC:CUP GHC:GHS GWP:XOF MGF:MGA MRO:MRU ROL:RON RUR:RUB SDD:SDG SLL:SLE SRG:SRD STD:STN TMM:TMT "
    "TPE:USD TRL:TRY VEB:VES VEF:VES YUM:RSD ZMK:ZMW ZWD:ZWG ZWL:ZWG"
)
RETIRED = {
    **{code: ("EUR", date(2002, 3, 1)) for code in _FIRST_EUROS.split()},
    **{code: ("EUR", day) for code, day in _LATER_EUROS.items()},
    **{pair[:3]: (pair[4:], date(2025, 7, 1)) for pair in _OTHERS.split()},
}
"""List 96: currencies that buy nothing any more, what took their place, and the day from which that is so; of some, when it was long so."""
ALIKE = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "USD"})
"""Currencies of which one is never worth three of another."""
LEAST, MOST = Decimal("0.50"), Decimal(900)
"""Between these a book's price in one of them lies."""


@rule("S11", E, "A price with tax is not below the one without", "Correct the price, or its type.", "ours")
def tax_adds(case: Case) -> Iterator[Fault]:
    """The same price, said twice: the one that includes tax is the higher one."""
    for whole, bare in _with_and_without(case):
        if whole.amount and bare.amount and whole.amount < bare.amount:
            found = f"{whole.amount} with and {bare.amount} {bare.currency} without tax"
            yield Fault("PriceAmount", found, "the price with tax at least as high")


@rule("S11a", W, "A price with tax is above the one without by a tax", "Correct the price that is wrong; a decimal point slipped.", "ours")
def tax_adds_little(case: Case) -> Iterator[Fault]:
    """No tax makes half as much again of a price."""
    for whole, bare in _with_and_without(case):
        if whole.amount and bare.amount and whole.amount > bare.amount * MOST_TAX:
            yield Fault(
                "PriceAmount", f"{whole.amount} with and {bare.amount} {bare.currency} without tax", "prices that differ by the tax alone"
            )


@rule("S12", E, "A price is in money that buys something", "Give the price in the currency of today.", "ours")
def money_of_today(case: Case) -> Iterator[Fault]:
    """Currencies of which another one took the place."""
    for _, price in prices_of(case):
        new, ended = RETIRED.get(price.currency, ("", date.max))
        if new and not (price.until_on and price.until_on < ended) and case.on >= ended:
            yield Fault("CurrencyCode", price.currency, f"{new}, which took its place before {ended.isoformat()}")


@rule("S16", W, "A price is one that books have", "See whether a decimal point slipped.", "ours")
def usual_price(case: Case) -> Iterator[Fault]:
    """By itself, and beside the title's prices in other currencies."""
    told = {(price.currency, price.amount) for _, price in prices_of(case) if price.amount and price.currency in ALIKE}
    for currency, amount in sorted(told):
        others = sorted(other for its, other in told if its != currency)
        beside = [other for other in others if not 1 / SLIP < amount / other < SLIP]
        if beside or not LEAST <= amount <= MOST:
            yield Fault("PriceAmount", f"{amount} {currency}", f"about {beside[0]}, as in other money" if beside else f"{LEAST} to {MOST}")


_BY_HAND = "Correct the price. If it is right, send the title by hand (mode list)."


@rule("S13", E, "A price is no slip of the decimal point against the last one sent", _BY_HAND, "ours")
def slipped(case: Case) -> Iterator[Fault]:
    """Twenty times as much as was sent last, or a twentieth; looked at where the record differs from that."""
    yield from _jumps(case, SLIP, None)


@rule("S13a", W, "A price does not jump against the last one sent", "See whether the new price is right.", "ours")
def jumped(case: Case) -> Iterator[Fault]:
    """Three times as much as was sent last, or a third."""
    yield from _jumps(case, JUMP, SLIP)


def _jumps(case: Case, least: Decimal, below: Decimal | None) -> Iterator[Fault]:
    for _, price in prices_of(case):
        sent = _last_sent(case, price)
        if not price.amount or price.amount <= 0 or not sent:
            continue
        ratio, before = min((max(price.amount / amount, amount / price.amount), amount) for amount in sent)
        if ratio >= least and (below is None or ratio < below):
            yield Fault("PriceAmount", f"{price.amount} {price.currency}", f"about {before} {price.currency}, as was sent last")


def _last_sent(case: Case, price: Price) -> tuple[Decimal, ...]:
    """Amounts of the same price as it was sent last, on whatever days."""
    if not case.prior.prices:
        return ()
    qualifiers = dict.fromkeys((price.qualifier or "", ""))  # an event names none
    found = (case.prior.prices.get(PriceKey(price.price_type, qualifier, price.currency)) for qualifier in qualifiers)
    return next((amounts for amounts in found if amounts), ())


def _with_and_without(case: Case) -> Iterator[tuple[Price, Price]]:
    """Each price that includes tax, and the same one without, where both hold."""
    for supply, detail in details(case):
        alike: dict[object, list[Price]] = {}
        for price in detail.prices:
            alike.setdefault((price.price_type, price.currency, price.qualifier), []).append(price)
        for whole in detail.prices:
            for bare in alike.get((WITH_AND_WITHOUT.get(whole.price_type), whole.currency, whole.qualifier), ()):
                if overlap(whole, bare) and meet(case.lists, supply, whole, supply, bare):
                    yield whole, bare
