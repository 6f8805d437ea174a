"""Which text can be kept: PostgreSQL stores no NUL, and half a surrogate pair is no Unicode, so that no file or message takes it."""

import hashlib
import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether the text can be stored and sent as it stands."""
    return "\x00" not in text and (text.isascii() or not _UNSTORABLE.search(text))


def storable(text: str) -> str:
    """The text, with the mark of a lost character (U+FFFD) in place of each that cannot be stored."""
    return text if is_storable(text) else _UNSTORABLE.sub("\ufffd", text)


def shortened(text: str, longest: int | None) -> str:
    """The text where it is short enough; else its beginning and a hash, so that two long texts stay two."""
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: max(longest - 17, 0)]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"[-longest:]
