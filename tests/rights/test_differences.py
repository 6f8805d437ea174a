"""What opens and what closes between two states, in the cases that a day brings."""

from datetime import date

import pytest
from rights_records import ATLAS, DAY, contract, deal, holding, product

from colophon.errors import BadRecordError
from colophon.onix.codelist_file import load_code_lists
from colophon.rights import Atlas, differences, judge, turned


def changes(before, after):
    """Differences between two sets of records, as (opens, from, until, countries)."""
    found = differences(judge(before, ATLAS), judge(after, ATLAS), ["retail"], since=DAY)
    return [(change.opens, change.from_on, change.until_on, change.countries) for change in found]


def test_a_new_licence_closes_its_cells_from_its_first_day() -> None:
    """Not earlier, and they open again after its last day."""
    licence = deal(starts_on=date(2027, 1, 1), expires_on=date(2027, 6, 30))
    assert changes(holding(), holding(deals=(licence,))) == [(False, date(2027, 1, 1), date(2027, 6, 30), ("BE", "FR"))]


def test_a_licence_that_moves_closes_the_new_place_before_it_opens_the_old_one() -> None:
    """Nothing is sold in two hands for a moment."""
    found = changes(holding(deals=(deal(territories=("FR",)),)), holding(deals=(deal(territories=("DE",)),)))
    assert [(opens, countries) for opens, _, _, countries in found] == [(False, ("DE",)), (True, ("FR",))]


def test_a_terminated_contract_closes_everything_from_the_day_after() -> None:
    """All countries, without end."""
    ended = holding(contracts=(contract(terminated_on=date(2026, 9, 30)),))
    assert changes(holding(), ended) == [(False, date(2026, 10, 1), None, ATLAS.countries)]


def test_nothing_differs_between_equal_states() -> None:
    """Running again says nothing again."""
    assert changes(holding(deals=(deal(),)), holding(deals=(deal(),))) == []


def test_mere_time_turns_cells_without_a_new_record() -> None:
    """The morning after a licence ended, its countries open; the records are the same."""
    judged = judge(holding(deals=(deal(),)), ATLAS)
    (change,) = turned(judged, date(2026, 12, 31), judged, date(2027, 1, 1), ["retail"])
    assert (change.opens, change.from_on, change.countries) == (True, date(2027, 1, 1), ("BE", "FR"))


def test_a_product_that_is_new_or_gone_differs_from_nothing() -> None:
    """It opens from nothing, and closes to nothing."""
    judged = judge(holding(), ATLAS)
    (opened,) = differences(None, judged, ["retail"], since=DAY)
    (closed,) = differences(judged, None, ["retail"], since=DAY)
    assert (opened.opens, closed.opens) == (True, False)
    assert opened.countries == closed.countries == ATLAS.countries
    assert differences(None, None, ["retail"], since=DAY) == []


@pytest.mark.parametrize("change", [{"form_code": "BB"}, {"isbn13": "9781999000011"}])
def test_a_corrected_format_or_isbn_closes_the_old_cells_and_opens_the_new_ones(change) -> None:
    """The counterpart must not keep the old ones open."""
    before, after = judge(holding(), ATLAS), judge(holding(product=product(**change)), ATLAS)
    for found in (differences(before, after, ["retail"], since=DAY), turned(before, DAY, after, DAY, ["retail"])):
        assert [(c.opens, c.subject, c.format) for c in found] == [
            (False, before.subject, before.format),
            (True, after.subject, after.format),
        ]


def test_states_of_different_code_lists_are_not_compared() -> None:
    """Their bits mean other countries."""
    with pytest.raises(BadRecordError, match="code lists"):
        differences(judge(holding(), ATLAS), judge(holding(), Atlas(load_code_lists())), ["retail"], since=DAY)
