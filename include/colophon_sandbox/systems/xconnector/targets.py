"""The systems behind the middleware, and how each of them takes a message (contract section 14).

What a target does is a word in the setting `targets`:

    acknowledge    takes it at once (erp, bi, dam, shop)
    fail_twice     does not answer the first two tries (flaky)
    refuse         refuses for a business reason, `price_missing` (reject)
    late           takes it and acknowledges after 600 s (slow)
    gone           answers 410, and is `retired` from then on (gone)

A target named in the setting `targets_down` does not answer at all.
"""

from typing import Any, NamedTuple

from colophon_sandbox.world import Row, Table, World, stamp

DEFAULTS: dict[str, dict[str, str]] = {
    "erp": {"kind": "erp", "does": "acknowledge"},
    "bi": {"kind": "bi", "does": "acknowledge"},
    "dam": {"kind": "dam", "does": "acknowledge"},
    "shop": {"kind": "retailer", "does": "acknowledge"},
    "flaky": {"kind": "retailer", "does": "fail_twice"},
    "reject": {"kind": "retailer", "does": "refuse"},
    "slow": {"kind": "production", "does": "late"},
    "gone": {"kind": "crm", "does": "gone"},
}
LATE_S = 600


class Reply(NamedTuple):
    """What a target says to one try: 200 has it, 202 will have it, 503 try again, anything else never."""

    http_status: int
    error: Row | None = None


TAKEN, TAKEN_LATER = Reply(200), Reply(202)
SILENT = Reply(503, {"code": "unavailable", "message": "the target does not answer", "retryable": True})
REFUSED = Reply(422, {"code": "price_missing", "message": "a price is missing", "retryable": False})
GONE = Reply(410, {"code": "retired", "message": "the target is gone", "retryable": False})


class Targets:
    """All targets, and what was last seen of each."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def seen(self) -> Table:
        """Targets whose state ever changed."""
        return self.world.store.table("xconnector.targets")

    def knows(self, name: str) -> bool:
        """Whether there is such a target."""
        return name in self._setting("targets")

    def shown(self) -> list[Row]:
        """All targets as the API shows them."""
        return [self.show(name) for name in self._setting("targets")]

    def show(self, name: str) -> Row:
        """One target; `degraded` when it last failed, `down` by setting, `retired` for good."""
        seen = self.seen.get(name) or {"status": "up", "since": stamp(self.world.start), "lastError": None}
        status = "down" if name in self._setting("targets_down") else seen["status"]
        return {"id": name, "kind": self._setting("targets")[name]["kind"], **seen, "status": status}

    def ask(self, name: str, attempt: int, at: str) -> Reply:
        """Try a target for the `attempt`th time."""
        reply = self._reply(name, attempt)
        status = {503: "degraded", 410: "retired"}.get(reply.http_status, "up")
        before = (self.seen.get(name) or {"status": "up"})["status"]
        if status != before:
            self.seen.put(name, {"status": status, "since": at, "lastError": None if status == "up" else reply.error})
        return reply

    def _reply(self, name: str, attempt: int) -> Reply:
        does = self._setting("targets").get(name, {"does": "gone"})["does"]
        if does == "gone":
            return GONE
        if name in self._setting("targets_down") or (does == "fail_twice" and attempt <= 2):
            return SILENT
        return {"refuse": REFUSED, "late": TAKEN_LATER}.get(does, TAKEN)

    def _setting(self, name: str) -> Any:
        return self.world.settings["xconnector"][name]
