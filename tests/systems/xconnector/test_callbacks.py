"""Signed callbacks, as the sandbox really sends them (section 15 item 14)."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from colophon.errors import BadConnectionError, ForgedError, InvalidError

SECRET = "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA=="


@pytest.fixture
def receiver():
    """Agrees to be called, and keeps what comes."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self):
            self.send_response(200)
            self.send_header("WebHook-Allowed-Origin", self.headers["WebHook-Request-Origin"])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self):
            got.append(({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hooks/xconnector", got
    server.shutdown()
    server.server_close()


@pytest.fixture
def called(make_client, sandbox, routed, make, receiver):
    """A client and one callback that reached its receiver."""
    url, got = receiver
    client = make_client(hook_secret=SECRET)
    client.register_callback(url, ["colophon.target.*"])
    routed("erp-main", "erp")
    event = client.make_event("title.withdrawn", f"isbn:{make.isbn}", "erp-main", make.withdrawn(), 1, at=make.now)
    client.send([event])
    sandbox.advance(0)
    headers, body = got[0]
    return client, event, headers, body


def test_good_callback(called):
    """The event comes out, and names what it answers."""
    client, event, headers, body = called
    got = client.parse_callback(headers, body)
    assert (got.type, got.data["eventId"], got.data["target"]) == ("colophon.target.ack.v1", event.id, "erp")


def test_altered_forged_and_old(called, make_client):
    """Another body, another secret, another time: refused."""
    client, _, headers, body = called
    with pytest.raises(ForgedError):
        client.parse_callback(headers, body.replace(b"erp", b"bi"))
    with pytest.raises(ForgedError):
        make_client(hook_secret="whsec_" + "A" * 32).parse_callback(headers, body)
    with pytest.raises(ForgedError):
        client.parse_callback({**headers, "webhook-timestamp": "1777600000"}, body)
    with pytest.raises(BadConnectionError):
        make_client().parse_callback(headers, body)


def test_signed_nonsense(called, monkeypatch):
    """A good signature does not make a CloudEvent; nothing of the body is quoted."""
    client, _, headers, body = called
    monkeypatch.setattr("colophon.http.webhooks.verify", lambda *_, **__: headers["webhook-id"])
    for wrong in (b"{}", b"not json", body.replace(b'"id":"', b'"id":"x')):
        with pytest.raises(InvalidError) as caught:
            client.parse_callback(headers, wrong)
        assert "not json" not in str(caught.value)
