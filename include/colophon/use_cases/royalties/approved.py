"""What was approved of each account, kept in the ledger for ever: what the next period opens with, and what is never done twice."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from colophon.ledger import Intent
from colophon.ledger.records import LatestDelivery
from colophon.royalties.statement.period import Period
from colophon.use_cases.royalties.records import AccountResult, Closing
from colophon.use_cases.royalties.staged import from_lines, to_line

USE_CASE = "exstream__royalty_statements"
APPROVED = "approved:"
"""Prefix of the destination of a period's approvals."""


class Memory(Protocol):
    """What the ledger remembers of approved accounts."""

    def latest(self, use_case: str, destination: str, subjects: Iterable[str]) -> Mapping[str, LatestDelivery]:
        """See the ledger."""

    def content(self, content_hash: str) -> bytes | None:
        """See the ledger."""

    def counts(self, use_case: str, destination: str | None = None) -> dict[str, dict[str, int]]:
        """See the ledger."""


def openings(memory: Memory, period: Period) -> Callable[[str], Closing | None]:
    """How an account closed when it was last approved, in a period that ended before this one begins."""
    names = (name.removeprefix(APPROVED) for name in memory.counts(USE_CASE) if name.startswith(APPROVED))
    earlier = sorted((one for one in map(Period.parse, names) if one.ends_on < period.starts_on), key=lambda one: one.ends_on, reverse=True)

    def of(account_id: str) -> Closing | None:
        for one in earlier:
            found = memory.latest(USE_CASE, f"{APPROVED}{one.label}", [account_subject(account_id)]).get(account_subject(account_id))
            body = memory.content(found.content_hash) if found else None
            if body is not None:
                return next(from_lines(Closing, [body.decode()]))
        return None

    return of


def account_subject(account_id: str) -> str:
    """How the ledger names an account."""
    return f"account:{account_id}"


def approval_of(result: AccountResult, period: Period, as_of: datetime) -> Intent:
    """What was approved of an account: never sent, kept for ever, and what the next period opens with."""
    closing = to_line(result.closing).encode() if result.closing else b""
    return Intent(
        use_case=USE_CASE,
        destination=f"{APPROVED}{period.label}",
        subject=account_subject(result.account_id),
        delivery_class="A",
        content=closing,
        media_type="application/json",
        as_of=as_of,
        occurrence=period.label,
        bundled=True,
        labels={"period": period.label},
    )
