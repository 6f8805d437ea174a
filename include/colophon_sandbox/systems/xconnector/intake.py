"""What is taken, and what is refused at the door: sizes, schemas, repeats, expiry, payloads (contract sections 5 to 7, 11)."""

import fnmatch
import json
from typing import Any

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.xconnector.messages import Messages
from colophon_sandbox.systems.xconnector.payloads import STORED, Payloads
from colophon_sandbox.systems.xconnector.schemas import Faults, body_faults, data_faults, event_faults, is_reference, type_name
from colophon_sandbox.systems.xconnector.targets import Targets
from colophon_sandbox.world import Row, Table, World, moment

MAX_EVENT, MAX_BATCH = 262_144, 1_048_576
"""Bytes of one event, and of a batch."""


class Intake:
    """The door: events to messages, each with its verdict, and the routes that they take."""

    def __init__(self, world: World, messages: Messages, payloads: Payloads, targets: Targets) -> None:
        self.world, self.messages, self.payloads, self.targets = world, messages, payloads, targets

    @property
    def routes(self) -> Table:
        """All routes by id."""
        return self.world.store.table("xconnector.routes")

    def put_route(self, route_id: str, given: Any) -> Row:
        """Make or replace a route. RefusedError (422) names what is wrong with it."""
        require("route", given)
        unknown = [{"pointer": f"/targets/{n}", "message": "unknown"} for n, t in enumerate(given["targets"]) if not self.targets.knows(t)]
        if given.get("id", route_id) != route_id:
            unknown.append({"pointer": "/id", "message": "differs from the address"})
        if unknown:
            raise RefusedError(422, "schema", "the route breaks its schema", errors=unknown)
        return self.routes.put(route_id, {"transform": None, "order": "none", **given, "id": route_id})

    def check(self, event: Any, size: int) -> None:
        """Refuse an event that is too large, breaks its schema, or goes to somebody whom we may not write to."""
        if size > MAX_EVENT:
            raise RefusedError(413, "too_large", f"an event has at most {MAX_EVENT} bytes")
        _refuse_faults(event_faults(event))
        if event["recipient"] in self.world.settings["xconnector"]["forbidden_recipients"]:
            raise RefusedError(403, "forbidden_recipient", "this account may not write to the recipient")

    def take(self, event: Any, size: int) -> tuple[Row, bool]:
        """The message of an event, and whether it is new.

        A repeat is one with the same source, id and `data`, member for member in the same order; it is answered whatever
        the clock says meanwhile.
        """
        self.check(event, size)
        data = json.dumps(event["data"], ensure_ascii=False, separators=(",", ":"))
        known = self.messages.find(event["source"], event["id"])
        if known is not None:
            if known["data"] != data:
                raise RefusedError(409, "duplicate_conflict", "this source and id stand for other content")
            return known, False
        if "expirytime" in event and moment(event["expirytime"]) <= self.world.now:
            raise RefusedError(422, "expired", "the event has expired already")
        self._check_payload(event)
        return self.messages.accept(event, data, self._routes_of(event)), True

    def verdict(self, event: Any, size: int) -> Row:
        """What becomes of one event of a batch."""
        event_id = event.get("id") if isinstance(event, dict) else None
        try:
            row, is_new = self.take(event, size)
        except RefusedError as refused:
            error = {"code": refused.code, "message": refused.message, "errors": refused.more.get("errors", [])}
            return {"eventId": event_id, "httpStatus": refused.status, "messageId": None, "status": None, "error": error}
        status = 202 if is_new else 200
        return {"eventId": event_id, "httpStatus": status, "messageId": row["messageId"], "status": row["status"], "error": None}

    def _check_payload(self, event: Row) -> None:
        payload = event["data"].get("payload")
        if payload is None:
            return
        self.payloads.check(payload)
        if is_reference(event["data"]) and payload["url"].startswith(STORED):
            try:
                data = json.loads(self.payloads.read(payload) or b"")
            except ValueError as problem:
                raise RefusedError(422, "schema", "the data that is referred to is not JSON") from problem
            _refuse_faults(data_faults(type_name(event["type"]) or "", data))

    def _routes_of(self, event: Row) -> list[Row]:
        found = [route for route in self.routes if _matches(route["match"], event)]
        by_default = self.world.settings["xconnector"]["default_route"]
        if found or by_default is None:
            return found
        return [{"order": "none", **by_default, "id": "default"}]


def event_size(event: Any, batch_size: int) -> int:
    """Bytes of one event of a batch; counted only where the batch is large enough to hold one that is too large."""
    return batch_size if batch_size <= MAX_EVENT else len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())


def fits(wanted: Row, row: Row) -> bool:
    """Whether a message passes the filters of `GET /v1/messages`."""
    event = row["event"]
    found = {"eventId": event["id"], "status": row["status"], **{name: event[name] for name in ("source", "type", "recipient")}}
    return all(found[name] == value for name, value in wanted.items() if name != "since") and row["acceptedAt"] >= wanted.get("since", "")


def require(name: str, body: Any) -> None:
    """Refuse a request's body that breaks its schema."""
    _refuse_faults(body_faults(name, body))


def _refuse_faults(found: Faults) -> None:
    if found:
        raise RefusedError(422, "schema", f"{found[0]['pointer']}: {found[0]['message']}", errors=found)


def _matches(match: Row, event: Row) -> bool:
    """All given members must match."""
    return (
        fnmatch.fnmatchcase(event["type"], match.get("type", "*"))
        and event["subject"].startswith(match.get("subjectPrefix", ""))
        and event["recipient"] == match.get("recipient", event["recipient"])
    )
