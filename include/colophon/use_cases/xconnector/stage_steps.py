"""What to-dos of a title came to, one revision after the other, and when."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from colophon.blocks.decision import DecisionContext
from colophon.domain.todo import Todo, TodoStatus


class Step(NamedTuple):
    """A to-do in one revision; `at`: when it came to that, as far as it is told. `completed`: since when it is done; empty: it is not."""

    todo: Todo
    at: datetime | None
    completed: str

    @property
    def is_to_the_minute(self) -> bool:
        """Whether more than the day of it is told."""
        return (self.todo.updated_at or self.todo.completed_at) is not None


def steps_of_works(todos: Iterable[Todo], context: DecisionContext) -> dict[int, list[Step]]:
    """What to-dos with a milestone came to until now, by work; in the order in which it happened."""
    by_work = defaultdict[int, list[Step]](list)
    for todo in todos:
        if todo.work_id is None or todo.milestone is None or not todo.is_proof:
            continue
        done_at = todo.completed_at or (midnight(todo.completed_on, context) if todo.completed_on else None)
        is_done = todo.status is TodoStatus.DONE and done_at is not None
        step = Step(todo, todo.updated_at or done_at, moment(done_at) or "" if is_done else "")
        if not is_done or (done_at or context.as_of) <= context.as_of:
            by_work[todo.work_id].append(step)
    early = datetime.min.replace(tzinfo=UTC)
    return {
        key: sorted(steps, key=lambda step: (step.at or early, step.todo.id or 0, step.todo.revision or 0))
        for key, steps in by_work.items()
    }


def midnight(day: date, context: DecisionContext) -> datetime:
    """When a day begins at the publisher's."""
    return datetime.combine(day, time(), ZoneInfo(context.config.publisher.time_zone)).astimezone(UTC)


def moment(at: datetime | None) -> str | None:
    """As events tell it."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
