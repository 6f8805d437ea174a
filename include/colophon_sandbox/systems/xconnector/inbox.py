"""The inbox: what other systems have to say, at least once, under leases (contract section 9)."""

import heapq
from collections.abc import Iterable
from datetime import timedelta

from colophon_sandbox.agenda import Agenda
from colophon_sandbox.world import Row, Table, World, stamp

NACKS = 10


class Inbox:
    """Events that wait to be fetched: visible, leased until a moment, or parked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._later = Agenda()
        self._visible: list[int] = []
        self._tokens: dict[str, str] = {}
        for row in self.table:
            self._later.put(row["visibleAt"], row["_seq"])
            if row["token"]:
                self._tokens[row["token"]] = row["id"]

    @property
    def table(self) -> Table:
        """Events that are neither acknowledged nor parked, by id."""
        return self.world.store.table("xconnector.inbox")

    @property
    def parked(self) -> Table:
        """Events that were given back too often."""
        return self.world.store.table("xconnector.parked")

    def add(self, event: Row) -> None:
        """An event comes in; it is not checked, because others make mistakes too."""
        number = self.world.next_id("xconnector.inbox")
        row: Row = {"_seq": number, "id": f"i-{number}", "event": event, "attempt": 0, "nacks": 0, "token": None, "visibleAt": ""}
        self.table.put(row["id"], row)
        self._later.put("", number)

    def fetch(self, limit: int, lease: int) -> tuple[list[Row], bool]:
        """Lease up to `limit` events that nobody holds, oldest first; whether there are more."""
        self._uncover()
        until = stamp(self.world.now + timedelta(seconds=lease))
        taken = [heapq.heappop(self._visible) for _ in range(min(limit, len(self._visible)))]
        return [self._lease(self.table.rows[f"i-{number}"], until) for number in taken], bool(self._visible)

    def ack(self, tokens: Iterable[str]) -> tuple[list[str], list[str]]:
        """Forget the events of these tokens: (acknowledged, unknown or expired)."""
        acked, unknown = self._sort_out(tokens)
        for token in acked:
            self.table.drop(self._tokens.pop(token))
        return acked, unknown

    def nack(self, tokens: Iterable[str], reason: str, retry_after: int) -> tuple[list[str], list[str]]:
        """Give events back, visible after `retry_after` seconds; after ten times they are parked. Answers as `ack`."""
        acked, unknown = self._sort_out(tokens)
        again = stamp(self.world.now + timedelta(seconds=retry_after))
        for token in acked:
            row = self.table.rows[self._tokens.pop(token)]
            row.update(nacks=row["nacks"] + 1, token=None, visibleAt=again)
            if row["nacks"] >= NACKS:
                self.table.drop(row["id"])
                self.parked.put(row["id"], {**row, "reason": reason})
            else:
                self.table.put(row["id"], row)
                self._later.put(again, row["_seq"])
        return acked, unknown

    def parked_page(self, cursor: int, limit: int) -> Row:
        """Parked events after `cursor`, oldest first."""
        rows = sorted((row for row in self.parked if row["_seq"] > cursor), key=lambda row: int(row["_seq"]))
        items = [{"event": row["event"], "reason": row["reason"], "nacks": row["nacks"]} for row in rows[:limit]]
        return {"items": items, "nextCursor": str(rows[limit - 1]["_seq"]) if len(rows) > limit else None}

    def _uncover(self) -> None:
        """Make visible what is due: what came in, and what was leased or put off until now."""
        for at, number, _ in self._later.due(stamp(self.world.now)):
            row = self.table.get(f"i-{number}")
            # A reminder is out of date where the event was acknowledged, leased again or put off meanwhile.
            if row is not None and row["visibleAt"] == at:
                self._tokens.pop(row["token"] or "", None)
                row.update(token=None, visibleAt="")
                heapq.heappush(self._visible, number)

    def _lease(self, row: Row, until: str) -> Row:
        row.update(attempt=row["attempt"] + 1, token=f"t-{self.world.next_id('xconnector.token')}", visibleAt=until)
        self.table.put(row["id"], row)
        self._tokens[row["token"]] = row["id"]
        self._later.put(until, row["_seq"])
        return {"token": row["token"], "attempt": row["attempt"], "leaseUntil": until, "event": row["event"]}

    def _sort_out(self, tokens: Iterable[str]) -> tuple[list[str], list[str]]:
        now = stamp(self.world.now)
        wanted = list(dict.fromkeys(tokens))
        held = [token for token in wanted if token in self._tokens and self.table.rows[self._tokens[token]]["visibleAt"] > now]
        return held, [token for token in wanted if token not in held]
