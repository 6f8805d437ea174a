"""The door as a web application, called in process: no server, no socket, the clock stands still."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from colophon.inbound import SOURCES, answers
from colophon.ledger import Ledger
from colophon_airflow.inbound.app import HooksApp
from colophon_airflow.inbound.sources import Sources

NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/sandbox/erp",
    "type": "colophon.delivery.failure.v1",
    "subject": "isbn:9781999000011",
    "time": "2026-05-01T09:59:00Z",
    "data": {"isbn": "9781999000011", "fault": "missing_cover"},
}
EXTRAS = {
    "opentext_push_default": {"hook_login": "vendor", "hook_secret": "push-not-a-password"},
    "opentext_exstream_default": {"hook_secret": SECRET},
    "xconnector_default": {"hook_secret": f"{SECRET} {OLD}"},
    "fourallportal_default": {"hook_secret": "portal-not-a-secret"},
    "bytenite_default": {"hook_secret": [SECRET]},
}

_TEXT = {"type": "string"}
_ALL = [
    *(answers.TAKEN, answers.SEEN, answers.CONFLICT, answers.MALFORMED, answers.FORGED, answers.UNKNOWN_SOURCE, answers.WRONG_METHOD),
    *(answers.TOO_SLOW, answers.TOO_LARGE, answers.NOT_JSON, answers.too_many(1), answers.UNAVAILABLE),
]
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Inbound events", "version": "1"},
    "paths": {
        "/{source}": {
            "post": {
                "parameters": [
                    {"name": "source", "in": "path", "required": True, "schema": {**_TEXT, "enum": [*SOURCES, "nobody"]}},
                    {"name": "webhook-id", "in": "header", "schema": {**_TEXT, "pattern": "^[A-Za-z0-9_-]{1,128}$"}},
                    {"name": "webhook-timestamp", "in": "header", "schema": {**_TEXT, "pattern": "^[0-9]{10}$"}},
                    {"name": "webhook-signature", "in": "header", "schema": {**_TEXT, "maxLength": 1024}},
                    {"name": "X-Colophon-Secret", "in": "header", "schema": _TEXT},
                ],
                "requestBody": {
                    "required": True,
                    "content": {kind: {"schema": {"type": "object"}} for kind in ("application/json", "application/cloudevents+json")},
                },
                "responses": {str(one.status): {"description": one.title, "content": {one.media_type: {}}} for one in _ALL},
            }
        }
    },
}
"""The door in OpenAPI's words: it does not describe itself to strangers."""


def signed(body: bytes, webhook_id: str = "e-1", *, secret: str = SECRET, at: datetime = NOW, **more: str) -> dict[str, str]:
    """Headers as a sender makes them; written from the standard, not from our code."""
    stamp = str(int(at.timestamp()))
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    proof = {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": "v1," + base64.b64encode(mac).decode()}
    return {"content-type": "application/cloudevents+json", "content-length": str(len(body)), **proof, **more}


def basic(login: str, password: str) -> dict[str, str]:
    """Headers of the scheme `basic`."""
    return {"content-type": "application/json", "authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


async def call(
    app: Callable, path: str, headers: object, body: bytes, method: str = "POST", *, piece: int = 65_536, caller: str = "127.0.0.1"
) -> SimpleNamespace:
    """One request; the body comes in pieces. Headers: a mapping, or raw pairs."""
    raw = headers if isinstance(headers, list) else [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    pieces = [body[start : start + piece] for start in range(0, len(body), piece)] or [b""]
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)} if pieces else {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": raw}
    scope |= {"client": (caller, 1), "server": ("127.0.0.1", 80), "scheme": "http", "http_version": "1.1", "root_path": ""}
    await app({**scope, "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return SimpleNamespace(
        status=start["status"], headers=found, content=content, json=json.loads(content) if content.startswith(b"{") else None
    )


@pytest.fixture
def door(ledger_url):
    """`post(source, headers, body)`, the ledger behind it, and a clock that a test may set."""
    extras = {name: dict(extra) for name, extra in EXTRAS.items()}
    found = SimpleNamespace(url=ledger_url, now=NOW, extras=extras, seconds=0.0, opened=0)

    def opened() -> Ledger:
        found.opened += 1
        return Ledger.open(ledger_url, clock=lambda: found.now)

    found.open_ledger = opened
    found.app = HooksApp(
        lambda: found.open_ledger(), Sources(lambda conn_id: extras[conn_id], clock=lambda: found.seconds), clock=lambda: found.now
    )
    found.ledger = lambda: Ledger.open(ledger_url)
    found.post = lambda source, headers, body, **how: asyncio.run(call(found.app, f"/{source}", headers, body, **how))
    yield found
    found.app.keeper.close()
