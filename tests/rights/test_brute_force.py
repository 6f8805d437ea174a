"""The engine equals the rules applied cell by cell and day by day, and keeps the laws that people rely on."""

import itertools
from dataclasses import replace
from datetime import timedelta

from brute_force import is_open
from generated import ATLAS, CHANNELS, COUNTRIES, DAYS, START, deals, good_holdings, holdings
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.rights import differences, judge, turned
from colophon.rights.formats import format_of

WORLD = frozenset(COUNTRIES)
few = settings(max_examples=60, deadline=None)


def cells(holding):
    """Every cell and day that the engine opens."""
    judged = judge(holding, ATLAS)
    return {(country, channel, on) for channel in CHANNELS for on in DAYS for country in judged.open_countries(channel, on)}


@few
@given(holdings)
def test_the_engine_equals_the_rules_cell_by_cell_and_day_by_day(holding) -> None:
    """Bits and steps decide as sets and days do, for every country, channel and day."""
    wanted = format_of(holding.product)
    expected = {
        (country, channel, on)
        for country in COUNTRIES
        for channel in CHANNELS
        for on in DAYS
        if is_open(holding, WORLD, country, wanted, channel, on)
    }
    assert cells(holding) == expected


@few
@given(holdings, st.sampled_from(COUNTRIES), st.sampled_from(CHANNELS))
def test_intervals_steps_and_explanations_agree(holding, country, channel) -> None:
    """The intervals of a cell cover all of time without gap or overlap, and say what is said for each of their days."""
    judged = judge(holding, ATLAS)
    timeline = judged.timeline(country, channel)
    assert timeline[0].from_on is None
    assert timeline[-1].until_on is None
    for one, other in itertools.pairwise(timeline):
        assert other.from_on == one.until_on + timedelta(days=1)
        assert (one.is_open, one.reasons) != (other.is_open, other.reasons)
    for on in DAYS:
        (interval,) = [i for i in timeline if (i.from_on is None or i.from_on <= on) and (i.until_on is None or on <= i.until_on)]
        decision = judged.explain(country, channel, on)
        assert (decision.is_open, decision.reasons) == (interval.is_open, interval.reasons)
        assert decision.is_open == judged.is_open(country, channel, on)
        assert decision.is_open != any(reason.is_against for reason in decision.reasons)


@few
@given(holdings, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(holding, random) -> None:
    """Neither decisions nor reasons nor findings depend on it."""

    def shuffled(records):
        return None if records is None else tuple(random.sample(records, len(records)))

    other = replace(holding, contracts=shuffled(holding.contracts), grants=shuffled(holding.grants), deals=shuffled(holding.deals))
    assert judge(holding, ATLAS) == judge(other, ATLAS)


@few
@given(good_holdings, st.integers(1, 30))
def test_renewing_a_head_contract_or_a_grant_never_closes(holding, days) -> None:
    """More time opens cells or changes nothing."""
    longer = tuple(c.model_copy(update={"term": str(int(c.term) + days)}) if c.term else c for c in holding.contracts)
    renewed = tuple(
        replace(g, expires_on=g.expires_on + timedelta(days=days)) if g.expires_on and (g.starts_on or START) <= g.expires_on else g
        for g in holding.grants
    )
    assert cells(holding) <= cells(replace(holding, contracts=longer))
    assert cells(holding) <= cells(replace(holding, grants=renewed))


@few
@given(holdings, deals)
def test_licensing_to_somebody_else_never_opens(holding, licence) -> None:
    """Another licence closes cells or changes nothing."""
    more = replace(holding, deals=(*(holding.deals or ()), replace(licence, id=99, is_exclusive=True)))
    assert cells(more) <= cells(holding)


@few
@given(holdings)
def test_unknown_records_open_nothing(holding) -> None:
    """A report that is missing closes everything, whatever the other records say."""
    for name in ("contracts", "grants", "deals"):
        assert cells(replace(holding, **{name: None})) == set()


@few
@given(good_holdings, st.lists(deals, max_size=2).map(tuple), st.sampled_from(DAYS))
def test_differences_turn_the_old_state_into_the_new_one(holding, newer, since) -> None:
    """Applied day by day, closings and openings give exactly the new cells; a closing never stands after an opening."""
    before, after = judge(holding, ATLAS), judge(replace(holding, deals=newer), ATLAS)
    changes = differences(before, after, CHANNELS, since=since)
    assert [change.opens for change in changes] == sorted(change.opens for change in changes)
    for channel in CHANNELS:
        for on in DAYS:
            state = set(before.open_countries(channel, on))
            for change in changes:
                if change.channel == channel and change.from_on <= on and (change.until_on is None or on <= change.until_on):
                    assert state.isdisjoint(change.countries) if change.opens else state.issuperset(change.countries)
                    state = state | set(change.countries) if change.opens else state - set(change.countries)
            assert state == set((after if on >= since else before).open_countries(channel, on))


@few
@given(good_holdings, st.sampled_from(DAYS))
def test_what_turns_overnight_is_what_the_two_days_differ_in(holding, today) -> None:
    """The next change is the first night on which something turns."""
    judged, yesterday = judge(holding, ATLAS), today - timedelta(days=1)
    for channel in CHANNELS:
        changes = turned(judged, yesterday, judged, today, [channel])
        closed = {country for change in changes if not change.opens for country in change.countries}
        opened = {country for change in changes if change.opens for country in change.countries}
        was, is_now = set(judged.open_countries(channel, yesterday)), set(judged.open_countries(channel, today))
        assert (closed, opened) == (was - is_now, is_now - was)
        assert bool(changes) == (judged.next_change(yesterday, [channel]) == today)
