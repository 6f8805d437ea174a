"""Escalators: how a change of a counter falls on the tiers, and how a line's amount follows it."""

from bisect import bisect_left
from collections.abc import Sequence

from colophon.royalties.whole_numbers import PPM, toward_zero

Part = tuple[int, int]
"""Tier (0 is the lowest) and how much of the counter's change falls on it; negative where a return unwinds it."""


def tier_of(bounds: Sequence[int], counter: int) -> int:
    """The tier that the counter stands in: the threshold unit itself belongs to the lower one (E1, E2)."""
    return bisect_left(bounds, counter)


def parts(bounds: Sequence[int], before: int, after: int) -> list[Part]:
    """The change from `before` to `after` tier by tier (E1); tier 0 is open below zero, the last one above (N3, N4).

    A change of nothing is a part of nothing in the tier where the counter stands.
    """
    if before == after:
        return [(tier_of(bounds, before), 0)]
    low, high = min(before, after), max(before, after)
    sign = 1 if after > before else -1
    found: list[Part] = []
    for tier in range(tier_of(bounds, low + 1), tier_of(bounds, high) + 1):
        floor = low if tier == 0 else max(low, bounds[tier - 1])
        ceiling = high if tier == len(bounds) else min(high, bounds[tier])
        found.append((tier, sign * (ceiling - floor)))
    return found


def earned(bounds: Sequence[int], rates: Sequence[int], counter: int) -> int:
    """F(c), in ppm times the counter's unit: what all units up to the counter have earned per unit of basis (section 3)."""
    return sum(rates[tier] * amount for tier, amount in parts(bounds, 0, counter))


def allocate(basis: int, measured: Sequence[Part]) -> list[int]:
    """A line's basis, split as its count is, in whole numbers; the remainder goes to the lowest tier (E10)."""
    whole = sum(amount for _, amount in measured)
    if len(measured) == 1 or whole == 0:
        return [basis, *[0] * (len(measured) - 1)]
    sign = 1 if whole > 0 else -1
    upper = [toward_zero(basis * amount * sign, abs(whole)) for _, amount in measured[1:]]
    return [basis - sum(upper), *upper]


def combined(base: int, rate: int, how: str) -> int:
    """An escalator's rate after the rate before it: in its place, added, or as a percentage of it."""
    if how == "ADD":
        return base + rate
    return (base * rate + PPM // 2) // PPM if how == "MULTIPLY" else rate
