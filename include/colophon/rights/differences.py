"""What opens and what closes between two states; closing stands before opening."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from colophon.domain.rights_deal import RightsFormat
from colophon.errors import BadRecordError
from colophon.rights.availability import Availability
from colophon.rights.reasons import FIRST_DAY, Step


class Change(NamedTuple):
    """Cells that open or close, effective from a day until another, inclusive (None: without end)."""

    subject: str
    format: RightsFormat | None
    channel: str
    opens: bool
    from_on: date
    until_on: date | None
    countries: tuple[str, ...]


def differences(before: Availability | None, after: Availability | None, channels: Iterable[str], *, since: date) -> list[Change]:
    """What the newer records say otherwise than the older ones about days from `since` on. None: it did not exist, all closed.

    A product that changed its format or its ISBN closes under the old one and opens under the new one.

    :raises BadRecordError: the two were judged by different code lists.
    """
    wanted = tuple(channels)
    made = [change for about, old, new in _comparable(before, after) for change in _timed(about, old, new, wanted, since)]
    return sorted(made, key=_order)


def turned(before: Availability | None, then: date, after: Availability | None, now: date, channels: Iterable[str]) -> list[Change]:
    """What is otherwise on day `now` by the newer records than it was on day `then` by the older ones. As `differences` else."""
    made: list[Change] = []
    wanted = tuple(channels)
    for about, old, new in _comparable(before, after):
        for channel in wanted:
            was = old.open_bits(channel, then) if old else 0
            is_now = new.open_bits(channel, now) if new else 0
            made += _changes(about, channel, _Difference(was & ~is_now, is_now & ~was), now, None)
    return sorted(made, key=_order)


class _Difference(NamedTuple):
    closed: int
    opened: int


def _timed(
    about: Availability, before: Availability | None, after: Availability | None, channels: Iterable[str], since: date
) -> Iterator[Change]:
    start = since.toordinal()
    for channel in channels:
        old, new = (state.steps(channel) if state else [Step(FIRST_DAY, 0)] for state in (before, after))
        if old == new:
            continue
        first, held = start, _difference(old, new, start)
        for day in sorted({step.first for step in (*old, *new) if step.first > start}):
            found = _difference(old, new, day)
            if found != held:
                yield from _changes(about, channel, held, date.fromordinal(first), date.fromordinal(day - 1))
                first, held = day, found
        yield from _changes(about, channel, held, date.fromordinal(first), None)


def _difference(old: list[Step], new: list[Step], day: int) -> _Difference:
    was, is_now = _at(old, day), _at(new, day)
    return _Difference(was & ~is_now, is_now & ~was)


def _changes(about: Availability, channel: str, found: _Difference, from_on: date, until_on: date | None) -> Iterator[Change]:
    for opens, countries in ((False, found.closed), (True, found.opened)):
        if countries:
            yield Change(about.subject, about.format, channel, opens, from_on, until_on, about.atlas.names(countries))


def _at(steps: list[Step], day: int) -> int:
    countries = 0
    for step in steps:
        if step.first > day:
            break
        countries = step.countries
    return countries


def _comparable(
    before: Availability | None, after: Availability | None
) -> list[tuple[Availability, Availability | None, Availability | None]]:
    """The pairs to compare, each with the state that says whose cells they are."""
    if before is None or after is None:
        return [(state, before, after) for state in (before, after) if state is not None]
    if before.atlas is not after.atlas:
        raise BadRecordError("two states of rights were judged by different code lists", subject=after.subject, remedy="Judge both again.")
    if (before.subject, before.format) == (after.subject, after.format):
        return [(after, before, after)]
    return [(before, before, None), (after, None, after)]


def _order(change: Change) -> tuple[bool, date, str, tuple[str, ...]]:
    return change.opens, change.from_on, change.channel, change.countries
