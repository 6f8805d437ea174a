"""Credentials as small objects: headers out, and one refresh at a time where a token can be renewed."""

import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from colophon import environment
from colophon.errors import AuthFailedError, BadConnectionError


class Auth(Protocol):
    """What the client asks of credentials. Called from several threads."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must never appear in a log or error."""

    def headers(self, *, refresh: bool) -> Mapping[str, str]:
        """Headers that carry the credentials; `refresh` after the system refused (401) those given last.

        :raises AuthFailedError: nothing better can be had.
        """


@dataclass(frozen=True, slots=True)
class NoAuth:
    """No credentials: for token endpoints, signed links and open webhooks."""

    secrets: tuple[str, ...] = field(default=(), repr=False)

    def headers(self, *, refresh: bool) -> Mapping[str, str]:
        """No header at all."""
        if refresh:
            raise AuthFailedError("the system wants credentials and the connection has none")
        return {}


@dataclass(frozen=True, slots=True)
class _FixedHeader:
    """An `Authorization` header that never changes, so a refused one cannot be mended by a repeat."""

    _value: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def headers(self, *, refresh: bool) -> Mapping[str, str]:
        """The header; raises AuthFailedError when the system refused it."""
        if refresh:
            raise AuthFailedError("the system refused the connection's credentials (401)")
        return {"Authorization": self._value}


def BearerKey(key: str) -> Auth:  # noqa: N802 - reads as the kind of credential that it is
    """`Authorization: Bearer <key>`."""
    return _FixedHeader(f"Bearer {_sendable(key)}", (key,))


def TokenKey(key: str) -> Auth:  # noqa: N802 - as above
    """`Authorization: Token token=<key>`."""
    return _FixedHeader(f"Token token={_sendable(key)}", (key,))


def BasicAuth(login: str, password: str) -> Auth:  # noqa: N802 - as above
    """`Authorization: Basic …`; login and password in UTF-8 (RFC 7617)."""
    if not login or ":" in login:
        raise BadConnectionError("the login is empty or has a colon")
    pair = b64encode(f"{login}:{password}".encode()).decode()
    return _FixedHeader(f"Basic {pair}", (password, pair))


class Token(NamedTuple):
    """An access token and how many seconds it lives."""

    value: str
    expires_in_s: float


class OAuth2ClientCredentials:
    """Bearer tokens from a token endpoint, cached until `early_s` before they end.

    `fetch` asks the endpoint once; its errors pass through. However many threads find a token refused, one of them
    fetches the next and the others get that one.
    """

    def __init__(
        self,
        fetch: Callable[[], Token],
        *,
        secrets: tuple[str, ...] = (),
        early_s: float = 60.0,
        monotonic: Callable[[], float] = environment.monotonic,
    ) -> None:
        self._fetch = fetch
        self._fixed_secrets = secrets
        self._early_s = early_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at = 0.0
        self._given = threading.local()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The client's secret and the token in use."""
        return (*self._fixed_secrets, self._token) if self._token else self._fixed_secrets

    def headers(self, *, refresh: bool) -> Mapping[str, str]:
        """`Authorization: Bearer <token>`.

        :raises AuthFailedError: the token endpoint refused the client.
        """
        with self._lock:
            # The refused token is the one this thread was given; another thread may have replaced it since.
            refused = refresh and getattr(self._given, "token", "") == self._token
            if refused or not self._token or self._monotonic() >= self._ends_at:
                token = self._fetch()
                self._token = _sendable(token.value)
                self._ends_at = self._monotonic() + max(token.expires_in_s - self._early_s, 0.0)
            self._given.token = self._token
            return {"Authorization": f"Bearer {self._token}"}


def _sendable(secret: str) -> str:
    """A secret that a header can carry as it is; a pasted line end or blank is told without the secret."""
    if not secret:
        raise BadConnectionError("the connection has no password")
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise BadConnectionError("the connection's password has a blank, line end or other character that no key has")
    return secret
