"""The desk's tables for programs: JSON by pages, or CSV and xlsx as files. Described at `/api/openapi.json`, for who is signed in."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from colophon.errors import NotFoundError
from colophon.ledger.browse import SHOWN, Place
from colophon.ledger.tables import audit, exceptions, quality
from colophon.ledger.tray import SHOWN as TRAY
from colophon.systems.consonance.writes import sheets
from colophon_airflow.desk import health, launches
from colophon_airflow.desk.access import Trusted
from colophon_airflow.desk.export import MOST_ROWS, XLSX, as_csv, as_xlsx, attachment
from colophon_airflow.desk.pages import videos
from colophon_airflow.desk.pages.launches import WantedDep as LaunchesDep
from colophon_airflow.desk.source import BeforeLine, ChosenDep, LedgerDep, Limit, PlaceDep, Text, WantedDep, cut, now

router = APIRouter(prefix="/api", tags=["tables"])
Format = Annotated[Literal["json", "csv", "xlsx"], Query(description="csv and xlsx give all rows up to 100,000, not one page.")]
Row = Mapping[str, Any]
MOST_JSON = 5000
"""So many rows of a table that has no pages."""


class Page(BaseModel):
    """Rows, and `next` for the page after; empty on the last one."""

    rows: list[dict[str, Any]]
    next: str = ""


@router.get("/deliveries", response_model=Page)
def deliveries(ledger: LedgerDep, wanted: WantedDep, after: PlaceDep, limit: Limit = 100, format: Format = "json") -> Any:  # noqa: A002 - the parameter's name in addresses
    """Deliveries, newest change first."""
    return _table(
        "deliveries", SHOWN, format, limit, after, lambda place, n: ledger.desk.deliveries_page(wanted, after=place, limit=n), "updated_at"
    )


@router.get("/exceptions", response_model=Page)
def exceptions_table(ledger: LedgerDep, chosen: ChosenDep, after: PlaceDep, limit: Limit = 100, format: Format = "json") -> Any:  # noqa: A002 - as above
    """Exceptions, newest first."""
    columns = tuple(exceptions.c.keys())
    return _table(
        "exceptions",
        columns,
        format,
        limit,
        after,
        lambda place, n: ledger.people.exceptions_page(chosen, after=place, limit=n),
        "opened_at",
    )


@router.get("/titles", response_model=Page)
def titles(ledger: LedgerDep, q: Text = "", after: Text = "", limit: Limit = 100) -> Any:
    """Titles by ISBN, title or contributor."""
    found = ledger.desk.find_titles(q.strip(), limit=limit + 1, after=after)
    return Page(rows=[row._asdict() for row in found[:limit]], next=found[limit - 1].isbn if len(found) > limit else "")


@router.get("/tray", response_model=Page)
def tray(ledger: LedgerDep, after: PlaceDep, state: Text = "", operation: Text = "", limit: Limit = 100, format: Format = "json") -> Any:  # noqa: A002 - as above
    """Write-backs without their contents, oldest first."""
    states = (state,) if state else ()
    return _table(
        "tray",
        TRAY,
        format,
        limit,
        after,
        lambda place, n: ledger.tray.page(states, operation=operation, after=place, limit=n),
        "created_at",
    )


@router.get("/tray/sheets/{name}")
def sheet(person: Trusted, ledger: LedgerDep, name: str) -> Response:
    """A sheet to load into Consonance, as it was made; for operators, since it may hold what is not for all."""
    body = sheets.again(ledger, name, now=now())
    if body is None:
        raise NotFoundError(f"no sheet {name[:80]} was made", system="ledger", remedy="Make the sheets first.")
    ledger.people.noted("download sheet", name, by=person.name, why="")
    return Response(body, media_type=XLSX, headers=attachment(name))


@router.get("/use-cases", response_model=Page)
def use_cases(ledger: LedgerDep) -> Any:
    """Whether each use case can run, as it was found when the systems were asked last."""
    return Page(rows=[row._asdict() for row in health.known_readiness(ledger)])


@router.get("/quality", response_model=Page)
def quality_table(ledger: LedgerDep, imprint: Text = "", figure: Text = "", week: Text = "", format: Format = "json") -> Any:  # noqa: A002 - as above
    """Quality figures, newest week first."""
    most = MOST_JSON if format == "json" else MOST_ROWS
    rows = [row._asdict() for row in ledger.desk.quality_weeks(imprint=imprint, figure=figure, week=week, limit=most)]
    return _whole("quality", tuple(quality.c.keys()), format, rows)


@router.get("/launches", response_model=Page)
def launches_table(ledger: LedgerDep, wanted: LaunchesDep, format: Format = "json") -> Any:  # noqa: A002 - as above
    """Formats of titles that are to come, by launch week, with what holds them."""
    lines = wanted.of(launches.lines_of(ledger))
    return _whole("launches", launches.COLUMNS, format, launches.rows_of(lines)[: MOST_JSON if format == "json" else MOST_ROWS])


@router.get("/videos", response_model=Page)
def videos_table(a: Text = "", b: Text = "", channel: Text = "", country: Text = "", format: Format = "json") -> Any:  # noqa: A002 - as above
    """Views and completions of videos by week from publication, of all titles, of one title or imprint, or of two."""
    return _whole("videos", videos.COLUMNS, format, list(videos.weekly_rows(videos.compared(a, b, channel, country))))


@router.get("/audit", response_model=Page)
def audit_table(
    ledger: LedgerDep,
    by: Text = "",
    target: Text = "",
    before: BeforeLine = None,
    limit: Limit = 100,
    format: Format = "json",  # noqa: A002 - as above
) -> Any:
    """Who did what, newest first."""
    most = limit if format == "json" else MOST_ROWS
    rows = [row._asdict() for row in ledger.people.audit_page(by=by, target=target, before=before, limit=most)]
    return _whole("audit", tuple(audit.c.keys()), format, rows, str(rows[-1]["id"]) if format == "json" and len(rows) == limit else "")


def _table(
    name: str, columns: tuple[str, ...], form: str, limit: int, after: Place | None, read: Callable[[Place | None, int], list[Any]], by: str
) -> Any:
    if form == "json":
        rows, more = cut(read(after, limit + 1), limit, by)
        return Page(rows=[row._asdict() for row in rows], next=more)

    def all_rows() -> Iterator[Row]:
        here, left = after, MOST_ROWS
        while left > 0 and (rows := read(here, min(1000, left))):
            yield from (row._asdict() for row in rows)
            here, left = Place(getattr(rows[-1], by), rows[-1].id), left - len(rows)

    return (as_csv if form == "csv" else as_xlsx)(name, columns, all_rows())


def _whole(name: str, columns: tuple[str, ...], form: str, rows: list[dict[str, Any]], more: str = "") -> Any:
    if form == "json":
        return Page(rows=rows, next=more)
    return (as_csv if form == "csv" else as_xlsx)(name, columns, rows)
