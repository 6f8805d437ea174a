"""Secrets out of texts: as they are, URL-encoded, in Base64, and in upper or lower case."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST = 4  # shorter ones occur in any text by chance


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with every form of every secret masked."""
    forms = sorted({form for secret in secrets if len(secret) >= _SHORTEST for form in forms_of(secret)}, key=len, reverse=True)
    if not forms:
        return text
    return re.sub("|".join(map(re.escape, forms)), MASK, text, flags=re.IGNORECASE)


def forms_of(secret: str) -> set[str]:
    """The secret as it may turn up in a text; case is left to the search.

    Base64 depends on what stands before the secret (login and colon in Basic), so its forms at all three offsets are
    given, less the characters at the edges that its neighbours decide.
    """
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    raw = secret.encode()
    for offset in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            forms.add(_inner(encode(b"\0" * offset + raw).decode(), offset))
    return {form for form in forms if len(form) >= _SHORTEST}


def _inner(encoded: str, offset: int) -> str:
    """What the secret alone decides: without the characters into which bits of its neighbours reach."""
    start = (0, 2, 3)[offset]
    return encoded[start:].rstrip("=")[:-1] if encoded.endswith("=") else encoded[start:]
