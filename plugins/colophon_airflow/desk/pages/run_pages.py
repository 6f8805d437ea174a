"""*Runs*: what each run read, sent, closed and refused, by recipient and by cause; and the report of drift."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon import run_page
from colophon.blocks import reconcile
from colophon.errors import NotFoundError
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, Text
from colophon_airflow.notices import page_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/runs")
def runs(request: Request, person: Reader, ledger: LedgerDep, use_case: Text = "") -> HTMLResponse:
    """Runs of the last weeks, newest first."""
    return write_page(request, "run_pages.html", person, pages=run_page.newest(ledger.memory, use_case=use_case), use_case=use_case)


@router.get("/drift")
def drift(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """What counterparts hold otherwise than the ledger believes, and how that goes by week."""
    reports = reconcile.reports(ledger.memory)
    return write_page(request, "drift.html", person, reports=reports, trend=reconcile.trend(ledger.memory))


@router.get("/runs/{key}")
def run(request: Request, person: Reader, ledger: LedgerDep, key: str) -> HTMLResponse:
    """One run."""
    found = run_page.page(ledger.memory, key)
    if found is None:
        raise NotFoundError("there is no such run", system="ledger", remedy="Pages of runs are kept for two months; Airflow has its log.")
    return write_page(request, "run_page.html", person, page=found, airflow=page_of(found["use_case"], found["run"]))
