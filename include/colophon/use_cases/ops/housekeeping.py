"""OP-4, housekeeping: what is kept for how long, from `housekeeping.yaml`, as moments for the ledger and the staging location."""

from collections.abc import Collection
from datetime import datetime, timedelta
from difflib import get_close_matches
from fnmatch import filter as matching

from colophon.blocks.use_case import Needs
from colophon.config import Config
from colophon.errors import BadConfigError
from colophon.ledger.retention import Limits

MARK = ".erased-"
"""How files of the staging location begin that say who was erased: a restored ledger is told again."""


def limits(config: Config, now: datetime) -> Limits:
    """Up to which moment the ledger keeps what."""
    rules = config.housekeeping

    def content(use_case: str) -> tuple[datetime, datetime | None]:
        kept = rules.of(use_case)
        return _before(now, kept.content_days or 0), _before(now, kept.newest_days) if kept.newest_days else None

    return Limits(
        content=content,
        proof=_before(now, rules.proof_days),
        attempts=_before(now, rules.tries_days),
        inbox=_before(now, rules.inbox_days),
        exceptions=_before(now, rules.exceptions_days),
        audit=_before(now, rules.audit_days),
        tray=_before(now, rules.tray_days),
    )


def staged_before(config: Config, folder: str, now: datetime) -> datetime:
    """The moment before which a staged file of a folder goes; a folder is called as the use case whose it is."""
    return _before(now, config.housekeeping.of(folder).staged_days or 0)


def check(config: Config, use_cases: Collection[str]) -> None:
    """See that every name and pattern of `housekeeping.yaml` fits a use case: a misspelt one would drop what the law wants kept.

    :raises BadConfigError: one fits none; names the nearest.
    """
    for name in (*config.housekeeping.use_cases, *config.housekeeping.by_law):
        if not matching(use_cases, name):
            [near] = get_close_matches(name, sorted(use_cases), n=1, cutoff=0)
            raise BadConfigError(f"housekeeping.yaml: no use case is called {name!r}; did you mean {near}?")


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


CASE = Needs(id="ops__housekeeping")
