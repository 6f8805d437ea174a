"""Who sent a callback (contract section 6). How the vendor proves itself is ASM: `hook_scheme` says which of three ways."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime

from colophon.errors import BadConnectionError, ForgedError, InvalidError
from colophon.http import webhooks
from colophon.systems.opentext_push.settings import Extra


def verify(extra: Extra, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
    """Check one callback over its raw body; returns its id, by which a second one is known.

    With `basic` and `shared_secret` the id is the SHA-256 of the body.

    :raises ForgedError: it does not prove its sender. :raises InvalidError: too large, or malformed.
    :raises BadConnectionError: the connection has no `hook_secret`.
    """
    if not extra.hook_secret:
        raise BadConnectionError("the connection has no hook_secret", system="opentext_push")
    if extra.hook_scheme == "standard":
        return webhooks.verify(headers, body, extra.hook_secret.split(), now=now)
    if len(body) > webhooks.MAX_BYTES:
        raise InvalidError("the callback is too large", system="opentext_push", evidence=f"{len(body)} bytes")
    name, wanted = _proof(extra)
    given = {key.lower(): value for key, value in headers.items()}.get(name, "")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise ForgedError("the callback does not prove its sender", system="opentext_push")
    return hashlib.sha256(body).hexdigest()


def _proof(extra: Extra) -> tuple[str, str]:
    if extra.hook_scheme == "shared_secret":
        return "x-colophon-secret", extra.hook_secret
    pair = b64encode(f"{extra.hook_login}:{extra.hook_secret}".encode()).decode()
    return "authorization", f"Basic {pair}"
