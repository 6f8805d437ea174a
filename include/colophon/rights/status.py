"""What was decided about one product, small enough to be staged: its open countries over time, by channel."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.reasons import LAST_DAY, Step, channel_key
from colophon.rights.rules import broken

RUNNING = frozenset({"02", "04"})
"""Publishing statuses (List 64) of titles that may be promoted: forthcoming, active."""


_STEP = re.compile(r'\[(\d+),"')


@dataclass(frozen=True, slots=True)
class RightsStatus:
    """One product's open countries (bits of the atlas) as steps, by channel of the rights records; the first begins with time itself.

    `is_running`: the title is forthcoming or active. `closed_by`: why countries (bits) were not open when it was judged;
    `lacking`: those that are closed because a record is missing or cannot be read. `format`: what was asked about; None: the product's own.
    `until`: the first day (an ordinal) after that of the judgement on which a new one may be another; not staged.
    """

    subject: str
    isbn13: str
    work_id: int
    is_running: bool
    steps: Mapping[str, tuple[Step, ...]]
    closed_by: Mapping[str, int] = field(default_factory=dict)
    lacking: int = 0
    format: RightsFormat | None = None
    until: int = field(default=LAST_DAY, compare=False)

    def open_bits(self, channel: str, on: date) -> int:
        """Countries that are open on a day; none for a channel that nobody asked about."""
        countries, day = 0, on.toordinal()
        for step in self.steps.get(channel_key(channel), ()):
            if step.first > day:
                break
            countries = step.countries
        return countries

    def why_closed(self, countries: int) -> str:
        """Why some of these countries (bits) are closed, in the engine's words; empty where nothing was said of them."""
        return "; ".join(sentence for sentence, bits in self.closed_by.items() if bits & countries)

    def to_line(self) -> str:
        """One line of a staged batch."""
        steps = {channel: [[step.first, f"{step.countries:x}"] for step in found] for channel, found in self.steps.items()}
        closed_by = {sentence: f"{countries:x}" for sentence, countries in self.closed_by.items()}
        parts = [self.subject, self.isbn13, self.work_id, self.is_running, steps, closed_by, f"{self.lacking:x}", self.format]
        return json.dumps(parts, separators=(",", ":"))


def status_from(line: str) -> RightsStatus:
    """A standing of a staged batch; by the same issue of the code lists, for bits are places in its list of countries."""
    subject, isbn13, work_id, is_running, steps, closed_by, *more = json.loads(line)
    made = {channel: tuple(Step(first, int(countries, 16)) for first, countries in found) for channel, found in steps.items()}
    closed = {sentence: int(countries, 16) for sentence, countries in closed_by.items()}
    lacking = more[0] if more else "0"  # a line that an earlier release kept says less
    asked = more[1] if len(more) > 1 else None
    return RightsStatus(subject, isbn13, work_id, is_running, made, closed, int(lacking, 16), RightsFormat(asked) if asked else None)


def isbn_in(line: str) -> str:
    """The ISBN of a line's product, empty where it has none; without reading the line, which is long."""
    return line.split('"', 4)[3]


def days_in(line: str) -> Iterator[date]:
    """The first days of a line's steps; without reading it. Within a text of JSON such a quote is escaped."""
    return (date.fromordinal(int(first)) for first in _STEP.findall(line))


def by_isbn(standings: Iterable[RightsStatus]) -> tuple[dict[str, RightsStatus], list[Finding]]:
    """Standings by ISBN. Of two products with one ISBN neither is known; those without ISBN are nobody's."""
    found: dict[str, RightsStatus] = {}
    twice: set[str] = set()
    for standing in standings:
        if found.setdefault(standing.isbn13, standing) is not standing:
            twice.add(standing.isbn13)
    twice.discard("")
    known = {isbn: standing for isbn, standing in found.items() if isbn and isbn not in twice}
    return known, [broken("R2", f"isbn:{isbn}", "isbn13", "two products have it", "one product for each ISBN") for isbn in sorted(twice)]
