"""*Rights*: what ends when, by the alerts of the daily scan."""

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.ledger.browse import Wanted
from colophon.use_cases.push.rights_expiry_scan import USE_CASE
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, Text, now

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
MOST = 2000


class Expiry(NamedTuple):
    """A record that ends on a day, and the newest alert about it."""

    ends_on: date
    subject: str
    alert: Any


@router.get("/rights")
def rights(request: Request, person: Reader, ledger: LedgerDep, month: Text = "") -> HTMLResponse:
    """Months with the records that end in them; behind a month its records, behind a record its alerts."""
    ends = _expiries(ledger.deliveries_page(Wanted(use_case=USE_CASE), limit=MOST))
    months: dict[str, list[Expiry]] = defaultdict(list)
    for each in ends:
        months[f"{each.ends_on:%Y-%m}"].append(each)
    shown = months.get(month, []) if month else ends
    return write_page(
        request, "rights.html", person, months=dict(sorted(months.items())), month=month, shown=shown, day=now().date(), scan=USE_CASE
    )


def _expiries(rows: list[Any]) -> list[Expiry]:
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
