"""Every call of this system: the API key exchanged for a token, the right prefix, and a vendor that is gone told as such."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from colophon import environment
from colophon.errors import AuthFailedError, TransportError, VendorGoneError
from colophon.http.address import configured
from colophon.http.auth import NoAuth, OAuth2ClientCredentials, Token
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.http.response import Response
from colophon.http.sending import Check
from colophon.systems.bytenite import operations as op
from colophon.systems.bytenite.job_records import AccessToken
from colophon.systems.bytenite.mapping import read
from colophon.systems.bytenite.settings import ByteNiteSettings

GONE = (
    "the service cannot be reached; the vendor's own repository (ByteNite2/console-landing, April 2026) says that the hosted "
    "service was wound down and that api.bytenite.com and auth.bytenite.com no longer resolve"
)
_AWAY = ("NameResolution", "NewConnection", "gaierror", "ConnectionRefused")


class TokenAuth:
    """A token in `Authorization`: as it is (`raw`, DOC) or after `Bearer` (ASM). Fetched by the API key, and again when it ends."""

    def __init__(self, fetch: Callable[[], Token], api_key: str, scheme: str) -> None:
        self._tokens = OAuth2ClientCredentials(fetch, secrets=(api_key,))
        self._scheme = scheme

    @property
    def secrets(self) -> tuple[str, ...]:
        """The API key and the token in use."""
        return self._tokens.secrets

    def headers(self, *, refresh: bool) -> Mapping[str, str]:
        """The header. Raises AuthFailedError for a key that is refused."""
        found = self._tokens.headers(refresh=refresh)
        return found if self._scheme == "bearer" else {name: value.removeprefix("Bearer ") for name, value in found.items()}


class Calls:
    """The HTTP side of one account."""

    def __init__(
        self,
        settings: ByteNiteSettings,
        *,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
    ) -> None:
        host, extra = settings.http.base_url.rstrip("/"), settings.extra
        self.settings, self.sleep, self.clock = settings, sleep, clock
        self._library = configured(host + extra.library_prefix, allow_http=settings.http.allow_http)
        prefixed = replace(settings.http, base_url=host + extra.version_prefix)
        # Only the first call of a run waits at random, not the login before it as well.
        self._door = HttpClient(replace(prefixed, start_jitter_s=0), NoAuth(), system="bytenite", sleep=sleep, random=random, clock=clock)
        auth = TokenAuth(self._token, settings.api_key, extra.auth_scheme)
        self.http = HttpClient(prefixed, auth, system="bytenite", sleep=sleep, random=random, clock=clock)

    def close(self) -> None:
        """Close all connections."""
        self._door.close()
        self.http.close()

    def job(
        self,
        operation: Operation,
        job_id: str = "",
        *,
        query: Mapping[str, str | int] | None = None,
        json: object = None,
        check: Check | None = None,
    ) -> Response:
        """A call of part A. Raises VendorGoneError where nobody is at the address, and what `HttpClient.call` raises."""
        path = {"service": self.settings.extra.service, **({"job_id": job_id} if job_id else {})}
        try:
            return self.http.call(operation, path=path, query=query, json=json, subject=job_id, check=check)
        except TransportError as problem:
            raise told_as_gone(problem) from None

    def library(
        self,
        operation: Operation,
        video_id: str = "",
        *,
        query: Mapping[str, str | int] | None = None,
        json: object = None,
        check: Check | None = None,
    ) -> Response:
        """A call of part B. Raises as `job`."""
        path = {"video_id": video_id} if video_id else None
        try:
            return self.http.call(operation, path=path, query=query, json=json, subject=video_id, base=self._library, check=check)
        except TransportError as problem:
            raise told_as_gone(problem) from None

    def _token(self) -> Token:
        body = {"apiKey": self.settings.api_key}
        answer = self._door.call(op.ACCESS_TOKEN, json=body, check=lambda a: a.status != 200 or read(AccessToken, a.json()))
        if answer.status != 200:
            sentence = "the service refused the connection's API key"
            raise AuthFailedError(sentence, system="bytenite", operation=op.ACCESS_TOKEN.name, evidence=f"{answer.status}")
        found = read(AccessToken, answer.json())
        return Token(found.token, found.expires_in)


def told_as_gone(problem: TransportError) -> TransportError | VendorGoneError:
    """An address where nobody is means that the vendor is gone; other trouble (TLS, a proxy) stays what it is."""
    if not any(word in problem.evidence for word in _AWAY):
        return problem
    return VendorGoneError(GONE, system="bytenite", operation=problem.operation, subject=problem.subject, evidence=problem.evidence)
