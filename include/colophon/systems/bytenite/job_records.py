"""What is said to and by the job API, typed. Members of the wire in snake case.

Unknown members of an answer are tolerated, missing ones are not; a state is text, because a state that we do not know must
neither fail nor succeed.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class AccessToken(_Wire):
    """A token and its life in seconds, which comes as text or number."""

    token: str = Field(min_length=1, repr=False)
    expires_in: float = Field(gt=0)


class User(_Wire):
    """Whom a token is for."""

    id: str


class Template(_Wire):
    """A template of the account."""

    id: str


class Done(_Wire):
    """What the vendor says to a call that gives nothing back."""

    ok: Literal[True]


class Result(_Wire):
    """A file of a job; its link is signed."""

    name: str
    link: str = Field(repr=False)


class LogLine(_Wire):
    """A line that a part of a job wrote."""

    timestamp: str
    level: str
    log: str


class TaskLogs(_Wire):
    """Lines of one task; it may have written none."""

    logs: tuple[LogLine, ...] = ()


class Logs(_Wire):
    """Lines of a job by part; those of the runners by task."""

    partitioner: tuple[LogLine, ...]
    assembler: tuple[LogLine, ...]
    taskrunner: Mapping[str, TaskLogs]


class Endpoint(BaseModel):
    """Where a job's data comes from or goes to (contract section 3).

    `descriptor`: `url`, `bucket` (the vendor's, 48 h), `bypass`, `file` (only a source: bytes that we upload), or a cloud's store
    (`aws`, `s3`, `gcp`, `storj`), which is reached by a key that the vendor keeps under `secret_id`. A link may be signed, so it is
    never shown. `path` of a `file` is where it lies with us (a path, or an address of fsspec), `sha256` what it must be, in hex.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    descriptor: Literal["url", "file", "bucket", "bypass", "store", "aws", "s3", "gcp", "storj"]
    url: str = Field(default="", repr=False)
    path: str = Field(default="", repr=False)
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    name: str = ""
    bucket_name: str = ""
    cloud_region: str = ""
    secret_id: str = ""

    @model_validator(mode="after")
    def _file_has_place_and_hash(self) -> Self:
        if self.descriptor == "file" and not (self.path and self.sha256):
            raise ValueError("a file needs path and sha256")
        return self


class JobSpec(BaseModel):
    """A job to be done. `key` names (video, template, hashes of inputs, parameters); `kind` finds the template. Times in seconds.

    A job that failed is done again under the next `attempt`. Timeouts of None are the connection's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(min_length=1)
    kind: str = Field(min_length=1)
    name: str = Field(min_length=4)
    source: Endpoint
    destination: Endpoint = Endpoint(descriptor="bucket")
    params: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    job_timeout: int | None = Field(default=None, gt=0)
    task_timeout: int | None = Field(default=None, gt=0)
    attempt: int = Field(default=1, gt=0)


class Job(_Wire):
    """A job as the vendor shows it."""

    id: str
    template_id: str = ""
    name: str = ""
    state: str
    created_at: AwareDatetime | None = None
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    error_message: str | None = Field(default=None, repr=False)
    num_chunks: int | None = None
    data_source: Mapping[str, Any] | None = Field(default=None, repr=False)
    state_timestamps: Mapping[str, AwareDatetime] = Field(default_factory=dict)

    @property
    def upload_link(self) -> str:
        """Where the bytes of a `file` source go; nothing where the job says none."""
        params = (self.data_source or {}).get("params")
        link = params.get("tempUrl") if isinstance(params, dict) else None
        return link if isinstance(link, str) else ""

    @field_validator("data_source", mode="before")
    @classmethod
    def _only_an_object(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else None

    @field_validator("state_timestamps", mode="before")
    @classmethod
    def _times(cls, value: Any) -> Any:
        # States that we do not know may say anything.
        return {state: at for state, at in value.items() if isinstance(at, str)} if isinstance(value, dict) else value


Phase = Literal["queued", "running", "succeeded", "failed", "aborted"]


class JobStatus(NamedTuple):
    """How far a job is, in our words and in the vendor's; `error` only of a failed one."""

    phase: Phase
    raw_state: str
    error: str = ""
    since: AwareDatetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will follow."""
        return self.phase not in {"queued", "running"}


class Output(NamedTuple):
    """A file of a job behind a link that ends."""

    name: str
    url: str
    expires_at: AwareDatetime | None


class File(NamedTuple):
    """A file that was copied: its address, size, SHA-256 in hex, and by its bytes media type, seconds, width and height (None, 0: they do not tell)."""

    name: str
    bytes: int
    sha256: str
    media_type: str = ""
    seconds: float | None = None
    width: int = 0
    height: int = 0
    has_sound: bool | None = None
