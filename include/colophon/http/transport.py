"""One exchange with a server: bytes out, bytes in, within limits, and whether the request ever left.

Built on requests and urllib3 with four differences. A deadline holds for the exchange as a whole, so that a server that
dribbles cannot hold us. The moment before the first byte leaves is recorded, which sorts failures better than any list of
exception classes. A connection that idled is not used again, because its server may just be closing it. Nothing is
repeated, redirected, or added to the headers here: no cookies, no netrc, no retries.
"""

import http.client
import io
import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from colophon import environment
from colophon.domain.links import network_of
from colophon.errors import UntrustedLinkError
from colophon.http.address import TrustedUrl
from colophon.http.settings import HttpSettings

IDLE_S = 2.0
"""A pooled connection that was silent for longer is closed instead of used."""


@dataclass(slots=True)
class Exchange:
    """Limits of the exchange in progress on this thread, and what became of it.

    The answer must be whole by `deadline` (monotonic), and within `answer_s` after the request was sent. `fresh` asks for a
    new connection, `left` tells whether a byte of the request may have reached the server. `near` is that of the address.
    """

    deadline: float
    read_s: float
    answer_s: float = float("inf")
    fresh: bool = False
    left: bool = False
    near: str = ""


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def open_session(settings: HttpSettings) -> requests.Session:
    """A pooled session that sends what it is given and nothing else."""
    session = requests.Session()
    session.headers.clear()
    session.auth = _unchanged  # else requests would look for credentials in ~/.netrc
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = settings.trust_env
    session.verify = settings.verify
    session.cert = settings.cert
    session.proxies = dict(settings.proxies or {})
    adapter = _Adapter(pool_maxsize=settings.max_concurrency, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@contextmanager
def exchange(
    session: requests.Session,
    method: str,
    url: TrustedUrl,
    headers: Mapping[str, str],
    body: bytes | BinaryIO | None,
    connect_s: float,
    limits: Exchange,
) -> Iterator[requests.Response]:
    """Send one request and give its answer with the body still to be read, before the deadline; closed at the end.

    Raises one of `BROKEN`; `limits.left` tells whether the request may have arrived nevertheless.

    :raises UntrustedLinkError: the address's name leads into a network where no link may lead; nothing was sent.
    """
    limits.near = url.near
    token = _current.set(limits)
    try:
        timeout = (max(min(connect_s, limits.deadline - environment.monotonic()), 0.001), limits.read_s)
        data = body if body is None or isinstance(body, bytes) else _BoundedFile(body, limits)
        response = session.request(method, url.text, data=data, headers=dict(headers), timeout=timeout, allow_redirects=False, stream=True)
        with response:
            yield response
    finally:
        _current.reset(token)


def reason(problem: BaseException) -> str:
    """Name of the innermost exception of one of `BROKEN`; never its text, which may hold an address with its query."""
    inner = next((arg for arg in (getattr(problem, "reason", None), *problem.args) if isinstance(arg, BaseException)), None)
    return reason(inner) if inner else type(problem).__name__


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _BoundedFile:
    """A file that goes out piece by piece, as long as the deadline has not come."""

    def __init__(self, file: BinaryIO, limits: Exchange) -> None:
        self._file = file
        self._limits = limits

    def __getattr__(self, name: str) -> Any:
        """How long it is, requests asks of the file itself."""
        return getattr(self._file, name)

    def __iter__(self) -> Iterator[bytes]:
        """By this requests knows that it is no form."""
        return iter(self._file)

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        if environment.monotonic() >= self._limits.deadline:
            raise TimeoutError("the request took too long")
        return self._file.read(size)


class _BoundedReader(io.RawIOBase):
    """What arrives on a socket, each wait bounded by the silence allowed and by the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, limits: Exchange) -> None:
        self._raw = raw
        self._sock = sock
        self._limits = limits

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._limits.deadline - environment.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(min(left, self._limits.read_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """An answer that is read within the limits of the exchange that began it."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        limits = _current.get()
        if limits is not None:
            self.fp = io.BufferedReader(_BoundedReader(self.fp.detach(), sock, limits))


class _PlainConnection(HTTPConnection):
    """A connection that notes when the request leaves, and that is not used again after idling."""

    response_class = _BoundedResponse
    _used_at = 0.0

    @property
    def is_connected(self) -> bool:
        limits = _current.get()
        fresh = limits is not None and limits.fresh
        return super().is_connected and not fresh and environment.monotonic() - self._used_at < IDLE_S

    def request(self, *args: Any, **kwargs: Any) -> None:
        limits = _current.get()
        if limits is not None:
            if self.is_closed:
                self.connect()  # name, refusal and TLS fail here, before anything left
            self.timeout = limits.read_s  # sending may take as long as reading
            limits.left = True
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        """Connect; where somebody else named the host, to the very addresses that were looked at."""
        limits = _current.get()
        if limits is None or not limits.near or self.proxy:  # a proxy finds the host by rules of its own
            return super()._new_conn()
        name, broken = self._dns_host, None
        try:
            for address in _allowed_addresses(name, self.port, limits.near):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except urllib3.exceptions.HTTPError as problem:
                    broken = problem
        except socket.gaierror as problem:
            raise urllib3.exceptions.NameResolutionError(name, self, problem) from problem
        finally:
            self._dns_host = name
        raise broken or urllib3.exceptions.NewConnectionError(self, "the name has no address")

    def getresponse(self) -> Any:
        limits = _current.get()
        if limits is not None:
            limits.deadline = min(limits.deadline, environment.monotonic() + limits.answer_s)
        response = super().getresponse()
        self._used_at = environment.monotonic()
        return response


def _allowed_addresses(host: str, port: int, near: str) -> list[str]:
    """What a name means now.

    :raises UntrustedLinkError: one of its addresses is in a private network that our own host is not in.
    """
    addresses = _addresses(host, port)
    inner = {network for address in addresses if (network := network_of(address))}
    if inner and not inner <= {network_of(address) for address in _addresses(near, port)}:
        raise UntrustedLinkError("the link's host is in a private network", evidence=", ".join(sorted(inner)))
    return addresses


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same over TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _PlainPool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    """The usual adapter, with our connections in its pools."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Quiet(logging.Filter):
    """Keeps urllib3 silent about our exchanges: its lines carry whole addresses, query strings included."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - logging's signature
        return _current.get() is None


for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.response"):
    logging.getLogger(_name).addFilter(_Quiet())
