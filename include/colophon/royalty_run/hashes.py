"""Many 64-bit hashes as one short text: what was royaltied, line by line, without the lines."""

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def packed(hashes: "Iterable[int] | np.ndarray[Any, Any]") -> str:
    """Base64 of the hashes, ascending, each once, eight bytes each."""
    return base64.b64encode(_array(hashes).tobytes()).decode()


def unpacked(text: str) -> tuple[int, ...]:
    """The hashes again."""
    return tuple(hashes_in(text).tolist())


def hashes_in(text: str) -> "np.ndarray[Any, Any]":
    """The hashes again, as one array."""
    import numpy as np

    return np.frombuffer(base64.b64decode(text), dtype="<u8")


def bytes_of(text: str) -> bytes:
    """Packed hashes as a table keeps them."""
    return base64.b64decode(text)


def packed_bytes(kept: bytes) -> str:
    """Hashes as a table kept them, packed."""
    return base64.b64encode(kept).decode()


def together(*texts: str) -> str:
    """Several of them as one."""
    import numpy as np

    given = [hashes_in(text) for text in texts if text]
    return packed(np.concatenate(given)) if given else ""


def without(text: str, others: str) -> str:
    """Those of the first that are not among the others."""
    import numpy as np

    return packed(np.setdiff1d(hashes_in(text), hashes_in(others)))


def size(text: str) -> int:
    """How many there are."""
    return len(base64.b64decode(text)) // 8


def _array(hashes: "Iterable[int] | np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    import numpy as np

    given = hashes if isinstance(hashes, np.ndarray) else np.fromiter(hashes, dtype="<u8")
    return np.unique(given.astype("<u8"))
