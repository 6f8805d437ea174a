"""What goes out: address, headers, pace; and what is logged of it."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from colophon.errors import BadConnectionError, BadShapeError, InvalidError, NotFoundError
from colophon.http.address import configured
from colophon.http.auth import BearerKey
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.redaction import forms_of

READ = Operation("thing", "GET", "/things/{id}")


def test_address_and_query_are_encoded(make_client, server):
    """The base may carry a path; values cannot leave their place."""
    client = make_client(base_url=f"{server.url}/push/")
    client.call(READ, path={"id": "a/b c?é"}, query={"q[isbn]": "9 7", "n": 5})
    assert server.seen[0].path == "/push/things/a%2Fb%20c%3F%C3%A9?q%5Bisbn%5D=9%207&n=5"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_values_that_change_the_path_are_refused(client, server, value):
    """Dots would be resolved away on the wire."""
    with pytest.raises(InvalidError):
        client.call(READ, path={"id": value})
    assert not server.seen


def test_other_base(client, make_server):
    """One call may go to another address of the same system, by the same rules."""
    other = make_server()
    client.call(READ, path={"id": "1"}, base=configured(f"{other.url}/rest"))
    assert other.seen[0].path == "/rest/things/1"
    with pytest.raises(BadConnectionError):
        client.call(READ, path={"id": "1"}, base=configured("http://example.com"))


def test_headers_are_ours_alone(client, server, play, monkeypatch, tmp_path):
    """Exactly the headers of code and contract: no cookies, no netrc, nothing of the library."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password p\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server.script = [play.says({"ok": 1}, headers={"Set-Cookie": "session=1; Path=/"})]
    for _ in range(2):
        client.call(READ, path={"id": "1"})
    for seen in server.seen:
        assert set(seen.headers) == {"host", "accept", "accept-encoding", "user-agent", "x-request-id", "authorization"}
        assert seen.headers["authorization"] == "Bearer not-a-real-key"
        assert seen.headers["user-agent"].startswith("colophon/")


def test_environment_is_not_trusted(client, server, monkeypatch):
    """A proxy variable of the worker does not redirect our calls."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert client.call(READ, path={"id": "1"}).status == 200


def test_proxy_of_the_connection_is_used(make_client, make_server):
    """A connection's proxy gets the request; one that is away means not sent."""
    proxy = make_server()
    make_client(base_url="http://127.0.0.1:9", proxies={"http": proxy.url}).call(READ, path={"id": "1"})
    assert proxy.seen[0].path == "http://127.0.0.1:9/things/1"


def test_expected_statuses_come_back(client, server, play):
    """A 404 can be an answer where the contract says so."""
    server.script = [play.says({}, 404)]
    assert client.call(Operation("there", "HEAD", "/things/{id}", expect=frozenset({200, 404})), path={"id": "1"}).status == 404


def test_calls_share_connections(client, server):
    """One connection serves calls one after another."""
    for _ in range(3):
        client.call(READ, path={"id": "1"})
    assert len({s.port for s in server.seen}) == 1


@pytest.mark.parametrize("writes", ["C", "D"])
def test_unrepeatable_writes_get_a_new_connection(client, server, writes):
    """A pooled connection may just be closing: where nothing can be repeated, none is used."""
    client.call(READ, path={"id": "1"})
    client.call(Operation("thing", "POST", "/things", DeliveryClass(writes)), json={})
    assert len({s.port for s in server.seen}) == 2


def test_idle_connections_are_not_used(client, server, monkeypatch):
    """After a few seconds of silence a server may be closing: a new connection is safer."""
    client.call(READ, path={"id": "1"})
    monkeypatch.setattr("colophon.http.transport.IDLE_S", 0.0)
    client.call(READ, path={"id": "1"})
    assert len({s.port for s in server.seen}) == 2


def test_at_most_so_many_at_once(make_client, server, play):
    """`max_concurrency` holds over all threads."""
    running, most, lock = [0], [0], threading.Lock()

    def slow(handler):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        play.says({})(handler)

    server.script = [slow]
    client = make_client(max_concurrency=2)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.call(READ, path={"id": str(n)}), range(16)))
    assert most[0] == 2


def test_at_most_so_many_a_second(make_client, waits):
    """`max_per_second` spaces the tries."""
    client = make_client(max_per_second=2.0)
    for _ in range(3):
        client.call(READ, path={"id": "1"})
    assert waits.slept == [pytest.approx(0.5, abs=0.1), pytest.approx(1.0, abs=0.1)]


def test_no_call_before_a_random_start(make_client, waits):
    """No load on the full hour: the first call of a client waits, and none overtakes it."""
    client = make_client(start_jitter_s=30.0)
    for _ in range(2):
        client.call(READ, path={"id": "1"})
    assert waits.slept == [pytest.approx(30.0), pytest.approx(30.0, abs=1.0)]


def test_logs_tell_the_call_and_nothing_private(make_client, server, play, caplog):
    """K14: path template, status, time and bytes; no query, no body, no token, at any level and from any library."""
    caplog.set_level(logging.DEBUG)
    secret = "c4n4ry-s3cret/value"
    server.script = [play.says({"name": "Jane Canary"}), play.says({"detail": "Jane Canary", "code": secret}, 404), play.resets]
    client = make_client(BearerKey(secret))
    client.call(READ, path={"id": "jane@canary.example"}, query={"mail": "jane@canary.example"})
    with pytest.raises(NotFoundError) as refused:
        client.call(READ, path={"id": "jane@canary.example"}, query={"key": secret})
    with pytest.raises(Exception, match="no whole answer") as lost:
        client.call(READ, path={"id": "jane@canary.example"}, query={"key": secret})
    told = "\n".join([caplog.text, str(refused.value), str(lost.value), repr(lost.value.__cause__), repr(lost.value.__context__)]).lower()
    assert "sandbox get /things/{id}: 200" in told
    for canary in ("canary.example", "jane", *forms_of(secret)):
        assert canary.lower() not in told


def test_foreign_body_is_in_no_error(client, server, play):
    """What could not be read is not quoted, nor reachable from the error."""
    server.script = [play.says(raw=b"Jane Canary")]
    with pytest.raises(BadShapeError) as caught:
        client.call(READ, path={"id": "1"})
    assert "Jane" not in str(caught.value)
    assert caught.value.__cause__ is None
