"""Working days and hours, by imprint: calendars.yaml. Holidays are the library's; an imprint without a calendar has the publisher's `default`.

calendar = context.config.calendars.of(work.imprint)
calendar.working_days(today, due_on)      # 2
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from colophon.domain.nearest import nearest

MOST_DAYS = 400
"""So far working days are counted: what is due later is due in so many."""
YEARS = range(1800, 9000)
"""Years of days that are meant: what is before or after them stands for none."""
LISTED = (1980, 2100)
"""Years whose working days are listed; days of others are looked at one by one."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Calendar(_Part):
    """Where people work: `country` with its part (`subdiv`), as the library `holidays` calls them, and the kinds of holidays that hold there.

    `closed` are further days, `open` names of holidays on which the house works. People may be disturbed from `start` to `end`, in `tz`.
    """

    tz: str
    country: str
    subdiv: str | None = None
    categories: tuple[str, ...] = ()
    closed: tuple[date, ...] = ()
    open: tuple[str, ...] = ()
    start: time = time(8)
    end: time = time(19)
    _span: tuple[int, int, Sequence[int]] = PrivateAttr(default=(0, 0, ()))

    @field_validator("start", "end", mode="before")
    @classmethod
    def _of_minutes(cls, given: object) -> object:
        """YAML takes 19:00 without quotes for a number of minutes."""
        return time(given // 60, given % 60) if isinstance(given, int) and 0 <= given < 24 * 60 else given

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        """A country that nobody knows has no holidays: people would be told on each of them."""
        try:
            ZoneInfo(self.tz)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"tz: there is no time zone {self.tz!r}") from None
        _check(self.country, self.subdiv, self.categories)
        if self.start >= self.end:
            raise ValueError("start: it has to be before end")
        return self

    def is_working(self, day: date) -> bool:
        """Whether the house works on a day."""
        if day.weekday() >= 5 or day in self.closed:
            return False
        return _holidays(self.country, self.subdiv, self.categories).get(day) in {None, *self.open}

    def working_days(self, since: date, until: date) -> int:
        """How many working days lie between: 0 on the day, 1 on the working day before it; below 0 where it is over.

        A day on which nobody works counts as the last working day before it.
        """
        if abs((until - since).days) > MOST_DAYS:
            return MOST_DAYS if until > since else -MOST_DAYS
        if known := self._listed(since, until):
            return bisect_right(known, until.toordinal()) - bisect_right(known, since.toordinal())
        start, end = self.last_working(since), self.last_working(until)
        days = (min(start, end) + timedelta(days=number + 1) for number in range(abs((end - start).days)))
        count = sum(map(self.is_working, days))
        return count if end >= start else -count

    def moved(self, day: date, count: int) -> date:
        """The day so many working days later, or earlier where they are below nothing; a day that stands for none (the year 9999) itself."""
        if day.year not in YEARS:
            return day
        known = self._listed(day, day) if abs(count) <= MOST_DAYS else ()
        if known and count:
            at = bisect_right(known, day.toordinal()) - 1 + count if count > 0 else bisect_left(known, day.toordinal()) + count
            return date.fromordinal(known[at])
        step = 1 if count > 0 else -1
        for _ in range(abs(count)):
            day += timedelta(days=step)
            while not self.is_working(day):
                day += timedelta(days=step)
        return day

    def _listed(self, first: date, last: date) -> Sequence[int]:
        """Working days, as ordinals, so that counting is a look: those of all years in which two days lie, and two years around; empty for far years."""
        low, high = min(first, last).year - 2, max(first, last).year + 3
        if low < LISTED[0] or high > LISTED[1]:
            return ()
        since, until, known = self._span
        if not known or low < since or high > until:
            since, until = (min(low, since), max(high, until)) if known else (low, high)
            days = map(date.fromordinal, range(date(since, 1, 1).toordinal(), date(until, 1, 1).toordinal()))
            known = [day.toordinal() for day in days if self.is_working(day)]
            self._span = (since, until, known)
        return known

    def last_working(self, day: date) -> date:
        """The day, or the last working day before it."""
        return next((each for each in (day - timedelta(days=back) for back in range(MOST_DAYS)) if self.is_working(each)), day)

    def day_of(self, moment: datetime) -> date:
        """The day that it is there."""
        return moment.astimezone(ZoneInfo(self.tz)).date()

    def midnight_after(self, moment: datetime) -> datetime:
        """When the next day begins there."""
        return datetime.combine(self.day_of(moment) + timedelta(days=1), time(), ZoneInfo(self.tz))

    def next_open(self, moment: datetime, hours: tuple[time, time] | None = None, zone: str = "") -> datetime:
        """The moment, or the next one at which people may be disturbed; `hours` and `zone` are somebody's own. Aware UTC."""
        start, end = hours or (self.start, self.end)
        here = moment.astimezone(ZoneInfo(zone or self.tz))
        for _ in range(MOST_DAYS):
            if self.is_working(here.date()) and here.time() < end:
                opens = here.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
                return max(here, opens).astimezone(UTC)
            here = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return moment


class Calendars(_Part):
    """Calendars by name, and which one an imprint has; `default` is for all others."""

    calendars: dict[str, Calendar]
    default: str
    imprints: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _are_there(self) -> Self:
        """An imprint by a calendar that there is not would work on holidays."""
        for key, name in [("default", self.default), *((f"imprints.{imprint}", name) for imprint, name in self.imprints.items())]:
            if name not in self.calendars:
                raise ValueError(f"{key}: {nearest(name, self.calendars, 'calendar')}")
        return self

    def of(self, imprint: str | None) -> Calendar:
        """The calendar of an imprint."""
        return self.calendars[self.imprints.get(imprint or "", self.default)]


@cache
def _holidays(country: str, subdiv: str | None, categories: tuple[str, ...]) -> Mapping[date, Any]:
    """Names by day; years are made when they are asked for."""
    import holidays

    found: Mapping[date, Any] = holidays.country_holidays(country, subdiv=subdiv, categories=categories or None)
    return found


@cache
def _check(country: str, subdiv: str | None, categories: tuple[str, ...]) -> None:
    """See that the library has holidays of a place. Raises ValueError with what was most likely meant."""
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        near = get_close_matches(country, known, n=1)
        raise ValueError(f"country: no holidays are known of {country!r}" + (f"; did you mean {near[0]}?" if near else ""))
    if subdiv is not None and subdiv not in known[country]:
        near = get_close_matches(subdiv, known[country], n=1)
        said = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known[country])}" if known[country] else ""
        raise ValueError(f"subdiv: {country} has no part {subdiv!r}{said}")
    try:
        holidays.country_holidays(country, subdiv=subdiv, categories=categories or None)
    except ValueError as problem:
        raise ValueError(f"categories: {' '.join(str(problem).split())}") from None
