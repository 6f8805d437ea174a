"""Orders to printers as a person sees them: each one chain of three steps; and how somebody stops one.

    for order in orders(ledger):
        order.name, [step.state for step in order.steps]
    stop(ledger, "7-101-1", by="edith", why="the jacket is wrong")

A stop holds for the run and format: no new order of it is made until somebody lets it go on.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from colophon.errors import NotFoundError
from colophon.ledger import HistoryRow, Ledger

USE_CASE = "xconnector__production_orders"
FILES, PRINT, WAREHOUSE = STEPS = ("production-files", "production-print", "production-warehouse")
"""Destinations, in the order in which they hear of an order."""
STOPPED = "order:stopped:"
"""How names begin of what is remembered of a run and format (`7-101`): who stopped it, and why."""


class Step(NamedTuple):
    """One step as its destination was told last; `blocked`: it waits for the step before."""

    name: str
    row: HistoryRow | None
    data: Mapping[str, Any]
    blocked: bool

    @property
    def is_cancellation(self) -> bool:
        """Whether it was called back."""
        return "steps" in self.data


class Order(NamedTuple):
    """One order: its steps, who stopped it (empty: nobody), and when something of it changed last."""

    name: str
    isbn: str
    steps: Sequence[Step]
    stopped: Mapping[str, Any]
    changed_at: datetime

    @property
    def stem(self) -> str:
        """Its run and format."""
        return self.name.rpartition("-")[0]


def orders(ledger: Ledger, *, most: int = 200) -> list[Order]:
    """The newest orders, those that changed last first."""
    by_name = defaultdict[str, dict[str, HistoryRow]](dict)
    for step in STEPS:
        for row in ledger.newest(USE_CASE, step):
            by_name[row.subject.removeprefix("order:")][step] = row
    stopped = stops(ledger)
    newest = sorted(by_name, key=lambda name: _changed_at(by_name[name]), reverse=True)
    return [_order(ledger, name, by_name[name], stopped) for name in newest[:most]]


def stops(ledger: Ledger) -> Mapping[str, Mapping[str, Any]]:
    """What was stopped, by run and format."""
    return {str(note["order"]): note for note in ledger.memory.get_each(STOPPED)}


def stop(ledger: Ledger, name: str, *, by: str, why: str) -> None:
    """Stop an order: the next run holds what waits and calls back what has left.

    :raises NotFoundError: there is no such order.
    """
    if not any(ledger.latest(USE_CASE, step, [f"order:{name}"]) for step in STEPS):
        raise NotFoundError(f"there is no order {name[:80]}", system="ledger", remedy="Load the page anew.")
    stem, now = name.rpartition("-")[0], ledger.clock()
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


def _order(ledger: Ledger, name: str, rows: Mapping[str, HistoryRow], stopped: Mapping[str, Mapping[str, Any]]) -> Order:
    steps, is_open = list[Step](), True
    for step in STEPS:
        row = rows.get(step)
        data = json.loads(ledger.content(row.content_hash) or b"{}") if row else {}
        steps.append(Step(step, row, data, blocked=not is_open and row is not None and row.state == "planned"))
        is_open = is_open and row is not None and row.state == "confirmed"
    isbn = next((str(step.data["isbn"]) for step in steps if "isbn" in step.data), "")
    isbn = isbn or next((row.labels["isbn"] for row in rows.values() if "isbn" in row.labels), "")
    return Order(name, isbn, steps, stopped.get(name.rpartition("-")[0], {}), _changed_at(rows))


def _changed_at(rows: Mapping[str, HistoryRow]) -> datetime:
    return max(row.updated_at for row in rows.values())
