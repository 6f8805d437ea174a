"""Rows that steps hand on to a decision: what is staged is what is read."""

from dataclasses import dataclass
from datetime import date

import pytest
from pydantic import ValidationError

from colophon.blocks.staged_rows import StagedRows


@dataclass(frozen=True, slots=True)
class Fault:
    """What a step found."""

    isbn: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Looked:
    """Where it looked."""

    isbns: tuple[str, ...]


ROWS = StagedRows(Fault, Looked, source="a step before")
FOUND = [Fault("9781999000004", date(2027, 5, 26)), Looked(("9781999000004", "9781999000011")), Fault("9781999000011", None)]


def test_rows_are_read_as_they_were_staged_each_kind_in_its_order() -> None:
    """Of all batches together, and from the source that is named."""
    facts = ROWS.facts([*ROWS.to_lines(FOUND[:2]), *ROWS.to_lines(FOUND[2:])])
    assert (facts.records(Fault), facts.records(Looked)) == ((FOUND[0], FOUND[2]), (FOUND[1],))
    assert facts.sources == {"Fault": "a step before", "Looked": "a step before"}


def test_a_kind_of_which_nothing_was_staged_is_known_to_be_none() -> None:
    """And not unknown."""
    assert ROWS.facts(()).records(Looked) == ()


@pytest.mark.parametrize("line", ['{"other": 1}', "no row"])
def test_a_line_of_no_such_kind_is_refused(line: str) -> None:
    """It is never dropped in silence."""
    with pytest.raises(ValidationError):
        ROWS.facts([line])
