"""A small system with everything that a system can have, and a client of it: the suite is tested by these two."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as Reply

from colophon.errors import BadShapeError, EffectUnknownError, PagingError
from colophon.http.auth import NoAuth, OAuth2ClientCredentials, Token
from colophon.http.client import HttpClient
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.response import Response
from colophon.http.settings import HttpSettings, settings_from_connection
from colophon_sandbox.system import Call, RefusedError, Route, System, as_json, integer, text

SECRET = "sandbox-example-secret"
JSON = ("application/json",)

TOKEN = Operation("token", "POST", "/token")
LIST = Operation("list", "GET", "/v1/things")
SEND = Operation("send", "POST", "/v1/things", DeliveryClass.A, expect=frozenset({200}))
PUT = Operation("put", "PUT", "/v1/things/{id}", DeliveryClass.B)
START = Operation("start", "POST", "/v1/jobs", DeliveryClass.C)
FIND = Operation("find", "GET", "/v1/jobs")
ALERT = Operation("alert", "POST", "/v1/alerts", DeliveryClass.D)


class Example(System):
    """Things by key, jobs by reference, alerts without either; tokens from an endpoint."""

    name = "example"
    routes = (
        Route("POST", "/token", "token", body=JSON, open=True),
        Route("GET", "/v1/things", "list_things", query={"page": integer(1, 99), "size": integer(1, 100)}),
        Route("POST", "/v1/things", "send", body=JSON),
        Route("PUT", "/v1/things/<thing>", "put", body=JSON),
        Route("POST", "/v1/jobs", "start", body=JSON),
        Route("GET", "/v1/jobs", "find", query={"ref": text}),
        Route("POST", "/v1/alerts", "alert", body=JSON),
    )

    def authenticate(self, request: Request) -> None:
        """Any token that was given out."""
        if self.world.store.table("example.tokens").get(request.headers.get("Authorization", "")) is None:
            raise RefusedError(401, "token", "no such token")

    def refusal(self, refused: RefusedError) -> Reply:
        return as_json({"code": refused.code}, refused.status)

    def token(self, call: Call) -> Reply:
        if call.json() != {"secret": SECRET}:
            raise RefusedError(401, "client", "no such client")
        token = f"token-canary-{self.world.next_id('token')}"
        self.world.store.table("example.tokens").put(f"Bearer {token}", {})
        return as_json({"access_token": token, "expires_in": 900})

    def list_things(self, call: Call) -> Reply:
        rows, size, page = list(self.world.store.table("example.things")), call.query["size"], call.query["page"]
        return as_json({"page": page, "pages": max(-(-len(rows) // size), 1), "items": rows[(page - 1) * size : page * size]})

    def send(self, call: Call) -> Reply:
        return as_json({"items": [self._make(thing) for thing in call.json()]})

    def put(self, call: Call) -> Reply:
        return as_json(self._make({"id": call.path["thing"], **call.json()}))

    def start(self, call: Call) -> Reply:
        ref = call.json()["ref"]
        self.world.effect("example.job", ref)
        return as_json(self.world.store.table("example.jobs").put(str(self.world.next_id("job")), {"ref": ref, "state": "NEW"}))

    def find(self, call: Call) -> Reply:
        return as_json({"items": [row for row in self.world.store.table("example.jobs") if row["ref"] == call.query["ref"]]})

    def alert(self, call: Call) -> Reply:
        self.world.effect("example.alert", call.json()["ref"])
        return as_json({"ref": call.json()["ref"]})

    def _make(self, thing: dict[str, Any]) -> dict[str, Any]:
        table = self.world.store.table("example.things")
        if table.get(thing["id"]) is None:
            self.world.effect("example.thing", thing["id"])
        return table.put(thing["id"], {**thing, "state": "MADE"})


@dataclass(frozen=True, slots=True)
class ExampleSettings:
    """A connection."""

    http: HttpSettings
    secret: str = field(repr=False)


class ExampleClient:
    """A client as all are written: what it sends comes from its operations, and a 2xx is checked."""

    def __init__(self, settings: ExampleSettings, *, sleep: Callable[[float], None], random: Any, clock: Any) -> None:
        self._settings, self._sleep = settings, sleep
        self._tokens = HttpClient(settings.http, NoAuth((settings.secret,)), system="example", sleep=sleep, random=random, clock=clock)
        auth = OAuth2ClientCredentials(self._fetch, secrets=(settings.secret,))
        self.http = HttpClient(settings.http, auth, system="example", sleep=sleep, random=random, clock=clock)

    @classmethod
    def open(cls, address: str, secret: str, extra: Mapping[str, object], **injected: Any) -> "ExampleClient":
        """From a connection."""
        return cls(ExampleSettings(settings_from_connection(address, extra, known=()), secret), **injected)

    def close(self) -> None:
        self.http.close()
        self._tokens.close()

    def things(self) -> list[dict[str, Any]]:
        """All pages; each must be the one asked for."""
        found: list[dict[str, Any]] = []
        number = pages = 1
        while number <= pages:
            body = self.http.call(LIST, query={"page": number, "size": 100}, check=_page).json()
            if body["page"] != number:
                raise PagingError("another page", system="example", operation="list", evidence="page")
            found, pages, number = found + body["items"], body["pages"], number + 1
        return found

    def send(self, things: list[dict[str, str]]) -> bool:
        """Things, once for each id; whether all were made."""
        ids = [thing["id"] for thing in things]
        answer = self.http.call(SEND, json=things, headers={"Idempotency-Key": ids[0]}, check=lambda found: _all_of(ids, found))
        return all(item["state"] == "MADE" for item in answer.json()["items"])

    def put(self, thing: dict[str, str]) -> None:
        """One thing, by its id."""
        self.http.call(PUT, path={"id": thing["id"]}, json={"name": thing["name"]}, check=lambda answer: _is(thing["id"], "id", answer))

    def start(self, ref: str) -> None:
        """A job; after a lost answer it is looked up, and started again only if it is not there."""
        try:
            self._start(ref)
        except EffectUnknownError:
            self._sleep(self._settings.http.settle_s)
            if not self.http.call(FIND, query={"ref": ref}).json()["items"]:
                self._start(ref)

    def alert(self, ref: str) -> None:
        """At most once."""
        self.http.call(ALERT, json={"ref": ref}, check=lambda answer: _is(ref, "ref", answer))

    def _start(self, ref: str) -> None:
        self.http.call(START, json={"ref": ref}, check=lambda answer: _is(ref, "ref", answer))

    def _fetch(self) -> Token:
        body = self._tokens.call(TOKEN, json={"secret": self._settings.secret}, check=_token).json()
        return Token(body["access_token"], body["expires_in"])


def _typed(body: object, name: str, kind: type) -> Any:
    if not isinstance(body, dict) or type(body.get(name)) is not kind:
        raise BadShapeError(f"the answer lacks {name}", system="example")
    return body[name]


def _page(answer: Response) -> None:
    body = answer.json()
    _typed(body, "page", int), _typed(body, "pages", int)
    for item in _typed(body, "items", list):
        _typed(item, "id", str)


def _token(answer: Response) -> None:
    _typed(answer.json(), "access_token", str), _typed(answer.json(), "expires_in", int)


def _is(ours: str, name: str, answer: Response) -> None:
    if _typed(answer.json(), name, str) != ours:
        raise BadShapeError(f"{name} is another", system="example")


def _all_of(ids: list[str], answer: Response) -> None:
    items = _typed(answer.json(), "items", list)
    if [_typed(item, "id", str) for item in items] != ids or not all(_typed(item, "state", str) for item in items):
        raise BadShapeError("items are not ours", system="example")
