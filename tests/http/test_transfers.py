"""Files in and out: streamed, checked, repeated from their beginning."""

import hashlib
import io
import time

import pytest

from colophon.errors import BadShapeError, InvalidError, NotFoundError, ServerError, WrongAddressError
from colophon.http.operation import DeliveryClass, Operation

GET = Operation("get_file", "GET", "/files/{id}", accept="*/*")
PUT = Operation("put_file", "PUT", "/files/{id}", DeliveryClass.B, accept="*/*", expect=frozenset({201}))
CONTENT = bytes(range(256)) * 2000


def test_download_into_a_file(client, server, play):
    """Hash, size and type are told; the file begins where it stood."""
    server.script = [play.says(raw=CONTENT, headers={"Content-Type": "application/xml; charset=utf-8"})]
    file = io.BytesIO(b"head")
    file.seek(4)
    got = client.download(GET, file, path={"id": "1"}, max_bytes=len(CONTENT))
    assert file.getvalue() == b"head" + CONTENT
    assert got[:3] == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "application/xml")


def test_cut_download_begins_again(client, server, play):
    """A half-read file leaves nothing of the first try."""
    server.script = [play.truncates, play.says(raw=b"whole")]
    file = io.BytesIO()
    assert client.download(GET, file, path={"id": "1"}, max_bytes=1000).size == 5
    assert file.getvalue() == b"whole"


def test_download_beyond_its_size_is_stopped(client, server, play):
    """More than announced is refused while it comes."""
    server.script = [play.says(raw=CONTENT)]
    with pytest.raises(BadShapeError):
        client.download(GET, io.BytesIO(), path={"id": "1"}, max_bytes=100_000)


def test_download_has_no_total_limit_but_must_move(make_client, server, play):
    """A slow one goes on beyond the total limit; a stuck one ends."""

    def slow(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "6")
        handler.end_headers()
        for _ in range(6):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    server.script = [slow]
    assert make_client(total_s=0.1, read_s=60.0).download(GET, io.BytesIO(), path={"id": "1"}, max_bytes=10).size == 6
    server.script = [play.stays_silent]
    with pytest.raises(ServerError):
        make_client(read_tries=1, read_s=0.1).download(GET, io.BytesIO(), path={"id": "1"}, max_bytes=10)


def test_missing_file(client, server, play):
    """A 404 is the subject's, and writes nothing."""
    server.script = [play.says({}, 404)]
    file = io.BytesIO()
    with pytest.raises(NotFoundError):
        client.download(GET, file, path={"id": "1"}, max_bytes=10)
    assert not file.getvalue()


def test_link_goes_without_credentials(make_client, server, make_server, play):
    """Another host gets no Authorization, also after redirects among allowed hosts."""
    store, mirror = make_server(), make_server()
    store.script = [play.says(status=302, raw=b"", headers={"Location": f"{mirror.url}/x?sig=1"})]
    mirror.script = [play.says(raw=b"file")]
    file, client = io.BytesIO(), make_client(link_hosts=("127.0.0.1",))
    client.download(GET, file, link=client.settings.trusted(f"{store.url}/f?sig=1"), max_bytes=10)
    assert file.getvalue() == b"file"
    assert not server.seen
    assert all("authorization" not in s.headers for s in (*store.seen, *mirror.seen))


def test_link_to_a_host_not_allowed_is_not_fetched(make_client, make_server):
    """Nothing is asked of a host that nobody named."""
    store, client = make_server(), make_client(link_hosts=("allowed.example", "127.0.0.1:1"))
    for link in (f"{store.url}/f", "http://example.com/f", "file:///etc/passwd", "https://user@allowed.example/f", "//allowed.example/f"):
        with pytest.raises(InvalidError):
            client.download(GET, io.BytesIO(), link=client.settings.trusted(link), max_bytes=10)
    assert not store.seen


def test_link_redirected_outside_is_not_followed(make_client, make_server, play):
    """An allowed host cannot lead us to one that is not."""
    store, other = make_server(), make_server()
    store.script = [play.says(status=302, raw=b"", headers={"Location": f"{other.url}/f"})]
    client = make_client(link_hosts=(f"127.0.0.1:{store.server_port}",))
    with pytest.raises((WrongAddressError, InvalidError)):
        client.download(GET, io.BytesIO(), link=client.settings.trusted(f"{store.url}/f"), max_bytes=10)
    assert not other.seen


def test_upload_is_repeated_from_its_beginning(client, server, play):
    """A lost answer repeats the whole file, with its length stated."""
    server.script = [play.resets, play.says({}, 201)]
    file = io.BytesIO(b"skip" + CONTENT)
    file.seek(4)
    client.call(PUT, path={"id": "1"}, body=file, headers={"Content-Type": "application/xml"})
    assert [s.body for s in server.seen] == [CONTENT, CONTENT]
    assert server.seen[0].headers["content-length"] == str(len(CONTENT))
    assert server.seen[0].headers["content-type"] == "application/xml"


def test_upload_may_be_slow_and_its_answer_may_not(make_client, server, play):
    """Sending a file has no total limit; then the answer's time begins."""
    server.script = [play.dribbles("body", 201)]
    began = time.monotonic()
    with pytest.raises(ServerError):
        make_client(write_tries=1, total_s=0.2).call(PUT, path={"id": "1"}, body=io.BytesIO(CONTENT))
    assert time.monotonic() - began < 60
