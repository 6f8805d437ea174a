"""*Letters*: what went to people outside, by title, person and campaign; how far it has come; and who has not answered."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from colophon.blocks.letters import Letters
from colophon.ledger import Ledger
from colophon.ledger.letters import FUNNEL, WantedLetters
from colophon.readiness import declared
from colophon.systems.opentext_exstream.preview import preview_of
from colophon_airflow.desk.access import Reader, Trusted
from colophon_airflow.desk.open_requests import open_requests
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import PAGE, LedgerDep, PlaceDep, Text, cut, now
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
CONNECTION = "opentext_exstream_default"


@router.get("/letters")
def letters(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    after: PlaceDep,
    title: Text = "",
    key: Text = "",
    campaign: Text = "",
    stage: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """A page of letters, the funnel of all that the filter has, and the open requests."""
    cases = tuple(sorted(case.id for case in declared(Letters)))
    wanted = WantedLetters(cases, campaign.strip(), key.strip(), title.strip(), stage if stage in FUNNEL else "")
    rows, more = cut(ledger.desk.letters_page(wanted, after=after, limit=PAGE + 1), PAGE, "updated_at")
    kinds = sorted({flow.destination for flow in ledger.desk.flows() if flow.use_case in cases})
    facts: dict[str, Any] = {
        "rows": [(row, whom(row)) for row in rows],
        "more": more,
        "funnel": ledger.desk.letters_funnel(wanted),
        "campaigns": kinds,
    }
    asked = [each for each in open_requests(ledger, publisher_config(), now().date()) if _fits(each.row, wanted)]
    return write_page(
        request,
        "letters.html",
        person,
        **facts,
        asked=asked,
        title=wanted.title,
        key=wanted.person,
        campaign=wanted.destination,
        stage=wanted.stage,
    )


@router.get("/letters/{delivery_id}/preview")
def preview(person: Trusted, ledger: LedgerDep, delivery_id: str) -> Response:
    """A letter as Exstream composes it, in a domain that is none of production."""
    from colophon_airflow.systems.opentext_exstream.hook import OpentextExstreamHook

    letter = preview_of(ledger, delivery_id, template_of(ledger, delivery_id))
    with OpentextExstreamHook(CONNECTION).client as client:
        output = letter.composed(client)
    ledger.people.noted("preview letter", delivery_id, by=person.name, why="")
    return Response(output.content, media_type=output.mime, headers={"Content-Disposition": "inline"})


def template_of(ledger: Ledger, delivery_id: str) -> str:
    """The communication of a letter's kind today."""
    story = ledger.desk.story(delivery_id)
    places = {place: each.template for case in declared(Letters) for place, each in case.templates(publisher_config()).items()}
    return places.get(story.row.destination, "") if story else ""


def whom(row: Any) -> tuple[str, str]:
    """Whom a letter is for, as `contact` or `reader`, and the id."""
    reader = row.subject.rpartition("/reader:")[2] if "/reader:" in row.subject else ""
    return ("reader", reader) if reader else ("contact", str(row.labels.get("contact", "")))


def _fits(row: Any, wanted: WantedLetters) -> bool:
    text = f"{row.labels.get('title', '')} {row.labels.get('isbns', '')}".casefold()
    return (
        wanted.title.casefold() in text
        and wanted.person in {"", str(row.labels.get("contact"))}
        and wanted.destination in {"", row.destination}
    )
