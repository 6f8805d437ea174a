"""Inbound webhooks (contract README section 6): who sent one, and when.

Three ways of proof: `standard` (Standard Webhooks 1.0.0), `shared_secret` (a header of ours) and `basic`. Whatever a stranger
may send ends as one of two typed errors, before anything is parsed; no error quotes what was sent.
"""

import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from standardwebhooks import Webhook

from colophon.errors import BadConnectionError, ForgedError, InvalidError

Scheme = Literal["standard", "shared_secret", "basic"]
MAX_BYTES = 256 * 1024
TOLERANCE_S = 300
PROOF = {
    "standard": ("webhook-id", "webhook-timestamp", "webhook-signature"),
    "shared_secret": ("x-colophon-secret",),
    "basic": ("authorization",),
}
"""Headers that carry the proof of each scheme; each of them may come once."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{10}")
_MOST_SIGNATURES, _LONGEST_SIGNATURES = 8, 1024


def prove(scheme: Scheme, headers: Mapping[str, str], body: bytes, secrets: Collection[str], *, login: str = "", now: datetime) -> str:
    """Check one webhook by a connection's `hook_scheme`; returns its id.

    With `shared_secret` and `basic` the id is the SHA-256 of the body. `secrets` are all active ones, so that they can be
    rotated. Raises as `verify`.
    """
    if scheme == "standard":
        return verify(headers, body, secrets, now=now)
    _check_ours(secrets, body)
    [name] = PROOF[scheme]
    given = {key.lower(): value for key, value in headers.items()}.get(name, "").encode()
    wanted = [secret if scheme == "shared_secret" else _basic(login, secret) for secret in secrets]
    if not any([hmac.compare_digest(given, one.encode()) for one in wanted]):  # noqa: C419 - all are compared, whichever fits
        raise ForgedError("the webhook does not prove its sender")
    return sha256(body).hexdigest()


def verify(headers: Mapping[str, str], body: bytes, secrets: Collection[str], *, now: datetime) -> str:
    """Check one Standard Webhook over its raw body; returns its `webhook-id`. Whether it came before is for the inbox to say.

    `secrets` are all active ones (`whsec_…`), so that they can be rotated.

    :raises InvalidError: too large, or a header is missing or malformed, or the body is no text.
    :raises ForgedError: no signature fits, or the time is more than 300 s off.
    :raises BadConnectionError: we have no secret, or a malformed one.
    """
    _check_ours(secrets, body)
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not _ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise InvalidError("webhook-id or webhook-timestamp is missing or malformed")
    said = given.get("webhook-signature", "")
    signatures = said.split()
    if not 1 <= len(signatures) <= _MOST_SIGNATURES or len(said) > _LONGEST_SIGNATURES:
        raise InvalidError("webhook-signature is missing or too long", evidence=f"{len(signatures)} signatures")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE_S:
        raise ForgedError("the webhook was signed too long ago, or in the future")
    ours = [_signature(secret, webhook_id, int(timestamp), _text(body)) for secret in secrets]
    if not any([hmac.compare_digest(mine, theirs.encode()) for mine in ours for theirs in signatures]):  # noqa: C419 - as above
        raise ForgedError("no signature of the webhook fits")
    return webhook_id


def check_secret(secret: str) -> None:
    """Whether a secret is `whsec_` and the Base64 of 24 to 64 bytes.

    :raises BadConnectionError: it is not; the sentence does not tell it.
    """
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (Base64Error, ValueError):
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise BadConnectionError("a webhook secret must be whsec_ and the Base64 of 24 to 64 bytes")


def _check_ours(secrets: Collection[str], body: bytes) -> None:
    if not secrets or not all(secrets):
        raise BadConnectionError("the connection has no secret for webhooks (hook_secret)")
    if len(body) > MAX_BYTES:
        raise InvalidError("the webhook is too large", evidence=f"{len(body)} bytes")


def _signature(secret: str, webhook_id: str, timestamp: int, text: str) -> bytes:
    check_secret(secret)
    return Webhook(secret).sign(webhook_id, datetime.fromtimestamp(timestamp, UTC), text).encode()


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        pass
    raise InvalidError("the webhook is not UTF-8")


def _basic(login: str, secret: str) -> str:
    return "Basic " + b64encode(f"{login}:{secret}".encode()).decode()
