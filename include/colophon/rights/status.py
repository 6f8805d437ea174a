"""What was decided about one product, small enough to be staged: its open countries over time, by channel."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.atlas import Atlas
from colophon.rights.availability import Availability, Step
from colophon.rights.facts import Facts, closes_everything
from colophon.rights.hold import Days, held
from colophon.rights.judge import judge
from colophon.rights.reasons import channel_key
from colophon.rights.rules import broken

RUNNING = frozenset({"02", "04"})
"""Publishing statuses (List 64) of titles that may be promoted: forthcoming, active."""


@dataclass(frozen=True, slots=True)
class RightsStatus:
    """One product's open countries (bits of the atlas) as steps, by channel of the rights records; the first begins with time itself.

    `is_running`: the title is forthcoming or active. `closed_by`: why countries (bits) were not open when it was judged.
    """

    subject: str
    isbn13: str
    work_id: int
    is_running: bool
    steps: Mapping[str, tuple[Step, ...]]
    closed_by: Mapping[str, int] = field(default_factory=dict)

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
        return json.dumps([self.subject, self.isbn13, self.work_id, self.is_running, steps, closed_by], separators=(",", ":"))


def statuses_of(
    facts: Facts,
    atlas: Atlas,
    wanted: RightsFormat | None,
    channels: Iterable[str],
    embargoes: Mapping[str, date] = MappingProxyType({}),
    days: Days | None = None,
) -> tuple[list[RightsStatus], list[Finding]]:
    """The decisions about all products of some works, for some channels, and what is wrong with their records.

    :param wanted: another format than the products' own, such as a video about them. A kind of record that is not known at all
        is one finding, and not one for each product. :param embargoes: the first day of sale, by ISBN; it holds back the products
        themselves, and nothing about them. :param days: over which an open cell must hold; None: each day for itself.
    """
    keys = sorted({channel_key(channel) for channel in channels})
    made, findings = list[RightsStatus](), [*facts.unreadable, *unknown_to_all(facts)]
    unknown = {finding.field for finding in findings if finding.subject == "account"}
    for holding in facts.holdings(embargoes if wanted is None else {}):
        judged = judge(holding, atlas, wanted)
        findings += [f for f in judged.findings if not (f.rule == "R2" and f.field in unknown and f.subject == judged.subject)]
        made.append(status_of(holding.product, judged, keys, days))
    return made, list(dict.fromkeys(findings))


def status_of(product: Product, judged: Availability, channels: Iterable[str], days: Days | None = None) -> RightsStatus:
    """What was decided about one product, for some channels; `days` as in `statuses_of`."""
    steps = {channel_key(channel): tuple(judged.steps(channel)) for channel in channels}
    closed_by: dict[str, int] = {}
    if days is not None:
        steps = {key: held(found, days) for key, found in steps.items()}
        for key in steps:
            for sentence, countries in judged.hindrances(key, *days):
                closed_by[sentence] = closed_by.get(sentence, 0) | countries
    is_running = product.publishing_status in RUNNING
    return RightsStatus(judged.subject, product.isbn13 or "", product.work_id, is_running, steps, closed_by)


def unknown_to_all(facts: Facts) -> list[Finding]:
    """What closes every product, for nobody knows what it takes away: kinds of record that are missing, grants and licences of no known work."""
    missing = [name for name in ("contracts", "deals", "grants") if getattr(facts, name) is None]
    found = [broken("R2", "account", name, None, f"the {name} of all works, from the account or a report") for name in missing]
    return found + [finding for finding in facts.unreadable if closes_everything(finding)]


def status_from(line: str) -> RightsStatus:
    """A standing of a staged batch; by the same issue of the code lists, for bits are places in its list of countries."""
    subject, isbn13, work_id, is_running, steps, closed_by = json.loads(line)
    made = {channel: tuple(Step(first, int(countries, 16)) for first, countries in found) for channel, found in steps.items()}
    return RightsStatus(
        subject, isbn13, work_id, is_running, made, {sentence: int(countries, 16) for sentence, countries in closed_by.items()}
    )


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
