"""Where credentials and requests may go."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from colophon.errors import BadConnectionError

_PORTS = {"https": 443, "http": 80}


def check_address(url: str, *, allow_http: bool = False) -> None:
    """Whether we may send credentials to this address.

    :raises BadConnectionError: not https (loopback and `allow_http` excepted), no host, or with user, query or fragment in it.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise BadConnectionError("the host must be a URL such as https://example.com/path")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadConnectionError(f"the address of {host} must not carry a user, a query or a fragment")
    if parts.scheme == "http" and not allow_http and not _is_loopback(host):
        raise BadConnectionError(f"the address of {host} is http; use https, or set allow_http if you must")


def is_same_origin(ours: str, target: str) -> bool:
    """Whether both have the same scheme, host and port."""
    return _origin(ours) == _origin(target)


def is_allowed(link: str, *, hosts: Collection[str], allow_http: bool) -> bool:
    """Whether a link leads to one of `hosts` (`name`, or `name:port`) by a scheme that we take."""
    try:
        check_address(link.partition("#")[0].partition("?")[0], allow_http=allow_http)
    except BadConnectionError:
        return False
    parts = urlsplit(link)
    return parts.hostname in hosts or parts.netloc in hosts


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None
