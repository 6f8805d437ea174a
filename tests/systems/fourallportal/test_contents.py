"""What the bytes of a file are, and what is wrong with them by its kind."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from colophon.config.load import load_config
from colophon.systems.fourallportal.contents import content_of, faults_of
from colophon_sandbox.seeds.living.media import book, picture, sheet

CHECKS = load_config().asset_checks.kinds
ISBN, OTHER = "9781999000011", "9781999000004"


def jpeg(width: int, height: int, parts: int = 3) -> bytes:
    """Its beginning: a thumbnail of another size in what a camera says, then the picture's own size."""
    frame = struct.pack(">BHHB", 8, height, width, parts)
    exif = b"Exif\0\0" + b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x03"
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + b"\xff\xff\xc2" + struct.pack(">H", len(frame) + 2) + frame


def tiff(mode: str) -> bytes:
    """A picture of 1600 by 2560."""
    out = io.BytesIO()
    Image.new(mode, (1600, 2560)).save(out, "TIFF", compression="tiff_deflate")
    return out.getvalue()


def with_part(name: str, body: bytes, packed: int = zipfile.ZIP_STORED) -> bytes:
    """An EPUB with one part more."""
    out = io.BytesIO(book(ISBN))
    with zipfile.ZipFile(out, "a", packed) as file:
        file.writestr(name, body)
    return out.getvalue()


def rewritten(old: bytes, new: bytes) -> bytes:
    """An EPUB that says other words."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(ISBN))) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.infolist():
            after.writestr(part, before.read(part).replace(old, new))
    return out.getvalue()


def encrypted(algorithm: str) -> bytes:
    """What an EPUB says of its encrypted parts."""
    return f'<encryption xmlns="x"><EncryptedData><EncryptionMethod Algorithm="{algorithm}"/></EncryptedData></encryption>'.encode()


def found(tmp_path: Path, kind: str, body: bytes) -> list[tuple[str, str]]:
    """What is wrong with a file, each with `E` where that keeps it from use."""
    (tmp_path / "file").write_bytes(body)
    return [("E" if stops else "W", words) for stops, words in faults_of(content_of(tmp_path / "file"), CHECKS[kind], (ISBN,))]


@pytest.mark.parametrize(
    ("kind", "body", "faults"),
    [
        ("cover", picture("x"), []),
        ("cover", jpeg(1600, 2560), []),
        ("cover", jpeg(2560, 1600), []),  # held upright by what the camera says
        ("cover", tiff("RGB"), []),
        ("cover", tiff("L"), []),
        ("cover", tiff("CMYK"), [("E", "its colours are CMYK")]),
        ("cover", jpeg(1600, 2560, 4), [("E", "its colours are CMYK")]),
        ("cover", picture("x", 624, 1000), [("E", "624 by 1000 pixels are less than 625 by 1000")]),
        ("cover", picture("x", 1399, 2500), [("W", "1399 by 2500 pixels are less than 1400 by 2500")]),
        ("cover", sheet("x"), [("E", "it is application/pdf")]),
        ("cover", b"", [("E", "it is of no form that we know")]),
        ("cover", picture("x")[:20], [("E", "it cannot be opened")]),
        ("cover", b"\xff\xd8\xff\xe0", [("E", "it cannot be opened")]),
        ("cover", b"II*\0", [("E", "it cannot be opened")]),
        ("audio_artwork", picture("x", 3000, 3000), []),
        ("audio_artwork", picture("x", 2399, 2399), [("E", "2399 by 2399 pixels are less than 2400 by 2400")]),
        ("audio_artwork", picture("x", 3000, 3001), [("E", "3000 by 3001 pixels are no square")]),
        ("interior_pdf", sheet("x"), []),
        ("interior_pdf", sheet("x") + b"trailer\n<</Encrypt 9 0 R>>", [("E", "it is locked")]),
        ("interior_pdf", b"%PDF-1.7 <</Linearized 1>> trailer <</Encrypt 9 0 R>>" + bytes(200_000), [("E", "it is locked")]),
        ("interior_pdf", b"%PDF-1.7 (about /Encrypt and /EncryptMetadata true)", []),
        ("epub", book(ISBN), []),
        ("epub", book(OTHER), [("E", f"inside it says ISBN {OTHER}")]),
        ("epub", book("no-isbn"), [("E", "inside it says no ISBN")]),
        ("epub", rewritten(b"accessibilityHazard", b"somethingElse"), [("W", "it says no accessibilityHazard")]),
        ("epub", rewritten(b"<package", b"<<package"), [("E", "it cannot be opened")]),
        ("epub", book(ISBN)[:-30], [("E", "it cannot be opened")]),
        ("epub", with_part("META-INF/rights.xml", b"x"), [("E", "it is locked")]),
        ("epub", with_part("META-INF/license.lcpl", b"{}"), [("E", "it is locked")]),
        ("epub", with_part("META-INF/encryption.xml", encrypted("http://www.w3.org/2001/04/xmlenc#aes256-cbc")), [("E", "it is locked")]),
        ("epub", with_part("META-INF/encryption.xml", encrypted("http://www.idpf.org/2008/embedding")), []),
        ("epub", rewritten(b"book.opf", b"gone.opf"), [("E", "it cannot be opened")]),
        ("epub", with_part("bomb.txt", bytes(5 << 20), zipfile.ZIP_DEFLATED), [("E", "it unpacks to more than 200 times its size")]),
        ("epub", with_part("big.png", picture("x", 2001, 2000)), [("W", "a picture of 4.002 million pixels is more than 4")]),
    ],
)
def test_a_file_is_held_to_what_its_kind_has_to_be(tmp_path: Path, kind: str, body: bytes, faults: list[tuple[str, str]]) -> None:
    """By the file that ships: what is not used, and what is and is reported."""
    assert found(tmp_path, kind, body) == faults
