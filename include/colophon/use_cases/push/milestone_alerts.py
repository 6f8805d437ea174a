"""PN-1, milestone alerts: a title has reached a critical stage; its editors, production managers and designers hear of it once each.

The occurrence of a notice is the completion: undone and done again is told again; a corrected title or another next step is not.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import PEOPLE, Audience, Notice, address, news
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts, Unknown
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo, TodoStatus
from colophon.domain.work import Work

_NO_PROOF = Unknown(
    name="completed to-dos",
    reason="there are appointments of a calendar only, which prove nothing",
    remedy="Have the to-dos exported as a list (docs/consonance-files.md); until then nobody hears of a milestone.",
).as_finding(blocks=PEOPLE)


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """A notice of each stage completed since the last run, and of those that a run before could not tell; what was undone is withdrawn."""
    rules, todos, by_work = context.config.milestone_alerts, facts.records(Todo), defaultdict[int, list[Todo]](list)
    for todo in todos:
        by_work[todo.work_id or 0].append(todo)
    team, titles = facts.records(TeamMember, ()), {work.id: work.title for work in facts.records(Work, ())}
    audience, records = Audience(rules.roles, rules.desk, rules.digest_above, keeps_hours=True), {todo.subject for todo in todos}
    is_news = news(records, team, audience, context)
    done = [todo for todo in todos if todo.milestone in rules.stages and _is_done(todo, context.as_of.date())]
    due = [todo for todo in done if is_news(_subject(todo), todo.completed_at, todo.completed_on)]
    notices = [_notice(todo, titles.get(todo.work_id or 0), by_work[todo.work_id or 0]) for todo in due]
    plan = address(notices, team, audience, context, use_case=CASE.id, records=records)
    plan.hold(PEOPLE, _NO_PROOF, is_so=bool(todos) and not any(todo.is_proof for todo in todos))
    return plan


def _is_done(todo: Todo, today: date) -> bool:
    completed = todo.completed_at.date() if todo.completed_at else todo.completed_on
    return todo.status is TodoStatus.DONE and todo.is_proof and completed is not None and completed <= today


def _notice(todo: Todo, title: str | None, of_work: Sequence[Todo]) -> Notice:
    work_id = todo.work_id or 0
    completed = todo.completed_at.astimezone(UTC).isoformat(timespec="seconds") if todo.completed_at else str(todo.completed_on)
    return Notice(
        subject=_subject(todo),
        occurrence=completed,
        work_id=work_id,
        kind="milestone",
        fields={
            "title": title or f"work {work_id}",
            "stage": str(todo.milestone),
            "completed_by": todo.completed_by_name or "",
            **_next(todo, of_work),
        },
        data={"kind": "milestone", "milestone": str(todo.milestone), "work": str(work_id)},
    )


def _next(done: Todo, of_work: Sequence[Todo]) -> dict[str, Any]:
    """What waits for the stage, else what is due first, and who owns it."""
    still_open = [todo for todo in of_work if todo.status is TodoStatus.OPEN]
    blocked = [todo for todo in still_open if done.id is not None and done.id in todo.blocked_by]
    coming = min(blocked or still_open, key=lambda todo: (todo.due_on is None, todo.due_on, todo.id or 0), default=None)
    if coming is None:
        return {"next_step": "", "next_owner": "", "next_due": None}
    return {"next_step": coming.description, "next_owner": coming.assignee_name or "", "next_due": coming.due_on}


def _subject(todo: Todo) -> str:
    return f"{todo.subject}/{todo.milestone}"


CASE = UseCase(
    id="push__milestone_alerts",
    reads=(Todo,),
    gains=(TeamMember, Work),
    decide=decide,
    backfill="silent",
    reads_all=True,
    tells_people=True,
    systems=("opentext_push",),
)
