"""When a head contract ends."""

from datetime import date

import pytest
from rights_records import contract

from colophon.domain.finding import Finding
from colophon.rights.term import months_later, term_of


@pytest.mark.parametrize(
    ("signed", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 15), 120, date(2036, 3, 15)),
    ],
)
def test_months_are_months_not_days(signed, months, end) -> None:
    """The same day of a later month, or its last day where it has none."""
    assert months_later(signed, months) == end


def test_termination_goes_before_the_term() -> None:
    """A terminated contract ends on that day, whatever its term says, even where nobody can read the term."""
    ended = date(2025, 5, 1)
    assert term_of(contract(term="life", terminated_on=ended)) == (date(2020, 1, 31), ended)


@pytest.mark.parametrize("term", [None, "", "  "])
def test_a_blank_term_is_open_ended(term) -> None:
    """No term: the contract runs on."""
    assert term_of(contract(term=term)) == (date(2020, 1, 31), None)


@pytest.mark.parametrize("term", ["life", "0", "-1", "12 months", "1e3", "nan", "1.5", "99999", "१२"])
def test_a_term_that_is_no_number_is_an_exception(term) -> None:
    """It is never guessed."""
    found = term_of(contract(term=term))
    assert isinstance(found, Finding)
    assert (found.rule, found.field, found.found) == ("R1", "term", term)


@pytest.mark.parametrize("term", ["60", " 60 ", "060", "60.0"])
def test_a_number_may_be_written_in_the_ways_people_write_it(term) -> None:
    """Blanks and zeros do not hide five years."""
    assert term_of(contract(term=term)) == (date(2020, 1, 31), date(2025, 1, 31))
