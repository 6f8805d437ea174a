"""How much lies in a staging location for how long, from what its store tells of each file; and to let go of it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

_WHEN = ("mtime", "LastModified", "last_modified", "updated", "created")
"""What stores call the moment at which a file was written."""


class StagedFiles:
    """What lies in a staging location, and what goes of it."""

    _fs: AbstractFileSystem
    _base: str

    def _guarded(self, path: str) -> AbstractContextManager[None]:
        """Turns the place's errors into ours."""
        raise NotImplementedError

    def sizes(self, *, before: datetime) -> dict[str, tuple[int, int]]:
        """Number and bytes of the files that were staged before a moment, by the folder of the root that they lie in. Errors as `check`."""
        with self._guarded(self._base):
            return sizes(self._fs.find(self._base, detail=True), self._base, before)

    def old(self, before: Callable[[str], datetime]) -> dict[str, tuple[str, int]]:
        """Files staged before the moment that holds for their folder of the root: path -> folder and bytes. Errors as `check`."""
        with self._guarded(self._base):
            return old_files(self._fs.find(self._base, detail=True), self._base, before)

    def remove(self, path: str) -> None:
        """Remove a file that `old` named, and the folders that are empty without it; one that is gone already is gone. Errors as `check`."""
        with self._guarded(path):
            with suppress(FileNotFoundError):
                self._fs.rm_file(path)
            if isinstance(self._fs, LocalFileSystem):
                with suppress(OSError):  # the first that is not empty
                    for folder in Path(path).parents:
                        if folder == Path(self._base):
                            break
                        folder.rmdir()

    def names(self, start: str) -> list[str]:
        """Files of the root itself whose names begin so. Errors as `check`."""
        with self._guarded(self._base), suppress(FileNotFoundError):
            found = (str(path).rpartition("/")[2] for path in self._fs.ls(self._base, detail=False))
            return sorted(name for name in found if name.startswith(start))
        return []

    def uri(self, path: str) -> str:
        """How references name a file that `old` named."""
        return str(self._fs.unstrip_protocol(path))


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
