"""What travels between the steps of a royalty run, as lines of staged files: one JSON object a line, numbers and dates exact."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from pydantic import TypeAdapter

from colophon.royalty_run.kept import Closing
from colophon.royalty_run.records import AccountInput, AccountResult, RunFacts

T = TypeVar("T", AccountInput, AccountResult, Closing, RunFacts)
_ADAPTERS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (AccountInput, AccountResult, Closing, RunFacts)}


def to_line(record: AccountInput | AccountResult | Closing | RunFacts) -> str:
    """One line without its line end."""
    return _ADAPTERS[type(record)].dump_json(record, exclude_defaults=True).decode()


def from_lines(kind: type[T], lines: Iterable[str]) -> Iterator[T]:
    """The records of a file, in its order. Raises pydantic's ValidationError on a line that is none of this kind."""
    return map(_ADAPTERS[kind].validate_json, lines)
