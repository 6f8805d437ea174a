"""*Statements*: royalty batches with what became of them. No amounts and no names: payees are numbers here."""

from collections import Counter, defaultdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.ledger.browse import Wanted
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import group_of, write_page
from colophon_airflow.desk.source import LedgerDep

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
STATEMENTS = "exstream__royalty_statements"
MOST = 5000


@router.get("/statements")
def statements(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """Batches, newest first: statements by outcome, and whether all are accounted for."""
    rows = ledger.deliveries_page(Wanted(use_case=STATEMENTS), limit=MOST + 1)
    batches: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows[:MOST]:
        batches[_batch(row)][group_of(row.state)] += 1
    return write_page(request, "statements.html", person, batches=batches, use_case=STATEMENTS, is_cut=len(rows) > MOST)


def _batch(row: Any) -> str:
    return str(row.labels.get("batch") or row.labels.get("period") or row.destination)
