"""One try of a call: sent, followed where a redirect may be followed, and judged by what came back."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from urllib.parse import urljoin

import requests

from colophon import __version__, environment
from colophon.errors import ColophonError, NotOursError, ServerError, TransportError, UnexpectedAnswerError, UntrustedLinkError
from colophon.http.address import TrustedUrl
from colophon.http.auth import Auth, NoAuth
from colophon.http.failure import Case, Failure
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.reading import BROKEN, Reader
from colophon.http.redaction import redact
from colophon.http.response import Response, retry_after_s
from colophon.http.settings import HttpSettings
from colophon.http.status import classify, error_for
from colophon.http.transport import Exchange, exchange
from colophon.http.transport import reason as reason_of

log = logging.getLogger(__name__)

MAX_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}

Check = Callable[[Response], object]
"""Reads the shape of an answer; raises an UnexpectedAnswerError for one that is not ours."""


@dataclass(frozen=True, slots=True)
class Request:
    """What every try of one call sends and how its answer is read.

    `may_follow` gives where a redirect of a read may lead, None where it may not. By `ends_at` (monotonic) even a file must have gone or come.
    """

    operation: Operation
    url: TrustedUrl
    headers: Mapping[str, str]
    reader: Reader
    may_follow: Callable[[str], TrustedUrl | None]
    subject: str = ""
    body: bytes | BinaryIO | None = None
    auth: Auth = field(default_factory=NoAuth)
    check: Check | None = None
    is_download: bool = False
    ends_at: float = float("inf")

    @property
    def is_bounded(self) -> bool:
        """Whether the whole exchange has a time limit; files, either way, must only keep moving."""
        return not self.is_download and (self.body is None or isinstance(self.body, bytes))


@dataclass(frozen=True, slots=True)
class Sender:
    """Makes tries over one session."""

    session: requests.Session
    settings: HttpSettings
    system: str
    clock: Callable[[], datetime]

    def attempt(self, request: Request, credentials: Mapping[str, str], left_s: float) -> Response | Failure:
        """One try, in at most `left_s` seconds: an answer that the operation expects, or what went wrong."""
        url, result = request.url, self._send(request, request.url, credentials, left_s)
        for _ in range(MAX_REDIRECTS):
            target = _redirect(request, url, result)
            if target is None:
                break
            url, result = target, self._send(request, target, credentials, left_s)
        return result if isinstance(result, Failure) else self._judged(request, result)

    def _send(self, request: Request, url: TrustedUrl, credentials: Mapping[str, str], left_s: float) -> Response | Failure:
        operation, settings = request.operation, self.settings
        request_id = environment.new_id()
        ours = {"User-Agent": f"colophon/{__version__}", "Accept-Encoding": "gzip", "X-Request-Id": request_id}
        began = environment.monotonic()
        most_s = min(settings.total_s, left_s)
        limits = Exchange(
            began + most_s if request.is_bounded else request.ends_at,
            settings.read_s,
            answer_s=float("inf") if request.is_download else most_s,
            fresh=operation.writes in {DeliveryClass.C, DeliveryClass.D},
        )
        headers = {**request.headers, **ours, **credentials}
        result: Response | Failure | None = None
        reason, received = "", 0
        try:
            with exchange(self.session, request.operation.method, url, headers, request.body, settings.connect_s, limits) as response:
                result = request.reader(response)
                received = response.raw.tell()
        except BROKEN as problem:
            reason = reason_of(problem)
        except UnexpectedAnswerError as problem:
            reason, result = problem.code, self._failure(request, Case.FOREIGN, problem)
        except UntrustedLinkError as problem:
            problem.system, problem.operation, problem.subject = self.system, operation.name, request.subject
            raise
        what = result.status if isinstance(result, Response) else reason
        took_ms = (environment.monotonic() - began) * 1000
        place = f"{self.system} {operation.method} {operation.path}"
        log.info("%s: %s in %d ms, %d bytes, request %s", place, what, took_ms, received, request_id)
        # Made here and not where it was caught, so that no traceback leads to the text of the cause.
        return result or self._broken(request, reason, left=limits.left)

    def _broken(self, request: Request, reason: str, *, left: bool) -> Failure:
        if left:
            return self._failure(request, Case.LOST, ServerError("no whole answer came", evidence=reason))
        return self._failure(request, Case.NOT_SENT, TransportError("the system cannot be reached", evidence=reason))

    def _judged(self, request: Request, answer: Response) -> Response | Failure:
        operation = request.operation
        if answer.status in operation.expect:
            foreign = _foreign(request, answer)
            return self._failure(request, Case.FOREIGN, foreign) if foreign else answer
        case = classify(answer.status, operation)
        if case is Case.FOREIGN:
            error: ColophonError = NotOursError("the answer has a status that the contract does not know", evidence=f"HTTP {answer.status}")
        else:
            error = error_for(answer, operation, system=self.system)
        return self._failure(request, case, error, retry_after_s(answer.headers.get("retry-after"), self.clock()))

    def _failure(self, request: Request, case: Case, error: ColophonError, wait_s: float | None = None) -> Failure:
        error.system, error.operation, error.subject = self.system, request.operation.name, request.subject
        error.evidence = redact(error.evidence, request.auth.secrets)
        return Failure(case, error, wait_s)


def _foreign(request: Request, answer: Response) -> UnexpectedAnswerError | None:
    """Why a status that we expect is no answer of this system, or None."""
    try:
        if request.operation.wants_json and 200 <= answer.status < 300 and answer.status != 204:
            answer.json()
        if request.check is not None:
            request.check(answer)
    except UnexpectedAnswerError as problem:
        return problem
    return None


def _redirect(request: Request, url: TrustedUrl, result: Response | Failure) -> TrustedUrl | None:
    """Where a redirect leads that we may follow."""
    operation = request.operation
    if isinstance(result, Failure) or result.status not in _REDIRECTS or operation.writes or operation.method not in {"GET", "HEAD"}:
        return None
    target = urljoin(url.text, result.headers.get("location", ""))
    return request.may_follow(target) if target != url.text else None
