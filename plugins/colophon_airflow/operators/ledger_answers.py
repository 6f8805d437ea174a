"""What a decision may ask the ledger, beside what its destinations have."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

    from colophon.ledger import Ledger

log = logging.getLogger(__name__)


def sent_before(ledger: "Ledger", use_case: str, wanted: "Collection[tuple[str, datetime]]") -> "dict[tuple[str, datetime], list[bytes]]":
    """Records that had gone by then; what cannot be had any more is none."""
    hashes = ledger.sent_before(use_case, wanted)
    return {key: [content for each in found if (content := content_of(ledger, each)) is not None] for key, found in hashes.items()}


def told_today(ledger: "Ledger", as_of: "datetime", time_zone: str) -> "Callable[[str], int]":
    """Asked how many messages somebody has had on the day of `as_of`; the ledger is asked once, and only where there is news."""
    from colophon.blocks.notices import PEOPLE

    midnight = as_of.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    told = cache(lambda: ledger.messages_since(midnight, PEOPLE))
    return lambda who: told()[who]


def faults_of(ledger: "Ledger", use_case: str) -> "dict[str, list[str]]":
    """Rules of what a use case keeps back, by subject."""
    found = defaultdict[str, set[str]](set)
    for row in ledger.exceptions.open(use_case=use_case) if use_case else ():
        if row.severity == "E":
            found[row.subject].add(row.rule)
    return {subject: sorted(rules) for subject, rules in found.items()}


def content_of(ledger: "Ledger", content_hash: str) -> bytes | None:
    """What was sent; nothing to compare with where the ledger's copy was changed: what is wanted now goes, and somebody is told."""
    from colophon.errors import ContentChangedError

    try:
        return ledger.content(content_hash)
    except ContentChangedError as problem:
        log.error("%s", problem)  # noqa: TRY400 - the sentence says it all
        return None
