"""What was known last, for a run that cannot read how rights stand now. Such a run closes what has ended, and opens nothing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from colophon.domain.finding import Finding
from colophon.errors import ColophonError
from colophon.rights.facts import to_line, work_of
from colophon.rights.rules import NOT_OF_TODAY, broken


class Reading(NamedTuple):
    """Facts that an earlier run read: lines of batches; `works` whose facts these are (None: all)."""

    works: frozenset[int] | None
    batches: Iterable[Iterable[str]]


def not_of_today(problem: ColophonError, read_as_of: datetime) -> Finding:
    """The finding that a run goes by what an earlier one read."""
    found = f"{problem.code}; what was read {read_as_of:%Y-%m-%d %H:%M} UTC counts"
    expected = f"facts of today ({problem.sentence}); until then what ends is closed, and nothing is opened"
    return broken(NOT_OF_TODAY, "consonance", "facts", found, expected)


def merged(readings: Sequence[Reading], why: Finding) -> Iterator[Iterator[str]]:
    """Batches of what was known last: an older reading gives way to the newer ones of the same works. Oldest first.

    :param why: `not_of_today`; it stands in each batch.
    """
    for number, reading in enumerate(readings):
        newer = frozenset[int]().union(*(later.works or () for later in readings[number + 1 :]))
        for batch in reading.batches:
            left = iter(batch)
            head = next(left)
            yield chain([head, to_line(why)], (line for line in left if not newer or work_of(line) not in newer))
