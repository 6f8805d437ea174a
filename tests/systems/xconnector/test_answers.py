"""Answers of another shape: unknown members and states pass, missing members do not (K10 to K12); without a network."""

from datetime import UTC, datetime

import pytest

from colophon.errors import BadShapeError, PagingError
from colophon.http.response import Response
from colophon.systems.xconnector import mapping
from colophon.systems.xconnector.operations import LIST_MESSAGES
from colophon.systems.xconnector.outcomes import is_final, outcome_events
from colophon.systems.xconnector.records import Event, MessageStatus
from colophon.systems.xconnector.settings import Extra
from colophon.systems.xconnector.xc1 import Xc1Transport

AT = "2026-05-01T10:00:00Z"


def status(word, *targets, **more):
    """A message's status as the contract writes it."""
    deliveries = [
        {"target": f"t{n}", "status": state, "attempts": 1, "lastAttemptAt": AT, "error": None, "news": 1}
        for n, state in enumerate(targets)
    ]
    body = {
        "messageId": "m-1",
        "event": {"id": "e", "source": "/s", "type": "t"},
        "status": word,
        "acceptedAt": AT,
        "deliveries": deliveries,
    }
    return mapping.read(MessageStatus, {**body, **more})


@pytest.mark.parametrize(
    ("word", "targets", "outcomes", "final"),
    [
        ("accepted", [], ["accepted"], False),
        ("routed", ["pending"], ["processing"], False),
        ("delivering", ["retrying", "sent"], ["processing", "sent"], False),
        ("delivering", ["acknowledged", "pending"], ["processing"], False),
        ("delivered", ["acknowledged", "acknowledged"], ["confirmed", "confirmed"], True),
        ("partially_delivered", ["acknowledged", "dead_lettered"], ["confirmed", "failed"], True),
        ("rejected", ["rejected"], ["failed"], True),
        ("expired", ["expired"], ["failed"], True),
        ("cancelled", ["cancelled"], ["failed"], True),
        ("unroutable", [], ["skipped"], True),
        ("delivered", [], [], True),
        ("teleported", ["beamed"], [], False),
        ("delivered", ["beamed"], [], False),
        ("teleported", [], [], False),
    ],
)
def test_states(word, targets, outcomes, final):
    """Every state has its outcome; one that we do not know is still going, neither success nor failure."""
    found = status(word, *targets)
    assert [e.outcome for e in outcome_events("d-1", found)] == outcomes
    assert is_final(found) is final


def test_error_of_a_target_is_told():
    """Code and text of the refusal, under the target's name."""
    delivery = {
        "target": "shop",
        "status": "rejected",
        "attempts": 5,
        "error": {"code": "price_missing", "message": "no price", "retryable": False},
    }
    event = outcome_events("d-1", status("rejected", deliveries=[delivery]))[0]
    assert (event.outcome, event.recipient_ref, event.code, event.detail, event.raw_state) == (
        "failed",
        "shop",
        "price_missing",
        "no price",
        "rejected",
    )
    assert event.at == datetime(2026, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("missing", ["messageId", "event", "status", "acceptedAt", "deliveries"])
def test_missing_members(missing):
    """K11: told by name, without values."""
    body = status("routed").model_dump(mode="json", by_alias=True)
    del body[missing]
    with pytest.raises(BadShapeError) as caught:
        mapping.read(MessageStatus, body)
    assert missing in caught.value.evidence
    assert caught.value.__context__ is None


EVENTS = [Event(id=f"e-{n}", source="/s", type="t") for n in range(3)]


def items(*ids):
    return {"items": [{"eventId": i, "httpStatus": 202, "messageId": "m", "status": "accepted", "error": None} for i in ids]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"items": {}},
        items(),
        items("e-0", "e-1"),
        items("e-1", "e-0", "e-2"),
        items("e-0", "e-1", "e-2", "e-3"),
        {"items": [1, 2, 3]},
    ],
)
def test_batch_answers_that_are_not_ours(body):
    """Items missing, too many, in disorder: no verdict is guessed."""
    with pytest.raises(BadShapeError):
        mapping.verdicts_on_batch(EVENTS, body)


@pytest.mark.parametrize(("code", "word"), [(429, "not_sent"), (503, "not_sent"), (500, "unknown"), (422, "refused"), (409, "refused")])
def test_item_verdicts(code, word):
    """Each item's status decides for that event alone."""
    body = items("e-0", "e-1", "e-2")
    body["items"][1] = {
        "eventId": "e-1",
        "httpStatus": code,
        "messageId": None,
        "status": "refused",
        "error": {"code": "why", "message": "Jane"},
    }
    verdicts = mapping.verdicts_on_batch(EVENTS, body)
    assert [v.status for v in verdicts] == ["accepted", word, "accepted"]
    assert (verdicts[1].error.code, verdicts[1].error.message) == ("why", "")


def test_item_without_a_status():
    """A verdict that is none is another shape."""
    body = items("e-0", "e-1", "e-2")
    body["items"][1]["httpStatus"] = "202"
    with pytest.raises(BadShapeError):
        mapping.verdicts_on_batch(EVENTS, body)


class Pages:
    """An HTTP client that only knows pages."""

    def __init__(self, *pages):
        self.pages = list(pages)
        self.queries = []

    def call(self, operation, query):
        assert operation is LIST_MESSAGES
        self.queries.append(query)
        return Response(200, {"content-type": "application/json"}, mapping.write_json(self.pages.pop(0)))


def page(cursor, *numbers):
    rows = [{**status("routed").model_dump(mode="json", by_alias=True), "messageId": f"m-{n}"} for n in numbers]
    return {"items": rows, "nextCursor": cursor}


def read_pages(*pages):
    http = Pages(*pages)
    return [m.message_id for m in Xc1Transport(http, Extra()).iter_messages(None, None, None)], http.queries


def test_pages_are_joined():
    """Empty pages with a cursor are not the end."""
    ids, queries = read_pages(page("a", 1, 2), page("b"), page(None, 3))
    assert ids == ["m-1", "m-2", "m-3"]
    assert [q.get("cursor") for q in queries] == [None, "a", "b"]


@pytest.mark.parametrize("cursors", [("a", "a"), ("a", "b", "a"), ("",), (5,)])
def test_pages_that_loop(cursors):
    """K10: a cursor that comes again, or is none, ends the reading."""
    with pytest.raises(PagingError):
        read_pages(*[page(c, n) for n, c in enumerate(cursors)])


def test_page_without_a_cursor_member():
    """Nobody knows whether that is the end."""
    with pytest.raises(BadShapeError):
        read_pages({"items": []})
