"""*Plans*: what dry runs, and runs for recipients that are not armed, would send: title by title, field by field."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from colophon import rehearsed
from colophon.errors import NotFoundError
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, Text

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
SHOWN = 200


@router.get("/plans")
def plans(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """Plans of the last days, newest first."""
    return write_page(request, "plans.html", person, heads=rehearsed.heads(ledger.memory))


@router.get("/plans/{run_id}")
def plan(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    run_id: str,
    recipient: Text = "",
    outcome: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """One plan: what would go to whom, what would change, what is kept back and why.

    `run_id`: the run's key, which is short.
    """
    head = next((head for head in rehearsed.heads(ledger.memory) if head["key"] == run_id), None)
    if head is None:
        raise NotFoundError("there is no such plan", system="ledger", remedy="Plans are kept for two weeks; start a dry run for a new one.")
    rows = rehearsed.rows_of(ledger.memory, head)
    chosen = [row for row in rows if recipient in ("", row["recipient"]) and outcome in ("", row["outcome"])]
    options = {name: sorted({row[name] for row in rows}) for name in ("recipient", "outcome")}
    known = ledger.desk.names(sorted({row["subject"].removeprefix("isbn:") for row in chosen[:SHOWN]}))
    facts: dict[str, Any] = {"known": known, "recipient": recipient, "outcome": outcome, "options": options}
    facts["not_kept"] = rehearsed.not_kept(ledger.memory, head)
    return write_page(request, "plan.html", person, head=head, rows=chosen[:SHOWN], left_out=len(chosen) - SHOWN, **facts)
