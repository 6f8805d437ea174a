"""Files beside their events: streamed at flat memory, looked at by their first bytes, checked by the publisher's own function."""

import hashlib
import tracemalloc
from pathlib import Path
from typing import BinaryIO

import pytest

from colophon.errors import FileRefusedError, NotReadyError, UnexpectedAnswerError
from colophon.media_type import media_type
from colophon.systems.xconnector.asset_files import AssetFiles
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.records import Payload
from colophon.systems.xconnector.settings import XConnectorSettings
from colophon.systems.xconnector.transport import EventTransport

MB = 1 << 20
HEAD = b"%PDF-1.7\n"


class Counting(EventTransport):
    """The other side: it reads what it is given, a piece at a time, and keeps the hash."""

    mode = "counting"

    def __init__(self) -> None:
        self.sha256, self.bytes = "", 0

    def test(self) -> None:
        """Nobody asks."""

    def send(self, events):
        return []

    def put_payload(self, file: BinaryIO, payload: Payload) -> Payload:
        digest = hashlib.sha256()
        while piece := file.read(64 << 10):
            digest.update(piece)
            self.bytes += len(piece)
        self.sha256 = digest.hexdigest()
        return payload.model_copy(update={"url": f"xc1:payload:{self.sha256}"})


def client(tmp_path: Path) -> XConnectorClient:
    """A client of that other side."""
    made = XConnectorClient(XConnectorSettings.from_connection("", "", {"mode": "file_drop", "drop_location": str(tmp_path)}))
    made.transport = Counting()
    return made


def sparse(size: int):
    """A fetch that writes a file of holes; a disk that has no room for it takes none."""

    def fetch(_file_id: str, _sha256: str, to: Path) -> None:
        with to.open("wb") as out:
            out.write(HEAD)
            out.truncate(size)

    return fetch


def hash_of(size: int) -> str:
    """The SHA-256 of such a file."""
    digest, left = hashlib.sha256(HEAD), size - len(HEAD)
    zeros = bytes(MB)
    while left:
        digest.update(zeros[: min(MB, left)])
        left -= min(MB, left)
    return digest.hexdigest()


@pytest.mark.parametrize("megabytes", [64, pytest.param(2048, marks=pytest.mark.nightly)])
def test_xc3_e_a_large_interior_streams_at_flat_memory(tmp_path: Path, megabytes: int) -> None:
    """Never more than 8 MB of it at once, however large it is; the receiver's hash is ours."""
    size, other = megabytes * MB, client(tmp_path)
    planned = {"file": "f", "kind": "interior_pdf", "sha256": hash_of(size), "mediaType": "application/pdf", "name": "978_interior"}
    files = AssetFiles(other, sparse(size), {"interior_pdf": ("application/pdf",)})
    tracemalloc.start()
    payload = files(planned)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (payload["sha256"], payload["bytes"], payload["fileName"]) == (planned["sha256"], size, "978_interior.pdf")
    assert other.transport.sha256 == planned["sha256"]
    assert peak < 8 * MB


def test_a_file_that_changes_while_it_is_read_waits_and_one_that_the_check_refuses_does_not_go(tmp_path: Path) -> None:
    """Tried twice; the check is the publisher's own, and its words are kept."""
    calls = []

    def changing(file_id: str, _sha256: str, _to: Path) -> None:
        calls.append(file_id)
        raise UnexpectedAnswerError("the file is not what its hash says", system="fourallportal")

    planned = {"file": "f", "kind": "sample", "sha256": "a" * 64, "mediaType": None, "name": "n"}
    with pytest.raises(NotReadyError) as waits:
        AssetFiles(client(tmp_path), changing, {"sample": ("application/pdf",)})(planned)
    assert (calls, waits.value.not_before is not None) == (["f", "f"], True)
    checked = AssetFiles(client(tmp_path), sparse(99), {"sample": ("application/pdf",)}, lambda _file: "EICAR test file")
    with pytest.raises(FileRefusedError, match="EICAR"):
        checked(planned)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zip", "application/epub+zip"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04" + bytes(40), "application/zip"),
        ("Für alle, die “Meer” mögen\r\n".encode(), "text/plain"),
        (("é" * 4000).encode()[:4096], "text/plain"),
        (b"<html>\0", ""),
        (b"MZ\x90\0", ""),
        (b"", ""),
    ],
)
def test_first_bytes_say_what_a_file_is(head: bytes, says: str) -> None:
    """A name with another ending does not matter, for nobody asks it."""
    assert media_type(head) == says
