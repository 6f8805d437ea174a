"""Two titles with videos, at an account of either kind; what the library has of them.

house = VideoHouse(station, DOCUMENTED)
video = house.add("sea/trailer", "TRAILER", SEA)
house.run("bytenite__video_metadata")
assert house.record(video)["isbns"] == [SEA]
"""

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon_sandbox.seeds.living.media import video_id
from colophon_sandbox.seeds.shelf import contributions, person, product, subject, work

Row = dict[str, Any]
SEA, TIDE = "9781999000004", "9781999000011"
MORNING = datetime(2026, 5, 4, 6, 45, tzinfo=UTC)
SEA_WORK = work(9, "Sea Room", 1, contributions=contributions([(44, "A01")]), subjectCodes=[subject("THEMA", "FBA")])
TIDE_WORK = work(10, "High Tide", 1, contributions=contributions([(45, "A01")], 5), subjectCodes=[subject("THEMA", "FFC")])
_TERMS: Row = {"clientId": 1, "contractName": "Head", "signedDate": "2020-01-31", "term": "", "terminatedDate": None}
_REACH: Row = {
    "exclusive": True,
    "channels": ["*"],
    "languages": ["*"],
    "formats": ["PAPERBACK", "VIDEO"],
    "startsOn": None,
    "expiresOn": None,
}


def folder_library(place: Path) -> Path:
    """A folder for a library below the `output_location` of a connection, with the trailer `sea`."""
    folder, video = place / "library", video_id("sea")
    (folder / "videos").mkdir(parents=True)
    record = {"externalId": "sea", "kind": "TRAILER", "title": "Sea", "isbns": [SEA], "videoId": video, "revision": 1, "status": "READY"}
    moments = {"createdAt": "2026-05-01T00:00:00Z", "updatedAt": "2026-05-01T00:00:00Z"}
    (folder / "videos" / f"{video}.json").write_text(json.dumps({"video": record | moments, "rules": None}))
    return folder


class VideoHouse:
    """See the module."""

    def __init__(self, station: Station, account: str = EXTENDED) -> None:
        self.station, self.account, self.now = station, account, MORNING
        self.seed(imprints=[{"id": 1, "name": "Northlight"}], contacts=[person(44, "Ada Writer"), person(45, "Zoë Ørsted")])
        self.seed(works=[SEA_WORK, TIDE_WORK])
        self.title(101, SEA_WORK, SEA)
        self.title(102, TIDE_WORK, TIDE)
        for number, work_id in enumerate((9, 10), 1):
            self.seed(contracts=[{"id": number, "workId": work_id, **_TERMS}])
            self.grant(number, work_id)
        station.clock(self.now)

    def seed(self, **records: list[Row]) -> None:
        """Records of Consonance as they are from now on."""
        self.station.seed("consonance", records)

    def title(self, number: int, of: Row, isbn: str, published: str | None = "2026-06-01", **more: Any) -> None:
        """A paperback as it is from now on."""
        self.seed(products=[product(number, of, "BC", isbn, publicationDate=published, onixPublishingStatusCode="02") | more])

    def grant(self, number: int, work_id: int, *places: str, **more: Any) -> None:
        """Where the work's videos may be shown: everywhere unless said."""
        reach = {**_REACH, "rightsType": "Volume", "territories": {"included": list(places) or ["WORLD"], "excluded": []}, **more}
        moment = f"{self.station.now:%Y-%m-%dT%H:%M:%SZ}"
        self.seed(
            headGrants=[{"id": number, "workId": work_id, "contractId": number, "revision": self._next(), "updatedAt": moment, **reach}]
        )

    def stage(self, work_id: int, words: str, day: str | None) -> None:
        """A milestone of a work, done on a day or not at all."""
        done = {"status": "DONE", "completedOn": day, "completedAt": f"{day}T06:00:00Z", "completedById": 44}
        state = done if day else {"status": "OPEN", "completedOn": None, "completedAt": None, "completedById": None}
        number = uuid.uuid5(uuid.NAMESPACE_URL, f"{work_id}/{words}").int % 10**6
        moment = f"{self.station.now:%Y-%m-%dT%H:%M:%SZ}"
        row = {"id": number, "workId": work_id, "description": words, "tags": [], "blockedBy": [], "assigneeId": 44, "dueOn": None}
        self.seed(todos=[{**row, **state, "revision": self._next(), "updatedAt": moment}])

    def add(self, name: str, kind: str, *isbns: str, **more: Any) -> str:
        """A video with content, ready; its id."""
        content = {"version": "1", "sha256": "a" * 64, "bytes": 9, "mediaType": "video/mp4"}
        row = {"externalId": name, "kind": kind, "title": f"Untitled {kind.lower()}", "isbns": list(isbns), "language": "eng"}
        self.station.seed("bytenite", {"videos": [{"videoId": video_id(name), **row, "content": content, **more}]})
        return video_id(name)

    def run(self, dag_id: str, **after: float) -> Any:
        """A green run, so much later than the one before."""
        self.now = max(self.now + timedelta(**after), self.station.now)
        self.station.clock(self.now)
        tell(self.station, self.account, as_of=self.now)
        run = self.station.run(dag_id, self.now)
        assert run.state == "success", run.logs
        return run

    def written(self, operation: str) -> dict[str, Row]:
        """What Consonance has, by our reference, or what waits in the tray to be there."""
        if self.account == DOCUMENTED:
            with self.station.ledger() as ledger:
                rows = ledger.tray.rows(("pending",), operation=operation)
                return {row.external_reference: dict(row.payload) for row in rows}
        rows = self.station.sandbox.world.store.table("consonance.externalRecords")
        return {row["externalReference"]: json.loads(row["payload"]) for row in rows if row["kind"] == operation}

    def record(self, video: str) -> Row:
        """A video as the library has it."""
        row: Row = self._table("videos").get(video)
        return row

    def change(self, video: str, **members: Any) -> None:
        """Somebody changes a record in the library by hand."""
        row = self.record(video)
        row.update(members, revision=row["revision"] + 1)
        self._table("videos").put(video, row)

    def placements(self, video: str, *states: str) -> set[str]:
        """Where a video is (`website/GB`), in some states: LIVE unless said."""
        rows = [row for row in self._table("placements") if row["videoId"] == video]
        return {f"{row['channel']}/{row['territory']}" for row in rows if row["state"] in (states or ("LIVE",))}

    def by_hand(self, video: str, place: str, state: str) -> None:
        """Somebody at the library puts a placement into a state."""
        row = self._table("placements").get(f"{video}/{place}")
        moment = f"{self.station.now:%Y-%m-%dT%H:%M:%SZ}"
        self._table("placements").put(f"{video}/{place}", {**row, "state": state, "reason": "taken off by Sam", "updatedAt": moment})

    def live_by_hand(self, video: str, channel: str, territory: str) -> None:
        """Somebody at the library shows a video, whatever its rules say."""
        self.station.sandbox.systems["bytenite"].placements.by_hand({"videoId": video, "channel": channel, "territory": territory})

    def rules(self, dag_id: str) -> list[tuple[str, str]]:
        """Rule and subject of the open exceptions."""
        return self.station.exceptions(dag_id)

    def _table(self, name: str) -> Any:
        return self.station.sandbox.world.store.table(f"bytenite.{name}")

    def _next(self) -> int:
        self._revision = getattr(self, "_revision", 0) + 1
        return self._revision
