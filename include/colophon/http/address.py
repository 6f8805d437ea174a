"""Where credentials and requests may go. Everything that is called is a TrustedUrl, and this module alone makes one.

An address stands on the connection (`configured`), or an answer, an event or a record names it, and it then has to lead to a
host that the connection allows (`trusted`). Nothing that calls takes plain text.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from colophon.domain.links import network_of
from colophon.errors import BadConnectionError, UntrustedLinkError

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"(?=.{1,260}$)(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)(:[0-9]{1,5})?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_SHARED = frozenset({"amazonaws.com", "azure.com", "azurewebsites.net", "cloudapp.net", "github.io", "herokuapp.com", "windows.net"})
"""Domains whose names belong to many: a neighbour there is a stranger."""
_COUNTRY_S_OWN = frozenset({"ac", "co", "com", "edu", "gov", "net", "nom", "or", "org"})
"""Second labels below which countries register names (`example.co.uk`)."""


@dataclass(frozen=True, slots=True)
class TrustedUrl:
    """An address that may be called. Its text may be signed, and is never shown.

    `near`: our own host, where somebody else named the address: what its name means is then looked at before it is called, for a
    name may lead into a private network; only one that our own host is in, too, may be entered. Empty: no such look.
    """

    text: str = field(repr=False)
    near: str = ""

    def below(self, path: str) -> "TrustedUrl":
        """The address with a path (and query) joined to it."""
        return replace(self, text=self.text.rstrip("/") + path)

    def to(self, target: str) -> "TrustedUrl | None":
        """Where a redirect leads, if it stays at the same scheme, host and port."""
        return replace(self, text=target) if is_same_origin(self.text, target) else None


def configured(url: str, *, allow_http: bool = False, query: bool = False) -> TrustedUrl:
    """An address that an administrator set on a connection. With `query` it may have one: such a link is a key.

    :raises BadConnectionError: it is none that we may send credentials to.
    """
    check_address(url.partition("#")[0].partition("?")[0] if query else url, allow_http=allow_http)
    return TrustedUrl(url)


def trusted(link: str, *, own: str, hosts: Collection[str] = (), own_counts: bool = True, kin: bool = False) -> TrustedUrl:
    """A link that an answer, an event or a record names.

    It leads to our own host (the origin of `own`, unless `own_counts` is off) or to one of `hosts` (`name`, or `name:port`), by
    https unless our own address is http itself; with `kin` also to a host of our own registrable domain. It has no user or
    password, and a private address is taken only where our own host is in such a network.

    :raises UntrustedLinkError: it does not; the link itself is not told.
    """
    try:
        parts = urlsplit("" if _UNSAFE.search(link) else link)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        host = ""
    if not host or parts.scheme not in _PORTS:
        raise UntrustedLinkError("the link is no address")
    if parts.username is not None or parts.password is not None:
        raise UntrustedLinkError("the link carries a user or a password")
    ours = urlsplit(own)
    if parts.scheme == "http" and ours.scheme != "http":
        raise UntrustedLinkError("the link is http, and the connection is not")
    if own_counts and is_same_origin(own, link):
        return TrustedUrl(link)
    name = f"[{host}]" if ":" in host else host
    is_kin = kin and is_same_domain(ours.hostname or "", host) and port == _PORTS[parts.scheme]
    if not (is_kin or name in hosts or f"{name}:{port}" in hosts):
        raise UntrustedLinkError("the link leads to a host that the connection does not allow")
    if (network := network_of(host)) and network != network_of(ours.hostname or ""):
        raise UntrustedLinkError("the link leads into a private network", evidence=network)
    return TrustedUrl(link, near=ours.hostname or "")


def check_address(url: str, *, allow_http: bool = False) -> None:
    """Whether we may send credentials to this address.

    :raises BadConnectionError: not https (loopback and `allow_http` excepted), no host, or with user, query or fragment in it.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in _PORTS:
        raise BadConnectionError("the host must be a URL such as https://example.com/path")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadConnectionError(f"the address of {host} must not carry a user, a query or a fragment")
    if parts.scheme == "http" and not allow_http and network_of(host) != "loopback":
        raise BadConnectionError(f"the address of {host} is http; use https, or set allow_http if you must")


def read_hosts(key: str, value: object) -> tuple[str, ...]:
    """Hosts of a connection's extra: a list, or text parted by blanks or commas; each `name` or `name:port`, nothing else.

    :raises BadConnectionError: one of them is no such name.
    """
    names = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and _HOST.fullmatch(name.lower()) for name in names):
        raise BadConnectionError(f"{key} must be hosts such as files.example.com or files.example.com:8443, parted by blanks")
    return tuple(name.lower() for name in names)


def is_same_origin(ours: str, target: str) -> bool:
    """Whether both have the same scheme, host and port."""
    return _origin(ours) == _origin(target)


def is_same_domain(ours: str, target: str) -> bool:
    """Whether both names are of one registrable domain; an address is of none."""
    domain = _domain(ours)
    return bool(domain) and domain == _domain(target)


def _domain(host: str) -> str:
    """The part of a name that somebody registered."""
    labels = host.rstrip(".").split(".")
    count = 3 if len(labels[-1]) == 2 and labels[-2:-1] and labels[-2] in _COUNTRY_S_OWN else 2
    domain = ".".join(labels[-count:])
    is_one = len(labels) >= count and not labels[-1].isdigit() and ":" not in host and domain not in _SHARED
    return domain if is_one else ""


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None
