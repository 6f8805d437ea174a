"""Outcomes sent to the receiver that the setting `webhook_url` names, signed by Standard Webhooks.

One that does not arrive is repeated: five tries, doubling from 60 s. The setting `webhook_disorder` lists what goes wrong with
all of them: `late` (an hour), `twice`, `reversed` (of those due together the last goes first). Faults act on the path of the
receiver's address, one outcome each: lose, duplicate, delay (`value` seconds), reorder (60 s later).
"""

from typing import Any
from urllib.parse import urlsplit

from colophon_sandbox.faults import Faults
from colophon_sandbox.outgoing import compact, post, signatures
from colophon_sandbox.systems.opentext_exstream.reading import ms
from colophon_sandbox.world import Row, Table, World

TRIES, WAIT_MS, HELD_MS, LATE_MS = 5, 60_000, 60_000, 3_600_000


class Callbacks:
    """What is on its way to the receiver."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def waiting(self) -> Table:
        """Outcomes on their way."""
        return self.world.store.table("exstream.outbound")

    def emit(self, outcome: Row) -> None:
        """Send an outcome, where there is a receiver."""
        if self._setting("webhook_url"):
            due = ms(self.world.now) + (LATE_MS if "late" in self._setting("webhook_disorder") else 0)
            self.waiting.put(outcome["id"], {"_seq": outcome["seq"], "outcome": outcome, "dueMs": due, "tries": 0, "fault": None})

    def work(self, now: int, faults: Faults) -> int:
        """Send what is due; how many arrived. A receiver that is away is not tried again in the same moment."""
        url = self._setting("webhook_url")
        due = sorted((row for row in self.waiting if row["dueMs"] <= now), key=lambda row: (row["dueMs"], row["_seq"]))
        if not url or not due:
            return 0
        arrived = 0
        for row in reversed(due) if "reversed" in self._setting("webhook_disorder") else due:
            if self._is_kept_back(row, url, now, faults):
                continue
            times = 2 if row["fault"] == "duplicate" or "twice" in self._setting("webhook_disorder") else 1
            if all(self._post(row["outcome"], url) for _ in range(times)):
                self.waiting.drop(row["outcome"]["id"])
                arrived += 1
            else:
                self._try_again(row, now)
        return arrived

    def _is_kept_back(self, row: Row, url: str, now: int, faults: Faults) -> bool:
        fault = None if row["fault"] else faults.first_for("exstream", "POST", urlsplit(url).path)
        if fault is None:
            return False
        row["fault"] = fault.kind
        if fault.kind == "lose":
            self.waiting.drop(row["outcome"]["id"])
        elif fault.kind in {"delay", "reorder"}:
            row["dueMs"] = now + (HELD_MS if fault.kind == "reorder" else int(float(fault.value) * 1000))
            self.waiting.put(row["outcome"]["id"], row)
        return fault.kind in {"lose", "delay", "reorder"}

    def _try_again(self, row: Row, now: int) -> None:
        row["tries"] += 1
        if row["tries"] >= TRIES:
            self.waiting.drop(row["outcome"]["id"])
        else:
            row["dueMs"] = now + WAIT_MS * 2 ** (row["tries"] - 1)
            self.waiting.put(row["outcome"]["id"], row)

    def _post(self, outcome: Row, url: str) -> bool:
        body = compact(outcome)
        now_s = ms(self.world.now) // 1000
        signed = signatures(self._setting("webhook_scheme"), self._setting("webhook_secret"), outcome["id"], now_s, body)
        return 200 <= post(url, body, signed) < 300

    def _setting(self, name: str) -> Any:
        return self.world.settings["exstream"][name]
