"""Royalty periods: `2026H1`, `2026Q2`, `2026Y` (D1)."""

import re
from calendar import monthrange
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from colophon.errors import BadConfigError

_NAME = re.compile(r"(20\d{2})(?:(H)([12])|(Q)([1-4])|(Y))")
ISSUED_WITHIN = 3
"""Months after a period's end within which its statements are due (D1, AG s.13)."""


class Period(NamedTuple):
    """A half year, a quarter or a year; both days are in it."""

    name: str
    first: date
    last: date

    def is_due(self, statement_months: Collection[int]) -> bool:
        """Whether a contract whose statements are due in these months has one for this period; none named: always."""
        after = {(self.last.month + step - 1) % 12 + 1 for step in range(1, ISSUED_WITHIN + 1)}
        return not statement_months or not after.isdisjoint(statement_months)


def period_of(name: str) -> Period:
    """A period by its name.

    :raises BadConfigError: it is none.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise BadConfigError("the period is none", remedy="Write it as 2026H1, 2026Q2 or 2026Y in the form.")
    year = int(found[1])
    months, number = (6, int(found[3])) if found[2] else (3, int(found[5])) if found[4] else (12, 1)
    end = months * number
    return Period(name, date(year, end - months + 1, 1), date(year, end, monthrange(year, end)[1]))


def ended_before(day: date) -> Period:
    """The half year that ended last."""
    return period_of(f"{day.year}H1" if day.month > 6 else f"{day.year - 1}H2")
