"""Rows as columns: a few numbers each until somebody reads them, since there may be millions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from colophon.royalties.row import SALES, Row, RowKey
from colophon.royalties.rules import Rule

BLOCK = 10_000
COLUMNS = (
    *("product_id", "format", "channel", "territory", "rate", "price", "currency", "rule", "source"),
    *("sold", "returned", "counted", "basis_sum", "value_sum", "tier", "line_count", "digest"),
)


class RowTable(Sequence[Row]):
    """Rows in key order, each made when it is read; equal to any sequence of the same rows.

    :param columns: arrays by the names in `COLUMNS`; `rule` is a place in `numbered`. :param several: rules and sources, by place,
        of the rows that have more than one.
    """

    def __init__(
        self, columns: Mapping[str, Any], numbered: Sequence[Rule], several: Mapping[int, tuple[Sequence[int], Sequence[str]]]
    ) -> None:
        self._columns = [columns[name] for name in COLUMNS]
        self._numbered, self._several = numbered, several
        self._names: dict[int, tuple[str, ...]] = {}
        self._sources: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._columns[0])

    def __iter__(self) -> Iterator[Row]:
        """All of them, a block at a time."""
        for start in range(0, len(self), BLOCK):
            yield from self._rows(start, min(start + BLOCK, len(self)))

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, place: int | slice) -> Row | tuple[Row, ...]:
        """One row, or several."""
        if isinstance(place, slice):
            return tuple(self[own] for own in range(len(self))[place])
        start = range(len(self))[place]
        return next(self._rows(start, start + 1))

    def __eq__(self, other: object) -> bool:
        """Whether the rows are the same, whatever they are kept in."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(Row.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # as a list

    def _rows(self, start: int, stop: int) -> Iterator[Row]:
        columns = [list(column[start:stop]) if hasattr(column, "categories") else column[start:stop].tolist() for column in self._columns]
        for place, values in enumerate(zip(*columns, strict=True), start):
            product, form, channel, territory, rate, price, currency, number, source, *sums = values
            sold, returned, counted, basis_sum, value_sum, tier, line_count, digest = sums
            rule = self._numbered[number]
            rules, sources = self._several.get(place, ((number,), (source,)))
            yield Row(
                key=RowKey(rule.contract_id, product, form, channel, territory, SALES, rule.basis, rule.keep, rate, price, currency),
                sold=sold,
                returned=returned,
                counted=counted,
                basis_sum=basis_sum,
                value_sum=value_sum,
                tier=tier,
                line_count=line_count,
                line_digest=digest,
                rule_ids=self._named(number) if len(rules) == 1 else tuple(sorted({name for own in rules for name in self._named(own)})),
                sources=self._sources.setdefault(source, (source,)) if len(sources) == 1 else tuple(sorted(sources)),
            )

    def _named(self, number: int) -> tuple[str, ...]:
        if number not in self._names:
            rule = self._numbered[number]
            self._names[number] = (f"{rule.id}@{rule.version}",)
        return self._names[number]
