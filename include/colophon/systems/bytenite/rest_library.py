"""The video library by the contract `video-library-1` (EXT), isolated here: no vendor documents any of these routes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from colophon.errors import BadShapeError, ConflictError, FeatureMissingError, InvalidError, NotFoundError, PagingError, WrongAddressError
from colophon.http import webhooks
from colophon.http.jsontext import read_json, write_json
from colophon.http.operation import Operation
from colophon.http.response import Response
from colophon.systems.bytenite import operations as op
from colophon.systems.bytenite.calls import Calls
from colophon.systems.bytenite.library import VideoLibrary
from colophon.systems.bytenite.mapping import given_members, is_same, member, read, rows, to_wire, video_id
from colophon.systems.bytenite.records import (
    Changed,
    Content,
    DailyPage,
    DailyRow,
    EventPage,
    LibraryEvent,
    LibraryInfo,
    ListedPlacement,
    Page,
    Placement,
    Reading,
    Rules,
    Upserted,
    Video,
    VideoRecord,
    Wanted,
)

CONTRACT = "video-library-1"
PAGE, PAGE_DAILY, PAGE_EVENTS = 200, 1000, 500
Query = dict[str, str | int]


class RestLibrary(VideoLibrary):
    """A library that speaks the contract."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def info(self) -> LibraryInfo:
        """See the base class.

        :raises WrongAddressError: something else than the contract answers.
        """
        answer = self._calls.library(op.INFO, check=lambda a: a.status == 404 or read(LibraryInfo, a.json()))
        if answer.status == 404:
            raise FeatureMissingError("there is no video library at this address", system="bytenite", operation=op.INFO.name)
        found = read(LibraryInfo, answer.json())
        if found.contract != CONTRACT:
            raise WrongAddressError(f"the address does not speak contract {CONTRACT}", system="bytenite", operation=op.INFO.name)
        return found

    def upsert_video(self, record: VideoRecord) -> Upserted:
        """See the base class."""
        wanted = video_id(record.external_id)
        try:
            kept = self.get_video(wanted)
        except NotFoundError:
            kept = None
        if kept is not None and is_same(record, kept):
            return Upserted(kept.revision, changed=False)
        answer = self._calls.library(op.PUT_VIDEO, wanted, json=given_members(record), check=lambda a: _video(a, wanted))
        return Upserted(_video(answer, wanted).revision, changed=True)

    def get_video(self, video_id: str) -> Video:
        """See the base class."""
        return _video(self._calls.library(op.GET_VIDEO, video_id, check=lambda a: _video(a, video_id)), video_id)

    def iter_videos(self, since: datetime | None = None, work_id: str | None = None) -> Iterator[Video]:
        """See the base class."""
        query: Query = {**_since(since), **({"workId": work_id} if work_id else {})}
        for _, page in self._pages(op.LIST_VIDEOS, query, PAGE):
            yield from (read(Video, row) for row in page)

    def archive(self, video_id: str) -> None:
        """See the base class."""
        self._calls.library(op.ARCHIVE, video_id)

    def set_content(self, video_id: str, content: Content) -> Video:
        """See the base class."""
        body = {name: value for name, value in to_wire(content).items() if value is not None}
        answer = self._calls.library(op.PUT_CONTENT, video_id, json=body, check=lambda a: _video(a, video_id))
        return _video(answer, video_id)

    def set_rules(self, video_id: str, rules: Rules) -> Changed:
        """See the base class."""

        def check(answer: Response) -> Changed:
            if answer.status == 200 and member(answer.json(), "revision") != rules.revision:
                raise BadShapeError("the answer is about another revision of the rules", system="bytenite")
            return read(Changed, answer.json()) if answer.status == 200 else Changed(closed=(), opened=())

        answer = self._calls.library(op.PUT_RULES, video_id, json=to_wire(rules), check=check)
        if answer.status == 409:
            raise ConflictError(
                "the library has newer rules, or others under this revision",
                system="bytenite",
                operation=op.PUT_RULES.name,
                subject=video_id,
                evidence="stale_revision",
            )
        return check(answer)

    def get_rules(self, video_id: str) -> Rules | None:
        """See the base class."""
        try:
            return _rules(self._calls.library(op.GET_RULES, video_id, check=_rules))
        except NotFoundError:
            return None

    def publish(self, video_id: str, placements: Sequence[Wanted], request_id: str) -> list[Placement]:
        """See the base class."""
        body = {"requestId": request_id, "placements": [to_wire(wanted) for wanted in placements]}
        asked = {(wanted.channel, wanted.territory) for wanted in placements}

        def check(answer: Response) -> list[Placement]:
            found = _items(answer)
            if {(item.channel, item.territory) for item in found} != asked:
                raise BadShapeError("the answer's items are not the placements that we asked for", system="bytenite")
            return found

        return check(self._calls.library(op.PUBLISH, video_id, json=body, check=check))

    def unpublish(self, video_id: str, placement_ids: Sequence[str] | None = None, *, reason: str, request_id: str) -> list[Placement]:
        """See the base class."""
        which: dict[str, object] = {"all": True} if placement_ids is None else {"placementIds": list(placement_ids)}
        body = {"requestId": request_id, "reason": reason, **which}

        def check(answer: Response) -> list[Placement]:
            found = _items(answer)
            if placement_ids is not None and {item.placement_id for item in found} != set(placement_ids):
                raise BadShapeError("the answer's items are not the placements that we named", system="bytenite")
            return found

        return check(self._calls.library(op.UNPUBLISH, video_id, json=body, check=check))

    def iter_placements(self, video_id: str | None = None, since: datetime | None = None) -> Iterator[Placement]:
        """See the base class."""
        query: Query = {**_since(since), **({"videoId": video_id} if video_id else {})}
        for _, page in self._pages(op.LIST_PLACEMENTS, query, PAGE):
            yield from (read(ListedPlacement, row) for row in page)

    def iter_daily(self, first: date, last: date, since: datetime | None = None) -> Iterator[DailyPage]:
        """See the base class."""
        query: Query = {"from": first.isoformat(), "to": last.isoformat(), **_since(since)}
        for answer, page in self._pages(op.LIST_DAILY, query, PAGE_DAILY, repeat="asOf"):
            yield DailyPage(read(Reading, answer).as_of, tuple(read(DailyRow, row) for row in page))

    def iter_events(self, after: int) -> Iterator[LibraryEvent]:
        """See the base class."""
        while True:
            page = _events(self._calls.library(op.LIST_EVENTS, query={"after": after, "limit": PAGE_EVENTS}, check=_events))
            # The same event may come twice and out of order; its number says which and where.
            found = {event.seq: event for event in page.events}
            fresh = [found[seq] for seq in sorted(found) if seq > after]
            yield from fresh
            if not page.has_more:
                return
            if not fresh:
                raise PagingError("more events are promised and none comes", system="bytenite", operation=op.LIST_EVENTS.name)
            after = fresh[-1].seq

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> LibraryEvent:
        """See the base class."""
        webhooks.verify(headers, body, self._calls.settings.extra.hook_secret, now=self._calls.clock())
        try:
            return read(LibraryEvent, read_json(body))
        except BadShapeError as problem:
            told = problem.evidence
        raise InvalidError("the callback is no event of the contract", system="bytenite", operation="parse_callback", evidence=told)

    def _pages(self, operation: Operation, query: Query, limit: int, *, repeat: str = "") -> Iterator[tuple[object, list[object]]]:
        """Pages of a list. `repeat` is a member of the first answer that all later requests carry and all answers share."""
        offset, carried = 0, dict(query)
        while True:
            asked = {**carried, "pagination.limit": limit, "pagination.offset": offset}
            body = self._calls.library(operation, query=asked, check=lambda a: read(Page, a.json())).json()
            told, found = read(Page, body).pagination, read(Page, body).data
            # A row that a page has twice takes one place in the list.
            page = list({write_json(row): row for row in found}.values())
            if repeat and carried.setdefault(repeat, _text(body, repeat)) != member(body, repeat):
                raise PagingError(f"pages of one list have different {repeat}", system="bytenite", operation=operation.name)
            if told.offset != offset or (told.has_next and not page):
                raise PagingError(f"the page at {offset} is not the one that was asked for", system="bytenite", operation=operation.name)
            yield body, page
            if not told.has_next:
                return
            offset += len(page)


def _video(answer: Response, wanted: str) -> Video:
    found = read(Video, answer.json())
    if found.video_id != wanted:
        raise BadShapeError("the answer is about another video", system="bytenite")
    return found


def _text(body: object, name: str) -> str:
    found = member(body, name)
    if not isinstance(found, str):
        raise BadShapeError(f"{name} of the answer is no text", system="bytenite")
    return found


def _rules(answer: Response) -> Rules:
    member(answer.json(), "rules")  # left out, it is not the same as empty
    return read(Rules, answer.json())


def _events(answer: Response) -> EventPage:
    return read(EventPage, answer.json())


def _items(answer: Response) -> list[Placement]:
    return [read(Placement, item) for item in rows(answer.json(), "items")]


def _since(moment: datetime | None) -> Query:
    return {"updatedSince": write_json(moment).decode().strip('"')} if moment else {}
