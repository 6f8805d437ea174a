"""The videos that key titles need for their launches: which, by when, and how each stands in the library."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.todo import Todo, TodoStatus
from colophon.launch.path import Work, first_day, works_of
from colophon.systems.bytenite.records import Video
from colophon.systems.bytenite.shown import Shown

ASKED = "launch "
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


def deliverables(facts: Facts, shown: Sequence[Shown], context: DecisionContext) -> Iterator[Deliverable]:
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
        key=lambda each: (each.video.external_id != record_name(work.id, kind), each.video.status != "READY", each.video.video_id),
        default=None,
    )


def record_name(work_id: int, kind: str) -> str:
    """Our own name for the video of a kind that a work needs."""
    return f"work:{work_id}/{kind.lower()}"


def is_asked(video: Video) -> bool:
    """Whether a record is a request of ours."""
    return (
        (video.campaign or "").startswith(ASKED)
        and str(video.work_id).isdigit()
        and video.external_id == record_name(int(str(video.work_id)), video.kind)
    )
