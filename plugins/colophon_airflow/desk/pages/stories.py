"""*Story of a title*: one timeline over all systems and use cases, to filter, to share and as a PDF; and stopping a title everywhere."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from colophon import story
from colophon.blocks.letters import Letters
from colophon.blocks.panels import TitlePanel
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.titles import Title
from colophon.readiness import declared
from colophon.stopped import stops
from colophon_airflow.desk.access import Reader, Trusted
from colophon_airflow.desk.export import attachment
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, Text, now
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
SHOWN, READ = 500, 1000


@router.get("/titles/{isbn}/story")
def of_title(request: Request, person: Reader, ledger: LedgerDep, isbn: str, system: Text = "", recipient: Text = "") -> HTMLResponse:
    """Everything that happened to a title, newest first; of one system, of one recipient, or of all."""
    title, moments = _story(ledger, isbn)
    shown = story.chosen(moments, system=system, where=recipient)
    facts: dict[str, Any] = {
        "systems": sorted({story.system_of(each.use_case) for each in moments}),
        "recipients": sorted({each.where for each in moments if each.where}),
        "moments": shown[:SHOWN],
        "more": max(0, len(shown) - SHOWN),
    }
    return write_page(request, "title_story.html", person, title=title, system=system, recipient=recipient, **facts)


@router.get("/titles/{isbn}/story.pdf")
def on_paper(ledger: LedgerDep, isbn: str, system: Text = "", recipient: Text = "") -> Response:
    """The same on paper, oldest first, as a retailer may be shown it."""
    title, moments = _story(ledger, isbn)
    shown = story.chosen(moments, system=system, where=recipient)
    of = ", ".join(part for part in (system, recipient) if part) or "all systems"
    publisher = publisher_config().publisher.name
    paper = story.story_pdf(shown, isbn=title.isbn, title=title.title, of=of, publisher=publisher, at=now())
    return Response(paper, media_type="application/pdf", headers=attachment(f"story-{title.isbn}.pdf"))


@router.get("/titles/{isbn}/stop")
def before_stopping(request: Request, person: Trusted, ledger: LedgerDep, isbn: str) -> HTMLResponse:
    """Who has the title now and what stopping it means; or who stopped it, and the way back."""
    title = _title(ledger, isbn)
    rows, config = ledger.desk.deliveries_page(Wanted(isbn=title.isbn), limit=READ), publisher_config()
    held = [held for panel in declared(TitlePanel) for held in panel.holds(rows, config.recipients)]
    facts: dict[str, Any] = {
        "on_sale": [each for each in held if each.what == "on sale"],
        "videos": len({row.subject for row in rows if row.use_case.startswith("bytenite__")}),
        "stopped": stops(ledger).get(title.isbn),
        "audit": ledger.people.audit_page(target=f"isbn:{title.isbn}"),
    }
    return write_page(request, "title_stop.html", person, title=title, **facts)


def _story(ledger: Ledger, isbn: str) -> tuple[Title, list[story.Moment]]:
    title = _title(ledger, isbn)
    number, config = title.isbn, publisher_config()
    letters = [
        row for case in declared(Letters) if case.is_about_titles for row in ledger.desk.naming(number, case.id, [*case.templates(config)])
    ]
    return title, story.of_title(ledger, number, letters)


def _title(ledger: Ledger, isbn: str) -> Title:
    title = ledger.desk.title(isbn.replace("-", "")[:13])
    if title is None:
        raise NotFoundError("the ledger has no such title", system="ledger", remedy="Search for it by words of its title.")
    return title
