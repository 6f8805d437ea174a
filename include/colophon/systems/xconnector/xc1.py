"""Mode `xc1`: the contract as it stands."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

from colophon.errors import (
    BadShapeError,
    EffectUnknownError,
    FeatureMissingError,
    FixConfigurationError,
    InvalidError,
    PagingError,
    WrongAddressError,
)
from colophon.http.client import HttpClient
from colophon.http.jsontext import write_json
from colophon.http.operation import Operation
from colophon.http.reading import Download
from colophon.http.response import Response
from colophon.systems.xconnector import operations as op
from colophon.systems.xconnector.mapping import (
    acked,
    inbox_item,
    member,
    named,
    parked_item,
    read,
    route_to_wire,
    rows,
    to_wire,
    utc_text,
    verdict_on_one,
    verdicts_on_batch,
)
from colophon.systems.xconnector.records import (
    Acked,
    Cancelled,
    Change,
    Event,
    Info,
    Item,
    MessageStatus,
    Parked,
    Payload,
    Route,
    Target,
    Verdict,
)
from colophon.systems.xconnector.settings import Extra
from colophon.systems.xconnector.transport import EventTransport, Linker

log = logging.getLogger(__name__)

STORED = "xc1:payload:"
"""Scheme of a payload's url that the middleware itself holds."""

PAGE = 500


class Xc1Transport(EventTransport):
    """Every verb of the contract, each one call."""

    mode = "xc1"

    def __init__(self, http: HttpClient, extra: Extra, *, link: Linker | None = None) -> None:
        """:param link: makes signed links; needed for content in `payload_mode: link`."""
        self.http = http
        self._extra = extra
        self._link = link

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def test(self) -> Info:
        """Info of the account.

        :raises WrongAddressError: something else than XC-1 answers.
        """
        info = read(Info, self.http.call(op.INFO).json())
        if info.contract != "xc-1":
            remedy = "Ask the middleware's operator for an address that speaks xc-1, or set another `mode` on the connection."
            raise WrongAddressError("the address does not speak contract xc-1", system="xconnector", operation=op.INFO.name, remedy=remedy)
        return info

    def send(self, events: Sequence[Event]) -> list[Verdict]:
        """One call for all; where that is too large for the middleware, one call for each."""
        if len(events) == 1:
            return [self._send_one(events[0])]
        batch = write_json([to_wire(event) for event in events])
        answer = self.http.call(
            op.SEND_BATCH,
            body=batch,
            headers={"Content-Type": "application/cloudevents-batch+json"},
            check=lambda a: a.status == 202 and verdicts_on_batch(events, a.json()),
        )
        if answer.status == 413:
            return [self._send_one(event) for event in events]
        return verdicts_on_batch(events, _understood(answer).json())

    def _send_one(self, event: Event) -> Verdict:
        answer = self.http.call(
            op.SEND_ONE,
            body=write_json(to_wire(event)),
            headers={"Content-Type": "application/cloudevents+json", "Idempotency-Key": event.id},
            subject=event.subject or "",
            check=partial(verdict_on_one, event),
        )
        return verdict_on_one(event, _understood(answer))

    def put_payload(self, file: BinaryIO, payload: Payload) -> Payload:
        """Upload once, or publish a signed link, as `payload_mode` says.

        :raises FeatureMissingError: mode `link` without anything that makes links.
        """
        if self._extra.payload_mode == "link":
            if self._link is None:
                remedy = "Give the staging location a bucket that signs links, or set payload_mode to upload."
                raise FeatureMissingError("payload_mode link needs object storage that signs links", system="xconnector", remedy=remedy)
            url, ends_at = self._link(file, payload)
            return payload.model_copy(update={"url": url, "expires_at": ends_at})
        where = {"sha256": payload.sha256}
        if not _holds(payload, self.http.call(op.HAS_PAYLOAD, path=where)):
            self.http.call(
                op.PUT_PAYLOAD, path=where, body=file, headers={"Content-Type": payload.media_type}, check=partial(_same_hash, payload)
            )
        return payload.model_copy(update={"url": STORED + payload.sha256})

    def held_payload(self, wanted: Payload) -> Payload | None:
        """Only of content that is uploaded: what is linked lies with us."""
        if self._extra.payload_mode == "link":
            return None
        answer = self.http.call(op.HAS_PAYLOAD, path={"sha256": wanted.sha256})
        size = answer.headers.get("content-length", "")
        if answer.status != 200 or not size.isdecimal():
            return None
        return wanted.model_copy(update={"url": STORED + wanted.sha256, "bytes": int(size)})

    def get_payload(self, payload: Payload, to: BinaryIO) -> Download:
        """Stream content into a file: from the middleware, or without credentials from an allowed host.

        :raises InvalidError: the host is not allowed, or what came is not what was announced.
        """
        if payload.url == STORED + payload.sha256:
            got = self.http.download(op.GET_PAYLOAD, to, path={"sha256": payload.sha256}, max_bytes=payload.bytes)
        else:
            link = self.http.settings.trusted(payload.url, own_counts=False)
            got = self.http.download(op.GET_PAYLOAD, to, link=link, max_bytes=payload.bytes)
        if (got.sha256, got.size) != (payload.sha256, payload.bytes):
            sentence = "the content is not what its event announced"
            raise InvalidError(sentence, system="xconnector", operation=op.GET_PAYLOAD.name, evidence=f"digest_mismatch, {got.size} bytes")
        return got

    def get_status(self, message_id: str) -> MessageStatus:
        """Raises NotFoundError for a message that is not there (any more)."""
        answer = self.http.call(op.GET_STATUS, path={"message_id": message_id}, subject=message_id)
        return read(MessageStatus, answer.json())

    def find(self, source: str, event_id: str) -> MessageStatus | None:
        """The message that carries an event."""
        body = self.http.call(op.LIST_MESSAGES, query={"source": source, "eventId": event_id}, subject=event_id).json()
        found = [read(MessageStatus, row) for row in rows(body)]
        ours = [status for status in found if (status.event.source, status.event.id) == (source, event_id)]
        return ours[0] if ours else None

    def iter_messages(self, status: str | None, since: datetime | None, recipient: str | None) -> Iterator[MessageStatus]:
        """All pages. Raises PagingError when they loop."""
        query = {"status": status, "since": utc_text(since) if since else None, "recipient": recipient}
        for row in self._pages(op.LIST_MESSAGES, {key: text for key, text in query.items() if text}):
            yield read(MessageStatus, row)

    def redeliver(self, message_id: str, targets: Collection[str], request_id: str) -> None:
        """The same `request_id` has its effect once."""
        body = {"targets": sorted(targets), "requestId": request_id}
        self.http.call(op.REDELIVER, path={"message_id": message_id}, json=body, subject=message_id)

    def cancel(self, message_id: str, reason: str) -> Cancelled:
        """Only what is pending or retrying can be stopped."""
        answer = self.http.call(op.CANCEL, path={"message_id": message_id}, json={"reason": reason}, subject=message_id)
        return read(Cancelled, answer.json())

    def fetch_inbox(self, limit: int) -> list[Item]:
        """Items stay invisible to others for the lease, then come again with a new token."""
        body = self.http.call(op.FETCH_INBOX, query={"limit": limit, "lease": self._extra.lease_seconds}).json()
        return [inbox_item(row) for row in rows(body)]

    def ack(self, tokens: Sequence[str]) -> Acked:
        """A lost answer counts as `unknown`: the items come again, and the inbox table knows them."""
        return self._settle_items(op.ACK, {"tokens": list(tokens)}, tokens)

    def nack(self, tokens: Sequence[str], reason: str, retry_after_s: int) -> Acked:
        """As `ack`."""
        return self._settle_items(op.NACK, {"tokens": list(tokens), "reason": reason, "retryAfter": retry_after_s}, tokens)

    def _settle_items(self, operation: Operation, body: Mapping[str, object], tokens: Sequence[str]) -> Acked:
        try:
            return acked(self.http.call(operation, json=body, check=lambda answer: acked(answer.json())).json())
        except EffectUnknownError as problem:
            log.warning("%s of %d items: %s; they come again when their lease ends", operation.name, len(tokens), problem.evidence)
            return Acked(unknown=tuple(tokens))

    def iter_parked(self) -> Iterator[Parked]:
        """All pages. Raises PagingError when they loop."""
        for row in self._pages(op.LIST_PARKED, {}):
            yield parked_item(row)

    def targets(self) -> list[Target]:
        """Their states; one that we do not know is text like any other."""
        return [read(Target, row) for row in rows(self.http.call(op.LIST_TARGETS).json())]

    def routes(self) -> list[Route]:
        """All routes, ours and others'."""
        return [read(Route, row) for row in rows(self.http.call(op.LIST_ROUTES).json())]

    def ensure_routes(self, routes: Sequence[Route]) -> list[Change]:
        """Differences to what we want; written only where `manage_routes` allows it. Routes of others are left alone."""
        there = {route.id: route for route in self.routes()}
        changes = [
            Change(route.id, "different" if route.id in there else "missing", self._extra.manage_routes)
            for route in routes
            if there.get(route.id) != route
        ]
        wanted = {route.id: route for route in routes}
        for change in changes if self._extra.manage_routes else ():
            body = route_to_wire(wanted[change.route_id])
            check = partial(_same_id, change.route_id)
            self.http.call(op.PUT_ROUTE, path={"id": change.route_id}, json=body, subject=change.route_id, check=check)
        return changes

    def register_callback(self, url: str, types: Sequence[str]) -> None:
        """Under our `callback_id`, replacing what it was."""
        body = {"url": url, "types": list(types), "active": True}
        self.http.call(op.PUT_CALLBACK, path={"id": self._extra.callback_id}, json=body)

    def _pages(self, operation: Operation, query: Mapping[str, str]) -> Iterator[Any]:
        cursor, seen = "", {""}
        while True:
            page = self.http.call(operation, query={**query, "limit": PAGE, **({"cursor": cursor} if cursor else {})}).json()
            yield from rows(page)
            cursor = member(page, "nextCursor")
            if cursor is None:
                return
            if not isinstance(cursor, str) or cursor in seen:
                raise PagingError("the same page comes again", system="xconnector", operation=operation.name, evidence="nextCursor")
            seen.add(cursor)


def _understood(answer: Response) -> Response:
    if answer.status == 415:
        raise FixConfigurationError(
            "the middleware does not understand CloudEvents", system="xconnector", operation="send", evidence="HTTP 415"
        )
    return answer


def _same_id(ours: str, answer: Response) -> None:
    if named(answer.json(), "id") != ours:
        raise BadShapeError("the answer is about another id", system="xconnector")


def _holds(payload: Payload, answer: Response) -> bool:
    """Whether the content is there already. A login page says 200 to HEAD as well, so only the right size counts; twice does no harm."""
    return answer.status == 200 and answer.headers.get("content-length") == str(payload.bytes)


def _same_hash(payload: Payload, answer: Response) -> None:
    body = answer.json()
    if (member(body, "sha256"), member(body, "bytes")) != (payload.sha256, payload.bytes):
        raise BadShapeError("the answer is about other content", system="xconnector")
