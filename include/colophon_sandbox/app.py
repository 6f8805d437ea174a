"""One request through the sandbox: journal, faults, the system, the answer."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from colophon_sandbox.faults import AT_THE_ANSWER, BrokenConnectionError, Fault, Faults, play
from colophon_sandbox.system import RefusedError, System, as_json
from colophon_sandbox.world import Clock, World, stamp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
JOURNAL_LENGTH = 20_000
BODY_IN_JOURNAL = 16_384


class Sandbox:
    """The WSGI application."""

    def __init__(
        self, systems: Iterable[type[System]], *, control: bool = False, state: Path | None = None, start: datetime = START, **machine: Any
    ) -> None:
        """:param control: whether the routes under /__sandbox__ exist. :param state: SQLite file that outlives the process.

        :param machine: `wall` and `sleep` of `World`, where the machine's own will not do.
        """
        from colophon_sandbox.control import Control

        self.world = World(start=start, state=state, **machine)
        self.faults = Faults(self.world.sleep)
        self.systems: dict[str, System] = {kind.name: kind(self.world) for kind in systems}
        for system in self.systems.values():
            system.faults = self.faults
        self.journal: deque[dict[str, Any]] = deque(maxlen=JOURNAL_LENGTH)
        self._numbers = count(1)
        self.control = Control(self) if control else None
        self.seeds: list[Callable[[], Mapping[str, Any]]] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI."""
        request = Request(environ)
        request.max_content_length = None
        answer = self._answer(request)
        return answer(environ, start_response)

    def load(self, records: Mapping[str, Any]) -> dict[str, int]:
        """Seed: records by system; counts of what was made."""
        made: dict[str, int] = {}
        with self.world.lock:
            for name, rows in records.items():
                if name in self.systems:
                    made.update(self.systems[name].load(rows))
            self.world.store.flush()
        return made

    def change(self, records: Mapping[str, Any]) -> dict[str, int]:
        """Change members of records that there are; counts of what changed. ValueError names what cannot be changed."""
        changed: dict[str, int] = {}
        with self.world.lock:
            for name, rows in records.items():
                changed.update(self.systems[name].change(rows))
            self.world.store.flush()
        return changed

    def tick(self) -> int:
        """Make happen what is due."""
        return sum(system.tick(self.world.now) for system in self.systems.values())

    def work(self) -> None:
        """Make happen what a running clock has made due since the last request; a frozen one makes nothing due."""
        with self.world.lock:
            if self.world.clock.mode == "running":
                self.tick()
                self.world.store.flush()

    def reset(self, system: str | None = None) -> None:
        """As at the start: seed, clock, settings; of one system or all."""
        names = [system] if system else list(self.systems)
        self.faults.clear()
        self.journal.clear()
        for name in names:
            self.world.store.clear(f"{name}.")
            self.world.settings[name] = deepcopy(self.world.defaults[name])
            self.systems[name].load({})  # what a system knows beside the store, such as an index, is made anew
        if system is None:
            self.world.store.clear("world.")
            self.world.clock = Clock(self.world.start, self.world.wall)
        for make in self.seeds:
            self.load({name: rows for name, rows in make().items() if name in names})

    def read_seed(self, media_type: str, body: bytes) -> Mapping[str, Any]:
        """Records from the body of a seed request. Raises ValueError naming what is wrong."""
        from colophon_sandbox import seeds

        if media_type == "text/csv":
            return seeds.from_csv(body)
        if media_type == "application/xml":
            return seeds.from_onix([("the message", body)])[0]
        given = json.loads(body)
        if not isinstance(given, dict):
            raise ValueError("a seed is an object")  # noqa: TRY004 - what was sent is wrong, not what called us
        if set(given) == {"records"}:
            if unknown := sorted(set(given["records"]) - set(self.systems)):
                raise ValueError(f"there is no system {unknown[0]}")
            return dict(given["records"])
        if unknown := sorted(set(given) - {"catalogue", "titles", "seed"}):
            raise ValueError(f"a seed has no member {unknown[0]}")
        if given.get("catalogue", "builtin") != "builtin":
            raise ValueError("the catalogue is builtin")
        return seeds.works(given.get("titles", 140), given.get("seed", 42))

    def _answer(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/__sandbox__/") and self.control and request.remote_addr in {"127.0.0.1", "::1", None}:
            return self.control.handle(request)
        name, _, below = path.removeprefix("/").partition("/")
        system = self.systems.get(name)
        if system is None:
            return as_json({"error": "there is no such system"}, 404, **{"X-Sandbox-Reason": "not_found"})
        return self._in_journal(system, request, f"/{below}")

    def _in_journal(self, system: System, request: Request, path: str) -> Response:
        with self.world.lock:
            fault = self.faults.first_for(system.name, request.method, path, AT_THE_ANSWER) if self.faults.planned else None
        entry = self._entry(system, request, path, fault)

        def handled() -> Response:
            with self.world.lock:
                before = len(self.world.store.table("world.effects"))
                self.tick()
                answer = system.handle(request, path)
                self.tick()
                effects = list(self.world.store.table("world.effects").rows)[before:] if entry is not None else []
                self.world.store.flush()
            entry["effects"] = effects
            return answer

        try:
            if fault is not None and fault.kind == "expire_token":
                answer = _expired(system, handled if fault.when == "after" else None)
            else:
                answer = play(fault, request, handled) if fault is not None else handled()
        except BrokenConnectionError:
            entry["status"] = None
            raise
        entry["status"] = answer.status_code
        return answer

    def _entry(self, system: System, request: Request, path: str, fault: Fault | None) -> dict[str, Any]:
        body = request.get_data()
        entry: dict[str, Any] = {
            "seq": next(self._numbers),
            "at": stamp(self.world.now),
            "system": system.name,
            "method": request.method,
            "path": path,
            "query": request.args.to_dict(),
            "headers": {k: (_scheme(v) if k.lower() == "authorization" else v) for k, v in request.headers},
            "body": _readable(body, request.mimetype),
            "bodySha256": hashlib.sha256(body).hexdigest(),
            "status": None,
            "fault": fault.id if fault else None,
            "effects": [],
        }
        self.journal.append(entry)
        return entry


def _expired(system: System, handled: Callable[[], Response] | None) -> Response:
    """A token that ended: refused as the system refuses one."""
    if handled is not None:
        handled()
    return system.refusal(RefusedError(401, "unauthorised", "401: the token has expired"))


def _scheme(authorization: str) -> str:
    """The scheme of credentials; a bare token has none."""
    scheme, blank, _ = authorization.partition(" ")
    return scheme if blank else "(bare token)"


def _readable(body: bytes, media_type: str) -> Any:
    if not body or len(body) > BODY_IN_JOURNAL or "json" not in media_type:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None
