"""A small Consonance for these tests: real HTTP on loopback, real GraphQL validation, answers that a test can spoil."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from graphql import GraphQLSchema, build_schema, graphql_sync, parse, validate

from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings

HERE = Path(__file__).parent
KEY = "not0a0real0key0but0a0canary00000"
NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)

Reply = tuple[int, dict[str, str], bytes]


def documented_sdl() -> str:
    """The documented schema as SDL."""
    return (HERE / "documented.graphql").read_text(encoding="utf-8")


class FakeConsonance:
    """Rows by root field, paged by `after` and `cap`; every request is validated and kept in `requests`.

    `spoil` are functions (operation name, reply) -> reply, applied in order to what would have been a good answer.
    """

    def __init__(self) -> None:
        self.schema: GraphQLSchema = build_schema(documented_sdl())
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.singles: dict[str, dict[str, Any] | None] = {}
        self.rest_pages: list[dict[str, Any]] = []
        self.cap = 100
        self.introspects = True
        self.time = NOW
        self.requests: list[dict[str, Any]] = []
        self.spoil: list[Callable[[str, Reply], Reply]] = []

    def searches(self, operation: str) -> list[dict[str, Any]]:
        """The `search` variables of every request of an operation, in order."""
        return [request["variables"]["search"] for request in self.requests if request["operationName"] == operation]

    def graphql(self, authorization: str, body: dict[str, Any]) -> Reply:
        """Answer one GraphQL request as Consonance would."""
        self.requests.append(body)
        if authorization != f"Bearer {KEY}":
            return as_json({"message": "401: You need to authenticate to access the API"}, 401)
        reply = as_json(self._answer(body))
        for change in self.spoil:
            reply = change(body["operationName"], reply)
        return reply

    def rest(self, authorization: str, query: dict[str, list[str]]) -> Reply:
        """Answer one request for the REST list."""
        if authorization != f"Token token={KEY}":
            return as_json({"message": "401: You need to authenticate to access the API"}, 401)
        self.requests.append({"operationName": "rest", "variables": {"search": query}})
        return as_json(self.rest_pages[int(query["page"][0]) - 1])

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["operationName"] == "Introspection":
            if not self.introspects:
                return {"errors": [{"message": "introspection is disabled"}]}
            return {"data": graphql_sync(self.schema, body["query"]).data}
        if errors := validate(self.schema, parse(body["query"])):
            return {"errors": [_vendor_error(error.message) for error in errors]}
        if body["operationName"] == "Hello":
            return {"data": {"__typename": "Query"}}
        search, root = body["variables"]["search"], body["query"].split("{")[1].split("(")[0].strip()
        if root in self.singles:
            return {"data": {root: self.singles[root]}}
        rows = [row for row in self.rows.get(root, []) if row["id"] > search.get("after", -1)]
        if "isbn13In" in search:
            rows = [row for row in rows if row["isbn"]["isbn13"] in search["isbn13In"]]
        return {"data": {root: rows[: self.cap or None]}}


def _vendor_error(message: str) -> dict[str, Any]:
    """An unknown field in the vendor's words, made of graphql-core's: Cannot query field 'x' on type 'T'."""
    names = message.split("'")
    extensions = {"code": "undefinedField", "typeName": names[3], "fieldName": names[1]} if "Cannot query field" in message else {}
    return {"message": message, "extensions": extensions}


def as_json(body: object, status: int = 200) -> Reply:
    """A JSON reply."""
    return status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body).encode()


def _handler(fake: FakeConsonance) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # one packet for a reply; else the client waits for a delayed acknowledgement

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(fake.graphql(self.headers["Authorization"], json.loads(body)))

        def do_GET(self) -> None:
            self._send(fake.rest(self.headers["Authorization"], parse_qs(urlsplit(self.path).query)))

        def date_time_string(self, _timestamp: float | None = None) -> str:
            return format_datetime(fake.time, usegmt=True)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests read `requests`."""

        def _send(self, reply: Reply) -> None:
            status, headers, content = reply
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[str, list[FakeConsonance]]]:
    """One server for all tests; the fake behind it is changed by each."""
    current: list[FakeConsonance] = [FakeConsonance()]

    class Current:
        def __getattr__(self, name: str) -> Any:
            return getattr(current[0], name)

    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(Current()))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", current
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fake(_server: tuple[str, list[FakeConsonance]]) -> FakeConsonance:
    """A fresh fake Consonance."""
    _server[1][0] = FakeConsonance()
    return _server[1][0]


@pytest.fixture
def connect(_server: tuple[str, list[FakeConsonance]]) -> Iterator[Callable[..., ConsonanceClient]]:
    """Makes clients of the fake: `connect(profile="auto", cache=…, key=…)`; other names are keys of the connection's extra."""
    opened: list[ConsonanceClient] = []

    def make(*, cache: Any = None, key: str = KEY, **extra: object) -> ConsonanceClient:
        settings = ConsonanceSettings.from_connection(_server[0], key, extra)
        client = ConsonanceClient(settings, cache=cache, sleep=lambda _: None, random=lambda: 0.0, clock=lambda: NOW)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()
