"""*Deliveries*: what went where, and all about one of them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from colophon.blocks.letters import Letters
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.ledger.browse import Story
from colophon.readiness import declared
from colophon.story import Moment, of_delivery
from colophon.systems.opentext_exstream.preview import preview_of
from colophon_airflow.desk import content
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import PAGE, LedgerDep, PlaceDep, WantedDep, cut

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/deliveries")
def deliveries(request: Request, person: Reader, ledger: LedgerDep, wanted: WantedDep, after: PlaceDep) -> HTMLResponse:
    """A page of deliveries, newest change first."""
    rows, more = cut(ledger.desk.deliveries_page(wanted, after=after, limit=PAGE + 1), PAGE, "updated_at")
    flows = ledger.desk.flows()
    return write_page(
        request,
        "deliveries.html",
        person,
        rows=rows,
        more=more,
        wanted=wanted,
        use_cases=sorted({flow.use_case for flow in flows}),
        destinations=sorted({flow.destination for flow in flows}),
    )


@router.get("/deliveries/compare")
def compare(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    a: Annotated[str, Query(max_length=34)],
    b: Annotated[str, Query(max_length=34)],
) -> HTMLResponse:
    """What changed between two deliveries."""
    left, right = (_found(ledger, delivery_id) for delivery_id in (a, b))
    lines = content.differences(ledger, left.row, right.row)
    return write_page(request, "compare.html", person, left=left.row, right=right.row, lines=lines)


@router.get("/deliveries/{delivery_id}")
def delivery(request: Request, person: Reader, ledger: LedgerDep, delivery_id: str) -> HTMLResponse:
    """One delivery: what happened to it, its content, what people did."""
    story = _found(ledger, delivery_id)
    is_letter = story.row.use_case in {case.id for case in declared(Letters)}
    return write_page(
        request,
        "delivery.html",
        person,
        story=story,
        moments=_moments(ledger, story),
        row=story.row,
        body=content.shown(ledger, story.row),
        siblings=[row for row in content.siblings(ledger, story.row) if row.id != delivery_id],
        audit=ledger.people.audit_page(target=delivery_id),
        is_letter=is_letter,
        says=_says(ledger, delivery_id) if is_letter and person.may_act else None,
    )


def _moments(ledger: Ledger, story: Story) -> list[Moment]:
    """From plan to where it stands; the tries of the message that carries it, where one does."""
    carrier = story.row.carrier_id
    carried = ledger.desk.happened([carrier])[carrier].attempts if carrier else []
    return of_delivery(story.row, [*carried, *story.attempts], story.events, carrier="a message" if carrier else "")


def _says(ledger: Ledger, delivery_id: str) -> list[str] | None:
    """The data of a letter; None for what only travels in one."""
    try:
        return preview_of(ledger, delivery_id).lines
    except NotFoundError:
        return None


def _found(ledger: Ledger, delivery_id: str) -> Story:
    story = ledger.desk.story(delivery_id)
    if story is None:
        raise NotFoundError(f"the ledger has no delivery {delivery_id[:34]}", system="ledger", remedy="Search for its title instead.")
    return story
