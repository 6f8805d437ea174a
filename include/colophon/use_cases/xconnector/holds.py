"""What each recipient has of a title now: on sale, closed, or never had. The one place that says so."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from colophon.blocks.ids import SYNDICATION
from colophon.domain.delivery_states import CLOSED, IN_FLIGHT, IN_PART, RANK, UNKNOWN, WAITING

ON_SALE, IS_CLOSED, NEVER_HAD = "on sale", "closed", "never had"


class Row(Protocol):
    """A delivery as the ledger or the desk has it."""

    @property
    def use_case(self) -> str:
        """Which use case sent it."""

    @property
    def destination(self) -> str:
        """To whom."""

    @property
    def revision(self) -> int:
        """Rises with each content."""

    @property
    def state(self) -> str:
        """What became of it."""

    @property
    def as_of(self) -> datetime:
        """As of when it was planned."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Small facts for people."""


class Holds(NamedTuple):
    """`what` a recipient has; `since` it was told so. `why` it is closed. `is_sure`: it took it. `comes`: what waits to go to it."""

    recipient: str
    what: str
    since: datetime | None = None
    why: str = ""
    is_sure: bool = True
    comes: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        why = f" ({self.why})" if self.why else ""
        since = f" since {self.since:%Y-%m-%d}" if self.since else ""
        doubt = "" if self.is_sure else "; nobody knows whether it arrived"
        comes = f"; will be {self.comes}" if self.comes and self.comes != self.what else ""
        return f"{self.what}{why}{since}{doubt}{comes}"


def holds(rows: Iterable[Row], recipients: Collection[str] = ()) -> list[Holds]:
    """By a title's deliveries, for each recipient that they name or that is given, in alphabetical order."""
    by_recipient: dict[str, list[Row]] = {name: [] for name in recipients}
    for row in rows:
        if row.use_case == SYNDICATION:
            by_recipient.setdefault(row.destination, []).append(row)
    return [_held_by(name, sorted(found, key=lambda row: -row.revision)) for name, found in sorted(by_recipient.items())]


def _held_by(recipient: str, newest_first: list[Row]) -> Holds:
    comes = next((_says(row) for row in newest_first if row.state == WAITING), "")
    for row in newest_first:
        if row.state in RANK or row.state in {IN_FLIGHT, UNKNOWN}:
            what = _says(row)
            why = row.labels.get(CLOSED, "") if what == IS_CLOSED else ""
            return Holds(recipient, what, row.as_of, why, row.state in RANK, comes)
    return Holds(recipient, NEVER_HAD, comes=comes)


def _says(row: Row) -> str:
    return ON_SALE if row.labels.get(CLOSED, IN_PART) == IN_PART else IS_CLOSED
