"""Wire to records and back: pure functions."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from colophon.domain.identifiers import named_uuid
from colophon.errors import BadShapeError
from colophon.http.jsontext import write_json
from colophon.http.response import Problem, Response, problem_in
from colophon.http.shapes import Shapes
from colophon.systems.xconnector.records import Acked, Event, Fault, Item, Parked, Payload, Route, Verdict

_shapes = Shapes("xconnector")
read, member, named, rows = _shapes.read, _shapes.member, _shapes.named, _shapes.rows


def event_id(source: str, event_type: str, recipient: str, subject: str, revision: int, content_hash: str) -> str:
    """UUID5 by the recipe of section 3. `revision` makes a value that changes A, B, A three events."""
    return named_uuid("\n".join((source, event_type, recipient, subject, str(revision), content_hash)))


def content_hash(data: object) -> str:
    """SHA-256 of `data` as we write it, in hex."""
    return hashlib.sha256(write_json(data)).hexdigest()


def sequence(revision: int) -> str:
    """20 digits, so that readers can compare as text."""
    return f"{revision:020d}"


def data_schema(event_type: str, type_prefix: str) -> str:
    """`colophon.title.updated.v1` has the schema `urn:colophon:schema:title:1`."""
    name, _, version = event_type.removeprefix(type_prefix).rpartition(".v")
    return f"urn:colophon:schema:{name.partition('.')[0]}:{version}"


def to_wire(event: Event) -> dict[str, Any]:
    """An event in the JSON format of CloudEvents; attributes without a value are left out, members of `data` never."""
    attributes = event.model_dump(mode="json", exclude_none=True, exclude={"data"})
    return {**attributes, "data": event.data}


def payload_to_wire(payload: Payload) -> dict[str, Any]:
    """A payload as a member of `data`."""
    return payload.model_dump(mode="json", by_alias=True)


def by_reference(event: Event, payload: Payload) -> Event:
    """The event with its data replaced by a reference to it; its id stays, because it says the same."""
    return event.model_copy(update={"data": {"payload": payload_to_wire(payload)}})


def verdict_on_one(event: Event, answer: Response) -> Verdict:
    """Verdict from the answer to a single event.

    :raises BadShapeError: a success that does not name our event.
    """
    if answer.status >= 300:
        return refusal(event, answer)
    body = answer.json()
    if named(body, "eventId") != event.id:
        raise BadShapeError("eventId of the answer is another event's", system="xconnector")
    return Verdict(event.id, named(body, "status"), named(body, "messageId"))


def refusal(event: Event, answer: Response) -> Verdict:
    """Verdict on an event that was refused, with the code and the places that the answer names."""
    return Verdict(event.id, "refused", error=_fault(answer.problem(), answer.status))


def verdicts_on_batch(events: Sequence[Event], body: object) -> list[Verdict]:
    """Verdicts from the answer to a batch, in its order.

    :raises BadShapeError: not one item for each event, in our order.
    """
    items = rows(body)
    if [named(item, "eventId") for item in items] != [event.id for event in events]:
        raise BadShapeError("the answer's items are not our events in our order", system="xconnector", evidence=f"{len(items)} items")
    return [_verdict_on_item(item) for item in items]


def _verdict_on_item(item: dict[str, Any]) -> Verdict:
    status = member(item, "httpStatus")
    if not isinstance(status, int):
        raise BadShapeError("httpStatus of an item is no number", system="xconnector")
    if 200 <= status < 300:
        return Verdict(item["eventId"], named(item, "status"), named(item, "messageId"))
    words = {425: "not_sent", 429: "not_sent", 503: "not_sent"}
    word = words.get(status) or ("unknown" if status >= 500 else "refused")
    return Verdict(item["eventId"], word, error=_fault(problem_in(item.get("error")), status))


def _fault(problem: Problem, status: int) -> Fault:
    return Fault(code=problem.code or f"http_{status}", message=", ".join(problem.pointers))


def inbox_item(row: object) -> Item:
    """A leased item; an event that cannot be read is told, not raised, so that the others go on.

    :raises BadShapeError: it has no token, and so can be neither acknowledged nor given back.
    """
    attempt = member(row, "attempt")
    if type(attempt) is not int:
        raise BadShapeError("attempt of the answer is no whole number", system="xconnector")
    return Item(named(row, "token"), attempt, *_event_or_problem(row))


def parked_item(row: object) -> Parked:
    """A parked item. Raises as `inbox_item`."""
    event, problem = _event_or_problem(row)
    return Parked(event, named(row, "reason"), problem)


def _event_or_problem(row: object) -> tuple[Event | None, str]:
    try:
        return read(Event, member(row, "event")), ""
    except BadShapeError as problem:
        return None, f"{problem.sentence} ({problem.evidence})"


def acked(body: object) -> Acked:
    """Response to `ack`, and to `nack` (whose first member the contract calls the same). Raises as `rows`."""
    return read(Acked, {"acked": rows(body, "acked"), "unknown": rows(body, "unknown")})


def route_to_wire(route: Route) -> dict[str, Any]:
    """A route; members of its match that are not given are left out, because all given ones must match."""
    return route.model_dump(mode="json", by_alias=True, exclude_none=True)


def utc_text(moment: datetime) -> str:
    """A moment for a query."""
    return str(write_json(moment), "utf-8").strip('"')
