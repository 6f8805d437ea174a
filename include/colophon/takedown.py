"""The takedown clock: from the moment a title is closed, for each channel: instructed, confirmed, or still open since.

clocks(ledger, use_case, isbn, config)      # what a certificate says
still_open(ledger, config, use_case)      # all that nobody has confirmed closed
name_overdue(ledger, config, use_case, names, now)      # exceptions for what is open for more than two days
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from colophon.config import Config
from colophon.domain.delivery_states import CLOSED, FINAL_BAD, GONE
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.ledger.told import ToldRow
from colophon.unsettled import Rule

RULE = "TAKEDOWN-LATE"
WITHIN = timedelta(hours=48)
RULES = {
    RULE: Rule(
        "Within 48 hours of its closing a title is closed at everybody who had it",
        "open",
        "Ask the recipient to take it down by hand, and see why its feed does not; `colophon takedown ISBN` has the times.",
    )
}


class Clock(NamedTuple):
    """One recipient. `since`: when it was known that the title had to close; `instructed_at`, `confirmed_at`: None where it was not yet.

    `message`: number of the message that told it. `had_it`: whether it held the title at all.
    """

    recipient: str
    name: str
    had_it: bool
    since: datetime | None
    instructed_at: datetime | None
    confirmed_at: datetime | None
    message: int | None
    extent: str

    @property
    def is_open(self) -> bool:
        """Whether it may still be on sale there."""
        return self.since is not None and self.confirmed_at is None


def clocks(ledger: Ledger, config: Config, isbn: str, use_case: str) -> list[Clock]:
    """A clock for each recipient that ever got the title; `since` is None where it was not told to close."""
    rows = ledger.desk.told(isbn, use_case)
    names = sorted({told.row.destination for told in rows})
    return [_clock(name, config, [told for told in rows if told.row.destination == name]) for name in names]


def name_overdue(ledger: Ledger, config: Config, use_case: str, recipients: Iterable[str], now: datetime) -> list[Finding]:
    """Titles that recipients were told to close, or are to be told, more than 48 hours ago, and that nobody has confirmed: exceptions."""
    found, owner = list[Finding](), config.owners.of(RULE)
    for name in recipients:
        late = [
            _finding(subject, clock, owner)
            for subject, clock in _open_at(ledger, config, use_case, name)
            if clock.since is not None and clock.since < now - WITHIN
        ]
        ledger.exceptions.record(f"{use_case}:takedown", name, None, late, as_of=now)
        found += late
    return found


def still_open(ledger: Ledger, config: Config, use_case: str) -> list[tuple[str, Clock]]:
    """Subjects that somebody was, or is, to close and has not confirmed closed, with the clock of each recipient; the longest open first."""
    names = sorted({flow.destination for flow in ledger.desk.flows() if flow.use_case == use_case})
    found = [each for name in names for each in _open_at(ledger, config, use_case, name)]
    return sorted(found, key=lambda each: (each[1].since.timestamp() if each[1].since else 0.0, each[0], each[1].recipient))


def _open_at(ledger: Ledger, config: Config, use_case: str, name: str) -> list[tuple[str, Clock]]:
    subjects = groupby(ledger.desk.closing(use_case, name), key=lambda told: str(told.row.subject))
    clocks_ = [(subject, _clock(name, config, list(rows))) for subject, rows in subjects]
    return [(subject, clock) for subject, clock in clocks_ if clock.is_open]


def _clock(name: str, config: Config, rows: Sequence[ToldRow]) -> Clock:
    profile = config.recipients.get(name)
    rows = [told for told in rows if told.row.state not in GONE]
    last = len(rows)
    while last and CLOSED in rows[last - 1].row.labels:
        last -= 1
    closings, had_it = rows[last:], any(told.sent_at is not None and told.row.state not in FINAL_BAD for told in rows[:last])
    title = profile.name if profile else name
    if not closings:
        return Clock(name, title, had_it, None, None, None, None, "")
    told = next((told for told in reversed(closings) if told.acknowledged_at is not None), closings[-1])
    sent = next((each for each in closings if each.sent_at is not None), told)
    extent = closings[-1].row.labels[CLOSED]
    return Clock(name, title, True, closings[0].row.as_of, sent.sent_at, told.acknowledged_at, sent.number, extent)


def _finding(subject: str, clock: Clock, owner: str) -> Finding:
    how_far = f"instructed {clock.instructed_at:%Y-%m-%d %H:%M}, not confirmed" if clock.instructed_at else "not even told"
    return Finding(
        subject=subject,
        rule=RULE,
        severity=Severity.ERROR,
        field=CLOSED,
        found=f"still open since {clock.since:%Y-%m-%d %H:%M}: {how_far}",
        expected=f"closed within {WITHIN.total_seconds() / 3600:g} h",
        remedy=RULES[RULE].remedy,
        owner=owner,
        blocks=clock.recipient,
    )
