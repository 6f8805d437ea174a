"""A sandbox in this process whose every request is kept, and whose answers a test can spoil beyond the sandbox's own faults."""

import fnmatch
import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from suite_declaration import Token, Verb
from werkzeug.serving import make_server
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from colophon_sandbox.app import Sandbox
from colophon_sandbox.faults import KINDS, Fault, Faults
from colophon_sandbox.serve import _Handler

_AS_SENT = "box.headers"
FLOOD = 60
"""So many requests to one verb are an endless loop; from then on the box hangs up."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived; `path` is below the system's base, header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Answer:
    """What the sandbox said, to be changed in place or replaced."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = json.dumps(value).encode()


Change = Callable[[Seen, Answer | None], Answer]


@dataclass(slots=True)
class _Spoil:
    verb: Verb | Token
    change: Change
    left: float
    skip: int
    instead: bool


class _AllHeaders(_Handler):
    """Keeps headers as they were sent: WSGI drops names with an underscore, which is how keys of `extra` are spelled."""

    def make_environ(self) -> dict[str, Any]:
        return {**super().make_environ(), _AS_SENT: [(name.lower(), value) for name, value in self.headers.items()]}


class _FaultsByBody(Faults):
    """Faults that may want a text in the request's body, too: a write and the look before it can share an address."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.local()
        self.holds: dict[str, bytes] = {}

    def first_for(self, system: str, method: str, path: str, kinds: frozenset[str] = KINDS) -> Fault | None:
        """The fault of one of these kinds that fires for this request, if any."""
        body = self.asked.body
        meant = (f for f in self.planned.values() if f.kind in kinds and self.holds.get(f.id, b"") in body)
        return next((f for f in meant if f.fits(system, method, path)), None)


class _Elsewhere:
    """Another host, which must never hear from us."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.heard.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return Response(b"{}", content_type="application/json")(environ, start_response)


@dataclass(slots=True)
class Box:
    """The sandbox for one system, and everything that a test wants to do to it."""

    sandbox: Sandbox
    system: str
    base: str
    absent: frozenset[str] = frozenset()
    elsewhere: _Elsewhere = field(default_factory=_Elsewhere)
    origin: str = ""
    other_origin: str = ""
    seen: list[Seen] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    spoils: list[_Spoil] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.Lock)
    _faults: _FaultsByBody = field(default_factory=_FaultsByBody)

    def __post_init__(self) -> None:
        self.sandbox.faults = self._faults
        for system in self.sandbox.systems.values():
            system.faults = self._faults

    @property
    def url(self) -> str:
        """What stands in the connection's host."""
        return self.origin + self.base

    def reset(self) -> None:
        """As at the start, with a frozen clock."""
        self.ask("POST", "/reset", {"system": None})
        self.ask("PUT", "/clock", {"now": "2026-05-01T06:00:00Z", "mode": "frozen"})
        self.spoils.clear()
        self.limits.clear()
        self.elsewhere.heard.clear()
        self.forget()

    def forget(self) -> None:
        """Count calls from here."""
        self.seen.clear()
        self.refused.clear()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One call of a control route."""
        answer = Client(self.sandbox).open(f"/__sandbox__{path}", method=method, json=body if body is not None else None)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.json if answer.data else None

    def fault(
        self, verb: Verb | Token, kind: str, *, when: str = "before", times: int | None = 1, skip: int = 0, value: object = None
    ) -> None:
        """One of the sandbox's own faults on a verb."""
        match = {"method": verb.method, "path": verb.path}
        plan = {"system": self.system, "match": match, "kind": kind, "when": when, "times": times, "skip": skip, "value": value}
        self._faults.holds[self.ask("POST", "/faults", plan)["faultId"]] = verb.holds.encode()

    def spoil(self, verb: Verb | Token, change: Change, *, times: float = float("inf"), skip: int = 0, instead: bool = False) -> None:
        """Change answers of a verb after the effect, or give others in their place (`instead`: the sandbox is not asked)."""
        self.spoils.append(_Spoil(verb, change, times, skip, instead))

    def settings(self, **values: object) -> None:
        """Change settings of the system."""
        self.ask("PATCH", "/settings", {self.system: values})

    def advance(self, seconds: float) -> None:
        """Move the clock; what is due happens."""
        self.ask("POST", "/clock/advance", {"seconds": seconds})

    def effects(self, kind: str) -> list[str]:
        """Keys of what truly happened."""
        return [effect["key"] for effect in self.ask("GET", f"/effects?kind={kind}")["effects"]]

    def seed(self, **records: object) -> None:
        """Add records to the system."""
        self.ask("POST", "/seed", {"records": {self.system: records}})

    def limit(self, parameter: str, size: int) -> None:
        """Answer as if every request asked for pages of this size: systems may give less than is asked for."""
        self.limits[parameter] = size

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of one of the sandbox's tables: its world."""
        return list(self.sandbox.world.store.table(table))

    def calls(self, verb: Verb | Token) -> list[Seen]:
        """Requests that were tries of a verb."""
        return [one for one in self.seen if _fits(verb, one)]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        seen, change = self._arrived(environ)

        def started(status: str, headers: Any, *more: Any) -> Any:
            self._note(seen, [reason for name, reason in headers if name == "X-Sandbox-Reason"])
            return start_response(status, headers, *more)

        self._faults.asked.body = seen.body
        if change is None:
            return self.sandbox(environ, started)
        answer = None
        if not change.instead:
            given = Response.from_app(self.sandbox, environ)
            self._note(seen, given.headers.getlist("X-Sandbox-Reason"))
            answer = Answer(given.status_code, {k: v for k, v in given.headers if k.lower() != "content-length"}, given.get_data())
        spoilt = change.change(seen, answer)
        return Response(spoilt.body, status=spoilt.status, headers=spoilt.headers)(environ, start_response)

    def _note(self, seen: Seen, reasons: Iterable[str]) -> None:
        self.refused.extend(f"{seen.method} {seen.path}: {reason}" for reason in reasons if reason.strip() not in self.absent)

    def _arrived(self, environ: dict[str, Any]) -> tuple[Seen, _Spoil | None]:
        request = Request(environ)
        request.max_content_length = None
        body = request.get_data(cache=False)
        environ.pop("werkzeug.request", None)
        environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
        for parameter, size in self.limits.items():
            environ["QUERY_STRING"] = re.sub(rf"(?<![^&]){re.escape(parameter)}=[0-9]+", f"{parameter}={size}", environ["QUERY_STRING"])
        headers = dict(environ[_AS_SENT])
        seen = Seen(request.method, request.path.removeprefix(self.base), request.query_string.decode(), headers, body)
        with self._lock:
            self.seen.append(seen)
            if sum(1 for one in self.seen if (one.method, one.path) == (seen.method, seen.path)) > FLOOD:
                return seen, _Spoil(Verb("", "", "", lambda *_: None), lambda *_: Answer(418, {}, b"endless"), 1, 0, instead=True)
            return seen, next((spoil for spoil in self.spoils if _is_due(spoil, seen)), None)


def _fits(verb: Verb | Token, seen: Seen) -> bool:
    return verb.method == seen.method and fnmatch.fnmatchcase(seen.path, verb.path) and verb.holds.encode() in seen.body


def _is_due(spoil: _Spoil, seen: Seen) -> bool:
    if not _fits(spoil.verb, seen) or spoil.left <= 0:
        return False
    if spoil.skip > 0:
        spoil.skip -= 1
        return False
    spoil.left -= 1
    return True


@contextmanager
def served(box: Box) -> Iterator[Box]:
    """The box and its other host on free ports of loopback while the block runs."""
    servers = [
        make_server("127.0.0.1", 0, app, threaded=True, request_handler=_AllHeaders, passthrough_errors=True)
        for app in (box, box.elsewhere)
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    box.origin, box.other_origin = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    try:
        yield box
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
