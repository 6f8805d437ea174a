"""Overlays: what one recipient wants otherwise than the standard. Applied to written products on their way into a message.

The master, and with it the digest that tells a change, never sees them; so a new overlay sends no title again by itself.
Text of ours is escaped or cleaned, so that a tag found in the bytes is always one that we wrote.
"""

import re
from collections.abc import Callable, Mapping

from colophon.onix.profile import Profile
from colophon.onix.tags import TagPairs, tag_pairs

Change = Callable[[str, Mapping[str, str], TagPairs], str]


def overlaid(product: bytes, profile: Profile) -> bytes:
    """One written product with the recipient's overlays, in the profile's order."""
    if not profile.overlays:
        return product
    pairs = tag_pairs(profile.release, profile.tags)
    text = product.decode()
    for overlay in profile.overlays:
        text = _CHANGES[overlay.name](text, overlay.values, pairs)
    return text.encode()


def free_price_as_zero(text: str, _values: Mapping[str, str], pairs: TagPairs) -> str:
    """A price that is free of charge becomes an amount of 0.00, which the schema forbids and Google Play asks for."""
    kind, amount = pairs["UnpricedItemType"], pairs["PriceAmount"]
    start, end = pairs["Price"][0], pairs["Price"][1]
    free, zero = f"{kind[0]}01{kind[1]}", f"{amount[0]}0.00{amount[1]}"
    return each_part(text, start, end, lambda price: price.replace(free, zero))


def drop_rights_types(text: str, values: Mapping[str, str], pairs: TagPairs) -> str:
    """Sales rights of types other than `values: {keep: "01 02 03"}` are left out."""
    keep = values.get("keep", "01 02 03").split()
    kind = pairs["SalesRightsType"][0]
    rest = pairs["ROWSalesRightsType"]
    text = each_part(text, pairs["SalesRights"][0], pairs["SalesRights"][1], lambda part: part if value_of(part, kind) in keep else "")
    return each_part(text, rest[0], rest[1], lambda part: part if value_of(part, rest[0]) in keep else "")


def map_publishing_status(text: str, values: Mapping[str, str], pairs: TagPairs) -> str:
    """Publishing statuses that the recipient does not know become the ones that it does: `values: {"07": "04"}`."""
    start, end, _ = pairs["PublishingStatus"]
    return each_part(text, start, end, lambda part: f"{start}{values.get(value_of(part, start), value_of(part, start))}{end}")


_CHANGES: dict[str, Change] = {
    "free_price_as_zero": free_price_as_zero,
    "drop_rights_types": drop_rights_types,
    "map_publishing_status": map_publishing_status,
}


def each_part(text: str, start: str, end: str, change: Callable[[str], str]) -> str:
    """The text with each element of ours, from start to end tag, changed."""
    return re.sub(f"{re.escape(start)}.*?{re.escape(end)}", lambda found: change(found[0]), text, flags=re.DOTALL)


def value_of(part: str, start: str) -> str:
    """What the first such element holds; empty where there is none."""
    return part.partition(start)[2].partition("<")[0]
