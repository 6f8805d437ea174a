"""Files beside their events: streamed at flat memory, looked at by their first bytes, checked by the publisher's own function."""

import hashlib
import io
import re
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image
from pydantic import ValidationError

from colophon.config.assets import AssetRecipient, Assets, PictureLimits
from colophon.config.files import load_part
from colophon.errors import FileRefusedError, NotReadyError, TransportError, UnexpectedAnswerError
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
    files = AssetFiles(other, sparse(size), Assets(kinds={"interior_pdf": ("application/pdf",)}), "dam")
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
        AssetFiles(client(tmp_path), changing, Assets(kinds={"sample": ("application/pdf",)}), "dam")(planned)
    assert (calls, waits.value.not_before is not None) == (["f", "f"], True)
    checked = AssetFiles(
        client(tmp_path), sparse(99), Assets(kinds={"sample": ("application/pdf",)}), "dam", lambda _file: "EICAR test file"
    )
    with pytest.raises(FileRefusedError, match="EICAR"):
        checked(planned)


def test_one_file_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    """Its link ends in the middle each time, or the scanner chokes on it: it waits. Where two in a row cannot be read, the asset store is away."""

    def fetch(file_id: str, sha256: str, to: Path) -> None:
        if file_id == "broken":
            raise TransportError("the connection was cut", system="fourallportal")
        sparse(99)(file_id, sha256, to)

    def check(_file: Path) -> str:
        raise KeyError

    def planned(file_id: str, size: int = 99) -> dict[str, object]:
        return {"file": file_id, "kind": "sample", "sha256": hash_of(size), "mediaType": None, "name": "n"}

    files = AssetFiles(client(tmp_path), fetch, Assets(kinds={"sample": ("application/pdf",)}), "dam")
    for _ in range(2):
        with pytest.raises(NotReadyError, match="the connection was cut"):
            files(planned("broken"))
        assert files(planned("whole"))["bytes"] == 99
    with pytest.raises(NotReadyError):
        files(planned("broken"))
    with pytest.raises(TransportError):
        files(planned("broken"))
    scanned = AssetFiles(client(tmp_path), fetch, Assets(kinds={"sample": ("application/pdf",)}), "dam", check)
    with pytest.raises(NotReadyError, match="the check of files broke"):
        scanned(planned("whole"))


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


def packed(*parts: str) -> bytes:
    """A zip of empty parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for part in parts:
            package.writestr(part, "application/epub+zip" if part == "mimetype" else "")
    return out.getvalue()


EPUB = packed("mimetype", "META-INF/container.xml", "a.xhtml")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (EPUB, ""),
        (EPUB[: len(EPUB) // 2], "cut off"),
        (packed("mimetype", "a.xhtml"), "cut off"),
        (packed("a.exe"), "not of its type"),
        (b"MZ\x90\0", "not of its type"),
    ],
    ids=["whole", "half of it", "without its container", "a zip of something else", "a program"],
)
def test_an_e_book_that_nobody_can_open_does_not_go(tmp_path: Path, content: bytes, says: str) -> None:
    """By what is in it, and not by its name."""
    planned = {"file": "f", "kind": "epub", "sha256": hashlib.sha256(content).hexdigest(), "mediaType": None, "name": "n"}
    files = AssetFiles(
        client(tmp_path), lambda *to: to[-1].write_bytes(content) and None, Assets(kinds={"epub": ("application/epub+zip",)}), "dam"
    )
    if says:
        with pytest.raises(FileRefusedError, match=says):
            files(planned)
    else:
        assert files(planned)["fileName"] == "n.epub"


def jpeg(width: int, height: int, components: int = 3) -> bytes:
    """The head of a JPEG, behind a thumbnail's segment and a filling byte."""
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC2, 8 + 3 * components, 8, height, width, components)
    return b"\xff\xd8" + b"\xff\xe1\0\x08Exif\0\0" + b"\xff" + frame + bytes(40)


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    """A PNG of one colour."""
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("picture", "limits", "says"),
    [
        (jpeg(1600, 2560), "kindle", ""),
        (png(625, 1000), "kindle", ""),
        (jpeg(624, 1000), "kindle", "624x1000 instead of at least 625x1000"),
        (jpeg(1600, 10001), "kindle", "1600x10001 instead of at most 10000x10000"),
        (jpeg(1600, 2560, components=4), "kindle", "not RGB"),
        (png(1600, 2560, "L"), "kindle", "not RGB"),
        (jpeg(2400, 3000), "audio", "2400x3000, which is no square"),
        (jpeg(2400, 2400), "audio", ""),
        (png(1600, 2560) + bytes(3 << 20), "kobo", "more than 3 MB"),
        (jpeg(1600, 2560)[:20], "kindle", "whose size can be read"),
        (b"II*\0" + bytes(60), "kindle", "whose size can be read"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_picture_is_as_its_recipient_asks(tmp_path: Path, picture: bytes, limits: str, says: str) -> None:
    """Sides, square, colours for screens and size, by the picture's own bytes; the middleware may hold it for somebody who asks for less."""
    planned = {
        "file": "f",
        "kind": "cover",
        "sha256": hashlib.sha256(picture).hexdigest(),
        "mediaType": media_type(picture),
        "name": "n",
        "limits": limits,
    }
    shipped = load_part(Assets, "assets.yaml").model_copy(update={"recipients": {"shop": AssetRecipient(pictures={"cover": limits})}})
    files = AssetFiles(client(tmp_path), lambda *to: to[-1].write_bytes(picture) and None, shipped, "shop")
    if says:
        with pytest.raises(FileRefusedError, match=re.escape(says)):
            files(planned)
    else:
        assert files(planned)["mediaType"] == planned["mediaType"]


def test_what_the_middleware_holds_for_another_is_measured_for_who_asks(tmp_path: Path) -> None:
    """A cover that is too small for one was sent to the other."""
    other, small, fetched = client(tmp_path), jpeg(100, 100), list[str]()
    other.transport.held_payload = lambda payload: payload
    kindle = AssetRecipient(pictures={"cover": "kindle"})
    assets = load_part(Assets, "assets.yaml").model_copy(update={"recipients": {"kindle": kindle}})

    def fetch(file_id: str, _sha256: str, to: Path) -> None:
        fetched.append(file_id)
        to.write_bytes(small)

    planned = {"file": "f", "kind": "cover", "sha256": hashlib.sha256(small).hexdigest(), "mediaType": "image/jpeg", "name": "n"}
    assert (AssetFiles(other, fetch, assets, "dam")(planned)["fileName"], fetched) == ("n.jpg", [])
    with pytest.raises(FileRefusedError, match="100x100 instead of at least 625x1000"):
        AssetFiles(other, fetch, assets, "kindle")(planned)


def test_a_recipient_names_limits_that_there_are() -> None:
    """A slip would let everything through, and nobody would know."""
    with pytest.raises(ValidationError, match="there is no 'kindel', the nearest is 'kindle'"):
        Assets(
            kinds={"cover": ("image/png",)},
            pictures={"kindle": PictureLimits()},
            recipients={"a": AssetRecipient(pictures={"cover": "kindel"})},
        )
