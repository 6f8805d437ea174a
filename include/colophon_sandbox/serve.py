"""The server, and a sandbox of one's own for a test."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from colophon_sandbox.app import START, Sandbox
from colophon_sandbox.faults import BrokenConnectionError
from colophon_sandbox.system import System

Seed = Callable[[], Mapping[str, Any]]


class _Handler(WSGIRequestHandler):
    """Keep-alive connections, no access log, and connections that end on purpose."""

    protocol_version = "HTTP/1.1"
    # Small answers must not wait for the peer's delayed acknowledgement.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """One request; a connection that a fault broke is closed without a word."""
        try:
            super().run_wsgi()
        except (BrokenConnectionError, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def handle(self) -> None:
        """All requests of one connection."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        """The connection's end; it may be closed already."""
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's signature
        """Nothing: the journal has it all."""


def all_systems() -> list[type[System]]:
    """Every system that there is."""
    from colophon_sandbox.systems.bytenite import ByteNite
    from colophon_sandbox.systems.consonance import Consonance
    from colophon_sandbox.systems.fourallportal import Fourallportal
    from colophon_sandbox.systems.opentext_exstream import Exstream
    from colophon_sandbox.systems.opentext_push import OpentextPush
    from colophon_sandbox.systems.xconnector import XConnector

    return [Consonance, OpentextPush, Exstream, XConnector, Fourallportal, ByteNite]


def make_sandbox(
    *, control: bool = True, state: Path | None = None, seeds: Sequence[Seed] = (), start: datetime = START, **machine: Any
) -> Sandbox:
    """A sandbox, seeded unless its state file has something already. A seed is made anew for each reset, for the systems change it.

    :param machine: `wall` and `sleep` of `World`, where the machine's own will not do.
    """
    sandbox = Sandbox(all_systems(), control=control, state=state, start=start, **machine)
    sandbox.seeds = list(seeds)
    if sandbox.world.store.is_empty:
        for make in seeds:
            sandbox.load(make())
    return sandbox


def bind(sandbox: Sandbox, host: str, port: int, *, or_any: bool = False) -> BaseWSGIServer:
    """A server for it; `serve_forever()` runs it.

    :param or_any: take another port where this one is taken; else the process ends.
    """
    try:
        return make_server(host, port, sandbox, threaded=True, request_handler=_Handler, passthrough_errors=True)
    except SystemExit:  # so the server says that the port is taken
        if not or_any:
            raise
    return bind(sandbox, host, 0)


@contextmanager
def ticking(sandbox: Sandbox, every_s: float = 0.5) -> Iterator[None]:
    """While the block runs, what the running clock makes due happens without anybody asking."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(every_s):
            sandbox.work()

    thread = threading.Thread(target=work, name="sandbox clock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(60)


@contextmanager
def running_sandbox(*seeds: Mapping[str, Any], control: bool = True, state: Path | None = None) -> Iterator[str]:
    """A sandbox on a free loopback port while the block runs; its address."""
    sandbox = make_sandbox(control=control, state=state, seeds=[partial(deepcopy, records) for records in seeds])
    server = bind(sandbox, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        with ticking(sandbox):
            yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()
