"""Links in answers choose no host: a job's outputs come from where the connection allows, and a master goes nowhere else."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from colophon.errors import UntrustedLinkError
from colophon.systems.bytenite.job_records import Output

FILM = b"UNPUBLISHED MASTER"


class Stranger(BaseHTTPRequestHandler):
    """A service of the same machine that nobody named."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b"internal")

    do_PUT = do_GET  # noqa: N815 - as above

    def log_message(self, *_: object) -> None:
        """Nothing to the console."""


@pytest.fixture
def stranger() -> Iterator[ThreadingHTTPServer]:
    """One that remembers what was asked of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "evil.example"])
def test_an_output_elsewhere_is_not_fetched(client, make, tmp_path, stranger, host):
    """Nothing is asked, nothing is copied, and the error does not tell the link."""
    link = f"http://{host}:{stranger.server_port}/latest/meta-data?sig=c4n4ry"
    job = client.jobs.submit(make.spec())
    client.jobs.outputs = lambda _job: [Output("out.mp4", link, None)]
    with pytest.raises(UntrustedLinkError) as raised:
        client.jobs.collect(job, f"{tmp_path}/out")
    assert stranger.asked == []
    assert not (tmp_path / "out").exists()
    assert "c4n4ry" not in str(raised.value)


def test_a_master_is_uploaded_nowhere_else(client, sandbox, make, tmp_path, stranger):
    """The link for the bytes leads away: they stay here, and the job does not run."""
    (tmp_path / "master.mov").write_bytes(FILM)
    source = {"descriptor": "file", "path": str(tmp_path / "master.mov"), "sha256": hashlib.sha256(FILM).hexdigest(), "name": "master.mov"}
    found = client.jobs._job
    client.jobs._job = lambda name: _led_away(found(name), stranger)
    with pytest.raises(UntrustedLinkError):
        client.jobs.submit(make.spec(source=source))
    assert stranger.asked == []
    assert sandbox.effects("media.run") == []


def test_a_host_that_the_connection_names_is_fetched_from(make_client, make, tmp_path, stranger):
    """Outputs often lie in a store of their own: `link_hosts`."""
    client = make_client(link_hosts=f"127.0.0.1:{stranger.server_port}")
    job = client.jobs.submit(make.spec())
    client.jobs.outputs = lambda _job: [Output("out.bin", f"http://127.0.0.1:{stranger.server_port}/out", None)]
    [file] = client.jobs.collect(job, f"{tmp_path}/out")
    assert (file.bytes, stranger.asked) == (8, ["/out"])


def _led_away(job, stranger):
    source = {"params": {"tempUrl": f"http://127.0.0.1:{stranger.server_port}/steal"}}
    return job.model_copy(update={"data_source": source})
