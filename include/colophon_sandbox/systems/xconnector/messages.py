"""Messages on their way: routed, delivered, retried, expired; in order for each subject where a route wants that (contract section 7).

    message    accepted -> routed -> delivering -> delivered | partially_delivered | rejected | dead_lettered | expired | cancelled
               unroutable from the start where no route matches
    delivery   pending -> sent -> acknowledged, pending -> acknowledged | rejected,
               pending -> retrying (10 s, doubling) -> acknowledged | dead_lettered after 5 tries; expired, cancelled while it waits

Everything happens at its own moment, in time order, however far the clock jumps.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from colophon_sandbox.agenda import Agenda
from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.xconnector.order import LETS_PASS, Order, delivery_to
from colophon_sandbox.systems.xconnector.targets import LATE_S, Targets
from colophon_sandbox.world import Row, Table, World, moment, stamp

TRIES = 5
WAITING = ("pending", "retrying")
OPEN = (*WAITING, "sent")
STALE = {"code": "stale_sequence", "message": "a later event was delivered before", "retryable": False}


class Messages:
    """The middleware's memory of messages, and its work on them."""

    def __init__(self, world: World, targets: Targets) -> None:
        self.world, self.targets = world, targets
        self._due = Agenda()
        self._order = Order(self.table)
        for row in self.table:
            self._enter(row)

    @property
    def table(self) -> Table:
        """All messages by id, in order of acceptance."""
        return self.world.store.table("xconnector.messages")

    @property
    def events(self) -> Table:
        """Message ids by source and event id."""
        return self.world.store.table("xconnector.events")

    def find(self, source: str, event_id: str) -> Row | None:
        """The message of an event."""
        known = self.events.get(f"{source}\n{event_id}")
        return self.table.get(known["messageId"]) if known else None

    def page(self, fits: Callable[[Row], bool], cursor: int, limit: int) -> tuple[list[Row], str | None]:
        """Messages after `cursor` that fit, in order of acceptance, and the next cursor."""
        found: list[Row] = []
        last = next(reversed(self.table.rows.values()), {"_seq": 0})["_seq"]
        for number in range(cursor + 1, last + 1):
            row = self.table.get(f"m-{number}")
            if row is not None and fits(row):
                if len(found) == limit:
                    return found, str(found[-1]["_seq"])
                found.append(row)
        return found, None

    def accept(self, event: Row, data: str, routes: Iterable[Row]) -> Row:
        """Keep a new event, whose data is `data` as text, and give it to these routes."""
        number, now = self.world.next_id("xconnector.message"), stamp(self.world.now)
        routes = list(routes)
        ordered: dict[str, bool] = {}
        for route in routes:
            for target in route["targets"]:
                ordered[target] = ordered.get(target, False) or route["order"] == "per_subject"
        row: Row = {
            "_seq": number,
            "messageId": f"m-{number}",
            "event": {name: value for name, value in event.items() if name != "data"},
            "data": data,
            "status": "accepted" if ordered else "unroutable",
            "acceptedAt": now,
            "expiresAt": stamp(moment(event["expirytime"])) if "expirytime" in event else None,
            "routes": sorted(route["id"] for route in routes),
            "answered": False,
            "deliveries": [_delivery(target, now, is_ordered=ordered[target] and "sequence" in event) for target in sorted(ordered)],
        }
        self.events.put(f"{event['source']}\n{event['id']}", {"_seq": number, "messageId": row["messageId"]})
        self._enter(self.table.put(row["messageId"], row))
        return row

    def work(self, now: str) -> Iterator[tuple[Row, Row, str]]:
        """Do what is due; yields (message, delivery, moment) at each change of a delivery."""
        self._forget()
        for at, number, target in self._due.due(now):
            row = self.table.get(f"m-{number}")
            delivery = delivery_to(row, target) if row else None
            if row is None or delivery is None:
                continue
            before = (delivery["status"], delivery["attempts"])
            self._advance(row, delivery, at)
            row["status"] = _status(row["deliveries"])
            self.table.put(row["messageId"], row)
            if before != (delivery["status"], delivery["attempts"]):
                yield row, delivery, at

    def redeliver(self, row: Row, targets: list[str], request_id: str) -> list[str]:
        """Try again where a target rejected or its message died; the same request has its effect once."""
        done = self.world.store.table("xconnector.requests")
        known = done.get(f"{row['messageId']}\n{request_id}")
        if known is not None:
            if known["asked"] != sorted(targets):
                raise RefusedError(409, "duplicate_conflict", "this requestId stands for other targets")
            return list(known["again"])
        again = [d for d in row["deliveries"] if d["target"] in targets and d["status"] in {"rejected", "dead_lettered"}]
        now = stamp(self.world.now)
        for delivery in again:
            delivery.update(status="pending", attempts=0, error=None, httpStatus=None, dueAt=now)
            self._due.put(now, row["_seq"], delivery["target"])
        row["status"] = _status(row["deliveries"])
        self.table.put(row["messageId"], row)
        names = [delivery["target"] for delivery in again]
        done.put(f"{row['messageId']}\n{request_id}", {"asked": sorted(targets), "again": names})
        return names

    def cancel(self, row: Row) -> tuple[list[str], list[str]]:
        """Stop what waits: (targets that will not get it, all others). A repeat answers the same."""
        for delivery in row["deliveries"]:
            if delivery["status"] in WAITING:
                self._close(row, delivery, "cancelled", stamp(self.world.now))
        row["status"] = _status(row["deliveries"])
        self.table.put(row["messageId"], row)
        cancelled = [d["target"] for d in row["deliveries"] if d["status"] == "cancelled"]
        return cancelled, [d["target"] for d in row["deliveries"] if d["target"] not in cancelled]

    def _advance(self, row: Row, delivery: Row, at: str) -> None:
        target = delivery["target"]
        if delivery["status"] in WAITING and row["expiresAt"] and row["expiresAt"] <= at:
            self._close(row, delivery, "expired", at)
        elif delivery["status"] not in OPEN or delivery["dueAt"] is None or delivery["dueAt"] > at:
            return
        elif delivery["status"] == "sent":
            delivery["httpStatus"] = 200
            self._close(row, delivery, "acknowledged", at)
        elif delivery["isOrdered"] and self._order.is_overtaken(row, target):
            delivery.update(httpStatus=409, error=STALE)
            self._close(row, delivery, "rejected", at)
        elif delivery["isOrdered"] and (blocker := self._order.blocker(row, target)):
            delivery.update(blockedBy=blocker, dueAt=None)
        else:
            self._attempt(row, delivery, at)

    def _attempt(self, row: Row, delivery: Row, at: str) -> None:
        attempt = delivery["attempts"] + 1
        reply = self.targets.ask(delivery["target"], attempt, at)
        delivery.update(attempts=attempt, lastAttemptAt=at, blockedBy=None, httpStatus=reply.http_status, error=reply.error)
        if reply.http_status == 200:
            self._close(row, delivery, "acknowledged", at)
        elif reply.http_status == 202:
            self._put_off(row, delivery, "sent", at, LATE_S)
        elif reply.http_status != 503:
            self._close(row, delivery, "rejected", at)
        elif attempt >= TRIES:
            self._close(row, delivery, "dead_lettered", at)
        else:
            base = self.world.settings["xconnector"]["retry_base_seconds"]
            self._put_off(row, delivery, "retrying", at, base * 2 ** (attempt - 1))

    def _put_off(self, row: Row, delivery: Row, status: str, at: str, seconds: float) -> None:
        due = stamp(moment(at) + timedelta(seconds=seconds))
        delivery.update(status=status, dueAt=due)
        self._due.put(due, row["_seq"], delivery["target"])

    def _close(self, row: Row, delivery: Row, status: str, at: str) -> None:
        delivery.update(status=status, dueAt=None, blockedBy=None)
        if status in LETS_PASS and (following := self._order.blocked_next(row, delivery["target"])):
            other, blocked = following
            blocked["dueAt"] = at
            self._due.put(at, other["_seq"], delivery["target"])

    def _enter(self, row: Row) -> None:
        for delivery in row["deliveries"]:
            if delivery["status"] in OPEN and delivery["dueAt"]:
                self._due.put(delivery["dueAt"], row["_seq"], delivery["target"])
            if delivery["status"] in WAITING and row["expiresAt"]:
                self._due.put(row["expiresAt"], row["_seq"], delivery["target"])
        self._order.enter(row)

    def _forget(self) -> None:
        """Drop the oldest messages that are done and older than `retention_days`."""
        oldest = stamp(self.world.now - timedelta(days=self.world.settings["xconnector"]["retention_days"]))
        while row := next(iter(self.table.rows.values()), None):
            if row["acceptedAt"] >= oldest or any(d["status"] in OPEN for d in row["deliveries"]):
                return
            self.table.drop(row["messageId"])
            self.events.drop(f"{row['event']['source']}\n{row['event']['id']}")
            self._order.leave(row)


def shown(row: Row) -> Row:
    """A message as the API shows it."""
    return {
        "messageId": row["messageId"],
        "event": {name: row["event"][name] for name in ("id", "source", "type", "subject")},
        "status": row["status"],
        "acceptedAt": row["acceptedAt"],
        "deliveries": [
            {
                **{name: delivery[name] for name in ("target", "status", "attempts", "lastAttemptAt")},
                "nextAttemptAt": delivery["dueAt"] if delivery["status"] in WAITING else None,
                **{name: delivery[name] for name in ("httpStatus", "error", "blockedBy")},
            }
            for delivery in row["deliveries"]
        ],
    }


def _delivery(target: str, now: str, *, is_ordered: bool) -> Row:
    row = {"target": target, "status": "pending", "attempts": 0, "lastAttemptAt": None, "httpStatus": None, "error": None}
    return {**row, "blockedBy": None, "dueAt": now, "isOrdered": is_ordered}


def _status(deliveries: list[Row]) -> str:
    states = {delivery["status"] for delivery in deliveries}
    if states.intersection(OPEN):
        return "delivering" if any(delivery["attempts"] for delivery in deliveries) else "routed"
    if "acknowledged" in states:
        return "delivered" if len(states) == 1 else "partially_delivered"
    return next((state for state in ("dead_lettered", "rejected", "expired", "cancelled") if state in states), "unroutable")
