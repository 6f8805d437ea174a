"""Callbacks as the sandbox really sends them: proved, doubled, late, out of order."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from colophon.errors import BadConnectionError, ForgedError, InvalidError

SECRET = "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA=="
SCHEMES = ["basic", "shared_secret", "standard"]


@pytest.fixture
def got(sandbox) -> Iterator[list]:
    """What a receiver of ours gets: (headers, body)."""
    found: list[tuple[dict, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    sandbox.settings(webhook_url=f"http://127.0.0.1:{server.server_port}/colophon/hooks/push")
    yield found
    server.shutdown()
    thread.join(60)
    server.server_close()


def callbacks(client, message, sandbox, got):
    """All callbacks of one alert."""
    client.submit(client.build_file([message()], "u", "o"))
    sandbox.advance(6)
    sandbox.advance(60)
    return got


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_the_sandbox_sends_is_believed(make_client, message, sandbox, got, scheme):
    """Each way of proof, and the body is a status of our job."""
    sandbox.settings(webhook_scheme=scheme)
    client = make_client(hook_scheme=scheme, hook_login="sandbox", hook_secret=SECRET)
    found = [client.accept_callback(*one) for one in callbacks(client, message, sandbox, got)]
    assert len({callback_id for callback_id, _ in found}) == 3
    assert [status.states[0] for _, status in found] == ["Processing", "Delivering", "Complete"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("spoil", ["no proof", "other secret", "other body"])
def test_forged(make_client, message, sandbox, got, scheme, spoil):
    """No proof, another secret, and where bodies are signed another body."""
    sandbox.settings(webhook_scheme=scheme)
    secret = SECRET if spoil != "other secret" else "whsec_" + "QUJD" * 8
    client = make_client(hook_scheme=scheme, hook_login="sandbox", hook_secret=secret)
    headers, body = callbacks(client, message, sandbox, got)[0]
    if spoil == "no proof":
        headers = {"Content-Type": "application/json"}
    if spoil == "other body":
        body = b"{}"
    with pytest.raises((ForgedError, InvalidError)) as caught:
        client.accept_callback(headers, body)
    assert SECRET not in str(caught.value)


def test_twice_and_out_of_order(make_client, message, sandbox, got):
    """A second one has the id of the first; the order of arrival says nothing."""
    sandbox.settings(webhook_twice=True, webhook_out_of_order=True)
    client = make_client(hook_login="sandbox", hook_secret=SECRET)
    found = [client.accept_callback(*one) for one in callbacks(client, message, sandbox, got)]
    assert len(found) == 6
    assert len({callback_id for callback_id, _ in found}) == 3


def test_no_secret_no_belief(client):
    """Without a secret nothing is believed, also not an empty one."""
    with pytest.raises(BadConnectionError):
        client.accept_callback({"Authorization": "Basic Og=="}, b"{}")


def test_too_large(make_client):
    """Told by size alone."""
    with pytest.raises(InvalidError):
        make_client(hook_secret=SECRET).accept_callback({}, b"x" * 300_000)
