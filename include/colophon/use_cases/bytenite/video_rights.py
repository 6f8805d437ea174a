"""BN-4, rights of videos: where and when each video of the library may run, and what must be taken down.

A video may run where and while every product that it names may be shown as video. The rules that say so are compared with the
library's; only what differs is sent: first what takes down, then rules, then what may be shown again. A video of unknown
products has no rule, and so runs nowhere.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.desired_state import CLOSES, OPENS, SHOWS_AGAIN, DesiredState, change, plan_for
from colophon.blocks.use_case import RIGHTS, RightsQuestion
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.ledger import Intent, LatestDelivery
from colophon.rights.atlas import Atlas
from colophon.rights.rules import broken
from colophon.rights.status import RightsStatus
from colophon.systems.bytenite.mapping import is_allowed, narrowed, to_wire
from colophon.systems.bytenite.records import Placement, Rules
from colophon.systems.bytenite.shown import Shown
from colophon.use_cases.bytenite.media_records import is_companion
from colophon.use_cases.bytenite.video_rules import allowed, digest, meaning, rules_of

DESTINATION = "video-library"
ENDED, VIOLATION = "rights ended", "against the rights"
NAMES = ("rules", f"unpublish/{VIOLATION}", f"unpublish/{ENDED}", "publish")
"""What can be sent about one video, each a subject of its own."""
_BY_RIGHTS = frozenset({"rule", ENDED})
"""Reasons of placements that only rights took down; they may be shown again when rights return, as may what rights BLOCKED."""
SAID = "said"
"""Label of rules that were sent: a digest of what they say."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """A video as the library shows it, the products whose rights it has (none: nobody knows one of them), its rules as they shall be.

    `is_whole`: the run has read the rights of all products that the video names.
    """

    shown: Shown
    products: Sequence[RightsStatus]
    wanted: Rules
    is_whole: bool
    context: DecisionContext

    @property
    def name(self) -> str:
        """How exceptions call the video."""
        return f"video:{self.shown.video.external_id}"

    def subject(self, name: str) -> str:
        """How the ledger calls what is sent about it."""
        return f"video:{self.shown.video.video_id}/{name}"

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


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Deliveries for videos whose rules or placements are not as rights say."""
    plan = plan_for(DESTINATION, context)
    videos = list(_compared(facts, context))
    history = context.history(DESTINATION, [video.subject("rules") for video in videos])
    for video in videos:
        subjects, last = [video.subject(name) for name in NAMES], history.get(video.subject("rules"))
        intents = _take_down(video)
        if meaning(video.shown.rules) != meaning(video.wanted):
            intents.append(_change(video, last.revision if last else 0))
        intents += _show_again(video)
        wanted = [intent.subject for intent in intents]
        plan.intents += intents
        plan.findings += _findings(video, last)
        plan.judged[DESTINATION] += subjects
        plan.settled[DESTINATION] += (subject for subject in subjects if subject not in wanted)
        if video.is_whole:  # else what was found before may rest on a product that was not read
            plan.names[[*wanted, *subjects][0]] = video.name
    return plan


def still_open(facts: Facts, context: DecisionContext) -> list[Finding]:
    """What runs, or may run by the library's rules, although rights do not allow it, after everything was sent."""
    findings = []
    for video in _compared(facts, context):
        live = [f"{p.channel}/{p.territory}" for p in video.forbidden()]
        words = sorted({*live, *(f"{channel}/{place} allowed" for channel, place in video.too_much())})
        if words:
            findings.append(video.finding("R7", "placements", ", ".join(words)[:200], "closed"))
    return findings


def _compared(facts: Facts, context: DecisionContext) -> Iterator[_Compared]:
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
        if is_companion(shown.video.external_id, context.config.media):
            continue  # sound is judged by other rights than pictures: bytenite__companion_media does that
        if only is not None and only.isdisjoint(named):
            continue
        unread = {isbn for isbn in named if only is not None and isbn not in only and isbn not in known}
        isbns = sorted(named - unread)
        if isbns:
            products = [known[isbn] for isbn in isbns] if all(isbn in known for isbn in isbns) else []
        else:
            products = sorted(by_work.get(str(shown.video.work_id), ()), key=lambda product: product.subject)
        wanted = rules_of(products, channels, atlas, context.as_of.date())
        if unread or closes_only:
            wanted = narrowed(shown.rules or Rules(revision=1), wanted, 1)
        yield _Compared(shown, products, wanted, not unread, context)


def _take_down(video: _Compared) -> list[Intent]:
    """What runs against the rights, apart by whether the library's own rules allowed it until now."""
    intents, by_hand = [], video.by_hand()
    for reason, placements in ((VIOLATION, by_hand), (ENDED, [p for p in video.forbidden() if p not in by_hand])):
        if placements:
            content = {"placementIds": sorted(p.placement_id for p in placements), "reason": reason}
            intents.append(_intent(f"unpublish/{reason}", CLOSES, video, content, _latest(placements)))
    return intents


def _change(video: _Compared, sent: int) -> Intent:
    """New rules. `base` lifts our revisions above those that somebody else gave the library."""
    kept = video.shown.rules.revision if video.shown.rules else 0
    base = max(0, kept - 2 * sent)
    content = {"rules": [to_wire(rule) for rule in video.wanted.rules], **({"base": base} if base else {})}
    return _intent("rules", CLOSES if video.too_much() else OPENS, video, content, str(kept), digest(video.wanted))


def _show_again(video: _Compared) -> list[Intent]:
    """Placements that only rights took down, allowed again, of titles that may be promoted."""
    record, today = video.shown.video, f"{video.context.as_of:%Y-%m-%dT00:00:00Z}"
    is_promoted = record.status == "READY" and not record.on_hold and all(product.is_running for product in video.products)
    back = [p for p in video.shown.placements if p.state == "BLOCKED" or (p.state == "REMOVED" and p.reason in _BY_RIGHTS)]
    again = sorted((p for p in back if video.allows(video.wanted, p)), key=lambda p: (p.channel, p.territory))
    if not again or not is_promoted or video.context.rights.closes_only:
        return []
    content = {"placements": [{"channel": p.channel, "territory": p.territory, "at": today} for p in again]}
    return [_intent("publish", SHOWS_AGAIN, video, content, _latest(again))]


def _latest(placements: Sequence[Placement]) -> str:
    """When one of them changed last."""
    return max((f"{p.updated_at:%Y-%m-%dT%H:%M:%SZ}" for p in placements if p.updated_at), default="")


def _findings(video: _Compared, last: LatestDelivery | None) -> list[Finding]:
    """A video whose products nobody knows, placements against the rules, and rules that a person changed."""
    findings, by_hand = [], video.by_hand()
    if not video.products:
        named = ", ".join(video.shown.video.isbns or ()) or "none"
        findings.append(video.finding("R2", "isbns", named[:80], "products that Consonance knows; until then the video runs nowhere"))
    if last is not None and last.state == "confirmed" and last.labels.get(SAID) != digest(video.shown.rules):
        findings.append(video.finding("R6", "rules", "others than we gave", "the rules that rights give"))
    if by_hand:
        places = ", ".join(sorted(f"{p.channel}/{p.territory}" for p in by_hand))
        findings.append(video.finding("R6", "placements", f"live against the rules: {places}"[:200], "taken down"))
    return findings


def _intent(name: str, turn: str, video: _Compared, content: Mapping[str, Any], seen: str, said: str = "") -> Intent:
    labels = {"verb": name.partition("/")[0], "isbn": next(iter(video.shown.video.isbns or ()), ""), SAID: said}
    content = {"videoId": video.shown.video.video_id, **content}
    return change(CASE, video.context, video.subject(name), content, turn=turn, seen=seen, labels=labels)


CASE = DesiredState(
    id="bytenite__video_rights",
    reads=(Shown,),
    upstream=RIGHTS,
    rights=RightsQuestion(lambda config: set(config.availability.library.channels.values()), RightsFormat.VIDEO),
    decide=decide,
    still_open=still_open,
    destination=DESTINATION,
    backfill="latest",
    systems=("bytenite",),
)
