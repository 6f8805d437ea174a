"""Who may call, and how they prove it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, get_args

from colophon.errors import BadConnectionError
from colophon.http.webhooks import Scheme, check_secret

SOURCES: Mapping[str, str] = {
    "push": "opentext_push",
    "exstream": "opentext_exstream",
    "xconnector": "xconnector",
    "fourallportal": "fourallportal",
    "bytenite": "bytenite",
}
"""Source in the address -> connection type; the connection is the default one of that type."""
DEFAULT_SCHEMES: Mapping[str, Scheme] = {"push": "basic", "fourallportal": "shared_secret"}
"""Where it is not `standard`."""


@dataclass(frozen=True, slots=True)
class Source:
    """One counterpart: how it proves itself, with all secrets that are good now."""

    name: str
    scheme: Scheme
    secrets: Collection[str] = field(repr=False)
    login: str = ""

    @classmethod
    def from_connection(cls, name: str, extra: Mapping[str, Any]) -> Self:
        """From a connection's extra: `hook_scheme`, `hook_login`, `hook_secret` (several, parted by blanks, during rotation).

        :raises BadConnectionError: there is no secret, or a malformed one, or an unknown scheme.
        """
        scheme, kept = extra.get("hook_scheme") or DEFAULT_SCHEMES.get(name, "standard"), extra.get("hook_secret") or ""
        if scheme not in get_args(Scheme):
            raise BadConnectionError("hook_scheme is none of standard, shared_secret, basic", system=SOURCES[name])
        # An empty one would fit a header that is not there.
        secrets = tuple(filter(None, kept.split() if isinstance(kept, str) else map(str, kept)))
        if not secrets:
            raise BadConnectionError("the connection has no hook_secret", system=SOURCES[name])
        for secret in secrets if scheme == "standard" else ():
            check_secret(secret)
        return cls(name, scheme, secrets, str(extra.get("hook_login") or ""))
