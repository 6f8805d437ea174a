"""Messages on their way: routed, delivered, retried, expired; in order for each subject where a route wants that.

Targets (setting `targets`): erp, bi, dam, shop acknowledge at once; flaky fails twice, then acknowledges; reject refuses for a
business reason; slow acknowledges after 600 s; gone answers 410.
"""

import fnmatch
import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from colophon_sandbox.world import World, moment, stamp

Row = dict[str, Any]
TRIES = 5
FINAL = ("acknowledged", "rejected", "dead_lettered", "expired", "cancelled")
OPEN = ("pending", "sent", "retrying")
KINDS = {"erp": "erp", "bi": "bi", "dam": "dam", "shop": "retailer", "flaky": "retailer", "reject": "retailer", "slow": "print", "gone": "crm"}


class Messages:
    """The middleware's memory of messages and its work on them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open: set[str] = {row["messageId"] for row in self.table if _is_open(row)}
        self._latest: dict[tuple[str, str, str], list[str]] = {}
        for row in self.table:
            self._remember(row)

    @property
    def table(self) -> Any:
        """All messages."""
        return self.world.store.table("xconnector.messages")

    def find(self, source: str, event_id: str) -> Row | None:
        """A message by its event's source and id."""
        key = self.world.store.table("xconnector.events").get(f"{source}\n{event_id}")
        return self.table.get(key["messageId"]) if key else None

    def accept(self, event: Row, routes: Iterable[Row]) -> Row:
        """Keep a new event and route it."""
        number = self.world.next_id("message")
        now = stamp(self.world.now)
        targets = sorted({t for r in routes if _matches(r["match"], event) for t in r["targets"]})
        ordered = any(r.get("order") == "per_subject" and _matches(r["match"], event) for r in routes)
        row: Row = {
            "_seq": number,
            "messageId": f"m-{number}",
            "event": event,
            "dataHash": data_hash(event),
            "status": "routed" if targets else "unroutable",
            "acceptedAt": now,
            "ordered": ordered,
            "dueAt": now,
            "deliveries": [
                {
                    "target": target,
                    "status": "pending",
                    "attempts": 0,
                    "lastAttemptAt": None,
                    "nextAttemptAt": now,
                    "httpStatus": None,
                    "error": None,
                    "blockedBy": None,
                }
                for target in targets
            ],
        }
        self.table.put(row["messageId"], row)
        self.world.store.table("xconnector.events").put(f"{event['source']}\n{event['id']}", {"messageId": row["messageId"]})
        self._remember(row)
        if targets:
            self.open.add(row["messageId"])
        return row

    def work(self, now: datetime) -> list[tuple[Row, Row]]:
        """Do what is due; the (message, delivery) pairs that came to a target's verdict."""
        decided: list[tuple[Row, Row]] = []
        for message_id in sorted(self.open, key=lambda m: int(m[2:])):
            row = self.table.get(message_id)
            if row is None or moment(row["dueAt"]) > now:
                continue
            for delivery in row["deliveries"]:
                if delivery["status"] in OPEN and self._attempt(row, delivery, now):
                    decided.append((row, delivery))
            row["status"] = _status(row["deliveries"])
            waiting = [d["nextAttemptAt"] for d in row["deliveries"] if d["status"] in OPEN and d["nextAttemptAt"]]
            row["dueAt"] = min(waiting, default=stamp(now))
            if not _is_open(row):
                self.open.discard(message_id)
            self.table.put(message_id, row)
        return decided

    def redeliver(self, row: Row, targets: list[str]) -> list[str]:
        """Try again where a target rejected or a message died."""
        again = [d for d in row["deliveries"] if d["target"] in targets and d["status"] in {"rejected", "dead_lettered"}]
        for delivery in again:
            delivery.update(status="pending", attempts=0, error=None, httpStatus=None, nextAttemptAt=stamp(self.world.now))
        if again:
            row.update(status="routed", dueAt=stamp(self.world.now))
            self.open.add(row["messageId"])
            self.table.put(row["messageId"], row)
        return [d["target"] for d in again]

    def cancel(self, row: Row) -> tuple[list[str], list[str]]:
        """Stop what has not gone: (cancelled, too late)."""
        cancelled = [d for d in row["deliveries"] if d["status"] in {"pending", "retrying"}]
        late = [d["target"] for d in row["deliveries"] if d["status"] not in {"pending", "retrying", "cancelled"}]
        for delivery in cancelled:
            delivery.update(status="cancelled", nextAttemptAt=None)
        row["status"] = _status(row["deliveries"])
        if not _is_open(row):
            self.open.discard(row["messageId"])
        self.table.put(row["messageId"], row)
        return [d["target"] for d in cancelled], late

    def _attempt(self, row: Row, delivery: Row, now: datetime) -> bool:
        event = row["event"]
        if event.get("expirytime") and moment(event["expirytime"]) <= now:
            delivery.update(status="expired", nextAttemptAt=None)
            return False
        if delivery["nextAttemptAt"] and moment(delivery["nextAttemptAt"]) > now:
            return False
        if row["ordered"]:
            if self._is_stale(row, delivery):
                _decide(delivery, "rejected", 409, {"code": "stale_sequence", "message": "a later one was delivered", "retryable": False})
                return True
            delivery["blockedBy"] = self._blocker(row, delivery)
            if delivery["blockedBy"]:
                return False
        delivery["attempts"] += 1
        delivery["lastAttemptAt"] = stamp(now)
        return self._ask_target(row, delivery, now)

    def _ask_target(self, row: Row, delivery: Row, now: datetime) -> bool:
        target, event = delivery["target"], row["event"]
        if target == "gone":
            self.world.settings["xconnector"]["retired"] = sorted({*self.world.settings["xconnector"]["retired"], "gone"})
            _decide(delivery, "rejected", 410, {"code": "retired", "message": "the target is gone", "retryable": False})
            return True
        if target == "reject":
            _decide(delivery, "rejected", 422, {"code": "price_missing", "message": "a price is missing", "retryable": False})
            return True
        if target == "slow" and now < moment(row["acceptedAt"]) + timedelta(seconds=600):
            delivery.update(status="sent", nextAttemptAt=stamp(moment(row["acceptedAt"]) + timedelta(seconds=600)))
            return False
        if target == "flaky" and delivery["attempts"] <= 2 or target in self.world.settings["xconnector"]["targets_down"]:
            return self._put_off(delivery, now)
        _decide(delivery, "acknowledged", 200, None)
        self.world.effect("xconnector.acknowledged", f"{event['id']}/{target}")
        if ".production." in event["type"] and not event["type"].endswith("cancel.v1"):
            self.world.effect("production.order", f"{event['data']['orderId']}/{event['data']['step']}")
        return True

    def _put_off(self, delivery: Row, now: datetime) -> bool:
        error = {"code": "unavailable", "message": "the target does not answer", "retryable": True}
        if delivery["attempts"] >= TRIES:
            _decide(delivery, "dead_lettered", 503, error)
            return True
        wait = self.world.settings["xconnector"]["retry_base_seconds"] * 2 ** (delivery["attempts"] - 1)
        delivery.update(status="retrying", httpStatus=503, error=error, nextAttemptAt=stamp(now + timedelta(seconds=wait)))
        return False

    def _remember(self, row: Row) -> None:
        event = row["event"]
        key = (event["source"], event["recipient"], event["subject"])
        self._latest.setdefault(key, []).append(row["messageId"])

    def _siblings(self, row: Row) -> Iterable[Row]:
        event = row["event"]
        for message_id in self._latest.get((event["source"], event["recipient"], event["subject"]), []):
            other = self.table.get(message_id)
            if other is not None and other is not row and "sequence" in other["event"]:
                yield other

    def _blocker(self, row: Row, delivery: Row) -> str | None:
        for other in self._siblings(row):
            if other["event"]["sequence"] < row["event"].get("sequence", ""):
                same = next((d for d in other["deliveries"] if d["target"] == delivery["target"]), None)
                if same and same["status"] not in {"acknowledged", "cancelled", "expired"}:
                    return str(other["messageId"])
        return None

    def _is_stale(self, row: Row, delivery: Row) -> bool:
        return any(
            other["event"]["sequence"] > row["event"].get("sequence", "9" * 20)
            and any(d["target"] == delivery["target"] and d["status"] == "acknowledged" for d in other["deliveries"])
            for other in self._siblings(row)
        )


def data_hash(event: Row) -> str:
    """Hash of an event's data: the same id with another one is a conflict."""
    return hashlib.sha256(json.dumps(event["data"], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def shown(row: Row) -> Row:
    """A message as the API shows it."""
    event = {name: row["event"][name] for name in ("id", "source", "type", "subject")}
    return {
        "messageId": row["messageId"],
        "event": event,
        "status": row["status"],
        "acceptedAt": row["acceptedAt"],
        "deliveries": row["deliveries"],
    }


def _decide(delivery: Row, status: str, http_status: int, error: Row | None) -> None:
    delivery.update(status=status, httpStatus=http_status, error=error, nextAttemptAt=None, blockedBy=None)


def _status(deliveries: list[Row]) -> str:
    states = {d["status"] for d in deliveries}
    if states & set(OPEN):
        return "delivering"
    if states == {"acknowledged"}:
        return "delivered"
    if "acknowledged" in states:
        return "partially_delivered"
    for state in ("dead_lettered", "rejected", "expired", "cancelled"):
        if state in states:
            return state
    return "unroutable"


def _is_open(row: Row) -> bool:
    return row["status"] in {"accepted", "routed", "delivering"}


def _matches(match: Row, event: Row) -> bool:
    return (
        fnmatch.fnmatchcase(event["type"], match.get("type", "*"))
        and event["subject"].startswith(match.get("subjectPrefix", ""))
        and match.get("recipient", event["recipient"]) == event["recipient"]
    )
