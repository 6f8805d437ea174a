"""Any number of shards gives the same bytes, and nothing is lost between them."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from types import SimpleNamespace

import pytest
from tests.royalty_run.runs import PERIOD, SETTINGS, computed, gathered, grouped

from colophon.errors import UnbalancedError
from colophon.royalties.breaches import require
from colophon.royalty_run.gather import gather
from colophon.royalty_run.inputs import Inputs
from colophon.royalty_run.reading import read
from colophon.royalty_run.staged import to_line
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox


@pytest.fixture(scope="module")
def given() -> Inputs:
    """The inputs of a run with 40 payees, read from the sandbox."""
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon.systems.consonance.settings import ConsonanceSettings

    with running_sandbox(seeds.payees(40)) as url:
        key = "sandbox0key0not0real000000000000"
        settings = ConsonanceSettings.from_connection(f"{url}/consonance", key, {"start_jitter_seconds": 0}, connection="c")
        with ConsonanceClient(settings) as client:
            inputs = read(client, lambda: nullcontext(SimpleNamespace(has_files=False)), PERIOD).inputs
            return replace(inputs, sales=list(inputs.sales))


def bytes_of(results):
    """All results as they are staged, by account."""
    return "\n".join(to_line(one) for one in sorted(results, key=lambda one: one.account_id))


@pytest.mark.parametrize("shards", [2, 7, pytest.param(16, marks=pytest.mark.nightly)])
def test_any_number_of_shards_gives_the_same_bytes(given, shards):
    """Rows, statements and closings are those of one shard, to the last byte; the digests add up."""
    found = grouped(given)
    whole, digests = computed(found, 1)
    parts, own = computed(found, shards)
    assert bytes_of(parts) == bytes_of(whole)
    assert sum(own) % 2**64 == sum(digests)
    assert gathered(found, shards).broken == ()


def test_consonances_own_totals_are_compared_product_by_product(given):
    """One product of theirs is a penny off: it is listed with both figures, and all others agree to the penny."""
    [only] = gathered(grouped(given)).differences
    assert (only.theirs - only.ours, only.our_units == only.their_units, only.why) == (1, True, "another rate or rounding")


def test_a_lost_shard_breaks_control_totals_1_and_9(given):
    """A result that is not there, or there twice, or altered by a penny, stops the run and is named without amounts."""
    found = grouped(given)
    results, digests = computed(found, 4)

    def broken(given_results):
        policy_of = partial(SETTINGS.policy, "standard")
        return gather(given_results, digests, found.facts, SETTINGS, policy_of, pay_day=date(2026, 9, 1), openings={}).broken

    assert {one.identity for one in broken(results[:-1])} == {1, 9}
    assert {one.identity for one in broken([*results, results[0]])} >= {1, 9}
    with pytest.raises(UnbalancedError, match="Control total 1 does not hold"):
        require(broken(results[:-1]))
