"""The sandbox's phone: what a person would see of a push."""

import base64
import json
from typing import Any

from colophon_sandbox.phone import DIRECT, PARSER, page, shown_on


def taken(path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """A request in the journal."""
    return {"system": "push", "path": path, "status": status, "body": body, "at": "2026-05-04T09:00:00Z"}


def file_of(token: str, title: str) -> dict[str, Any]:
    """A push file with one message."""
    shown = {"title": title, "body": "Next: <design>"}
    messages = [{"target": {"token": token}, "notification": shown, "data": {}, "link": "https://consonance.example/works/9"}]
    return {"data": base64.b64encode(json.dumps({"messages": messages}).encode()).decode()}


def test_a_phone_shows_its_own_pushes_newest_first_and_none_that_was_refused() -> None:
    """By both ways; what stands in a push is text, and no markup."""
    direct = {
        "message": {
            "token": "tok-ok-1",
            "notification": {"title": "Last", "body": ""},
            "webpush": {"fcm_options": {"link": "https://desk.example/"}},
        }
    }
    journal = [
        taken(PARSER, file_of("tok-ok-1", "First")),
        taken(PARSER, file_of("tok-ok-2", "Another's")),
        taken(PARSER, file_of("tok-ok-1", "Refused"), 400),
        taken(f"/v1/projects/p{DIRECT}", direct),
    ]
    pushes = shown_on("tok-ok-1", journal)
    assert [(push.title, push.link) for push in pushes] == [
        ("Last", "https://desk.example/"),
        ("First", "https://consonance.example/works/9"),
    ]
    assert "Next: &lt;design&gt;" in page("tok-ok-1", pushes)
