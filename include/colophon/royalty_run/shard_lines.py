"""The staged lines of a shard as DuckDB sees them: what is royaltied now, what was before us, what is for another run.

Lines stay in files; memory holds the engine's share and what each account adds up to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colophon.royalties.controls import Total
from colophon.royalties.fast_sql import COLUMN_TYPES, NAMES, quoted
from colophon.royalty_run.hashes import hashes_in, packed
from colophon.royalty_run.kept import BEFORE, COUNTED, LATER, LEFT, NOW, Booked
from colophon.royalty_run.records import AccountInput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_STAGED = {"account": "VARCHAR", "earlier": "BOOLEAN", "content": "UBIGINT", "rest": "BIGINT", **COLUMN_TYPES}
# A line is what it says, whatever number or row it has this time. Equal ones are told apart by counting them; lines that share a
# number stay one, so that the engine finds them to be there twice.
_EQUALS = """
CREATE TABLE equals AS SELECT DISTINCT contract_id, id, content, (dense_rank() OVER (PARTITION BY contract_id, content ORDER BY id) - 1) AS ordinal,
    count(*) OVER (PARTITION BY contract_id, content) AS times
FROM staged SEMI JOIN (SELECT contract_id, content FROM staged WHERE content IS NOT NULL GROUP BY ALL HAVING count(*) > 1) USING (contract_id, content)
"""
_SAME_NAME = """
CREATE TABLE same_name AS SELECT contract_id, id FROM staged
WHERE content IS NOT NULL AND hash(contract_id, id) IN (SELECT hash(contract_id, id) AS h FROM staged GROUP BY h HAVING count(*) > 1)
GROUP BY ALL HAVING count(*) > 1
"""
_NAMED = """
SELECT line.* EXCLUDE (id, content), line.id AS name, coalesce(times, 1) AS times, CASE
    WHEN line.content IS NULL OR same_name.id IS NOT NULL THEN line.id
    ELSE line.content || ':' || coalesce(equals.ordinal, 0) END AS id
FROM staged AS line LEFT JOIN equals ON equals.contract_id = line.contract_id AND equals.id = line.id AND equals.content = line.content
LEFT JOIN same_name ON same_name.contract_id = line.contract_id AND same_name.id = line.id
"""
# What was approved for this very period has no other lines than it had then (D4); an account that was approved before takes what
# another run of the system of record has, since nobody has royaltied it here. Nobody is paid for what was sold before our books
# begin before a person said how it stands.
_SPLIT = f"""
SELECT line.* EXCLUDE (earlier), own.place, own.ready, taken.h IS NOT NULL AS known, waiting.h IS NOT NULL AS waited, CASE
    WHEN earlier AND NOT own.opened THEN '{BEFORE}'
    WHEN taken.h IS NOT NULL THEN '{LEFT}'
    WHEN own.approved AND kept.h IS NULL THEN '{LATER}'
    WHEN elsewhere.h IS NOT NULL THEN elsewhere.part
    WHEN earlier IS NULL AND sold_on < own.since THEN own.old
    ELSE '{NOW}' END AS part
FROM (SELECT *, md5_number_lower(id) AS h FROM ({_NAMED})) AS line JOIN own USING (account)
LEFT JOIN taken ON taken.place = own.place AND taken.h = line.h LEFT JOIN kept ON kept.place = own.place AND kept.h = line.h
LEFT JOIN waiting ON waiting.place = own.place AND waiting.h = line.h
LEFT JOIN elsewhere ON elsewhere.contract_id = line.contract_id AND elsewhere.h = line.h
"""  # noqa: S608 - our own names
_SUMS = "SELECT account, part, currency, count(*), sum(units)::BIGINT, coalesce(sum(value), 0)::BIGINT FROM split GROUP BY ALL ORDER BY ALL"
_RESTS = f"""
SELECT account, contract_id, product_id, coalesce(masterchannel, ''), country, currency, sum(rest)::BIGINT
FROM split WHERE part = '{NOW}' AND rest IS NOT NULL GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - our own names
_MONTHS = f"""
SELECT account, contract_id, strftime(sold_on, '%Y-%m') AS month, count(*) FILTER (part = '{LEFT}'), count(*) FILTER (part IN {COUNTED}), count(*) FILTER (part = '{NOW}'),
    count(DISTINCT split_part(id, ':', 1)) FILTER (part = '{NOW}' AND times > 1), bool_and(times % 2 = 0) FILTER (part = '{NOW}'), bool_and(times % 3 = 0) FILTER (part = '{NOW}')
FROM split WHERE sold_on IS NOT NULL GROUP BY account, contract_id, month ORDER BY ALL
"""  # noqa: S608 - our own names
_FIRST = """
SELECT account, currency, waited, count(*), sum(units)::BIGINT, coalesce(sum(value), 0)::BIGINT FROM split WHERE NOT known GROUP BY ALL ORDER BY ALL
"""
_KEY = "place, contract_id, product_id, part, currency"
_BOOKED = f"SELECT {_KEY}, count(*), sum(units)::BIGINT, coalesce(sum(value), 0)::BIGINT FROM split WHERE part <> '{LEFT}' GROUP BY ALL ORDER BY {_KEY}"  # noqa: S608 - our own names
_HASHES = f"SELECT h FROM split WHERE part <> '{LEFT}' ORDER BY {_KEY}"  # noqa: S608 - our own names
_GONE = "SELECT place, h FROM waiting ANTI JOIN split USING (place, h) ORDER BY place"


@dataclass(slots=True)
class Told:
    """What the lines of one account add up to: by part and currency.

    `first`: those that are seen for the first time, by currency; `waited`: those that an earlier run saw and did not count.
    `booked`: what is known of them from now on; `gone`: hashes of those that waited and are not there any more, packed. `rests`: what of
    the receipts of this period is below a minor unit, by contract, product, masterchannel, country and currency. `months`: by
    contract and month of sale how many lines are told that were counted before, how many are counted from now on, and how many of these are paid now.
    `repeats`: by month of sale how many different lines that are paid now are told more than once, and whether each line is told an even number of
    times, or thrice.
    """

    totals: dict[str, dict[str, Total]] = field(default_factory=lambda: defaultdict(dict))
    first: dict[str, Total] = field(default_factory=dict)
    waited: dict[str, Total] = field(default_factory=dict)
    booked: list[Booked] = field(default_factory=list)
    gone: str = ""
    rests: list[tuple[int, int, str, str | None, str, int]] = field(default_factory=list)
    months: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    repeats: list[tuple[str, int, bool, bool]] = field(default_factory=list)

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

    def names(self, ids: Collection[str]) -> dict[str, str]:
        """How the source names some of the lines."""
        if self._engine is None or not ids:
            return {}
        return dict(self._engine.execute("SELECT id, name FROM split WHERE list_contains(?, id)", [list(ids)]).fetchall())


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
        paths = ", ".join(f"'{quoted(path)}'" for path in files)
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _STAGED.items())
        given = f"SELECT * FROM read_json([{paths}], format = 'newline_delimited', columns = {{{columns}}})"  # noqa: S608 - quoted paths
        _kept_as(engine, "staged", given, scratch)
        engine.execute(_EQUALS)
        engine.execute(_SAME_NAME)
        _kept_as(engine, "split", _SPLIT, scratch)
        told: dict[str, Told] = {one.account_id: Told() for one in accounts}
        for account, part, currency, *sums in engine.execute(_SUMS).fetchall():
            told[account].totals[part][currency] = Total(*sums)
        for account, *rest in engine.execute(_RESTS).fetchall():
            told[account].rests.append((rest[0], rest[1], rest[2], rest[3], rest[4], rest[5]))
        for account, contract, month, again, fresh, now, equal, are_even, are_thirds in engine.execute(_MONTHS).fetchall():
            told[account].months.append((contract, month, again, fresh, now))
            if now:
                told[account].repeats.append((month, equal, are_even, are_thirds))
        for account, currency, is_waiting, *sums in engine.execute(_FIRST).fetchall():
            (told[account].waited if is_waiting else told[account].first)[currency] = Total(*sums)
        _book(engine, accounts, told)
        parts = [_part(engine, part, scratch) for part in (NOW, BEFORE)]
        yield ShardLines(parts[0], parts[1], told, engine)


def _kept_as(engine: "DuckDBPyConnection", name: str, query: str, scratch: Path) -> None:
    """A query's rows in a file, under a name: they are read more than once and are too many for memory."""
    file = quoted(scratch / f"{name}.parquet")
    engine.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    engine.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{file}')")  # noqa: S608 - a quoted path


def _book(engine: "DuckDBPyConnection", accounts: Sequence[AccountInput], told: Mapping[str, Told]) -> None:
    """What is known of each account's lines from now on, product by product: arrays of hashes, cut where the next product begins."""
    groups = engine.execute(_BOOKED).fetchall()
    hashes = engine.execute(_HASHES).fetchnumpy()["h"]
    start = 0
    for place, contract, product, part, currency, lines, copies, value in groups:
        own = packed(hashes[start : start + lines])
        start += lines
        told[accounts[place].account_id].booked.append(Booked(contract, product, part, currency, lines, copies, value, own))
    gone = engine.execute(_GONE).fetchnumpy()
    for place in sorted(set(gone["place"].tolist())):
        told[accounts[place].account_id].gone = packed(gone["h"][gone["place"] == place])


def _load(engine: "DuckDBPyConnection", accounts: Sequence[AccountInput], ready: set[str]) -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "place": range(len(accounts)),
            "account": [one.account_id for one in accounts],
            "opened": [one.opening is not None for one in accounts],
            "approved": [one.approved is not None for one in accounts],
            "ready": [one.account_id in ready for one in accounts],
            "since": pd.Series([one.since for one in accounts], dtype="object"),
            "old": [one.old for one in accounts],
        }
    )
    engine.register("given", frame)
    engine.execute("CREATE TABLE own AS SELECT * REPLACE (since::DATE AS since) FROM given")
    for name, texts in (
        ("taken", [one.opening.taken if one.opening else "" for one in accounts]),
        ("kept", [one.approved or "" for one in accounts]),
        ("waiting", [one.waiting for one in accounts]),
    ):
        engine.execute(f"CREATE TABLE {name} (place BIGINT, h UBIGINT)")
        for place, text in enumerate(texts):
            if text:
                engine.register("given", pd.DataFrame({"h": hashes_in(text)}))
                engine.execute(f"INSERT INTO {name} SELECT {place}, h FROM given")  # noqa: S608 - our own names and numbers
    engine.execute("CREATE TABLE elsewhere (contract_id BIGINT, h UBIGINT, part VARCHAR)")
    for one in accounts:
        for contract, text, part in one.elsewhere:
            engine.register("given", pd.DataFrame({"h": hashes_in(text)}))
            engine.execute("INSERT INTO elsewhere SELECT ?, h, ? FROM given", [contract, part])
    engine.unregister("given")


def _part(engine: "DuckDBPyConnection", part: str, scratch: Path) -> tuple[Path, ...]:
    is_any = engine.execute("SELECT 1 FROM split WHERE part = ? AND ready LIMIT 1", [part]).fetchone()
    if is_any is None:
        return ()
    file = scratch / f"part-{part}.parquet"
    names = ", ".join((*NAMES, "h AS line_hash"))  # worked out once, and kept
    engine.execute(f"COPY (SELECT {names} FROM split WHERE part = '{part}' AND ready) TO '{quoted(file)}' (FORMAT parquet)")  # noqa: S608 - our own names
    return (file,)
