"""The routes of contract XC-1, in the contract's order (sections 5 to 11), and the plain web hook of section 1."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from colophon_sandbox.settings import Choices
from colophon_sandbox.system import Call, RefusedError, Route, as_json, integer, one_of, text
from colophon_sandbox.systems.xconnector.intake import MAX_BATCH, event_size, fits
from colophon_sandbox.systems.xconnector.messages import shown
from colophon_sandbox.systems.xconnector.resources import Resources, body_of, there
from colophon_sandbox.systems.xconnector.targets import DEFAULTS
from colophon_sandbox.world import Row, World, moment, stamp

TOKEN = "sandbox-not-a-token"  # noqa: S105 - published and fake
EVENT, BATCH, JSON = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"
STATUSES = (
    *("accepted", "routed", "delivering", "delivered", "partially_delivered"),
    *("rejected", "dead_lettered", "expired", "unroutable", "cancelled"),
)
CODES = {"bad_parameter": "malformed", "repeated_parameter": "malformed", "unexpected_body": "malformed"}
"""Codes of the contract for what every system of the sandbox refuses."""


def instant(value: str) -> str:
    """A reader of moments; a `+` of a zone may have come as a space."""
    return stamp(moment(value.replace(" ", "+")))


PAGE = {"cursor": integer(0, 10**12), "limit": integer(1, 500)}
FILTERS = {"source": text, "eventId": text, "status": one_of(*STATUSES), "type": text, "recipient": text, "since": instant}


class XConnector(Resources):
    """The middleware. Without a route, by `PUT`, by seed or by setting, every event is `unroutable`."""

    name = "xconnector"
    settings: ClassVar[dict[str, Any]] = {
        "targets": DEFAULTS,  # name: {kind, does}, see targets.py
        "targets_down": [],  # names of targets that do not answer
        "default_route": None,  # {match, targets, order}: takes what no other route takes
        "forbidden_recipients": [],  # 403 forbidden_recipient
        "retry_base_seconds": 10,
        "retention_days": 30,
        "rate_per_minute": 0,  # calls, 0 for no limit: 429 rate
        "not_taken_until": None,  # moment before which writes are answered 503 not_taken
        "failing_isbns": [],  # delivery.failure, see answers.py
        "answer_forms": {},  # how a recipient answers feeds, see answer_forms.py: {recipient: form}, else onix
        "plain_status": 204,  # answer of /webhook: 200, 201, 202, 204, or 410 retired
        "webhook_url": None,
        "webhook_secret": "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA==",
        "webhook_scheme": "standard",  # or shared_secret, basic
    }
    choices: ClassVar[Choices] = {
        "plain_status": (200, 201, 202, 204, 410),
        "webhook_scheme": ("standard", "shared_secret", "basic"),
    }
    routes = (
        Route("GET", "/v1/info", "info"),
        Route("POST", "/v1/messages", "post_messages", body=(EVENT, BATCH)),
        Route("GET", "/v1/messages", "list_messages", query={**FILTERS, **PAGE}),
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
        Route("GET", "/v1/inbox/parked", "list_parked", query=PAGE),
        Route("PUT", "/v1/callbacks/<callback_id>", "put_callback", body=(JSON,)),
        Route("GET", "/v1/callbacks/<callback_id>", "get_callback"),
        Route("DELETE", "/v1/callbacks/<callback_id>", "delete_callback"),
        Route("POST", "/webhook", "plain", body=(EVENT,)),
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._calls: deque[datetime] = deque()

    def _wake(self) -> None:
        """Begin anew where the store was emptied: what is only in memory must not outlive it."""
        marker = self.world.store.table("xconnector.awake")
        if marker.get("awake") is None:
            self.build()
            self._calls.clear()
            marker.put("awake", {"awake": True})

    def handle(self, request: Request, path: str) -> Response:
        """Answer one request."""
        self._wake()
        return super().handle(request, path)

    def load(self, records: Mapping[str, list[Row]]) -> dict[str, int]:
        """Events that others sent, which are not checked; routes; targets, `{"id", "kind", "does"}`, beside those that there are."""
        self._wake()
        if unknown := sorted(set(records) - {"inbox", "routes", "targets"}):
            raise RefusedError(400, "bad_seed", f"xconnector takes inbox, routes and targets, not {unknown[0]}")
        if more := {row["id"]: {"kind": row["kind"], "does": row["does"]} for row in records.get("targets", [])}:
            self.world.change_settings({self.name: {"targets": {**self.setting("targets"), **more}}})
        for route in records.get("routes", []):
            self.intake.put_route(str(route.get("id", "")), route)
        for event in records.get("inbox", []):
            self.answers.hear(event)
        return super().load(records)

    def books(self) -> dict[str, dict[str, Row]]:
        """What each recipient has in its own books."""
        self._wake()
        return self.answers.books(self.messages.table)

    def tick(self, now: datetime) -> int:
        """Deliver what is due, let targets answer, and send callbacks."""
        self._wake()
        changed = 0
        for row, delivery, at in self.messages.work(stamp(now)):
            self.answers.tell(row, delivery, at)
            changed += 1
        return changed + self.callbacks.work(stamp(now), self.faults)

    def authenticate(self, request: Request) -> None:
        """Bearer token; then the settings `rate_per_minute` and, for writes, `not_taken_until`."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusedError(401, "unauthorised", "the token is missing or wrong", headers={"WWW-Authenticate": "Bearer"})
        now, until = self.world.now, self.setting("not_taken_until")
        if until and request.method not in {"GET", "HEAD"} and now < moment(until):
            raise RefusedError(503, "not_taken", "nothing is taken now", headers=_retry_after(moment(until) - now))
        while self._calls and now - self._calls[0] >= timedelta(minutes=1):
            self._calls.popleft()
        if self.setting("rate_per_minute") and len(self._calls) >= self.setting("rate_per_minute"):
            raise RefusedError(429, "rate", "too many requests", headers=_retry_after(self._calls[0] + timedelta(minutes=1) - now))
        self._calls.append(now)

    def refusal(self, refused: RefusedError) -> Response:
        """`application/problem+json` (RFC 9457)."""
        code = CODES.get(refused.code, refused.code)
        body = {"type": f"urn:xc1:{code}", "title": "Request refused", "status": refused.status, "detail": refused.message, "code": code}
        return as_json({**body, "errors": refused.more.get("errors", [])}, refused.status, "application/problem+json")

    def info(self, _call: Call) -> Response:
        """Contract name and limits."""
        days = self.setting("retention_days")
        return as_json({"contract": "xc-1", "account": "acme", "maxEventBytes": 65536, "maxBatch": 100, "retentionDays": days})

    def post_messages(self, call: Call) -> Response:
        """One event, or a batch with one verdict each."""
        if call.request.mimetype == BATCH:
            return self._post_batch(call)
        given = call.json()
        if call.request.headers.get("Idempotency-Key") is None:
            raise RefusedError(400, "malformed", "Idempotency-Key is missing")
        if isinstance(given, dict) and call.request.headers["Idempotency-Key"] != given.get("id"):
            raise RefusedError(409, "key_mismatch", "Idempotency-Key differs from the event's id")
        row, is_new = self.intake.take(given, len(call.body))
        answer = {name: row[name] for name in ("messageId", "status", "routes")}
        where = f"/v1/messages/{row['messageId']}"
        return as_json({**answer, "eventId": row["event"]["id"], "statusUrl": where}, 202 if is_new else 200)

    def _post_batch(self, call: Call) -> Response:
        if len(call.body) > MAX_BATCH:
            raise RefusedError(413, "too_large", f"a batch has at most {MAX_BATCH} bytes")
        given = call.json()
        if not isinstance(given, list) or not 1 <= len(given) <= 100:
            raise RefusedError(400, "malformed", "a batch has 1 to 100 events")
        return as_json({"items": [self.intake.verdict(event, event_size(event, len(call.body))) for event in given]}, 202)

    def list_messages(self, call: Call) -> Response:
        """Messages by filter, in order of acceptance."""
        wanted = {name: value for name, value in call.query.items() if name in FILTERS}
        cursor, limit = call.query.get("cursor", 0), call.query.get("limit", 100)
        if {"source", "eventId"} <= set(wanted):
            one = self.messages.find(wanted["source"], wanted["eventId"])
            rows, following = [row for row in [one] if row and row["_seq"] > cursor and fits(wanted, row)], None
        else:
            rows, following = self.messages.page(partial(fits, wanted), cursor, limit)
        return as_json({"items": [shown(row) for row in rows], "nextCursor": following})

    def get_message(self, call: Call) -> Response:
        """One message's status."""
        return as_json(shown(there(self.messages.table.get(call.path["message_id"]))))

    def redeliver(self, call: Call) -> Response:
        """Again to targets that rejected it, or for which it died."""
        row, given = there(self.messages.table.get(call.path["message_id"])), body_of("redeliver", call)
        again = self.messages.redeliver(row, given["targets"], given["requestId"])
        return as_json({"messageId": row["messageId"], "targets": again}, 202)

    def cancel(self, call: Call) -> Response:
        """Stop what has not gone."""
        row = there(self.messages.table.get(call.path["message_id"]))
        body_of("cancel", call)
        cancelled, too_late = self.messages.cancel(row)
        return as_json({"cancelled": cancelled, "tooLate": too_late})

    def plain(self, call: Call) -> Response:
        """A plain CloudEvents web hook: no memory, so each POST has its effect. Answers the setting `plain_status`."""
        if self.setting("plain_status") == 410:
            raise RefusedError(410, "retired", "this address is retired")
        event = call.json()
        self.intake.check(event, len(call.body))
        self.world.effect("xconnector.webhook", event["id"])
        return Response(status=self.setting("plain_status"))


def _retry_after(wait: timedelta) -> dict[str, str]:
    return {"Retry-After": str(int(wait.total_seconds()) + 1)}
