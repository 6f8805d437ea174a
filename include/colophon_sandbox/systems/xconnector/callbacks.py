"""Signed callbacks: agreed by an OPTIONS handshake, sent as single CloudEvents with Standard Webhooks signatures (section 10)."""

import base64
import fnmatch
import hashlib
import hmac
import json
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta
from typing import Any

from colophon_sandbox.faults import Faults
from colophon_sandbox.system import RefusedError
from colophon_sandbox.world import World, moment, stamp

Row = dict[str, Any]
ORIGIN = "sandbox.xconnector.local"
TRIES = 10
WAIT_S = 10


class Callbacks:
    """Who wants to be called, and what is on its way to them."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def table(self) -> Any:
        """All callbacks."""
        return self.world.store.table("xconnector.callbacks")

    @property
    def waiting(self) -> Any:
        """Events on their way."""
        return self.world.store.table("xconnector.outbound")

    def put(self, callback_id: str, given: Row) -> Row:
        """Keep a callback; an active one only after its receiver agreed."""
        if not isinstance(given["active"], bool) or not str(given["url"]).startswith(("http://127.0.0.1", "http://localhost", "https://")):
            raise RefusedError(422, "schema", "active must be true or false, url https (or loopback)")
        if given["active"]:
            self._agree(given["url"])
        return dict(self.table.put(callback_id, {"id": callback_id, **given}))

    def emit(self, event_type: str, subject: str, data: Row, cause: str) -> None:
        """An event goes to every active callback that wants its type."""
        for callback in self.table:
            if not callback["active"] or not any(fnmatch.fnmatchcase(event_type, t) for t in callback["types"]):
                continue
            number = self.world.next_id("outbound")
            event = {
                "specversion": "1.0",
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sandbox:outbound:{number}")),
                "source": "/sandbox/xconnector",
                "type": event_type,
                "subject": subject,
                "time": stamp(self.world.now),
                "recipient": "colophon",
                "causationid": cause,
                "data": data,
            }
            row = {"_seq": number, "id": f"o-{number}", "url": callback["url"], "event": event, "tries": 0, "dueAt": stamp(self.world.now)}
            self.waiting.put(row["id"], row)

    def work(self, now: datetime, faults: Faults) -> int:
        """Send what is due; how many arrived. Faults of kind lose, duplicate and reorder act here (path `callback`)."""
        due = [row for row in self.waiting if moment(row["dueAt"]) <= now]
        if not due:
            return 0
        fault = faults.first_for("xconnector", "POST", "callback")
        kind = fault.kind if fault else ""
        sent = 0
        for row in reversed(due) if kind == "reorder" else due:
            if kind == "lose":
                self.waiting.drop(row["id"])
                continue
            for _ in range(2 if kind == "duplicate" else 1):
                arrived = self._send(row, now)
            if arrived:
                self.waiting.drop(row["id"])
                sent += 1
            else:
                self._put_off(row, now)
        return sent

    def _put_off(self, row: Row, now: datetime) -> None:
        row["tries"] += 1
        if row["tries"] >= TRIES:
            self.waiting.drop(row["id"])
            return
        row["dueAt"] = stamp(now + timedelta(seconds=WAIT_S * 2 ** row["tries"]))
        self.waiting.put(row["id"], row)

    def _send(self, row: Row, now: datetime) -> bool:
        body = json.dumps(row["event"], separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/cloudevents+json",
            "webhook-id": row["event"]["id"],
            "webhook-timestamp": str(int(now.timestamp())),
        }
        headers["webhook-signature"] = signature(self.world.settings["xconnector"]["webhook_secret"], headers, body)
        try:
            request = urllib.request.Request(row["url"], data=body, headers=headers, method="POST")  # noqa: S310 - checked when agreed
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                return 200 <= answer.status < 300
        except OSError:
            return False

    def _agree(self, url: str) -> None:
        try:
            request = urllib.request.Request(url, headers={"WebHook-Request-Origin": ORIGIN}, method="OPTIONS")  # noqa: S310 - checked above
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                agreed = answer.headers.get("WebHook-Allowed-Origin")
        except OSError as problem:
            raise RefusedError(422, "handshake", f"the receiver does not answer OPTIONS: {type(problem).__name__}") from problem
        if agreed not in {ORIGIN, "*"}:
            raise RefusedError(422, "handshake", "the receiver does not allow our origin")


def signature(secret: str, headers: Row, body: bytes) -> str:
    """Standard Webhooks: `v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
