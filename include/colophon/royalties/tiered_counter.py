"""Counters and their tiers: how a change of a counter falls on the tiers, and one that a return leaves at the tier of its own sales (N2, N3)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from colophon.royalties.rounding import PPM, toward_zero

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


def combined(base: int, rate: int, how: str) -> int:
    """An escalator's rate after the rate before it: in its place, added, or as a percentage of it."""
    if how == "ADD":
        return base + rate
    return (base * rate + PPM // 2) // PPM if how == "MULTIPLY" else rate


class SaleType(NamedTuple):
    """What a return has in common with the sales that it came from; the price where the policy looks at it."""

    product_id: int
    channel_group: str
    price: int | None = None


BEFORE_US = SaleType(0, "")
"""Copies of before our books: any return may be of them."""
Unreturned = tuple[tuple[SaleType, tuple[tuple[int, int], ...]], ...]
"""Of each type the copies above the lowest tier that have not come back, by the threshold that their tier begins after; of those of
before our books all, after nought."""


class TieredCounter:
    """The counter of a group, moved line by line.

    :param unreturned: as the last period left it; None: all that the counter has was sold before our books.
    """

    def __init__(self, before: int, unreturned: Unreturned | None) -> None:
        kept = {BEFORE_US: ((0, max(before, 0)),)} if unreturned is None else dict(unreturned)
        self.before = self.value = before
        self._before_us = sum(copies for _, copies in kept.pop(BEFORE_US, ()))
        self._upper = {own: Counter(dict(pairs)) for own, pairs in kept.items()}
        self._moved: Counter[int] = Counter()

    def move(self, own: SaleType, bounds: tuple[int, ...], measure: int, *, at_current_rate: bool = False) -> list[Part]:
        """Count a line under the thresholds of its rule; gives its parts by tier.

        What comes back is first of its own type above the lowest tier, then from before our books, then of the lowest tier, then of other
        sales: no tier takes back more than it sold.

        :param at_current_rate: a return has the tier that the counter stands in, whatever was sold in it.
        """
        if measure < 0 and not at_current_rate:
            found = self._back(own, bounds, -measure)
        else:
            found = [(tier_of(bounds, self.value), measure)] if measure < 0 else parts(bounds, self.value, self.value + measure)
            for tier, copies in found:
                if tier:
                    self._hold(own, bounds[tier - 1], copies)
        self.value += measure
        return found

    @property
    def tiers(self) -> tuple[int, ...]:
        """By how much each tier grew, the lowest first."""
        upper = [self._moved[floor] for floor in self._floors()]
        return (self.value - self.before - sum(upper), *upper)

    @property
    def standing(self) -> tuple[int, ...]:
        """What each tier holds, the lowest first."""
        upper = [sum(held[floor] for held in self._upper.values()) for floor in self._floors()]
        return (self.value - sum(upper), *upper)

    @property
    def unreturned(self) -> Unreturned:
        """What the next period opens with."""
        before_us = ((BEFORE_US, ((0, self._before_us),)),) if self._before_us else ()
        return before_us + tuple(
            (own, tuple(sorted(self._upper[own].items()))) for own in sorted(self._upper, key=_order) if self._upper[own]
        )

    def _floors(self) -> list[int]:
        return sorted({*self._moved, *(floor for held in self._upper.values() for floor in held)})

    def _hold(self, own: SaleType, floor: int, copies: int) -> None:
        held = self._upper.setdefault(own, Counter())
        held[floor] += copies
        if not held[floor]:
            del held[floor]
        self._moved[floor] += copies

    def _back(self, own: SaleType, bounds: tuple[int, ...], copies: int) -> list[Part]:
        back: Counter[int] = Counter()
        lowest = self.value - sum(sum(held.values()) for held in self._upper.values())
        left = self._taken([own], bounds, copies, back)
        before_us = min(self._before_us, lowest)
        if left and bounds and before_us > bounds[0]:
            self._before_us = max(before_us - left, bounds[0])
            for tier, part in parts(bounds, before_us, self._before_us):
                back[tier] += part
            left -= before_us - self._before_us
            lowest -= before_us - self._before_us
        of_lowest = min(left, max(lowest, 0))
        if of_lowest := of_lowest + self._taken(sorted(self._upper, key=_order), bounds, left - of_lowest, back):
            back[0] -= of_lowest
        return sorted(back.items())

    def _taken(self, types: Collection[SaleType], bounds: tuple[int, ...], copies: int, back: Counter[int]) -> int:
        """Take copies of some types from above the lowest tier, the highest first; gives how many are left to take."""
        floors = {floor for own in types if own in self._upper for floor in self._upper[own]} if copies else ()
        for floor in sorted(floors, reverse=True):
            for own in types:
                taken = min(copies, self._upper[own][floor])
                if taken > 0:
                    self._hold(own, floor, -taken)
                    back[tier_of(bounds, floor + 1)] -= taken
                    copies -= taken
        return copies


def _order(own: SaleType) -> tuple[int, str, int]:
    return own.product_id, own.channel_group, -1 if own.price is None else own.price


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
