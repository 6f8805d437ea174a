"""Territories of grants and licences as bits. What is not known counts against us: a grant shrinks by it, a licence grows."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import NamedTuple

from colophon.rights.atlas import Atlas


class Places(NamedTuple):
    """Countries of a territory, and the codes that kept it from being read as it stands."""

    countries: int
    unknown: tuple[str, ...]


def granted(atlas: Atlas, included: tuple[str, ...], excluded: tuple[str, ...], sisters: Iterable[tuple[str, ...]]) -> Places:
    """Whole countries that a grant gives for certain. ROW is the world less what it excludes and what its sister grants name.

    ROW that is the rest of nothing, or of codes that cannot be read, gives nothing, and so does a grant with such exclusions.
    """
    named, denied = atlas.reach(included), atlas.reach(excluded)
    if denied.unknown:
        return Places(0, (*named.unknown, *denied.unknown))
    countries, away = named.whole, denied.touched
    if "ROW" in excluded:
        away |= atlas.world & ~named.whole
    if "ROW" in included:
        others = [atlas.reach(codes) for codes in sisters]
        elsewhere = reduce(or_, (reach.touched for reach in others), 0)
        if any(reach.unknown for reach in others) or not elsewhere | denied.touched | named.touched:
            return Places(countries & ~away, (*named.unknown, "ROW"))
        countries |= atlas.world & ~elsewhere
    return Places(countries & ~away, named.unknown)


def licensed(atlas: Atlas, included: tuple[str, ...], excluded: tuple[str, ...]) -> Places:
    """Countries that a licence may reach: all that are not certainly outside it."""
    named, denied = atlas.reach(included), atlas.reach(excluded)
    places = atlas.world if named.unknown else named.touched
    away = denied.whole
    if "ROW" in excluded:
        away |= atlas.world & ~places
    countries = (atlas.world if "ROW" in included else places) & ~away
    if not countries:  # a licence for nowhere was not meant so
        return Places(places or atlas.world, (*named.unknown, *denied.unknown, *excluded))
    return Places(countries, (*named.unknown, *denied.unknown))


def opens_nothing(codes: Iterable[str]) -> str:
    """That a territory names parts of countries, for a sentence about what names them; empty where it names none."""
    parts = sorted(code for code in codes if "-" in code)
    return (
        f"names {', '.join(parts)}, and what holds in a part of a country alone opens nothing: it is sold by whole countries"
        if parts
        else ""
    )
