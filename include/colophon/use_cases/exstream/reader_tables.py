"""Tables of DuckDB from rows that somebody else worked out."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def fill(engine: "DuckDBPyConnection", name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]], scratch: Path) -> None:
    """A table of these rows, made anew."""
    file = scratch / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    given = f"read_csv('{quoted(file)}', header = false, nullstr = '', auto_detect = false, columns = {{{types}}})"
    engine.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {given}")  # noqa: S608 - our own names
    file.unlink()


def quoted(path: Path) -> str:
    """A path as it stands between single quotes."""
    return str(path).replace("'", "''")
