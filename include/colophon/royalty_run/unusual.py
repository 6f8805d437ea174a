"""What is unlike an account's last statement, for whoever approves the run: a new payee, another rate, sales far beyond the habit.

Nothing is held for it: what has to be held is in `holds`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from colophon.royalties.currency import Converted
from colophon.royalties.row import RowKey
from colophon.royalties.statement.wording import count, percent
from colophon.royalty_run.kept import Closing
from colophon.royalty_run.records import AccountResult

HABIT, FEW = 10, 100
"""So many times the copies of the last statement are unusual; below so many copies nothing is."""


class Unusual(NamedTuple):
    """What is unusual of an account, its product (0: none) or payee, and what was found."""

    account_id: str
    what: str
    product_id: int
    found: str


def unusual_in(results: Iterable[AccountResult], openings: Mapping[str, Closing]) -> Iterator[Unusual]:
    """By account. :param openings: how the accounts closed when last approved here."""
    for result in results:
        if result.statement is None:
            continue
        last = openings.get(result.account_id)
        if last is None:
            yield Unusual(result.account_id, "first statement here", 0, "nothing to compare it with")
            continue
        known = {payee for payee, _ in last.payees}
        for payee in sorted(result.statement.payees.keys() - known):
            yield Unusual(result.account_id, "new payee", 0, f"contact {payee}")
        own = [one for one in result.statement.rows if not one.corrects]
        yield from _beyond_the_habit(result.account_id, _copies(last.rows), _copies(own))
        yield from _at_another_rate(result.account_id, _rates(last.rows), _rates(own))


def _beyond_the_habit(account_id: str, before: Mapping[int, int], now: Mapping[int, int]) -> Iterator[Unusual]:
    for product, copies in sorted(now.items()):
        if 0 < before.get(product, 0) * HABIT <= copies and copies >= FEW:
            yield Unusual(
                account_id, "sales far beyond the habit", product, f"{count(copies)} copies, {count(before[product])} the last time"
            )


def _at_another_rate(account_id: str, before: Mapping[RowKey, set[int]], now: Mapping[RowKey, set[int]]) -> Iterator[Unusual]:
    """Rates that the same sales never had. Those of an escalator that both statements reached are no news."""
    changes = {(key.product_id, frozenset(now[key] - before[key]), frozenset(before[key])) for key in now.keys() & before.keys()}
    for product, new, former in sorted(changes, key=lambda change: (change[0], sorted(change[1]))):
        if new:
            yield Unusual(account_id, "another rate", product, f"{_said(new)}, {_said(former)} the last time")


def _copies(rows: Iterable[Converted]) -> Counter[int]:
    found = Counter[int]()
    for one in rows:
        found[one.row.key.product_id] += one.row.units
    return found


def _rates(rows: Iterable[Converted]) -> dict[RowKey, set[int]]:
    """Rates by what makes a row but for its rate and price."""
    found = defaultdict[RowKey, set[int]](set)
    for one in rows:
        found[one.row.key._replace(rate=0, price=None)].add(one.row.key.rate)
    return dict(found)


def _said(rates: Iterable[int]) -> str:
    return " and ".join(map(percent, sorted(rates)))
