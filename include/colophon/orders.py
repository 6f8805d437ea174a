"""Orders to printers as a person sees them: each one chain of three steps; and how somebody stops one.

    for order in orders(ledger):
        order.name, [step.state for step in order.steps]
    stop(ledger, "7-101-1", by="edith", why="the jacket is wrong")

A stop holds for the run and format: no new order of it is made until somebody lets it go on.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from colophon.blocks.ids import PRODUCTION_ORDERS
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import GONE, STATES, WAITING, reached
from colophon.domain.party import is_same_house
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.systems.xconnector.planned import CONTENT, TYPE_LABEL

FILES, PRINT, WAREHOUSE = STEPS = ("production-files", "production-print", "production-warehouse")
"""Destinations, in the order in which they hear of an order."""
CANCEL = "production.cancel"
"""Type of the event that calls an order back."""
STOPPED = "order:stopped:"
"""How names begin of what is remembered of a run and format (`7-101`): who stopped it, and why."""
_STANDS = tuple(state for state in STATES if state not in GONE)


class Step(NamedTuple):
    """One step as its destination was told last; `blocked`: it waits for the step before. `data`: what it was told, where one order is asked for."""

    name: str
    row: HistoryRow | None
    data: Mapping[str, Any]
    blocked: bool

    @property
    def is_cancellation(self) -> bool:
        """Whether it was called back."""
        return self.row is not None and self.row.labels.get(TYPE_LABEL) == CANCEL


class Order(NamedTuple):
    """One order: its steps, and who stopped it (empty: nobody)."""

    name: str
    isbn: str
    steps: Sequence[Step]
    stopped: Mapping[str, Any]

    @property
    def stem(self) -> str:
        """Its run and format."""
        return self.name.rpartition("-")[0]

    @property
    def changed_at(self) -> datetime:
        """When something of it changed last."""
        return max(step.row.updated_at for step in self.steps if step.row is not None)


def orders(ledger: Ledger, *, most: int = 100) -> list[Order]:
    """The orders that changed last, these first."""
    changed = ledger.desk.deliveries_page(Wanted(states=_STANDS, use_case=PRODUCTION_ORDERS), limit=most * len(STEPS))
    names = list(dict.fromkeys(row.subject for row in changed))[:most]
    return sorted(_orders(ledger, names), key=lambda order: order.changed_at, reverse=True)


def order(ledger: Ledger, name: str) -> Order:
    """One order, with what each step was told.

    :raises NotFoundError: there is none of this name.
    """
    for found in _orders(ledger, [f"order:{name}"]):
        return found._replace(steps=[step._replace(data=_told(ledger, step.row)) for step in found.steps])
    raise NotFoundError(f"there is no order {name[:80]}", system="ledger", remedy="Choose one under Flows.")


def stops(ledger: Ledger) -> Mapping[str, Mapping[str, Any]]:
    """What was stopped, by run and format."""
    return {str(note["order"]): note for note in ledger.memory.get_each(STOPPED)}


def stop(ledger: Ledger, name: str, *, by: str, why: str) -> None:
    """Stop an order: the next run holds what waits and calls back what has left.

    :raises NotFoundError: there is no such order.
    """
    stem, now = order(ledger, name).stem, ledger.clock()
    ledger.memory.put(f"{STOPPED}{stem}", {"order": stem, "by": by, "why": why, "at": now.isoformat(timespec="seconds")}, now)
    ledger.people.noted("stop order", f"order:{name}", by=by, why=why)


def go_on(ledger: Ledger, name: str, *, by: str, why: str) -> None:
    """Let a run and format be ordered again, where it is still approved.

    :raises NotFoundError: nobody stopped it.
    """
    stem = name.rpartition("-")[0]
    if stem not in stops(ledger):
        raise NotFoundError(f"nobody stopped {name[:80]}", system="ledger", remedy="Load the page anew.")
    ledger.memory.put_each({}, ledger.clock(), instead_of=[f"{STOPPED}{stem}"])
    ledger.people.noted("let order go on", f"order:{name}", by=by, why=why)


def still_to_come(
    told: Iterable[HistoryRow], called: Collection[str], content: Callable[[str], Mapping[str, Any]], today: date
) -> Iterator[str]:
    """Orders that a printer of these names has, or is to have, and whose copies are not due before today.

    :param told: what printers were told. :param content: the data of that, by its hash.
    """
    for row in told:
        order = content(row.content_hash) if row.state in {WAITING, *reached("accepted")} else {}
        printer = (order.get("payload") or {}).get(CONTENT, {}).get("printer", "")
        if any(is_same_house(printer, name) for name in called) and (order.get("dueOn") or str(today)) >= str(today):
            yield row.subject.removeprefix("order:")


def _orders(ledger: Ledger, subjects: Sequence[str]) -> Iterator[Order]:
    by_subject = defaultdict[str, dict[str, HistoryRow]](dict)
    for name in STEPS:
        for row in ledger.newest(PRODUCTION_ORDERS, name, subjects):
            by_subject[row.subject][name] = row
    stopped = stops(ledger)
    for subject, rows in by_subject.items():
        found = Order(subject.removeprefix("order:"), _isbn(rows.values()), list(_steps(rows)), {})
        yield found._replace(stopped=stopped.get(found.stem, {}))


def _steps(rows: Mapping[str, HistoryRow]) -> Iterator[Step]:
    is_open = True
    for name in STEPS:
        row = rows.get(name)
        yield Step(name, row, {}, blocked=not is_open and row is not None and row.state == "planned")
        is_open = is_open and row is not None and row.state == "confirmed"


def _isbn(rows: Iterable[HistoryRow]) -> str:
    return next((row.labels["isbn"] for row in rows if "isbn" in row.labels), "")


def _told(ledger: Ledger, row: HistoryRow | None) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(ledger.content(row.content_hash) or b"{}") if row else {}
    return data
