"""BN-5, campaign readiness: key titles are asked of the video library with milestone and launch date; what is made, and shown, comes back.

A request is the record of a video in the library, whose campaign says the launch, the milestone and the day by which it is needed. What
the library says of it is a to-do of the title in Consonance, and stands on the title's readiness. No longer flagged: no longer asked for.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.blocks.desired_state import OPENS, change
from colophon.blocks.inbound import CONSONANCE, intent
from colophon.blocks.launches import LaunchCase, LaunchPlan, Remembered
from colophon.domain.facts import Facts, Known
from colophon.domain.product import Product
from colophon.domain.todo import Todo, TodoStatus
from colophon.launch.path import Work, first_day, works_of
from colophon.launch.rules import STATUS, VIDEO, launch_fault
from colophon.launch.view import VIDEO as VIDEOS
from colophon.launch.view import name_of
from colophon.systems.bytenite.port import VERB
from colophon.systems.bytenite.records import Video
from colophon.systems.bytenite.shown import Shown

DESTINATION, ASKED = "video-library", "launch "
"""Campaigns that begin so are ours."""
_SAID = {"DRAFT": "asked for", "PROCESSING": "being made", "READY": "ready", "FAILED": "failed"}


class Deliverable(NamedTuple):
    """A video that a key title needs by `due`, for its launch; `shown`: as the library has it."""

    work: Work
    kind: str
    launch: date
    due: date
    campaign: str
    shown: Shown | None

    @property
    def subject(self) -> str:
        """How the ledger names it."""
        return f"work:{self.work.id}/{self.kind}"

    @property
    def is_there(self) -> bool | None:
        """Whether it is ready; None: the library says something that nobody knows."""
        status = self.shown.video.status if self.shown else "DRAFT"
        return status == "READY" if status in _SAID else None

    @property
    def said(self) -> str:
        """What the library says, and where the video runs."""
        if self.shown is None:
            return _SAID["DRAFT"]
        video, live = self.shown.video, sorted({f"{p.channel} {p.territory}" for p in self.shown.placements if p.state == "LIVE"})
        words = _SAID.get(video.status, f"the library says {video.status!r}, which nobody has named")
        reason = f": {video.status_reason}" if video.status == "FAILED" and video.status_reason else ""
        return f"{words}{reason}" + (f"; shown on {', '.join(live[:4])}" if live else "")


def decide(facts: Facts, context: DecisionContext) -> LaunchPlan:
    """Requests that differ from what the library has, what comes back to titles, and what is late. Nothing is asked while it cannot be read."""
    shown = facts.of(Shown)
    if not isinstance(shown, Known):
        return LaunchPlan(kept={row.name: _unknown(row.value) for row in facts.records(Remembered)})
    plan = LaunchPlan(
        judged={DESTINATION: [], CONSONANCE: []}, settled={DESTINATION: [], CONSONANCE: []}, everything=frozenset({DESTINATION, CONSONANCE})
    )
    wanted = list(_deliverables(facts, shown.records, context))
    for each in wanted:
        _ask(plan, each, context)
        _tell(plan, each, context)
    by_work = defaultdict[int, list[dict[str, Any]]](list)
    for each in wanted:
        by_work[each.work.id].append({"kind": each.kind, "due": each.due.isoformat(), "is_there": each.is_there, "said": each.said})
    plan.kept = {name_of(VIDEOS, key): {"work": key, "videos": rows} for key, rows in by_work.items()}
    _withdraw(plan, wanted, shown.records, facts, context)
    return plan


def _deliverables(facts: Facts, shown: Sequence[Shown], context: DecisionContext) -> Iterator[Deliverable]:
    """What each key title that is to come needs."""
    rules, calendars = context.config.readiness.video, context.config.calendars
    tags = {tag.casefold() for tag in rules.tags}
    for work in works_of(facts.records(Product), facts.records(Todo)).values():
        marks = {tag.casefold() for todo in work.todos if todo.status is not TodoStatus.CANCELLED for tag in todo.tags}
        launch = first_day(work.products)
        if (work.id in rules.works or marks & tags) and (context.as_of.date() - launch).days <= context.config.pipeline_monitor.missed_days:
            for kind, lead in rules.due.items():
                due = calendars.of(work.imprint).moved(launch, -lead)
                campaign = f"{ASKED}{launch}; due {due}{_milestone(work, context)}"
                yield Deliverable(work, kind, launch, due, campaign, _shown(work, kind, shown))


def _milestone(work: Work, context: DecisionContext) -> str:
    """The next milestone that the campaign goes by."""
    stages = context.config.readiness.video.milestones
    days = sorted(
        (todo.due_on, str(todo.milestone))
        for todo in work.todos
        if todo.milestone in stages and todo.status is TodoStatus.OPEN and todo.due_on
    )
    return f"; {days[0][1]} {days[0][0]}" if days else ""


def _shown(work: Work, kind: str, shown: Sequence[Shown]) -> Shown | None:
    """The video of a kind that the library has of a work: ours, else one that is ready, else any."""
    own = [each for each in shown if str(each.video.work_id) == str(work.id) and each.video.kind == kind]
    return min(
        own,
        key=lambda each: (each.video.external_id != _name(work.id, kind), each.video.status != "READY", each.video.video_id),
        default=None,
    )


def _name(work_id: int, kind: str) -> str:
    return f"work:{work_id}/{kind.lower()}"


def _ask(plan: LaunchPlan, each: Deliverable, context: DecisionContext) -> None:
    """The request, where the library has none or another one. A video that people brought there carries none: it is not ours to write."""
    plan.judged[DESTINATION].append(each.subject)
    plan.names[each.subject] = each.subject
    video, name = each.shown.video if each.shown else None, _name(each.work.id, each.kind)
    if video is None or (video.external_id == name and video.campaign != each.campaign):
        isbns = [product.isbn13 for product in each.work.products if product.isbn13]
        new = {"title": f"{each.work.title[:150]}: {each.kind.lower().replace('_', ' ')}", "workId": each.work.id, "isbns": isbns}
        body = {"externalId": name, "kind": each.kind, "campaign": each.campaign, **(new if video is None else {"title": video.title})}
        labels = {VERB: "video", "isbn": isbns[0] if isbns else "", "title": each.work.title[:200], "work": str(each.work.id)}
        plan.intents.append(change(CASE, context, each.subject, body, turn=OPENS, seen=str(video.revision) if video else "", labels=labels))
    else:
        plan.settled[DESTINATION].append(each.subject)
    owner = context.config.readiness.owner(each.kind, "commercial")
    if each.is_there is None:
        plan.findings.append(
            launch_fault(STATUS, each.subject, "status", each.said, "a status that the contract names", blocks=DESTINATION)
        )
    elif not each.is_there and each.due < context.as_of.date():
        found, expected = f"{each.said} on {context.as_of.date()}", f"ready by {each.due}"
        plan.findings.append(
            launch_fault(VIDEO, each.subject, each.kind, found, expected, blocks=DESTINATION, owner=owner, imprint=each.work.imprint or "")
        )


def _tell(plan: LaunchPlan, each: Deliverable, context: DecisionContext, *, is_wanted: bool = True) -> None:
    """What becomes of it, as a to-do of the title that others can look at; it says no more than it did before."""
    last = context.history(CONSONANCE, [each.subject]).get(each.subject)
    status = "CANCELLED" if not is_wanted else "DONE" if each.is_there else "OPEN"
    done = last.labels.get("done", "") if last and last.labels.get("status") == "DONE" else context.as_of.date().isoformat()
    labels = {"status": status, "title": each.work.title[:200], "work": str(each.work.id), "done": done if status == "DONE" else ""}
    members: dict[str, object] = {
        "workId": each.work.id,
        "description": f"Video: {each.kind.lower().replace('_', ' ')} ({each.said})"[:1000],
        "assigneeContactId": None,
        "dueOn": each.due.isoformat(),
        "completedOn": done if status == "DONE" else None,
        "status": status,
        "tags": ["video"],
    }
    reference = f"bn5:{each.work.id}:{each.kind}"
    plan.judged[CONSONANCE].append(each.subject)
    plan.intents.append(
        intent("upsertTodo", reference, members, use_case=CASE.id, subject=each.subject, as_of=context.as_of, labels=labels)
    )


def _withdraw(plan: LaunchPlan, wanted: Sequence[Deliverable], shown: Sequence[Shown], facts: Facts, context: DecisionContext) -> None:
    """Requests of ours that nobody wants any more: the campaign is taken off, and the to-do with it. What is out keeps what it had."""
    names = {_name(each.work.id, each.kind) for each in wanted}
    out = {product.work_id for product in facts.records(Product) if product.publishing_status == "04"}
    for each in shown:
        video = each.video
        if video.external_id in names or not _is_asked(video) or int(str(video.work_id)) in out:
            continue
        subject = f"work:{video.work_id}/{video.kind}"
        body = {"externalId": video.external_id, "kind": video.kind, "title": video.title, "campaign": None}
        labels = {VERB: "video", "title": video.title, "work": str(video.work_id)}
        plan.judged[DESTINATION].append(subject)
        plan.intents.append(change(CASE, context, subject, body, turn=OPENS, seen=str(video.revision), labels=labels))
        work, day = Work(int(str(video.work_id)), video.title, None, (), ()), _day_in(video.campaign or "", context.as_of.date())
        _tell(plan, Deliverable(work, video.kind, day, day, "", each), context, is_wanted=False)


def _is_asked(video: Video) -> bool:
    return (
        (video.campaign or "").startswith(ASKED)
        and str(video.work_id).isdigit()
        and video.external_id == _name(int(str(video.work_id)), video.kind)
    )


def _day_in(campaign: str, otherwise: date) -> date:
    """The day by which it was asked for."""
    try:
        return date.fromisoformat(campaign.partition("due ")[2][:10])
    except ValueError:
        return otherwise


def _unknown(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was remembered, while nobody can say how it stands."""
    return {**row, "videos": [{**video, "is_there": None, "said": "the video library was not read"} for video in row["videos"]]}


CASE = LaunchCase(
    id="bytenite__campaign_readiness",
    reads=(Product, Todo),
    decide=decide,
    destination=DESTINATION,
    remembers=(VIDEOS,),
    keeps=(VIDEOS,),
    reads_all=True,
    backfill="silent",
    writes=("upsertTodo",),
    systems=("bytenite",),
)
