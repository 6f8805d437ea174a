"""BN-2, release of videos: a title's videos stand where the release plan says from their moment on, and nowhere once the title is pulled.

Whether a placement may run is asked of `clearance`, as BN-4 does: BN-4 gives the library its rules and takes down what they end, this use
case shows what the plan names. What is not named by the plan is marketing's own, and only a pulled title takes it down.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.desired_state import CLOSES, OPENS, SHOWS_AGAIN, DesiredState, change, plan_for
from colophon.blocks.use_case import RIGHTS
from colophon.config.videos import CHANNELS
from colophon.domain.delivery import Intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.systems.bytenite.library import DESTINATION
from colophon.systems.bytenite.records import Placement
from colophon.systems.bytenite.shown import Shown
from colophon.use_cases.bytenite.clearance import NOT_DUE, PULLED, QUESTION, STANDING, Cleared, cleared
from colophon.use_cases.bytenite.due import Calendar
from colophon.use_cases.bytenite.video_channel import Channel, text
from colophon.use_cases.bytenite.video_faults import video_fault
from colophon.use_cases.bytenite.video_rules import digest

BY_HAND, REFUSED = "BN2-hand", "BN2-refused"
NAMES = ("rules", f"unpublish/{PULLED}", *(f"{verb}/{name}" for name in CHANNELS for verb in (f"unpublish/{NOT_DUE}", "publish")))
"""What can be sent about one video, each a subject of its own."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Placements that are not as the plan says: first what comes down, then what is scheduled or shown."""
    plan, calendar = plan_for(DESTINATION, context), Calendar.of(facts, context)
    videos = list(cleared(facts, context))
    history = context.history(DESTINATION, [video.subject(name) for video in videos for name in NAMES])
    for video in videos:
        intents, findings = list[Intent](), list[Finding]()
        if video.products and not video.is_promoted:
            intents += _pulled(video)
        for channel in CHANNELS if video.is_promoted else ():
            if milestones := context.config.video_release.milestones(video.shown.video.kind, channel):
                at, is_known = calendar.moment(milestones, video.products)
                shown = {p.territory: p for p in video.shown.placements if p.channel == channel}
                last = history.get(video.subject(f"publish/{channel}"))
                parts = list(_channel(Channel(video, channel, at, is_known, shown, last)))
                intents += [part for part in parts if isinstance(part, Intent)]
                findings += [part for part in parts if isinstance(part, Finding)]
        if video.is_promoted and video.shown.video.status == "FAILED":
            reason = video.shown.video.status_reason or "no reason given"
            findings.append(
                video_fault(REFUSED, video.name, "content", f"the library cannot show it: {reason}", "content that can be shown")
            )
        if any(intent.labels["verb"] == "publish" for intent in intents) and video.shown.rules is None:
            rules = history.get(video.subject("rules"))
            intents.append(_intent("rules", OPENS, video, video.new_rules(rules.revision if rules else 0), said=digest(video.wanted)))
        wanted, subjects = {intent.subject for intent in intents}, [video.subject(name) for name in NAMES]
        plan.intents += intents
        plan.findings += findings
        plan.judged[DESTINATION] += subjects
        plan.settled[DESTINATION] += (subject for subject in subjects if subject not in wanted)
        plan.names[next(iter(wanted), subjects[0])] = video.name
    return plan


def _pulled(video: Cleared) -> Iterator[Intent]:
    """Everything of a title that may not be promoted comes down, whoever put it there."""
    if standing := sorted(p.placement_id for p in video.shown.placements if p.state in STANDING):
        yield _intent(f"unpublish/{PULLED}", CLOSES, video, {"placementIds": standing, "reason": PULLED})


def _channel(channel: Channel) -> Iterator[Intent | Finding]:
    """One channel: what is too early comes down; what is due is shown wherever rights allow it."""
    video, name = channel.video, channel.name
    if early := channel.early():
        down = {"placementIds": sorted(p.placement_id for p in early), "reason": NOT_DUE}
        yield _intent(f"unpublish/{NOT_DUE}/{name}", CLOSES, video, down)
        if channel.last is None and any(p.state == "LIVE" for p in early):
            found = f"live before its day: {_where(early)}"
            yield video_fault(BY_HAND, video.name, name, found, "shown from its day on; it was taken down")
    if channel.at is None or not channel.shows:
        return
    begins = max(channel.at, video.context.as_of)
    places = channel.places(begins)
    if by_hand := channel.by_hand(places):
        so = "it was put back" if channel.restores else "it stays down until somebody shows it"
        yield video_fault(BY_HAND, video.name, name, f"taken down by hand: {_where(by_hand)}", f"shown, as the plan says; {so}")
    if refused := channel.refused(places):
        reasons = "; ".join(sorted({p.reason or "no reason given" for p in refused}))
        found = f"refused in {_where(refused)}: {reasons}"
        yield video_fault(REFUSED, video.name, name, found, "shown; it is tried again tomorrow")
    if wanted := channel.wanted(places, early):
        placements = [{"channel": name, "territory": place, "at": text(begins)} for place in wanted]
        yield _intent(f"publish/{name}", SHOWS_AGAIN, video, {"placements": placements}, at=text(channel.at))


def _where(placements: Sequence[Placement]) -> str:
    return ", ".join(sorted(p.territory for p in placements))


def _intent(name: str, turn: str, video: Cleared, content: Mapping[str, Any], **labels: str) -> Intent:
    labels = {"verb": name.partition("/")[0], "isbn": next(iter(video.shown.video.isbns or ()), ""), **labels}
    content = {"videoId": video.shown.video.video_id, **content}
    latest = max((text(p.updated_at) for p in video.shown.placements if p.updated_at), default="")
    return change(CASE, video.context, video.subject(name), content, turn=turn, seen=latest, labels=labels)


CASE = DesiredState(
    id="bytenite__video_release",
    reads=(Shown,),
    gains=(Product, Todo, Launch),
    upstream=RIGHTS,
    rights=QUESTION,
    decide=decide,
    still_open=lambda _facts, _context: [],
    destination=DESTINATION,
    backfill="latest",
    systems=("bytenite",),
)
