"""How long an open cell must hold: until the next run has had its chance to close it. The one place that says so."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import NamedTuple

from colophon.rights.reasons import FIRST_DAY, Step


class Days(NamedTuple):
    """The days (inclusive) over all of which a cell must be open to be shown as open."""

    first: date
    last: date


def days_to_hold(as_of: datetime, hours: int) -> Days:
    """From the day of a run (aware, by the clock that its days are told by) to that on which the next one, or a repeat of it, has had its chance.

    As many days as it is by that clock or by UTC, whichever are more: what follows rights may go by either.
    """
    ahead = max((moment + timedelta(hours=hours)).date() - moment.date() for moment in (as_of, as_of.astimezone(UTC)))
    return Days(as_of.date(), as_of.date() + ahead)


def held(steps: Sequence[Step], days: Days) -> tuple[Step, ...]:
    """Steps that close each cell early: what is open on a day stays open as long after it as `days` are long.

    What opens does not open earlier.
    """
    ahead = (days.last - days.first).days
    firsts = sorted({max(first, FIRST_DAY) for step in steps for first in (step.first - ahead, step.first)})
    ends = [step.first for step in steps[1:]]
    made: list[Step] = []
    for day in firsts:
        countries = reduce(and_, (step.countries for step, end in zip(steps, [*ends, None], strict=True) if _meet(step, end, day, ahead)))
        if not made or made[-1].countries != countries:
            made.append(Step(day, countries))
    return tuple(made)


def _meet(step: Step, end: int | None, day: int, ahead: int) -> bool:
    """Whether a step has one of the days from `day` on."""
    return step.first <= day + ahead and (end is None or end > day)
