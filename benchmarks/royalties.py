"""Lines to royalty rows and on to statements: lines a second, peak memory, and ratios to a bare engine query, the exact way and the slow oracle.

"whole" is lines to rows, accounts, statements' figures and payments, with all control totals.
Each way runs in a process of its own. The slower ways take the first lines only; all ways that take the same lines must agree.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from benchmarks.memory import peak_mb
from colophon.royalties import breaches, controls
from colophon.royalties.account import Account, Shares, settle_account
from colophon.royalties.currency import convert_rows
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.fast_engine import totals_of_files
from colophon.royalties.fast_rows import rows_of_files
from colophon.royalties.fast_sql import NAMES
from colophon.royalties.line import Line
from colophon.royalties.payout import Due, pay
from colophon.royalties.policy import Basis, Policy
from colophon.royalties.reserve import ReserveTerm
from colophon.royalties.row import Opening, Row, Rows, canonical_hash
from colophon.royalties.rules import Band, Rule, Step
from colophon.royalties.standing import Standing

LINES, SOME = 1_000_000, 100_000
SHARD = 2_000
"""So many contracts are settled at a time, as a shard of a run is; joined ones are in one."""
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
# What a grouping costs that also has to say which lines it is of.
HASHED = """SELECT contract_id, product_id, masterchannel, list_price, format, currency, source, sum(units), sum(value), count(*), sum(md5_number_lower(id))
FROM read_parquet('{path}') GROUP BY ALL"""
# The same into the rows of the usual trade contract: by band of discount and by day, too.
_GIVEN = "(units * list_price - value) * sign(units) * 10000"
BANDED = HASHED.replace(
    "sum(units)",
    f"({_GIVEN} >= 5000 * abs(units * list_price))::INTEGER + ({_GIVEN} > 5500 * abs(units * list_price))::INTEGER AS band,"
    " sold_on >= DATE '2026-04-01' AS is_late, sum(units)",
    1,
)
BARE = "SELECT contract_id, product_id, masterchannel, list_price, sum(units), sum(value) FROM read_parquet('{path}') GROUP BY ALL"

BARE_QUERIES = {"bare query": BARE, "bare query, hash": HASHED, "bare query, hash, bands": BANDED}


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


def usual(contracts: int) -> dict[int, tuple[Rule, ...]]:
    """The usual trade contract: as `rules`, another basis above 55 % discount, half the rate from 50 %, and more from April on."""
    steps = (
        Step(rate=10_000, how="ADD", since=date(2026, 4, 1)),
        Step(rate=500_000, how="MULTIPLY", band=Band(over=5000, over_inclusive=True)),
    )
    return {
        contract: (
            replace(rule, steps=steps),
            Rule(id=f"d{contract}", contract_id=contract, basis=Basis.NET, rates=(150_000,), band=Band(over=5500), clause="deep"),
        )
        for contract, (rule,) in rules(contracts).items()
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
            "type": (line.product_id, line.masterchannel),
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


def accounts(contracts: int) -> dict[str, Account]:
    """Every contract has two payees, an advance and a reserve; every tenth account joins two contracts."""
    joined = {contract: contract - 1 if contract % 20 == 1 else contract for contract in range(contracts)}
    members: dict[int, list[int]] = defaultdict(list)
    for contract, first in joined.items():
        members[first].append(contract)
    return {
        f"a{first:06}": Account(
            id=f"a{first:06}",
            contract_ids=tuple(own),
            currency="GBP",
            shares=tuple(Shares(contract_id=contract, weights=((2 * first, 60), (2 * first + 1, 40))) for contract in own),
            payees={2 * first: Standing(advance=500_00), 2 * first + 1: Standing(balance=-10_00)},
            joint=Standing(advance=1_000_00) if len(own) > 1 else Standing(),
            reserve_terms=(ReserveTerm(rate=150_000),),
        )
        for first, own in members.items()
    }


def settled(rows: Rows, totals: dict[str, controls.Total], contracts: int) -> dict[str, int]:
    """Rows to statements and payments with every control total, some contracts at a time; gives what is paid and what is carried."""
    given = accounts(contracts)
    shards: dict[int, dict[str, Account]] = defaultdict(dict)
    for name, account in given.items():
        shards[account.contract_ids[0] // SHARD][name] = account
    broken: list[breaches.Breach] = []
    sums: list[Row] = []
    dues: list[Due] = []
    for shard, found in groupby(rows.rows, key=lambda row: row.key.contract_id // SHARD):
        own = tuple(found)
        sums += _added(own)
        broken += _shard(replace(rows, rows=own), shards.pop(shard), dues)
    whole = replace(rows, rows=tuple(sums))
    broken += [*controls.of_totals(totals, whole), *controls.of_counters(whole)]
    for without in shards.values():
        broken += _shard(replace(rows, rows=()), without, dues)
    payout = pay(dues, {}, POLICY, pay_day=date(2026, 9, 30))
    breaches.require([*broken, *controls.of_payout(dues, payout)])
    return {"statements": len(given), "paid": sum(one.net for one in payout.paid)}


def _added(rows: tuple[Row, ...]) -> list[Row]:
    """What rows add up to, as one row for each currency: totals and counters are of all rows."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    keys = {}
    for row in rows:
        keys[row.key.currency] = row.key
        own = sums[row.key.currency]
        for place, number in enumerate((row.sold, row.returned, row.counted, row.value_sum)):
            own[place] += number
    return [
        Row(key=keys[currency], sold=sold, returned=returned, counted=counted, value_sum=value)
        for currency, (sold, returned, counted, value) in sums.items()
    ]


def _shard(rows: Rows, given: dict[str, Account], dues: list[Due]) -> list[breaches.Breach]:
    """The statements of some accounts: what they owe goes to `dues`; gives what does not balance."""
    by_contract: dict[int, list[Row]] = defaultdict(list)
    for row in rows.rows:
        by_contract[row.key.contract_id].append(row)
    statements = []
    for account in given.values():
        converted, _ = convert_rows([row for contract in account.contract_ids for row in by_contract[contract]], "GBP", {}, POLICY.fx)
        statements.append(settle_account(account, converted, (), POLICY, period_end=date(2026, 6, 30)))
    dues += [
        Due(account_id=one.account_id, payee_id=payee, currency="GBP", amount=own.due)
        for one in statements
        for payee, own in one.payees.items()
    ]
    return [breach for one in statements for breach in controls.of_statement(one)]


def run(way: str, path: Path, lines: int) -> dict[str, float | int | str]:
    """One way over one file, measured in this process."""
    import duckdb
    import pandas as pd  # noqa: F401 - loading it is no part of the measure

    book = (usual if way.endswith("bands") else rules)(max(lines // 200, 1))
    given = made(path) if way.startswith("exact") or way == "oracle" else []
    begin, cpu = time.perf_counter(), time.process_time()
    answer: dict[str, float | int | str] = {}
    if way.startswith("bare query"):
        with duckdb.connect(config={"threads": 2, "memory_limit": "600MB", "temp_directory": str(path.parent)}) as engine:
            answer["rows"] = len(engine.execute(BARE_QUERIES[way].format(path=path)).fetchall())
    elif way == "oracle":
        answer["sum"] = slow(given, book)
    else:
        is_exact = way.startswith("exact")
        found = rows_of(given, book, Opening(), POLICY) if is_exact else rows_of_files([path], book, Opening(), POLICY, scratch=path.parent)
        if way.startswith("whole"):
            answer |= settled(found, totals_of_files([path], scratch=path.parent), max(lines // 200, 1))
        answer |= {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - cpu}
        answer |= {"rows": len(found.rows), "hash": str(canonical_hash(found.rows)), "sum": sum(row.amount for row in found.rows)}
    answer = {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - cpu, **answer}
    answer["peak_mb"] = peak_mb()
    return answer


def main(lines: int) -> None:
    """Print the table; the ratio is CPU time a line of the way in the row over that of the fast way, which no other load of the machine changes."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        files = {lines: Path(folder) / "all.parquet", SOME: Path(folder) / "some.parquet"}
        for number, path in files.items():
            duckdb.sql(MAKE.format(lines=number, contracts=number // 200, path=path))
        ways = [
            *((way, lines) for way in ("fast", "whole", *BARE_QUERIES, "fast, bands", "whole, bands")),
            *((way, SOME) for way in ("fast, fewer lines", "exact", "oracle", "fast, fewer bands", "exact, bands")),
        ]
        found = {}
        for way, number in ways:
            call = [sys.executable, "-m", "benchmarks.royalties", "--way", way, "--file", str(files[number]), "--lines", str(number)]
            found[way] = json.loads(subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True).stdout)
    assert found["fast, fewer lines"]["hash"] == found["exact"]["hash"]
    assert found["fast"]["hash"] == found["whole"]["hash"]
    assert found["fast, fewer bands"]["hash"] == found["exact, bands"]["hash"]
    assert found["fast, bands"]["hash"] == found["whole, bands"]["hash"]
    assert found["exact"]["sum"] == found["oracle"]["sum"]
    print(f"{date.today()}  two threads, memory limit 600 MB for DuckDB; peak is of the whole process")  # noqa: DTZ011 - a heading
    print(f"{lines:,} lines, {lines // 200:,} contracts, {found['fast']['rows']:,} rows, {found['whole']['statements']:,} statements")
    cost = {way: found[way]["cpu"] / number for way, number in ways}
    for way, number in ways:
        one = found[way]
        print(
            f"{way:<24}{number:>11,} lines{number / one['seconds']:>12,.0f} lines/s{one['seconds']:>8.1f} s{one['cpu']:>8.1f} s CPU"
            f"{one['peak_mb']:>8,.0f} MB   fast is {cost[way] / cost['fast']:.2f} x"
        )
    for way, bare in (("fast", "bare query, hash"), ("fast, bands", "bare query, hash"), ("fast, bands", "bare query, hash, bands")):
        print(f"lines to rows, {way}, over {bare}: {cost[way] / cost[bare]:.2f} (CPU time; at most 2 is the aim)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--way", help="this way only, in this process, over --file")
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.way:
        print(json.dumps(run(asked.way, asked.file, asked.lines)))
    else:
        main(asked.lines)
