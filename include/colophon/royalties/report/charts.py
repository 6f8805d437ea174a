"""Bars and steps as geometry in whole pixels; the template draws them as SVG. No amount is rounded for the text beside a bar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from colophon.royalties.statement.wording import amount

WIDTH = 420
"""Pixels of the widest bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` and `width` from the left edge of the plot; `kind` is `plus`, `minus` or `sum`."""

    label: str
    text: str
    x: int
    width: int
    kind: str


def bars(named: Sequence[tuple[str, int]], currency: str) -> tuple[Bar, ...]:
    """Each amount as a bar from a common zero line, amounts below zero to its left."""
    low, high = min([0, *(minor for _, minor in named)]), max([0, *(minor for _, minor in named)])
    place = _scale(low, high)
    return tuple(_bar(label, minor, currency, place(min(minor, 0)), place(max(minor, 0))) for label, minor in named)


def steps(named: Sequence[tuple[str, int]], total: str, currency: str) -> tuple[Bar, ...]:
    """Amounts that lead to their sum, each beginning where the one before ended; those of nothing are left out but for the first."""
    taken = [pair for place, pair in enumerate(named) if pair[1] or place == 0]
    ends = [0]
    for _, minor in taken:
        ends.append(ends[-1] + minor)
    place = _scale(min(ends), max(ends))
    found = [
        _bar(label, minor, currency, place(min(before, after)), place(max(before, after)))
        for (label, minor), before, after in zip(taken, ends, ends[1:], strict=False)
    ]
    last = ends[-1]
    whole = _bar(total, last, currency, place(min(last, 0)), place(max(last, 0)))
    return (*found, Bar(whole.label, whole.text, whole.x, whole.width, "sum"))


def first(named: Sequence[tuple[str, int]], most: int, others: str) -> tuple[tuple[str, int], ...]:
    """The first entries, and all others as one, so that the bars add up to the whole."""
    rest = named[most:]
    return (*named[:most], *(((others.format(len(rest)), sum(minor for _, minor in rest)),) if rest else ()))


def _bar(label: str, minor: int, currency: str, left: int, right: int) -> Bar:
    return Bar(label, amount(minor, currency), left, max(right - left, 1), "minus" if minor < 0 else "plus")


def _scale(low: int, high: int) -> Callable[[int], int]:
    span = max(high - low, 1)
    return lambda minor: (minor - low) * WIDTH // span
