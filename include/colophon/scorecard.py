"""How well a recipient takes what it is sent: how fast it answers, what it refuses and why, what it never acknowledged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median, quantiles

from colophon.domain.delivery_states import FINAL_BAD, ON_THE_WAY
from colophon.ledger import Ledger
from colophon.ledger.told import REACHED, ToldRow
from colophon.onix.said import changes

MOST_COMPARED = 200
"""So many titles' contents are compared for what was never acknowledged."""
PATIENCE = timedelta(days=5)
"""What was sent so long ago and is not acknowledged counts as never."""


@dataclass(frozen=True, slots=True)
class Card:
    """One recipient over some days. Turnaround is in hours, None where nothing was acknowledged.

    `rejected`: what ended badly, whoever said so; `refused` of it what the recipient did not take, by its codes (`causes`), and
    `on_the_way`, by their codes, what did not come there. `unanswered`: titles never acknowledged; `fields`: what changed in them, by field.
    `part`: times, refusals and fields are of the newest so many, while all are counted by their states; 0: they are of all.
    """

    recipient: str
    sent: int
    acknowledged: int
    rejected: int
    refused: int
    turnaround: float | None
    slowest: float | None
    causes: Mapping[str, int]
    on_the_way: Mapping[str, int]
    unanswered: int
    fields: Mapping[str, int]
    part: int = 0

    @property
    def reject_rate(self) -> float | None:
        """Percent of what was answered; None where nothing was."""
        answered = self.acknowledged + self.refused
        return round(100 * self.refused / answered, 1) if answered else None


def card(ledger: Ledger, use_case: str, recipient: str, since: datetime, now: datetime, *, most: int | None = None) -> Card:
    """A recipient's card of what was sent since a moment. :param most: look closely at no more than so many; None: at all."""
    changed = ledger.desk.sent_since(use_case, recipient, since, most=most)
    found = _card(ledger, use_case, recipient, changed, now, compared=MOST_COMPARED if most is None else most // 20)
    if most is None or len(changed) < most:
        return found
    counted = ledger.desk.states_since(use_case, recipient, since, now - PATIENCE)
    acknowledged, rejected, under_way = (sum(counted.get(state, (0, 0))[0] for state in of) for of in (REACHED, FINAL_BAD, ON_THE_WAY))
    return replace(
        found,
        sent=acknowledged + rejected + under_way,
        acknowledged=acknowledged,
        rejected=rejected,
        unanswered=sum(counted.get(state, (0, 0))[1] for state in ON_THE_WAY),
        part=len(changed),
    )


def _card(ledger: Ledger, use_case: str, recipient: str, changed: Sequence[ToldRow], now: datetime, compared: int) -> Card:
    rows = [told for told in changed if told.sent_at is not None]
    hours = [
        (told.acknowledged_at - told.sent_at).total_seconds() / 3600
        for told in rows
        if told.sent_at is not None and told.acknowledged_at is not None
    ]
    refusals = [word for told in rows if told.acknowledged_at is None and (word := told.refusal) is not None]
    rejected = [told for told in changed if told.row.state in FINAL_BAD]
    unanswered = _unanswered(rows, now)
    return Card(
        recipient=recipient,
        sent=len(rows),
        acknowledged=len(hours),
        rejected=len(rejected),
        refused=len(refusals),
        turnaround=round(median(hours), 1) if hours else None,
        slowest=round(quantiles(hours, n=10)[-1] if len(hours) > 1 else hours[0], 1) if hours else None,
        causes=dict(Counter(word.code or "no code" for word in refusals).most_common()),
        on_the_way=dict(Counter(told.row.code or "no code" for told in rejected if told.refusal is None).most_common()),
        unanswered=len(unanswered),
        fields=_fields(ledger, use_case, recipient, unanswered[:compared]),
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
    found, all_rows = Counter[str](), ledger.desk.told_each([told.row.isbn for told in unanswered], use_case, recipient)
    for told in unanswered:
        earlier = [each for each in all_rows if each.row.isbn == told.row.isbn and each.acknowledged_at is not None]
        if earlier:
            before, after = (ledger.content(each.row.content_hash) or b"" for each in (earlier[-1], told))
            found.update({change.name.partition("#")[0].partition("[")[0] for change in changes(before, after)})
    return dict(found.most_common())
