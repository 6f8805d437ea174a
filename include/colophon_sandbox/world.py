"""What every system of the sandbox stands on: a clock, a store that may survive a restart, effects, settings."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from colophon_sandbox.settings import Choices, check

Row = dict[str, Any]


def stamp(moment: datetime) -> str:
    """A moment as the systems write it: UTC with `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A moment with a zone from text; ValueError where it has none."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return found.astimezone(UTC)


def wall_clock() -> datetime:
    """The machine's own time."""
    return datetime.now(UTC)


class Clock:
    """The sandbox's time: running with the wall clock from where it was set, or frozen."""

    def __init__(self, start: datetime | None = None, wall: Callable[[], datetime] = wall_clock) -> None:
        self._wall = wall
        self._offset = (start - wall()) if start else timedelta(0)
        self._frozen: datetime | None = None

    @property
    def now(self) -> datetime:
        """The present moment, to the microsecond."""
        return self._frozen or self._wall() + self._offset

    @property
    def mode(self) -> str:
        """`frozen` or `running`."""
        return "frozen" if self._frozen else "running"

    def set(self, now: datetime, mode: str) -> None:
        """Put the clock to `now`, frozen or running from there."""
        self._frozen = now if mode == "frozen" else None
        self._offset = now - self._wall()

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self.set(self.now + timedelta(seconds=seconds), self.mode)


class Table:
    """Rows by key, in the order in which they came. A row that was changed in place is told by `put`."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.dirty: set[str] = set()

    def put(self, key: str, row: Row) -> Row:
        """Keep a row, or say that it changed."""
        self.rows[key] = row
        self.dirty.add(key)
        return row

    def get(self, key: str) -> Row | None:
        """A row, None where there is none."""
        return self.rows.get(key)

    def drop(self, key: str) -> None:
        """Forget a row."""
        if self.rows.pop(key, None) is not None:
            self.dirty.add(key)

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self.rows.values()))

    def __len__(self) -> int:
        return len(self.rows)


class Store:
    """Named tables; written to a SQLite file after each request where one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self.tables: dict[str, Table] = {}
        self._file = sqlite3.connect(file, check_same_thread=False) if file else None
        if self._file:
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("CREATE TABLE IF NOT EXISTS rows (name TEXT, key TEXT, seq INTEGER, body TEXT, PRIMARY KEY (name, key))")
            for name, key, body in self._file.execute("SELECT name, key, body FROM rows ORDER BY seq, rowid"):
                self.table(name).rows[key] = json.loads(body)

    def table(self, name: str) -> Table:
        """The table of a name, made when it is first asked for."""
        return self.tables.setdefault(name, Table())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever put in, or brought back from the file."""
        return not any(len(table) for table in self.tables.values())

    def clear(self, prefix: str) -> None:
        """Forget all rows of the tables whose names begin with `prefix`."""
        for name, table in self.tables.items():
            if name.startswith(prefix):
                for key in list(table.rows):
                    table.drop(key)

    def flush(self) -> None:
        """Write what changed, in one transaction."""
        changed = [(name, table) for name, table in self.tables.items() if table.dirty]
        if self._file and changed:
            with self._file:
                for name, table in changed:
                    for key in sorted(table.dirty):
                        row = table.rows.get(key)
                        if row is None:
                            self._file.execute("DELETE FROM rows WHERE name = ? AND key = ?", (name, key))
                        else:
                            values = (name, key, row.get("_seq", 0), json.dumps(row))
                            self._file.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", values)
        for _, table in changed:
            table.dirty.clear()


class World:
    """Everything that the systems share. `lock` guards it: one request changes state at a time."""

    def __init__(
        self,
        *,
        start: datetime,
        state: Path | None = None,
        wall: Callable[[], datetime] = wall_clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """:param wall: what a running clock runs with. :param sleep: what a slow answer waits with, in seconds."""
        self.wall, self.sleep = wall, sleep
        self.clock = Clock(start, wall)
        self.start = start
        self.store = Store(state)
        self.lock = threading.RLock()
        self.defaults: dict[str, dict[str, Any]] = {}
        self.choices: dict[str, Choices] = {}
        self.settings: dict[str, dict[str, Any]] = {}
        kept = self.store.table("world.settings").get("settings")
        self._kept_settings = kept["value"] if kept else {}

    @property
    def now(self) -> datetime:
        """The sandbox's present."""
        return self.clock.now

    def declare(self, system: str, defaults: dict[str, Any], choices: Choices) -> None:
        """A system's settings with their defaults, and the values of those that have only some."""
        self.defaults[system] = defaults
        self.choices[system] = choices
        self.settings[system] = {**deepcopy(defaults), **self._kept_settings.get(system, {})}

    def change_settings(self, wanted: dict[str, dict[str, Any]]) -> None:
        """Change settings by system, all or none; ValueError names one that is not there, or whose value does not fit."""
        for system, values in wanted.items():
            if not isinstance(values, dict):
                raise ValueError(f"{system} must have an object")  # noqa: TRY004 - what was sent is wrong, not what called us
            for name, value in values.items():
                check(system, name, value, self.defaults[system], self.choices[system])
        for system, values in wanted.items():
            self.settings[system].update(values)
        self.store.table("world.settings").put("settings", {"value": self.settings})

    def effect(self, kind: str, key: str, **more: Any) -> str:
        """Something truly happened; returns its id. Proof of "once"."""
        table = self.store.table("world.effects")
        number = len(table) + 1
        table.put(
            f"e{number}", {"_seq": number, "id": f"e{number}", "seq": number, "kind": kind, "key": key, "at": stamp(self.now), **more}
        )
        return f"e{number}"

    def next_id(self, name: str) -> int:
        """The next number of a sequence, from 1."""
        table = self.store.table("world.sequences")
        row = table.get(name) or {"value": 0}
        row["value"] += 1
        table.put(name, row)
        return int(row["value"])
