"""To-dos of people here about what is at the portal: one for each matter, open until it is dealt with."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from colophon.blocks.decision import DecisionContext
from colophon.blocks.write_back import intent, short
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.delivery_states import NEEDED
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Todo, TodoStatus

Status = Literal["OPEN", "DONE", "CANCELLED"]
OPEN, DONE = "OPEN", "DONE"
"""States of what has not certainly left: if it is still wanted, it has to be wanted again."""
_MARKER = re.compile(r"(?:\[|:)([0-9a-f]{12})\]?$")


def assignee(team: Iterable[TeamMember], title: Product, role: TeamRole, context: DecisionContext) -> int | None:
    """Who has a role in a title's team today, else who gets the role's tasks by `notices.yaml`, else the manager of who had it last; None: nobody."""
    today = context.as_of.date()
    own = [member for member in team if (member.work_id, member.role) == (title.work_id, role)]
    if on := [member.contact_id for member in own if member.is_on(today)]:
        return min(on)
    left = [(member.ends_on, member.manager_id) for member in own if member.manager_id and member.ends_on and member.ends_on < today]
    return context.config.notices.assignee(role.value.lower(), title.imprint) or max(left, default=(today, None))[1]


def to_do(
    use_case: str, subject: str, title: Product, what: str, person: int | None, due: date, as_of: datetime,
    *, before: HistoryRow | None, status: Status = "OPEN", shown: TodoStatus | None = None,
) -> Intent:  # fmt: skip
    """A to-do of a title, with the name in its words by which it is found again. Its days stay those that it was given first.

    :param before: what we told last. :param shown: how it stands there, where that is known: somebody may have changed it since.
    """
    last: Mapping[str, str] = before.labels if before else {}
    is_same, again = last.get("status") == status, last.get("again", "")
    if before is not None and is_same and shown is not None and shown.value != status and before.state == "confirmed":
        again = str(before.revision)  # somebody has changed it since: Consonance takes no word that it has had from us as a new one
    ended = last["ended"] if is_same and last.get("ended") else "" if status == OPEN else as_of.date().isoformat()
    labels = {"isbn": title.isbn13 or "", "status": status, "due": last.get("due") or due.isoformat(), "ended": ended, "again": again}
    members = {
        "workId": title.work_id, "description": f"{what} [{marker(subject)}]", "assigneeContactId": person, "dueOn": labels["due"],
        "completedOn": ended if status == DONE else None, "status": status, "tags": ["portal", *([f"again {again}"] if again else [])],
    }  # fmt: skip
    return _written(use_case, subject, members, labels, as_of)


def ended(use_case: str, row: HistoryRow, status: Status | None, context: DecisionContext) -> Intent | None:
    """A to-do that is open as far as we have told, as done or needed no more; as it was where that is still under way, or `status` is None.

    None where it needs nothing: it has ended, or Consonance has it as it is to stay.
    """
    content = context.content(row.content_hash)
    stays = status is None or row.labels["status"] != OPEN
    if content is None or (stays and row.state not in NEEDED):
        return None
    members = json.loads(content)["members"]
    if stays:
        return _written(use_case, row.subject, members, row.labels, context.as_of)
    day = context.as_of.date().isoformat()
    members |= {"status": status, "completedOn": day if status == DONE else None}
    return _written(use_case, row.subject, members, {**row.labels, "status": str(status), "ended": day}, context.as_of)


def shown_to_dos(todos: Iterable[Todo]) -> dict[str, TodoStatus]:
    """How those to-dos stand in Consonance that have a marker of ours, in their reference or at the end of their words."""
    found = dict[str, TodoStatus]()
    for todo in todos:
        if todo.is_proof and (marked := _MARKER.search(todo.external_reference or "") or _MARKER.search(todo.description)):
            found[marked.group(1)] = todo.status
    return found


def marker(subject: str) -> str:
    """What tells the to-do of a subject from others, wherever somebody loads it."""
    return short(subject)[:12]


def _written(use_case: str, subject: str, members: Mapping[str, Any], labels: Mapping[str, str], as_of: datetime) -> Intent:
    reference = f"{use_case.partition('__')[2]}:{marker(subject)}"
    return intent("upsertTodo", reference, members, use_case=use_case, subject=subject, as_of=as_of, labels=labels)
