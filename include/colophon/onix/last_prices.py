"""Prices of a record as it was sent, read from it."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from colophon.onix.overlay import value_of
from colophon.onix.prior import PriceKey
from colophon.onix.profile import Profile
from colophon.onix.tags import tag_pairs


def prices_in(content: bytes, profile: Profile) -> Mapping[PriceKey, tuple[Decimal, ...]]:
    """Amounts above zero by type, qualifier and currency; none where it has none, or is no record in this recipient's words."""
    found: dict[PriceKey, tuple[Decimal, ...]] = {}
    for key, text in _json_prices(content) if profile.format == "json" else _onix_prices(content, profile):
        try:
            amount = Decimal(text)
        except InvalidOperation:
            continue
        if amount > 0:
            found[key] = (*found.get(key, ()), amount)
    return found


def _json_prices(content: bytes) -> list[tuple[PriceKey, str]]:
    try:
        prices = json.loads(content).get("prices", [])
    except ValueError:
        return []
    return [(PriceKey(price["type"], "", price["currency"]), price["amount"]) for price in prices]


def _onix_prices(content: bytes, profile: Profile) -> list[tuple[PriceKey, str]]:
    pairs = tag_pairs(profile.release, profile.tags)
    start, end, _ = pairs["Price"]
    names = ("PriceType", "PriceQualifier", "CurrencyCode", "PriceAmount")
    parts = re.findall(f"{re.escape(start)}.*?{re.escape(end)}", content.decode(errors="replace"), re.DOTALL)
    values = [[value_of(part, pairs[name][0]) for name in names] for part in parts]
    return [(PriceKey(kind, qualifier, currency), amount) for kind, qualifier, currency, amount in values]
