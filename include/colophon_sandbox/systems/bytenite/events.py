"""Events of the video library: a list that is kept 30 days, and signed callbacks (contract section 9)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from colophon_sandbox.faults import Faults
from colophon_sandbox.outgoing import compact, post, signatures
from colophon_sandbox.system import RefusedError
from colophon_sandbox.world import Row, Table, World, moment, stamp

KEPT = timedelta(days=30)
TRIES, WAIT_S = 10, 169


class Events:
    """What happened, in order; each goes to `webhook_url`, where one is set."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def table(self) -> Table:
        """Events by number."""
        return self.world.store.table("bytenite.events")

    @property
    def waiting(self) -> Table:
        """Callbacks on their way."""
        return self.world.store.table("bytenite.outbound")

    def add(self, kind: str, video_id: str, placement_id: str | None = None, **data: Any) -> None:
        """Something happened."""
        seq, now = self.world.next_id("bytenite.events"), stamp(self.world.now)
        event = {"seq": seq, "type": kind, "videoId": video_id, "placementId": placement_id, "at": now, "data": data}
        self.table.put(str(seq), event)
        if self.world.settings["bytenite"]["webhook_url"]:
            self.waiting.put(str(seq), {"_seq": seq, "event": event, "tries": 0, "dueAt": now})

    def after(self, seq: int, limit: int) -> Row:
        """Events with a higher number; RefusedError (410) where some of those are no longer kept."""
        kept = [event for event in self.table if moment(event["at"]) > self.world.now - KEPT]
        dropped = len(self.table) - len(kept)
        if seq < dropped:
            raise RefusedError(410, "gone", "events of that age are no longer kept")
        found = [event for event in kept if event["seq"] > seq]
        return {"events": found[:limit], "hasMore": len(found) > limit}

    def work(self, faults: Faults) -> int:
        """Send what is due; how many arrived. A callback that fails is tried ten times within a day."""
        url, now, arrived = self.world.settings["bytenite"]["webhook_url"], stamp(self.world.now), 0
        for row in self.waiting:
            if row["dueAt"] > now:
                continue
            fault = faults.first_for("bytenite", "POST", urlsplit(url or "").path) if row["tries"] == 0 else None
            times = {"lose": 0, "duplicate": 2}.get(fault.kind, 1) if fault else 1
            if url and not all(200 <= self._post(row["event"], url, now) < 300 for _ in range(times)) and row["tries"] + 1 < TRIES:
                row["tries"] += 1
                row["dueAt"] = stamp(moment(now) + timedelta(seconds=WAIT_S * 2 ** (row["tries"] - 1)))
                self.waiting.put(str(row["_seq"]), row)
            else:
                self.waiting.drop(str(row["_seq"]))
                arrived += 1
        return arrived

    def _post(self, event: Row, url: str, now: str) -> int:
        """The receiver's status, 0 where it cannot be reached."""
        settings = self.world.settings["bytenite"]
        body = compact(event)
        at = int(moment(now).timestamp())
        return post(url, body, signatures(settings["webhook_scheme"], settings["webhook_secret"], f"bn-{event['seq']}", at, body))
