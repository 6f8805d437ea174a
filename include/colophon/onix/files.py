"""Feed files: how many products go into one, and its name."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from colophon.onix.file_names import filled, says_number
from colophon.onix.profile import FileRule

# Header, declaration and end of a message; generous, for contact names may be long.
ENVELOPE_BYTES = 4_096


def cut(sizes: Iterable[int], rule: FileRule) -> Iterator[int]:
    """How many products each file takes, from the bytes of each product in order.

    No file goes over the rule's products or bytes; a single product that is too big alone still gets a file of its own.
    """
    count, total = 0, ENVELOPE_BYTES
    for size in sizes:
        if count and (count == rule.max_products or total + size > rule.max_bytes):
            yield count
            count, total = 0, ENVELOPE_BYTES
        count, total = count + 1, total + size
    if count:
        yield count


def file_name(rule: FileRule, *, sender: str, recipient: str, at: datetime, number: int, kind: str, part: int = 1) -> str:
    """The name of one message file, in characters that every file system and mailbox takes.

    :param at: when it is sent. :param kind: `full` or `delta`.
    :param part: which of the recipient's files of that moment; where no number tells them apart, the second ends in `-2`.
    """
    name = filled(rule.name, sender=_slug(sender), recipient=_slug(recipient), at=at, number=number, kind=kind)
    if part == 1 or says_number(rule.name):
        return name
    stem, point, suffix = name.rpartition(".")
    return f"{stem}-{part}{point}{suffix}" if point else f"{name}-{part}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "sender"
