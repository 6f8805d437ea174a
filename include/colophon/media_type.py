"""What a file is by its first bytes, whatever its name says.

media_type(b"%PDF-1.7 ...") == "application/pdf"
"""

import zipfile
from pathlib import Path
from typing import NamedTuple

HEAD = 4096
"""So many first bytes are enough."""
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "application/epub+zip": "epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "video/mp4": "mp4",
    "text/plain": "txt",
}
"""How names of files end, by media type."""


class _Magic(NamedTuple):
    """Bytes at a place, and the type of what has them there."""

    at: int
    is_there: bytes
    media_type: str


_TABLE = (
    _Magic(0, b"\xff\xd8\xff", "image/jpeg"),
    _Magic(0, b"\x89PNG\r\n\x1a\n", "image/png"),
    _Magic(0, b"II*\0", "image/tiff"),
    _Magic(0, b"MM\0*", "image/tiff"),
    _Magic(0, b"GIF8", "image/gif"),
    _Magic(0, b"%PDF-", "application/pdf"),
    _Magic(30, b"mimetypeapplication/epub+zip", "application/epub+zip"),
    _Magic(0, b"ID3", "audio/mpeg"),
    _Magic(0, b"\xff\xfb", "audio/mpeg"),
    _Magic(0, b"\xff\xf3", "audio/mpeg"),
    _Magic(0, b"fLaC", "audio/flac"),
    _Magic(4, b"ftyp", "video/mp4"),
)
_WORDS = (b"word/document.xml", b"[Content_Types].xml")
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PARTS = {"application/epub+zip": "META-INF/container.xml", _DOCUMENT: "[Content_Types].xml"}


def media_type(head: bytes) -> str:
    """The media type of a file by its first bytes; empty where nobody knows, or there are none."""
    for magic in _TABLE:
        if head[magic.at :].startswith(magic.is_there):
            return magic.media_type
    if head.startswith(b"PK\x03\x04"):
        return _DOCUMENT if any(words in head for words in _WORDS) else "application/zip"
    return "text/plain" if head and _is_text(head) else ""


def is_whole(file: Path, found: str) -> bool:
    """Whether a file of a type that is a package of parts has the part without which nobody can open it; all others are."""
    part = _PARTS.get(found)
    if part is None:
        return True
    try:
        with zipfile.ZipFile(file) as package:
            return part in package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; a character may be cut at the end."""
    try:
        text = head[: -3 if len(head) >= HEAD else None].decode("utf-8", "strict" if len(head) < HEAD else "ignore")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\n\r\f" for character in text)
