"""Calls that the sandbox makes itself: to receivers of callbacks, and for content behind a link.

The addresses are those that a tester gave, so they stay on this host: no proxies, and a redirect is an answer like another.
"""

import base64
import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

TIMEOUT_S = 5


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send JSON; the receiver's status, 0 where it cannot be reached."""
    return ask("POST", url, {"Content-Type": "application/json", **headers}, body)[0]


def compact(content: Any) -> bytes:
    """JSON as it is sent, and as it is signed."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def ask(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, Message]:
    """Status (0 where there is no answer) and headers of the answer."""
    try:
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - checked below
        if request.type not in {"http", "https"}:
            return 0, Message()
        with _opener.open(request, timeout=TIMEOUT_S) as answer:
            return int(answer.status), answer.headers
    except urllib.error.HTTPError as problem:
        with problem:
            return int(problem.code), problem.headers
    except (OSError, ValueError, http.client.HTTPException):
        return 0, Message()


def signatures(scheme: str, secret: str, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Headers that prove the sender: `standard` (Standard Webhooks), `shared_secret`, `basic` (login `sandbox`)."""
    if scheme == "shared_secret":
        return {"X-Colophon-Secret": secret}
    if scheme == "basic":
        return {"Authorization": "Basic " + base64.b64encode(f"sandbox:{secret}".encode()).decode()}
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {"webhook-id": event_id, "webhook-timestamp": str(timestamp), "webhook-signature": "v1," + base64.b64encode(digest).decode()}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Never follow."""


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
