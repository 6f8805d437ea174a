"""Territories of grants and licences as bits. What is not known counts against us: a grant shrinks by it, a licence grows."""

from typing import NamedTuple

from colophon.rights.atlas import Atlas


class Places(NamedTuple):
    """Countries of a territory, and the codes that kept it from being read as it stands."""

    countries: int
    unknown: tuple[str, ...]


def granted(atlas: Atlas, included: tuple[str, ...], excluded: tuple[str, ...], named_elsewhere: int) -> Places:
    """Whole countries that a grant gives for certain. ROW is the world less what it excludes and what its sister grants name.

    ROW that is the rest of nothing gives nothing, and so does a grant whose exclusions cannot be read.
    """
    named, denied = atlas.reach(included), atlas.reach(excluded)
    if denied.unknown:
        return Places(0, (*named.unknown, *denied.unknown))
    countries, away = named.whole, denied.touched
    if "ROW" in excluded:
        away |= atlas.world & ~named.whole
    if "ROW" in included:
        others = named_elsewhere | denied.touched | named.touched
        if not others:
            return Places(0, ("ROW",))
        countries |= atlas.world & ~named_elsewhere
    return Places(countries & ~away, named.unknown)


def licensed(atlas: Atlas, included: tuple[str, ...], excluded: tuple[str, ...]) -> Places:
    """Countries that a licence may reach: all that are not certainly outside it."""
    named, denied = atlas.reach(included), atlas.reach(excluded)
    away = denied.whole
    if "ROW" in excluded:
        away |= atlas.world & ~named.touched
    everywhere = bool(named.unknown) or "ROW" in included
    countries = (atlas.world if everywhere else named.touched) & ~away
    if not countries:  # a licence for nowhere was not meant so
        return Places(named.touched or atlas.world, (*named.unknown, *denied.unknown, *excluded))
    return Places(countries, (*named.unknown, *denied.unknown))
