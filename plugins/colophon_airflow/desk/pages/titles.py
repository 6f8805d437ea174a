"""*Title*: find one, and see everything about it."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from colophon.blocks.jobs import JOBS
from colophon.blocks.letters import Letters
from colophon.blocks.panels import FieldsPanel, TitlePanel
from colophon.config.readiness import AREAS
from colophon.domain.identifiers import isbn13_of
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Chosen
from colophon.ledger.titles import Title
from colophon.readiness import declared
from colophon.stopped import stops
from colophon.systems.bytenite.outputs import outputs_of
from colophon.systems.bytenite.port import STOP
from colophon.why import why
from colophon_airflow.desk import last_onix_message as told
from colophon_airflow.desk import readiness as launch
from colophon_airflow.desk import territories
from colophon_airflow.desk import tile_map as world
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import link, write_page
from colophon_airflow.desk.source import PAGE, LedgerDep, Text, now
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
ROWS, READ = 200, 1000
VIDEOS = "bytenite__"
PLAYABLE = frozenset({"video/mp4", "video/webm", "audio/mpeg", "audio/mp4", "audio/wav"})


@router.get("/titles")
def titles(request: Request, person: Reader, ledger: LedgerDep, q: Text = "", above: Text = "") -> Response:
    """Search by ISBN, title or contributor; a whole ISBN leads to its title at once."""
    number = isbn13_of(q.strip()) if q.strip() else None
    if number and ledger.desk.title(number):
        return RedirectResponse(link(request.scope.get("root_path", ""), f"titles/{number}"), status_code=303)
    found = ledger.desk.find_titles(q.strip(), limit=PAGE + 1, after=above)
    more = found[PAGE - 1].isbn if len(found) > PAGE else ""
    return write_page(request, "titles.html", person, q=q.strip(), found=found[:PAGE], more=more)


@router.get("/titles/{isbn}")
def title(request: Request, person: Reader, ledger: LedgerDep, isbn: str) -> HTMLResponse:
    """What went where and when, what is wrong, its formats, videos and letters, and what may be compared."""
    found = _found(ledger, isbn)
    rows = ledger.desk.deliveries_page(Wanted(isbn=found.isbn), limit=READ)
    subjects = sorted({row.subject for row in rows} | {f"isbn:{found.isbn}"})
    wrong = [row for subject in subjects for row in ledger.people.exceptions_page(Chosen(state="", subject=subject), limit=PAGE)]
    cases, config = [case for case in declared(Letters) if case.is_about_titles], publisher_config()
    letters = [row for case in cases for row in ledger.desk.naming(found.isbn, case.id, [*case.templates(config)])]
    answered = [row.subject for row in letters if row.state == "responded"]
    newest = _newest(rows)
    current = {row.id for row in newest}
    facts: dict[str, Any] = {
        "answers": [answer for panel in declared(TitlePanel) for answer in why(ledger, config, found.isbn, use_case=panel.case.id)],
        "went": [*newest, *(row for row in rows if row.id not in current)][:ROWS],
        "current": current,
        "told": told.told(ledger, rows),
        "stopped": stops(ledger).get(found.isbn),
        "holds": [held for panel in declared(TitlePanel) for held in panel.holds(rows, config.recipients)],
        "owned": [field for panel in declared(FieldsPanel) for field in panel.fields(ledger, found.isbn)],
        "videos": _newest(row for row in rows if row.use_case.startswith(VIDEOS)),
        "media": list(_media(ledger, rows)) if person.may_act else [],
        "letters": letters,
        "waiting": {row.subject for row in letters if not any(subject.startswith(row.subject) for subject in answered)},
        "day": now().date(),
        "letters_of": [case.id for case in cases],
    }
    return write_page(request, "title.html", person, title=found, rows=rows[:ROWS], is_cut=len(rows) > ROWS, wrong=wrong, **facts)


@router.get("/titles/{isbn}/readiness")
def readiness(request: Request, person: Reader, ledger: LedgerDep, isbn: str) -> HTMLResponse:
    """Whether it may be launched, by Consonance's records and to-dos as they are now: what is missing, and who mends it."""
    at = now()
    looked = launch.looked(ledger, isbn, at)
    title = ledger.desk.title(isbn) or Title(isbn, looked.product.title, "")
    facts: dict[str, Any] = {"title": title, "looked": looked, "areas": AREAS, "day": at.date(), "stopped": stops(ledger).get(isbn)}
    return write_page(request, "title_readiness.html", person, **facts)


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
    atlas, judged = territories.judged(ledger, isbn)
    places = territories.places(atlas, judged, channel, day)
    here = link(request.scope.get("root_path", ""), f"titles/{isbn}/rights", channel=channel)
    facts: dict[str, Any] = {
        "title": ledger.desk.title(isbn) or Title(isbn, isbn, ""),
        "stopped": stops(ledger).get(isbn),
        "places": places,
        "map": world.drawn(places, f"{here}&country=", country.upper()),
        "changes": territories.changes(atlas, judged, channel),
        "spans": territories.spans(atlas, judged, country.upper(), channel) if country else [],
        "findings": judged.findings,
        "turns_on": judged.next_change(day, [channel]),
    }
    return write_page(request, "title_rights.html", person, country=country.upper(), channel=channel, day=day, **facts)


def _newest(rows: Iterable[Any]) -> list[Any]:
    """Of each use case, destination and subject the first row; rows come newest first."""
    found: dict[tuple[str, str, str], Any] = {}
    for row in rows:
        found.setdefault((row.use_case, row.destination, row.subject), row)
    return list(found.values())


def _media(ledger: Ledger, rows: Iterable[Any]) -> Iterator[dict[str, str]]:
    """What was rendered and can be watched here: unless it was withdrawn."""
    for row in _newest(row for row in rows if row.use_case.startswith(VIDEOS) and row.destination == JOBS):
        outputs = outputs_of(ledger, row.use_case, row.subject) if STOP not in row.labels else None
        if outputs and outputs.main and outputs.main.media_type in PLAYABLE:
            files = {"main": outputs.main, "poster": outputs.poster, "captions": outputs.captions}
            names = {part: f"media/{outputs.job_id}/{file.name.rpartition('/')[2]}" for part, file in files.items() if file}
            yield {**names, "is_sound": "yes" if outputs.main.media_type.startswith("audio/") else "", "title": row.labels["title"]}


def _found(ledger: Ledger, isbn: str) -> Title:
    digits = isbn.replace("-", "")
    found = ledger.desk.title(digits)
    if found is None:
        if not ledger.desk.deliveries_page(Wanted(isbn=digits), limit=1):
            raise NotFoundError(f"the ledger knows no title {isbn[:20]}", system="ledger", remedy="Search for it by its name.")
        found = Title(digits, digits, "")
    return found
