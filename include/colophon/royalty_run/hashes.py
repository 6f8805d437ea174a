"""Many 64-bit hashes as one short text: what was royaltied, line by line, without the lines."""

import base64
from collections.abc import Iterable


def packed(hashes: Iterable[int]) -> str:
    """Base64 of the hashes, ascending, each once, eight bytes each."""
    return base64.b64encode(b"".join(one.to_bytes(8, "little") for one in sorted(set(hashes)))).decode()


def unpacked(text: str) -> tuple[int, ...]:
    """The hashes again."""
    given = memoryview(base64.b64decode(text))
    return tuple(int.from_bytes(given[place : place + 8], "little") for place in range(0, len(given), 8))
