"""`library: file`: no platform at all. Records as JSON, hand-over lists for people, and what people write back as CSV.

videos/<videoId>.json       the record and its rules
handover/<requestId>.csv    what to show, or to take down: where, when, why
placements.csv              from people: what is shown (columns as members of a placement)
analytics_daily.csv         from people: figures of days (columns as members of a row)
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NoReturn, TypeVar

from fsspec.core import url_to_fs
from pydantic import BaseModel, ValidationError

from colophon.config.videos import CHANNELS
from colophon.errors import BadConnectionError, BadRecordError, ConflictError, FeatureMissingError, NotFoundError
from colophon.http.jsontext import read_json, write_json
from colophon.systems.bytenite.library import VideoLibrary
from colophon.systems.bytenite.mapping import given_members, is_allowed, is_same, read, to_wire, video_id
from colophon.systems.bytenite.records import (
    Changed,
    Content,
    DailyPage,
    DailyRow,
    LibraryEvent,
    LibraryInfo,
    Placement,
    Rules,
    Upserted,
    Video,
    VideoRecord,
    Wanted,
)

COLUMNS = ("action", "videoId", "title", "channel", "territory", "at", "landingUrl", "reason")
DELAY_DAYS = 3
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_R = TypeVar("_R", bound=BaseModel)


class FileLibrary(VideoLibrary):
    """A folder or bucket in place of a library."""

    def __init__(self, location: str, *, clock: Callable[[], datetime], storage_options: Mapping[str, Any] | None = None) -> None:
        """:param location: folder or URL (fsspec). :param clock: aware UTC.

        :raises BadConnectionError: there is no location.
        """
        if not location:
            raise BadConnectionError("library file needs output_location", system="bytenite")
        self._fs, root = url_to_fs(location, **dict(storage_options or {}))
        self._root = f"{root.rstrip('/')}/library"
        self._clock = clock

    def info(self) -> LibraryInfo:
        """See the base class."""
        return LibraryInfo(contract="file", channels=CHANNELS, analytics_delay_days=DELAY_DAYS)

    def upsert_video(self, record: VideoRecord) -> Upserted:
        """See the base class."""
        wanted, now = video_id(record.external_id), self._clock()
        kept = self._kept(wanted)
        if kept is None:
            made = {"videoId": wanted, "revision": 0, "status": "READY", "createdAt": now}
            kept = {"video": made, "rules": None}
        elif is_same(record, read(Video, kept["video"])):
            return Upserted(kept["video"]["revision"], changed=False)
        kept["video"].update(given_members(record), updatedAt=now, revision=kept["video"]["revision"] + 1)
        self._keep(wanted, kept)
        return Upserted(kept["video"]["revision"], changed=True)

    def get_video(self, video_id: str) -> Video:
        """See the base class."""
        return read(Video, self._there(video_id)["video"])

    def iter_videos(self, since: datetime | None = None, work_id: str | None = None) -> Iterator[Video]:
        """See the base class."""
        folder = f"{self._root}/videos"
        paths = self._fs.ls(folder, detail=False) if self._fs.isdir(folder) else []
        found = [read(Video, self._load(path)["video"]) for path in paths if path.endswith(".json")]
        fitting = [v for v in found if (since is None or v.updated_at >= since) and (work_id is None or str(v.work_id) == work_id)]
        yield from sorted(fitting, key=lambda video: (video.updated_at, video.video_id))

    def archive(self, video_id: str) -> None:
        """See the base class; what is shown is for people to take down."""
        self._change(video_id, {"status": "ARCHIVED"})

    def set_content(self, video_id: str, content: Content) -> Video:
        """See the base class; the file itself stays where it is."""
        told = {name: value for name, value in to_wire(content).items() if name not in {"sourceUrl", "thumbnailUrl"}}
        if self._there(video_id)["video"].get("content") != told:
            self._change(video_id, {"content": told})
        return self.get_video(video_id)

    def set_rules(self, video_id: str, rules: Rules) -> Changed:
        """See the base class. What new rules forbid goes on a hand-over list at once."""
        kept = self._there(video_id)
        old = read(Rules, kept["rules"]) if kept["rules"] else None
        if old and (rules.revision < old.revision or (rules.revision == old.revision and rules != old)):
            raise ConflictError(
                "there are newer rules", system="bytenite", operation="set_rules", subject=video_id, evidence="stale_revision"
            )
        self._keep(video_id, {**kept, "rules": to_wire(rules)})
        now = self._clock()
        shown = [p for p in self.iter_placements(video_id) if p.state in {"LIVE", "SCHEDULED", "ON_HOLD"}]
        closed = [p for p in shown if not is_allowed(rules, p.channel, p.territory, now)[0]]
        if closed:
            self._hand_over(f"rules-{video_id}-{rules.revision}", [self._line("take down", video_id, p, "rule") for p in closed])
        return Changed(closed=tuple(p.placement_id for p in closed), opened=())

    def get_rules(self, video_id: str) -> Rules | None:
        """See the base class."""
        kept = self._kept(video_id)
        return read(Rules, kept["rules"]) if kept and kept["rules"] else None

    def publish(self, video_id: str, placements: Sequence[Wanted], request_id: str) -> list[Placement]:
        """See the base class; what the rules allow goes on a list for people, once for each request."""
        self._there(video_id)
        rules, found, lines = self.get_rules(video_id), [], []
        for wanted in placements:
            allowed, reason = is_allowed(rules, wanted.channel, wanted.territory, max(wanted.at, self._clock()))
            found.append(_placement(video_id, wanted, "SCHEDULED" if allowed else "BLOCKED", None if allowed else reason))
            if allowed:
                more = {"at": to_wire(wanted)["at"], "landingUrl": wanted.landing_url or ""}
                lines.append({**self._line("show", video_id, found[-1], reason), **more})
        if lines:
            self._hand_over(request_id, lines)
        return found

    def unpublish(self, video_id: str, placement_ids: Sequence[str] | None = None, *, reason: str, request_id: str) -> list[Placement]:
        """See the base class; a placement is REMOVED when people say so in `placements.csv`."""
        known = {p.placement_id: p for p in self.iter_placements(video_id)}
        if unknown := sorted(set(placement_ids or ()) - set(known)):
            raise NotFoundError(f"there is no placement {unknown[0]}", system="bytenite", operation="unpublish", subject=video_id)
        found = [known[name] for name in (known if placement_ids is None else placement_ids)]
        standing = [p for p in found if p.state != "REMOVED"]
        if standing:
            self._hand_over(request_id, [self._line("take down", video_id, p, reason) for p in standing])
        return found

    def iter_placements(self, video_id: str | None = None, since: datetime | None = None) -> Iterator[Placement]:
        """See the base class; as people tell it."""
        for row in self._csv("placements.csv"):
            name = row.get("placementId") or f"{row.get('channel')}-{row.get('territory')}"
            found = _row(Placement, {**row, "placementId": name}, "placements.csv")
            is_new = since is None or found.updated_at is None or found.updated_at >= since
            if is_new and (video_id is None or found.video_id == video_id):
                yield found

    def iter_daily(self, first: date, last: date, since: datetime | None = None) -> Iterator[DailyPage]:  # noqa: ARG002 - always in full
        """See the base class; of rows with one key the highest revision counts."""
        newest: dict[tuple[date, str, str, str], DailyRow] = {}
        for row in self._csv("analytics_daily.csv"):
            found = _row(DailyRow, {"revision": "1", "final": "false", **row}, "analytics_daily.csv")
            if first <= found.day <= last and (found.key not in newest or newest[found.key].revision <= found.revision):
                newest[found.key] = found
        yield DailyPage(self._clock(), tuple(newest[key] for key in sorted(newest)))

    def iter_events(self, after: int) -> Iterator[LibraryEvent]:  # noqa: ARG002 - nothing happens in a folder
        """See the base class; there are none."""
        yield from ()

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> NoReturn:  # noqa: ARG002 - nobody calls
        """See the base class. Raises FeatureMissingError."""
        raise FeatureMissingError("a folder sends no callbacks", system="bytenite", operation="parse_callback")

    def _line(self, action: str, video: str, placement: Placement, reason: str) -> dict[str, str]:
        title = str(self._there(video)["video"].get("title", ""))
        where = {"channel": placement.channel, "territory": placement.territory, "at": "", "landingUrl": ""}
        return {"action": action, "videoId": video, "title": title, **where, "reason": reason}

    def _hand_over(self, name: str, lines: Sequence[Mapping[str, str]]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        # People open these in a spreadsheet, which would take such a text for a formula.
        writer.writerows({key: f"'{value}" if value.startswith(_FORMULA) else value for key, value in line.items()} for line in lines)
        self._write(f"handover/{name}.csv", text.getvalue().encode())

    def _csv(self, name: str) -> list[dict[str, str]]:
        path = f"{self._root}/{name}"
        if not self._fs.exists(path):
            return []
        rows = csv.DictReader(io.StringIO(self._fs.cat_file(path).decode("utf-8-sig")))
        return [{key: value for key, value in row.items() if key and value} for row in rows]

    def _there(self, video: str) -> dict[str, Any]:
        kept = self._kept(video)
        if kept is None:
            raise NotFoundError("there is no such video", system="bytenite", subject=video)
        return kept

    def _kept(self, video: str) -> dict[str, Any] | None:
        path = f"{self._root}/videos/{video}.json"
        return self._load(path) if self._fs.exists(path) else None

    def _load(self, path: str) -> dict[str, Any]:
        found: Any = read_json(self._fs.cat_file(path))
        return dict(found)

    def _change(self, video: str, members: Mapping[str, object]) -> None:
        kept = self._there(video)
        kept["video"].update(members, updatedAt=self._clock(), revision=kept["video"]["revision"] + 1)
        self._keep(video, kept)

    def _keep(self, video: str, kept: Mapping[str, object]) -> None:
        self._write(f"videos/{video}.json", write_json(kept))

    def _write(self, name: str, content: bytes) -> None:
        path = f"{self._root}/{name}"
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._fs.pipe_file(f"{path}.part", content)
        self._fs.mv(f"{path}.part", path)


def _placement(video: str, wanted: Wanted, state: str, reason: str | None) -> Placement:
    name = f"{wanted.channel}-{wanted.territory}"
    return Placement(placement_id=name, channel=wanted.channel, territory=wanted.territory, state=state, reason=reason, video_id=video)


def _row(shape: type[_R], row: Mapping[str, str], name: str) -> _R:
    try:
        return shape.model_validate(row)
    except ValidationError as problem:
        places = sorted({str(error["loc"][0]) for error in problem.errors(include_input=False)})
    raise BadRecordError(f"a row of {name} cannot be read", system="bytenite", evidence=", ".join(places))
