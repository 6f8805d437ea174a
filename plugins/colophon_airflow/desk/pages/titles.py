"""*Title*: find one, and see everything about it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.people import Chosen
from colophon.ledger.titles import Title
from colophon_airflow.desk import territories
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import PAGE, LedgerDep, Text, now

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
ROWS = 200


@router.get("/titles")
def titles(request: Request, person: Reader, ledger: LedgerDep, q: Text = "", above: Text = "") -> HTMLResponse:
    """Search by ISBN, title or contributor."""
    found = ledger.find_titles(q.strip(), limit=PAGE + 1, after=above)
    more = found[PAGE - 1].isbn if len(found) > PAGE else ""
    return write_page(request, "titles.html", person, q=q.strip(), found=found[:PAGE], more=more)


@router.get("/titles/{isbn}")
def title(request: Request, person: Reader, ledger: LedgerDep, isbn: str) -> HTMLResponse:
    """What went where and when, what is wrong, and what may be compared."""
    found = _found(ledger, isbn)
    rows = ledger.deliveries_page(Wanted(isbn=found.isbn), limit=ROWS)
    subjects = sorted({row.subject for row in rows} | {f"isbn:{found.isbn}"})
    wrong = [row for subject in subjects for row in ledger.exceptions_page(Chosen(state="", subject=subject), limit=PAGE)]
    newest: dict[tuple[str, str], Any] = {}
    for row in rows:
        newest.setdefault((row.use_case, row.destination), row)
    return write_page(request, "title.html", person, title=found, rows=rows, newest=list(newest.values()), wrong=wrong, most=ROWS)


@router.get("/titles/{isbn}/rights")
def rights(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    isbn: str,
    country: Annotated[str, Query(pattern="^[A-Za-z]{0,2}$")] = "",
    channel: Annotated[str, Query(max_length=40)] = "ebook",
) -> HTMLResponse:
    """Where it may be sold today, by Consonance's records as they are now; for one country all of time, with reasons."""
    day = now().date()
    atlas, judged = territories.judged(isbn)
    facts: dict[str, Any] = {
        "title": ledger.title(isbn) or Title(isbn, isbn, ""),
        "places": territories.places(atlas, judged, channel, day),
        "spans": territories.spans(atlas, judged, country.upper(), channel) if country else [],
        "findings": judged.findings,
        "turns_on": judged.next_change(day, [channel]),
    }
    return write_page(request, "title_rights.html", person, country=country.upper(), channel=channel, day=day, **facts)


def _found(ledger: Ledger, isbn: str) -> Title:
    digits = isbn.replace("-", "")
    found = ledger.title(digits)
    if found is None:
        if not ledger.deliveries_page(Wanted(isbn=digits), limit=1):
            raise NotFoundError(f"the ledger knows no title {isbn[:20]}", system="ledger", remedy="Search for it by its name.")
        found = Title(digits, digits, "")
    return found
