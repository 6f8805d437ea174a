"""Routes of the video library (contract sections 6 to 9)."""

import json
from datetime import date
from typing import Any

from werkzeug.wrappers import Response

from colophon_sandbox.faults import Faults
from colophon_sandbox.system import Call, Reader, RefusedError, Route, System, as_json, integer, one_of, text
from colophon_sandbox.systems.bytenite.bodies import CHANNELS, body_of
from colophon_sandbox.systems.bytenite.events import Events
from colophon_sandbox.systems.bytenite.figures import Figures
from colophon_sandbox.systems.bytenite.paging import PAGE, page
from colophon_sandbox.systems.bytenite.placements import STATES, Placements
from colophon_sandbox.systems.bytenite.videos import STATUSES, Videos, shown
from colophon_sandbox.world import Row, World, moment, stamp

JSON = ("application/json",)


def instant(value: str) -> str:
    """A reader of moments; a `+` of a zone may have come as a space."""
    return stamp(moment(value.replace(" ", "+")))


def day(value: str) -> str:
    """A reader of days."""
    return date.fromisoformat(value).isoformat()


VIDEO_FILTERS: dict[str, Reader] = {"updatedSince": instant, "workId": text, "isbn": text, "status": one_of(*STATUSES)}
PLACEMENT_FILTERS: dict[str, Reader] = {
    "videoId": text,
    "channel": one_of(*CHANNELS),
    "territory": text,
    "state": one_of(*STATES),
    "updatedSince": instant,
}
DAILY: dict[str, Reader] = {"from": day, "to": day, "updatedSince": instant, "videoId": text, "asOf": instant}
V = "/v1/library/videos/<video_id>"
ROUTES = (
    Route("GET", "/v1/library/info", "info"),
    Route("PUT", V, "put_video", body=JSON),
    Route("GET", V, "get_video"),
    Route("DELETE", V, "archive_video"),
    Route("GET", "/v1/library/videos", "list_videos", query={**VIDEO_FILTERS, **PAGE}),
    Route("PUT", f"{V}/content", "put_content", body=JSON),
    Route("PUT", f"{V}/rules", "put_rules", body=JSON),
    Route("GET", f"{V}/rules", "get_rules"),
    Route("POST", f"{V}/publish", "publish", body=JSON),
    Route("POST", f"{V}/unpublish", "unpublish", body=JSON),
    Route("GET", "/v1/library/placements", "list_placements", query={**PLACEMENT_FILTERS, **PAGE}),
    Route("GET", "/v1/library/analytics/daily", "list_daily", query={**DAILY, **PAGE}),
    Route("GET", "/v1/library/events", "list_events", query={"after": integer(0, 10**12), "limit": integer(1, 500)}),
)


class Library(System):
    """The part of the system that has videos."""

    faults: Faults

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.events = Events(world)
        self.videos, self.placements = Videos(world, self.events), Placements(world, self.events)
        self.figures = Figures(world, self.placements, self.events)

    def tick_library(self) -> int:
        """Make due what the clock makes due."""
        moved = self.videos.tick() + self.placements.tick() + self.figures.tick()
        return moved + self.events.work(self.faults)

    def load_video(self, row: Row) -> None:
        """A video of a seed: its record, READY where it has `content`, with its `rules` and `placements`."""
        own = ("videoId", "content", "rules", "placements")
        self.videos.put(row["videoId"], {name: value for name, value in row.items() if name not in own})
        if content := row.get("content"):
            self.videos.ready(row["videoId"], content)
        if rules := row.get("rules"):
            self.placements.put_rules(row["videoId"], rules)
        for wanted in row.get("placements", ()):
            self.placements.publish(row["videoId"], {"at": stamp(self.world.now), **wanted})

    def info(self, _call: Call) -> Response:
        """Contract name, channels, and how late figures come."""
        days = self.setting("analytics_delay_days")
        return as_json({"contract": "video-library-1", "channels": list(CHANNELS), "analyticsDelayDays": days})

    def put_video(self, call: Call) -> Response:
        """Make or change a record."""
        row, is_new = self.videos.put(call.path["video_id"], body_of("video", call))
        return as_json(shown(row), 201 if is_new else 200)

    def get_video(self, call: Call) -> Response:
        """One record."""
        return as_json(shown(self.videos.get(call.path["video_id"])))

    def archive_video(self, call: Call) -> Response:
        """Out of use, and off every channel."""
        self.videos.archive(call.path["video_id"])
        return Response(status=204)

    def list_videos(self, call: Call) -> Response:
        """Records by filter."""
        return as_json(page([shown(row) for row in self.videos.found(call.query)], call.query))

    def put_content(self, call: Call) -> Response:
        """New content."""
        return as_json(shown(self.videos.put_content(call.path["video_id"], body_of("content", call))), 202)

    def put_rules(self, call: Call) -> Response:
        """All rules anew; an older revision, or other rules under the same one, is stale."""
        video_id, given = call.path["video_id"], body_of("rules", call)
        self.videos.get(video_id)
        kept = self.placements.rules.get(video_id)
        if kept and (given["revision"] < kept["revision"] or (given["revision"] == kept["revision"] and {**kept, **given} != kept)):
            detail = f"kept {kept['revision']}, got {given['revision']}"
            raise RefusedError(409, "stale_revision", "stale_revision", detail=detail)
        closed, opened = self.placements.put_rules(video_id, given)
        return as_json({"revision": given["revision"], "closed": closed, "opened": opened})

    def get_rules(self, call: Call) -> Response:
        """The rules as put."""
        self.videos.get(call.path["video_id"])
        row = self.placements.rules.get(call.path["video_id"])
        if row is None:
            raise RefusedError(404, "not_found", "there are no rules")
        return as_json({name: row[name] for name in ("revision", "default", "rules")})

    def publish(self, call: Call) -> Response:
        """Schedule placements, once for each `requestId`."""
        video_id, given = call.path["video_id"], body_of("publish", call)
        self.videos.get(video_id)
        rows = self._once("publish", video_id, given)
        if rows is None:
            rows = [self.placements.publish(video_id, wanted) for wanted in given["placements"]]
            self._remember("publish", video_id, given, rows)
        return _items(rows)

    def unpublish(self, call: Call) -> Response:
        """Take placements down, once for each `requestId`."""
        video_id, given = call.path["video_id"], body_of("unpublish", call)
        self.videos.get(video_id)
        rows = self._once("unpublish", video_id, given)
        if rows is None:
            mine = {row["placementId"]: row for row in self.placements.of(video_id)}
            if unknown := sorted(set(given.get("placementIds", ())) - set(mine)):
                raise RefusedError(404, "not_found", "the video has no such placement", name=unknown[0])
            rows = [self.placements.unpublish(mine[i], given["reason"]) for i in given.get("placementIds", mine)]
            self._remember("unpublish", video_id, given, rows)
        return _items(rows)

    def list_placements(self, call: Call) -> Response:
        """Placements by filter, in order of change."""
        query = call.query
        wanted = {name: query[name] for name in ("videoId", "channel", "territory", "state") if name in query}
        rows = [row for row in self.placements.table if all(row[name] == value for name, value in wanted.items())]
        rows = [row for row in rows if row["updatedAt"] >= query.get("updatedSince", "")]
        rows.sort(key=lambda row: (row["updatedAt"], row["_seq"]))
        return as_json(page([shown(row) for row in rows], query))

    def list_daily(self, call: Call) -> Response:
        """Daily figures as they stood at `asOf`."""
        for name in ("from", "to"):
            if name not in call.query:
                raise RefusedError(400, "missing_parameter", f"{name} is missing", name=name)
        as_of, rows = self.figures.read(call.query)
        return as_json({"asOf": as_of, **page([shown(row) for row in rows], call.query)})

    def list_events(self, call: Call) -> Response:
        """What happened since."""
        return as_json(self.events.after(call.query.get("after", 0), call.query.get("limit", 500)))

    def _once(self, verb: str, video_id: str, given: Row) -> list[Row] | None:
        """The placements of an earlier request of this id; RefusedError (409) where that one said something else."""
        earlier = self.world.store.table("bytenite.requests").get(given["requestId"])
        if earlier is None:
            return None
        if earlier["said"] != _said(verb, video_id, given):
            raise RefusedError(409, "request_conflict", "request_conflict")
        return [row for row in self.placements.of(video_id) if row["placementId"] in earlier["placements"]]

    def _remember(self, verb: str, video_id: str, given: Row, rows: list[Row]) -> None:
        said = _said(verb, video_id, given)
        kept = {"said": said, "placements": [row["placementId"] for row in rows]}
        self.world.store.table("bytenite.requests").put(given["requestId"], kept)


def _said(verb: str, video_id: str, given: Row) -> str:
    return json.dumps([verb, video_id, given], sort_keys=True)


def _items(rows: list[Row]) -> Response:
    names = ("placementId", "channel", "territory", "state", "reason")
    items: list[dict[str, Any]] = [{name: row[name] for name in names} for row in rows]
    return as_json({"items": items}, 202)
