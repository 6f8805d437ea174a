"""DuckDB over files of lines, and what these add up to, for a control that knows nothing of rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.errors import BadRecordError
from colophon.royalties import fast_sql as sql
from colophon.royalties.controls import Total

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def engine_over(paths: Sequence[Path], *, scratch: Path, memory_limit: str = "600MB", threads: int = 2) -> Iterator["DuckDBPyConnection"]:
    """DuckDB with the files as its `lines`. Parameters and errors as `fast_rows.rows_of_files`."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "temp_directory": str(scratch),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    files = ", ".join(f"'{sql.quoted(path)}'" for path in paths)
    with duckdb.connect(config=config) as engine:
        try:
            names = {name for name, *_ in engine.execute(f"DESCRIBE SELECT * FROM read_parquet([{files}])").fetchall()}  # noqa: S608 - quoted paths
            is_stored = "line_hash" in names
            own, twin = ("line_hash", "line_hash") if is_stored else ("NULL::UBIGINT AS line_hash", "id")
            engine.execute(f"CREATE MACRO hash_of(id, stored) AS {'stored' if is_stored else 'md5_number_lower(id)'}")
            engine.execute(
                f"CREATE VIEW lines AS SELECT {sql.TYPED}, {own}, hash(contract_id, {twin}) AS twin FROM read_parquet([{files}])"  # noqa: S608 - quoted paths
            )
            yield engine
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as problem:
            raise BadRecordError(
                "A sum of money or copies leaves 64 bits.", subject="royalty lines", evidence=type(problem).__name__
            ) from None


def totals_of_files(paths: Sequence[Path], *, scratch: Path, memory_limit: str = "600MB", threads: int = 2) -> dict[str, Total]:
    """What the lines of the files add up to, by currency, for control total 1. Parameters and errors as `fast_rows.rows_of_files`."""
    with engine_over(paths, scratch=scratch, memory_limit=memory_limit, threads=threads) as engine:
        return {currency: Total(*sums) for currency, *sums in engine.execute(sql.TOTALS).fetchall()}
