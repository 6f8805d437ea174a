"""*Flows*: how far each flow of events is behind, the chain of each order, and the events of one title in their order."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.ledger.browse import Wanted
from colophon.orders import order, orders, stops
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, now
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
EVENTS, MOST = "xconnector__", 500


@router.get("/flows")
def flows(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """Each destination of the middleware, the longest wait first; and the orders."""
    order_of = {route.recipient: route.order for route in publisher_config().routes}
    rows = ledger.desk.backlogs(EVENTS)
    return write_page(request, "flows.html", person, rows=rows, order_of=order_of, now=now(), orders=orders(ledger), stops=stops(ledger))


@router.get("/flows/orders/{name}")
def one_order(request: Request, person: Reader, ledger: LedgerDep, name: str) -> HTMLResponse:
    """One order: each step with its state, and what stopped it."""
    found, wrong = order(ledger, name), ledger.exceptions.open(subject=f"order:{name}")
    audit = ledger.people.audit_page(target=f"order:{name}", limit=50)
    return write_page(request, "order.html", person, order=found, wrong=wrong, audit=audit)


@router.get("/flows/chain")
def chain(request: Request, person: Reader, ledger: LedgerDep, subject: str = "") -> HTMLResponse:
    """All events of one subject, to each destination in the order in which they go."""
    rows = ledger.desk.deliveries_page(Wanted(subject=subject.strip()[:200]), limit=MOST) if subject.strip() else []
    chains: dict[tuple[str, str], list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.use_case, row.destination, row.revision)):
        chains.setdefault((row.use_case, row.destination), []).append(row)
    return write_page(request, "chain.html", person, subject=subject.strip(), chains=chains)
