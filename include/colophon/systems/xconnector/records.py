"""What is said over XC-1, typed: events, payloads, statuses, routes. Members of the wire in snake case.

Unknown members of an answer are tolerated, missing ones are not; a state is text, because a state that we do not know must
neither fail nor succeed.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

NO_RECEIPT = "no_receipt"
"""Code of a delivery that went out and that nobody will confirm."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Event(BaseModel):
    """A CloudEvent 1.0 with the contract's extensions (section 3); (`source`, `id`) names it for ever."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1)
    source: str = Field(min_length=1)
    type: str = Field(min_length=1)
    subject: str | None = None
    time: AwareDatetime | None = None
    datacontenttype: str | None = "application/json"
    dataschema: str | None = None
    recipient: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    expirytime: AwareDatetime | None = None
    sequence: str | None = None
    data: Mapping[str, Any] | None = None


class Payload(_Wire):
    """Content that travels beside its event (section 6): where, SHA-256 in hex, size, media type, file name, end of the link."""

    url: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    media_type: str
    file_name: str | None = None
    expires_at: AwareDatetime | None = None


class Receipt(NamedTuple):
    """A file that a recipient left for us: its name, what tells its version apart, and itself where it is a report that was not seen before."""

    name: str
    version: str
    report: Payload | None


class Info(_Wire):
    """What the middleware says of itself (section 5)."""

    contract: str
    account: str
    max_event_bytes: int
    max_batch: int
    retention_days: int


class Fault(_Wire):
    """Why something was refused. `message` is the other side's prose: for the ledger, never for a log."""

    code: str = ""
    message: str = Field(default="", repr=False)
    retryable: bool = False


class Verdict(NamedTuple):
    """What became of one event that was sent.

    `status` is the middleware's word (accepted, routed, unroutable, …), or ours: `refused`, `unknown`, `not_sent`.
    """

    event_id: str
    status: str
    message_id: str | None = None
    error: Fault | None = None


class EventRef(_Wire):
    """The event that a message carries."""

    id: str
    source: str
    type: str
    subject: str | None = None


class TargetDelivery(_Wire):
    """How far a message came with one target (section 7)."""

    target: str
    status: str
    attempts: int
    last_attempt_at: AwareDatetime | None = None
    next_attempt_at: AwareDatetime | None = None
    http_status: int | None = None
    error: Fault | None = None
    blocked_by: str | None = None


class MessageStatus(_Wire):
    """How far a message came (section 7)."""

    message_id: str
    event: EventRef
    status: str
    accepted_at: AwareDatetime
    deliveries: tuple[TargetDelivery, ...]


class Cancelled(_Wire):
    """Targets that will not get the message, and those that had it already."""

    cancelled: tuple[str, ...]
    too_late: tuple[str, ...]


class Item(NamedTuple):
    """A leased item of the inbox; `event` is None for one that cannot be read, and `problem` says why."""

    token: str
    attempt: int
    event: Event | None
    problem: str = ""


class Parked(NamedTuple):
    """An item that was given back too often, and the last reason; `event` and `problem` as in `Item`."""

    event: Event | None
    reason: str
    problem: str = ""


class Acked(_Wire):
    """Tokens that took effect, and tokens that were not ours any more."""

    acked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Target(_Wire):
    """A system behind the middleware (section 8)."""

    id: str
    kind: str
    status: str
    since: AwareDatetime | None = None
    last_error: Any = None


class Match(_Wire):
    """What events a route takes; all members given must match."""

    type: str | None = None
    subject_prefix: str | None = None
    recipient: str | None = None


class Route(_Wire):
    """Where events go (section 8)."""

    id: str
    match: Match
    targets: tuple[str, ...]
    transform: Any = None
    order: str = "per_subject"


class Change(NamedTuple):
    """A route that differed from ours; `written` when it was put right."""

    route_id: str
    what: Literal["missing", "different"]
    written: bool
