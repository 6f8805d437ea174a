"""PN-7: what happened to titles that people outside may hear of, and since when each of it is known. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.config.outside import Update
from colophon.domain.contract import Contract
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.done import done_on, is_done
from colophon.launch.path import FORTHCOMING

EVENTS = "events"
"""Under which name the next run finds what has happened."""
KEPT = timedelta(days=60)
"""So long after its day something may still be entered late and be news."""
OUT = "04"
COMES = FORTHCOMING | {OUT}
"""Publishing statuses (List 64) of what has a day of publication: what was cancelled or put off for good has none."""
_TODOS = {Milestone.MANUSCRIPT_RECEIVED: Update.MANUSCRIPT_RECEIVED, Milestone.PROOFS_AVAILABLE: Update.PROOFS_AVAILABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a work, by one of its records. Done again, or another day, is another `occurrence`; `on` is the day that is said."""

    record: str
    work_id: int
    update: Update
    occurrence: str
    on: date
    due_on: date | None = None

    @property
    def subject(self) -> str:
        """What a person hears of once for each occurrence."""
        what = "publication" if self.update in {Update.PUBLICATION_CONFIRMED, Update.PUBLICATION_MOVED} else self.update
        return f"{self.record}/{what}"


def events(todos: Iterable[Todo], contracts: Iterable[Contract], products: Iterable[Product], today: date) -> Iterator[Event]:
    """What has happened, by what is so now; what lies too far back is no news, whenever it was entered."""
    by_work, published = defaultdict[int, list[Todo]](list), dict[int, date]()
    for product in products:
        if product.publication_on and product.publishing_status in COMES:
            published[product.work_id] = min(product.publication_on, published.get(product.work_id, date.max))
    for todo in todos:
        by_work[todo.work_id or 0].append(todo)
    found = [event for work_id, own in by_work.items() for event in _of_todos(work_id, own, published.get(work_id))]
    found += [event for contract in contracts if (event := _signed(contract))]
    return (event for event in found if today - KEPT <= event.on and (event.on <= today or event.update is Update.PUBLICATION_CONFIRMED))


def _signed(contract: Contract) -> Event | None:
    on, work_id = contract.signed_on, contract.work_id
    if on is None or work_id is None:
        return None
    return Event(record=contract.subject, work_id=work_id, update=Update.CONTRACT_APPROVED, occurrence=on.isoformat(), on=on)


def _of_todos(work_id: int, todos: list[Todo], published: date | None) -> Iterator[Event]:
    for todo in todos:
        done = done_on(todo)
        if not is_done(todo) or done is None or todo.milestone is None:
            continue
        if todo.milestone is Milestone.PUBLICATION_SCHEDULED and published:
            day = published.isoformat()
            yield Event(record=f"work:{work_id}", work_id=work_id, update=Update.PUBLICATION_CONFIRMED, occurrence=day, on=published)
        elif update := _TODOS.get(todo.milestone):
            moment = todo.completed_at.isoformat() if todo.completed_at else done.isoformat()
            due_on = _answer_by(update, todos, done)
            yield Event(record=todo.subject, work_id=work_id, update=update, occurrence=moment, on=done, due_on=due_on)


def _answer_by(update: Update, todos: Iterable[Todo], done: date) -> date | None:
    """When proofs are wanted back: the day on which they are to be approved."""
    days = (todo.due_on for todo in todos if todo.milestone is Milestone.PROOF_APPROVED and todo.status is TodoStatus.OPEN and todo.due_on)
    return min((day for day in days if day >= done), default=None) if update is Update.PROOFS_AVAILABLE else None


def remembered(found: Iterable[Event], context: DecisionContext) -> list[tuple[Event, dict[str, Any]]]:
    """What has happened, each with since when it is known (`seen`): empty for what was so before anybody looked.

    `moved`: it had another day. `told_as`: each move is told, also one back to a day that was told before.
    """
    before, now = context.memory.get(EVENTS), context.as_of.isoformat()
    since = (context.since or context.as_of).date()
    rows = list[tuple[Event, dict[str, Any]]]()
    for event in sorted(found, key=lambda each: (each.subject, each.occurrence)):
        row = (before or {}).get(event.subject)
        is_publication = event.update is Update.PUBLICATION_CONFIRMED
        if row and row["occurrence"] == event.occurrence:
            rows.append((event, row))
        elif before is None:
            rows.append((event, _row(event, now if event.on >= since and not is_publication else "", is_moved=False)))
        else:
            rows.append((event, _row(event, now, is_moved=is_publication and row is not None)))
    return list({event.subject: (event, row) for event, row in rows}.values())  # a publication is confirmed by many a to-do


def _row(event: Event, seen: str, *, is_moved: bool) -> dict[str, Any]:
    return {"occurrence": event.occurrence, "seen": seen, "moved": is_moved, "told_as": seen if is_moved else event.occurrence}
