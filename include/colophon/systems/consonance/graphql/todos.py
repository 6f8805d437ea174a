"""EXT: to-dos through GraphQL, for accounts whose schema has them (contract section 6); else a report or the calendar tells them."""

from colophon.domain.finding import Finding
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import (
    Row,
    child,
    day,
    moment,
    required_int,
    required_text,
    text,
    texts,
    unreadable,
    whole,
    wholes,
)
from colophon.systems.consonance.unreadable import read_or_report

TODOS = Document(
    "TodosPage",
    "todos",
    "query TodosPage($search: TodoSearchAttributes!) { todos(todoSearch: $search) { id revision updatedAt work { id } description"
    " assignee { id name } dueOn completedOn completedAt completedBy { id name } status blockedBy tags milestoneCode externalReference } }",
)


def todo_from(row: Row) -> Todo | Finding:
    """One to-do, with its milestone where the account names one of ours; else `calendar.with_milestones` looks it up."""
    return read_or_report("todo", row, _todo)


def _todo(row: Row) -> Todo:
    return Todo(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        updated_at=moment(row, "updatedAt"),
        work_id=whole(child(row, "work"), "id"),
        description=required_text(row, "description"),
        assignee_id=whole(child(row, "assignee"), "id"),
        assignee_name=text(child(row, "assignee"), "name"),
        due_on=day(row, "dueOn"),
        completed_on=day(row, "completedOn"),
        completed_at=moment(row, "completedAt"),
        completed_by_id=whole(child(row, "completedBy"), "id"),
        completed_by_name=text(child(row, "completedBy"), "name"),
        status=_status(row),
        blocked_by=tuple(wholes(row, "blockedBy")),
        tags=tuple(texts(row, "tags")),
        milestone=_milestone(row),
        external_reference=text(row, "externalReference"),
    )


def _status(row: Row) -> TodoStatus:
    value = required_text(row, "status")
    if value not in TodoStatus.__members__:
        raise unreadable("status", value, f"one of {', '.join(TodoStatus)}")
    return TodoStatus(value)


def _milestone(row: Row) -> Milestone | None:
    code = (text(row, "milestoneCode") or "").lower()
    return Milestone(code) if code in set(Milestone) else None
