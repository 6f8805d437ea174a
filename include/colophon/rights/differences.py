"""What opens and what closes between two states; closing stands before opening."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from colophon.domain.rights_deal import RightsFormat
from colophon.errors import BadRecordError
from colophon.rights.availability import Availability, Step
from colophon.rights.reasons import FIRST_DAY


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

    :raises BadRecordError: the two are about different products, formats or issues of the code lists.
    """
    about = _common(before, after)
    return sorted(_timed(about, before, after, channels, since), key=_order) if about else []


def turned(before: Availability | None, then: date, after: Availability | None, now: date, channels: Iterable[str]) -> list[Change]:
    """What is otherwise on day `now` by the newer records than it was on day `then` by the older ones. Raises as `differences`."""
    about = _common(before, after)
    if about is None:
        return []
    made: list[Change] = []
    for channel in channels:
        was = before.open_bits(channel, then) if before else 0
        is_now = after.open_bits(channel, now) if after else 0
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


def _common(before: Availability | None, after: Availability | None) -> Availability | None:
    if before and after and (before.subject, before.format, before.atlas) != (after.subject, after.format, after.atlas):
        raise BadRecordError(
            f"{before.subject} in {before.format} cannot be compared with {after.subject} in {after.format}", subject=after.subject
        )
    return after or before


def _order(change: Change) -> tuple[bool, date, str, tuple[str, ...]]:
    return change.opens, change.from_on, change.channel, change.countries
