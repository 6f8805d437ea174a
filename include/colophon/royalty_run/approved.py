"""What was approved of each account, kept in the ledger for ever: what the next period opens with, and what is never done twice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from pydantic import TypeAdapter

from colophon.domain.delivery import Intent, LatestDelivery
from colophon.royalties.corrections import Correction, correct
from colophon.royalties.currency import Converted
from colophon.royalties.row import sort_key
from colophon.royalties.statement.period import Period
from colophon.royalty_run.kept import Closing, Past
from colophon.royalty_run.records import AccountResult
from colophon.royalty_run.staged import from_lines, to_line

USE_CASE = "exstream__royalty_statements"
APPROVED = "approved:"
"""Prefix of the destination of a period's approvals."""
CORRECTIONS = "corrections:"
"""Prefix of the destination of what the period after has to correct."""
OTHER_RESULT = "its inputs give another result now"
CLOSED_SINCE = f"{OTHER_RESULT}, and a later period is closed"
_CORRECTIONS = TypeAdapter(tuple[Correction, ...])


class Memory(Protocol):
    """What the ledger remembers of approved accounts."""

    def latest(self, use_case: str, destination: str, subjects: Iterable[str]) -> Mapping[str, LatestDelivery]:
        """See the ledger."""

    def content(self, content_hash: str) -> bytes | None:
        """See the ledger."""

    def counts(self, use_case: str, destination: str | None = None) -> dict[str, dict[str, int]]:
        """See the ledger."""


def past_of(memory: Memory, period: Period) -> Callable[[str], Past]:
    """What the ledger knows of an account: see `Past`. Corrections are those of the period in which it closed last."""
    earlier = earlier_periods(memory, period)

    def of(account_id: str) -> Past:
        found = (closing for one in earlier if (closing := closing_of(memory, f"{APPROVED}{one.label}", account_id)))
        opening = next(found, None)
        return Past(
            opening=opening,
            approved=closing_of(memory, f"{APPROVED}{period.label}", account_id),
            corrections=corrections_of(memory, opening.period, account_id) if opening else (),
            since=first_day(memory, period),
        )

    return of


def earlier_periods(memory: Memory, period: Period) -> list[Period]:
    """The periods before this one that have approved accounts, the newest first."""
    names = (name.removeprefix(APPROVED) for name in memory.counts(USE_CASE) if name.startswith(APPROVED))
    return sorted((one for one in map(Period.parse, names) if one.ends_on < period.starts_on), key=lambda one: one.ends_on, reverse=True)


def first_day(memory: Memory, period: Period) -> date:
    """When our books begin: with the first period that anything was approved of."""
    return min(one.starts_on for one in (*earlier_periods(memory, period), period))


def corrections_of(memory: Memory, label: str, account_id: str) -> tuple[Correction, ...]:
    """What has to be corrected of an account's closed period."""
    found = _content(memory, f"{CORRECTIONS}{label}", account_id)
    return () if found is None else _CORRECTIONS.validate_json(found)


def once_more(result: AccountResult, memory: Memory, period: Period, as_of: datetime, *, is_corrected: bool) -> tuple[Intent | None, str]:
    """An account that is approved, and comes to other figures now: what the next period has to correct, and what there is to tell.

    A correction that an earlier run left is taken back where it is wrong by now. Once a later period is closed nothing corrects itself:
    what was put right on its statements is not worked out again.

    :param is_corrected: an earlier run left one.
    """
    approved = closing_of(memory, f"{APPROVED}{period.label}", result.account_id)
    is_other = approved is not None and result.closing is not None and is_changed(result.closing, approved)
    if _closed_after(memory, period, result.account_id):
        return None, CLOSED_SINCE if is_other else ""
    corrections = _corrections_of(result, approved, period) if is_other and approved else ()
    content = _CORRECTIONS.dump_json(corrections)
    kept = _kept(f"{CORRECTIONS}{period.label}", result.account_id, content, period, as_of) if corrections or is_corrected else None
    return kept, OTHER_RESULT if is_other else ""


def _closed_after(memory: Memory, period: Period, account_id: str) -> bool:
    """Whether the account has an approved statement of a later period."""
    names = (name for name in memory.counts(USE_CASE) if name.startswith(APPROVED))
    later = (name for name in names if Period.parse(name.removeprefix(APPROVED)).ends_on > period.ends_on)
    subject = account_subject(account_id)
    return any(memory.latest(USE_CASE, name, [subject]) for name in later)


def _corrections_of(result: AccountResult, approved: Closing, period: Period) -> tuple[Correction, ...]:
    """What the next period has to reverse and print anew, where the lines that were approved give other rows now (D4).

    Nothing where they give the same, or other copies: those move counters, and are for a person.
    """
    printed = {one.row.key: one for one in approved.rows}
    right = {one.row.key: one for one in result.statement.rows} if result.statement else {}
    keys = sorted({*printed, *right}, key=sort_key)
    apart = [key for key in keys if _figures(printed.get(key)) != _figures(right.get(key))]
    if sum(one.row.counted for one in approved.rows) != sum(one.row.counted for one in right.values()):
        return ()
    statement = f"{period.label}:{result.account_id}"
    return tuple(
        correct(statement, printed.get(key) or _nothing(right[key]), right.get(key) or _nothing(printed[key]), "other terms or amounts")
        for key in apart
    )


def is_changed(closing: Closing, approved: Closing) -> bool:
    """Whether an account comes to other figures than were approved; where they were read from, or which number the source gives the statement, is none."""

    def told(one: Closing) -> tuple[object, ...]:
        rows = sorted((sort_key(row.row.key), _figures(row)) for row in one.rows)
        rights = sorted((row.receipt.id, row.amount) for row in one.rights)
        return (rows, rights, one.counters, one.held, one.joint, one.payees)

    return told(closing) != told(approved)


def _figures(one: Converted | None) -> tuple[int, ...]:
    """What a row says in figures."""
    row = one.row if one else None
    return (0,) * 6 if one is None or row is None else (one.amount, row.sold, row.returned, row.counted, row.basis_sum, row.value_sum)


def _nothing(like: Converted) -> Converted:
    return replace(
        like, amount=0, row=replace(like.row, sold=0, returned=0, counted=0, basis_sum=0, basis_rest=0, value_sum=0, line_count=0)
    )


def closing_of(memory: Memory, destination: str, account_id: str) -> Closing | None:
    """How an account closed, as it was approved at a destination; None where it was not."""
    body = _content(memory, destination, account_id)
    return None if body is None else next(from_lines(Closing, [body.decode()]))


def _content(memory: Memory, destination: str, account_id: str) -> bytes | None:
    subject = account_subject(account_id)
    found = memory.latest(USE_CASE, destination, [subject]).get(subject)
    return memory.content(found.content_hash) if found else None


def account_subject(account_id: str) -> str:
    """How the ledger names an account."""
    return f"account:{account_id}"


def approval_of(result: AccountResult, period: Period, as_of: datetime) -> Intent:
    """What was approved of an account: never sent, never replaced, and what the next period opens with."""
    closing = to_line(result.closing).encode() if result.closing else b""
    return replace(_kept(f"{APPROVED}{period.label}", result.account_id, closing, period, as_of), occurrence=period.label)


def _kept(destination: str, account_id: str, content: bytes, period: Period, as_of: datetime) -> Intent:
    return Intent(
        use_case=USE_CASE,
        destination=destination,
        subject=account_subject(account_id),
        delivery_class="A",
        content=content,
        media_type="application/json",
        as_of=as_of,
        bundled=True,
        labels={"period": period.label},
    )
