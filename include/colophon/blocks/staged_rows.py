"""Staged rows: what the steps before a decision have found, as lines of staged batches, one JSON object a line; days survive exactly.

    ROWS = StagedRows(Looked, LateRights, source="rights engine")
    ROWS.to_lines([looked, *late])  # a step before stages them
    UseCase(..., staged=ROWS.facts)  # the decision reads those of all batches

So a use case with steps before its decision needs no writer and no reader of its own.
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any

from pydantic import TypeAdapter

from colophon import environment
from colophon.domain.facts import Facts


class StagedRows:
    """Rows of some kinds: dataclasses, each with members that tell it from the others. `source` is what the facts say where they are from."""

    def __init__(self, *kinds: type, source: str) -> None:
        self._kinds, self._source = kinds, source
        self._adapter: TypeAdapter[Any] = TypeAdapter(reduce(or_, kinds))

    def to_lines(self, rows: Iterable[object]) -> Iterator[str]:
        """Rows as lines of a staged batch, each without its line end."""
        return (self._adapter.dump_json(row).decode() for row in rows)

    def facts(self, lines: Iterable[str]) -> Facts:
        """The rows of all batches, kind by kind, as facts of now; of a kind of which no line is, there are none.

        :raises pydantic.ValidationError: a line is of none of these kinds.
        """
        rows = [self._adapter.validate_json(line) for line in lines]
        kinds = {kind: [row for row in rows if isinstance(row, kind)] for kind in self._kinds}
        return Facts.known(kinds, source=self._source, as_of=environment.now())
