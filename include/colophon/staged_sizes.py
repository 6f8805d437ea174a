"""How much lies in a staging location for how long, from what its store tells of each file."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_WHEN = ("mtime", "LastModified", "last_modified", "updated", "created")
"""What stores call the moment at which a file was written."""


def sizes(files: Mapping[str, Mapping[str, Any]], base: str, before: datetime) -> dict[str, tuple[int, int]]:
    """Number and bytes of the files (facts by path) that were written before a moment, by the first folder below `base`.

    What lies in no folder is not a batch, such as the ledger's mark; of what a store dates in no way known here, nobody can say that it is old.
    """
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for folder, bytes_of in old_files(files, base, lambda _folder: before).values():
        number, size = found[folder]
        found[folder] = (number + 1, size + bytes_of)
    return dict(sorted(found.items()))


def old_files(files: Mapping[str, Mapping[str, Any]], base: str, before: Callable[[str], datetime]) -> dict[str, tuple[str, int]]:
    """The same files one by one: path -> folder and bytes; `before` says the moment for a folder."""
    found = {}
    for path, facts in sorted(files.items()):
        folder, is_below, _ = path.removeprefix(base).lstrip("/").partition("/")
        written = _moment(next((facts[name] for name in _WHEN if facts.get(name)), None))
        if is_below and written is not None and written < before(folder):
            found[path] = (folder, int(facts.get("size") or 0))
    return found


def _moment(told: Any) -> datetime | None:
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told, UTC)
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    if isinstance(told, datetime):
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    return None
