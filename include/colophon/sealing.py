"""Sealing: values that nobody may read at rest, such as tax and bank details, under a key of a connection.

    seal = Seal.of("a secret of 32 letters or more")
    sealed = seal.sealed("GB82WEST12345698765432")       # sealed:1:..., the same each time
    seal.opened(sealed) == "GB82WEST12345698765432"

The same value is sealed to the same text (AES-SIV), so that two can be compared without being opened, and an event that comes twice
is the same event.
"""

import base64
from collections.abc import Sequence
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from colophon.errors import BadConnectionError, BadRecordError

PREFIX = "sealed:1:"
SHORTEST = 32
"""So long a key is at least."""


class Seal:
    """Keys; the first one seals, each of them opens."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESSIV(key) for key in keys]

    @classmethod
    def of(cls, keys: str | Sequence[str]) -> Self | None:
        """From secrets, parted by blanks during rotation, the newest first; None where there is none.

        :raises BadConnectionError: one is too short.
        """
        secrets = keys.split() if isinstance(keys, str) else [*keys]
        if any(len(secret) < SHORTEST for secret in secrets):
            raise BadConnectionError(f"seal_key has fewer than {SHORTEST} characters")
        derived = [HKDF(SHA256(), 64, b"colophon", b"sealed fields").derive(secret.encode()) for secret in secrets]
        return cls(derived) if derived else None

    def sealed(self, value: str) -> str:
        """The value as text that only the key opens; what is sealed already stays so."""
        if is_sealed(value) or not value:
            return value
        return PREFIX + base64.urlsafe_b64encode(self._ciphers[0].encrypt(value.encode(), None)).decode()

    def opened(self, text: str) -> str:
        """What was sealed; any other text as it is.

        :raises BadRecordError: none of the keys opens it.
        """
        if not is_sealed(text):
            return text
        body = base64.urlsafe_b64decode(text.removeprefix(PREFIX))
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(body, None).decode()
            except InvalidTag:
                continue
        raise BadRecordError("no key of ours opens a sealed value", remedy="Put the former key behind the new one in seal_key.")

    def shown(self, text: str) -> str:
        """The last four characters, for somebody who has to compare."""
        opened = self.opened(text)
        return f"•••• {opened[-4:]}" if len(opened) >= 8 else "••••"

    def __repr__(self) -> str:
        return f"Seal({len(self._ciphers)} keys)"


def is_sealed(text: str) -> bool:
    """Whether a text is a sealed value."""
    return text.startswith(PREFIX)
