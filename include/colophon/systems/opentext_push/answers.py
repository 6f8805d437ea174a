"""What the messaging system answers, as records. `PushAnswers` is ASM for push and follows the documented sibling channels."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from colophon.errors import (
    BadShapeError,
    ConflictError,
    InvalidError,
    NotFoundError,
    NotOursError,
    UnexpectedAnswerError,
    WrongAddressError,
)
from colophon.http.response import Response
from colophon.http.shapes import Shapes
from colophon.systems.opentext_push.records import Attempt, DeliveryStatus, Happening, JobStatus, Submitted

DUPLICATE, FOREIGN_ID, DUPLICATE_GONE, GONE = 2050, 2051, 2052, 2060
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_MAIL_EVENTS = ("dsn", "html_open", "opt_out", "pull")


class _Delivery(BaseModel):
    model_config = ConfigDict(extra="ignore")

    ref_base64: str
    delivery_attempts: list[Attempt] = []
    events: dict[str, Any] | None = None
    push: str = ""
    sms: str = ""
    email: str = ""


class _Job(BaseModel):
    model_config = ConfigDict(extra="ignore")

    job_id: str = Field(min_length=1)
    job_state: list[str]
    entry_time: AwareDatetime
    deliveries: list[_Delivery]


class PushAnswers:
    """Reads answers. Another form of the vendor's replaces this class and nothing else."""

    def submitted(self, answer: Response) -> Submitted:
        """The job of a file that was taken.

        :raises BadShapeError: a success without a job. :raises ConflictError: the id is another user's (2051).
        :raises InvalidError: the system found the file faulty or too large.
        """
        body = _members(answer)
        code = body.get("error_code")
        job_id = body.get("job_id")
        if answer.status == 200:
            if not isinstance(job_id, str) or not job_id or code not in {None, DUPLICATE}:
                raise BadShapeError("the answer has no job_id", system="opentext_push", evidence=", ".join(sorted(body)[:10]))
            return Submitted(job_id, duplicate=code == DUPLICATE)
        if code == DUPLICATE_GONE:
            return Submitted("", duplicate=True)
        evidence = f"HTTP {answer.status}, error code {code if isinstance(code, int) else 'none'}"
        if code == FOREIGN_ID:
            remedy = "Set another `account` prefix on the connection: message ids are shared with all users of the service."
            raise ConflictError("the message id belongs to another user of the service", evidence=evidence, remedy=remedy)
        raise InvalidError("the system found our file faulty", system="opentext_push", evidence=evidence)

    def status(self, answer: Response, job_id: str) -> JobStatus:
        """One job.

        :raises NotFoundError: it is not known, or was wiped. :raises WrongAddressError: nothing of the system's is there.
        """
        if answer.status == 404:
            if isinstance(_members(answer).get("error_code"), int):
                raise NotFoundError("the job is not known (any more)", system="opentext_push", subject=job_id)
            raise WrongAddressError("nothing is at this address", system="opentext_push", evidence="HTTP 404")
        return self.job(answer.json(), {job_id})

    def statuses(self, answer: Response, asked: set[str]) -> dict[str, JobStatus | None]:
        """Several jobs by id; None for one that was wiped. Raises as `read_statuses`."""
        return self.read_statuses(answer.json(), asked)

    def read_statuses(self, rows: object, asked: set[str]) -> dict[str, JobStatus | None]:
        """Several jobs by id from a body; None for one that was wiped.

        :raises BadShapeError: no list, or one that does not speak of every job.
        """
        found: dict[str, JobStatus | None] = {}
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("error_code") == GONE and row.get("job_id") in asked:
                found[row["job_id"]] = None
            else:
                status = self.job(row, asked)
                found[status.job_id] = status
        if set(found) != asked:
            raise BadShapeError("the answer does not speak of every job", system="opentext_push", evidence=f"{len(found)} of {len(asked)}")
        return found

    def job(self, body: object, asked: set[str] | None = None) -> JobStatus:
        """A status as calls and callbacks show it.

        :raises BadShapeError: a required member is missing or of another type. :raises NotOursError: a job that was not asked for.
        """
        job = Shapes("opentext_push").read(_Job, body)
        if asked is not None and job.job_id not in asked:
            raise NotOursError("the answer is about another job", system="opentext_push")
        return JobStatus(job.job_id, tuple(job.job_state), job.entry_time, tuple(_delivery(row) for row in job.deliveries))


def _members(answer: Response) -> Mapping[str, Any]:
    """Members of the body; a refusal that cannot be read is still a refusal."""
    try:
        body = answer.json()
    except UnexpectedAnswerError:
        if answer.status == 200:
            raise
        body = None
    return body if isinstance(body, dict) else {}


def _delivery(row: _Delivery) -> DeliveryStatus:
    try:
        ref = b64decode(row.ref_base64, validate=True).decode()
    except (Base64Error, ValueError):
        ref = ""  # not one of ours: every ref of ours comes back as it went
    groups = (row.events or {}).values()
    events = [happening for group in groups for happening in (_listed(group) if isinstance(group, list) else _mail(group))]
    return DeliveryStatus(ref, (row.push or row.sms or row.email).lstrip("…")[-6:], tuple(row.delivery_attempts), tuple(events))


def _listed(rows: list[Any]) -> list[Happening]:
    return [Happening(str(row["status"]), _moment(row)) for row in rows if isinstance(row, dict) and "status" in row]


def _mail(group: object) -> list[Happening]:
    """E-mail events: a bounce and an opt-out stand alone, opens and fetches in lists."""
    if not isinstance(group, dict):
        return []
    found = []
    for name in _MAIL_EVENTS:
        value = group.get(name)
        rows = value if isinstance(value, list) else [value] if value else []
        found += [Happening(name, _moment(row)) for row in rows]
    return found


def _moment(row: object) -> datetime | None:
    try:
        return _MOMENT.validate_python(row.get("event_time")) if isinstance(row, dict) else None
    except ValidationError:
        return None
