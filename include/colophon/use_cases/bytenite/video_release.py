"""BN-2, release of videos: a title's videos stand where the release plan says from their moment on, and nowhere once the title is pulled.

Whether a placement may run is asked of `clearance`, as BN-4 does: BN-4 gives the library its rules and takes down what they end, this use
case shows what the plan names. What is not named by the plan is marketing's own, and only a pulled title takes it down.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.desired_state import CLOSES, OPENS, SHOWS_AGAIN, DesiredState, change, plan_for
from colophon.blocks.use_case import RIGHTS
from colophon.config.videos import CHANNELS
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.http.jsontext import read_json
from colophon.ledger import Intent, LatestDelivery
from colophon.systems.bytenite.mapping import is_allowed
from colophon.systems.bytenite.records import Placement
from colophon.systems.bytenite.shown import Shown
from colophon.use_cases.bytenite.clearance import DESTINATION, NOT_DUE, OURS, PULLED, QUESTION, STANDING, Cleared, cleared
from colophon.use_cases.bytenite.due import Calendar
from colophon.use_cases.bytenite.video_faults import video_fault
from colophon.use_cases.bytenite.video_rules import digest

BY_HAND, REFUSED = "BN2-hand", "BN2-refused"
AT = "at"
"""Label of what was published: the moment that it was for."""
NAMES = ("rules", f"unpublish/{PULLED}", *(f"{verb}/{name}" for name in CHANNELS for verb in (f"unpublish/{NOT_DUE}", "publish")))
"""What can be sent about one video, each a subject of its own."""
Last = Mapping[str, LatestDelivery]


class Judged(NamedTuple):
    """A channel of a video as the plan has it. `at`: from when on; None: not yet. `is_known`: whether all that decides it could be read."""

    channel: str
    at: datetime | None
    is_known: bool
    shown: Mapping[str, Placement]


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
                placements = {p.territory: p for p in video.shown.placements if p.channel == channel}
                parts = list(_channel(video, Judged(channel, at, is_known, placements), history))
                intents += [part for part in parts if isinstance(part, Intent)]
                findings += [part for part in parts if isinstance(part, Finding)]
        if video.is_promoted and video.shown.video.status == "FAILED":
            reason = video.shown.video.status_reason or "no reason given"
            findings.append(
                video_fault(REFUSED, video.name, "content", f"the library cannot show it: {reason}", "content that can be shown")
            )
        if any(intent.labels["verb"] == "publish" for intent in intents) and video.shown.rules is None:
            last = history.get(video.subject("rules"))
            intents.append(_intent("rules", OPENS, video, video.new_rules(last.revision if last else 0), said=digest(video.wanted)))
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


def _channel(video: Cleared, judged: Judged, history: Last) -> Iterator[Intent | Finding]:
    """One channel: what is too early comes down; what is due is shown wherever rights allow it."""
    context, plan = video.context, video.context.config.video_release
    is_due = judged.at is not None and judged.at <= context.as_of + timedelta(hours=plan.ahead_hours)
    last = history.get(video.subject(f"publish/{judged.channel}"))
    is_ours_or_dated = last is not None or judged.at is not None  # without either, it stood there before the plan did
    too_early = STANDING if not is_due else {"LIVE"} if judged.at and judged.at > context.as_of else frozenset()
    early = [
        p for place, p in judged.shown.items()
        if p.state in too_early and place in plan.territories and judged.is_known and is_ours_or_dated
    ]  # fmt: skip
    if early:
        yield _intent(
            f"unpublish/{NOT_DUE}/{judged.channel}",
            CLOSES,
            video,
            {"placementIds": sorted(p.placement_id for p in early), "reason": NOT_DUE},
        )
        if last is None and any(p.state == "LIVE" for p in early):
            yield video_fault(
                BY_HAND, video.name, judged.channel, f"live before its day: {_where(early)}", "shown from its day on; it was taken down"
            )
    if judged.at is None or not is_due or not video.is_ready or context.rights.closes_only or not judged.is_known:
        return
    begins = max(judged.at, context.as_of)
    places = [
        place for place in plan.territories
        if is_allowed(video.wanted, judged.channel, place, begins)[0]
        and (video.shown.rules is None or is_allowed(video.shown.rules, judged.channel, place, begins)[0])
    ]  # fmt: skip
    by_hand = [p for place in places if (p := judged.shown.get(place)) and p.state == "REMOVED" and p.reason not in OURS]
    refused = [p for place in places if (p := judged.shown.get(place)) and p.state == "FAILED"]
    is_moved = last is not None and last.labels.get(AT) != _text(judged.at)
    restores = plan.restore_if_removed_by_hand.get(judged.channel, False)
    listed = set() if is_moved else {place for place in _told(last, context) if place not in judged.shown}
    again = [
        place for place in places
        if ((p := judged.shown.get(place)) is None and place not in listed)
        or (p is not None and (
            p in early
            or p.state == "BLOCKED"
            or (p.state == "SCHEDULED" and is_moved)
            or (p.state == "REMOVED" and (restores or p.reason in OURS))
            or (p.state == "FAILED" and (p.updated_at is None or p.updated_at.date() < context.as_of.date()))
        ))
    ]  # fmt: skip
    if by_hand:
        expected = (
            "shown, as the plan says; it was put back" if restores else "shown, as the plan says; it stays down until somebody shows it"
        )
        yield video_fault(BY_HAND, video.name, judged.channel, f"taken down by hand: {_where(by_hand)}", expected)
    if refused:
        reasons = "; ".join(sorted({p.reason or "no reason given" for p in refused}))
        yield video_fault(
            REFUSED, video.name, judged.channel, f"refused in {_where(refused)}: {reasons}", "shown; it is tried again tomorrow"
        )
    if again:
        wanted = [{"channel": judged.channel, "territory": place, "at": _text(begins)} for place in places if place in {*again, *listed}]
        yield _intent(f"publish/{judged.channel}", SHOWS_AGAIN, video, {"placements": wanted}, at=_text(judged.at))


def _told(last: LatestDelivery | None, context: DecisionContext) -> set[str]:
    """Where a channel was told last to show the video: with a folder for a library, people have it on a list until they say that it stands."""
    had = next(iter(last.held), None) if last and last.state not in {"failed", "skipped"} else None
    content = context.content(had.content_hash) if had else None
    told: Any = read_json(content) if content else {}
    return {placement["territory"] for placement in told.get("placements", ())}


def _where(placements: Sequence[Placement]) -> str:
    return ", ".join(sorted(p.territory for p in placements))


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _intent(name: str, turn: str, video: Cleared, content: Mapping[str, Any], **labels: str) -> Intent:
    labels = {"verb": name.partition("/")[0], "isbn": next(iter(video.shown.video.isbns or ()), ""), **labels}
    content = {"videoId": video.shown.video.video_id, **content}
    latest = max((_text(p.updated_at) for p in video.shown.placements if p.updated_at), default="")
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
