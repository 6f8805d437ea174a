"""Envelopes and the two error shapes (contract section 8), read into records and typed errors."""

import base64
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from colophon.errors import (
    BadShapeError,
    ColophonError,
    ConflictError,
    FixConfigurationError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnexpectedAnswerError,
)
from colophon.http.response import Response
from colophon.systems.opentext_exstream.records import Output
from colophon.systems.opentext_exstream.settings import SYSTEM

NOT_PUBLISHED = 310130
EMPOWER = "application/vnd.exstream-empower"
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_LOGIN = re.compile(rb"type\s*=\s*[\"']?password|<title>[^<]{0,99}\b(?:sign|log)[ -]?(?:in|on)\b")
Record = TypeVar("Record", bound=BaseModel)
_BY_STATUS: Mapping[int, tuple[type[ColophonError], str]] = {
    403: (ForbiddenError, "the client lacks a permission"),
    404: (NotFoundError, "the system does not know it"),
    409: (ConflictError, "the system's state does not allow it"),
    413: (InvalidError, "the body is larger than the service takes"),
}


def data_of(answer: Response, *, operation: str, subject: str = "", channel: str = "") -> Any:
    """The member `data` of a good answer.

    :raises FixConfigurationError: no flow is published on `channel`. :raises ForbiddenError: the Empower user has no right.
    :raises RefusedError: any other refusal, by status. :raises BadShapeError: a 2xx without the envelope.
    """
    body = _body(answer)
    told = error_in(answer.status, body, channel=channel)
    if told is not None:
        told.system, told.operation, told.subject = SYSTEM, operation, subject
        raise told
    return envelope(answer)["data"]


def envelope(answer: Response) -> Mapping[str, Any]:
    """The whole envelope of a success.

    :raises BadShapeError: `status` is not "success", or `data` is missing.
    """
    body = answer.json()
    if not isinstance(body, dict) or body.get("status") != "success" or "data" not in body:
        members = sorted(body) if isinstance(body, dict) else [type(body).__name__]
        raise BadShapeError("the answer is no envelope with status and data", system=SYSTEM, evidence=", ".join(map(str, members[:10])))
    return body


def bare(answer: Response) -> Any:
    """The body of an answer, out of its envelope where it has one: not every answer is documented with it."""
    body = answer.json()
    return body["data"] if isinstance(body, dict) and body.get("status") == "success" and "data" in body else body


def error_in(status: int, body: object, *, channel: str = "") -> ColophonError | None:
    """The error that an answer is, None for a success. Told apart by the type of `status`; prose is never repeated."""
    found = body if isinstance(body, dict) else {}
    inner, code = _inner_status(found), found.get("errorCode")
    evidence = f"HTTP {status}" + (f", {code}" if isinstance(code, int) else "") + (f", inner {inner}" if inner else "")
    if status < 300 and found.get("status") != "error":
        return None
    if inner in {"401", "403"}:
        return ForbiddenError("the Empower user has no right", evidence=evidence)
    if status == 404 and code == NOT_PUBLISHED:
        return FixConfigurationError(
            f"no flow is published on the channel {channel or '(unnamed)'}",
            evidence=evidence,
            remedy="Publish the flow, or correct service_map of the connection.",
        )
    kind, sentence = _BY_STATUS.get(status, (InvalidError, "the system found our message faulty"))
    return kind(sentence, evidence=evidence)


def check_success(answer: Response) -> None:
    """A check of shape for `HttpClient.call`: a 2xx must be an envelope; refusals pass, their caller reads them."""
    if answer.status < 300 and not (isinstance(body := answer.json(), dict) and body.get("status") == "error"):
        envelope(answer)


def says_done(answer: Response) -> bool:
    """Whether an answer that gives nothing back says that it was done: `{"status": "success", ...}`."""
    body = answer.json() if answer.status < 300 else None
    return isinstance(body, dict) and body.get("status") == "success"


def check_done(answer: Response) -> None:
    """As `check_success`, for a call that gives nothing back.

    :raises BadShapeError: a 2xx that says neither success nor error.
    """
    if answer.status < 300 and not says_done(answer) and error_in(answer.status, answer.json()) is None:
        raise BadShapeError("the answer says neither success nor error", system=SYSTEM)


def total_of(answer: Response) -> int | None:
    """`page.totalElements` of a list: how many rows all its pages have (DOC); None where the answer does not say."""
    body: Any = answer.json()
    page = body.get("page") if isinstance(body, dict) else None
    total = page.get("totalElements") if isinstance(page, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def records(kind: type[Record], rows: object) -> list[Record]:
    """Rows as records. Unknown members are tolerated.

    :raises BadShapeError: names the members that are missing or of a wrong type.
    """
    if not isinstance(rows, list):
        raise BadShapeError("data is no list", system=SYSTEM, evidence=type(rows).__name__)
    return [record(kind, row) for row in rows]


def record(kind: type[Record], row: object) -> Record:
    """One row as a record. Raises as `records`."""
    try:
        return kind.model_validate(row)
    except ValidationError as problem:
        unfit = ", ".join(sorted({".".join(map(str, error["loc"])) for error in problem.errors(include_input=False)}))
    raise BadShapeError(f"a {kind.__name__.lower()} has another shape than agreed", system=SYSTEM, evidence=unfit[:200] or "data")


def check_composed(answer: Response) -> None:
    """As `check_success`, and every output must be whole: what was composed and cannot be read has cost a transaction all the same."""
    check_success(answer)
    if answer.status < 300 and error_in(answer.status, answer.json()) is None:
        outputs(envelope(answer)["data"])


def check_asked(answer: Response, mime: str) -> None:
    """As `check_composed`, for an answer that is the one output of the type that was asked for."""
    if answer.status < 300 and answer.media_type == mime:
        check_content(answer.content, mime)
    else:
        check_composed(answer)


def check_content(content: bytes, mime: str) -> None:
    """Whether an output is what its type says: a page of an ingress with the right type is none.

    :raises BadShapeError: empty, a PDF without its header, no HTML, a page that asks to log in.
    """
    start, page = content.lstrip(_BLANKS)[:64].lower(), content.lower()
    is_page = start.startswith((b"<!doctype html", b"<html"))
    fits = {"application/pdf": content.startswith(b"%PDF-"), "text/html": start.startswith(b"<"), EMPOWER: not is_page}
    if not content.strip(_BLANKS) or not fits.get(mime, True) or (start.startswith(b"<") and _LOGIN.search(page)):
        raise BadShapeError(f"the output is no {mime}", system=SYSTEM, operation="generate", evidence=f"{len(content)} bytes")


def outputs(rows: object) -> list[Output]:
    """The outputs of the on-demand envelope. Raises as `output`, and where there is none."""
    if not isinstance(rows, list) or not rows:
        raise BadShapeError("data has no output", system=SYSTEM, operation="generate", evidence="data")
    return [output(row) for row in rows]


def output(row: Any) -> Output:
    """One output of the on-demand envelope.

    :raises BadShapeError: no content in Base64, no type, or content that is not of that type.
    """
    found = row if isinstance(row, dict) else {}
    context = found.get("engineOutputContext")
    told = context if isinstance(context, dict) else {}
    try:
        content, mime = base64.b64decode(found["content"], validate=True), found["mimeType"]
        if isinstance(mime, str):
            check_content(content, mime)
            return Output(content, mime, str(told.get("queueName", "")), str(told.get("customerNumber", "")))
        problem = "an output's mimeType is no text"
    except (KeyError, TypeError, ValueError):
        problem = "an output has no content in Base64, or no mimeType"
    raise BadShapeError(problem, system=SYSTEM, operation="generate")


def _body(answer: Response) -> object:
    try:
        return answer.json()
    except UnexpectedAnswerError:
        if answer.status < 300:
            raise
        return None  # an error that cannot be read is still that error


def _inner_status(body: Mapping[str, Any]) -> str:
    """`statusCode` of the second shape: `{"status": "error", "data": [{"errorMessage", "statusCode", ...}]}`."""
    rows = body.get("data") if body.get("status") == "error" else None
    first = rows[0] if isinstance(rows, list) and rows else None
    code = str(first.get("statusCode", "")) if isinstance(first, dict) else ""
    return code if code.isdigit() else ""
