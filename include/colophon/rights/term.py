"""From when until when a head contract is in force, and on which day a contract, a grant or a licence ends."""

import re
from calendar import monthrange
from datetime import date

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import RightsDeal
from colophon.rights.rules import broken, ends_before_it_starts

_MONTHS = re.compile(r"0*([1-9][0-9]{0,4})(?:\.0+)?", re.ASCII)
_EXPECTED = "a whole number of months, or blank for open-ended"


def term_of(contract: Contract) -> tuple[date, date | None] | Finding:
    """First and last day in force (None: open-ended), or what is wrong with the contract.

    The last day is `terminated_on`, else `ends_on`, else the day of signing plus the term in months, and belongs to the term.
    """
    if contract.signed_on is None:
        return broken("R2", contract.subject, "signed_on", None, "the day of signing")
    last = contract.terminated_on or contract.ends_on
    if last is None and contract.term is not None and contract.term.strip():
        months = _MONTHS.fullmatch(contract.term.strip())
        last = months_later(contract.signed_on, int(months[1])) if months else None
        if last is None:
            return broken("R1", contract.subject, "term", contract.term, _EXPECTED)
    if last is not None and last < contract.signed_on:
        return broken("R4", contract.subject, "terminated_on", last, f"a day not before {contract.signed_on}, when it was signed")
    return contract.signed_on, last


def last_day_of(record: Contract | HeadGrant | RightsDeal) -> date | Finding | None:
    """The last day of a record, None where it has none; or what is wrong with it."""
    if not isinstance(record, Contract):
        return ends_before_it_starts(record) or record.expires_on
    if record.ends_on is None and not (record.term or "").strip():
        return None
    term = term_of(record)
    return term if isinstance(term, Finding) else term[1]


def months_later(day: date, months: int) -> date | None:
    """The same day of a later month, or its last day where it has no such day; None beyond the calendar."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
