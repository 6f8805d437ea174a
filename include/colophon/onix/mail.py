"""An e-mail that brings a report: its subject, and the part of it that is the report."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import NamedTuple

from colophon.errors import BadRecordError
from colophon.onix.outside_text import unpacked

_FILES = {"csv": (".csv", ".tsv", ".txt"), "xlsx": (".xlsx",), "html": (".html", ".htm"), "text": (), "xml": (".xml",)}
"""How the names of attached files end that may be a report of this format."""
_PACKED = (".zip", ".gz")
_FIRST_HEADER = re.compile(rb"\s*[!-9;-~]{1,70}[ \t]?:.*\n")
_OF_MAIL = re.compile(rb"^(?:from|received|return-path|delivered-to|mime-version|message-id)[ \t]?:", re.IGNORECASE | re.MULTILINE)
_OF_MAILBOX = re.compile(rb"\AFrom [^\n]*\n")
_END_OF_HEADERS = re.compile(rb"\n\r?\n")
_HEADERS = 64 * 1024


class Letter(NamedTuple):
    """What an e-mail says: its subject, the report, the encoding that this has by its own word, and whether it is HTML."""

    subject: str
    report: bytes
    encoding: str
    is_html: bool


def is_mail(content: bytes) -> bool:
    """Whether a file is an e-mail as it came from the post: it begins with headers, whichever comes first."""
    head = _END_OF_HEADERS.split(_bare(content[:_HEADERS]), maxsplit=1)[0] + b"\n"
    return _FIRST_HEADER.match(head) is not None and _OF_MAIL.search(head) is not None


def opened(content: bytes, wanted: str, what: str) -> Letter:
    """The file of the wanted format that is attached, or else a packed one, unpacked, or else the body. `what` names it.

    :raises BadRecordError: it is damaged, has none of them, or several files that may be meant.
    """
    try:
        letter = message_from_bytes(_bare(content), policy=modern)
        body = letter.get_body(("html", "plain") if wanted == "html" else ("plain", "html"))
        part = _attached(letter, wanted, what) or body or (None if letter.is_multipart() else letter)
        report = part.get_payload(decode=True) if part is not None else None
        subject = str(letter["subject"] or "")
        encoding, kind = (str(part.get_content_charset() or ""), part.get_content_type()) if part is not None else ("", "")
    except BadRecordError:
        raise
    except Exception as problem:  # the parser of letters raises many things over damaged ones
        raise BadRecordError(f"{what} is a damaged e-mail", evidence=type(problem).__name__) from problem
    if not isinstance(report, bytes) or not report.strip():
        raise BadRecordError(f"{what} is an e-mail without a text", evidence=f"{len(content)} bytes")
    return Letter(subject, unpacked(report, what), encoding, kind == "text/html")


def _bare(content: bytes) -> bytes:
    """From the first header on: without blanks, and the line that mailboxes put before a letter."""
    return _OF_MAILBOX.sub(b"", content.lstrip(b"\xef\xbb\xbf \t\r\n"), count=1)


def _attached(letter: EmailMessage, wanted: str, what: str) -> EmailMessage | None:
    """The one file of the ending that comes first, bare before packed.

    :raises BadRecordError: there are several of it, and which one is meant nobody knows.
    """
    parts = (part for part in letter.walk() if isinstance(part, EmailMessage))
    named = [(part, (part.get_filename() or "").lower()) for part in parts]
    for ending in (*_FILES[wanted], *_PACKED):
        found = [part for part, name in named if name.endswith(ending)]
        if len(found) > 1:
            raise BadRecordError(f"{what} is an e-mail with {len(found)} files, and one is read", evidence=ending)
        if found:
            return found[0]
    return None
