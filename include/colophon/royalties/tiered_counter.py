"""One counter with the sales above its lowest tier, so that a return comes back at the tier of sales of its own type (N2, N3)."""

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from colophon.royalties.escalator import Part, parts, tier_of


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
