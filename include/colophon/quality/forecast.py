"""What it takes to reach the share that a scheme wants: which fields to fill, those that make most titles complete first."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import NamedTuple

from colophon.onix.fields import FIELDS
from colophon.quality.figures import ALONE, FIELD
from colophon.quality.schemes import Criterion

EVERYTHING = 100
"""Per cent that count where a scheme does not say how much it wants."""


class Step(NamedTuple):
    """A field: `alone` titles lack nothing else and are complete with it, `lacking` lack it. `is_enough`: with this step and those before, the share is reached."""

    field: str
    alone: int
    lacking: int
    share: float
    is_enough: bool


class Forecast(NamedTuple):
    """How many titles more must be complete, and the way there; `steps` is empty where none lacks anything or the share is reached."""

    titles: int
    steps: Sequence[Step]


def forecast(criterion: Criterion, sums: Mapping[str, tuple[int, int]]) -> Forecast:
    """From the figures of a week, (met, of) by name."""
    met, of = sums.get(criterion.id, (0, 0))
    needed = max(0, ceil((criterion.wanted or EVERYTHING) * of / 100) - met)
    if not needed:
        return Forecast(0, ())
    counted = []
    for field in criterion.fields:
        has, asked = sums.get(f"{criterion.id}{FIELD}{field}", (0, 0))
        alone, _ = sums.get(f"{criterion.id}{ALONE}{field}", (0, 0))
        if asked > has:
            counted.append((field, alone, asked - has))
    steps, complete = [], met
    for field, alone, without in sorted(counted, key=lambda row: (-row[1], -row[2], row[0])):
        complete += alone
        steps.append(Step(FIELDS[field].name, alone, without, round(100 * complete / of, 1), complete >= met + needed))
    return Forecast(needed, steps)
