"""What a server can do to us with its answer: size, time, nonsense (K7, K8)."""

import gzip
import time

import pytest

from colophon.errors import BadShapeError, EffectUnknownError, NotOursError, ServerError
from colophon.http.operation import DeliveryClass, Operation

READ = Operation("thing", "GET", "/things")


@pytest.mark.parametrize("at", ["status line", "body"])
def test_dribbling_answer_ends_at_the_total_limit(make_client, server, play, at):
    """One byte now and then keeps the silence short, and the deadline ends it all the same."""
    server.script = [play.dribbles(at)]
    client = make_client(read_tries=1, total_s=0.3)
    began = time.monotonic()
    with pytest.raises(ServerError):
        client.call(READ)
    assert time.monotonic() - began < 60


def test_silence_ends_at_the_read_limit(make_client, server, play):
    """A server that takes the request and says nothing does not hold us."""
    server.script = [play.stays_silent]
    began = time.monotonic()
    with pytest.raises(EffectUnknownError):
        make_client(total_s=120.0, read_s=0.2).call(Operation("thing", "POST", "/things", DeliveryClass.D))
    assert time.monotonic() - began < 60


def test_body_up_to_the_limit_is_read(make_client, server, play):
    """The limit itself is allowed."""
    server.script = [play.says(raw=b'"' + b"x" * 98 + b'"')]
    assert len(make_client(max_body_bytes=100).call(READ).content) == 100


@pytest.mark.parametrize("compressed", [False, True])
def test_body_beyond_the_limit_is_refused(make_client, server, play, compressed):
    """The limit counts what would be in memory, so a small compressed bomb is refused as well."""
    content = b'"' + b" " * 3_000_000 + b'"'
    server.script = [play.gzipped(content) if compressed else play.says(raw=content)]
    with pytest.raises(BadShapeError, match="larger than agreed"):
        make_client(max_body_bytes=1_000_000).call(READ)
    assert len(server.seen) == 2


def test_bomb_in_a_bomb_is_not_unpacked(make_client, server, play):
    """Only what the header names is decompressed, once."""
    server.script = [play.gzipped(gzip.compress(b" " * 1_000_000))]
    with pytest.raises(BadShapeError):
        make_client(max_body_bytes=100_000).call(READ)


def test_compressed_answers_are_read(client, server, play):
    """What we ask for by Accept-Encoding we understand."""
    server.script = [play.gzipped(b'{"ok": 1}')]
    assert client.call(READ).json() == {"ok": 1}
    assert server.seen[0].headers["accept-encoding"] == "gzip"


def test_body_that_is_not_what_its_encoding_says_is_garbled(client, server, play):
    """A 200 that cannot be unpacked is a lost answer."""
    server.script = [play.says(raw=b"not gzip", headers={"Content-Encoding": "gzip"})]
    with pytest.raises(ServerError):
        client.call(READ)
    assert len(server.seen) == 5


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"\xff\xfe",
        b"[" * 65 + b"1" + b"]" * 65,
        b"[" * 100_000,
        b"1e999999999",
        b"9" * 5000,
        b'"\\ud800"',
        b'{"a": 1} x',
    ],
)
def test_json_of_another_shape_is_refused(client, server, play, raw):
    """K8: duplicates, NaN, depth, bad text: refused, and the error does not quote the text."""
    server.script = [play.says(raw=raw)]
    with pytest.raises(BadShapeError) as caught:
        client.call(READ)
    assert len(server.seen) == 2
    assert caught.value.system == "sandbox"


def test_other_content_type_is_not_ours(client, server, play):
    """JSON under text/plain comes from somebody else."""
    server.script = [play.says({"ok": 1}, headers={"Content-Type": "text/plain"})]
    with pytest.raises(NotOursError):
        client.call(READ)


def test_vendor_json_is_json(client, server, play):
    """Any `+json` type will do, with parameters."""
    server.script = [play.says({"ok": 1}, headers={"Content-Type": "application/hal+json; charset=utf-8"})]
    assert client.call(READ).json() == {"ok": 1}


def test_unknown_success_status_is_foreign(client, server, play):
    """A 2xx that the contract does not name is no answer."""
    server.script = [play.says({}, 206)]
    with pytest.raises(NotOursError):
        client.call(READ)


def test_204_needs_no_body(client, server, play):
    """An expected 204 is an answer without JSON."""
    server.script = [play.says(status=204, raw=b"")]
    assert client.call(Operation("end", "DELETE", "/things", DeliveryClass.B, expect=frozenset({204}))).status == 204


def test_long_error_body_is_cut(client, server, play):
    """A megabyte of apology is not read."""
    server.script = [play.says({"code": "x" * 1_000_000}, 500)]
    with pytest.raises(ServerError) as caught:
        client.call(READ)
    assert caught.value.evidence == "HTTP 500"
