"""Links to pages for one person outside: signed, with an end, and without a word about what they lead to.

    keys = PageKeys(("...",))
    token = keys.token(page_id("person:1f..", "work:9/proofs_available", "2026-05-04"), expires)
    keys.page(token, now)      # the page's id; None where the token is forged or over

What a page shows stands in the ledger's memory under its id, for as long as its reader may see it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

PAGE = "page:"
"""Under which names the ledger remembers pages, with the page's id behind it."""
SHORTEST_KEY = 32
_ID, _TIME, _MAC = 16, 4, 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{48}")


@dataclass(frozen=True, slots=True)
class PageKeys:
    """Keys that sign links: the first signs, all are good. Where people reach the pages is `url`, without a slash at its end."""

    keys: Sequence[str] = field(repr=False)
    url: str = ""

    def __post_init__(self) -> None:
        """:raises ValueError: a key is too short to keep anybody out."""
        if any(len(key) < SHORTEST_KEY for key in self.keys):
            raise ValueError(f"a key of links has at least {SHORTEST_KEY} characters")

    def link(self, page: str, expires: datetime) -> str:
        """The address of a page; empty where there is no key or nobody said where pages are."""
        return f"{self.url}/{self.token(page, expires)}" if self.keys and self.url else ""

    def token(self, page: str, expires: datetime) -> str:
        """What stands in the address of a page. It says its end, and nothing of who reads what."""
        told = bytes.fromhex(page) + int(expires.timestamp()).to_bytes(_TIME, "big")
        return base64.urlsafe_b64encode(told + _mac(self.keys[0], told)).decode()

    def page(self, token: str, now: datetime) -> str | None:
        """The id of the page that a token leads to; None where it is forged, or its time is over. Reading it uses nothing up."""
        if not _TOKEN.fullmatch(token):
            return None
        raw = base64.urlsafe_b64decode(token)
        told, mac = raw[: _ID + _TIME], raw[_ID + _TIME :]
        is_ours = any(hmac.compare_digest(mac, _mac(key, told)) for key in self.keys)
        if not is_ours or now.timestamp() >= int.from_bytes(told[_ID:], "big"):
            return None
        return told[:_ID].hex()


def page_id(person: str, subject: str, occurrence: str) -> str:
    """The same page for the same person and milestone, for ever; from the id nobody learns either."""
    return hashlib.sha256(f"{person}|{subject}|{occurrence}".encode()).hexdigest()[: 2 * _ID]


def _mac(key: str, told: bytes) -> bytes:
    return hmac.new(key.encode(), b"colophon page\0" + told, hashlib.sha256).digest()[:_MAC]
