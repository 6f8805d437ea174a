"""PN-8, time: whether a title can still come out on its day, what holds it, and where titles pile up. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from colophon.config.calendars import Calendar, Calendars
from colophon.config.monitoring import FormKind, PipelineMonitor
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.onix.forms import AUDIO_FORMS, form_of, is_digital

FORTHCOMING = frozenset({None, "00", "02"})
"""Publishing statuses (List 64) of titles that are still to come."""


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
        return bool(own) and all(_is_done(todo) for todo in own)

    def waits_for(self, stages: Iterable[Milestone]) -> list[Todo]:
        """What is still open of some stages, in their order."""
        left = [todo for todo in self.todos if todo.status is TodoStatus.OPEN and todo.is_proof]
        return [todo for stage in stages for todo in left if todo.milestone is stage]


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


def windows(work: Work, rules: PipelineMonitor, today: date, calendar: Calendar) -> list[Window]:
    """The formats that do not come out in time, the worst first."""
    late = (_window(product, work, rules, today, calendar) for product in work.products)
    order = ("has_missed", "will_miss", "may_miss")
    return sorted((window for window in late if window), key=lambda window: (order.index(window.state), window.on, window.product.id))


def _window(product: Product, work: Work, rules: PipelineMonitor, today: date, calendar: Calendar) -> Window | None:
    on, left = day_of(product), work.waits_for(rules.stage_days)
    if on is None or on < today - timedelta(days=rules.missed_days):
        return None
    if on < today:
        return Window(product, on, "has_missed", left[0] if left else None)
    if not left:
        return None
    latest = moved(on, -rules.ready_days.get(kind_of(product), 0), calendar)
    spare = calendar.working_days(_forecast(left, rules, today, calendar), latest)
    state = "will_miss" if spare < 0 else "may_miss" if spare < rules.at_risk_days else ""
    return Window(product, on, state, left[0]) if state else None


def _forecast(left: Sequence[Todo], rules: PipelineMonitor, today: date, calendar: Calendar) -> date:
    """When the last stage ends: on the day on which it is due, if that is still to come when its turn does; else as long after as it takes."""
    ends = today
    for todo in left:
        is_on_time = todo.due_on is not None and todo.due_on >= ends
        takes = rules.stage_days.get(todo.milestone, 0) if todo.milestone else 0
        ends = todo.due_on if is_on_time and todo.due_on else moved(ends, takes, calendar)
    return ends


def piles(works: Iterable[Work], rules: PipelineMonitor, today: date, calendars: Calendars) -> Mapping[Milestone, list[tuple[int, Work]]]:
    """Titles that have waited for a stage for too long, by the first that each waits for: (working days, title), the longest wait first."""
    found = defaultdict[Milestone, list[tuple[int, Work]]](list)
    for work in works:
        left = work.waits_for(rules.stage_days)
        since = max(_done_days(work), default=None)
        waited = calendars.of(work.imprint).working_days(since, today) if since else 0
        if left and left[0].milestone and waited > rules.bottleneck.working_days:
            found[left[0].milestone].append((waited, work))
    return {stage: sorted(waiting, key=lambda pair: (-pair[0], pair[1].id)) for stage, waiting in found.items()}


def _done_days(work: Work) -> Iterator[date]:
    """When each stage that is done ended."""
    for todo in work.todos:
        day = todo.completed_at.date() if todo.completed_at else todo.completed_on
        if todo.milestone and _is_done(todo) and day:
            yield day


def _is_done(todo: Todo) -> bool:
    return todo.is_proof and todo.status is TodoStatus.DONE


def day_of(product: Product) -> date | None:
    """When it is to come out: the day that the trade knows, else the planned one."""
    return product.publication_on or product.planned_publication_on


def kind_of(product: Product) -> FormKind:
    """Which way its format takes to the reader."""
    form = form_of(product).code
    return "audio" if form in AUDIO_FORMS else "ebook" if is_digital(form) else "print"


def moved(day: date, working_days: int, calendar: Calendar) -> date:
    """The day so many working days later, or earlier where they are below nothing."""
    step, left = (1 if working_days > 0 else -1), abs(working_days)
    while left > 0:
        day += timedelta(days=step)
        left -= calendar.is_working(day)
    return day
