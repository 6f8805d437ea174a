"""Lines to rows at speed: the common policies in DuckDB, within a memory limit; contracts that need more go the exact way.

Lines come as Parquet files, since ten million of them are no list. Sums that leave 64 bits are an error, never a wrong number.
The answer is that of `exact_rows.rows_of`, to the last field.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colophon.royalties import fast_sql as sql
from colophon.royalties import fast_tables as tables
from colophon.royalties.exact_rows import RulesByContract, rows_of
from colophon.royalties.fast_engine import engine_over
from colophon.royalties.line import Line, Trouble
from colophon.royalties.policy import Basis, EscalatorMode, Group, Policy, Returns, Trigger
from colophon.royalties.row import (
    Count,
    CounterKey,
    Excluded,
    Opening,
    Row,
    Rows,
    Suspended,
    count_of,
    line_order,
    sort_key,
)
from colophon.royalties.row_table import RowTable
from colophon.royalties.rules import Rule, choose, rates_of
from colophon.royalties.tiered_counter import BEFORE_US, SaleType, TieredCounter, Unreturned, allocate, tier_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def rows_of_files(
    paths: Sequence[Path],
    rules: RulesByContract,
    opening: Opening,
    policy: Policy,
    *,
    scratch: Path,
    memory_limit: str = "600MB",
    threads: int = 2,
) -> Rows:
    """Rows of one period from Parquet files of lines, the same for any cut of the lines into files.

    :param scratch: a folder for what does not fit into `memory_limit`.
    :raises BadRecordError: a sum or product leaves 64 bits.
    """
    with engine_over(paths, scratch=scratch, memory_limit=memory_limit, threads=threads) as engine, tables.many_objects():
        return _Run(engine, rules, opening, policy).rows()


def is_common(rules: Sequence[Rule], policy: Policy) -> bool:
    """Whether DuckDB does these rules: marginal escalators on copies, returns that unwind, a few changes by discount and by day."""
    few = len(tables.cuts_of(rules)) <= sql.MOST_CUTS and len(tables.days_of(rules)) <= sql.MOST_DAYS
    return (
        few
        and policy.returns is Returns.UNWIND
        and all(
            rule.mode is EscalatorMode.MARGINAL and rule.trigger is Trigger.UNITS and rule.sliding is None and rule.begins is None
            for rule in rules
        )
    )


_PART_OF_GROUP = {Group.CONTRACT: "'all'", Group.CONTRACT_FORMAT: "'format ' || format", Group.CONTRACT_PRODUCT: "'product ' || product_id"}


class _Run:
    """One run: rules into tables, lines through the views, sums out."""

    def __init__(self, engine: "DuckDBPyConnection", rules: RulesByContract, opening: Opening, policy: Policy) -> None:
        self._engine, self._rules, self._opening, self._policy = engine, rules, opening, policy
        self._common = {contract: tuple(own) for contract, own in rules.items() if own and is_common(own, policy)}
        self._numbered: list[Rule] = []
        self._singles = 0

    def rows(self) -> Rows:
        self._load_rules()
        twice = self._twice()
        excluded = tuple(Excluded(line=line, reason=reason) for line, reason in self._free())
        self._choices()
        self._load_chosen()
        self._engine.execute(sql.PLACED.format(part=_PART_OF_GROUP[self._policy.group]))
        suspended = tuple(Suspended(line=line, trouble=Trouble(why)) for line, why in self._troubled())
        self._engine.execute(sql.GROUPS)
        self._engine.execute(sql.ORDERED)
        ordered = self._in_order()
        rows = self._summed()
        closed = [(count_of(key, counter), counter.unreturned) for key, counter in chain(ordered.items(), self._lowest())]
        other = rows_of(self._others(), self._rules, self._opening, self._policy)
        return _together(rows, closed, (*suspended, *twice), excluded, other, self._in_rows())

    def _load_chosen(self) -> None:
        """The rules by number: first those that are their contract's only one, then those that were chosen, with the rates that hold."""
        self._table(
            "rules",
            sql.RULE_COLUMNS,
            [tables.rule_values(place, rule, single=place < self._singles) for place, rule in enumerate(self._numbered)],
        )

    def _load_rules(self) -> None:
        single = {own[0].contract_id for own in self._common.values() if len(own) == 1 and tables.is_unconditional(own[0])}
        self._numbered = [self._common[contract][0] for contract in sorted(single)]
        self._table("free", "masterchannel VARCHAR", [(name,) for name in self._policy.free_masterchannels])
        self._table("uncounted", "masterchannel VARCHAR", [(name,) for name in self._policy.uncounted_masterchannels])
        self._table("territories", "country VARCHAR, name VARCHAR", list(dict(self._policy.territory_groups).items()))
        self._table(
            "contracts",
            sql.CONTRACT_COLUMNS,
            [(contract, contract in single, *tables.reads(rules)) for contract, rules in self._common.items()],
        )
        unreturned = self._opening.unreturned
        opened = [
            (key.group, number, any(own != BEFORE_US for own, _ in unreturned.get(key, ())))
            for key, number in self._opening.counters.items()
            if key.trigger is Trigger.UNITS
        ]
        self._table("opening", "grp VARCHAR, counter BIGINT, upper BOOLEAN", opened)
        self._singles = len(self._numbered)

    def _choices(self) -> None:
        """C1, C2 once for each distinct combination of what rates are chosen by."""
        numbers: dict[tuple[int, tuple[int, ...]], int] = {}
        limits: dict[int, tuple[tuple[int, ...], tuple[date, ...]]] = {}
        self._table("choices", sql.CHOICE_COLUMNS, [])
        keys = self._engine.cursor().execute(sql.CHOICE_KEYS)
        while batch := keys.fetchmany(tables.BATCH):
            found = []
            for key in batch:
                own = self._common[key[0]]
                if key[0] not in limits:
                    limits[key[0]] = (tables.cuts_of(own), tables.days_of(own))
                probe = tables.probe_of(key, *limits[key[0]])
                rule = choose(own, probe, self._policy.rate_order)
                if isinstance(rule, Trouble):
                    found.append((*key, None, rule.value))
                    continue
                rates = rates_of(rule, probe)
                number = numbers.setdefault((id(rule), rates), len(self._numbered))
                if number == len(self._numbered):
                    self._numbered.append(rule if rates == rule.rates else replace(rule, rates=rates))
                found.append((*key, number, None))
            tables.insert(self._engine, "choices", sql.CHOICE_COLUMNS, found)

    def _twice(self) -> tuple[Suspended, ...]:
        """D2: a line that is there twice is royaltied not even once before somebody has looked."""
        self._engine.execute(sql.SAME_HASH)
        is_any = self._is_any("same_hash")
        if is_any:
            self._engine.execute(sql.TWICE)
        self._engine.execute(sql.ONCE[is_any])
        return tuple(Suspended(line=line, trouble=Trouble.LINE_TWICE) for line, _ in self._left(sql.TWICE_LINES)) if is_any else ()

    def _free(self) -> Iterator[tuple[Line, str]]:
        """N5. Adds all lines up on the way: they are read one by one only where some are free."""
        cuts, days = (max(map(len, map(of, self._common.values())), default=0) for of in (tables.cuts_of, tables.days_of))
        self._engine.execute(sql.kept(cuts, days))
        self._engine.execute(sql.CELLS)
        return self._left(sql.EXCLUDED) if self._is_any("cells WHERE earns_nothing") else iter(())

    def _troubled(self) -> Iterator[tuple[Line, str]]:
        return self._left(sql.SUSPENDED) if self._is_any("placed WHERE why IS NOT NULL") else iter(())

    def _others(self) -> Iterator[Line]:
        self._engine.execute(sql.OTHER_CONTRACTS)
        return (line for line, _ in self._left(sql.OTHER)) if self._is_any("others") else iter(())

    def _is_any(self, rows: str) -> bool:
        return self._engine.execute(f"SELECT 1 FROM {rows} LIMIT 1").fetchone() is not None  # noqa: S608 - our own table names

    def _left(self, query: str) -> Iterator[tuple[Line, str]]:
        found = self._engine.cursor().execute(query)
        while batch := found.fetchmany(tables.BATCH):
            for values in batch:
                yield Line(**dict(zip(sql.NAMES, values[:-1], strict=True))), values[-1]

    def _in_order(self) -> dict[CounterKey, TieredCounter]:
        """The groups that can leave their lowest tier, line by line; gives their counters. The lines' parts go to a table (E10)."""
        self._table("parts", sql.PART_COLUMNS, [])
        counters: dict[CounterKey, TieredCounter] = {}
        lines = self._engine.cursor().execute(sql.IN_ORDER)
        group, counter = "", TieredCounter(0, None)
        while batch := lines.fetchmany(tables.BATCH):
            done: list[tuple[int | None, ...]] = []
            for own, place, number, counts, product, channel, units, price, value in batch:
                if own != group:
                    group, key = own, CounterKey(own, Trigger.UNITS)
                    counter = counters[key] = self._opening.counter(key)
                rule = self._numbered[number]
                if counts:
                    measured = counter.move(SaleType(product, channel), rule.bounds, units)
                else:
                    measured = [(tier_of(rule.bounds, counter.value), units)]
                if len(measured) == 1:
                    tier, copies = measured[0]
                    done.append((place, tier, rule.rates[tier], copies, None, None))
                    continue
                basis = {Basis.LIST: units * (price or 0), Basis.FIXED: units}.get(rule.basis, value)
                parts = zip(measured, allocate(basis, measured), allocate(value or 0, measured), strict=True)
                done += [(place, tier, rule.rates[tier], copies, own_basis, own_value) for (tier, copies), own_basis, own_value in parts]
            tables.insert(self._engine, "parts", sql.PART_COLUMNS, done)
        return counters

    def _summed(self) -> Sequence[Row]:
        if not self._is_any("cells"):
            return ()
        for name, word in sql.WORDS.items():
            self._engine.execute(sql.WORD_TYPE.format(name=name, word=word))
        columns: dict[str, Any] = self._engine.cursor().execute(sql.SUMMED).fetchnumpy()
        places = columns["several"].nonzero()[0].tolist()
        several = self._engine.cursor().execute(sql.SEVERAL).fetchall() if places else []
        return RowTable(columns, self._numbered, dict(zip(places, several, strict=True)))

    def _lowest(self) -> Iterator[tuple[CounterKey, TieredCounter]]:
        """The counters that do not leave their lowest tier, one at a time: there are many."""
        for group, net in _fetched(self._engine.cursor().execute(sql.NETS)):
            key = CounterKey(group, Trigger.UNITS)
            counter = self._opening.counter(key)
            counter.value += net
            yield key, counter

    def _in_rows(self) -> int:
        (number,) = self._engine.execute("SELECT coalesce(sum(line_count), 0)::BIGINT FROM groups").fetchone() or (0,)
        return int(number)

    def _table(self, name: str, columns: str, values: Sequence[Sequence[Any]]) -> None:
        tables.create(self._engine, name, columns)
        tables.insert(self._engine, name, columns, values)


def _fetched(found: Any) -> Iterator[tuple[Any, ...]]:
    while batch := found.fetchmany(tables.BATCH):
        yield from batch


def _together(
    rows: Sequence[Row],
    closed: Sequence[tuple[Count, Unreturned]],
    suspended: tuple[Suspended, ...],
    excluded: tuple[Excluded, ...],
    other: Rows,
    in_rows: int,
) -> Rows:
    """The two ways' rows as one; contracts are on one way only, so nothing meets."""
    return Rows(
        rows=tuple(sorted((*rows, *other.rows), key=lambda row: sort_key(row.key))) if other.rows else rows,
        counts=tuple(sorted((*(count for count, _ in closed), *other.counts), key=lambda count: count.key)),
        suspended=tuple(sorted((*suspended, *other.suspended), key=lambda one: line_order(one.line))),
        excluded=tuple(sorted((*excluded, *other.excluded), key=lambda one: line_order(one.line))),
        closing=Opening(
            counters={**other.closing.counters, **{count.key: count.after for count, _ in closed}},
            prior=other.closing.prior,
            unreturned={**other.closing.unreturned, **{count.key: unreturned for count, unreturned in closed}},
        ),
        lines_in_rows=in_rows + other.lines_in_rows,
    )
