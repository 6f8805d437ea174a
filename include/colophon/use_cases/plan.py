"""What every use case's `plan` gets and gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.errors import BadRecordError
from colophon.ledger import Intent, LatestDelivery


class History(Protocol):
    """What the ledger knows of earlier deliveries."""

    def __call__(self, destination: str, subjects: Iterable[str]) -> Mapping[str, LatestDelivery]:
        """Latest delivery to a destination, by subject; subjects that it never got are absent."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a plan is asked: judged at `as_of` (aware UTC), with the run's form values in `params`."""

    as_of: datetime
    config: Config
    params: Mapping[str, Any]
    history: History


@dataclass(slots=True)
class Plan:
    """A batch's decisions.

    `judged` names, by destination, every subject that was looked at, so that exceptions whose fault is gone can close.
    `facts` are partial quality figures of the batch.
    """

    intents: list[Intent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judged: dict[str, list[str]] = field(default_factory=dict)
    figures: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read: changed since a moment (None: everything), or the ISBNs named."""

    since: datetime | None
    isbns: tuple[str, ...] | None

    def __str__(self) -> str:
        """For the task's log."""
        if self.isbns is not None:
            return f"with {len(self.isbns)} ISBNs"
        return f"changed since {self.since:%Y-%m-%d %H:%M} UTC, and the overlap" if self.since else "all"


def check_sums(counts: Mapping[str, Mapping[str, int]], read: int) -> None:
    """Each destination's new, unchanged, stale and refused add up to what was read.

    :raises BadRecordError: they do not; titles would be lost.
    """
    for destination, count in counts.items():
        total = sum(count.get(word, 0) for word in ("new", "unchanged", "stale", "refused"))
        if total != read:
            raise BadRecordError(
                f"{destination}: the plan speaks of {total} products, {read} were read",
                subject=destination,
                remedy="Do not clear; keep the log and call a developer: titles would be lost.",
            )
