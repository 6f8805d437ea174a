"""The one way to the outside: a real middleware replaces this class, not the DAGs (contract head)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import BinaryIO, NoReturn, Protocol

from colophon.errors import FeatureMissingError
from colophon.http.reading import Download
from colophon.systems.xconnector.records import (
    Acked,
    Cancelled,
    Change,
    Event,
    Info,
    Item,
    MessageStatus,
    Payload,
    Route,
    Target,
    Verdict,
)


class Linker(Protocol):
    """Puts a file into the publisher's object storage and signs a short-lived link to it."""

    def __call__(self, file: BinaryIO, *, sha256: str, media_type: str, file_name: str) -> tuple[str, datetime]:
        """Link and its end (aware UTC)."""


class EventTransport(Protocol):
    """What every mode must be able to do. The verbs below `send` and `put_payload` may be missing in a mode."""

    def test(self) -> Info:
        """Whether the other side is there and speaks our language."""

    def send(self, events: Sequence[Event]) -> list[Verdict]:
        """Send a batch that is within the limits; one verdict for each event, in order."""

    def put_payload(self, file: BinaryIO, payload: Payload) -> Payload:
        """Bring content to where `payload.url` will find it; returns the payload with its url."""

    def find(self, source: str, event_id: str) -> MessageStatus | None:
        """What the other side holds of an event; None where it holds nothing."""

    def close(self) -> None:
        """Let go of connections."""

    def get_payload(self, payload: Payload, to: BinaryIO) -> Download: ...
    def get_status(self, message_id: str) -> MessageStatus: ...
    def iter_messages(self, *, status: str | None, since: datetime | None) -> Iterator[MessageStatus]: ...
    def redeliver(self, message_id: str, targets: Collection[str], request_id: str) -> None: ...
    def cancel(self, message_id: str, reason: str) -> Cancelled: ...
    def fetch_inbox(self, limit: int) -> list[Item]: ...
    def ack(self, tokens: Sequence[str]) -> Acked: ...
    def nack(self, tokens: Sequence[str], reason: str, retry_after_s: int) -> Acked: ...
    def iter_parked(self) -> Iterator[Item]: ...
    def targets(self) -> list[Target]: ...
    def ensure_routes(self, routes: Sequence[Route]) -> list[Change]: ...
    def register_callback(self, url: str, types: Sequence[str]) -> None: ...


class SendOnly:
    """What the simple modes lack (contract section 1): each verb says so."""

    mode = ""

    def _missing(self, verb: str) -> NoReturn:
        raise FeatureMissingError(
            f"mode {self.mode} has no {verb}", system="xconnector", operation=verb, remedy="Use mode xc1, or leave this step out."
        )
