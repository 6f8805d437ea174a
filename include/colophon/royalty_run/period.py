"""Which period a run is for, and which contracts have a statement in it (D1)."""

from collections.abc import Collection
from datetime import date

from colophon.royalties.statement.period import Period

ISSUED_WITHIN = 3
"""Months after a period's end within which its statements are due (D1, AG s.13)."""


def is_due(period: Period, statement_months: Collection[int]) -> bool:
    """Whether a contract whose statements are due in these months has one for the period; none named: always."""
    after = {(period.ends_on.month + step - 1) % 12 + 1 for step in range(1, ISSUED_WITHIN + 1)}
    return not statement_months or not after.isdisjoint(statement_months)


def ended_before(day: date) -> Period:
    """The half year that ended last."""
    return Period.parse(f"{day.year}H1" if day.month > 6 else f"{day.year - 1}H2")
