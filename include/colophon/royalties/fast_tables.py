"""Between records and the engine's tables, both ways."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colophon.errors import BadRecordError
from colophon.royalties import fast_sql as sql
from colophon.royalties.line import Line
from colophon.royalties.rounding import BPS
from colophon.royalties.rules import Rule

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

BATCH = 50_000


def write_lines(lines: Iterable[Line], path: Path) -> None:
    """Lines as one Parquet file, with the columns that `rows_of_files` reads.

    :raises BadRecordError: a number that leaves 64 bits.
    """
    import duckdb

    with duckdb.connect() as engine:
        create(engine, "lines", sql.COLUMNS)
        given = iter(lines)
        while batch := list(islice(given, BATCH)):
            insert(engine, "lines", sql.COLUMNS, [[getattr(line, name) for name in sql.NAMES] for line in batch])
        engine.execute(f"COPY lines TO '{sql.quoted(path)}' (FORMAT parquet)")


def create(engine: "DuckDBPyConnection", name: str, columns: str) -> None:
    """An empty table; `columns` as in SQL."""
    engine.execute(f"CREATE TABLE {name} ({columns})")


def insert(engine: "DuckDBPyConnection", name: str, columns: str, values: Sequence[Sequence[Any]]) -> None:
    """Rows through a frame whose columns have their types: the engine would guess the types of objects by a sample.

    :raises BadRecordError: a number that leaves 64 bits.
    """
    if not values:
        return
    import pandas as pd

    pairs = [column.strip().split(" ") for column in columns.split(",")]
    columns_of_values = zip(*values, strict=True)
    try:
        series = [_series(list(own), kind) for (_, kind), own in zip(pairs, columns_of_values, strict=True)]
    except OverflowError:
        raise BadRecordError("A sum of money or copies leaves 64 bits.", subject="royalty lines", evidence=name) from None
    frame = pd.DataFrame(dict(zip([column for column, _ in pairs], series, strict=True)))
    engine.register("incoming", frame)
    engine.execute(f"INSERT INTO {name} SELECT {', '.join(f'{column}::{kind}' for column, kind in pairs)} FROM incoming")  # noqa: S608 - our own column names
    engine.unregister("incoming")


def _series(values: list[Any], kind: str) -> "pd.Series[Any]":
    import pandas as pd

    if kind == "BIGINT":
        return pd.Series(values, dtype="Int64")
    if kind == "BOOLEAN":
        return pd.Series(values, dtype="boolean")
    return pd.Series([None if one is None else str(one) for one in values], dtype="object")


@contextmanager
def many_objects() -> Iterator[None]:
    """Without searches for reference cycles: rows have none, and each search would go through all of them again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def is_unconditional(rule: Rule) -> bool:
    """Whether the rule is for all lines of its contract."""
    keys = (rule.product_id, rule.format, rule.channel_id, rule.masterchannel, rule.territories)
    return all(key is None for key in keys) and not rule.excluded and not rule.reads_discount and not rule.reads_day


def cuts_of(rules: Iterable[Rule]) -> tuple[int, ...]:
    """Where the rates of a contract change by discount, rising: twice the bps, and one more where the discount itself is below (C3)."""
    bands = [band for rule in rules for band in (rule.band, *(step.band for step in rule.steps)) if band is not None]
    lower = {2 * band.over + (not band.over_inclusive) for band in bands if band.over is not None}
    upper = {2 * band.under + band.under_inclusive for band in bands if band.under is not None}
    return tuple(sorted(lower | upper))


def days_of(rules: Iterable[Rule]) -> tuple[date, ...]:
    """The days from which other rates hold, rising (C6)."""
    own = tuple(rules)
    since = {day for rule in own for day in (rule.sold_from, rule.earns_from, *(step.since for step in rule.steps)) if day is not None}
    return tuple(sorted(since | {rule.sold_to + timedelta(days=1) for rule in own if rule.sold_to is not None}))


def probe_of(key: Sequence[Any], cuts: Sequence[int], days: Sequence[date]) -> Line:
    """A line that the rules cannot tell from those of a key of `choices`."""
    contract, product, form, channel, masterchannel, country, no_price, no_value, discount, day = key
    gross = 2 * BPS
    given = 0 if discount in {None, sql.UNKNOWN} else cuts[discount - 1] if discount else cuts[0] - 1
    sold_on = sql.ANY_DAY if day is None else days[day - 1] if day else days[0] - timedelta(days=1)
    return Line(
        id="",
        contract_id=contract,
        product_id=product or 0,
        format=form or "",
        channel_id=channel,
        masterchannel=masterchannel,
        country=country,
        sold_on=sold_on,
        units=0 if discount == sql.UNKNOWN else 1,
        list_price=None if no_price else gross,
        value=None if no_value else gross - given,
        currency="",
    )


def rule_values(number: int, rule: Rule, *, single: bool) -> tuple[Any, ...]:
    """The rule as `RULE_COLUMNS`; `single`: it is its contract's only rule, and for all lines."""
    first = rule.bounds[0] if rule.bounds else None
    return (number, rule.contract_id, single, rule.basis.value, rule.keep, rule.rates[0], first, rule.group, rule.counts)


def reads(rules: Iterable[Rule]) -> tuple[Any, ...]:
    """What the rules of a contract read of a line, as `CONTRACT_COLUMNS` has it: channel, country, product and the like, discount, day."""
    own = tuple(rules)
    cuts, days = cuts_of(own), days_of(own)
    return (
        any(rule.channel_id is not None for rule in own),
        any(rule.territories is not None or bool(rule.excluded) for rule in own),
        *(any(getattr(rule, name) is not None for rule in own) for name in ("product_id", "format", "masterchannel")),
        *cuts,
        *[None] * (sql.MOST_CUTS - len(cuts)),
        *days,
        *[None] * (sql.MOST_DAYS - len(days)),
    )
