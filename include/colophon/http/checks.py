"""What a connection test looks at, and what all of them look at: whether our clock is near the system's."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple


class Check(NamedTuple):
    """One thing that a connection test looked at; that of the clocks is called `clock`. `sentence` is for the person who pressed Test."""

    name: str
    is_good: bool
    sentence: str


def ahead_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds by which `now`, our clock, is ahead of the header `Date` of an answer; None where that is missing or unreadable."""
    try:
        return (now - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (TypeError, ValueError):
        return None


def clock_check(ahead: float | None, most_s: float) -> Check:
    """Whether our clock, so many seconds ahead of theirs, is near enough."""
    if ahead is None:
        return Check("clock", True, "the server does not tell its time")
    return Check("clock", abs(ahead) <= most_s, f"the clocks differ by {abs(ahead):.0f} s, ours is {'ahead' if ahead >= 0 else 'behind'}")
