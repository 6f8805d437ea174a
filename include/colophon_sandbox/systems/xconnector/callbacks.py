"""Callbacks: agreed by an OPTIONS handshake, sent as single CloudEvents, signed (contract section 10).

One that does not arrive is repeated: ten tries, doubling from 169 s, which is 24 hours in all. A `target.*` event that is given
up then goes to the inbox, where all others are from the start.

Faults act on the path of the receiver's address, one event each:

    lose       it never goes
    duplicate  it goes twice
    delay      it goes `value` seconds later, by the sandbox's clock
    reorder    it waits until another one has gone, at most 60 s

Signatures carry the sandbox's time, so a receiver that checks it needs the sandbox's clock to be right.
"""

import fnmatch
from datetime import timedelta
from urllib.parse import urlsplit

from colophon_sandbox.agenda import Agenda
from colophon_sandbox.faults import Faults
from colophon_sandbox.outgoing import ask, compact, post, signatures
from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.xconnector.inbox import Inbox
from colophon_sandbox.world import Row, Table, World, moment, stamp

ORIGIN = "xconnector.sandbox"
TRIES, WAIT_S = 10, 169
HELD_S = 60
BY_SETTING = "webhook_url"
"""Id of the receiver that the setting of this name gives: it gets everything, and is not asked before."""


class Callbacks:
    """Who wants to be called, and what is on its way to them."""

    def __init__(self, world: World, inbox: Inbox) -> None:
        self.world, self.inbox = world, inbox
        self._due = Agenda()
        self._held: set[str] = set()
        for row in self.waiting:
            self._due.put(row["dueAt"], row["_seq"])

    @property
    def table(self) -> Table:
        """All callbacks by id."""
        return self.world.store.table("xconnector.callbacks")

    @property
    def waiting(self) -> Table:
        """Events on their way."""
        return self.world.store.table("xconnector.outbound")

    def put(self, callback_id: str, given: Row) -> Row:
        """Keep a callback; an active one only after its receiver agreed. RefusedError (422) where it did not."""
        if given["active"]:
            _agree(given["url"])
        return self.table.put(callback_id, {"id": callback_id, **given})

    def emit(self, event: Row) -> None:
        """An event goes to everybody who wants its type."""
        for receiver in self._receivers():
            if receiver["active"] and any(fnmatch.fnmatchcase(event.get("type", ""), wanted) for wanted in receiver["types"]):
                number, now = self.world.next_id("xconnector.outbound"), stamp(self.world.now)
                row = {"_seq": number, "id": f"o-{number}", "to": receiver["id"], "event": event, "tries": 0, "dueAt": now, "fault": None}
                self.waiting.put(row["id"], row)
                self._due.put(now, number)

    def work(self, now: str, faults: Faults) -> int:
        """Send what is due; how many arrived. Who cannot be reached is not tried again before the next time."""
        arrived, silent = 0, set[str]()
        for at, number, _ in self._due.due(now):
            row = self.waiting.get(f"o-{number}")
            if row is None or row["dueAt"] != at:
                continue
            url = next((r["url"] for r in self._receivers() if r["id"] == row["to"] and r["active"]), None)
            if url is None:
                self.waiting.drop(row["id"])
            elif self._is_spoilt(row, url, now, faults):
                continue
            elif url not in silent and self._deliver(row, url, now, silent):
                arrived += 1
            else:
                self._try_again(row, at)
        return arrived

    def _is_spoilt(self, row: Row, url: str, now: str, faults: Faults) -> bool:
        """Whether a fault keeps this event back, now or for good."""
        fault = None if row["fault"] else faults.first_for("xconnector", "POST", urlsplit(url).path)
        if fault is None:
            return False
        row["fault"] = fault.kind
        if fault.kind == "lose":
            self.waiting.drop(row["id"])
        elif fault.kind in {"delay", "reorder"}:
            self._put_off(row, now, HELD_S if fault.kind == "reorder" else float(fault.value))
            self._held.update([row["id"]] if fault.kind == "reorder" else [])
        return fault.kind in {"lose", "delay", "reorder"}

    def _deliver(self, row: Row, url: str, now: str, silent: set[str]) -> bool:
        statuses = [self._post(row["event"], url, now) for _ in range(2 if row["fault"] == "duplicate" else 1)]
        if 0 in statuses:
            silent.add(url)
        if not all(200 <= status < 300 for status in statuses):
            return False
        self.waiting.drop(row["id"])
        self._let_go(now)
        return True

    def _let_go(self, now: str) -> None:
        """Those that were to be overtaken have been."""
        for held in [self.waiting.get(row_id) for row_id in sorted(self._held)]:
            if held is not None:
                self._put_off(held, now, 0)
        self._held.clear()

    def _try_again(self, row: Row, at: str) -> None:
        row["tries"] += 1
        if row["tries"] < TRIES:
            self._put_off(row, at, WAIT_S * 2 ** (row["tries"] - 1))
            return
        self.waiting.drop(row["id"])
        if ".target." in f".{row['event']['type']}":
            self.inbox.add(row["event"])

    def _put_off(self, row: Row, now: str, seconds: float) -> None:
        row["dueAt"] = stamp(moment(now) + timedelta(seconds=seconds))
        self.waiting.put(row["id"], row)
        self._due.put(row["dueAt"], row["_seq"])

    def _receivers(self) -> list[Row]:
        url = self.world.settings["xconnector"][BY_SETTING]
        by_setting = [{"id": BY_SETTING, "url": url, "types": ["*"], "active": True}] if url else []
        return [*self.table, *by_setting]

    def _post(self, event: Row, url: str, now: str) -> int:
        """The receiver's status, 0 where it cannot be reached."""
        settings = self.world.settings["xconnector"]
        body = compact(event)
        signed = signatures(settings["webhook_scheme"], settings["webhook_secret"], event["id"], int(moment(now).timestamp()), body)
        return post(url, body, {"Content-Type": "application/cloudevents+json", **signed})


def _agree(url: str) -> None:
    """The handshake of CloudEvents web hooks: the receiver must allow our origin."""
    status, headers = ask("OPTIONS", url, {"WebHook-Request-Origin": ORIGIN})
    if status != 200 or headers.get("WebHook-Allowed-Origin") not in {ORIGIN, "*"}:
        raise RefusedError(422, "handshake", "the receiver did not agree to be called from here")
