"""One client for one system: a pooled session, its credentials, and every call repeated only as its class allows."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote, urlencode

from colophon import environment
from colophon.errors import ColophonError, RateLimitedError, UntrustedLinkError
from colophon.http.address import TrustedUrl
from colophon.http.auth import Auth, NoAuth
from colophon.http.failure import Case
from colophon.http.jsontext import write_json
from colophon.http.operation import Operation
from colophon.http.pacing import Pacing
from colophon.http.reading import Download, ToFile, into_memory
from colophon.http.response import Response
from colophon.http.retry import Attempts, time_left_s, tries_now
from colophon.http.sending import Check, Request, Sender
from colophon.http.settings import HttpSettings
from colophon.http.transport import open_session

__all__ = ["HttpClient", "Response"]

log = logging.getLogger(__name__)


class HttpClient:
    """Calls operations of one system. Safe for several threads; close it, or use it as a context manager."""

    def __init__(
        self,
        settings: HttpSettings,
        auth: Auth,
        *,
        system: str,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
    ) -> None:
        """:param system: its name in errors and logs. :param random: 0 to 1. :param clock: aware UTC, for `Retry-After` dates."""
        self.settings = settings
        self.system = system
        self.session = open_session(settings)
        self._auth = auth
        self._sender = Sender(self.session, settings, system, clock)
        self._sleep = sleep
        self._random = random
        self._clock = clock
        self._pacing = Pacing(settings, sleep=sleep, random=random)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.session.close()
        self._pacing.close()

    def call(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str | int | Sequence[str]] | None = None,
        json: object = None,
        body: bytes | BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
        subject: str = "",
        base: TrustedUrl | None = None,
        check: Check | None = None,
    ) -> Response:
        """Make one call, repeated as contract README section 4 allows.

        `json` is written by `write_json`; a file as `body` must be seekable and is streamed without a total time limit.
        A list in `query` is sent as its name once for each value. `base` replaces the connection's address. `check` reads the answer's shape and raises an UnexpectedAnswerError for
        one that is not ours, so that a foreign 2xx is treated by the operation's class, too.

        :raises EffectUnknownError: a write of class C or D whose effect nobody can know.
        :raises ServerError: no good answer after all tries; in classes A and B the write may have been taken.
        :raises TransportError: the request was never taken.
        :raises RateLimitedError: asked to wait for longer than the budget (`not_before`).
        :raises UnexpectedAnswerError: a 2xx that is none. Other errors of contract README section 5 by status.
        """
        asked = f"?{urlencode(query, doseq=True, quote_via=quote)}" if query else ""
        url = (base or self.settings.address).below(operation.path_for(path) + asked)
        sent = {"Accept": operation.accept, **(headers or {})}
        if json is not None:
            body = write_json(json)
            sent.setdefault("Content-Type", "application/json")
        request = Request(
            operation,
            url,
            sent,
            partial(into_memory, expect=operation.expect, settings=self.settings),
            may_follow=url.to,
            subject=subject,
            body=body,
            auth=self._auth,
            check=check,
        )
        return self._repeat(request)

    def upload(self, operation: Operation, file: BinaryIO, *, link: TrustedUrl, subject: str = "") -> Response:
        """Stream a seekable file from where it stands to a link, without credentials; the operation's path is not used.

        No total time limit, but bytes must keep moving. Errors as `call`.

        :raises UntrustedLinkError: the link's name leads into a private network.
        """
        headers = {"Accept": operation.accept, "Content-Type": "application/octet-stream"}
        reader = partial(into_memory, expect=operation.expect, settings=self.settings)
        return self._repeat(Request(operation, link, headers, reader, may_follow=link.to, subject=subject, body=file, auth=NoAuth()))

    def download(
        self,
        operation: Operation,
        file: BinaryIO,
        *,
        path: Mapping[str, str] | None = None,
        link: TrustedUrl | None = None,
        max_bytes: int,
        subject: str = "",
    ) -> Download:
        """Stream a body into a seekable file from where it stands; no total time limit, but bytes must keep coming.

        With a `link` the operation's path is not used: the link is fetched without credentials, and redirects may lead where
        links may. Errors as `call`.

        :raises UntrustedLinkError: the link's name leads into a private network.
        """
        url = link or self.settings.address.below(operation.path_for(path))
        sink = ToFile(file, operation.expect, max_bytes, self.settings)
        request = Request(
            operation,
            url,
            {"Accept": operation.accept},
            sink,
            may_follow=url.to if link is None else partial(self._redirected, link),
            subject=subject,
            auth=self._auth if link is None else NoAuth(),
            is_download=True,
        )
        answer = self._repeat(request)
        return Download(sink.sha256, sink.size, answer.media_type, answer.headers.get("content-disposition", ""))

    def _redirected(self, link: TrustedUrl, target: str) -> TrustedUrl | None:
        """Where a redirect of a link leads, if that is its own host or one that links may lead to."""
        try:
            return link.to(target) or self.settings.trusted(target, own_counts=False)
        except UntrustedLinkError:
            return None

    def _repeat(self, request: Request) -> Response:
        """Tries until one is answered or the table of contract README section 4 ends it."""
        settings, writes = self.settings, request.operation.writes
        tries = settings.read_tries if writes is None else settings.write_tries
        waits, busy_s, left_s = request.operation.waits, settings.busy_wait_s, time_left_s()
        request = replace(request, ends_at=environment.monotonic() + left_s)
        attempts = Attempts(
            writes, tries_now(tries), min(settings.budget_s, left_s), self._random, self._clock, waits=waits, busy_wait_s=busy_s
        )
        rewind = _rewinder(request.body)
        refused = False
        while True:
            rewind()
            try:
                with self._pacing.turn():
                    began = environment.monotonic()
                    result = self._sender.attempt(request, self._credentials(request, refused=refused), attempts.left_s)
                    took_s = environment.monotonic() - began
            except RateLimitedError as problem:
                raise attempts.marked(self._placed(problem, request)) from None
            if isinstance(result, Response):
                return result
            if result.case is Case.BUSY and result.retry_after_s is not None:
                self._pacing.pause(result.retry_after_s)
            wait_s = attempts.wait_after(result, took_s)
            refused = result.case is Case.UNAUTHORISED
            place = f"{self.system} {request.operation.name}"
            log.warning("%s: %s (%s); next try in %.1f s", place, result.case, result.error.evidence, wait_s)
            if wait_s:
                self._sleep(wait_s)

    def _credentials(self, request: Request, *, refused: bool) -> Mapping[str, str]:
        try:
            return request.auth.headers(refresh=refused)
        except ColophonError as problem:
            raise self._placed(problem, request)  # noqa: B904 - it is the same one

    def _placed(self, problem: ColophonError, request: Request) -> ColophonError:
        """The error, saying where."""
        problem.system = problem.system or self.system
        problem.operation = problem.operation or request.operation.name
        return problem


def _rewinder(body: bytes | BinaryIO | None) -> Callable[[], object]:
    """What brings a streamed body back to where it stood."""
    if body is None or isinstance(body, bytes):
        return lambda: None
    return partial(body.seek, body.tell())
