"""*Letters*: what went to people outside, by title, person and campaign; how far it has come; and who has not answered."""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from colophon.blocks.letters import Letters
from colophon.config.letters import ContributorRequests, destinations
from colophon.ledger import Ledger
from colophon.ledger.letters import FUNNEL, WantedLetters
from colophon.readiness import declared
from colophon.systems.opentext_exstream.preview import preview_of
from colophon_airflow.desk.access import Reader, Trusted
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import PAGE, LedgerDep, PlaceDep, Text, cut, now
from colophon_airflow.settings import publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
CONNECTION = "opentext_exstream_default"


class Asked(NamedTuple):
    """Somebody who was asked and has not answered: the first letter, since how many days, and how often they were written to."""

    row: Any
    days: int
    times: int


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
    asked = [each for each in _open(ledger) if _fits(each.row, wanted)]
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


def _open(ledger: Ledger) -> Iterator[Asked]:
    """By the kinds that want an answer; chasers and copies count for the letter that they are below."""
    today, config = now().date(), publisher_config()
    for case in declared(Letters):
        rules = getattr(config, case.id.partition("__")[2], None)
        if not isinstance(rules, ContributorRequests):
            continue
        asking = {kind: letter for kind, letter in rules.letters.items() if letter.asks is not None}
        rows = ledger.desk.unanswered_letters(case.id, list(destinations(asking)))
        answered = {row.subject.split("/chaser:")[0].split("/again:")[0] for row in ledger.answered_letters(case.id)}
        first = [row for row in rows if "/chaser:" not in row.subject and "/again:" not in row.subject and row.subject not in answered]
        for row in first:
            below = sum(other.subject.startswith(f"{row.subject}/") for other in rows)
            yield Asked(row, (today - row.as_of.date()).days, 1 + below)


def _fits(row: Any, wanted: WantedLetters) -> bool:
    text = f"{row.labels.get('title', '')} {row.labels.get('isbns', '')}".casefold()
    return (
        wanted.title.casefold() in text
        and wanted.person in {"", str(row.labels.get("contact"))}
        and wanted.destination in {"", row.destination}
    )
