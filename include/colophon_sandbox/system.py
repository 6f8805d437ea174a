"""How a system is written: routes in the order of its contract, strict parameters, answers in its own error shape.

class Example(System):
    name = "example"
    settings = {"webhook_url": None}
    routes = [Route("GET", "/v1/things", "list_things", query={"limit": integer(1, 500)})]

    def list_things(self, call: Call) -> Response: ...
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NoReturn

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from colophon_sandbox.faults import Faults
from colophon_sandbox.settings import Choices
from colophon_sandbox.world import World

Reader = Callable[[str], Any]


class RefusedError(Exception):
    """A request that the system refuses, with why in one word for `X-Sandbox-Reason`."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers, self.more = status, code, message, dict(headers or {}), more


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One route: `query` names every parameter that it knows, with a reader that raises ValueError; `body` media types."""

    method: str
    path: str
    handler: str
    query: Mapping[str, Reader] = field(default_factory=dict)
    body: Sequence[str] = ()
    open: bool = False
    """No credentials needed."""
    repeatable: Sequence[str] = ()
    """Parameters that may be given several times; they are read as lists."""


@dataclass(slots=True)
class Call:
    """One request that passed the strict checks: path parts, read query parameters, raw body."""

    request: Request
    path: dict[str, Any]
    query: dict[str, Any]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; duplicate members, NaN and other text are refused as malformed."""
        try:
            return json.loads(self.body, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            raise RefusedError(400, "malformed", f"the body is not JSON: {problem}") from problem


class System:
    """Base of all systems. `tick` makes due what the clock makes due; `load` takes seed records."""

    name: ClassVar[str]
    settings: ClassVar[dict[str, Any]] = {}
    choices: ClassVar[Choices] = {}
    """The values of settings that have only some; all others have the type of their default."""
    routes: ClassVar[Sequence[Route]]
    faults: Faults

    def __init__(self, world: World) -> None:
        self.world = world
        world.declare(self.name, self.settings, self.choices)
        self._map = _addresses(type(self))  # type: ignore[arg-type]  # a class is hashable; mypy takes it for an instance

    def handle(self, request: Request, path: str) -> Response:
        """Answer one request whose path is `path` below the system's base."""
        try:
            route, values = self._match(request, path)
            if not route.open:
                self.authenticate(request)
            call = Call(request, values, _read_query(request, route), request.get_data())
            _check_media_type(request, route)
            answer: Response = getattr(self, route.handler)(call)
        except RefusedError as refused:
            answer = self.refusal(refused)
            # A header has one line; a name that somebody sent may have several.
            answer.headers["X-Sandbox-Reason"] = " ".join(f"{refused.code} {refused.more.get('name', '')}".split())
            answer.headers.update(refused.headers)
        return answer

    def authenticate(self, request: Request) -> None:
        """Raise RefusedError (401) for missing or wrong credentials."""
        raise NotImplementedError

    def refusal(self, refused: RefusedError) -> Response:
        """The error in this system's own shape."""
        raise NotImplementedError

    def load(self, records: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
        """Take seed records; counts of what was made."""
        return {name: len(rows) for name, rows in records.items()}

    def change(self, records: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:  # noqa: ARG002 - one system's records can change
        """Change members of records; counts of what changed. ValueError names what cannot be changed."""
        raise ValueError(f"records of {self.name} change by its own routes alone")

    def books(self) -> dict[str, dict[str, Any]]:
        """What those behind the system have in their own books, by their names; most systems have nobody behind them."""
        return {}

    def tick(self, now: datetime) -> int:  # noqa: ARG002 - systems without due changes have nothing to do
        """Make happen what is due at `now`; how many things did."""
        return 0

    def setting(self, name: str) -> Any:
        """Current value of a setting of this system."""
        return self.world.settings[self.name][name]

    def _match(self, request: Request, path: str) -> tuple[Route, dict[str, Any]]:
        adapter = self._map.bind("sandbox")
        try:
            endpoint, values = adapter.match(path, method=request.method)
        except NotFound as problem:
            raise RefusedError(404, "not_found", "there is no such address") from problem
        except MethodNotAllowed as problem:
            raise RefusedError(405, "method", f"{request.method} is not for this address") from problem
        if request.method == "HEAD" and endpoint.method != "HEAD":
            raise RefusedError(405, "method", "HEAD is not for this address")
        return endpoint, dict(values)


@cache
def _addresses(system: type[System]) -> Map:
    """A system's routes, compiled once: that takes longer than all else that a new sandbox does."""
    return Map([Rule(r.path, methods=[r.method], endpoint=r) for r in system.routes], strict_slashes=True)


def as_json(value: Any, status: int = 200, media_type: str = "application/json", **headers: str) -> Response:
    """A JSON answer; equal values give equal bytes."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(body.encode(), status=status, content_type=f"{media_type}; charset=utf-8", headers=headers)


def integer(low: int, high: int) -> Reader:
    """A reader of whole numbers in a range."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def text(value: str) -> str:
    """A reader of any text but the empty one."""
    if not value:
        raise ValueError("must not be empty")
    return value


def one_of(*values: str) -> Reader:
    """A reader of listed words."""

    def read(value: str) -> str:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return value

    return read


def _read_query(request: Request, route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name not in route.query:
            raise RefusedError(400, "unknown_parameter", f"there is no parameter {name}", name=name)
        if len(values) > 1 and name not in route.repeatable:
            raise RefusedError(400, "repeated_parameter", f"{name} is given twice", name=name)
        try:
            read = [route.query[name](value) for value in values]
            found[name] = read if name in route.repeatable else read[0]
        except ValueError as problem:
            raise RefusedError(400, "bad_parameter", f"{name} {problem}", name=name) from problem
    return found


def _check_media_type(request: Request, route: Route) -> None:
    if route.body and request.mimetype not in route.body and "*/*" not in route.body:
        raise RefusedError(415, "media_type", f"{request.mimetype or 'no content type'} is not taken here")
    if not route.body and request.get_data():
        raise RefusedError(400, "unexpected_body", "this address takes no body")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
