"""*Exceptions*: what rules keep back, whose turn it is, and what was decided."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.errors import NotFoundError
from colophon.ledger.browse import Wanted
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import PAGE, ChosenDep, LedgerDep, PlaceDep, cut, now

DELIVERY = "delivery "
"""How the field of an exception begins that is about one delivery, whose id follows."""
OPTIONS = ("owner", "use_case", "rule", "destination", "imprint", "assignee")

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/exceptions")
def exceptions(request: Request, person: Reader, ledger: LedgerDep, chosen: ChosenDep, after: PlaceDep) -> HTMLResponse:
    """By cause, and a page of exceptions, newest first, with the titles that they are about."""
    rows, more = cut(ledger.people.exceptions_page(chosen, after=after, limit=PAGE + 1), PAGE, "opened_at")
    causes = ledger.people.causes(chosen)
    facts: dict[str, Any] = {
        "causes": causes,
        "number": sum(cause.number for cause in causes),
        "options": {name: sorted(filter(None, ledger.people.open_by(name))) for name in OPTIONS},
        "filter": {name: value for name, value in chosen._asdict().items() if value and (name, value) != ("state", "open")},
        "names": ledger.desk.names([row.subject.removeprefix("isbn:") for row in rows]),
    }
    return write_page(request, "exceptions.html", person, rows=rows, more=more, chosen=chosen, **facts)


@router.get("/exceptions/{exception_id}")
def exception(request: Request, person: Reader, ledger: LedgerDep, exception_id: str) -> HTMLResponse:
    """One exception, the deliveries that it concerns, and what people did about it."""
    row = ledger.people.exception(exception_id)
    if row is None:
        raise NotFoundError(f"the ledger has no exception {exception_id[:34]}", system="ledger", remedy="Look at the list of exceptions.")
    sender, _, about = row.use_case.partition(":")  # what is about deliveries stands beside them under a name of its own
    sent = ledger.desk.deliveries_page(Wanted(subject=row.subject, use_case=sender, destination=row.destination), limit=10)
    said, is_said, words = row.found.partition(" says: ")
    facts: dict[str, Any] = {
        "title": ledger.desk.title(row.subject.removeprefix("isbn:")),
        "is_snoozed": row.snoozed_until is not None and row.snoozed_until > now(),
        "destination_is": {"": "Keeps back from", "acknowledgement": "Said by"}.get(about, "At"),
        "delivery": row.field.removeprefix(DELIVERY) if row.field.startswith(f"{DELIVERY}d-") else "",
        "quote": (*said.rpartition(": ")[::2], words) if is_said else None,
    }
    return write_page(request, "exception.html", person, row=row, sent=sent, audit=ledger.people.audit_page(target=exception_id), **facts)
