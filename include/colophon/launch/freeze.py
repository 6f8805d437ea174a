"""What of a title does not change any more shortly before its publication, and what did all the same: until somebody approved it, it holds the launch."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from colophon.config.calendars import Calendar
from colophon.config.readiness import DATE, ISBN, PRICE, TITLE, LaunchReadiness
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.launch.done import done_on, is_done


class Frozen(NamedTuple):
    """What it said when it froze, and the day on which it was seen to say something else (empty: it is as it was)."""

    value: str
    changed: str = ""


def values_of(product: Product, on: date) -> dict[str, str]:
    """What a format says of itself that can freeze."""
    prices = sorted(f"{price.amount} {price.currency}" for price in product.prices)
    return {ISBN: product.isbn13 or "", TITLE: product.title, PRICE: ", ".join(prices), DATE: on.isoformat()}


def approved_on(todos: Iterable[Todo], rules: LaunchReadiness) -> date | None:
    """When somebody approved a change last; None: nobody did."""
    tag = rules.thaw.casefold()
    days = (done_on(todo) for todo in todos if is_done(todo) and tag in map(str.casefold, todo.tags))
    return max(filter(None, days), default=None)


def frozen(
    now: Mapping[str, str],
    before: Mapping[str, Frozen],
    on: date,
    approved: date | None,
    rules: LaunchReadiness,
    calendar: Calendar,
    today: date,
) -> dict[str, Frozen]:
    """What is frozen today, of what is said `now` (what nobody tells stays as it was). A change that was approved freezes anew."""
    found = dict[str, Frozen]()
    for name, lead in rules.freeze.items():
        value, was = now.get(name, ""), before.get(name)
        is_time = calendar.moved(on, -lead) <= today
        if was is not None and value not in {"", was.value}:
            changed = was.changed or today.isoformat()
            if approved is None or approved.isoformat() < changed:
                found[name] = Frozen(was.value, changed)
                continue
        elif was is not None:
            value = was.value
        if value and is_time:
            found[name] = Frozen(value)
    return found
