"""Places of a territory, quickly: nearly every record says WORLD."""

from colophon.onix import territory
from colophon.onix.codelists import CodeLists
from colophon.onix.record import Territory


def places_of(where: Territory, lists: CodeLists) -> frozenset[str]:
    """The same as `territory.resolve`; the whole world is not counted out country by country."""
    if where.regions_included == ["WORLD"] and not (where.countries_included or where.countries_excluded or where.regions_excluded):
        return lists.countries
    return territory.resolve(where, lists)
