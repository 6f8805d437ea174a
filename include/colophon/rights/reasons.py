"""Why a cell is open or closed: clauses that hold for some countries, channels and days, and reasons for people."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

FIRST_DAY, LAST_DAY = date.min.toordinal(), date.max.toordinal()
"""A clause without a beginning or an end; days are ordinals, so that the day after the last one exists."""

# The order in which a person would ask.
STEPS = ("record", "head contract", "for sale", "licence", "embargo")


LACKING = frozenset(
    {
        *("no_contract", "nothing_granted", "contract_unknown", "contract_unreadable", "grant_unreadable", "unreadable", "unknown_format"),
        *("unknown_contracts", "unknown_grants", "unknown_deals", "unknown_for_sale"),
    }
)
"""Codes of reasons that close because a record is missing or cannot be read: with it, it might be open."""


class Step(NamedTuple):
    """From day `first` (an ordinal) on, until the next step, these countries are open."""

    first: int
    countries: int


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One link of the chain: `step` is the place in `STEPS`, `records` the subjects that it rests on."""

    step: int
    code: str
    sentence: str
    records: tuple[str, ...]
    is_against: bool = False


class Clause(NamedTuple):
    """A reason with its reach: a bit for each country, the channels (None: all), the days from `first` to `last` inclusive."""

    reason: Reason
    countries: int
    channels: frozenset[str] | None = None
    first: int = FIRST_DAY
    last: int = LAST_DAY

    def reaches(self, channel: str) -> bool:
        """Whether it is about a channel, given as `channel_key` gives it."""
        return self.channels is None or channel in self.channels

    def covers(self, country: int, channel: str, day: int) -> bool:
        """Whether it holds for a cell on a day."""
        return bool(self.countries & country) and self.first <= day <= self.last and self.reaches(channel)


def against(step: str, code: str, sentence: str, *records: str) -> Reason:
    """A reason that closes."""
    return Reason(STEPS.index(step), code, sentence, tuple(sorted(records)), is_against=True)


def in_favour(step: str, code: str, sentence: str, *records: str) -> Reason:
    """A reason that opens, or explains why nothing closes."""
    return Reason(STEPS.index(step), code, sentence, tuple(sorted(records)))


def channel_key(channel: str) -> str:
    """Channels are free text; case and surrounding blanks do not tell them apart."""
    return channel.strip().casefold()


def ordinal(on: date | None, default: int) -> int:
    """A day as a number, or `default` for no day."""
    return default if on is None else on.toordinal()


def until(last: int) -> str:
    """The end of a period in words."""
    return "without end" if last >= LAST_DAY else f"until {date.fromordinal(last)}"
