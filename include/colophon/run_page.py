"""What each run did, for its page on the desk: read, sent, closed, refused by cause, by recipient.

keep(memory, page, at)        # by the last step of a run; once more replaces it
page(memory, key)             # None where nobody keeps it any more
newest(memory)                # newest first, without what is in them
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from colophon.ledger.findings import OpenException
from colophon.ledger.key_value import KeyValue
from colophon.rehearsed import key_of

RUN = "run_page:"
KEPT_FOR = timedelta(days=60)
MOST_CAUSES = 50


def keep(memory: KeyValue, use_case: str, run: str, facts: Mapping[str, Any], at: datetime, *, as_of: datetime) -> str:
    """Keep a run's page, and forget those that are old; the key by which an address calls it."""
    key = key_of(f"{use_case}/{run}")
    told = {"key": key, "use_case": use_case, "run": run, "at": at.isoformat(), "as_of": as_of.isoformat(), **facts}
    memory.put(f"{RUN}{key}", told, at)
    memory.forget(RUN, at - KEPT_FOR)
    return key


def page(memory: KeyValue, key: str) -> Mapping[str, Any] | None:
    """One run's page."""
    found = memory.get(f"{RUN}{key[:40]}")
    return found[0] if found else None


def newest(memory: KeyValue, *, use_case: str = "", since: datetime | None = None, limit: int | None = 100) -> list[Mapping[str, Any]]:
    """Pages that are kept, newest first; of one use case, or of all; of runs that ended since a moment, or whenever; limit None: all."""
    return memory.newest(RUN, since=since, limit=limit, **({"use_case": use_case} if use_case else {}))


def causes(exceptions: Iterable[OpenException]) -> Sequence[Sequence[Any]]:
    """What keeps back how many from whom: rule, destination, number; the most first."""
    counts = Counter((row.rule, row.destination) for row in exceptions)
    return [[*cause, count] for cause, count in counts.most_common(MOST_CAUSES)]
