"""The one way to the outside: a real middleware replaces this class, not the DAGs (contract head)."""

# ruff: noqa: ARG002, B027 - a mode that lacks a verb needs none of its arguments, and may have nothing to close

from abc import ABC, abstractmethod
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
    Parked,
    Payload,
    Receipt,
    Route,
    Target,
    Verdict,
)


class Linker(Protocol):
    """Puts a file into the publisher's object storage and signs a short-lived link to it (`payload_mode: link`)."""

    def __call__(self, file: BinaryIO, payload: Payload) -> tuple[str, datetime]:
        """Link, and the moment it ends (aware UTC)."""


class EventTransport(ABC):
    """One mode of speaking. The verbs that a mode lacks raise FeatureMissingError (contract section 1)."""

    mode: str

    @abstractmethod
    def test(self) -> Info | None:
        """What the other side says of itself, None in a mode that cannot ask. Raises a ColophonError where it is not there."""

    @abstractmethod
    def send(self, events: Sequence[Event]) -> list[Verdict]:
        """Send events that are within the limits of one batch; one verdict for each, in order."""

    @abstractmethod
    def put_payload(self, file: BinaryIO, payload: Payload) -> Payload:
        """Bring content to where others find it; the payload with its url."""

    def held_payload(self, wanted: Payload) -> Payload | None:
        """Content that the other side keeps under its hash, with its url and size; None where it has none, or cannot be asked."""
        return None

    def close(self) -> None:
        """Let go of connections."""

    def get_payload(self, payload: Payload, to: BinaryIO) -> Download:
        """Stream content into a file."""
        self._lacks("get_payload")

    def get_status(self, message_id: str) -> MessageStatus:
        """How far a message came."""
        self._lacks("get_status")

    def find(self, source: str, event_id: str) -> MessageStatus | None:
        """What the other side holds of an event; None where it holds nothing."""
        self._lacks("find")

    def iter_messages(self, status: str | None, since: datetime | None, recipient: str | None) -> Iterator[MessageStatus]:
        """Messages in the order in which they were accepted."""
        self._lacks("iter_messages")

    def redeliver(self, message_id: str, targets: Collection[str], request_id: str) -> None:
        """Deliver again what was rejected or given up."""
        self._lacks("redeliver")

    def cancel(self, message_id: str, reason: str) -> Cancelled:
        """Stop what was not delivered yet."""
        self._lacks("cancel")

    def fetch_inbox(self, limit: int) -> list[Item]:
        """Lease items of the inbox."""
        self._lacks("fetch_inbox")

    def ack(self, tokens: Sequence[str]) -> Acked:
        """Take items off the inbox."""
        self._lacks("ack")

    def nack(self, tokens: Sequence[str], reason: str, retry_after_s: int) -> Acked:
        """Give items back."""
        self._lacks("nack")

    def iter_parked(self) -> Iterator[Parked]:
        """Items that were given back too often."""
        self._lacks("iter_parked")

    def receipts(self, recipient: str, known: Mapping[str, str]) -> list[Receipt]:
        """Files that a recipient left where it finds ours; only one mode has such a place."""
        return []

    def dropped_name(self, event_id: str) -> str:
        """Under which name an event's file was dropped; empty where none was."""
        return ""

    def targets(self) -> list[Target]:
        """Systems behind the middleware."""
        self._lacks("targets")

    def routes(self) -> list[Route]:
        """Routes that the middleware has."""
        self._lacks("routes")

    def ensure_routes(self, routes: Sequence[Route]) -> list[Change]:
        """Compare routes with ours, and write the differences where that is allowed."""
        self._lacks("ensure_routes")

    def register_callback(self, url: str, types: Sequence[str]) -> None:
        """Have events sent to our receiver."""
        self._lacks("register_callback")

    def _lacks(self, verb: str) -> NoReturn:
        remedy = "Use mode xc1, or leave this step out."
        raise FeatureMissingError(f"mode {self.mode} has no {verb}", system="xconnector", operation=verb, remedy=remedy)
