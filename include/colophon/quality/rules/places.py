"""Places of a territory, quickly, for nearly every record says WORLD; and whether two prices hold in one place and on one day."""

from datetime import date

from colophon.onix import territory
from colophon.onix.codelists import CodeLists
from colophon.onix.record import OnixProduct
from colophon.onix.record_sales import Price, ProductSupply, Territory

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


def meet(lists: CodeLists, near: ProductSupply, one: Price, far: ProductSupply, other: Price) -> bool:
    """Whether two prices hold in one place; where neither price nor supply says where, they may."""
    here, there = one.territory or near.market, other.territory or far.market
    if here is there or here is None or there is None:
        return True
    return bool(territory.intersection(territory.resolve(here, lists), territory.resolve(there, lists)))


def overlap(one: Price, other: Price) -> bool:
    """Whether two prices hold on the same day; no day means for ever."""
    begin = max(one.from_on or date.min, other.from_on or date.min)
    end = min(one.until_on or date.max, other.until_on or date.max)
    return begin <= end
