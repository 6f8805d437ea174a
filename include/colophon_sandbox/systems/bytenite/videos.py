"""Video records and their content (contract section 7)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.bytenite.bodies import LIMITS, VIDEO
from colophon_sandbox.systems.bytenite.events import Events
from colophon_sandbox.world import Row, Table, World, moment, stamp

PROCESSING_S = 60
EMPTY: Row = {"isbns": [], "contributors": [], "genres": [], "keywords": []}
STATUSES = ("DRAFT", "PROCESSING", "READY", "FAILED", "ARCHIVED")


class Videos:
    """All videos of the account."""

    def __init__(self, world: World, events: Events) -> None:
        self.world, self.events = world, events

    @property
    def table(self) -> Table:
        """Records by id."""
        return self.world.store.table("bytenite.videos")

    def get(self, video_id: str) -> Row:
        """A record; RefusedError (404) where there is none."""
        row = self.table.get(video_id)
        if row is None:
            raise RefusedError(404, "not_found", "there is no such video")
        return row

    def put(self, video_id: str, given: Row) -> tuple[Row, bool]:
        """The record with these members replaced, and whether it is new. Equal content keeps its revision."""
        for name, most in LIMITS.items():
            if len(given.get(name) or "") > most:
                raise RefusedError(413, "too_large", f"{name} has more than {most}", name=name)
        row = self.table.get(video_id)
        is_new = row is None
        if row is None:
            if missing := {"externalId", "kind", "title"} - set(given):
                raise RefusedError(400, "missing_member", "a new video lacks a member", name=min(missing))
            row = self._blank(video_id)
        wanted = {name: EMPTY.get(name) if value is None else value for name, value in given.items()}
        if any(row[name] != value for name, value in wanted.items()):
            row.update(wanted)
            self._touch(row)
            self.world.effect("video.record", video_id)
        return row, is_new

    def archive(self, video_id: str) -> None:
        """Out of use."""
        row = self.get(video_id)
        if row["status"] != "ARCHIVED":
            row["status"] = "ARCHIVED"
            self._touch(row)

    def put_content(self, video_id: str, given: Row) -> Row:
        """New content is worked on for a minute; the same bytes change nothing."""
        row = self.get(video_id)
        if (row["content"] or {}).get("sha256") == given["sha256"]:
            return row
        kept = {name: given[name] for name in ("version", "sha256", "bytes", "mediaType")}
        size = {"durationSeconds": None, "width": None, "height": None}
        row.update(status="PROCESSING", statusReason=None, content={**kept, **size}, thumbnailUrl=given.get("thumbnailUrl"))
        row["_readyAt"] = stamp(self.world.now + timedelta(seconds=PROCESSING_S))
        # A file of this name stands for one that no encoder can read.
        row["_broken"] = urlsplit(given["sourceUrl"]).path.endswith("broken.mp4")
        self._touch(row)
        self.events.add("video.ingested", video_id)
        return row

    def ready(self, video_id: str, content: Row) -> None:
        """Content that was worked on long ago."""
        row = self.get(video_id)
        row.update(status="READY", playbackUrl=f"https://video.sandbox.example/play/{video_id}")
        row["content"] = {**content, "durationSeconds": 62, "width": 1920, "height": 1080}
        self._touch(row)

    def tick(self) -> int:
        """Content that is due is ready, or has failed; how many."""
        due = [row for row in self.table if row["status"] == "PROCESSING" and moment(row["_readyAt"]) <= self.world.now]
        for row in due:
            if row["_broken"]:
                row.update(status="FAILED", statusReason="the file cannot be read")
            else:
                row["content"].update(durationSeconds=62, width=1920, height=1080)
                row.update(status="READY", playbackUrl=f"https://video.sandbox.example/play/{row['videoId']}")
            self._touch(row)
            self.events.add(f"video.{row['status'].lower()}", row["videoId"])
        return len(due)

    def found(self, query: dict[str, Any]) -> list[Row]:
        """Records by filter, in order of change."""
        since, work, isbn, status = (query.get(name) for name in ("updatedSince", "workId", "isbn", "status"))
        fitting = [
            row
            for row in self.table
            if (since is None or row["updatedAt"] >= since)
            and (work is None or str(row["workId"]) == work)
            and (isbn is None or isbn in row["isbns"])
            and (status is None or row["status"] == status)
        ]
        return sorted(fitting, key=lambda row: (row["updatedAt"], row["videoId"]))

    def _blank(self, video_id: str) -> Row:
        number = self.world.next_id("bytenite.videos")
        row = {"_seq": number, "videoId": video_id, "revision": 0, **dict.fromkeys(VIDEO), **EMPTY, "onHold": False}
        owned = ("statusReason", "content", "playbackUrl", "thumbnailUrl")
        return {**row, "status": "DRAFT", **dict.fromkeys(owned), "createdAt": stamp(self.world.now)}

    def _touch(self, row: Row) -> None:
        row.update(revision=row["revision"] + 1, updatedAt=stamp(self.world.now))
        self.table.put(row["videoId"], row)


def shown(row: Row) -> Row:
    """A row without what is ours alone."""
    return {name: value for name, value in row.items() if not name.startswith("_")}
