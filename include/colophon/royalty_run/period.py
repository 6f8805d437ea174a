"""Which period a run is for, and which contracts have a statement in it (D1)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from colophon.errors import BadConfigError
from colophon.royalties.statement.period import Period

ISSUED_WITHIN = 3
"""Months after a period's end within which its statements are due (D1, AG s.13)."""


def period_for(params: Mapping[str, Any], as_of: datetime) -> Period:
    """The period that the form names, else the half year that ended last.

    :raises InvalidError: it is none. :raises BadConfigError: it has not ended yet.
    """
    if not params.get("period"):
        return ended_before(as_of.date())
    found = Period.parse(str(params["period"]))
    if found.ends_on >= as_of.date():
        raise BadConfigError(f"the period {found.label} has not ended", remedy="Run it when its last day is over (D2).")
    return found


def is_due(period: Period, statement_months: Collection[int]) -> bool:
    """Whether a contract whose statements are due in these months has one for the period; none named: always."""
    return _is_due_after(period.ends_on, statement_months)


def _is_due_after(last_day: date, statement_months: Collection[int]) -> bool:
    after = {(last_day.month + step - 1) % 12 + 1 for step in range(1, ISSUED_WITHIN + 1)}
    return not statement_months or not after.isdisjoint(statement_months)


def covered_from(period: Period, statement_months: Collection[int]) -> date:
    """The first day of what a statement of the period covers: it begins where the last one before it that was due ended."""
    first, last = period.starts_on, period.ends_on
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    while (last - first).days < 365 - 31 and not _is_due_after(first - timedelta(days=1), statement_months):
        year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
        first = date(year, month + 1, 1)
    return first


def ended_before(day: date) -> Period:
    """The half year that ended last."""
    return Period.parse(f"{day.year}H1" if day.month > 6 else f"{day.year - 1}H2")
