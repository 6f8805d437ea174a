"""What is said to people and what the messaging system says of it, typed.

Tokens, numbers and addresses are personal data: they are left out of every repr. A state is text, because a state that we do
not know must neither fail nor succeed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from colophon.errors import RefusedError

Kind = Literal["token", "topic", "condition", "sms", "email"]
_ENDED = frozenset({"Complete", "Cancelled", "Error"})
_GOING = frozenset({"Awaiting setup", "Setup", "Processing", "Awaiting Delivery", "Delivering", "Reporting", "Held"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: a device's token, a topic, a condition over topics, a number or an address."""

    kind: Kind
    value: str = field(repr=False)
    platform: str = ""


class Alert(BaseModel):
    """What a use case plans as a delivery's content: one alert to one person (or to a topic).

    `address`: an e-mail address for whom the directory has none. What is empty of an e-mail or a text message says what title and body say. `pipeline`: it stops work, so it wakes the device; all others arrive when the device wakes by itself. `person` is a key of
    the recipient directory. `ttl_s` in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str = Field(default="", repr=False)
    address: str = Field(default="", repr=False)
    topic: str = ""
    title: str = Field(min_length=1)
    body: str
    email_subject: str = ""
    email_body: str = ""
    sms: str = ""
    data: Mapping[str, str] = {}
    link: str | None = None
    image: str | None = None
    pipeline: bool = False
    ttl_s: int = 86_400
    collapse_key: str | None = None
    analytics_label: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one target. `ref` is our id of it, unique in its file; `ttl_s` in seconds."""

    ref: str
    target: Target
    title: str
    body: str
    data: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    ttl_s: int = 86_400
    priority: Literal["normal", "high"] = "normal"
    collapse_key: str | None = None
    link: str | None = None
    analytics_label: str | None = None


class RefusedMessage(NamedTuple):
    """A message that is not sent, and why."""

    ref: str
    problem: RefusedError


@dataclass(frozen=True, slots=True)
class PushFile:
    """A file that is ready to go: its id, its bytes, who is in it, and which messages were left out.

    `messages` are what it was built from, so that it can be halved. Without messages it is empty and must not be sent.
    """

    message_id: str
    content: bytes = field(repr=False)
    refs: tuple[str, ...]
    messages: tuple[Message, ...] = field(repr=False, default=())
    refused: tuple[RefusedMessage, ...] = ()
    use_case: str = ""
    occurrence: str = ""
    identity: str = ""


class Submitted(NamedTuple):
    """A job that was taken. `duplicate`: it was there already. `job_id` is empty where the system has forgotten the job."""

    job_id: str
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a file and its halves: jobs, messages refused, and how many nobody can vouch for."""

    jobs: tuple[Submitted, ...] = ()
    refused: tuple[RefusedMessage, ...] = ()
    unknown: tuple[str, ...] = ()


class Attempt(BaseModel):
    """One try of the system to deliver."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: str
    first_attempt: AwareDatetime | None = None
    gamma_code: int | None = None


class Happening(NamedTuple):
    """Something that was reported of a message: name and moment (None where the system does not say when)."""

    status: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """How far one message came. `ending` is the end of the token, number or address it went to."""

    ref: str
    ending: str = field(repr=False)
    attempts: tuple[Attempt, ...] = ()
    events: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How far a job came, all of its messages together."""

    job_id: str
    states: tuple[str, ...]
    entry_time: datetime
    deliveries: tuple[DeliveryStatus, ...]

    @property
    def finished(self) -> bool:
        """Whether nothing will follow: a word of an end, and none of going on. `["Processing", "Error"]` is not finished."""
        return bool(_ENDED & set(self.states)) and not _GOING & set(self.states)
