"""The routes of contract XC-1, in the contract's order (sections 5 to 11)."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from colophon_sandbox.faults import Faults
from colophon_sandbox.system import Call, RefusedError, Route, System, as_json, integer, one_of, text
from colophon_sandbox.systems.xconnector.callbacks import Callbacks
from colophon_sandbox.systems.xconnector.inbox import Inbox
from colophon_sandbox.systems.xconnector.messages import KINDS, Messages, data_hash, shown
from colophon_sandbox.systems.xconnector.schemas import faults as schema_faults
from colophon_sandbox.systems.xconnector.schemas import type_name
from colophon_sandbox.world import World, moment, stamp

TOKEN = "sandbox-not-a-token"  # noqa: S105 - published and fake
EVENT, BATCH, JSON = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"
MAX_EVENT, MAX_BATCH_BYTES, MAX_BATCH = 262_144, 1_048_576, 100
STATUSES = (
    "accepted",
    "routed",
    "delivering",
    "delivered",
    "partially_delivered",
    "rejected",
    "dead_lettered",
    "expired",
    "unroutable",
    "cancelled",
)


def _instant(value: str) -> str:
    return stamp(moment(value.replace(" ", "+")))


class XConnector(System):
    """The middleware."""

    name = "xconnector"
    settings: ClassVar[dict[str, Any]] = {
        "targets": sorted(KINDS),
        "targets_down": [],
        "retired": [],
        "retry_base_seconds": 10,
        "retention_days": 30,
        "rate_per_minute": 0,
        "failing_isbns": [],
        "webhook_url": None,
        "webhook_secret": "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA==",
        "webhook_scheme": "standard",
    }
    routes = (
        Route("GET", "/v1/info", "info"),
        Route("POST", "/v1/messages", "post_messages", body=(EVENT, BATCH)),
        Route(
            "GET",
            "/v1/messages",
            "list_messages",
            query={
                "source": text,
                "eventId": text,
                "status": one_of(*STATUSES),
                "type": text,
                "recipient": text,
                "since": _instant,
                "cursor": integer(0, 10**12),
                "limit": integer(1, 500),
            },
        ),
        Route("GET", "/v1/messages/<message_id>", "get_message"),
        Route("POST", "/v1/messages/<message_id>/redeliver", "redeliver", body=(JSON,)),
        Route("POST", "/v1/messages/<message_id>/cancel", "cancel", body=(JSON,)),
        Route("HEAD", "/v1/payloads/<sha256>", "has_payload"),
        Route("PUT", "/v1/payloads/<sha256>", "put_payload", body=("*/*",)),
        Route("GET", "/v1/payloads/<sha256>", "get_payload"),
        Route("GET", "/v1/routes", "list_routes"),
        Route("PUT", "/v1/routes/<route_id>", "put_route", body=(JSON,)),
        Route("DELETE", "/v1/routes/<route_id>", "delete_route"),
        Route("GET", "/v1/targets", "list_targets"),
        Route("GET", "/v1/targets/<target_id>", "get_target"),
        Route("GET", "/v1/inbox", "fetch_inbox", query={"limit": integer(1, 500), "lease": integer(10, 3600)}),
        Route("POST", "/v1/inbox/ack", "ack_inbox", body=(JSON,)),
        Route("POST", "/v1/inbox/nack", "nack_inbox", body=(JSON,)),
        Route("GET", "/v1/inbox/parked", "list_parked", query={"cursor": integer(0, 10**12), "limit": integer(1, 500)}),
        Route("PUT", "/v1/callbacks/<callback_id>", "put_callback", body=(JSON,)),
        Route("GET", "/v1/callbacks/<callback_id>", "get_callback"),
        Route("DELETE", "/v1/callbacks/<callback_id>", "delete_callback"),
        Route("POST", "/webhook", "webhook", body=(EVENT,)),
    )
    faults: Faults

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.messages = Messages(world)
        self.inbox = Inbox(world)
        self.callbacks = Callbacks(world)
        self._taken: list[datetime] = []

    def authenticate(self, request: Request) -> None:
        """Bearer token."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusedError(401, "unauthorised", "the token is missing or wrong")

    def refusal(self, refused: RefusedError) -> Response:
        """`application/problem+json` (RFC 9457)."""
        body = {
            "type": f"urn:xc1:{refused.code}",
            "title": "Request refused",
            "status": refused.status,
            "detail": refused.message,
            "code": refused.code,
            "errors": refused.more.get("errors", []),
        }
        return as_json(body, refused.status, "application/problem+json")

    def load(self, records: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
        """Inbound events to begin with: `{"inbox": [event, ...]}`."""
        for event in records.get("inbox", []):
            self.inbox.add(event)
        return {"inbox": len(records.get("inbox", []))}

    def tick(self, now: datetime) -> int:
        """Deliver what is due, and what targets answer to it."""
        decided = self.messages.work(now)
        for row, delivery in decided:
            self._target_answers(row, delivery, now)
        return len(decided) + self.callbacks.work(now, self.faults)

    # -- messages

    def info(self, _call: Call) -> Response:
        """Contract name and limits."""
        return as_json(
            {
                "contract": "xc-1",
                "account": "acme",
                "maxEventBytes": 65536,
                "maxBatch": MAX_BATCH,
                "retentionDays": self.setting("retention_days"),
            }
        )

    def post_messages(self, call: Call) -> Response:
        """One event, or a batch with one verdict each."""
        self._pace()
        given = call.json()
        if call.request.mimetype == EVENT:
            if len(call.body) > MAX_EVENT:
                raise RefusedError(413, "too_large", "the event is too large")
            key = call.request.headers.get("Idempotency-Key")
            if key is not None and (not isinstance(given, dict) or key != given.get("id")):
                raise RefusedError(409, "key_mismatch", "Idempotency-Key differs from the event's id")
            row, is_new = self._accept(given)
            answer = {
                "messageId": row["messageId"],
                "eventId": row["event"]["id"],
                "status": row["status"],
                "statusUrl": f"/v1/messages/{row['messageId']}",
                "routes": sorted(r["id"] for r in self.world.store.table("xconnector.routes")),
            }
            return as_json(answer, 202 if is_new else 200)
        if not isinstance(given, list) or not 1 <= len(given) <= MAX_BATCH:
            raise RefusedError(400, "malformed", f"a batch has 1 to {MAX_BATCH} events")
        if len(call.body) > MAX_BATCH_BYTES:
            raise RefusedError(413, "too_large", "the batch is too large")
        return as_json({"items": [self._verdict(event) for event in given]}, 202)

    def list_messages(self, call: Call) -> Response:
        """Messages by filter, in order of acceptance."""
        q, limit = call.query, call.query.get("limit", 100)
        found: list[dict[str, Any]] = []
        rows = self.messages.table
        if "eventId" in q and "source" in q:
            one = self.messages.find(q["source"], q["eventId"])
            rows = [one] if one else []
        for row in rows:
            event = row["event"]
            if row["_seq"] > q.get("cursor", 0) and all(
                (
                    q.get("source") in (None, event["source"]),
                    q.get("eventId") in (None, event["id"]),
                    q.get("status") in (None, row["status"]),
                    q.get("type") in (None, event["type"]),
                    q.get("recipient") in (None, event["recipient"]),
                    row["acceptedAt"] >= q.get("since", ""),
                )
            ):
                found.append(row)
                if len(found) > limit:
                    break
        more = len(found) > limit
        return as_json({"items": [shown(r) for r in found[:limit]], "nextCursor": str(found[limit - 1]["_seq"]) if more else None})

    def get_message(self, call: Call) -> Response:
        """One message's status."""
        return as_json(shown(self._message(call)))

    def redeliver(self, call: Call) -> Response:
        """Send again to targets that rejected it; the same requestId does nothing more."""
        given = _members(call, {"targets", "requestId"}, required={"targets", "requestId"})
        row = self._message(call)
        done = self.world.store.table("xconnector.requests")
        if done.get(given["requestId"]) is None:
            done.put(given["requestId"], {"targets": self.messages.redeliver(row, list(given["targets"]))})
        return as_json({"messageId": row["messageId"], "redelivered": (done.get(given["requestId"]) or {})["targets"]}, 202)

    def cancel(self, call: Call) -> Response:
        """Stop what has not gone."""
        _members(call, {"reason"}, required={"reason"})
        cancelled, late = self.messages.cancel(self._message(call))
        return as_json({"cancelled": cancelled, "tooLate": late})

    # -- payloads

    def has_payload(self, call: Call) -> Response:
        """200 where the payload is there, else 404."""
        there = self.world.store.table("xconnector.payloads").get(call.path["sha256"])
        return Response(status=200 if there else 404, content_type="application/json")

    def put_payload(self, call: Call) -> Response:
        """Keep bytes under their hash."""
        digest = hashlib.sha256(call.body).hexdigest()
        if digest != call.path["sha256"]:
            raise RefusedError(422, "digest_mismatch", "the bytes do not fit the hash")
        table = self.world.store.table("xconnector.payloads")
        there = table.get(digest) is not None
        if not there:
            body = base64.b64encode(call.body).decode()
            table.put(digest, {"body": body, "bytes": len(call.body), "mediaType": call.request.mimetype})
        return as_json({"sha256": digest, "bytes": len(call.body)}, 200 if there else 201)

    def get_payload(self, call: Call) -> Response:
        """The bytes of a payload."""
        row = self.world.store.table("xconnector.payloads").get(call.path["sha256"])
        if row is None:
            raise RefusedError(404, "not_found", "there is no such payload")
        return Response(base64.b64decode(row["body"]), content_type=row["mediaType"] or "application/octet-stream")

    # -- routes and targets

    def list_routes(self, _call: Call) -> Response:
        """All routes."""
        return as_json({"items": list(self.world.store.table("xconnector.routes"))})

    def put_route(self, call: Call) -> Response:
        """Make or replace a route."""
        known = {"id", "match", "targets", "transform", "order"}
        given = _members(call, known, required={"match", "targets"})
        match = given["match"]
        unknown = sorted(set(match) - {"type", "subjectPrefix", "recipient"}) if isinstance(match, dict) else ["match"]
        missing = [t for t in given["targets"] if t not in self.setting("targets")]
        if unknown or missing or given.get("order", "none") not in {"per_subject", "none"} or given.get("id") not in (
            None,
            call.path["route_id"],
        ):
            raise RefusedError(422, "schema", f"the route has faults: {[*unknown, *missing] or 'order or id'}")
        route = {"id": call.path["route_id"], "match": match, "targets": given["targets"], "transform": given.get("transform")}
        route["order"] = given.get("order", "none")
        self.world.store.table("xconnector.routes").put(route["id"], route)
        return as_json(route)

    def delete_route(self, call: Call) -> Response:
        """Remove a route."""
        self.world.store.table("xconnector.routes").drop(call.path["route_id"])
        return Response(status=204)

    def list_targets(self, _call: Call) -> Response:
        """All targets."""
        return as_json({"items": [self._target(name) for name in self.setting("targets")]})

    def get_target(self, call: Call) -> Response:
        """One target."""
        if call.path["target_id"] not in self.setting("targets"):
            raise RefusedError(404, "not_found", "there is no such target")
        return as_json(self._target(call.path["target_id"]))

    # -- inbox

    def fetch_inbox(self, call: Call) -> Response:
        """Lease the next events."""
        items, more = self.inbox.fetch(call.query.get("limit", 100), call.query.get("lease", 300))
        return as_json({"items": items, "more": more})

    def ack_inbox(self, call: Call) -> Response:
        """Done with these."""
        given = _members(call, {"tokens"}, required={"tokens"})
        acked, unknown = self.inbox.ack(given["tokens"])
        return as_json({"acked": acked, "unknown": unknown})

    def nack_inbox(self, call: Call) -> Response:
        """Not now; after ten times an event is parked."""
        given = _members(call, {"tokens", "reason", "retryAfter"}, required={"tokens", "reason"})
        acked, unknown = self.inbox.nack(given["tokens"], str(given["reason"]), int(given.get("retryAfter", 0)))
        return as_json({"acked": acked, "unknown": unknown})

    def list_parked(self, call: Call) -> Response:
        """Events that nobody could deal with."""
        return as_json(self.inbox.parked(call.query.get("cursor", 0), call.query.get("limit", 100)))

    # -- callbacks

    def put_callback(self, call: Call) -> Response:
        """Make or replace a callback, after the receiver agreed."""
        given = _members(call, {"url", "types", "active"}, required={"url", "types", "active"})
        return as_json(self.callbacks.put(call.path["callback_id"], given))

    def get_callback(self, call: Call) -> Response:
        """One callback."""
        row = self.callbacks.table.get(call.path["callback_id"])
        if row is None:
            raise RefusedError(404, "not_found", "there is no such callback")
        return as_json(row)

    def delete_callback(self, call: Call) -> Response:
        """Remove a callback."""
        self.callbacks.table.drop(call.path["callback_id"])
        return Response(status=204)

    def webhook(self, call: Call) -> Response:
        """A plain CloudEvents web hook: no status, no memory; each POST has its effect."""
        event = call.json()
        if problems := schema_faults(event):
            raise RefusedError(400, "malformed", problems[0]["message"], errors=problems)
        self.world.effect("xconnector.webhook", event["id"])
        return Response(status=204)

    # -- inside

    def _accept(self, event: Any) -> tuple[dict[str, Any], bool]:
        if problems := schema_faults(event):
            raise RefusedError(422, "schema", "the event breaks its schema", errors=problems)
        if event.get("expirytime") and moment(event["expirytime"]) <= self.world.now:
            raise RefusedError(422, "expired", "the event has expired already")
        there = self.messages.find(event["source"], event["id"])
        if there is not None:
            if there["dataHash"] != data_hash(event):
                raise RefusedError(409, "duplicate_conflict", "this source and id stand for other content")
            return there, False
        return self.messages.accept(event, self.world.store.table("xconnector.routes")), True

    def _verdict(self, event: Any) -> dict[str, Any]:
        event_id = event.get("id") if isinstance(event, dict) else None
        try:
            row, is_new = self._accept(event)
        except RefusedError as refused:
            error = {"code": refused.code, "message": refused.message, "errors": refused.more.get("errors", [])}
            return {"eventId": event_id, "httpStatus": refused.status, "messageId": None, "status": "refused", "error": error}
        status = 202 if is_new else 200
        return {"eventId": event_id, "httpStatus": status, "messageId": row["messageId"], "status": row["status"], "error": None}

    def _message(self, call: Call) -> dict[str, Any]:
        row = self.messages.table.get(call.path["message_id"])
        if row is None:
            raise RefusedError(404, "not_found", "there is no such message")
        return dict(row) if call.request.method == "GET" else row

    def _target(self, name: str) -> dict[str, Any]:
        down, retired = name in self.setting("targets_down"), name in self.setting("retired")
        status = "retired" if retired else "down" if down else "up"
        return {"id": name, "kind": KINDS.get(name, "erp"), "status": status, "since": stamp(self.world.start), "lastError": None}

    def _pace(self) -> None:
        limit, now = self.setting("rate_per_minute"), self.world.now
        if limit:
            self._taken = [t for t in self._taken if now - t < timedelta(minutes=1)]
            if len(self._taken) >= limit:
                wait = int((self._taken[0] + timedelta(minutes=1) - now).total_seconds()) + 1
                raise RefusedError(429, "rate", "too many requests", headers={"Retry-After": str(wait)})
            self._taken.append(now)

    def _target_answers(self, row: dict[str, Any], delivery: dict[str, Any], now: datetime) -> None:
        event = row["event"]
        taken = delivery["status"] == "acknowledged"
        data: dict[str, Any] = {"messageId": row["messageId"], "eventId": event["id"], "target": delivery["target"], "at": stamp(now)}
        if not taken:
            data |= {**(delivery["error"] or {}), "items": []}
        self.callbacks.emit(f"colophon.target.{'ack' if taken else 'reject'}.v1", event["subject"], data, event["id"])
        if not taken:
            return
        kind = type_name(event["type"])
        if kind == "title.feed":
            self.inbox.acknowledge_feed(event, now)
        elif kind == "title.updated" and event["data"]["isbn"] in self.setting("failing_isbns"):
            self.inbox.report_failure(event, now)
        elif kind == "royalty.statement":
            self.inbox.report_payment(event, now)


def _members(call: Call, known: set[str], *, required: set[str]) -> dict[str, Any]:
    given = call.json()
    if not isinstance(given, dict):
        raise RefusedError(400, "malformed", "the body must be an object")
    if unknown := sorted(set(given) - known):
        raise RefusedError(422, "schema", f"there is no member {unknown[0]}", errors=[{"pointer": f"/{unknown[0]}", "message": "unknown"}])
    if missing := sorted(required - set(given)):
        raise RefusedError(422, "schema", f"{missing[0]} is missing", errors=[{"pointer": f"/{missing[0]}", "message": "required"}])
    for name in ("tokens", "targets", "types"):
        if name in given and not (isinstance(given[name], list) and all(isinstance(item, str) for item in given[name])):
            raise RefusedError(422, "schema", f"{name} must be a list of texts", errors=[{"pointer": f"/{name}", "message": "ill-typed"}])
    return given


