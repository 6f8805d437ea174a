"""What the rights engine says of all products of a run, as a decision asks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from colophon.domain.finding import Finding
from colophon.rights.last_known import is_closing_only
from colophon.rights.status import RightsStatus, by_isbn


@dataclass(frozen=True, slots=True)
class RightsSnapshot:
    """Where products may be sold, by ISBN; one that it lacks may be sold nowhere.

    `findings`: what is wrong with the records. `only`: ISBNs that the run is about; None: all.
    """

    products: Mapping[str, RightsStatus] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    only: frozenset[str] | None = None

    @property
    def closes_only(self) -> bool:
        """Whether the facts are not of today, so that nothing may be opened by them."""
        return is_closing_only(self.findings)


def snapshot(products: Iterable[RightsStatus], findings: Iterable[Finding] = (), only: frozenset[str] | None = None) -> RightsSnapshot:
    """The snapshot of some products. Of two with one ISBN neither is known, and that is a finding."""
    known, twice = by_isbn(products)
    return RightsSnapshot(known, tuple(dict.fromkeys([*findings, *twice])), only)
