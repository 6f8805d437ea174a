"""*Statements*: royalty batches with what became of them. No amounts and no names: payees are numbers here."""

from collections import Counter
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.use_cases.royalties.approved import APPROVED, USE_CASE
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import group_of, write_page
from colophon_airflow.desk.source import LedgerDep

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


class Batch(NamedTuple):
    """Statements of a period by one template: counts by what their states mean to a person."""

    period: str
    template: str
    destination: str
    counted: Counter[str]


@router.get("/statements")
def statements(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """Batches, newest period first: statements by outcome, accounts approved, and whether all are accounted for."""
    batches, approved = [], {}
    for destination, states in sorted(ledger.counts(USE_CASE).items(), reverse=True):
        if destination.startswith(APPROVED):
            approved[destination.removeprefix(APPROVED)] = sum(states.values())
            continue
        counted: Counter[str] = Counter()
        for state, count in states.items():
            counted[group_of(state)] += count
        period, _, template = destination.partition(":")
        batches.append(Batch(period, template, destination, counted))
    return write_page(request, "statements.html", person, batches=batches, approved=approved, accounts_in=APPROVED, use_case=USE_CASE)
