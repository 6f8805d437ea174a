"""The way to publication: what is open of each format, in which order it ends, and the days to spare. And where titles pile up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple, get_args

from colophon.config.calendars import Calendar, Calendars
from colophon.config.monitoring import PipelineMonitor
from colophon.domain.product import FormKind, Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.done import done_on, is_done
from colophon.onix.forms import edition_of

FORTHCOMING = frozenset({None, "00", "02"})
"""Publishing statuses (List 64) of titles that are still to come."""
KINDS = frozenset(get_args(FormKind))
NEWEST = 50
"""So many titles that passed a stage last say how long it takes."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is still to come out of a work, with the to-dos that lead there."""

    id: int
    title: str
    imprint: str | None
    products: tuple[Product, ...]
    todos: tuple[Todo, ...]

    def is_done(self, stage: str) -> bool:
        """Whether a stage is done, all its to-dos that were not cancelled."""
        own = [todo for todo in self.todos if todo.milestone == stage and todo.status is not TodoStatus.CANCELLED]
        return bool(own) and all(is_done(todo) for todo in own)

    def of_format(self, kind: FormKind) -> list[Todo]:
        """The to-dos that a kind of format waits for: those with its name among their tags, and those that name no format."""
        return [todo for todo in self.todos if not (names := _formats(todo)) or kind in names]


class Way(NamedTuple):
    """What is open before a format: the chain that decides (`critical`, the first to be done first), when it ends, and the days to spare."""

    critical: tuple[Todo, ...]
    ends: Mapping[str, date]
    ends_on: date
    spare: int


class Window(NamedTuple):
    """A format's day, and how it stands: `may_miss`, `will_miss` or `has_missed`; `held` by what."""

    product: Product
    on: date
    state: str
    held: Todo | None


def works_of(products: Iterable[Product], todos: Iterable[Todo]) -> dict[int, Work]:
    """Works of which something is still to come out."""
    coming, by_work = defaultdict[int, list[Product]](list), defaultdict[int, list[Todo]](list)
    for product in products:
        if product.publishing_status in FORTHCOMING and day_of(product):
            coming[product.work_id].append(product)
    for todo in todos:
        by_work[todo.work_id or 0].append(todo)
    return {key: Work(key, own[0].title, own[0].imprint, tuple(own), tuple(by_work[key])) for key, own in coming.items()}


def windows(work: Work, rules: PipelineMonitor, today: date, calendar: Calendar, takes: Mapping[Milestone, int]) -> list[Window]:
    """The formats that do not come out in time, the worst first. :param takes: how long each stage takes (`pace`)."""
    late = (_window(product, work, rules, today, calendar, takes) for product in work.products)
    order = ("has_missed", "will_miss", "may_miss")
    return sorted((window for window in late if window), key=lambda window: (order.index(window.state), window.on, window.product.id))


def _window(
    product: Product, work: Work, rules: PipelineMonitor, today: date, calendar: Calendar, takes: Mapping[Milestone, int]
) -> Window | None:
    on, way = day_of(product), way_of(product, work, rules, today, calendar, takes)
    if on is None or on < today - timedelta(days=rules.missed_days):
        return None
    held = way.critical[0] if way else None
    if on < today:
        return Window(product, on, "has_missed", held)
    state = "" if way is None else "will_miss" if way.spare < 0 else "may_miss" if way.spare < rules.at_risk_days else ""
    return Window(product, on, state, held) if state else None


def way_of(
    product: Product, work: Work, rules: PipelineMonitor, today: date, calendar: Calendar, takes: Mapping[Milestone, int]
) -> Way | None:
    """What is open before a format that has a day; None where nothing is.

    A stage begins when the one before it has ended. It ends on the day on which its to-do is due, if that is still to come when its
    turn does; else as long after as it takes. A to-do that waits for an open task of no stage begins when that is due.
    """
    on, kind = day_of(product), kind_of(product)
    left = [todo for todo in work.of_format(kind) if todo.status is TodoStatus.OPEN and todo.is_proof]
    beside = {todo.id: todo.due_on for todo in left if todo.milestone not in takes and todo.due_on}
    turn, ends, critical = today, dict[str, date](), list[Todo]()
    for stage, days in takes.items():
        own = [todo for todo in left if todo.milestone is stage]
        for todo in own:
            starts = max([turn, *(beside[key] for key in todo.blocked_by if key in beside)])
            is_on_time = todo.due_on is not None and todo.due_on >= starts
            ends[todo.subject] = todo.due_on if is_on_time and todo.due_on else calendar.moved(starts, days)
        if own:
            critical.append(max(own, key=lambda todo: ends[todo.subject]))
            turn = ends[critical[-1].subject]
    if not critical or on is None:
        return None
    latest = calendar.moved(on, -rules.ready_days.get(kind, 0))
    return Way(tuple(critical), ends, turn, calendar.working_days(turn, latest))


def pace(todos: Iterable[Todo], rules: PipelineMonitor, calendar: Calendar) -> dict[Milestone, int]:
    """How many working days each stage takes, in their order: by the house's own history where enough titles passed it, else as configured."""
    ended = defaultdict[int, dict[Milestone, date]](dict)
    for todo in todos:
        day = done_on(todo)
        if todo.work_id is not None and todo.milestone in rules.stage_days and is_done(todo) and day is not None:
            ended[todo.work_id][todo.milestone] = max(day, ended[todo.work_id].get(todo.milestone, day))
    takes = dict(rules.stage_days)
    for before, stage in pairwise(rules.stage_days):
        passed = sorted(
            ((days[stage], days[before]) for days in ended.values() if before in days and stage in days and days[before] <= days[stage]),
            reverse=True,
        )[:NEWEST]
        if len(passed) >= rules.history_least > 0:
            takes[stage] = median_low(calendar.working_days(since, until) for until, since in passed)
    return takes


def piles(works: Iterable[Work], rules: PipelineMonitor, today: date, calendars: Calendars) -> Mapping[Milestone, list[tuple[int, Work]]]:
    """Titles that have waited for a stage for too long, by the first that each waits for: (working days, title), the longest wait first."""
    found = defaultdict[Milestone, list[tuple[int, Work]]](list)
    for work in works:
        left = {todo.milestone for todo in work.todos if todo.status is TodoStatus.OPEN and todo.is_proof}
        first = next((stage for stage in rules.stage_days if stage in left), None)
        since = max(_done_days(work), default=None)
        waited = calendars.of(work.imprint).working_days(since, today) if since else 0
        if first and waited > rules.bottleneck.working_days:
            found[first].append((waited, work))
    return {stage: sorted(waiting, key=lambda pair: (-pair[0], pair[1].id)) for stage, waiting in found.items()}


def _done_days(work: Work) -> Iterator[date]:
    """When each stage that is done ended."""
    for todo in work.todos:
        day = done_on(todo)
        if todo.milestone and is_done(todo) and day:
            yield day


def _formats(todo: Todo) -> frozenset[str]:
    return KINDS & {tag.casefold() for tag in todo.tags}


def day_of(product: Product) -> date | None:
    """When it is to come out: the day that the trade knows, else the planned one."""
    return product.publication_on or product.planned_publication_on


def kind_of(product: Product) -> FormKind:
    """Which way its format takes to the reader; what is none of the three goes as print does."""
    return edition_of(product) or "print"


def first_day(products: Sequence[Product]) -> date:
    """The first day on which one of them comes out. Each has one."""
    return min(day for product in products if (day := day_of(product)))
