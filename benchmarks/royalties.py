"""Lines to royalty rows: lines a second, peak memory, and ratios to a bare engine query, the exact way and the slow oracle.

Each way runs in a process of its own. The slower ways take the first lines only; all ways that take the same lines must agree.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from fractions import Fraction
from pathlib import Path

from colophon.royalties.exact_rows import rows_of
from colophon.royalties.fast_rows import rows_of_files
from colophon.royalties.fast_sql import NAMES
from colophon.royalties.lines import Line
from colophon.royalties.policy import Policy
from colophon.royalties.row import Opening, canonical_hash
from colophon.royalties.rules import Basis, Rule

LINES, SOME = 1_000_000, 100_000
POLICY = Policy(version="benchmark")
ORACLE = Path(__file__).resolve().parents[1] / "tests" / "royalties"
# 200 lines a contract; one contract in fifty can pass a threshold; one line in twelve is a return.
MAKE = """
COPY (SELECT lpad(n::VARCHAR, 12, '0') AS id, (hash(n) % {contracts})::BIGINT AS contract_id, (hash(n) % {contracts} * 4 + hash(n, 1) % 4)::BIGINT AS product_id,
    ['HB', 'PB', 'EB', 'AU'][1 + (hash(n, 1) % 4)::BIGINT] AS format, 1::BIGINT AS channel_id, ['Trade', 'Export', 'Direct'][1 + (hash(n, 2) % 3)::BIGINT] AS masterchannel,
    'GB' AS country, DATE '2026-01-01' + (hash(n, 3) % 181)::INTEGER AS sold_on, units, list_price, units * list_price * (40 + (hash(n, 6) % 30)::BIGINT) // 100 AS value,
    'GBP' AS currency, NULL::VARCHAR AS exempt, NULL::BIGINT AS unit_cost, 'made' AS source
FROM (SELECT n, (CASE WHEN hash(n, 4) % 12 = 0 THEN -1 ELSE 1 END) * (1 + hash(n, 5) % 20)::BIGINT AS units, [799, 999, 1299, 2000][1 + (hash(n, 1) % 4)::BIGINT] AS list_price
    FROM range({lines}) AS made(n))) TO '{path}' (FORMAT parquet)
"""
BARE = "SELECT contract_id, product_id, masterchannel, list_price, sum(units), sum(value) FROM read_parquet('{path}') GROUP BY ALL"


def rules(contracts: int) -> dict[int, tuple[Rule, ...]]:
    """Every contract has two tiers; the first of fifty is low enough to be passed."""
    return {
        contract: (
            Rule(
                id=f"r{contract}",
                contract_id=contract,
                basis=(Basis.LIST, Basis.NET)[contract % 2],
                rates=(100_000, 125_000),
                bounds=(100 if contract % 50 == 0 else 50_000,),
            ),
        )
        for contract in range(contracts)
    }


def made(path: Path) -> list[Line]:
    """The first lines of the file, as records."""
    import duckdb

    found = duckdb.sql(f"SELECT {', '.join(NAMES)} FROM read_parquet('{path}') ORDER BY id LIMIT {SOME}").fetchall()  # noqa: S608 - our own file
    return [Line(**dict(zip(NAMES, values, strict=True))) for values in found]


def slow(lines: list[Line], book: dict[int, tuple[Rule, ...]]) -> int:
    """The oracle of the tests: copy by copy, in fractions. Gives the sum of all rows."""
    sys.path.insert(0, str(ORACLE))
    import royalty_oracle

    given = [
        {
            "group": (line.contract_id, line.format),
            "row": (line.contract_id, line.product_id, line.masterchannel),
            "day": line.sold_on,
            "id": line.id,
            "units": line.units,
            "basis": book[line.contract_id][0].basis.value,
            "price": line.list_price,
            "value": line.value,
            "bounds": book[line.contract_id][0].bounds,
            "rates": [Fraction(rate, 10_000) for rate in book[line.contract_id][0].rates],
        }
        for line in lines
    ]
    rows, _ = royalty_oracle.rows(given, {})
    return sum(amount for _, _, amount in rows.values())


def run(way: str, path: Path, lines: int) -> dict[str, float | int | str]:
    """One way over one file, measured in this process."""
    import duckdb

    book = rules(max(lines // 200, 1))
    given = made(path) if way in {"exact", "oracle"} else []
    begin = time.perf_counter()
    answer: dict[str, float | int | str] = {}
    if way == "bare query":
        with duckdb.connect(config={"threads": 2, "memory_limit": "600MB", "temp_directory": str(path.parent)}) as engine:
            answer["rows"] = len(engine.execute(BARE.format(path=path)).fetchall())
    elif way == "oracle":
        answer["sum"] = slow(given, book)
    else:
        is_fast = way.startswith("fast")
        found = rows_of_files([path], book, Opening(), POLICY, scratch=path.parent) if is_fast else rows_of(given, book, Opening(), POLICY)
        answer |= {"rows": len(found.rows), "hash": str(canonical_hash(found.rows)), "sum": sum(row.amount for row in found.rows)}
    answer["seconds"] = time.perf_counter() - begin
    answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return answer


def main() -> None:
    """Print the table; the ratio is lines a second of the fast way over those of the way in the row."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        files = {LINES: Path(folder) / "all.parquet", SOME: Path(folder) / "some.parquet"}
        for lines, path in files.items():
            duckdb.sql(MAKE.format(lines=lines, contracts=lines // 200, path=path))
        ways = [("fast", LINES), ("bare query", LINES), ("fast, fewer lines", SOME), ("exact", SOME), ("oracle", SOME)]
        found = {}
        for way, lines in ways:
            call = [sys.executable, "-m", "benchmarks.royalties", way, str(files[lines]), str(lines)]
            found[way] = json.loads(subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True).stdout)
        assert found["fast, fewer lines"]["hash"] == found["exact"]["hash"]
        assert found["exact"]["sum"] == found["oracle"]["sum"]
        speed = {way: lines / found[way]["seconds"] for way, lines in ways}
        print(f"{date.today()}  two threads, memory limit 600 MB for DuckDB; peak is of the whole process")  # noqa: DTZ011 - a heading
        for way, lines in ways:
            print(
                f"{way:<20}{lines:>10,} lines{speed[way]:>12,.0f} lines/s{found[way]['peak_mb']:>8,.0f} MB   fast is {speed['fast'] / speed[way]:.2f} x"
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
