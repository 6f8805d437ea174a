"""*Audit*: who did what, when and why, on this desk."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import PAGE, BeforeLine, LedgerDep, Text

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/audit")
def audit(request: Request, person: Reader, ledger: LedgerDep, by: Text = "", target: Text = "", before: BeforeLine = None) -> HTMLResponse:
    """A page of actions, newest first."""
    rows = ledger.people.audit_page(by=by, target=target, before=before, limit=PAGE + 1)
    more = str(rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return write_page(request, "audit.html", person, rows=rows[:PAGE], more=more)
