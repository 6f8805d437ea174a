"""What Exstream's services hold and what we give them, typed. Times aware UTC; personal data never in a repr."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel, to_pascal

LATER = "batch:"
"""Prefix of a remote id whose job is not known yet: the batch lies in the input folder."""

_MOST_WORDS = 2000
FINAL = frozenset({"complete", "error", "canceled", "deleted"})


def read_date(value: Any) -> Any:
    """Epoch milliseconds as a moment in UTC; anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC)
    return value


Date = Annotated[AwareDatetime | None, BeforeValidator(read_date)]
"""Milliseconds or ISO text: both are seen."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Domain(_Wire):
    """A set of resources; a production domain costs a licence transaction for each customer."""

    id: str
    production: bool


class Job(_Wire):
    """One run of a channel's flow (section 5). A status that we do not know is kept as it is."""

    id: str
    channel: str | None = None
    status: str
    external_id: str | None = None
    start_date: Date = None
    end_date: Date = None

    @property
    def is_final(self) -> bool:
        """Whether it will not move by itself again."""
        return self.status in FINAL


class Instance(_Wire):
    """One flow instance of a job."""

    id: str
    job_id: str
    status: str


class Step(_Wire):
    """One step of a flow instance; an output step's name is its queue."""

    id: str
    flow_instance_id: str
    step_type: str
    name: str | None = None
    status: str


class Driver(NamedTuple):
    """An approved communication: its id, data source, and the queues it writes."""

    communication_id: str
    dsn: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """One composed output."""

    content: bytes = field(repr=False)
    mime: str
    queue: str = ""
    customer: str = ""


class Document(NamedTuple):
    """What is sent to many: its kind in our words, template name and version, edition such as `2026-H1`."""

    kind: str
    template: str
    version: str
    edition: str


class Letter(BaseModel):
    """One recipient's part of the driver data, and the content of a delivery in the ledger. Money in `data` as decimal text."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal, populate_by_name=True)

    delivery_preference: Literal["print", "email", "web", "sms"]
    theme: str | None = None
    locale: str | None = None
    email_address: str | None = Field(default=None, repr=False)
    phone_number: str | None = Field(default=None, repr=False)
    name: str | None = Field(default=None, repr=False)
    address: Mapping[str, str] | None = Field(default=None, repr=False)
    data: Mapping[str, Any] = Field(repr=False)


class Recipient(NamedTuple):
    """A letter with the id of its delivery."""

    delivery_id: str
    letter: Letter


@dataclass(frozen=True, slots=True)
class Batch:
    """Driver data of several customers. `customers`: delivery id by customer number, from "1"."""

    key: str
    content: bytes = field(repr=False)
    customers: Mapping[str, str]


class Unfit(NamedTuple):
    """A recipient who is not in any batch, and why; `place` names a member, never its value."""

    delivery_id: str
    why: str
    place: str


class BatchRef(NamedTuple):
    """Jobs and flow instances that a batch started; none where the service found it too large (413) or takes it later."""

    job_ids: tuple[str, ...]
    instance_ids: tuple[str, ...] = ()
    is_too_large: bool = False


class Entry(NamedTuple):
    """One customer in one queue of a manifest: pages and file, and the customer keys of the design."""

    pages: int
    file: str
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was composed: entries by queue and customer number."""

    customers_processed: int
    queues: Mapping[str, Mapping[str, Entry]]

    @property
    def is_empty(self) -> bool:
        """Nothing was composed, for no customer."""
        return not self.customers_processed and not any(self.queues.values())

    def values(self, key: str) -> set[str]:
        """All values of a customer key."""
        return {entry.keys[key] for entries in self.queues.values() for entry in entries.values() if key in entry.keys}


class MailEvent(_Wire):
    """An e-mail event (section 2, ASM: the vendor calls the route internal)."""

    event_id: str
    event_date: AwareDatetime
    event_type: str
    job_id: str | None = None
    custom_id: str | None = Field(default=None, alias="custMetadataId")


class Answer(_Wire):
    """A recipient's answer; `fields` is what their form had, normally texts."""

    kind: Literal["approve", "decline", "revise", "free_text", "none"]
    text: str | None = Field(default=None, repr=False)
    fields: Mapping[str, Any] = Field(default={}, repr=False)

    @property
    def words(self) -> str:
        """What the person wrote, then what the form had, clipped; personal, so that it goes to who is asked to read it alone."""
        parts = (self.text or "", *(f"{name}: {value}" for name, value in self.fields.items() if value is not None))
        return "; ".join(filter(None, (" ".join(part.split()) for part in parts)))[:_MOST_WORDS]


class Outcome(_Wire):
    """EXT: what became of one letter, or what its recipient answered; the same record by feed, callback and file."""

    id: str = Field(min_length=1)
    seq: int = 0
    type: str
    at: AwareDatetime
    job_id: str | None = None
    customer_number: str | None = None
    delivery_id: str | None = None
    queue: str | None = None
    reason: str | None = Field(default=None, repr=False)
    case_reference: str | None = None
    isbn: str | None = None
    issue: Literal["delay", "out_of_stock", "substitution", "revised_date", "other"] | None = None
    response: Answer | None = None
