"""PN-7: what happened to titles that people outside may hear of, and who they are. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from colophon.config.outside import StakeholderUpdates, Update
from colophon.domain.contract import Contract
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.path import FORTHCOMING

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
        done = todo.completed_at.date() if todo.completed_at else todo.completed_on
        if todo.status is not TodoStatus.DONE or not todo.is_proof or done is None or todo.milestone is None:
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


def outsiders(products: Iterable[Product], rules: StakeholderUpdates, today: date) -> Mapping[int, Mapping[int, set[str]]]:
    """Who outside works on each title today: roles by contact, by work; those whose agent hears in their place are not there."""
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for product in products:
        for contributor in product.contributors:
            if role := rules.contributor_roles.get(contributor.role):
                found[product.work_id][contributor.contact_id].add(role)
    present = [each for each in rules.collaborators if each.is_on(today)]
    for each in present:
        found[each.work_id][each.contact_id].add(each.role)
    for each in present:
        if each.instead and each.represents is not None:
            found[each.work_id].pop(each.represents, None)
    return found


def announced(products: Iterable[Product], launches: Iterable[Launch], today: date) -> set[int]:
    """Works whose name the world may know: announced by now, or out. What nobody knows of is not announced."""
    out = {product.work_id for product in products if product.publishing_status == OUT}
    return out | {launch.work_id for launch in launches if launch.announced_on and launch.announced_on <= today}


def sayable(event: Event, update: Update, product: Product | None, rules: StakeholderUpdates, *, is_announced: bool) -> dict[str, Any]:
    """What may be said: what the publisher allows, and of a title that is not announced its code name alone."""
    title, isbn = rules.code_titles.get(event.work_id, ""), ""
    if product is not None and is_announced:
        title, isbn = product.title, product.isbn13 or ""
    contact = rules.contacts.get((product.imprint or "") if product else "", rules.contact)
    said = {
        "public_title": title,
        "isbn": isbn,
        "milestone": f"update_{update}",
        "date": event.on,
        "due_on": event.due_on,
        "contact": contact,
    }
    return {name: value if name in rules.allow else (None if isinstance(value, date) else "") for name, value in said.items()}
