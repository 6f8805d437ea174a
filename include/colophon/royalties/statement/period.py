"""Statement periods as people write them: 2026H1, 2026Q3, 2026."""

import re
from datetime import date, timedelta

from pydantic import Field

from colophon.errors import InvalidError
from colophon.royalties.statement.facts import Part

_WRITTEN = re.compile(r"(?P<year>[0-9]{4})-?(?:(?P<kind>[HQ])(?P<part>[1-4]))?")
_MONTHS = {None: 12, "H": 6, "Q": 3}


class Period(Part):
    """A year, half or quarter (D1); the last day belongs to it."""

    label: str
    starts_on: date = Field(alias="SS7")
    ends_on: date = Field(alias="SS12")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period of `2026H1`, `2026Q3` or `2026`; a hyphen after the year is allowed.

        :raises InvalidError: it is none of these.
        """
        found = _WRITTEN.fullmatch(text.strip().upper())
        part = int(found["part"] or 1) if found else 1
        if found is None or (found["kind"] == "H" and part > 2) or found["year"] == "0000":
            raise InvalidError("This is no statement period.", evidence=f"{len(text)} characters", remedy="Write 2026H1, 2026Q3 or 2026.")
        year, months = int(found["year"]), _MONTHS[found["kind"]]
        first, after = (part - 1) * months, part * months
        label = found["year"] + (f"{found['kind']}{part}" if found["kind"] else "")
        end = date(year + after // 12, after % 12 + 1, 1) - timedelta(days=1) if year < 9999 or after < 12 else date(year, 12, 31)
        return cls(label=label, starts_on=date(year, first + 1, 1), ends_on=end)
