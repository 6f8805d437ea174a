"""Daily figures: they come late, are restated with fewer rows, and end final (contract section 9).

Every version of a row is kept, so that all pages of one reading (`asOf`) show the same state.
"""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.bytenite.events import Events
from colophon_sandbox.systems.bytenite.placements import Placements
from colophon_sandbox.world import Row, Table, World, moment, stamp

FIGURES = ("views", "uniqueViewers", "completions", "watchSeconds", "clicks", "shares")
RESTATED_AFTER, FINAL_AFTER = 2, 4
"""Days after a day's first figures at which they are restated, and final."""
OLDEST_READING = timedelta(hours=24)
MOST_DAYS = 31


class Figures:
    """Figures of every placement that was LIVE."""

    def __init__(self, world: World, placements: Placements, events: Events) -> None:
        self.world, self.placements, self.events = world, placements, events

    @property
    def table(self) -> Table:
        """Rows by key, each with all its versions."""
        return self.world.store.table("bytenite.figures")

    @property
    def done(self) -> Table:
        """How far each day has come: 0 not yet, 1 first figures, 2 restated, 3 final."""
        return self.world.store.table("bytenite.days")

    def read(self, query: dict[str, Any]) -> tuple[str, list[Row]]:
        """The moment of the reading, and the rows as they stood then."""
        now = self.world.now
        as_of = moment(query["asOf"]) if "asOf" in query else now.replace(microsecond=0)
        if as_of > now:
            raise RefusedError(400, "bad_parameter", "asOf is in the future", name="asOf")
        if as_of < now - OLDEST_READING:
            raise RefusedError(410, "gone", "that reading is too old", name="asOf")
        first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            raise RefusedError(400, "bad_parameter", f"a range has 1 to {MOST_DAYS} days", name="to")
        found = [self._at(row, as_of) for row in self.table if query["from"] <= row["day"] <= query["to"]]
        video, since = query.get("videoId"), query.get("updatedSince")
        rows = [v for v in found if v and (video is None or v["videoId"] == video) and (since is None or v["_at"] >= since)]
        return stamp(as_of), sorted(rows, key=lambda row: (row["day"], row["videoId"], row["channel"], row["countryCode"]))

    def state(self, rows: list[Row]) -> None:
        """Figures of whole days: a row that is not among them is gone, a changed one has a higher revision."""
        for day in sorted({row["day"] for row in rows}):
            self._state(day, [row for row in rows if row["day"] == day])

    def tick(self) -> int:
        """Bring every day as far as the clock says; how many moved."""
        lives = [row for row in self.placements.table if row["liveFrom"]]
        if not lives:
            return 0
        today, delay = self.world.now.date(), self.world.settings["bytenite"]["analytics_delay_days"]
        day = max(min(moment(row["liveFrom"]).date() for row in lives), today - timedelta(days=90))
        moved = 0
        while day <= today - timedelta(days=delay):
            # One day in seven is a day late.
            age = (today - day).days - delay - (day.toordinal() % 7 == 0)
            stage = (age >= 0) + (age >= RESTATED_AFTER) + (age >= FINAL_AFTER)
            if stage > (self.done.get(day.isoformat()) or {"stage": 0})["stage"]:
                self._state(day.isoformat(), _of_day(lives, day, stage))
                self.done.put(day.isoformat(), {"stage": stage})
                moved += 1
            day += timedelta(days=1)
        return moved

    def _state(self, day: str, rows: list[Row]) -> None:
        given = {_key(row): row for row in rows}
        before = {_key(row): row for row in self.table if row["day"] == day}
        now = stamp(self.world.now)
        for key in sorted({*given, *before}):
            row, last = given.get(key), self._at(before[key], self.world.now) if key in before else None
            if row is None and last is None:
                continue
            values = None if row is None else {name: row.get(name, 0) for name in FIGURES} | {"final": row.get("final", False)}
            versions = before[key]["versions"] if key in before else []
            if not versions or versions[-1]["values"] != values:
                names = {name: (row or before[key])[name] for name in ("day", "videoId", "channel", "countryCode")}
                self.table.put(key, {**names, "versions": [*versions, {"at": now, "revision": len(versions) + 1, "values": values}]})
        if before:
            self.events.add("analytics.restated", next(iter(before.values()))["videoId"], day=day)

    @staticmethod
    def _at(row: Row, as_of: datetime) -> Row | None:
        """The row as it stood at a moment; None where it was not there."""
        version = next((v for v in reversed(row["versions"]) if moment(v["at"]) <= as_of), None)
        if version is None or version["values"] is None:
            return None
        names = {name: row[name] for name in ("day", "videoId", "channel", "countryCode")}
        return {**names, **version["values"], "revision": version["revision"], "_at": version["at"]}


def _key(row: Row) -> str:
    return f"{row['day']}/{row['videoId']}/{row['channel']}/{row['countryCode']}"


def _of_day(lives: list[Row], day: date, stage: int) -> list[Row]:
    """Figures of a day. Viewers whose country is not known (`ZZ`) are found out by the restatement, and their row is gone."""
    rows: list[Row] = []
    for placement in lives:
        if moment(placement["liveFrom"]).date() > day or (placement["state"] == "REMOVED" and moment(placement["updatedAt"]).date() < day):
            continue
        names = {"day": day.isoformat(), "videoId": placement["videoId"], "channel": placement["channel"]}
        views = 20 + int(hashlib.sha256(f"{placement['_key']}{day}".encode()).hexdigest()[:4], 16) % 400
        rows.append({**names, "countryCode": placement["territory"], **_figures(views + (5 if stage > 1 else 0)), "final": stage == 3})
        if stage == 1 and not any(row["countryCode"] == "ZZ" and _key(row) == _key({**names, "countryCode": "ZZ"}) for row in rows):
            rows.append({**names, "countryCode": "ZZ", **_figures(5), "final": False})
    return rows


def _figures(views: int) -> Row:
    return dict(zip(FIGURES, (views, views * 4 // 5, views // 3, views * 45, views // 17, views // 60), strict=True))
