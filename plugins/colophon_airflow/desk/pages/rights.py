"""*Rights*: a calendar of what ends when, by the alerts of the daily scan."""

from calendar import Calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from colophon.blocks.panels import EndsPanel, TitlePanel
from colophon.ledger.browse import Wanted
from colophon.readiness import declared
from colophon.stopped import stops
from colophon.takedown import still_open
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, now
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
MOST, SHOWN = 2000, 300
"""Alerts that are read, the newest ones; records in the table, those that end first."""
ENDED = -1
MOST_DAYS = 3650


class Expiry(NamedTuple):
    """A record that ends on a day, and the newest alert about it."""

    ends_on: date
    subject: str
    alert: Any


class Span(NamedTuple):
    """Records that end within so many days from today and not within fewer; `until` ENDED: they have ended."""

    name: str
    until: int
    records: int


@router.get("/rights")
def rights(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    month: Annotated[str, Query(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")] = "",
    day: date | None = None,
    within: Annotated[int | None, Query(ge=ENDED, le=MOST_DAYS)] = None,
) -> HTMLResponse:
    """Months, a month's days, a day's records, a record's alert; and what is urgent."""
    today, panels = now().date(), declared(EndsPanel)
    thresholds = sorted({days for panel in panels for days in panel.thresholds})
    ends = _expiries([row for panel in panels for row in ledger.desk.deliveries_page(Wanted(use_case=panel.case.id), limit=MOST)])
    month = f"{day:%Y-%m}" if day else month
    shown = [
        each
        for each in ends
        if (not month or f"{each.ends_on:%Y-%m}" == month)
        and (day is None or each.ends_on == day)
        and (within is None or _span_of(each, today, thresholds) == within)
    ]
    config = publisher_config()
    facts: dict[str, Any] = {
        "open": [each for panel in declared(TitlePanel) for each in still_open(ledger, config, panel.case.id)],
        "most": SHOWN,
        "stopped": [(ledger.desk.title(isbn), kept) for isbn, kept in sorted(stops(ledger).items())],
        "months": _months(ends),
        "spans": _spans(ends, today, thresholds),
        "weeks": _weeks(month, ends),
        "shown": shown[:SHOWN],
    }
    return write_page(
        request,
        "rights.html",
        person,
        month=month,
        day=day,
        within=within,
        today=today,
        scan=[panel.case.id for panel in panels],
        more=len(shown) - SHOWN,
        **facts,
    )


def _months(ends: Sequence[Expiry]) -> Mapping[str, int]:
    return dict(sorted(Counter(f"{each.ends_on:%Y-%m}" for each in ends).items()))


def _spans(ends: Sequence[Expiry], today: date, thresholds: Sequence[int]) -> list[Span]:
    counted = Counter(_span_of(each, today, thresholds) for each in ends)
    named = [("ended", ENDED), *((f"in {days} days" if days else "today", days) for days in thresholds)]
    return [Span(name, until, counted[until]) for name, until in named]


def _span_of(each: Expiry, today: date, thresholds: Sequence[int]) -> int | None:
    left = (each.ends_on - today).days
    return ENDED if left < 0 else next((days for days in thresholds if left <= days), None)


def _weeks(month: str, ends: Sequence[Expiry]) -> list[list[tuple[date | None, int]]]:
    """The days of a month by weeks from Monday on, each with how much ends on it; None: a day of another month."""
    if not month:
        return []
    counted = Counter(each.ends_on for each in ends)
    year, number = map(int, month.split("-"))
    weeks = Calendar().monthdatescalendar(year, number) if date.min.year < year < date.max.year else []
    return [[(day, counted[day]) if day.month == number else (None, 0) for day in week] for week in weeks]


def _expiries(rows: Sequence[Any]) -> list[Expiry]:
    """One line for each record and end, whoever is told; rows come newest first, so the first is the alert that counts."""
    found: dict[tuple[str, date], Expiry] = {}
    for row in rows:
        # The threshold as the scan writes it: contract:7/2027-03-01/90. A digest has none; what it carries has.
        subject, _, rest = row.labels.get("threshold", "").partition("/")
        try:
            ends_on = date.fromisoformat(rest.partition("/")[0])
        except ValueError:
            continue
        found.setdefault((subject, ends_on), Expiry(ends_on, subject, row))
    return sorted(found.values(), key=lambda each: (each.ends_on, each.subject))
