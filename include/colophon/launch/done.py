"""What of a title's to-dos is done, and what puts a launch off. The one place that says so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from colophon.domain.launch import Launch
from colophon.domain.todo import Milestone, Todo, TodoStatus


def is_done(todo: Todo) -> bool:
    """Whether it is proved that it was done."""
    return todo.is_proof and todo.status is TodoStatus.DONE


def done_on(todo: Todo) -> date | None:
    """The day on which it was done; None: not told."""
    return todo.completed_at.date() if todo.completed_at else todo.completed_on


def reached(todos: Iterable[Todo], today: date) -> dict[tuple[int, Milestone], date]:
    """The day on which each stage of each work was reached last; one that is open again is not reached."""
    found, undone = dict[tuple[int, Milestone], date](), set[tuple[int, Milestone]]()
    for todo in todos:
        if todo.milestone is None or todo.work_id is None or not todo.is_proof or todo.status is TodoStatus.CANCELLED:
            continue
        key, day = (todo.work_id, todo.milestone), done_on(todo)
        if todo.status is TodoStatus.OPEN or day is None or day > today:
            undone.add(key)
        else:
            found[key] = max(day, found.get(key, day))
    return {key: day for key, day in found.items() if key not in undone}


def begun(todos: Iterable[Todo], today: date) -> Mapping[int, dict[Milestone, str]]:
    """When each milestone of each work was done last, as far as one of its to-dos is: text that sorts by time."""
    done = defaultdict[int, dict[Milestone, str]](dict)
    for todo in todos:
        day = done_on(todo)
        if todo.work_id is None or todo.milestone is None or not is_done(todo) or day is None or day > today:
            continue
        when = todo.completed_at.isoformat() if todo.completed_at else day.isoformat()
        done[todo.work_id][todo.milestone] = max(when, done[todo.work_id].get(todo.milestone, ""))
    return done


def is_delayed(done: Mapping[Milestone, str]) -> bool:
    """Whether a title was put off, and its publication was not scheduled anew since."""
    return done.get(Milestone.TITLE_DELAYED, "") > done.get(Milestone.PUBLICATION_SCHEDULED, "")


def is_held(launch: Launch | None) -> bool:
    """Whether somebody has put the launch on hold."""
    return launch is not None and bool(launch.is_on_hold)


def held_works(launches: Iterable[Launch]) -> frozenset[int]:
    """Works whose launch is on hold."""
    return frozenset(launch.work_id for launch in launches if is_held(launch))
