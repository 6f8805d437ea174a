"""The verbs of xConnector (contract section 13): events out, files beside them, statuses and inbound events back."""

import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Self

from colophon import environment
from colophon.errors import BadConnectionError, BadShapeError, InvalidError
from colophon.http import webhooks
from colophon.http.auth import BearerKey, NoAuth
from colophon.http.checks import ahead_s
from colophon.http.client import HttpClient
from colophon.http.jsontext import read_json, write_json
from colophon.http.reading import Download
from colophon.sealing import Seal
from colophon.systems.xconnector import mapping, operations
from colophon.systems.xconnector.cloudevents import CloudEventsTransport
from colophon.systems.xconnector.file_drop import FileDropTransport
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
    Receipt,
    Route,
    Target,
    Verdict,
)
from colophon.systems.xconnector.schemas import check_data
from colophon.systems.xconnector.sending import send_in_batches
from colophon.systems.xconnector.settings import XConnectorSettings
from colophon.systems.xconnector.transport import EventTransport, Linker
from colophon.systems.xconnector.xc1 import Xc1Transport


class XConnectorClient:
    """One account at the middleware. Close it, or use it as a context manager."""

    def __init__(
        self,
        settings: XConnectorSettings,
        *,
        link: Linker | None = None,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
    ) -> None:
        """:param link: makes signed links for `payload_mode: link`. :param clock: aware UTC, for the age of callbacks."""
        self.settings = settings
        self.seal = Seal.of(settings.extra.seal_key)
        self.http: HttpClient | None = None
        self.clock = clock
        if settings.http is None:
            self.transport: EventTransport = FileDropTransport(settings.extra.drop_location, clock=clock)
            return
        auth = BearerKey(settings.token) if settings.token or settings.extra.mode == "xc1" else NoAuth()
        self.http = HttpClient(settings.http, auth, system="xconnector", sleep=sleep, random=random, clock=clock)
        if settings.extra.mode == "cloudevents_webhook":
            self.transport = CloudEventsTransport(self.http, link=link)
        else:
            self.transport = Xc1Transport(self.http, settings.extra, link=link)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self.transport.close()

    def test(self) -> Info | None:
        """What the other side says of itself; None in a mode that cannot ask.

        :raises BadConnectionError: the middleware takes less than we are set to send.
        """
        info, extra = self.transport.test(), self.settings.extra
        if info and (info.max_batch < extra.batch_size or info.max_event_bytes < extra.inline_max_bytes):
            evidence = f"batches of {info.max_batch}, events of {info.max_event_bytes} bytes"
            raise BadConnectionError(
                "batch_size or inline_max_bytes is more than the middleware takes", system="xconnector", evidence=evidence
            )
        return info

    def clock_ahead_s(self) -> float | None:
        """Seconds by which our clock is ahead of the middleware's; None where it cannot be asked. Raises what a call raises."""
        if self.http is None or self.settings.extra.mode != "xc1":
            return None
        return ahead_s(self.http.call(operations.INFO).headers, self.clock())

    def make_event(
        self,
        event_type: str,
        subject: str,
        recipient: str,
        data: Mapping[str, Any],
        revision: int,
        *,
        at: datetime,
        content_hash: str | None = None,
        expires: datetime | None = None,
        correlation: str | None = None,
        causation: str | None = None,
    ) -> Event:
        """A checked event; the same arguments give the same id for ever.

        `event_type` is a name of contract section 4 such as `title.updated`; `revision` the ledger's count for this subject and
        recipient; `at` aware UTC. `content_hash` replaces the hash of `data` in the id where `data` says the same in changing
        words, such as a link that is signed anew.

        :raises InvalidError: `data` does not fit the type's schema.
        """
        check_data(event_type, data)
        extra = self.settings.extra
        full_type = f"{extra.type_prefix}{event_type}.v1"
        told = content_hash or mapping.content_hash(data)
        return Event(
            id=mapping.event_id(extra.source, full_type, recipient, subject, revision, told),
            source=extra.source,
            type=full_type,
            subject=subject,
            time=at,
            dataschema=mapping.data_schema(full_type, extra.type_prefix),
            recipient=recipient,
            correlationid=correlation,
            causationid=causation,
            expirytime=expires,
            sequence=mapping.sequence(revision),
            data=data,
        )

    def send(self, events: Sequence[Event]) -> list[Verdict]:
        """Send in batches; one verdict for each event, in order. Large data goes by claim check (contract section 6).

        :raises ColophonError: nothing of all this was taken for sure. Once a batch has been answered, a later one's trouble
            becomes verdicts `unknown` and `not_sent` instead.
        """
        return send_in_batches(self.transport, self.settings.extra, events, self._by_reference)

    def put_payload(self, stream: BinaryIO, sha256: str, media_type: str, *, file_name: str | None = None) -> Payload:
        """Bring a seekable file to where its receivers find it; there already counts as done.

        :raises InvalidError: the file is not what `sha256` says.
        """
        start, digest = stream.tell(), hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]  # what is seekable will do
        size = stream.seek(0, io.SEEK_END) - start
        if digest.hexdigest() != sha256:
            raise InvalidError(
                "the file is not what its hash says", system="xconnector", operation="put_payload", evidence="digest_mismatch"
            )
        stream.seek(start)
        return self.transport.put_payload(stream, Payload(url="", sha256=sha256, bytes=size, media_type=media_type, file_name=file_name))

    def held_payload(self, sha256: str, media_type: str, *, file_name: str | None = None) -> Payload | None:
        """Content of a hash that the other side holds already; None where it does not, or cannot be asked in this mode."""
        return self.transport.held_payload(Payload(url="", sha256=sha256, bytes=0, media_type=media_type, file_name=file_name))

    def get_payload(self, payload: Payload, to: BinaryIO) -> Download:
        """Stream inbound content into a seekable file; use it only when this has returned.

        :raises InvalidError: a host that is not allowed, or other content than announced.
        """
        return self.transport.get_payload(payload, to)

    def get_status(self, message_id: str) -> MessageStatus:
        """How far a message came. Raises NotFoundError for one that is not there (any more)."""
        return self.transport.get_status(message_id)

    def find(self, event_id: str) -> MessageStatus | None:
        """What the middleware holds of one of our events; None where it holds nothing."""
        return self.transport.find(self.settings.extra.source, event_id)

    def iter_messages(
        self, status: str | None = None, since: datetime | None = None, recipient: str | None = None
    ) -> Iterator[MessageStatus]:
        """Messages in the order in which they were accepted. Raises PagingError when pages loop."""
        return self.transport.iter_messages(status, since, recipient)

    def redeliver(self, message_id: str, targets: Collection[str], request_id: str) -> None:
        """Deliver again what was rejected or dead-lettered; once for each `request_id`."""
        self.transport.redeliver(message_id, targets, request_id)

    def cancel(self, message_id: str, reason: str) -> Cancelled:
        """Stop what is pending or retrying; names what was too late."""
        return self.transport.cancel(message_id, reason)

    def fetch_inbox(self, limit: int | None = None) -> list[Item]:
        """Lease items. Enter them in the inbox table and commit, then `ack`: a crash in between repeats, and loses nothing."""
        return self.transport.fetch_inbox(limit or self.settings.extra.inbox_batch)

    def ack(self, tokens: Sequence[str]) -> Acked:
        """Take items off the inbox; an expired token is `unknown`, and its item comes again."""
        return self.transport.ack(tokens)

    def nack(self, tokens: Sequence[str], reason: str, *, retry_after_s: int = 60) -> Acked:
        """Give items back; after ten times the middleware parks them."""
        return self.transport.nack(tokens, reason, retry_after_s)

    def iter_parked(self) -> Iterator[Parked]:
        """Items that were given back too often."""
        return self.transport.iter_parked()

    def receipts(self, recipient: str, known: Mapping[str, str]) -> list[Receipt]:
        """Files that a recipient left where it finds ours; none in a mode without such a place.

        :param known: versions, by name, of what was seen before and need not be read again.
        """
        return self.transport.receipts(recipient, known)

    def dropped_name(self, event_id: str) -> str:
        """Under which name an event's file was dropped; empty where none was."""
        return self.transport.dropped_name(event_id)

    def targets(self) -> list[Target]:
        """Systems behind the middleware, with their states."""
        return self.transport.targets()

    def routes(self) -> list[Route]:
        """Routes that the middleware has, ours and others'."""
        return self.transport.routes()

    def ensure_routes(self, routes: Sequence[Route]) -> list[Change]:
        """Differences between the middleware's routes and ours; written only where `manage_routes` is on."""
        return self.transport.ensure_routes(routes)

    def register_callback(self, url: str, types: Sequence[str]) -> None:
        """Have events of these types sent to our receiver, signed."""
        self.transport.register_callback(url, types)

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Event:
        """A signed callback as an event. Whether it came before is for the inbox table to say.

        :raises ForgedError: not signed by the middleware, or too long ago. :raises InvalidError: malformed.
        """
        webhook_id = webhooks.verify(headers, body, self.settings.extra.hook_secret, now=self.clock())
        try:
            event = mapping.read(Event, read_json(body))
        except BadShapeError as problem:
            told = problem.evidence
        else:
            if event.id == webhook_id:
                return event
            told = "webhook-id is not the event's id"
        raise InvalidError("the callback is no CloudEvent of ours", system="xconnector", operation="parse_callback", evidence=told)

    def _by_reference(self, event: Event) -> Event:
        """Claim check: the data goes as a payload, the event refers to it."""
        data = write_json(event.data)
        digest = hashlib.sha256(data).hexdigest()
        payload = self.put_payload(io.BytesIO(data), digest, "application/json", file_name=f"{event.id}.json")
        return mapping.by_reference(event, payload)
