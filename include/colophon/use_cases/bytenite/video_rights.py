"""BN-4, rights of videos: where and when each video of the library may run, and what must be taken down.

A video may run where and while the rights that its kind asks are open of every product that it names, and all that others own in it is cleared
(`clearance`). The rules that say so are compared with the library's; only what differs is sent: first what takes down, then rules, then what may
be shown again. A video of unknown products has no rule, and so runs nowhere.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.desired_state import CLOSES, OPENS, SHOWS_AGAIN, DesiredState, change, plan_for
from colophon.blocks.use_case import RIGHTS
from colophon.config.clearances import Clearance
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.systems.bytenite.library import DESTINATION
from colophon.systems.bytenite.records import Placement
from colophon.systems.bytenite.shown import Shown
from colophon.use_cases.bytenite.clearance import BY_RIGHTS, ENDED, QUESTION, VIOLATION, Cleared, cleared
from colophon.use_cases.bytenite.video_rules import digest, meaning

NAMES = ("rules", f"unpublish/{VIOLATION}", f"unpublish/{ENDED}", "publish")
"""What can be sent about one video, each a subject of its own."""
SAID = "said"
"""Label of rules that were sent: a digest of what they say."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Deliveries for videos whose rules or placements are not as rights say."""
    plan = plan_for(DESTINATION, context)
    videos = list(cleared(facts, context))
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
    for video in cleared(facts, context):
        live = [f"{p.channel}/{p.territory}" for p in video.forbidden()]
        words = sorted({*live, *(f"{channel}/{place} allowed" for channel, place in video.too_much())})
        if words:
            findings.append(video.finding("R7", "placements", ", ".join(words)[:200], "closed"))
    return findings


def _take_down(video: Cleared) -> list[Intent]:
    """What runs against the rights, apart by whether the library's own rules allowed it until now."""
    intents, by_hand = [], video.by_hand()
    for reason, placements in ((VIOLATION, by_hand), (ENDED, [p for p in video.forbidden() if p not in by_hand])):
        if placements:
            content = {"placementIds": sorted(p.placement_id for p in placements), "reason": reason}
            intents.append(_intent(f"unpublish/{reason}", CLOSES, video, content, _latest(placements)))
    return intents


def _change(video: Cleared, sent: int) -> Intent:
    """New rules."""
    kept = video.shown.rules.revision if video.shown.rules else 0
    return _intent("rules", CLOSES if video.too_much() else OPENS, video, video.new_rules(sent), str(kept), digest(video.wanted))


def _show_again(video: Cleared) -> list[Intent]:
    """Placements that only rights took down, allowed again, of titles that may be promoted; those of the release plan are BN-2's to show."""
    plan, today = video.context.config.video_release, f"{video.context.as_of:%Y-%m-%dT00:00:00Z}"
    back = [p for p in video.shown.placements if p.state == "BLOCKED" or (p.state == "REMOVED" and p.reason in BY_RIGHTS)]
    theirs = [p for p in back if not plan.places(video.shown.video.kind, p.channel, p.territory)]
    again = sorted((p for p in theirs if video.allows(video.wanted, p)), key=lambda p: (p.channel, p.territory))
    if not again or not (video.is_ready and video.is_promoted) or video.context.rights.closes_only:
        return []
    content = {"placements": [{"channel": p.channel, "territory": p.territory, "at": today} for p in again]}
    return [_intent("publish", SHOWS_AGAIN, video, content, _latest(again))]


def _latest(placements: Sequence[Placement]) -> str:
    """When one of them changed last."""
    return max((f"{p.updated_at:%Y-%m-%dT%H:%M:%SZ}" for p in placements if p.updated_at), default="")


def _findings(video: Cleared, last: LatestDelivery | None) -> list[Finding]:
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
    return findings + [found for clearance in video.clearances if (found := _runs_out(video, clearance))]


def _runs_out(video: Cleared, clearance: Clearance) -> Finding | None:
    """That something of others in the video is not cleared, or is not for long, by the nearest day on which that is told."""
    until, told_at = clearance.until, sorted(video.context.config.clearances.alarm_days)
    left = (until - video.context.as_of.date()).days if until else told_at[-1] + 1
    if left > told_at[-1]:
        return None
    within = next(days for days in told_at if left <= days)
    when = (
        f"ends on {until}, within {within} days" if left >= 0 else "is not cleared" if until == date.min else f"was cleared until {until}"
    )
    return video.finding("R8", clearance.asset, f"{clearance.asset} of {clearance.holder}: {when}", "cleared as long as the video runs")


def _intent(name: str, turn: str, video: Cleared, content: Mapping[str, Any], seen: str, said: str = "") -> Intent:
    labels = {"verb": name.partition("/")[0], "isbn": next(iter(video.shown.video.isbns or ()), ""), SAID: said}
    content = {"videoId": video.shown.video.video_id, **content}
    return change(CASE, video.context, video.subject(name), content, turn=turn, seen=seen, labels=labels)


CASE = DesiredState(
    id="bytenite__video_rights",
    reads=(Shown,),
    upstream=RIGHTS,
    rights=QUESTION,
    decide=decide,
    still_open=still_open,
    destination=DESTINATION,
    backfill="latest",
    systems=("bytenite",),
)
