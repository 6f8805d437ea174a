"""What every answer of the desk carries, and what no request may bring."""

import base64
import re
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 262_144
"""The largest form; Airflow itself would take 30 MB."""
HEADERS = {
    # All that a page needs comes from the desk itself; only Airflow's own pages may frame it.
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def policy_for(html: str) -> str:
    """The policy for a page that frames a document with a style of its own: that very style and no other, and still no script."""
    hashes = {base64.b64encode(sha256(style.encode()).digest()).decode() for style in _STYLE.findall(html)}
    allowed = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in sorted(hashes))])
    return HEADERS["content-security-policy"].replace("style-src 'self'", f"style-src {allowed}")


class Guard:
    """Middleware: headers on all answers (a page may bring a policy of its own, by `policy_for`), a cap on bodies, nothing kept by caches but the static files."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_static = "/static/" in scope["path"]
        count = 0

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "private, max-age=300" if is_static else "no-store")
            await send(message)

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > MOST_BYTES:
                # What is left of an endless body is not read: the handler sees the client leave.
                return {"type": "http.disconnect"}
            return message

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MOST_BYTES:
            await PlainTextResponse("too large", status_code=413)(scope, receive, told)
            return
        await self.app(scope, counted, told)
