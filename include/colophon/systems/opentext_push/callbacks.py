"""Who sent a callback (contract section 6). How the vendor proves itself is ASM: `hook_scheme` says which of three ways."""

from collections.abc import Mapping
from datetime import datetime

from colophon.http import webhooks
from colophon.systems.opentext_push.settings import Extra


def verify(extra: Extra, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
    """Check one callback over its raw body; returns its id, by which a second one is known. Raises as `webhooks.verify`."""
    return webhooks.prove(extra.hook_scheme, headers, body, extra.hook_secret.split(), login=extra.hook_login, now=now)
