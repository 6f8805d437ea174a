"""Places of a territory, quickly: nearly every record says WORLD."""

from colophon.onix import territory
from colophon.onix.codelists import CodeLists
from colophon.onix.record import OnixProduct
from colophon.onix.record_sales import Territory

SALEABLE = frozenset({"01", "02", "07", "08"})
"""List 46: rights to sell."""


def places_of(where: Territory, lists: CodeLists) -> frozenset[str]:
    """The same as `territory.resolve`; the whole world is not counted out country by country."""
    if where.regions_included == ["WORLD"] and not (where.countries_included or where.countries_excluded or where.regions_excluded):
        return lists.countries
    return territory.resolve(where, lists)


def sold_in(record: OnixProduct, lists: CodeLists) -> frozenset[str]:
    """Where a record says that the product may be sold."""
    resolved = [(each.rights_type, places_of(each.territory, lists)) for each in record.sales_rights]
    sold = frozenset[str]().union(*(places for rights_type, places in resolved if rights_type in SALEABLE))
    if record.row_sales_rights_type in SALEABLE:
        sold |= lists.countries.difference(*(places for _, places in resolved))
    return sold
