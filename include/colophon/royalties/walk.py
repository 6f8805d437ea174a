"""One counting group walked in the order of E6, and the rows that come of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from colophon.royalties.placing import Placed, counts, row_key
from colophon.royalties.policy import EscalatorMode, Policy, Returns, Trigger
from colophon.royalties.row import DIGEST_SIZE, RERATED, CounterKey, Opening, Prior, Row, RowKey, line_hash, sort_key
from colophon.royalties.rules import basis_of, measure_of
from colophon.royalties.tiered_counter import Part, SaleType, allocate, tier_of


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

    def __init__(self, key: CounterKey, opening: Opening, lines: Sequence[Placed], policy: Policy, book: Book) -> None:
        self.key = key
        self.prior: tuple[Prior, ...] = opening.prior.get(key, ())
        self._lines = sorted(lines, key=lambda one: (one.line.sold_on, one.line.id))
        self._policy, self._book = policy, book
        self.counter = opening.counter(key)

    def run(self) -> "Walk":
        """Post all lines of the group."""
        waiting: list[Placed] = []
        for placed in self._lines:
            measured, counted = self._measured(placed)
            if placed.rule.mode is EscalatorMode.WHOLE:
                waiting.append(placed)
            else:
                self._post(placed, measured, counted=counted)
        self._whole_amount(waiting)
        return self

    def _measured(self, placed: Placed) -> tuple[list[Part], bool]:
        """The line's parts by the tiers of its rule, and whether it counts; moves the counter."""
        line, rule = placed.line, placed.rule
        measure = measure_of(rule, line)
        if not counts(rule, line, self._policy):
            return [(tier_of(rule.bounds, self.counter.value), measure)], False
        price = line.list_price if self._policy.returns is Returns.ORIGINAL_SALE else None
        own = SaleType(line.product_id, line.masterchannel or "", price)
        return self.counter.move(own, rule.bounds, measure, at_current_rate=self._policy.returns is Returns.CURRENT_RATE), True

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
            tier = tier_of(prior.bounds, self.counter.value)
            rate = prior.rates[tier]
            if rate != prior.paid:
                self._book.rerate(prior, rate, tier)
            key = prior.key._replace(rate=rate)
            now[key, prior.rule_id, prior.rates] = _more(
                now.get((key, prior.rule_id, prior.rates)), prior.basis_sum, key, prior.rule_id, prior.bounds, prior.rates
            )
        for placed in waiting:
            line, rule = placed.line, placed.rule
            tier = tier_of(rule.bounds, self.counter.value)
            key = row_key(line, rule, placed.rates[tier], self._policy)
            counted = measure_of(rule, line) if counts(rule, line, self._policy) else 0
            basis = basis_of(rule, line)
            self._book.add(key, placed, (tier, counted), line.units, basis, line.value or 0, counted)
            name = f"{rule.id}@{rule.version}"
            now[key, name, placed.rates] = _more(now.get((key, name, placed.rates)), basis, key, name, rule.bounds, placed.rates)
        self.prior = tuple(now.values())


def _more(old: Prior | None, basis: int, key: RowKey, rule_id: str, bounds: tuple[int, ...], rates: tuple[int, ...]) -> Prior:
    total = basis + (old.basis_sum if old else 0)
    return Prior(key=key, rule_id=rule_id, bounds=bounds, rates=rates, basis_sum=total, paid=key.rate)
