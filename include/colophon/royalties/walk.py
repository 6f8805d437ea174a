"""One counting group walked in the order of E6, and the rows that come of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from colophon.royalties.escalator import Part, allocate, parts, tier_of
from colophon.royalties.placing import Placed, counts, row_key
from colophon.royalties.policy import EscalatorMode, Policy, Returns
from colophon.royalties.row import DIGEST_SIZE, RERATED, Count, CounterKey, Opening, Prior, Row, RowKey, Stock, line_hash, sort_key
from colophon.royalties.rules import Trigger, basis_of, measure_of

Item = tuple[int, int | None]
"""Product and list price."""


@dataclass(slots=True)
class Sum:
    """A row under way."""

    sold: int = 0
    returned: int = 0
    counted: int = 0
    basis_sum: int = 0
    value_sum: int = 0
    tier: int = 0
    line_count: int = 0
    digest: int = 0
    rule_ids: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)


class Book:
    """Rows under way: whole numbers are only added, nothing is rounded before the row is complete."""

    def __init__(self) -> None:
        self._sums: dict[RowKey, Sum] = defaultdict(Sum)

    def add(self, key: RowKey, placed: Placed, part: Part, units: int, basis: int, value: int, counted: int) -> None:
        """Post a part of a line."""
        tier, _ = part
        row = self._sums[key]
        row.sold += max(units, 0)
        row.returned += max(-units, 0)
        row.counted += counted
        row.basis_sum += basis
        row.value_sum += value
        row.tier = max(row.tier, tier)
        row.line_count += 1
        row.digest = (row.digest + line_hash(placed.line.id)) % DIGEST_SIZE
        row.rule_ids.add(f"{placed.rule.id}@{placed.rule.version}")
        row.sources.add(placed.line.source)

    def rerate(self, prior: Prior, rate: int, tier: int) -> None:
        """Pay an earlier basis again, by the difference of its rates (E8)."""
        row = self._sums[prior.key._replace(kind=RERATED, rate=rate - prior.paid)]
        row.basis_sum += prior.basis_sum
        row.tier = max(row.tier, tier)
        row.rule_ids.add(prior.rule_id)

    def rows(self) -> tuple[Row, ...]:
        """All rows, in key order."""
        return tuple(
            Row(
                key=key,
                sold=row.sold,
                returned=row.returned,
                counted=row.counted,
                basis_sum=row.basis_sum,
                value_sum=row.value_sum,
                tier=row.tier,
                line_count=row.line_count,
                line_digest=row.digest,
                rule_ids=tuple(sorted(row.rule_ids)),
                sources=tuple(sorted(row.sources)),
            )
            for key, row in sorted(self._sums.items(), key=lambda item: sort_key(item[0]))
        )


class Walk:
    """One counting group, line by line in the order of E6."""

    def __init__(self, key: CounterKey, opening: Opening, stock: Mapping[Item, Stock], policy: Policy, book: Book) -> None:
        self.key = key
        self.prior: tuple[Prior, ...] = opening.prior.get(key, ())
        self.stock = {item: [list(pair) for pair in held] for item, held in stock.items()}
        self._opening, self._policy, self._book = opening, policy, book
        self._before = self.counter = opening.counters.get(key, 0)
        self._tiers: Counter[int] = Counter()
        self._bounds: tuple[int, ...] = ()

    def run(self, lines: Sequence[Placed]) -> "Walk":
        """Post all lines of the group."""
        ordered = sorted(lines, key=lambda one: (one.line.sold_on, one.line.id))
        self._bounds = together(one.rule.bounds for one in ordered)
        waiting: list[Placed] = []
        for placed in ordered:
            measured, counted = self._measured(placed)
            if placed.rule.mode is EscalatorMode.WHOLE:
                waiting.append(placed)
            else:
                self._post(placed, measured, counted=counted)
        self._whole_amount(waiting)
        return self

    @property
    def count(self) -> Count:
        """What the counter did. Where returns unwind, tiers hold what the counter says, whatever rules were in force before."""
        size = max([len(self._bounds), *self._tiers]) + 1
        known = None if self._policy.returns is Returns.UNWIND else self._opening.standing.get(self.key)
        opened = known or filled(self._bounds, self._before)
        tiers = tuple(self._tiers[tier] for tier in range(size))
        standing = tuple(self._tiers[tier] + (opened[tier] if tier < len(opened) else 0) for tier in range(max(size, len(opened))))
        return Count(key=self.key, before=self._before, after=self.counter, tiers=tiers, standing=standing)

    def _measured(self, placed: Placed) -> tuple[list[Part], bool]:
        """The line's parts by the tiers of its rule, and whether it counts; moves the counter."""
        line, rule = placed.line, placed.rule
        measure = measure_of(rule, line)
        here = tier_of(self._bounds, self.counter)
        if not counts(rule, line, self._policy):
            return [(tier_of(rule.bounds, self.counter), measure)], False
        after = self.counter + measure
        if measure < 0 and self._policy.returns is Returns.CURRENT_RATE:
            found = [(here, measure)]
        elif self._policy.returns is Returns.ORIGINAL_SALE:
            found = self._by_stock(placed, measure, after)
        else:
            found = parts(self._bounds, self.counter, after)
        self.counter = after
        for tier, amount in found:
            self._tiers[tier] += amount
        return self._own(rule.bounds, found), True

    def _own(self, bounds: tuple[int, ...], found: list[Part]) -> list[Part]:
        """Parts by the group's tiers as parts by the tiers of one of its rules, which may be fewer."""
        if bounds == self._bounds:
            return found
        own: Counter[int] = Counter()
        for tier, amount in found:
            own[tier_of(bounds, self._bounds[tier - 1] + 1) if tier else 0] += amount
        return sorted(own.items())

    def _by_stock(self, placed: Placed, measure: int, after: int) -> list[Part]:
        """N3 ORIGINAL_SALE: a return takes back the newest sales of the same product and price that are not yet returned; where
        there are none, those of the product's other prices, then those of the group's other products. So N2 holds.
        """
        item = (placed.line.product_id, placed.line.list_price)
        if measure >= 0:
            found = parts(self._bounds, self.counter, after)
            # Copies that make up for returned ones which our books never saw sold are spent: they cannot come back as well.
            spent = min(after, 0) - min(self.counter, 0)
            for tier, amount in found:
                if kept := amount - spent:
                    self.stock.setdefault(item, []).append([tier, kept])
                spent = 0
            return found
        back: Counter[int] = Counter()
        left = -measure
        for held in self._held_first(item):
            while left and held:
                tier, amount = held[-1]
                taken = min(left, amount)
                back[tier] -= taken
                left -= taken
                held[-1][1] -= taken
                if not held[-1][1]:
                    held.pop()
        if left:  # sold before our books begin: as the counter stood
            for tier, amount in parts(self._bounds, after + left, after):
                back[tier] += amount
        return sorted(back.items())

    def _held_first(self, item: Item) -> list[list[list[int]]]:
        """What is not yet returned: of the same product and price, then of the product, then of all, the highest tier first."""

        def place(other: Item) -> tuple[bool, bool, int, int, int]:
            held = self.stock[other]
            return other != item, other[0] != item[0], -held[-1][0] if held else 0, other[0], other[1] or 0

        return [self.stock[other] for other in sorted(self.stock, key=place)]

    def _post(self, placed: Placed, measured: Sequence[Part], *, counted: bool) -> None:
        line, rule = placed.line, placed.rule
        bases = allocate(basis_of(rule, line), measured)
        values = allocate(line.value or 0, measured)
        copies = [amount for _, amount in measured] if rule.trigger is Trigger.UNITS else allocate(line.units, measured)
        for part, units, basis, value in zip(measured, copies, bases, values, strict=True):
            key = row_key(line, rule, placed.rates[part[0]], self._policy)
            self._book.add(key, placed, part, units, basis, value, part[1] if counted else 0)

    def _whole_amount(self, waiting: Sequence[Placed]) -> None:
        """E8: all copies at the rate of the tier that the counter reached, those of earlier periods by the difference."""
        now: dict[tuple[RowKey, str, tuple[int, ...]], Prior] = {}
        for prior in self.prior:
            tier = tier_of(prior.bounds, self.counter)
            rate = prior.rates[tier]
            if rate != prior.paid:
                self._book.rerate(prior, rate, tier)
            key = prior.key._replace(rate=rate)
            now[key, prior.rule_id, prior.rates] = _more(
                now.get((key, prior.rule_id, prior.rates)), prior.basis_sum, key, prior.rule_id, prior.bounds, prior.rates
            )
        for placed in waiting:
            line, rule = placed.line, placed.rule
            tier = tier_of(rule.bounds, self.counter)
            key = row_key(line, rule, placed.rates[tier], self._policy)
            counted = measure_of(rule, line) if counts(rule, line, self._policy) else 0
            basis = basis_of(rule, line)
            self._book.add(key, placed, (tier, counted), line.units, basis, line.value or 0, counted)
            name = f"{rule.id}@{rule.version}"
            now[key, name, placed.rates] = _more(now.get((key, name, placed.rates)), basis, key, name, rule.bounds, placed.rates)
        self.prior = tuple(now.values())


def together(ladders: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """The tiers of a counting group: the thresholds of all its rules."""
    return tuple(sorted({bound for bounds in ladders for bound in bounds}))


def filled(bounds: tuple[int, ...], counter: int) -> tuple[int, ...]:
    """What each tier holds when only the counter is known."""
    held = dict(parts(bounds, 0, counter))
    return tuple(held.get(tier, 0) for tier in range(len(bounds) + 1))


def _more(old: Prior | None, basis: int, key: RowKey, rule_id: str, bounds: tuple[int, ...], rates: tuple[int, ...]) -> Prior:
    total = basis + (old.basis_sum if old else 0)
    return Prior(key=key, rule_id=rule_id, bounds=bounds, rates=rates, basis_sum=total, paid=key.rate)
