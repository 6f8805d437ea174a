"""PN-1, milestone alerts: a title has reached a critical stage; its editors, production managers and designers hear of it once each.

The occurrence of a notice is the completion: undone and done again is told again; a corrected title or another next step is not.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import PEOPLE, Audience, Notice, address, audience_of, still_waits, who
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
    rules, todos = context.config.milestone_alerts, defaultdict[int, list[Todo]](list)
    for todo in facts.records(Todo):
        todos[todo.work_id or 0].append(todo)
    team, titles = facts.records(TeamMember, ()), {work.id: work.title for work in facts.records(Work, ())}
    audience = Audience(rules.roles, rules.desk, rules.digest_above)
    people = audience_of(team, audience)
    stages = [todo for of_work in todos.values() for todo in of_work if todo.milestone in rules.stages]
    waiting = still_waits(context, {todo.subject for of_work in todos.values() for todo in of_work})
    left = {subject.partition("/")[2] for subject in waiting}
    due = [todo for todo in stages if _is_done(todo, context) and (_subject(todo) in left or _is_news(todo, people, context))]
    notices = [_notice(todo, titles.get(todo.work_id or 0), todos[todo.work_id or 0]) for todo in due]
    plan = address(notices, team, audience, context, use_case=CASE.id)
    is_proof = not todos or any(todo.is_proof for of_work in todos.values() for todo in of_work)
    plan.findings += [] if is_proof else [_NO_PROOF]
    # What waits without an intent: the stage was undone, or whoever was to hear of it is not in the team any more.
    settled = {*waiting, *([_NO_PROOF.subject] if is_proof else [])}
    plan.judged[PEOPLE] = sorted({*plan.judged[PEOPLE], *waiting, _NO_PROOF.subject})
    plan.settled[PEOPLE] = sorted({*plan.settled[PEOPLE], *settled})
    return plan


def _is_done(todo: Todo, context: DecisionContext) -> bool:
    completed = todo.completed_at.date() if todo.completed_at else todo.completed_on
    return todo.status is TodoStatus.DONE and todo.is_proof and completed is not None and completed <= context.as_of.date()


def _is_news(todo: Todo, people: Collection[str], context: DecisionContext) -> bool:
    """Whether it was completed in the window. A source that tells days counts the whole day, unless somebody was told on it or since."""
    since, day = context.since or context.as_of, todo.completed_on
    if todo.completed_at is not None:
        return since < todo.completed_at <= context.as_of
    if day is None or day < since.date():
        return False
    told = context.history(PEOPLE, (f"{who(person)}/{_subject(todo)}" for person in people))
    return all(last.as_of.date() < day for last in told.values())


def _notice(todo: Todo, title: str | None, of_work: Sequence[Todo]) -> Notice:
    work_id, stage = todo.work_id or 0, str(todo.milestone).replace("_", " ")
    by = f" by {todo.completed_by_name}" if todo.completed_by_name else ""
    completed = todo.completed_at.astimezone(UTC).isoformat(timespec="seconds") if todo.completed_at else str(todo.completed_on)
    return Notice(
        subject=_subject(todo),
        occurrence=completed,
        work_id=work_id,
        title=f"{(title or f'work {work_id}')[:80]}: {stage}",
        body=f"{stage.capitalize()} was completed{by}.{_next(todo, of_work)}",
        data={"kind": "milestone", "milestone": str(todo.milestone), "work": str(work_id)},
    )


def _next(done: Todo, of_work: Sequence[Todo]) -> str:
    """What waits for the stage, else what is due first, and who owns it."""
    still_open = [todo for todo in of_work if todo.status is TodoStatus.OPEN]
    blocked = [todo for todo in still_open if done.id is not None and done.id in todo.blocked_by]
    coming = min(blocked or still_open, key=lambda todo: (todo.due_on is None, todo.due_on, todo.id or 0), default=None)
    if coming is None:
        return ""
    due = f", due on {coming.due_on.day} {coming.due_on:%B %Y}" if coming.due_on else ""
    return f" Next: {coming.description[:80]}, with {coming.assignee_name or 'nobody yet'}{due}."


def _subject(todo: Todo) -> str:
    return f"{todo.subject}/{todo.milestone}"


CASE = UseCase(
    id="push__milestone_alerts",
    reads=(Todo,),
    gains=(TeamMember, Work),
    decide=decide,
    backfill="silent",
    tells_people=True,
    systems=("opentext_push",),
)
