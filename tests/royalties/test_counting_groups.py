"""Several rules, one counter: what E4 asks for must not break the control totals (2, 7)."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from colophon.royalties import controls
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.fast_rows import rows_of_files
from colophon.royalties.fast_tables import write_lines
from colophon.royalties.policy import Policy, Returns
from colophon.royalties.row import Opening

POLICY = Policy(version="t")


@pytest.fixture
def home_and_export(rule):
    """10 % on the first ten copies and 15 % after them; 5 % on every exported one. They count together (E4)."""
    return rule(100_000, 150_000, id="h", masterchannel="Home", bounds=(10,)), rule(50_000, id="x", masterchannel="Export")


def test_returns_from_a_group_of_several_ladders(line, home_and_export, tmp_path: Path):
    """N2, N3, 7: what came back takes all that its own sales had earned, 90 above the threshold and ten below, and no tier holds less
    than nothing.
    """
    sold = [
        line(100, list_price=100, masterchannel="Home"),
        line(50, list_price=100, masterchannel="Export"),
        line(-100, list_price=100, masterchannel="Home"),
    ]
    found = rows_of(sold, {1: home_and_export}, Opening(), POLICY)
    assert controls.of_counters(found) == []
    assert [(one.tiers, one.standing) for one in found.counts] == [((50, 0), (50, 0))]
    assert [(row.key.rate, row.units) for row in found.rows if row.key.channel_group == "Home"] == [(100_000, 0), (150_000, 0)]
    write_lines(sold, tmp_path / "lines.parquet")
    assert rows_of_files([tmp_path / "lines.parquet"], {1: home_and_export}, Opening(), POLICY, scratch=tmp_path, threads=1) == found


def test_a_period_of_the_flat_rule_alone(line, home_and_export):
    """Which rules a period happens to use does not change what the tiers hold at its end."""
    first = rows_of([line(100, list_price=100, masterchannel="Home")], {1: home_and_export}, Opening(), POLICY)
    second = rows_of([line(-95, list_price=100, masterchannel="Export")], {1: home_and_export}, first.closing, POLICY)
    third = rows_of([line(7, list_price=100, masterchannel="Home")], {1: home_and_export}, second.closing, POLICY)
    assert [controls.of_counters(one) for one in (first, second, third)] == [[], [], []]
    assert [one.standing for one in third.counts] == [(5, 7)]


def test_thresholds_that_change_between_periods(line, rule):
    """A renegotiated contract has other tiers; the counter goes on, and what comes back is by where it was sold: 50 after the old threshold, the
    others below it (E7).
    """
    first = rows_of([line(100, list_price=100)], {1: (rule(100_000, 150_000, bounds=(50,)),)}, Opening(), POLICY)
    other = rule(100_000, 120_000, 150_000, bounds=(20, 80))
    second = rows_of([line(-70, list_price=100)], {1: (other,)}, first.closing, POLICY)
    assert controls.of_counters(second) == []
    assert {row.key.rate: row.returned for row in second.rows} == {120_000: 50, 100_000: 20}


def test_a_return_at_a_price_that_was_never_sold(line, rule):
    """N2, N3 ORIGINAL_SALE: it takes nothing from the sales of another price above the threshold: these come back at their own tier."""
    policy, own = Policy(version="t", returns=Returns.ORIGINAL_SALE), rule(100_000, 150_000, bounds=(10,))
    sold = [line(10, list_price=100), line(10, list_price=200), line(-10, list_price=300), line(-10, list_price=200)]
    found = rows_of(sold, {1: (own,)}, Opening(), policy)
    assert controls.of_counters(found) == []
    assert {(row.key.price, row.key.rate): row.returned for row in found.rows if row.returned} == {(300, 100_000): 10, (200, 150_000): 10}
    later = rows_of([line(-5, list_price=100, sold_on=date(2026, 8, 1))], {1: (own,)}, found.closing, policy)
    assert [count.after for count in later.counts] == [-5]
    assert controls.of_counters(later) == []


def test_a_sale_that_makes_up_for_an_unseen_one_does_not_come_back_twice(line, rule):
    """N2, N3 ORIGINAL_SALE: a copy sold before our books began comes back, then one is sold, and one is sold and comes back."""
    policy, own = Policy(version="t", returns=Returns.ORIGINAL_SALE), rule(100_000, 150_000, bounds=(0,))
    before = rows_of([line(-1, list_price=100), line(1, list_price=200)], {1: (own,)}, Opening(), policy)
    later = [line(1, list_price=100, sold_on=date(2026, 8, 1)), line(-1, list_price=200, sold_on=date(2026, 8, 2))]
    found = rows_of(later, {1: (own,)}, before.closing, policy)
    assert controls.of_counters(found) == []
    assert {(row.key.price, row.key.rate): (row.sold, row.returned) for row in found.rows} == {
        (100, 150_000): (1, 0),
        (200, 150_000): (0, 1),
    }


def test_a_return_takes_its_own_price_first(line, rule):
    """N3 ORIGINAL_SALE: copies sold at 1.00 in the lower tier come back there, though the newest sale was at 2.00 in the upper one."""
    policy, own = Policy(version="t", returns=Returns.ORIGINAL_SALE), rule(100_000, 150_000, bounds=(10,))
    found = rows_of([line(10, list_price=100), line(10, list_price=200), line(-5, list_price=100)], {1: (own,)}, Opening(), policy)
    assert {(row.key.price, row.key.rate): row.returned for row in found.rows if row.returned} == {(100, 100_000): 5}


def test_a_flat_rule_alone_in_its_group(line, home_and_export):
    """E3: with a counter of its own the flat rate moves nobody's tier."""
    home, export = home_and_export
    sold = [line(100, list_price=100, masterchannel="Export"), line(10, list_price=100, masterchannel="Home")]
    found = rows_of(sold, {1: (home, replace(export, group="export"))}, Opening(), POLICY)
    assert sorted(row.amount for row in found.rows) == [100, 500]
