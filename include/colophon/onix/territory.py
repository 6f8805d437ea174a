"""Territories: countries of List 91 and regions of List 49 as plain sets, so that they can be compared and intersected.

A set holds country codes, and codes such as GB-SCT for a part of a country that stands alone. WORLD and ROW are
resolved before comparing. A code that is unknown is reported, never ignored.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from colophon.domain.product import Product
from colophon.onix.codelists import WITHDRAWN, CodeLists
from colophon.onix.record_sales import Territory

_EURO = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"  # since 2026-01-01
EUROZONE = frozenset(_EURO.split())


@dataclass(frozen=True, slots=True)
class Saleable:
    """Where a product may be sold; `is_known` is false when nothing was recorded, and then nothing is saleable.

    `why_not` says why not elsewhere, where rights close it; `lacks_record` that some of it may be closed only because a record of rights is missing or unreadable.
    """

    places: frozenset[str]
    is_known: bool
    unknown_codes: tuple[str, ...] = ()
    why_not: str = ""
    lacks_record: bool = False

    def within(self, countries: Collection[str], why_not: str, *, lacks_record: bool = False) -> "Saleable":
        """The same in those countries alone in which rights allow it; what is said of a part of a country does not open it."""
        return Saleable(
            _both(self.places, tuple(countries)),
            is_known=True,
            unknown_codes=self.unknown_codes,
            why_not=why_not,
            lacks_record=lacks_record,
        )


@lru_cache(maxsize=1024)
def _both(places: frozenset[str], countries: tuple[str, ...]) -> frozenset[str]:
    return places.intersection(countries)


def saleable(product: Product, lists: CodeLists) -> Saleable:
    """As `saleable_by`, for a product's own sets: what the publisher wants, of which rights allow a part or nothing."""
    return saleable_by(product.for_sale, product.not_for_sale, lists, worldwide=product.is_for_sale_worldwide)


def wish_in_codes(product: Product) -> str:
    """Where the publisher wants a product sold, for people: `GB, DE` or `WORLD - US`. Whether it may be is the rights engine's answer."""
    wish = "WORLD" if product.is_for_sale_worldwide else few_codes(product.for_sale)
    return f"{wish} - {few_codes(product.not_for_sale)}" if wish and product.not_for_sale else wish


def few_codes(codes: Sequence[str], most: int = 8) -> str:
    """Codes for people, the others counted."""
    return ", ".join(codes[:most]) + (f" +{len(codes) - most}" if len(codes) > most else "")


@lru_cache(maxsize=1024)
def saleable_by(for_sale: tuple[str, ...], not_for_sale: tuple[str, ...], lists: CodeLists, *, worldwide: bool | None) -> Saleable:
    """Places of the for-sale set that are not in the not-for-sale set; ROW in either means all that neither names."""
    world = lists.countries
    named, unknown = expand(for_sale, lists)
    denied, unknown_denied = expand(not_for_sale, lists)
    allowed = world | named if worldwide or "WORLD" in for_sale else named
    if "ROW" in for_sale:
        allowed |= world - denied
    if "ROW" in not_for_sale:
        denied |= world - named
    if "WORLD" in not_for_sale:
        denied |= allowed
    is_known = bool(for_sale or not_for_sale or worldwide)
    return Saleable(without(allowed, denied), is_known, (*unknown, *unknown_denied))


def resolve(territory: Territory, lists: CodeLists) -> frozenset[str]:
    """Places that a territory covers."""
    included, _ = expand((*territory.countries_included, *territory.regions_included), lists)
    excluded, _ = expand((*territory.countries_excluded, *territory.regions_excluded), lists)
    return without(included, excluded)


@lru_cache(maxsize=1024)
def expand(codes: tuple[str, ...], lists: CodeLists) -> tuple[frozenset[str], tuple[str, ...]]:
    """Places that codes stand for, and the codes that no list knows. ROW depends on the others and is left to the caller.

    A country that is no more is known, and no place to sell anything.
    """
    places: set[str] = set()
    unknown = []
    for code in codes:
        if code == "WORLD":
            places |= lists.countries
        elif code == "ECZ":
            places |= EUROZONE
        elif code in lists.countries or code in lists.regions:
            places.add(code)
        elif code != "ROW" and code not in WITHDRAWN:
            unknown.append(code)
    return frozenset(places), tuple(unknown)


@lru_cache(maxsize=1024)
def without(places: frozenset[str], denied: frozenset[str]) -> frozenset[str]:
    """`places` less `denied`; denying a part of a country denies the country, for a set cannot say less than that."""
    left = places - denied - {_country(part) for part in _parts(denied)}
    return left - {part for part in _parts(left) if _country(part) in denied}


def is_inside(inner: Collection[str], outer: Collection[str]) -> bool:
    """Whether each place is in `outer`, or is a part of a country that is."""
    return all(place in outer or _country(place) in outer for place in inner)


@lru_cache(maxsize=1024)
def intersection(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Places in both; a part of a country meets its country in the part."""
    parts = {part for part in _parts(one ^ other) if _country(part) in (other if part in one else one)}
    return (one & other) | parts


def express(places: frozenset[str], lists: CodeLists) -> Territory:
    """The shorter way to say it: the countries one by one, or the world without some. Always in alphabetical order."""
    countries = places & lists.countries
    parts = sorted(place for place in places - countries if _country(place) not in countries)
    missing = lists.countries - countries
    if parts or len(missing) > len(countries):
        return Territory(countries_included=sorted(countries), regions_included=parts)
    return Territory(regions_included=["WORLD"], countries_excluded=sorted(missing))


def _parts(places: Iterable[str]) -> list[str]:
    return [place for place in places if "-" in place]


def _country(place: str) -> str:
    return place.partition("-")[0]


@lru_cache(maxsize=256)
def countries_of(markets: tuple[tuple[str, ...], ...], lists: CodeLists) -> tuple[frozenset[str], ...]:
    """The places of each market; ROW is what no other one names."""
    named = [expand(codes, lists)[0] for codes in markets]
    rest = lists.countries.difference(*named)
    return tuple(places | rest if "ROW" in codes else places for codes, places in zip(markets, named, strict=True))
