"""To-dos of people here about what is at the portal: one for each matter, open until it is dealt with."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.inbound import CONSONANCE, intent, short
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.ledger import HistoryRow, Intent

OPEN, DONE, CANCELLED = "OPEN", "DONE", "CANCELLED"


def assignee(team: Iterable[TeamMember], title: Product, role: TeamRole, context: DecisionContext) -> int | None:
    """Who has a role in a title's team today, else who gets the role's tasks by `notices.yaml`."""
    today = context.as_of.date()
    on = [member.contact_id for member in team if (member.work_id, member.role) == (title.work_id, role) and member.is_on(today)]
    return min(on) if on else context.config.notices.assignee(role.value.lower(), title.imprint)


def to_do(use_case: str, subject: str, title: Product, what: str, person: int | None, due: date, before: HistoryRow | None, as_of: Any) -> Intent:
    """An open to-do of a title, with the name in its words by which it is found again. Its day stays the one that it was given first."""
    is_open = before is not None and before.labels.get("status") == OPEN
    day = before.labels["due"] if before is not None and is_open else due.isoformat()
    members = {
        "workId": title.work_id, "description": f"{what} [{marker(subject)}]", "assigneeContactId": person, "dueOn": day,
        "completedOn": None, "status": OPEN, "tags": ["portal"],
    }  # fmt: skip
    return _written(use_case, subject, members, title.isbn13 or "", as_of)


def end(plan: Plan, row: HistoryRow, status: str, context: DecisionContext, use_case: str) -> None:
    """A to-do that we have opened is done, or needed no more; one that has ended stays as it is."""
    content = context.content(row.content_hash)
    if content is None:
        return
    members = dict(json.loads(content)["members"])
    if members["status"] == OPEN:
        members |= {"status": status, "completedOn": context.as_of.date().isoformat() if status == DONE else None}
    plan.judged[CONSONANCE].append(row.subject)
    plan.intents.append(_written(use_case, row.subject, members, row.labels["isbn"], context.as_of))


def marker(subject: str) -> str:
    """What tells the to-do of a subject from others, wherever somebody loads it."""
    return short(subject)[:12]


def _written(use_case: str, subject: str, members: dict[str, Any], isbn: str, as_of: Any) -> Intent:
    labels = {"isbn": isbn, "status": members["status"], "due": members["dueOn"]}
    reference = f"{use_case.partition('__')[2]}:{marker(subject)}"
    return intent("upsertTodo", reference, members, use_case=use_case, subject=subject, as_of=as_of, labels=labels)
