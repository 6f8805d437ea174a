"""What every use case's `plan` gets and gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from colophon.config import Config
from colophon.domain.finding import Finding
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
