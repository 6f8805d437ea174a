"""What was decided about one product in one format: for a cell with reasons, for all countries as steps over time."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.atlas import Atlas
from colophon.rights.reasons import FIRST_DAY, LAST_DAY, Clause, Reason, Step, against, channel_key


@dataclass(frozen=True, slots=True)
class Decision:
    """One cell on one day, with the chain of reasons in the order in which a person would ask."""

    subject: str
    format: RightsFormat | None
    country: str
    channel: str
    on: date
    is_open: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """Days (inclusive) over which a cell is open or closed for the same reasons; None: without beginning or end."""

    from_on: date | None
    until_on: date | None
    is_open: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Availability:
    """All cells of one product in one format. `grants` open, `bars` close, `notes` explain, `misses` say why a grant never opens."""

    subject: str
    format: RightsFormat | None
    atlas: Atlas = field(compare=False, repr=False)
    grants: tuple[Clause, ...] = ()
    bars: tuple[Clause, ...] = ()
    notes: tuple[Clause, ...] = ()
    misses: tuple[Reason, ...] = ()
    findings: tuple[Finding, ...] = ()

    def shut(self, why: str) -> Self:
        """The same, closed for all of time, in every country and channel, whatever its records say."""
        bar = Clause(against("record", "shut", why, self.subject), self.atlas.world)
        return replace(self, bars=(bar, *self.bars))

    def steps(self, channel: str) -> list[Step]:
        """Open countries as steps over time, each different from the one before; the first begins with time itself."""
        key = channel_key(channel)
        grants = [clause for clause in self.grants if clause.channels is None or key in clause.channels]
        bars = [clause for clause in self.bars if clause.channels is None or key in clause.channels]
        days = {FIRST_DAY}
        for clauses in (grants, bars):
            for clause in clauses:
                days.add(clause.first)
                days.add(clause.last + 1)
        days.discard(LAST_DAY + 1)
        made: list[Step] = []
        for day in sorted(days):
            countries = _covered(grants, day)
            if countries:
                countries &= ~_covered(bars, day)
            if not made or made[-1].countries != countries:
                made.append(Step(day, countries))
        return made

    def open_countries(self, channel: str, on: date) -> tuple[str, ...]:
        """Countries in which it may be sold through a channel on a day, in alphabetical order."""
        return self.atlas.names(self.open_bits(channel, on))

    def open_bits(self, channel: str, on: date) -> int:
        """As `open_countries`, as bits of the atlas."""
        key, day = channel_key(channel), on.toordinal()
        grants, bars = ([c for c in clauses if c.reaches(key)] for clauses in (self.grants, self.bars))
        return _covered(grants, day) & ~_covered(bars, day)

    def is_open(self, country: str, channel: str, on: date) -> bool:
        """Whether the cell is open on a day.

        :raises BadRecordError: List 91 has no such country.
        """
        return bool(self.open_bits(channel, on) & self.atlas.bit(country))

    def explain(self, country: str, channel: str, on: date) -> Decision:
        """The decision about a cell on a day with all its reasons. Raises as `is_open`."""
        is_open, reasons = self._decide(country, self.atlas.bit(country), channel_key(channel), on.toordinal())
        return Decision(self.subject, self.format, country, channel, on, is_open, reasons)

    def hindrances(self, channel: str, first: date, last: date) -> list[tuple[Reason, int]]:
        """Why countries are not open on all of these days: reasons with their countries (bits), in the order in which a person would ask."""
        key, begins, ends = channel_key(channel), first.toordinal(), last.toordinal()
        whole = [c for c in self.grants if c.reaches(key) and c.first <= begins and c.last >= ends]
        lacking = self.atlas.world & ~_covered(whole, begins)
        found = [(reason, lacking) for reason in self.misses]
        for grant in self.grants:
            beyond = lacking & (~grant.countries if grant in whole else grant.countries)
            found.append((_miss(grant, "these countries", 0 if grant in whole else grant.countries, key, ends), beyond))
        found += [(c.reason, c.countries) for c in self.bars if c.reaches(key) and c.first <= ends and c.last >= begins]
        return [(reason, countries) for reason, countries in sorted(found) if countries]

    def timeline(self, country: str, channel: str) -> tuple[Interval, ...]:
        """All of time for a cell, in intervals of equal reasons. Raises as `is_open`."""
        bit, key = self.atlas.bit(country), channel_key(channel)
        clauses = [c for c in (*self.grants, *self.bars, *self.notes) if c.countries & bit and c.reaches(key)]
        days = sorted({FIRST_DAY, *(c.first for c in clauses), *(c.last + 1 for c in clauses)} - {LAST_DAY + 1})
        made: list[tuple[int, tuple[bool, tuple[Reason, ...]]]] = []
        for day in days:
            decided = self._decide(country, bit, key, day)
            if not made or made[-1][1] != decided:
                made.append((day, decided))
        ends = [first - 1 for first, _ in made[1:]] + [LAST_DAY]
        return tuple(Interval(_day(first), _day(end), *decided) for (first, decided), end in zip(made, ends, strict=True))

    def next_change(self, after: date, channels: Iterable[str]) -> date | None:
        """The first day after a day on which some cell of these channels opens or closes; None: never again."""
        days = (step.first for channel in channels for step in self.steps(channel) if step.first > after.toordinal())
        found = min(days, default=None)
        return None if found is None else date.fromordinal(found)

    def _decide(self, country: str, bit: int, channel: str, day: int) -> tuple[bool, tuple[Reason, ...]]:
        granted = [c.reason for c in self.grants if c.covers(bit, channel, day)]
        barred = [c.reason for c in self.bars if c.covers(bit, channel, day)]
        noted = [c.reason for c in self.notes if c.covers(bit, channel, day)]
        missed = [] if granted else [*self.misses, *(_miss(c, country, bit, channel, day) for c in self.grants)]
        return bool(granted) and not barred, tuple(sorted({*granted, *barred, *noted, *missed}))


def _covered(clauses: Iterable[Clause], day: int) -> int:
    countries = 0
    for clause in clauses:
        if clause.first <= day <= clause.last:
            countries |= clause.countries
    return countries


def _miss(clause: Clause, country: str, bit: int, channel: str, day: int) -> Reason:
    """Why a grant does not reach a cell on a day."""
    if not clause.countries & bit:
        why = f"not in {country}"
    elif not clause.reaches(channel):
        why = f"not through {channel}"
    elif clause.first > clause.last:
        why = "and never is in force"
    elif day > clause.last:
        why = f"and ended on {date.fromordinal(clause.last)}"
    else:
        why = f"and begins on {date.fromordinal(clause.first)}"
    return against("head contract", "not_granted", f"{clause.reason.sentence}, {why}", *clause.reason.records)


def _day(day: int) -> date | None:
    return None if day in {FIRST_DAY, LAST_DAY} else date.fromordinal(day)
