"""A call within a lease ends before it: with its repeats and waits, and with files that go or come."""

import io
import time

import pytest

from colophon.errors import RateLimitedError, ServerError, TransportError
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.retry import within

READ = Operation("thing", "GET", "/things")
UPLOAD = Operation("file", "PUT", "/files", DeliveryClass.A)


class Slow(io.BytesIO):
    """A file that comes from a slow place; requests reads it in pieces."""

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.05)
        return super().read(min(size or 1024, 1024))


def test_repeats_end_with_the_time(make_client, server, play):
    """A system in trouble is asked again for as long as there is time, and no longer."""
    server.script = [play.says(status=503, headers={"Retry-After": "1"})]
    client = make_client(budget_s=600, read_tries=50)
    began = time.monotonic()
    with within(lambda: 1.5), pytest.raises(RateLimitedError):
        client.call(READ)
    assert time.monotonic() - began < 5
    assert len(server.seen) <= 3


def test_silence_ends_with_the_time(make_client, server, play):
    """Though the connection would wait for a minute."""
    server.script = [play.stays_silent]
    began = time.monotonic()
    with within(lambda: 0.3), pytest.raises(ServerError):
        make_client(total_s=60.0, read_s=60.0).call(READ)
    assert time.monotonic() - began < 3


def test_a_file_that_comes_slowly_ends_with_the_time(make_client, server, play):
    """Bytes keep moving, for longer than there is time."""
    server.script = [play.dribbles("body")]
    began = time.monotonic()
    with within(lambda: 0.3), pytest.raises(ServerError):
        make_client(read_tries=1).download(READ, io.BytesIO(), path={}, max_bytes=10**6)
    assert time.monotonic() - began < 3


def test_a_file_that_goes_slowly_ends_with_the_time(make_client, server):
    """The same the other way."""
    began = time.monotonic()
    with within(lambda: 0.3), pytest.raises(ServerError):
        make_client(write_tries=1).call(UPLOAD, body=Slow(b"x" * 200_000))
    assert time.monotonic() - began < 3
    with within(lambda: 30.0):
        make_client(write_tries=1).call(UPLOAD, body=io.BytesIO(b"x" * 200_000))
    assert server.seen[-1].body == b"x" * 200_000


def test_what_is_no_longer_ours_is_not_begun(make_client, server):
    """Where the lease is lost, nothing is asked."""

    def lost() -> float:
        raise TransportError("another run has taken over")

    with within(lost), pytest.raises(TransportError, match="taken over"):
        make_client().call(READ)
    assert server.seen == []
