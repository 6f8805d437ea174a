"""*Launches*: every title that is to come, how ready it is, what holds it and who owns that; and a page for the launch meeting."""

from collections import Counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from colophon.config.readiness import AREAS
from colophon.errors import NotFoundError
from colophon.launch.status import Light
from colophon_airflow.desk import launches
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, Text, now

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
ROWS, MOST_WEEKS, ON_PAPER = 60, 52, 16
SHOWN_A_WEEK = 4
"""So many titles of a week are named in the view by weeks."""


def wanted_of(
    imprint: Text = "",
    blocker: Text = "",
    owner: Text = "",
    light: Annotated[str, Query(pattern="^(red|unknown|amber|green|)$")] = "",
    week: Annotated[str, Query(pattern=r"^([0-9]{4}-W[0-9]{2})?$")] = "",
) -> launches.Wanted:
    """Titles that an address asks for."""
    return launches.Wanted(imprint, blocker, owner, light, week)


WantedDep = Annotated[launches.Wanted, Depends(wanted_of)]


@router.get("/launches")
def overview(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    wanted: WantedDep,
    view: Literal["list", "weeks"] = "list",
    start: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> HTMLResponse:
    """Titles by launch week, as a list or week by week."""
    lines = launches.lines_of(ledger)
    shown, by_light = wanted.of(lines), Counter(line["light"] for line in wanted.of(lines, but="light"))
    facts: dict[str, Any] = {
        "lines": shown[start : start + ROWS],
        "found": len(shown),
        "weeks": launches.weeks_of(wanted.of(lines, but="week")) if view == "weeks" else [],
        "lights": {str(light): by_light[light] for light in Light},
        "choices": launches.choices(lines),
        "of_all": len(lines),
    }
    more = start + ROWS if len(shown) > start + ROWS else 0
    chosen = {**wanted._asdict(), "view": view if view != "list" else ""}
    return write_page(
        request, "launches.html", person, wanted=wanted, chosen=chosen, view=view, start=start, more=more, areas=AREAS,
        sources=launches.sources_of(ledger), named=SHOWN_A_WEEK, **facts,
    )  # fmt: skip


@router.get("/launches/meeting")
def meeting(
    request: Request, person: Reader, ledger: LedgerDep, wanted: WantedDep, weeks: Annotated[int, Query(ge=1, le=MOST_WEEKS)] = 8
) -> HTMLResponse:
    """One page to print: a line for each title of the next weeks that is not green, and how many are."""
    today = now().date()
    lines = wanted.of(launches.between(launches.lines_of(ledger), today, weeks))
    facts: dict[str, Any] = {
        "lines": [line for line in lines if line["light"] != "green"],
        "green": sum(line["light"] == "green" for line in lines),
    }
    return write_page(
        request,
        "launches_meeting.html",
        person,
        most=ON_PAPER,
        wanted=wanted,
        weeks=weeks,
        today=today,
        areas=AREAS,
        sources=launches.sources_of(ledger),
        **facts,
    )


@router.get("/launches/{work_id}")
def title(request: Request, person: Reader, ledger: LedgerDep, work_id: int) -> HTMLResponse:
    """All that a title waits for, format by format, its way to publication, and when it changed and why.

    :raises NotFoundError: nothing of it is to come.
    """
    found = launches.title_of(ledger, work_id)
    if found is None:
        raise NotFoundError(f"nothing of work {work_id} is to come", system="ledger", remedy="Titles are here until they are out.")
    return write_page(request, "launch.html", person, found=found, areas=AREAS, sources=launches.sources_of(ledger))
