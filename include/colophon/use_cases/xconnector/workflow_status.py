"""XC-2, workflow status: what becomes of a title's stages, as events to BI, PMO and reporting; in order for each title, none lost or twice.

A delivery keeps, in its label STAGES, how each to-do of its title was told last. What differs from that is an event: done, undone,
done again are three where the source keeps revisions. Where it tells only the newest, what lay between is counted, never made up.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.delivery_states import WAITING
from colophon.domain.facts import Facts, Known, Unknown
from colophon.domain.todo import Milestone, Todo
from colophon.domain.work import Work
from colophon.systems.xconnector.planned import TYPE_LABEL, event
from colophon.use_cases.xconnector.stage_steps import Step, midnight, moment, steps_of_works

MILESTONE, CANCELLED = "workflow.milestone", "workflow.cancelled"
STAGES, DATE, UNSEEN = "stages", "date", "unseen"
"""Labels: each to-do's revision and completion, by its id; the title's publication day; revisions that nobody saw."""
_NO_PROOF = Unknown(
    name="completed to-dos",
    reason="there are appointments of a calendar only, which prove nothing",
    remedy="Have the to-dos exported as a list (docs/consonance-files.md); until then no destination hears of a stage.",
)


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """An event for each stage that is another one than its destination was told, oldest first; of a title that is gone, only that."""
    plan, state, works = Plan(), facts.of(Todo), facts.of(Work)
    todos = facts.records(Todo)
    titles = {work.id: work for work in facts.records(Work, ())}
    unread = {finding.about for finding in facts.findings}
    steps = steps_of_works([*(state.earlier if isinstance(state, Known) else ()), *todos], context)
    for recipient, routes in context.config.routes_of(MILESTONE).items():
        history = context.history(recipient, [f"work:{work_id}" for work_id in steps])
        start = context.since or context.as_of if routes[0].history_from is None else midnight(routes[0].history_from, context)
        for work_id, of_work in steps.items():
            subject, title = f"work:{work_id}", titles.get(work_id)
            last = history.get(subject)
            if isinstance(works, Known) and subject not in unread and (title is None or title.is_cancelled):
                plan.intents += _cancelled(recipient, work_id, last, context)
            elif any(route.takes(MILESTONE, title.imprint if title else None) for route in routes):
                plan.intents += _events(recipient, title, of_work, last, start, context)
        plan.judged[recipient] = [f"work:{work_id}" for work_id in steps]
        plan.settled[recipient] = list(plan.judged[recipient])
        plan.hold(recipient, _NO_PROOF.as_finding(blocks=recipient), is_so=bool(todos) and not any(todo.is_proof for todo in todos))
    return plan


def _events(
    recipient: str, title: Work | None, steps: Sequence[Step], last: LatestDelivery | None, start: datetime, context: DecisionContext
) -> Iterator[Intent]:
    """What a title's destination was not told; of a title of which it was told nothing yet, what happened since a moment."""
    known: dict[str, list[Any]] = json.loads(last.labels.get(STAGES, "{}")) if last else {}
    before, published = last.labels.get(DATE) if last else None, _published(title)
    events: list[tuple[Step, str, str, int]] = []
    for step in steps:
        revision, completed = known.get(str(step.todo.id), [None, ""])
        if revision is not None and step.todo.revision is not None and step.todo.revision <= revision:
            continue
        is_told = bool(last) or (step.at is not None and step.at >= (start if step.is_to_the_minute else midnight(start.date(), context)))
        if step.completed != completed and is_told:
            unseen = step.todo.revision - revision - 1 if step.todo.revision is not None and revision is not None else 0
            events.append((step, step.completed or completed, "done" if step.completed else "undone", unseen))
        known[str(step.todo.id)] = [step.todo.revision, step.completed]
    labels = {STAGES: json.dumps(known), DATE: published or ""}
    for step, completed, word, unseen in events:
        is_delay = word == "done" and step.todo.milestone is Milestone.TITLE_DELAYED
        data = {
            "workId": step.todo.work_id,
            "milestone": str(step.todo.milestone),
            "state": "delayed" if is_delay else word,
            "at": step.completed or moment(step.todo.updated_at),
            "by": str(step.todo.completed_by_id) if word == "done" and step.todo.completed_by_id else None,
            "previousDate": before if is_delay else None,
            "newDate": published if is_delay else None,
        }
        occurrence = f"{step.todo.subject}/{word}/{completed}/{step.todo.revision or ''}"
        told = {**labels, UNSEEN: str(unseen) if unseen > 0 else ""}
        subject = f"work:{step.todo.work_id}"
        yield event(CASE.id, recipient, subject, MILESTONE, data, context.as_of, labels=told, occurrence=occurrence, order="every")


def _cancelled(recipient: str, work_id: int, last: LatestDelivery | None, context: DecisionContext) -> Iterator[Intent]:
    """Whoever was told of a title hears once that it is gone, and of none of its stages: those that wait give way."""
    if last is None or (last.labels.get(TYPE_LABEL) == CANCELLED and last.state != WAITING):
        return
    data, occurrence = (
        {"workId": work_id, "at": moment(context.as_of), "reason": "the title was cancelled or deleted"},
        f"cancelled/{last.revision}",
    )
    if last.labels.get(TYPE_LABEL) == CANCELLED:  # it waits, and is still so
        data, occurrence = context.sent_json(last.content_hash), last.occurrence
    labels = {STAGES: last.labels.get(STAGES, "{}")}
    yield event(CASE.id, recipient, f"work:{work_id}", CANCELLED, data, context.as_of, labels=labels, occurrence=occurrence)


def _published(title: Work | None) -> str | None:
    days = [edition.publication_on for edition in (title.editions if title else ()) if edition.publication_on]
    return str(min(days)) if days else None


def _reaches_back(context: DecisionContext, has: Callable[[str], Collection[str]]) -> datetime | None:
    """The first day of which a new destination is to be told."""
    routes = (routes[0] for routes in context.config.routes_of(MILESTONE).values())
    days = [route.history_from for route in routes if route.history_from is not None and not has(route.recipient)]
    return midnight(min(days), context) if days else None


CASE = UseCase(
    id="xconnector__workflow_status",
    reads=(Todo,),
    gains=(Work,),
    decide=decide,
    reaches_back=_reaches_back,
    backfill="latest",
    systems=("xconnector",),
)
