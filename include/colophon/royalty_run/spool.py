"""Sales lines on their way to their shards: a file of JSON lines for each, so that memory holds none of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from colophon.royalties.line import Line
from colophon.royalties.row import line_hash

LINE_NAMES = tuple(Line.__dataclass_fields__)
Put = Callable[[str, Line, bool | None], None]
"""Takes an account's line in; True where another run of the system of record has royaltied it already, None where it says nothing of runs."""


def shard_of(account_id: str, shards: int) -> int:
    """Which shard an account is in: always the same one, whatever else is in the run."""
    return line_hash(account_id) % shards


class Spool:
    """The shards' files below a folder."""

    def __init__(self, folder: Path, shards: int, closing: ExitStack) -> None:
        self._folder, self._shards, self._closing = folder, shards, closing
        self._files: dict[int, IO[str]] = {}
        self._sums: dict[str, list[int]] = {}

    def put(self, account_id: str, line: Line, is_earlier: bool | None) -> None:  # noqa: FBT001 - as `Put`
        """Take a line in."""
        told = {name: value for name in LINE_NAMES if (value := getattr(line, name)) is not None}
        self._file(shard_of(account_id, self._shards)).write(
            json.dumps({"account": account_id, "earlier": is_earlier, **told}, default=str) + "\n"
        )
        sums = self._sums.setdefault(line.currency, [0, 0, 0])
        sums[0] += 1
        sums[1] += line.units
        sums[2] += line.value or 0

    @property
    def placed(self) -> tuple[tuple[str, int, int, int], ...]:
        """Currency, lines, copies and value of what was taken in."""
        return tuple((currency, lines, copies, value) for currency, (lines, copies, value) in sorted(self._sums.items()))

    def path(self, shard: int) -> Path | None:
        """The file of a shard, whole up to here; None where it has no lines."""
        if shard not in self._files:
            return None
        if not self._files[shard].closed:
            self._files[shard].flush()
        return self._folder / f"{shard:04d}.jsonl"

    def _file(self, shard: int) -> IO[str]:
        if shard not in self._files:
            self._files[shard] = self._closing.enter_context((self._folder / f"{shard:04d}.jsonl").open("w", encoding="utf-8"))
        return self._files[shard]


@contextmanager
def spool_in(folder: Path, shards: int) -> Iterator[Spool]:
    """A spool below a folder that is there; its content is left to the caller."""
    with ExitStack() as closing:
        yield Spool(folder, shards, closing)
