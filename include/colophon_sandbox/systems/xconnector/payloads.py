"""Content that travels beside its event (contract section 6): kept under its hash, or fetched from a link."""

import base64
import hashlib
import http.client
import urllib.request
from urllib.parse import urlsplit

from colophon_sandbox.system import RefusedError
from colophon_sandbox.world import Row, World

STORED = "xc1:payload:"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
FETCH_S = 10
# No proxies: a link of a test stays on this host.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DigestError(Exception):
    """Content is not what was announced."""


class Payloads:
    """The payload store."""

    def __init__(self, world: World) -> None:
        self._table = world.store.table("xconnector.payloads")

    def get(self, sha256: str) -> Row | None:
        """`{body (Base64), bytes, mediaType}`, None where it is not there."""
        return self._table.get(sha256)

    def put(self, sha256: str, body: bytes, media_type: str) -> bool:
        """Keep content; whether it is new. RefusedError (422) where it does not fit the hash."""
        if hashlib.sha256(body).hexdigest() != sha256:
            raise RefusedError(422, "digest_mismatch", "the bytes do not fit the hash")
        if self.get(sha256) is not None:
            return False
        self._table.put(sha256, {"body": base64.b64encode(body).decode(), "bytes": len(body), "mediaType": media_type})
        return True

    def keep(self, body: bytes, media_type: str, file_name: str, expires_at: str) -> Row:
        """Keep content of the middleware's own; the payload that refers to it."""
        digest = hashlib.sha256(body).hexdigest()
        self.put(digest, body, media_type)
        return {
            "url": STORED + digest,
            "sha256": digest,
            "bytes": len(body),
            "mediaType": media_type,
            "fileName": file_name,
            "expiresAt": expires_at,
        }

    def check(self, payload: Row) -> None:
        """Refuse a reference to what is not here (`schema`), or is something else (`digest_mismatch`)."""
        if not payload["url"].startswith(STORED):
            return
        kept = self.get(payload["url"].removeprefix(STORED))
        if kept is None:
            fault = {"pointer": "/data/payload/url", "message": "there is no such payload"}
            raise RefusedError(422, "schema", "the payload was never uploaded", errors=[fault])
        if payload["url"] != STORED + payload["sha256"] or kept["bytes"] != payload["bytes"]:
            raise RefusedError(422, "digest_mismatch", "the payload is not the one that its url names")

    def read(self, payload: Row) -> bytes | None:
        """Content from the store or from a link on this host; None where it cannot be reached.

        :raises DigestError: it is not what was announced.
        """
        if payload["url"].startswith(STORED):
            kept = self.get(payload["sha256"])
            return base64.b64decode(kept["body"]) if kept else None
        body = _fetch(payload["url"], payload["bytes"])
        if body is not None and (len(body), hashlib.sha256(body).hexdigest()) != (payload["bytes"], payload["sha256"]):
            raise DigestError
        return body


def _fetch(url: str, size: int) -> bytes | None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.hostname not in LOOPBACK:
        return None
    try:
        with _opener.open(url, timeout=FETCH_S) as answer:
            return bytes(answer.read(size + 1))
    except (OSError, http.client.HTTPException):
        return None
