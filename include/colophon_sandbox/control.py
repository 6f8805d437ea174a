"""The control routes: faults, clock, journal, effects, reset, seed, settings. Only with `--control`, only on loopback."""

import fnmatch
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from werkzeug.wrappers import Request, Response

from colophon_sandbox import phone
from colophon_sandbox.system import Call, RefusedError, Route, System, as_json, text
from colophon_sandbox.world import World, moment, stamp

if TYPE_CHECKING:
    from colophon_sandbox.app import Sandbox

VERSION = "1"


def since(value: str) -> int | datetime:
    """A reader of where a part of the journal begins: after an entry's number, or at a moment."""
    return int(value) if value.isascii() and value.isdigit() else moment(value.replace(" ", "+"))


JOURNAL = {"system": text, "path": text, "since": since}


class Control(System):
    """The routes under /__sandbox__."""

    name = "__sandbox__"
    settings: ClassVar[dict[str, Any]] = {}
    routes = (
        Route("GET", "/health", "health", open=True),
        Route("POST", "/faults", "plan_fault", body=("application/json",), open=True),
        Route("GET", "/faults", "list_faults", open=True),
        Route("GET", "/faults/<fault_id>", "show_fault", open=True),
        Route("DELETE", "/faults", "clear_faults", open=True),
        Route("DELETE", "/faults/<fault_id>", "clear_fault", open=True),
        Route("GET", "/clock", "show_clock", open=True),
        Route("PUT", "/clock", "set_clock", body=("application/json",), open=True),
        Route("POST", "/clock/advance", "advance_clock", body=("application/json",), open=True),
        Route("GET", "/journal", "show_journal", query=JOURNAL, open=True),
        Route("DELETE", "/journal", "clear_journal", query=JOURNAL, open=True),
        Route("GET", "/effects", "show_effects", query={"system": text, "kind": text}, open=True),
        Route("GET", "/books", "show_books", query={"recipient": text}, open=True),
        Route("GET", "/phone", "show_phone", query={"token": text}, open=True),
        Route("POST", "/reset", "reset", body=("application/json", ""), open=True),
        Route("POST", "/seed", "seed", body=("application/json", "text/csv", "application/xml"), open=True),
        Route("PATCH", "/seed", "change_records", body=("application/json",), open=True),
        Route("GET", "/settings", "show_settings", open=True),
        Route("PATCH", "/settings", "change_settings", body=("application/json",), open=True),
    )

    def __init__(self, sandbox: "Sandbox") -> None:
        super().__init__(World(start=sandbox.world.start))
        self.sandbox = sandbox

    def handle(self, request: Request, path: str = "") -> Response:
        """One control request."""
        with self.sandbox.world.lock:
            answer = super().handle(request, path or request.path.removeprefix("/__sandbox__"))
            self.sandbox.world.store.flush()
        return answer

    def refusal(self, refused: RefusedError) -> Response:
        """Plain: what is wrong."""
        return as_json({"error": refused.code, "message": refused.message}, refused.status)

    def health(self, _call: Call) -> Response:
        """Whether it is up, and what time it has."""
        return as_json({"version": VERSION, "systems": sorted(self.sandbox.systems), "now": stamp(self.sandbox.world.now)})

    def plan_fault(self, call: Call) -> Response:
        """Plan a fault."""
        try:
            fault = self.sandbox.faults.plan(call.json(), set(self.sandbox.systems))
        except (ValueError, TypeError, AttributeError) as problem:
            raise RefusedError(400, "bad_fault", str(problem)) from problem
        return as_json({"faultId": fault.id}, 201)

    def list_faults(self, _call: Call) -> Response:
        """All faults with how often they fired."""
        return as_json({"faults": [fault.as_dict() for fault in self.sandbox.faults.planned.values()]})

    def show_fault(self, call: Call) -> Response:
        """One fault."""
        fault = self.sandbox.faults.planned.get(call.path["fault_id"])
        if fault is None:
            raise RefusedError(404, "not_found", "there is no such fault")
        return as_json(fault.as_dict())

    def clear_faults(self, _call: Call) -> Response:
        """Forget all faults."""
        self.sandbox.faults.clear()
        return Response(status=204)

    def clear_fault(self, call: Call) -> Response:
        """Forget one fault."""
        if not self.sandbox.faults.clear(call.path["fault_id"]):
            raise RefusedError(404, "not_found", "there is no such fault")
        return Response(status=204)

    def show_clock(self, _call: Call) -> Response:
        """The sandbox's time."""
        clock = self.sandbox.world.clock
        return as_json({"now": stamp(clock.now), "mode": clock.mode})

    def set_clock(self, call: Call) -> Response:
        """Put the clock, frozen or running."""
        given = self._members(call, {"now", "mode"})
        if given.get("mode") not in {"frozen", "running"}:
            raise RefusedError(400, "bad_clock", "mode must be frozen or running")
        self.sandbox.world.clock.set(self._moment(given.get("now")), given["mode"])
        self.sandbox.tick()
        return self.show_clock(call)

    def advance_clock(self, call: Call) -> Response:
        """Move the clock; what is due happens, in time order."""
        seconds = self._members(call, {"seconds"}).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise RefusedError(400, "bad_clock", "seconds must be a number, 0 or more")
        self.sandbox.world.clock.advance(seconds)
        return as_json({"now": stamp(self.sandbox.world.now), "fired": self.sandbox.tick()})

    def show_journal(self, call: Call) -> Response:
        """What was asked of the systems."""
        return as_json({"entries": [entry for entry in self.sandbox.journal if _is_wanted(entry, call.query)]})

    def clear_journal(self, call: Call) -> Response:
        """Forget the journal, or a part of it."""
        kept = [entry for entry in self.sandbox.journal if not _is_wanted(entry, call.query)]
        self.sandbox.journal.clear()
        self.sandbox.journal.extend(kept)
        return Response(status=204)

    def show_effects(self, call: Call) -> Response:
        """What truly happened."""
        system, kind = call.query.get("system"), call.query.get("kind")
        effects = [
            {name: value for name, value in row.items() if name != "_seq"}
            for row in self.sandbox.world.store.table("world.effects")
            if kind in (None, row["kind"]) and (system is None or row["kind"].startswith(f"{system}."))
        ]
        return as_json({"effects": effects})

    def show_books(self, call: Call) -> Response:
        """What each recipient of the middleware has in its own books: on sale where, status, prices."""
        wanted = call.query.get("recipient")
        kept = {name: book for system in self.sandbox.systems.values() for name, book in system.books().items()}
        return as_json({"books": {name: book for name, book in kept.items() if wanted in (None, name)}})

    def show_phone(self, call: Call) -> Response:
        """What a device shows of its pushes, by its token, as a page for people."""
        token = call.query.get("token", "")
        return Response(phone.page(token, phone.shown_on(token, self.sandbox.journal)), mimetype="text/html")

    def reset(self, call: Call) -> Response:
        """As at the start: seed, clock, settings, no faults; of one system or all."""
        system = self._members(call, {"system"}).get("system") if call.body else None
        if system is not None and system not in self.sandbox.systems:
            raise RefusedError(400, "bad_system", f"there is no system {system}")
        self.sandbox.reset(system)
        return Response(status=204)

    def seed(self, call: Call) -> Response:
        """Add records: a built-in catalogue, records, a CSV of titles, or ONIX."""
        try:
            records = self.sandbox.read_seed(call.request.mimetype, call.body)
        except (ValueError, KeyError, TypeError) as problem:
            raise RefusedError(400, "bad_seed", str(problem)) from problem
        return as_json({"created": self.sandbox.load(records)})

    def change_records(self, call: Call) -> Response:
        """Change members of records that there are, `{"consonance": {"todos": [{"id": 771, "status": "DONE"}]}}`, as a person would."""
        given = self._members(call, set(self.sandbox.systems))
        try:
            return as_json({"changed": self.sandbox.change(given)})
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise RefusedError(400, "bad_seed", str(problem)) from problem

    def show_settings(self, _call: Call) -> Response:
        """All settings, by system."""
        return as_json(self.sandbox.world.settings)

    def change_settings(self, call: Call) -> Response:
        """Change settings of the systems named."""
        try:
            self.sandbox.world.change_settings(self._members(call, set(self.sandbox.systems)))
        except ValueError as problem:
            raise RefusedError(400, "bad_setting", str(problem)) from problem
        return as_json(self.sandbox.world.settings)

    def _members(self, call: Call, known: set[str]) -> dict[str, Any]:
        given = call.json()
        if not isinstance(given, dict):
            raise RefusedError(400, "malformed", "the body must be an object")
        if unknown := sorted(set(given) - known):
            raise RefusedError(400, "unknown_member", f"there is no member {unknown[0]}", name=unknown[0])
        return given

    def _moment(self, given: Any) -> Any:
        try:
            return moment(str(given))
        except ValueError as problem:
            raise RefusedError(400, "bad_clock", "now must be a moment with a zone") from problem


def _is_wanted(entry: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether an entry fits: `path` may have `*`, as in a fault."""
    start = wanted.get("since")
    return (
        wanted.get("system") in (None, entry["system"])
        and fnmatch.fnmatchcase(entry["path"], wanted.get("path", "*"))
        and (start is None or (entry["seq"] > start if isinstance(start, int) else moment(entry["at"]) >= start))
    )
