"""A way of `requests` that ends in a WSGI application of this process: no sockets, and faults break the exchange as on a wire."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import run_wsgi_app

from colophon.http import transport
from colophon_sandbox.faults import BrokenConnectionError


class WsgiAdapter(HTTPAdapter):
    """Answers every request from one application."""

    def __init__(self, app: Callable[..., Any]) -> None:
        super().__init__()
        self.app = app

    def send(self, request: requests.PreparedRequest, *_args: object, **_limits: object) -> requests.Response:
        """One exchange. The request has left as soon as it is here, so that whatever goes wrong from now on may have had its effect."""
        exchange = transport._current.get()
        if exchange is not None:
            exchange.left = True
        try:
            chunks, status, headers = run_wsgi_app(self.app, _environ(request))
            body = b"".join(chunks)
        except BrokenConnectionError as problem:
            raise requests.ConnectionError("the connection broke", request=request) from problem
        code, _, reason = status.partition(" ")
        answer = HTTPResponse(
            io.BytesIO(body),
            HTTPHeaderDict(headers.items()),
            int(code),
            reason=reason,
            preload_content=False,
            decode_content=False,
            request_method=request.method,
        )
        return self.build_response(request, answer)


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts, body = urlsplit(str(request.url)), request.body or b""
    content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else _whole(body)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "REQUEST_URI": f"{parts.path}?{parts.query}" if parts.query else parts.path,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if key not in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    return environ


def _whole(body: Any) -> bytes:
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)
