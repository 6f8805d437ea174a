"""Who was asked by letter and has not answered."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from colophon.blocks.letters import Letters
from colophon.config import Config
from colophon.config.letters import ContributorRequests, destinations
from colophon.ledger import Ledger
from colophon.readiness import declared


class Asked(NamedTuple):
    """Somebody who was asked and has not answered: the first letter, since how many days, and how often they were written to."""

    row: Any
    days: int
    times: int


def open_requests(ledger: Ledger, config: Config, today: date) -> Iterator[Asked]:
    """Who was asked and has not answered, by the kinds that want an answer; chasers and copies count for the letter that they are below."""
    for case in declared(Letters):
        rules = getattr(config, case.id.partition("__")[2], None)
        if not isinstance(rules, ContributorRequests):
            continue
        asking = {kind: letter for kind, letter in rules.letters.items() if letter.asks is not None}
        rows = ledger.desk.unanswered_letters(case.id, list(destinations(asking)))
        answered = {row.subject.split("/chaser:")[0].split("/again:")[0] for row in ledger.answered_letters(case.id)}
        first = [row for row in rows if "/chaser:" not in row.subject and "/again:" not in row.subject and row.subject not in answered]
        for row in first:
            below = sum(other.subject.startswith(f"{row.subject}/") for other in rows)
            yield Asked(row, (today - row.as_of.date()).days, 1 + below)
