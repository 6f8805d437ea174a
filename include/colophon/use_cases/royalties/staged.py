"""What travels between the steps of a royalty run, as lines of staged files: one JSON object a line, numbers and dates exact."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter

from colophon.use_cases.royalties.records import AccountInput, AccountResult, Closing, RunFacts

T = TypeVar("T", AccountInput, AccountResult, Closing, RunFacts)
_ADAPTERS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (AccountInput, AccountResult, Closing, RunFacts)}


def to_line(record: AccountInput | AccountResult | Closing | RunFacts) -> str:
    """One line without its line end."""
    if isinstance(record, AccountResult) and record.statement is not None:
        # JSON has no keys that are tuples.
        pools = tuple(sorted(record.statement.pools.items()))
        record = replace(record, statement=replace(record.statement, pools={}), pools=pools)
    return _ADAPTERS[type(record)].dump_json(record, exclude_defaults=True).decode()


def from_lines(kind: type[T], lines: Iterable[str]) -> Iterator[T]:
    """The records of a file, in its order. Raises pydantic's ValidationError on a line that is none of this kind."""
    for line in lines:
        record: T = _ADAPTERS[kind].validate_json(line)
        if isinstance(record, AccountResult) and record.statement is not None:
            yield replace(record, statement=replace(record.statement, pools=dict(record.pools)), pools=())
        else:
            yield record
