"""*Recipients*: who is armed, how fast each answers, what it refuses, and what it never acknowledged."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from colophon.blocks.panels import TitlePanel
from colophon.readiness import declared
from colophon.scorecard import PATIENCE, card
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.last_night import REJECTED
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, now
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
SPANS = (7, 30, 90)
MOST = 100
"""So many deliveries of a recipient are looked at closely: a person waits. `colophon scorecard` looks at all."""


@router.get("/recipients")
def recipients(request: Request, person: Reader, ledger: LedgerDep, days: Annotated[int, Query(ge=1, le=366)] = 30) -> HTMLResponse:
    """A scorecard of each recipient over some days."""
    config, at = publisher_config(), now()
    since = at - timedelta(days=days)
    cards = [
        (use_case, config.recipients.get(name), card(ledger, use_case, name, since, at, most=MOST))
        for use_case in (panel.case.id for panel in declared(TitlePanel))
        for name in sorted({*config.recipients, *(flow.destination for flow in ledger.desk.flows() if flow.use_case == use_case)})
    ]
    shown: dict[str, Any] = {"days": days, "spans": SPANS, "patience": PATIENCE.days, "since": since.date(), "rejected_states": REJECTED}
    return write_page(request, "recipients.html", person, cards=cards, **shown)
