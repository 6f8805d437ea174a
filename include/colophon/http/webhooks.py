"""Inbound webhooks by Standard Webhooks 1.0.0 (contract README section 6): who signed it, and when."""

import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256

from colophon.errors import BadConnectionError, ForgedError, InvalidError

MAX_BYTES = 256 * 1024
TOLERANCE_S = 300
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{10}")
_MOST_SIGNATURES = 8


def verify(headers: Mapping[str, str], body: bytes, secrets: Collection[str], *, now: datetime) -> str:
    """Check one webhook over its raw body; returns its `webhook-id`. Whether it came before is for the inbox to say.

    `secrets` are all active ones (`whsec_…`), so that they can be rotated.

    :raises InvalidError: too large, or a header is missing or malformed.
    :raises ForgedError: no signature fits, or the time is more than 300 s off.
    :raises BadConnectionError: we have no secret, or a malformed one.
    """
    if not secrets:
        raise BadConnectionError("the connection has no secret for webhooks")
    given = {name.lower(): value for name, value in headers.items()}
    if len(body) > MAX_BYTES:
        raise InvalidError("the webhook is too large", evidence=f"{len(body)} bytes")
    webhook_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not _ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise InvalidError("webhook-id or webhook-timestamp is missing or malformed")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE_S:
        raise ForgedError("the webhook was signed too long ago, or in the future", evidence=f"timestamp {timestamp}")
    signatures = given.get("webhook-signature", "").split()
    if not 1 <= len(signatures) <= _MOST_SIGNATURES:
        raise InvalidError("webhook-signature is missing or too long", evidence=f"{len(signatures)} signatures")
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    ours = [_signature(secret, signed) for secret in secrets]
    if not any(hmac.compare_digest(mine, theirs.encode()) for mine in ours for theirs in signatures):
        raise ForgedError("no signature of the webhook fits")
    return webhook_id


def _signature(secret: str, signed: bytes) -> bytes:
    return b"v1," + b64encode(hmac.digest(_key(secret), signed, sha256))


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (Base64Error, ValueError):
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise BadConnectionError("a webhook secret must be whsec_ and the Base64 of 24 to 64 bytes")
    return key
