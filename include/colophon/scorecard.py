"""How well a recipient takes what it is sent: how fast it answers, what it refuses and why, what it never acknowledged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median, quantiles

from colophon.ledger import Ledger
from colophon.ledger.told import ToldRow
from colophon.onix.said import changes

MOST_COMPARED = 200
"""So many titles' contents are compared for what was never acknowledged."""
PATIENCE = timedelta(days=5)
"""What was sent so long ago and is not acknowledged counts as never."""


@dataclass(frozen=True, slots=True)
class Card:
    """One recipient over some days. Turnaround is in hours, None where nothing was acknowledged.

    `causes`: refusals by the recipient's code. `unanswered`: titles never acknowledged; `fields`: what changed in them, by field.
    """

    recipient: str
    sent: int
    acknowledged: int
    refused: int
    turnaround: float | None
    slowest: float | None
    causes: Mapping[str, int]
    unanswered: int
    fields: Mapping[str, int]

    @property
    def reject_rate(self) -> float | None:
        """Percent of what was answered; None where nothing was."""
        answered = self.acknowledged + self.refused
        return round(100 * self.refused / answered, 1) if answered else None


def card(ledger: Ledger, use_case: str, recipient: str, since: datetime, now: datetime) -> Card:
    """A recipient's card of what was sent since a moment."""
    rows = [told for told in ledger.desk.sent_since(use_case, recipient, since) if told.sent_at is not None]
    hours = [
        (told.acknowledged_at - told.sent_at).total_seconds() / 3600
        for told in rows
        if told.sent_at is not None and told.acknowledged_at is not None
    ]
    refusals = [word for told in rows if told.acknowledged_at is None and (word := told.refusal) is not None]
    unanswered = _unanswered(rows, now)
    return Card(
        recipient=recipient,
        sent=len(rows),
        acknowledged=len(hours),
        refused=len(refusals),
        turnaround=round(median(hours), 1) if hours else None,
        slowest=round(quantiles(hours, n=10)[-1] if len(hours) > 1 else hours[0], 1) if hours else None,
        causes=dict(Counter(word.code or "no code" for word in refusals).most_common()),
        unanswered=len(unanswered),
        fields=_fields(ledger, use_case, recipient, unanswered),
    )


def _unanswered(rows: Sequence[ToldRow], now: datetime) -> list[ToldRow]:
    """Of each title the newest revision, where it was sent long ago and nobody said anything of it."""
    newest = (list(revisions)[-1] for _, revisions in groupby(rows, key=lambda told: str(told.row.subject)))
    return [
        told
        for told in newest
        if told.acknowledged_at is None and told.refusal is None and told.sent_at is not None and told.sent_at < now - PATIENCE
    ]


def _fields(ledger: Ledger, use_case: str, recipient: str, unanswered: Sequence[ToldRow]) -> dict[str, int]:
    """Which fields changed since what the recipient acknowledged last, by how many titles."""
    found = Counter[str]()
    for told in unanswered[:MOST_COMPARED]:
        earlier = [each for each in ledger.desk.told(told.row.isbn, use_case, recipient) if each.acknowledged_at is not None]
        if earlier:
            before, after = (ledger.content(each.row.content_hash) or b"" for each in (earlier[-1], told))
            found.update({change.name.partition("#")[0].partition("[")[0] for change in changes(before, after)})
    return dict(found.most_common())
