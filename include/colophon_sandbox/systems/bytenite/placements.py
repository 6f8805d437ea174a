"""Placements: scheduled, shown, held, taken down. The clock and the rules move them (contract section 8)."""

from colophon_sandbox.systems.bytenite.events import Events
from colophon_sandbox.systems.bytenite.rules import Ruling, ruling
from colophon_sandbox.world import Row, Table, World, moment, stamp

SCHEDULED, LIVE, ON_HOLD, REMOVED, BLOCKED, FAILED = "SCHEDULED", "LIVE", "ON_HOLD", "REMOVED", "BLOCKED", "FAILED"
STATES = (SCHEDULED, LIVE, ON_HOLD, REMOVED, BLOCKED, FAILED)
MOVING = {SCHEDULED, LIVE, ON_HOLD}


class Placements:
    """One for each video, channel and territory."""

    def __init__(self, world: World, events: Events) -> None:
        self.world, self.events = world, events

    @property
    def table(self) -> Table:
        """Placements by `video/channel/territory`."""
        return self.world.store.table("bytenite.placements")

    @property
    def rules(self) -> Table:
        """Rules by video."""
        return self.world.store.table("bytenite.rules")

    @property
    def videos(self) -> Table:
        """Video records by id."""
        return self.world.store.table("bytenite.videos")

    def publish(self, video_id: str, wanted: Row) -> Row:
        """Schedule one; one that a rule forbids is BLOCKED. A LIVE one stays as it is."""
        key = f"{video_id}/{wanted['channel']}/{wanted['territory']}"
        row = self.table.get(key)
        if row is None:
            number = self.world.next_id("bytenite.placements")
            row = {"_seq": number, "_key": key, "placementId": f"p-{number}", "videoId": video_id, "channel": wanted["channel"]}
            row.update(territory=wanted["territory"], state=None, url=None, liveFrom=None, liveUntil=None)
        if row["state"] == LIVE:
            return row
        row.update(_at=wanted["at"], _by_hand=False)
        found = self._ruling(row)
        if found.allowed:
            return self._enter(row, SCHEDULED, None, found)
        return self._enter(row, BLOCKED, found.reason, found)

    def unpublish(self, row: Row, reason: str) -> Row:
        """Take one down."""
        return row if row["state"] == REMOVED else self._enter(row, REMOVED, reason)

    def of(self, video_id: str) -> list[Row]:
        """All placements of a video."""
        return [row for row in self.table if row["videoId"] == video_id]

    def by_hand(self, given: Row) -> None:
        """Somebody puts one LIVE at the platform, whatever the rules say."""
        row = self.publish(given["videoId"], {"at": stamp(self.world.now), **given})
        row["_by_hand"] = True
        self._enter(row, LIVE, None)

    def put_rules(self, video_id: str, given: Row) -> tuple[list[str], list[str]]:
        """Replace the rules: ids of placements that close, and of closed ones that may be published again."""
        before = self.rules.get(video_id)
        shut = [row for row in self.of(video_id) if row["state"] in {BLOCKED, REMOVED} and not self._ruling(row).allowed]
        self.rules.put(video_id, {"videoId": video_id, **given})
        closing = [row for row in self.of(video_id) if row["state"] in MOVING and not row["_by_hand"] and not self._ruling(row).allowed]
        for row in closing:
            self._enter(row, REMOVED, "rule")
        opened = [row["placementId"] for row in shut if before != given and self._ruling(row).allowed]
        return [row["placementId"] for row in closing], opened

    def tick(self) -> int:
        """Move what the clock, the rules and the videos move; how many moved."""
        return sum(self._move(row) for row in self.table if row["state"] in MOVING and not row["_by_hand"])

    def _move(self, row: Row) -> bool:
        video = self.videos.get(row["videoId"]) or {"status": "ARCHIVED", "onHold": False}
        found = self._ruling(row)
        is_due = moment(row["_at"]) <= self.world.now
        state, reason = row["state"], row["reason"]
        if video["status"] in {"FAILED", "ARCHIVED"}:
            state, reason = (FAILED, "content failed") if video["status"] == "FAILED" else (REMOVED, "archived")
        elif not found.allowed:
            state, reason = REMOVED, "rule"
        elif video["onHold"]:
            state, reason = ON_HOLD, "on hold"
        elif is_due and row["channel"] in str(self.world.settings["bytenite"]["refuses"]).split():
            state, reason = FAILED, "the channel refuses it"
        elif is_due and video["status"] == "READY":
            state, reason = LIVE, None
        elif state == ON_HOLD:
            state, reason = SCHEDULED, None
        if state == row["state"]:
            return False
        self._enter(row, state, reason, found)
        return True

    def _ruling(self, row: Row) -> Ruling:
        at = max(moment(row["_at"]), self.world.now)
        return ruling(self.rules.get(row["videoId"]), row["channel"], row["territory"], at)

    def _enter(self, row: Row, state: str, reason: str | None, found: Ruling | None = None) -> Row:
        now, was = stamp(self.world.now), row["state"]
        row.update(state=state, reason=reason, updatedAt=now, ruleId=found.rule_id if found else row.get("ruleId"))
        if state == LIVE:
            row.update(
                url=f"https://video.sandbox.example/{row['channel']}/{row['videoId']}",
                liveFrom=now,
                liveUntil=found.until if found else None,
            )
        self.table.put(row["_key"], row)
        if state in {LIVE, REMOVED} and state != was and not (state == REMOVED and was in {None, BLOCKED}):
            self.world.effect("video.placement", row["_key"], state=state)
        if state in {LIVE, REMOVED, FAILED}:
            self.events.add(f"placement.{state.lower()}", row["videoId"], row["placementId"])
        return row
