"""The staged lines of a shard as DuckDB sees them: what is royaltied now, what was before us, what is for another run.

Lines stay in files; memory holds the engine's share and what each account adds up to.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colophon.royalties.controls import Total
from colophon.royalties.fast_sql import COLUMN_TYPES, NAMES, quoted
from colophon.royalty_run.hashes import unpacked
from colophon.royalty_run.records import AccountInput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOW, BEFORE, LEFT = "now", "before", "left"
"""Royaltied in this period; before Colophon's first run; for another run, or done already."""
_STAGED = {"account": "VARCHAR", "earlier": "BOOLEAN", **COLUMN_TYPES}
# What was approved for this very period has no other lines than it had then (D4); an account that was approved before takes what
# another run of the system of record has, since nobody has royaltied it here.
_SPLIT = f"""
SELECT line.* EXCLUDE (earlier), own.place, own.ready, CASE
    WHEN earlier AND NOT own.opened THEN '{BEFORE}'
    WHEN taken.h IS NOT NULL OR (own.approved AND kept.h IS NULL) THEN '{LEFT}'
    ELSE '{NOW}' END AS part
FROM (SELECT *, md5_number_lower(id) AS h FROM {{staged}}) AS line JOIN own USING (account)
LEFT JOIN taken ON taken.place = own.place AND taken.h = line.h LEFT JOIN kept ON kept.place = own.place AND kept.h = line.h
"""  # noqa: S608 - our own names
_SUMS = "SELECT account, part, currency, count(*), sum(units)::BIGINT, coalesce(sum(value), 0)::BIGINT FROM split GROUP BY ALL ORDER BY ALL"
_HASHES = f"SELECT place, h FROM split WHERE part IN ('{NOW}', '{BEFORE}') AND ready"  # noqa: S608 - our own names


@dataclass(slots=True)
class Told:
    """What the lines of one account add up to: by part and currency."""

    totals: dict[str, dict[str, Total]] = field(default_factory=lambda: defaultdict(dict))

    def lines(self, part: str) -> int:
        """How many there are."""
        return sum(one.lines for one in self.totals[part].values())

    @property
    def read(self) -> tuple[tuple[str, int, int, int], ...]:
        """All parts together: currency, lines, copies, value."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for by_currency in self.totals.values():
            for currency, one in by_currency.items():
                sums[currency] = [own + more for own, more in zip(sums[currency], one, strict=True)]
        return tuple((currency, lines, copies, value) for currency, (lines, copies, value) in sorted(sums.items()))


@dataclass(frozen=True, slots=True)
class ShardLines:
    """`now` and `before` are Parquet files for the engine, none where there are no such lines; `told` by account id."""

    now: tuple[Path, ...]
    before: tuple[Path, ...]
    told: Mapping[str, Told]
    _engine: "DuckDBPyConnection | None" = field(default=None, repr=False)

    def hashes(self) -> Iterator[tuple[int, list[int]]]:
        """Of what is royaltied now or was before: batches of one account's place in the shard and hashes of lines."""
        if self._engine is None:
            return
        found = self._engine.execute(_HASHES)
        while batch := found.fetchmany(50_000):
            by_place: dict[int, list[int]] = defaultdict(list)
            for place, one in batch:
                by_place[place].append(one)
            yield from by_place.items()


@contextmanager
def shard_lines(
    files: Sequence[Path], accounts: Sequence[AccountInput], ready: set[str], *, scratch: Path, memory_limit: str
) -> Iterator[ShardLines]:
    """The lines of the accounts in a shard; files are of JSON lines, as `Spool` writes them.

    :param ready: ids of the accounts whose terms can be computed: the others' lines are counted only.
    """
    if not files:
        yield ShardLines((), (), {one.account_id: Told() for one in accounts})
        return
    import duckdb

    config: dict[str, Any] = {"memory_limit": memory_limit, "threads": 2, "temp_directory": str(scratch), "preserve_insertion_order": False,
                              "autoinstall_known_extensions": False, "autoload_known_extensions": False}  # fmt: skip
    with duckdb.connect(config=config) as engine:
        _load(engine, accounts, ready)
        whole = scratch / "split.parquet"
        paths = ", ".join(f"'{quoted(path)}'" for path in files)
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _STAGED.items())
        staged = f"read_json([{paths}], format = 'newline_delimited', columns = {{{columns}}})"
        engine.execute(f"COPY ({_SPLIT.format(staged=staged)}) TO '{quoted(whole)}' (FORMAT parquet)")
        engine.execute(f"CREATE VIEW split AS SELECT * FROM read_parquet('{quoted(whole)}')")  # noqa: S608 - a quoted path
        told: dict[str, Told] = {one.account_id: Told() for one in accounts}
        for account, part, currency, *sums in engine.execute(_SUMS).fetchall():
            told[account].totals[part][currency] = Total(*sums)
        parts = [_part(engine, part, scratch) for part in (NOW, BEFORE)]
        yield ShardLines(parts[0], parts[1], told, engine)


def _load(engine: "DuckDBPyConnection", accounts: Sequence[AccountInput], ready: set[str]) -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "place": range(len(accounts)),
            "account": [one.account_id for one in accounts],
            "opened": [one.opening is not None for one in accounts],
            "approved": [one.approved is not None for one in accounts],
            "ready": [one.account_id in ready for one in accounts],
        }
    )
    engine.register("given", frame)
    engine.execute("CREATE TABLE own AS SELECT * FROM given")
    for name, texts in (
        ("taken", [one.opening.taken if one.opening else "" for one in accounts]),
        ("kept", [one.approved or "" for one in accounts]),
    ):
        engine.execute(f"CREATE TABLE {name} (place BIGINT, h UBIGINT)")
        for place, text in enumerate(texts):
            if text:
                engine.register("given", pd.DataFrame({"h": pd.Series(unpacked(text), dtype="uint64")}))
                engine.execute(f"INSERT INTO {name} SELECT {place}, h FROM given")  # noqa: S608 - our own names and numbers
    engine.unregister("given")


def _part(engine: "DuckDBPyConnection", part: str, scratch: Path) -> tuple[Path, ...]:
    is_any = engine.execute("SELECT 1 FROM split WHERE part = ? AND ready LIMIT 1", [part]).fetchone()
    if is_any is None:
        return ()
    file = scratch / f"{part}.parquet"
    names = ", ".join((*NAMES, "h AS line_hash"))  # worked out once, and kept
    engine.execute(f"COPY (SELECT {names} FROM split WHERE part = '{part}' AND ready) TO '{quoted(file)}' (FORMAT parquet)")  # noqa: S608 - our own names
    return (file,)
