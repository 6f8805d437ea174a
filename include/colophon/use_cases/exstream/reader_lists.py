"""The lists of readers in DuckDB, which puts on disk what does not fit: memory stays flat, whatever their length.

with engine_in(scratch) as engine:
    findings = load(engine, "readers", rows, scratch)
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.domain.finding import Finding
from colophon.errors import BadReportError
from colophon.systems.consonance.reports.audience import COLUMNS, Cells, ListName
from colophon.use_cases.exstream.reader_tables import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_BAD, FEW = 0.5, 20
"""With more than this share of unreadable rows (and not just a few) it is the file that is wrong."""
_KEYS: Mapping[ListName, str] = {"readers": "reader_id", "subscriptions": "subscription_id", "orders": "order_id"}
"""By what a row that the CRM told replaces one of the file."""


@contextmanager
def engine_in(scratch: Path, *, memory_limit: str = "200MB") -> Iterator["DuckDBPyConnection"]:
    """DuckDB, which puts below a folder what does not fit into memory; every list is there and empty."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit, "threads": 2, "temp_directory": str(scratch), "preserve_insertion_order": False,
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }  # fmt: skip
    with duckdb.connect(config=config) as engine:
        for name in COLUMNS:
            engine.execute(f"CREATE TABLE {name} ({_columns(name)}, source_row BIGINT)")
        yield engine


def load(engine: "DuckDBPyConnection", name: ListName, rows: Iterable[Cells | Finding], scratch: Path) -> list[Finding]:
    """Add the rows of a list; the findings are about those that cannot be read.

    :raises BadReportError: of iterating `rows`; and where more than half of them cannot be read.
    """
    findings, good, file = list[Finding](), 0, scratch / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for row in rows:
            if isinstance(row, Finding):
                findings.append(row)
            else:
                writer.writerow(row)
                good += 1
    if len(findings) > FEW and len(findings) > MOST_BAD * (good + len(findings)):
        first = findings[0]
        raise BadReportError(
            f"{name}: {len(findings)} of {good + len(findings)} rows cannot be read, such as {first.subject.removeprefix('report:')}",
            system="consonance", operation="reports", evidence=f"{first.field}: {first.found}", remedy=f"Expected: {first.expected}. Correct the file where it is made.",
        )  # fmt: skip
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in {**COLUMNS[name], "source_row": "BIGINT"}.items())
    given = f"SELECT * FROM read_csv('{quoted(file)}', header = false, nullstr = '', auto_detect = false, columns = {{{types}}})"  # noqa: S608 - a quoted path
    engine.execute(f"INSERT INTO {name} {given}")
    file.unlink()
    return findings


def replace_rows(engine: "DuckDBPyConnection", name: ListName, rows: Sequence[Cells]) -> None:
    """Add what the CRM told row by row; it replaces what the file has under the same id."""
    if key := _KEYS.get(name):
        place = list(COLUMNS[name]).index(key)
        engine.execute(f"DELETE FROM {name} WHERE list_contains(?, {key})", [[row[place] for row in rows]])  # noqa: S608 - our own names
    marks = ", ".join("?" for _ in (*COLUMNS[name], "source_row"))
    engine.executemany(f"INSERT INTO {name} VALUES ({marks})", [list(row) for row in rows])  # noqa: S608 - our own names


def _columns(name: ListName) -> str:
    return ", ".join(f"{column} {kind}" for column, kind in COLUMNS[name].items())
