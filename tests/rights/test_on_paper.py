"""What if a contract ended on another day."""

from datetime import date

import pytest
from rights_records import contract

from colophon.errors import InvalidError
from colophon.rights.facts import Facts
from colophon.rights.on_paper import Paper
from colophon.rights.term import term_of

SIGNED = date(2020, 1, 31)


@pytest.mark.parametrize("day", [SIGNED, date(2020, 2, 29), date(2026, 12, 31), date(2040, 2, 29)])
@pytest.mark.parametrize("given", [{"term": "60"}, {"term": None}, {"term": "life"}, {"terminated_on": date(2025, 5, 1)}])
def test_it_ends_on_that_day_and_begins_as_it_did(day: date, given: dict) -> None:
    """Whatever its term says, and though it was terminated: nobody tells of a termination then, but of an end."""
    facts = Paper(ends={7: day}).rights(
        Facts(products=(), grants=(), deals=(), contracts=(contract(id=7, **given), contract(id=8, **given)))
    )
    changed, other = facts.contracts or ()
    assert term_of(changed) == (SIGNED, day)
    assert changed.terminated_on is None
    assert other == contract(id=8, **given)


@pytest.mark.parametrize(
    ("given", "asked", "words"),
    [
        ({"id": 7}, {9: SIGNED}, "no contract 9"),
        ({"id": 7, "signed_on": None}, {7: SIGNED}, "no day of signing"),
        ({"id": 7}, {7: date(2020, 1, 30)}, "cannot end before"),
    ],
)
def test_what_cannot_be_is_refused(given: dict, asked: dict, words: str) -> None:
    """A contract of others, one without a first day, and an end before it."""
    with pytest.raises(InvalidError, match=words):
        Paper(ends=asked).rights(Facts(products=(), grants=(), deals=(), contracts=(contract(**given),)))
