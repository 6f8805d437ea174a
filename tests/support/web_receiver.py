"""Somebody on this host who wants to be called: keeps what comes, and answers as he is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Headers and bodies of what was posted, in `got`. Answers `status`, agrees to be called by `origin` (empty: not), and gives `content`."""

    def __init__(self, path: str) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.origin, self.asked, self.content = 202, "*", 0, b""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.base}{path}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def bodies(self) -> list[Any]:
        """What was posted, read as JSON."""
        return [json.loads(body) for _, body in self.got]

    def close(self) -> None:
        """Be called no more."""
        self.server.shutdown()
        self._thread.join(60)
        self.server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            receiver.asked += 1
            allowed = {"WebHook-Allowed-Origin": receiver.origin, "WebHook-Allowed-Rate": "120"} if receiver.origin else {}
            self._answer(200, allowed)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self._answer(receiver.status)

        def do_GET(self) -> None:
            self._answer(200, content=receiver.content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def _answer(self, status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> None:
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    return Handler
