"""*Tray*: what waits for a person to load it into Consonance, and the sheets to load."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, Text

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
SHOWN = 200


@router.get("/tray")
def tray(request: Request, person: Reader, ledger: LedgerDep, state: Text = "pending", operation: Text = "") -> HTMLResponse:
    """What waits, what lies in a sheet, what was loaded."""
    from colophon.systems.consonance.writes.operations import in_words

    rows = ledger.tray.page((state,) if state else (), operation=operation, limit=SHOWN + 1)
    return write_page(
        request,
        "tray.html",
        person,
        rows=rows[:SHOWN],
        is_cut=len(rows) > SHOWN,
        why={row.id: in_words(row.reason) if row.reason else "" for row in rows},
        counts=ledger.tray.counts(),
        sheets=ledger.tray.sheets(),
        state=state,
        operation=operation,
    )
