"""How content lies in its table: compressed, under the SHA-256 of what it is."""

import hashlib
import zlib

from colophon.errors import ContentChangedError

SENTENCE = "what the ledger keeps of it is not what was planned"


def packed(body: bytes) -> bytes:
    """Content as it is kept."""
    return zlib.compress(body, 1)


def unpacked(body: bytes | None) -> bytes:
    """What was kept; nothing where that cannot be read any more, which then has another hash than it should."""
    try:
        return zlib.decompress(body or b"")
    except zlib.error:
        return b""


def is_whole(digest: str, body: bytes) -> bool:
    """Whether content is what its hash says."""
    return hashlib.sha256(body).hexdigest() == digest


def checked(digest: str, body: bytes | None) -> bytes:
    """What was kept under a hash.

    :raises ContentChangedError: it is not what the hash says.
    """
    content = unpacked(body)
    if not is_whole(digest, content):
        raise ContentChangedError("what the ledger keeps is not what was planned", system="ledger", subject=digest[:12])
    return content
