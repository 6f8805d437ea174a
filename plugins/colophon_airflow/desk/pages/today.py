"""*Today*: how it goes, what is stuck, and whose turn it is."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.domain.delivery_states import GONE
from colophon.ledger.inbox import WAITS_AT_MOST
from colophon_airflow.desk import charts, health, runs
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.last_night import REJECTED, SENT, last_night
from colophon_airflow.desk.needs import needs
from colophon_airflow.desk.screen import GROUPS, group_of, link, write_page
from colophon_airflow.desk.source import LedgerDep, midnight, now

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
DAYS = 14
SHOWN = {group: states for group, states in GROUPS.items() if group not in GONE}
"""What was superseded or withdrawn asks nothing of anybody, and would hide what does."""


@router.get("/")
def today(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """What needs a person now, last night by recipient; then deliveries by outcome and day, owners, systems, runs."""
    end = now()
    first = end.date() - timedelta(days=DAYS - 1)
    days = [(first + timedelta(days=number)).isoformat() for number in range(DAYS)]
    counted = {day: dict.fromkeys(SHOWN, 0) for day in days}
    for day, state, count in ledger.desk.days(midnight(first), DAYS):
        if state not in GONE:
            counted[day][group_of(state)] += count
    root = request.scope.get("root_path", "")
    chart = charts.stacked(
        [day[5:] for day in days],
        {
            group: [(counted[day][group], link(root, "deliveries", state=states, since=day, until=day, messages="no")) for day in days]
            for group, states in SHOWN.items()
        },
    )
    owners, stuck = ledger.people.oldest_by_owner(), ledger.inbox.stuck(end - WAITS_AT_MOST)
    totals = {group: sum(row[group] for row in counted.values()) for group in SHOWN}
    return write_page(
        request,
        "today.html",
        person,
        groups=SHOWN,
        chart=chart,
        counted=dict(reversed(counted.items())),
        first=days[0],
        last=days[-1],
        totals=totals,
        owners=owners,
        needs=needs(person, ledger, end, owners, stuck),
        night=last_night(ledger, end),
        sent_states=SENT,
        rejected_states=REJECTED,
        waiting=sum(states.get("pending", 0) for states in ledger.tray.counts().values()),
        stuck=stuck,
        health=health.known(ledger),
        fence=ledger.restoring.fence(),
        readiness=health.known_readiness(ledger),
        runs=runs.latest(person.user),
        made_at=end,
    )
