"""A server that answers what the test tells it, faults included, and remembers every request."""

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from colophon.http.auth import BearerKey
from colophon.http.client import HttpClient
from colophon.http.settings import HttpSettings

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
Reply = Callable[["Handler"], None]


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int


class Handler(BaseHTTPRequestHandler):
    """Plays the script of its server; its last reply is repeated."""

    protocol_version = "HTTP/1.1"

    def play(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(size), self.client_address[1])
        with self.server.lock:
            self.server.seen.append(seen)
            script = self.server.script
            reply = script.pop(0) if len(script) > 1 else script[0]
        with suppress(OSError):
            reply(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = play  # noqa: N815 - http.server looks for these names

    def log_message(self, *args: object) -> None:
        """Nothing to the console."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.seen: list[Seen] = []
        self.script: list[Reply] = [says({"ok": True})]
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the play."""


def says(body: object = None, status: int = 200, headers: dict[str, str] | None = None, raw: bytes | None = None) -> Reply:
    """An honest answer, JSON unless `raw` is given."""

    def reply(handler: Handler) -> None:
        content = raw if raw is not None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}
        handler.send_response(status)
        for name, value in sent.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    return reply


def hangs_up(handler: Handler) -> None:
    """Closes without a byte, after the request was read."""
    handler.close_connection = True


def resets(handler: Handler) -> None:
    """RST instead of an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
    handler.rfile.close()
    handler.wfile.close()


def truncates(handler: Handler) -> None:
    """Half the body, full length stated."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"ok": tr')
    handler.close_connection = True


def garbles(handler: Handler) -> None:
    """No HTTP at all."""
    handler.wfile.write(b"\x00\xffgarbled\r\n\r\n")
    handler.close_connection = True


def stays_silent(handler: Handler) -> None:
    """Takes the request and says nothing until the test is over."""
    handler.server.released.wait(60)
    handler.close_connection = True


def dribbles(at: str, status: int = 200) -> Reply:
    """One byte at a time, in the status line or in the body, for as long as anybody listens."""

    def reply(handler: Handler) -> None:
        text = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n".encode()
        if at == "body":
            handler.wfile.write(text)
            text = b" " * 100000
        for byte in text:
            if handler.server.released.is_set():
                break
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.02)
        handler.close_connection = True

    return reply


def login_page(handler: Handler) -> None:
    """What a proxy says to somebody whom it does not know."""
    says(raw=b"<html>Log in</html>", headers={"Content-Type": "text/html"})(handler)


def gzipped(content: bytes) -> Reply:
    """The content, compressed."""
    return says(raw=gzip.compress(content), headers={"Content-Encoding": "gzip"})


@pytest.fixture
def make_server() -> Iterator[Callable[[], Server]]:
    """Starts servers on loopback; all stop at the end."""
    servers: list[Server] = []

    def make() -> Server:
        server = Server()
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield make
    for server in servers:
        server.released.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(make_server: Callable[[], Server]) -> Server:
    """One server."""
    return make_server()


@dataclass
class Waits:
    """A sleep that only remembers."""

    slept: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def waits() -> Waits:
    """What the client wanted to wait."""
    return Waits()


@pytest.fixture
def make_client(server: Server, waits: Waits) -> Iterator[Callable[..., HttpClient]]:
    """Clients of the server, without waiting and with randomness at its upper end."""
    clients: list[HttpClient] = []

    def make(auth: object = None, **settings: object) -> HttpClient:
        values = {"base_url": server.url, "start_jitter_s": 0.0, "connect_s": 60.0, "read_s": 60.0, "total_s": 60.0, **settings}
        made = HttpClient(
            HttpSettings(**values),
            auth or BearerKey("not-a-real-key"),
            system="sandbox",
            sleep=waits,
            random=lambda: 1.0,
            clock=lambda: NOW,
        )
        clients.append(made)
        return made

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., HttpClient]) -> HttpClient:
    """One client of the server."""
    return make_client()


@pytest.fixture
def play() -> SimpleNamespace:
    """The replies that a script can be made of."""
    return SimpleNamespace(
        says=says,
        hangs_up=hangs_up,
        resets=resets,
        truncates=truncates,
        garbles=garbles,
        stays_silent=stays_silent,
        dribbles=dribbles,
        login_page=login_page,
        gzipped=gzipped,
        now=NOW,
    )
