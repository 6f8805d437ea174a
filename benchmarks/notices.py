"""A quarter of a house, replayed: how many pushes each person gets a day, how many repeat themselves, and what comes late.

python -m benchmarks.notices [TITLES]      (3,000 where not given)

One title in seven is in production: its stages slip, are undone and done again, and change their dates; some lack metadata for days, some
rights. Each night some titles change at their recipients, once a month all; some are refused. Easter and the May holidays are in it, and two
days without the messaging system. Authors hear of their own titles, and are counted apart.
The decisions are the use cases' own; what the ledger would remember is kept in memory.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.noticed_house import AUTHORS, CONFIG, FIRST, LAST, LONDON, STAGES, House
from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import PEOPLE, who
from colophon.blocks.use_case import UseCase
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.delivery import HistoryRow, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.person import Person
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.domain.work import Work
from colophon.use_cases.push import (
    deadline_reminders,
    distribution_status,
    metadata_exceptions,
    milestone_alerts,
    pipeline_monitor,
    stakeholder_updates,
)
from colophon.use_cases.push.late_rights import LateRights, Looked
from colophon.use_cases.push.title_faults import KeptBack, Title

TITLES = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
OUTAGE = (date(2027, 4, 13), date(2027, 4, 14))
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
        self.memory: Any = {}

    def run(self, facts: Facts, at: datetime, *, is_down: bool) -> list[Push]:
        """Decide, and deliver unless the messaging system is down."""
        context = DecisionContext(
            at,
            CONFIG,
            {},
            lambda _place, subjects: {subject: self.last[subject] for subject in subjects if subject in self.last},
            since=self.since or at - timedelta(hours=1),
            waiting=lambda _place: self.waiting.keys(),
            person=lambda key: Person(key=key, channels=frozenset({"token"}), has_consented=True),
            memory=self.memory,
        )
        plan = self.case.decide(facts, context)
        self.memory = self.memory if plan.memory is None else plan.memory
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


def replay(titles: int) -> tuple[list[Push], dict[str, float], list[timedelta]]:
    """All pushes of the quarter, seconds by use case, and how long people waited to hear of a stage while the system was there."""
    house, pushes, seconds, waits = House(titles), list[Push](), Counter[str](), list[timedelta]()
    alerts, reminders, status, faulty, pipeline, outside = (
        Memory(module.CASE)
        for module in (
            milestone_alerts,
            deadline_reminders,
            distribution_status,
            metadata_exceptions,
            pipeline_monitor,
            stakeholder_updates,
        )
    )

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
        new, rows, (titles_at_fault, late) = house.changes(day), house.night(day), house.out_of_order(day)
        for hour in range(7, 20):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).astimezone(UTC)
            there = [todo for todo in house.todos.values() if not (todo.completed_at and todo.completed_at > at)]
            if hour == 7 and day.weekday() < 5:
                told(reminders, {Todo: there, TeamMember: house.team, Work: house.works}, at)
            if hour == 7:
                names = {row.labels["isbn"] for row in rows}
                about = {work.id for work in house.works if work.editions[0].isbn13 in names}
                team = [member for work in about for member in house.by_work[work]]
                told(status, {HistoryRow: rows, Todo: (), Launch: (), TeamMember: team, Work: [works_of[work] for work in about]}, at)
            of_works = [member for product in house.products for member in house.by_work[product.work_id]]
            told(faulty, {Title: titles_at_fault, KeptBack: (), TeamMember: of_works}, at)
            looked = [Looked(tuple(product.isbn13 or "" for product in house.products))]
            told(pipeline, {Todo: there, Product: house.products, Looked: looked, LateRights: late, TeamMember: of_works}, at)
            facts = {Todo: there, Product: house.products, ContactFields: (), Contract: (), Launch: (), TeamMember: of_works}
            told(outside, facts, at)
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
    authors = {who(str(AUTHORS + number)) for number in range(1, TITLES + 1)}
    outside, pushes = [push for push in pushes if push.person in authors], [push for push in pushes if push.person not in authors]
    people = sorted({push.person for push in pushes})
    by_day = Counter((push.person, push.at.date()) for push in pushes)
    counts = sorted(by_day[person, day] for person in people for day in days)
    kinds = {case: Counter((push.person, push.at.date()) for push in [*pushes, *outside] if push.use_case == case) for case in seconds}
    told = Counter((push.use_case, *each) for push in [*pushes, *outside] for each in push.named)
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
    to_authors = Counter(push.person for push in outside)
    print(f"{'  to authors, beside':<44}{len(outside):>9,} pushes to {len(to_authors)}, at most {max(to_authors.values())} in the quarter")
    for case, count in sorted(kinds.items()):
        figures = sorted(count.values()) or [0]
        print(f"{'  ' + case:<44}{sum(figures):>9,} pushes, at most {figures[-1]} a person and day; {seconds[case]:.0f} s to decide")


def line(what: str, found: int, aim: int) -> None:
    """One figure beside its aim."""
    print(f"{what:<44}{found:>9,}   (the aim is at most {aim})")


def _share(counts: list[int], share: float) -> int:
    return counts[min(len(counts) - 1, int(len(counts) * share))]


if __name__ == "__main__":
    main()
