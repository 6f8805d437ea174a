"""What the rights engine says of all products of a run, as a decision asks for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.rules import NOT_OF_TODAY
from colophon.rights.status import RightsStatus, by_isbn


@dataclass(frozen=True, slots=True)
class RightsSnapshot:
    """Where products may be sold, by ISBN; one that it lacks may be sold nowhere.

    Of several formats that were asked about, `products` has the first; `of` has each. `findings`: what is wrong with the records.
    `only`: ISBNs that the run is about; None: all.
    """

    products: Mapping[str, RightsStatus] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    only: frozenset[str] | None = None
    by_format: Mapping[RightsFormat | None, Mapping[str, RightsStatus]] = field(default_factory=dict)

    def of(self, asked: RightsFormat) -> Mapping[str, RightsStatus]:
        """The products' rights in a format; none where nobody asked about it."""
        return self.by_format.get(asked, {})

    @property
    def closes_only(self) -> bool:
        """Whether the facts are not of today, so that nothing may be opened by them."""
        return any(finding.rule == NOT_OF_TODAY for finding in self.findings)


def snapshot(products: Iterable[RightsStatus], findings: Iterable[Finding] = (), only: frozenset[str] | None = None) -> RightsSnapshot:
    """The snapshot of some products. Of two with one ISBN neither is known, and that is a finding."""
    groups, known, twice = (
        defaultdict[RightsFormat | None, list[RightsStatus]](list),
        dict[RightsFormat | None, Mapping[str, RightsStatus]](),
        list[Finding](),
    )
    for status in products:
        groups[status.format].append(status)
    for asked, statuses in groups.items():
        known[asked], found = by_isbn(statuses)
        twice += found
    return RightsSnapshot(next(iter(known.values()), {}), tuple(dict.fromkeys([*findings, *twice])), only, known)
