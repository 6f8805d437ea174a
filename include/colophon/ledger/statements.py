"""Parts of statements that are the same everywhere: many values at once, on either database, and changes of what was read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Insert, Update, any_, bindparam, cast, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.types import Text, TypeEngine

from colophon.domain.storable import storable
from colophon.ledger.columns import ForeignString

Item = TypeVar("Item")


class RaceLostError(Exception):
    """A row was no longer as it had been read. `repeat_races` does all of it again; nobody else sees this."""


CHUNK = 500
_SEPARATOR = "\x1f"


def alone_at(connection: Connection, places: Iterable[str]) -> None:
    """From here on nobody else enters revisions at these places (`use case/destination`). SQLite's transactions are alone anyway."""
    if connection.dialect.name == "postgresql":
        # In one order, so that two with several places do not wait for each other.
        place = func.unnest(literal(sorted(set(places)), ARRAY(Text))).column_valued("place")
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(place, 0))))


def as_read(connection: Connection, change: Update, count: int, each: list[dict[str, Any]] | None = None) -> None:
    """Change so many rows, whose states the statement names as they were read.

    :raises RaceLostError: one of them is in another state by now; `changing` reads again.
    """
    if connection.execute(change, each).rowcount != count:
        raise RaceLostError


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """Slices of at most `size` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def among(connection: Connection, wanted: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """The column has one of these texts. On PostgreSQL they go as one: hundreds of parameters cost more than the query."""
    if connection.dialect.name == "sqlite":
        return wanted.in_(values)
    return wanted == any_(_array_of(values, wanted.type))


def listed(wanted: ColumnElement[Any], name: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    """As `among`, for a statement that is made once: the values come as the parameter `name`, as `listed_values` gives them."""
    if is_sqlite:
        return wanted.in_(bindparam(name, expanding=True))
    return wanted == any_(cast(func.string_to_array(bindparam(name, type_=Text()), _SEPARATOR), ARRAY(wanted.type)))


def listed_values(ids: Sequence[str], *, is_sqlite: bool) -> Sequence[str] | str:
    """Delivery ids as the parameter of a `listed`."""
    return ids if is_sqlite else _SEPARATOR.join(ids)


def _array_of(values: Sequence[Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Values as an array; plain texts joined to one, which is written much faster."""
    if isinstance(kind, ForeignString):
        values = [value if value is None else kind.kept(value) for value in values]
    if all(type(value) is str and value for value in values):
        joined = _SEPARATOR.join(values)
        if joined.count(_SEPARATOR) == len(values) - 1:
            return cast(func.string_to_array(storable(joined), _SEPARATOR), ARRAY(kind))
    return literal(list(values), ARRAY(kind))


def each_of(
    connection: Connection, rows: Sequence[Mapping[str, Any]], types: Mapping[str, TypeEngine[Any]]
) -> tuple[Mapping[str, ColumnElement[Any]], list[dict[str, Any]] | None]:
    """What an update needs to run once for each row: the row's values, as parts of a statement, and the statement's parameters.

    On SQLite it runs row by row, on PostgreSQL once, beside a table made of the rows: a way to the server for each costs more.
    """
    if connection.dialect.name == "sqlite":
        return {name: bindparam(name, type_=kind) for name, kind in types.items()}, [{name: row[name] for name in types} for row in rows]
    return _columns_of(rows, types), None


def insert_all(connection: Connection, made: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; on PostgreSQL in one statement, from a table made of the rows."""
    if connection.dialect.name == "sqlite":
        connection.execute(made, list(rows))
        return
    types = {name: made.table.c[name].type for name in rows[0]}
    connection.execute(made.from_select(list(types), select(*_columns_of(rows, types).values())))


def _columns_of(rows: Sequence[Mapping[str, Any]], types: Mapping[str, TypeEngine[Any]]) -> dict[str, ColumnElement[Any]]:
    """The columns of a table made of the rows. What is the same in all of them is sent once: arrays are slow to write."""
    values = {name: [row[name] for row in rows] for name in types}
    first, *others = types
    differ = [first, *(name for name in others if any(value != values[name][0] for value in values[name]))]
    arrays = [_array_of(values[name], types[name]) for name in differ]
    given = func.unnest(*arrays).table_valued(*(column(name, types[name]) for name in differ)).render_derived(name="given")
    return {name: given.c[name] if name in differ else cast(literal(values[name][0], kind), kind) for name, kind in types.items()}


def insert_for(connection: Connection) -> Any:
    """The `insert` of the database's dialect, which knows what to do about a conflict."""
    return sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
