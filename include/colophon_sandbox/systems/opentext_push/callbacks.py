"""Status callbacks: the body of the status answer, sent whenever a job changes (contract section 6).

One that does not arrive is repeated three times, 10 s apart. The settings `webhook_late_seconds`, `webhook_twice` and
`webhook_out_of_order` spoil all of them; faults on the path of the receiver spoil one each: `lose`, `duplicate`, `delay` (by
`value` seconds of the sandbox's clock), `reorder` (it waits until another one has gone, at most 60 s).
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from colophon_sandbox.faults import Faults
from colophon_sandbox.outgoing import compact, post, signatures
from colophon_sandbox.world import Row, Table, World, moment

REPEATS, WAIT_S, HELD_S = 3, 10, 60


class Callbacks:
    """What is on its way to the receiver that the setting `webhook_url` names."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def waiting(self) -> Table:
        """Callbacks on their way."""
        return self.world.store.table("push.outbound")

    def emit(self, status: Row, at: datetime) -> None:
        """A status is to be told."""
        if self._setting("webhook_url"):
            number = self.world.next_id("push.outbound")
            due = at + timedelta(seconds=self._setting("webhook_late_seconds"))
            row: Row = {"_seq": number, "id": f"cb-{number}", "status": status, "due": due.isoformat()}
            self.waiting.put(row["id"], {**row, "tries": 0, "judged": False, "copies": 1, "held": False})

    def work(self, now: datetime, faults: Faults) -> int:
        """Send what is due, in time order; how many arrived."""
        arrived = 0
        while ripe := [row for row in self.waiting if moment(row["due"]) <= now]:
            row = min(ripe, key=lambda found: (moment(found["due"]), found["_seq"]))
            if row["judged"] or not self._is_spoilt(row, faults):
                arrived += self._deliver(row)
        return arrived

    def _is_spoilt(self, row: Row, faults: Faults) -> bool:
        """Whether this callback is kept back, now or for good; looked at once."""
        row["judged"] = True
        fault = faults.first_for("push", "POST", urlsplit(self._setting("webhook_url") or "").path)
        kind = fault.kind if fault else ""
        if kind == "lose":
            self.waiting.drop(row["id"])
            return True
        row["copies"] = 2 if kind == "duplicate" or self._setting("webhook_twice") else 1
        every_other = self._setting("webhook_out_of_order") and row["_seq"] % 2
        row["held"] = kind == "reorder" or bool(every_other)
        wait_s = HELD_S if row["held"] else float(fault.value) if fault and kind == "delay" else 0.0
        return self._put_off(row, moment(row["due"]), wait_s) > 0

    def _deliver(self, row: Row) -> int:
        sent_at = moment(row["due"])
        statuses = [self._post(row, sent_at) for _ in range(row["copies"])]
        if all(200 <= status < 300 for status in statuses):
            self.waiting.drop(row["id"])
            for held in [found for found in self.waiting if found["held"]]:
                held["held"] = False
                self._put_off(held, sent_at, 0)
            return len(statuses)
        row["tries"] += 1
        if row["tries"] > REPEATS:
            self.waiting.drop(row["id"])
        else:
            self._put_off(row, sent_at, WAIT_S)
        return 0

    def _put_off(self, row: Row, at: datetime, seconds: float) -> float:
        row["due"] = (at + timedelta(seconds=seconds)).isoformat()
        self.waiting.put(row["id"], row)
        return seconds

    def _post(self, row: Row, at: datetime) -> int:
        """The receiver's status, 0 where it cannot be reached."""
        url = self._setting("webhook_url")
        if not url:
            return 0
        body = compact(row["status"])
        signed = signatures(self._setting("webhook_scheme"), self._setting("webhook_secret"), row["id"], int(at.timestamp()), body)
        return post(url, body, signed)

    def _setting(self, name: str) -> Any:
        return self.world.settings["push"][name]
