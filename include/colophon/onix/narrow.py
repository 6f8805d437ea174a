"""Where a written record says that its title may be sold: read from it, and made less. The rest of it stays as it was sent."""

import json
import re
from typing import Any

from colophon.onix.build import sales_rights
from colophon.onix.codelists import CodeLists
from colophon.onix.elements import rights_elements
from colophon.onix.json_feed import FOR_SALE_TYPES, is_withdrawn, territories
from colophon.onix.overlay import each_part, value_of
from colophon.onix.profile import Profile
from colophon.onix.record_sales import Territory
from colophon.onix.tags import TagPairs, tag_pairs
from colophon.onix.territory import Saleable, express, intersection, resolve
from colophon.onix.tree import territory_element
from colophon.onix.write import written


def offered(content: bytes, profile: Profile, lists: CodeLists) -> frozenset[str] | None:
    """Places for which a record offers its title; None where it is no record in this recipient's words, or does not say."""
    if profile.format == "json":
        members = _members(content)
        if is_withdrawn(members):
            return frozenset()
        said = members.get("territories")
        return None if said is None else resolve(Territory(said["included"], countries_excluded=said["excluded"]), lists)
    text, pairs = content.decode(), tag_pairs(profile.release, profile.tags)
    start, end, _ = pairs["SalesRights"]
    parts = re.findall(f"{re.escape(start)}.*?{re.escape(end)}", text, re.DOTALL)
    sold, named = frozenset[str](), frozenset[str]()
    for part in parts:
        places = resolve(_territory(part, pairs), lists)
        named |= places
        sold |= places if value_of(part, pairs["SalesRightsType"][0]) in FOR_SALE_TYPES else frozenset()
    if value_of(text, pairs["ROWSalesRightsType"][0]) in FOR_SALE_TYPES:
        sold |= lists.countries - named
    return sold if parts else None


def narrowed(content: bytes, places: frozenset[str], profile: Profile, lists: CodeLists) -> bytes:
    """A record that offers its title (`offered` knows where), offering it in these places alone, and supplied there."""
    rights, rest = sales_rights(Saleable(places, is_known=True), lists)
    if profile.format == "json":
        included, excluded = territories(rights, rest)
        told = _members(content) | {"territories": {"included": included, "excluded": excluded}}
        return json.dumps(told, sort_keys=True, ensure_ascii=False).encode()
    pairs = tag_pairs(profile.release, profile.tags)
    names = ("SalesRights", "ROWSalesRightsType", "Market", "Territory", "ProductSupply", "Price")
    right, row, market, area, supply, cost = (pairs[name] for name in names)
    all_rights = f"{re.escape(right[0])}.*{re.escape(right[1])}(?:{re.escape(row[0])}[^<]*{re.escape(row[1])})?"
    text = re.sub(all_rights, lambda _: written(rights_elements(rights, rest), profile), content.decode(), count=1, flags=re.DOTALL)

    def supplied(part: str) -> str:
        if market[0] not in part:
            return part if places else ""
        left = intersection(resolve(_territory(part.partition(market[1])[0], pairs), lists), places)

        def priced(price: str) -> str:
            if area[0] not in price:
                return price
            holds = intersection(resolve(_territory(price, pairs), lists), left)
            new = "" if holds == left else written([territory_element(express(holds, lists))], profile)
            return each_part(price, area[0], area[1], lambda _: new) if holds else ""

        sold = each_part(part, cost[0], cost[1], priced)
        if not left or (cost[0] in part and cost[0] not in sold):
            return ""
        new = written([territory_element(express(left, lists))], profile)
        # What restricts sales in the market stays with it.
        return each_part(sold, market[0], market[1], lambda said: each_part(said, area[0], area[1], lambda _: new))

    return each_part(text, supply[0], supply[1], supplied).encode()


def _members(content: bytes) -> dict[str, Any]:
    """What a JSON record says; nothing where it is none."""
    try:
        found: dict[str, Any] = json.loads(content)
    except ValueError:
        return {}
    return found


def _territory(part: str, pairs: TagPairs) -> Territory:
    """The first territory in a part of a record."""
    lists = ("CountriesIncluded", "RegionsIncluded", "CountriesExcluded", "RegionsExcluded")
    return Territory(*(value_of(part, pairs[name][0]).split() for name in lists))
