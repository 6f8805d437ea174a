"""PN-4, deadline reminders: whoever has to decide is reminded before a task is due, and on each working day while it is overdue.

A threshold of one due date is told once, a missed one by the nearest; another date starts over. A task that waits for others is
theirs to move: whoever has the first of them is reminded, and is told what waits.
"""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notice import Posts
from colophon.blocks.notices import IN_A_CIRCLE, PEOPLE, Audience, Notice, address, finding
from colophon.blocks.use_case import UseCase
from colophon.config.reminders import ASSIGNEE, TEAM, DeadlineReminders, role_of
from colophon.domain.facts import Facts
from colophon.domain.team import TeamMember, TeamRole, posts_on
from colophon.domain.todo import Todo, TodoStatus
from colophon.domain.work import Work


class Tasks(NamedTuple):
    """Open tasks by id, their works, who has which role in each work's team, and whose manager is who."""

    open: Mapping[int, Todo]
    works: Mapping[int, Work]
    team: Mapping[tuple[int, TeamRole], list[TeamMember]]
    managers: Mapping[int, int]

    def first_blockers(self, todo: Todo) -> tuple[list[Todo], bool]:
        """The tasks that keep it from being done and wait for nobody themselves; and whether some on the way wait in a circle."""
        on_the_way, waits = [todo], dict[int, list[int]]()
        for each in on_the_way:  # it grows meanwhile
            number = each.id or 0
            if number not in waits:
                # Others are done, or of no account that is read.
                waits[number] = [blocker for blocker in each.blocked_by if blocker in self.open]
                on_the_way += [self.open[blocker] for blocker in waits[number]]
        first = {each.id: each for each in on_the_way[1:] if not waits[each.id or 0]}
        try:
            TopologicalSorter(waits).prepare()
        except CycleError:
            return list(first.values()), True
        return list(first.values()), False


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """A reminder for each open task whose next threshold is reached, to whoever can move it; the most urgent first."""
    rules, team = context.config.deadline_reminders, facts.records(TeamMember, ())
    still_open = [todo for todo in facts.records(Todo) if todo.status is TodoStatus.OPEN and todo.is_proof]
    tasks = Tasks(
        {todo.id: todo for todo in still_open if todo.id is not None},
        {work.id: work for work in facts.records(Work, ())},
        posts_on(team, context.as_of.date()),
        {each.contact_id: each.manager_id for each in team if each.manager_id not in {None, each.contact_id}},
    )
    reminders, circles = list[Notice](), []
    for todo in still_open:
        if todo.due_on is None:
            continue
        work = tasks.works.get(todo.work_id or 0)
        calendar = context.config.calendars.of(work.imprint if work else None)
        today = calendar.day_of(context.as_of)
        days_left = calendar.working_days(today, todo.due_on)
        if (threshold := rules.threshold(days_left)) is None or not calendar.is_working(today):
            continue
        first, is_circle = tasks.first_blockers(todo)
        if is_circle:
            circles.append(finding(IN_A_CIRCLE, todo.subject, "blocked_by", "a circle", "a task that waits for no other"))
        is_overdue = days_left < 0
        reminder = Notice(
            subject=f"{todo.subject}/{todo.due_on}/{'overdue' if is_overdue else threshold}",
            occurrence=str(today) if is_overdue else "once",
            work_id=todo.work_id or 0,
            kind="reminder",
            fields={
                "title": (work.title if work else None) or todo.work_title or f"work {todo.work_id}",
                "task": todo.description,
                "days": days_left,
                "due": todo.due_on,
                "assignee": todo.assignee_name or "",
                "waits_for": ", ".join(dict.fromkeys(blocker.description for blocker in first)),
            },
            data={"kind": "reminder", "todo": todo.subject, "days": str(days_left)},
            posts=_posts(todo, work, first, days_left, tasks, rules),
        )
        reminders.append(reminder)
    reminders.sort(key=lambda each: (each.fields["days"], each.subject))
    audience = Audience((TeamRole.APPROVER,), rules.desk, rules.digest_above, is_each_role=True, digest_kind="reminders")
    plan = address(reminders, team, audience, context, use_case=CASE.id, records={todo.subject for todo in facts.records(Todo)})
    plan.findings += circles
    plan.everything = frozenset([PEOPLE])
    return plan


def _posts(todo: Todo, work: Work | None, blockers: list[Todo], days_left: int, tasks: Tasks, rules: DeadlineReminders) -> Posts:
    """Whoever has the task, or the ones that it waits for; long overdue their manager as well."""
    work_id = todo.work_id or 0
    if blockers:
        posts = [_owner(blocker, TeamRole.PRODUCTION_MANAGER, tasks) for blocker in blockers]
    else:
        target = rules.target(todo.description, work.imprint if work else None)
        team = [(role, ()) for role in sorted(TeamRole) if (work_id, role) in tasks.team] if TEAM in target.to else []
        named = [(target.otherwise, (key,)) for key in target.to if key not in {ASSIGNEE, TEAM} and not role_of(key)]
        roles = [(role, ()) for name in target.to for role in role_of(name)]
        posts = [*([_owner(todo, target.otherwise, tasks)] if ASSIGNEE in target.to else []), *team, *roles, *named]
        posts = posts or [(target.otherwise, ())]
    if -days_left >= rules.manager_after:
        heard = {int(key) for _, people in posts for key in people if key.isdecimal()}
        managers = {str(tasks.managers[person]) for person in heard if person in tasks.managers}
        posts.append((TeamRole.MANAGER, () if (work_id, TeamRole.MANAGER) in tasks.team else tuple(sorted(managers))))
    return tuple(posts)


def _owner(todo: Todo, otherwise: TeamRole, tasks: Tasks) -> tuple[TeamRole, tuple[str, ...]]:
    """Whoever a task is given to, else those of a role of its own title's team."""
    of_team = [member.contact_id for member in tasks.team.get((todo.work_id or 0, otherwise), ())]
    return otherwise, tuple(map(str, of_team if todo.assignee_id is None else [todo.assignee_id]))


CASE = UseCase(
    id="push__deadline_reminders",
    reads=(Todo,),
    gains=(TeamMember, Work),
    decide=decide,
    backfill="silent",
    reads_all=True,
    tells_people=True,
    systems=("opentext_push",),
)
