"""Links as text: which of them lead out into the open net."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_PORTAL_OBJECT = re.compile(r"/modules/[^/]+/objects/[^/]+$")


def network_of(host: str) -> str:
    """What kind of network an address is in: `loopback`, `link-local` or `private`; nothing for a public one, or for a name."""
    if host == "localhost" or host.endswith(".localhost"):
        return "loopback"
    try:
        address = _inner(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return ""
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    return "" if address.is_global and not address.is_multicast else "private"


def portal_link(api: str, module: str, object_id: str) -> str:
    """Where an object of a portal is, for who has a key: titles refer so to their approved assets, and nobody else can follow it."""
    return f"{api}/modules/{module}/objects/{object_id}"


@lru_cache(maxsize=4096)  # each recipient of a title asks the same
def is_public_link(link: str) -> bool:
    """Whether a link may be handed to others: http(s) to a host that is no private address, without user or password, and no `portal_link`."""
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    is_open = parts.username is None and not _PORTAL_OBJECT.search(parts.path)
    return parts.scheme in {"http", "https"} and bool(host) and is_open and not network_of(host or "")


def _inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
