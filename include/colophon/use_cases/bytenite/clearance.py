"""Clearance of videos: what rights, and others who own something in it, say about each video of the library.

The one answer for whoever renders, opens, closes or reports.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

from colophon.blocks.decision import DecisionContext, RightsQuestion
from colophon.config.clearances import Clearance
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.rights.atlas import Atlas
from colophon.rights.rules import broken
from colophon.rights.status import RightsStatus
from colophon.systems.bytenite.library import DESTINATION
from colophon.systems.bytenite.mapping import is_allowed, narrowed, to_wire
from colophon.systems.bytenite.records import Placement, Rules
from colophon.systems.bytenite.shown import ARCHIVED, Shown
from colophon.use_cases.bytenite.video_rules import allowed, rules_of

ENDED, VIOLATION = "rights ended", "against the rights"
PULLED, NOT_DUE = "title pulled", "not due"
"""Why we take a placement down; any other reason is a person's, or the library's own `rule`."""
BY_RIGHTS = frozenset({"rule", ENDED})
"""Reasons of placements that only rights took down; they may be shown again when rights return, as may what rights BLOCKED."""
OURS = BY_RIGHTS | {VIOLATION, PULLED, NOT_DUE}
QUESTION = RightsQuestion(
    lambda config: set(config.availability.library.channels.values()), lambda config: config.availability.library.formats()
)
"""What is asked of the rights engine about videos of any kind."""
STANDING = frozenset({"LIVE", "SCHEDULED", "ON_HOLD"})


@dataclass(frozen=True, slots=True)
class Cleared:
    """A video as the library shows it, the products that it is about (none: nobody knows one of them), its rules as they shall be.

    `clearances`: what of others it has. `is_whole`: the run has read the rights of all products that the video names.
    """

    shown: Shown
    products: Sequence[RightsStatus]
    wanted: Rules
    clearances: Sequence[Clearance]
    is_whole: bool
    context: DecisionContext

    @property
    def name(self) -> str:
        """How exceptions call the video."""
        return f"video:{self.shown.video.external_id}"

    def subject(self, name: str) -> str:
        """How the ledger calls what is sent about it."""
        return f"video:{self.shown.video.video_id}/{name}"

    @property
    def is_promoted(self) -> bool:
        """Whether the titles that it is about may be promoted: of each, some format that it names is forthcoming or active."""
        running = {product.work_id: False for product in self.products}
        running.update((product.work_id, True) for product in self.products if product.is_running)
        return bool(running) and all(running.values())

    @property
    def is_ready(self) -> bool:
        """Whether it can be shown at all."""
        return self.shown.video.status == "READY" and not self.shown.video.on_hold

    def finding(self, rule: str, field: str, found: str, expected: str) -> Finding:
        """What is wrong with it."""
        return broken(rule, self.name, field, found, expected, blocks=DESTINATION)

    def allows(self, rules: Rules | None, placement: Placement) -> bool:
        """Whether rules allow a placement now."""
        return is_allowed(rules, placement.channel, placement.territory, self.context.as_of)[0]

    def forbidden(self) -> list[Placement]:
        """LIVE placements that rights do not allow now."""
        return [p for p in self.shown.placements if p.state == "LIVE" and not self.allows(self.wanted, p)]

    def by_hand(self) -> list[Placement]:
        """LIVE although neither rights nor the library's own rules allow it: somebody put it there."""
        return [p for p in self.forbidden() if not self.allows(self.shown.rules, p)]

    def too_much(self) -> set[tuple[str, str]]:
        """(channel, territory) that the library's rules allow now, and rights do not."""
        return allowed(self.shown.rules, self.context.as_of) - allowed(self.wanted, self.context.as_of)

    def new_rules(self, sent: int) -> dict[str, Any]:
        """Its rules as content of a delivery. `base` lifts our revisions above those that somebody else gave the library.

        :param sent: our revision of the last ones.
        """
        kept = self.shown.rules.revision if self.shown.rules else 0
        base = max(0, kept - 2 * sent)
        return {"rules": [to_wire(rule) for rule in self.wanted.rules], **({"base": base} if base else {})}


def cleared(facts: Facts, context: DecisionContext) -> Iterator[Cleared]:
    """The videos that the run is about. One without ISBNs is the daily run's, for only that reads whole works.

    Of some products of a video a run may not have read the rights: then it takes away what the others forbid, and leaves it to
    the daily run to give. So does a run by rights that are not of today.
    """
    rights, by_work = context.rights, defaultdict[str, list[RightsStatus]](list)
    for product in rights.products.values():
        by_work[str(product.work_id)].append(product)
    known, only, closes_only = rights.products, rights.only, rights.closes_only
    channels, atlas = context.config.availability.library.channels, Atlas.load(context.config.publisher.code_lists)
    for shown in facts.records(Shown):
        named = set(shown.video.isbns or ())
        if only is not None and only.isdisjoint(named):
            continue
        unread = {isbn for isbn in named if only is not None and isbn not in only and isbn not in known}
        isbns = sorted(named - unread)
        if isbns:
            products = [known[isbn] for isbn in isbns] if all(isbn in known for isbn in isbns) else []
        else:
            products = sorted(by_work.get(str(shown.video.work_id), ()), key=lambda product: product.subject)
        asked, clearances = asked_of(shown.video.kind, products, context), context.config.clearances.of(shown.video.external_id)
        wanted = rules_of(asked if shown.video.status != ARCHIVED else [], channels, atlas, context.as_of.date(), clearances)
        if unread or closes_only:
            wanted = narrowed(shown.rules or Rules(revision=1), wanted, 1)
        yield Cleared(shown, products, wanted, clearances, not unread, context)


def asked_of(kind: str, products: Iterable[RightsStatus], context: DecisionContext) -> list[RightsStatus]:
    """What all has to be open for a video of a kind: each right that it asks, of each product; none where one of them is not known."""
    formats = context.config.availability.library.asks(kind)
    found = [context.rights.of(each).get(product.isbn13) for product in products for each in formats]
    return [status for status in found if status is not None] if all(found) else []


def is_nowhere_ours(kind: str, isbn: str, day: date | None, context: DecisionContext) -> str:
    """Which rights a video of a kind about a product lacks everywhere, today and on a day to come; empty: it may be shown somewhere."""
    today, status = context.as_of.date(), context.rights.products.get(isbn)
    rights = asked_of(kind, [status] if status else [], context)
    for on in (today, max(today, day or today)):
        for channel in QUESTION.channels(context.config):
            places: int = reduce(and_, (status.open_bits(channel, on) for status in rights), -1)
            if rights and places:
                return ""
    return " and ".join(each.replace("_", " ").lower() for each in context.config.availability.library.asks(kind))
