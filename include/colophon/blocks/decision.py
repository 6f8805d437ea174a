"""What a use case's decision gets and gives."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.errors import BadRecordError
from colophon.ledger import Intent, Judgement, LatestDelivery
from colophon.rights.standing import Standing


class History(Protocol):
    """What the ledger knows of earlier deliveries."""

    def __call__(self, destination: str, subjects: Iterable[str]) -> Mapping[str, LatestDelivery]:
        """Latest delivery to a destination, by subject; subjects that it never got are absent."""


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a decision is asked: judged at `as_of` (aware UTC), with the run's form values in `params`.

    `since`: the moment up to which an earlier run has judged. For messages to people: `delivery_class` is what the messaging system
    makes of a repeat, and `is_reached` says whether a person (a key of the recipient directory) has a device.

    `rights`: what the rights engine says, by subject; a subject that it lacks may be sold nowhere.
    """

    as_of: datetime
    config: Config
    params: Mapping[str, Any]
    history: History
    since: datetime | None = None
    delivery_class: str = "A"
    is_reached: Callable[[str], bool] = lambda _person: True
    rights: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """A batch's decisions.

    `judged` names, by destination and in the words of the intents' subjects, everything that was looked at: what it names and no
    intent wants is withdrawn, and its exceptions that were not found again close. `settled`: those of them that need nothing.
    `figures` are partial quality figures of the batch.
    """

    intents: list[Intent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judged: dict[str, list[str]] = field(default_factory=dict)
    settled: dict[str, list[str]] = field(default_factory=dict)
    figures: Sequence[Any] = ()

    def judgements(self, *, everything: Collection[str] = ()) -> dict[str, Judgement]:
        """What the ledger is to enter, by destination. `everything`: destinations of which all there is was looked at."""
        return {
            name: Judgement(
                intents=[intent for intent in self.intents if intent.destination == name],
                findings=[finding for finding in self.findings if finding.blocks == name],
                subjects=subjects,
                settled=self.settled.get(name, ()),
                is_everything=name in everything,
            )
            for name, subjects in self.judged.items()
        }


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
    """Each destination's new, unchanged, stale, refused and withdrawn add up to what was read.

    :raises BadRecordError: they do not; titles would be lost.
    """
    for destination, count in counts.items():
        total = sum(count.get(word, 0) for word in ("new", "unchanged", "stale", "refused", "withdrawn"))
        if total != read:
            raise BadRecordError(
                f"{destination}: the plan speaks of {total} products, {read} were read",
                subject=destination,
                remedy="Do not clear; keep the log and call a developer: titles would be lost.",
            )
