"""Where a record that was sent says that its title may be sold, read as a recipient reads it."""

import json
from functools import cache

from lxml import etree
from rights_records import ATLAS

SHORT = {
    "salesrights": "SalesRights", "b089": "SalesRightsType", "x456": "ROWSalesRightsType", "x449": "CountriesIncluded",
    "x450": "RegionsIncluded", "x451": "CountriesExcluded", "x452": "RegionsExcluded",
}  # fmt: skip


@cache
def cells_of(content: bytes) -> int:
    """Countries (bits) that a record says it may be sold in."""
    if content.startswith(b"{"):
        said = json.loads(content).get("territories", {"included": [], "excluded": []})  # a title that is withdrawn has none
        return ATLAS.reach(tuple(said["included"])).touched & ~ATLAS.reach(tuple(said["excluded"])).whole
    sold, named = 0, 0
    rest = False
    for element in etree.fromstring(content).iter():
        tag = etree.QName(element).localname
        if SHORT.get(tag, tag) == "SalesRights":
            said = {
                SHORT.get(name, name): child.text.split()
                for child in element.iter()
                for name in [etree.QName(child).localname]
                if child.text
            }
            places = ATLAS.reach((*said.get("CountriesIncluded", []), *said.get("RegionsIncluded", []))).touched
            places &= ~ATLAS.reach((*said.get("CountriesExcluded", []), *said.get("RegionsExcluded", []))).whole
            named |= places
            sold |= places if said["SalesRightsType"] != ["03"] else 0
        elif SHORT.get(tag, tag) == "ROWSalesRightsType":
            rest = element.text != "03"
    return sold | (ATLAS.world & ~named if rest else 0)
