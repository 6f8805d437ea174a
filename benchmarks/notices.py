"""A quarter of a house, replayed: how many pushes each person gets a day, how many repeat themselves, and what comes late.

python -m benchmarks.notices [TITLES]      (3,000 where not given)

One title in seven is in production: its stages slip, are undone and done again, and change their dates. Each night some titles change
at their recipients, once a month all; some are refused. Easter and the May holidays are in it, and two days without the messaging system.
The decisions are the use cases' own; what the ledger would remember is kept in memory.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from time import perf_counter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import PEOPLE
from colophon.blocks.use_case import UseCase
from colophon.config import load_config
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.domain.work import Edition, Work
from colophon.ledger import HistoryRow, LatestDelivery
from colophon.use_cases.push import deadline_reminders, distribution_status, milestone_alerts

TITLES = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
FIRST, LAST = date(2027, 3, 1), date(2027, 5, 31)
OUTAGE = (date(2027, 4, 13), date(2027, 4, 14))
STAFF = {
    TeamRole.EDITOR: 24,
    TeamRole.PRODUCTION_MANAGER: 10,
    TeamRole.DESIGNER: 10,
    TeamRole.APPROVER: 12,
    TeamRole.SALES: 5,
    TeamRole.MARKETING: 6,
    TeamRole.OPERATIONS: 3,
}
STAGES = [
    (Milestone.EDITORIAL_APPROVAL, TeamRole.EDITOR),
    (Milestone.COPYEDIT_COMPLETE, TeamRole.EDITOR),
    (Milestone.DESIGN_SIGN_OFF, TeamRole.DESIGNER),
    (Milestone.COVER_APPROVED, TeamRole.APPROVER),
    (Milestone.PROOF_APPROVED, TeamRole.EDITOR),
    (Milestone.FINAL_PROOF_RELEASE, TeamRole.PRODUCTION_MANAGER),
    (Milestone.FILES_DELIVERED, TeamRole.PRODUCTION_MANAGER),
    (Milestone.PRODUCTION_COMPLETE, TeamRole.PRODUCTION_MANAGER),
]
LONDON = ZoneInfo("Europe/London")
CONFIG = load_config()
CALENDAR = CONFIG.calendars.of(None)
AIM_MEDIAN, AIM_MOST = 3, 10


class Push(NamedTuple):
    """One message to one person."""

    person: str
    at: datetime
    use_case: str
    title: str
    named: tuple[tuple[str, str], ...]


class Memory:
    """What the ledger would remember of one use case."""

    def __init__(self, case: UseCase) -> None:
        self.case, self.last, self.since = case, dict[str, LatestDelivery](), None
        self.waiting: dict[str, Any] = {}

    def run(self, facts: Facts, at: datetime, *, is_down: bool) -> list[Push]:
        """Decide, and deliver unless the messaging system is down."""
        context = DecisionContext(
            at,
            CONFIG,
            {},
            lambda _place, subjects: {subject: self.last[subject] for subject in subjects if subject in self.last},
            since=self.since or at - timedelta(hours=1),
            waiting=lambda _place: self.waiting.keys(),
        )
        plan = self.case.decide(facts, context)
        self.since = at
        self._enter(plan)
        return [] if is_down else list(self._deliver(at))

    def _enter(self, plan: Plan) -> None:
        wanted = {intent.subject for intent in plan.intents}
        everything = plan.everything or ()
        for subject in [each for each in self.waiting if each not in wanted and (PEOPLE in everything or each in set(plan.judged[PEOPLE]))]:
            del self.waiting[subject], self.last[subject]
        for intent in plan.intents:
            self.waiting[intent.subject] = intent
            self.last[intent.subject] = LatestDelivery(1, "", "planned", intent.as_of, intent.labels, occurrence=intent.occurrence)

    def _deliver(self, at: datetime) -> Iterator[Push]:
        carried = defaultdict[str, list[tuple[str, str]]](list)
        for intent in self.waiting.values():
            if intent.carrier:
                carried[intent.carrier].append((intent.subject, intent.occurrence))
        for subject, intent in self.waiting.items():
            self.last[subject] = LatestDelivery(1, "", "confirmed", intent.as_of, intent.labels, occurrence=intent.occurrence)
            if not intent.carrier:
                named = carried.get(subject) or [(subject, intent.occurrence)]
                yield Push(subject.partition("/")[0], at, self.case.id, intent.labels["title"], tuple(named))
        self.waiting.clear()


class House:
    """Titles with their teams, to-dos that change from day to day, and what became of records at recipients."""

    def __init__(self, titles: int) -> None:
        self.chance = Random(7)
        numbers = iter(range(100, 10_000))
        people = {role: [next(numbers) for _ in range(count)] for role, count in STAFF.items()}
        self.works = [
            Work(id=n, title=f"Title {n}", imprint=f"Imprint {n % 6}", editions=(Edition(product_id=n, isbn13=f"97810{n:08d}"),))
            for n in range(1, titles + 1)
        ]
        self.team = [
            TeamMember(work_id=work.id, role=role, contact_id=self.chance.choice(those), manager_id=999)
            for work in self.works
            for role, those in people.items()
        ]
        self.by_work = defaultdict[int, list[TeamMember]](list)
        for member in self.team:
            self.by_work[member.work_id].append(member)
        self.todos: dict[int, Todo] = {}
        self.happens = defaultdict[date, list[Todo]](list)
        for work in self.works[::7]:
            self._plan(work)

    def _plan(self, work: Work) -> None:
        """Stages with due dates; most are done about when they are due, some late, some are undone for a day, some move."""
        due = FIRST + timedelta(days=self.chance.randint(-120, 100))
        for number, (milestone, role) in enumerate(STAGES):
            due += timedelta(days=self.chance.randint(8, 25))
            owner = next(member.contact_id for member in self.by_work[work.id] if member.role is role)
            todo_id = work.id * 10 + number
            todo = Todo(id=todo_id, work_id=work.id, description=str(milestone), assignee_id=owner, due_on=due, status=TodoStatus.OPEN)
            self.todos[todo_id] = todo
            slip = self.chance.choices((self.chance.randint(-6, 0), self.chance.randint(1, 5), self.chance.randint(8, 20)), (75, 19, 6))[0]
            done = due + timedelta(days=slip)
            if done < FIRST:
                self.todos[todo_id] = self._done(todo, milestone, done)
            elif done <= LAST:
                self.happens[done].append(self._done(todo, milestone, done))
                if self.chance.random() < 0.04:
                    self.happens[done + timedelta(days=1)].append(todo)
                    self.happens[done + timedelta(days=3)].append(self._done(todo, milestone, done + timedelta(days=3)))
            if self.chance.random() < 0.1:
                moved = due + timedelta(days=10)
                self.happens[due - timedelta(days=4)].append(replace(todo, due_on=moved))

    def _done(self, todo: Todo, milestone: Milestone, day: date) -> Todo:
        at = datetime(day.year, day.month, day.day, self.chance.randint(9, 17), self.chance.randint(0, 59), tzinfo=LONDON).astimezone(UTC)
        return replace(todo, status=TodoStatus.DONE, completed_on=day, completed_at=at, milestone=milestone)

    def changes(self, day: date) -> list[Todo]:
        """To-dos as they become on a day; what is done stays so, unless it is undone."""
        for todo in self.happens[day]:
            if todo.status is TodoStatus.DONE or self.todos[todo.id or 0].status is TodoStatus.DONE or todo.due_on:
                self.todos[todo.id or 0] = todo
        return self.happens[day]

    def night(self, day: date) -> list[HistoryRow]:
        """What recipients took in the small hours, and what they refused."""
        share = 1.0 if day.day == 2 else 0.03
        at = datetime(day.year, day.month, day.day, 2, 30, tzinfo=UTC)
        return [self._row(work, place, at) for work in self.works if self.chance.random() < share for place in CONFIG.recipients]

    def _row(self, work: Work, place: str, at: datetime) -> HistoryRow:
        is_refused = self.chance.random() < 0.0005
        isbn = work.editions[0].isbn13 or ""
        state, detail = ("failed", "the price is missing") if is_refused else ("accepted", "")
        labels = {"isbn": isbn, "owner": "metadata_specialist"}
        revision = self.chance.randint(2, 900)
        return HistoryRow(
            "d", distribution_status.FEEDS, place, f"isbn:{isbn}", revision, state, "", detail, at, at, "", None, None, labels
        )


def replay(titles: int) -> tuple[list[Push], dict[str, float], list[timedelta]]:
    """All pushes of the quarter, seconds by use case, and how long people waited to hear of a stage while the system was there."""
    house, pushes, seconds, waits = House(titles), list[Push](), Counter[str](), list[timedelta]()
    alerts, reminders, status = (Memory(module.CASE) for module in (milestone_alerts, deadline_reminders, distribution_status))

    def told(memory: Memory, facts: dict[type, Iterable[Any]], at: datetime) -> None:
        began = perf_counter()
        found = memory.run(Facts.known(facts, source="replay", as_of=at), at, is_down=OUTAGE[0] <= at.date() <= OUTAGE[1])
        seconds[memory.case.id] += perf_counter() - began
        pushes.extend(found)
        if memory is alerts:
            done = {todo.subject: todo.completed_at for todo in house.todos.values() if todo.completed_at}
            moments = (done.get(subject.split("/")[1]) for push in found for subject, _ in push.named)
            waits.extend(at - moment for moment in moments if moment and not OUTAGE[0] <= moment.date() <= OUTAGE[1])

    works_of = {work.id: work for work in house.works}
    for day in (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)):
        new, rows = house.changes(day), house.night(day)
        for hour in range(7, 20):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).astimezone(UTC)
            if hour == 7 and day.weekday() < 5:
                there = [todo for todo in house.todos.values() if not (todo.completed_at and todo.completed_at > at)]
                told(reminders, {Todo: there, TeamMember: house.team, Work: house.works}, at)
            if hour == 7:
                names = {row.labels["isbn"] for row in rows}
                about = {work.id for work in house.works if work.editions[0].isbn13 in names}
                team = [member for work in about for member in house.by_work[work]]
                told(status, {HistoryRow: rows, Todo: (), Launch: (), TeamMember: team, Work: [works_of[work] for work in about]}, at)
            changed = {todo.work_id or 0 for todo in new if todo.completed_at and at - timedelta(hours=1) < todo.completed_at <= at}
            changed |= {int(subject.split("/")[1].removeprefix("todo:")) // 10 for subject in alerts.waiting if "/todo:" in subject}
            todos = [todo for work in changed for n in range(len(STAGES)) if (todo := house.todos.get(work * 10 + n))]
            team = [member for work in changed for member in house.by_work[work]]
            told(alerts, {Todo: todos, TeamMember: team, Work: [works_of[work] for work in changed if work in works_of]}, at)
    return pushes, dict(seconds), waits


def main() -> None:
    """Print the table."""
    pushes, seconds, waits = replay(TITLES)
    days = [day for number in range((LAST - FIRST).days + 1) if CALENDAR.is_working(day := FIRST + timedelta(days=number))]
    people = sorted({push.person for push in pushes})
    by_day = Counter((push.person, push.at.date()) for push in pushes)
    counts = sorted(by_day[person, day] for person in people for day in days)
    kinds = {case: Counter((push.person, push.at.date()) for push in pushes if push.use_case == case) for case in seconds}
    told = Counter((push.use_case, *each) for push in pushes for each in push.named)
    again = sum(count - 1 for count in told.values())
    off = sum(not CALENDAR.is_working(push.at.date()) for push in pushes if push.use_case == deadline_reminders.CASE.id)
    print(f"{TITLES:,} titles, {len(people)} people, {len(days)} working days, {len(pushes):,} pushes of {sum(told.values()):,} notices")
    line("pushes a person and working day, median", _share(counts, 0.5), AIM_MEDIAN)
    line("  90th percentile", _share(counts, 0.9), AIM_MOST)
    line("  99th percentile", _share(counts, 0.99), AIM_MOST)
    line("  most", counts[-1], AIM_MOST)
    print(f"{'  told twice':<44}{again:>9,}   (the aim is 0)")
    print(f"{'  reminders on a day off':<44}{off:>9,}   (the aim is 0)")
    print(f"{'  longest wait to hear of a stage':<44}{max(waits)!s:>9}   (the schedule is an hour; nights and weekends none)")
    for case, count in sorted(kinds.items()):
        figures = sorted(count.values())
        print(f"{'  ' + case:<44}{sum(figures):>9,} pushes, at most {figures[-1]} a person and day; {seconds[case]:.0f} s to decide")


def line(what: str, found: int, aim: int) -> None:
    """One figure beside its aim."""
    print(f"{what:<44}{found:>9,}   (the aim is at most {aim})")


def _share(counts: list[int], share: float) -> int:
    return counts[min(len(counts) - 1, int(len(counts) * share))]


if __name__ == "__main__":
    main()
