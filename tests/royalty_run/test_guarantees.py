"""A7 from the terms to the statement: what a rate or a contract guarantees in a period, and at most pays."""

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.royalty_run.runs import due, gathered, grouped, inputs, sale, terms

from colophon.royalty_run.facts import ContractFact


def rated(contract=1, product=1, payees=((1, 1),), **agreed):
    """Ten per cent of the list price of a product, with guaranteed amounts."""
    made = terms(contract, product, payees)
    return replace(made, rates=(replace(made.rates[0], **{name: Decimal(amount) for name, amount in agreed.items()}),))


@pytest.mark.parametrize(
    ("copies", "agreed", "paid"),
    [
        (100, {"guaranteed_minimum": "250.00"}, 25_000),
        (100, {"guaranteed_minimum": "100.00"}, 10_000),
        (400, {"guaranteed_minimum": "250.00"}, 40_000),
        (400, {"guaranteed_maximum": "150.00"}, 15_000),
        (100, {"guaranteed_minimum": "50.00", "guaranteed_maximum": "150.00"}, 10_000),
        (0, {"guaranteed_minimum": "30.00"}, 3_000),
    ],
)
def test_a_rate_earns_at_least_and_at_most_what_was_agreed(copies, agreed, paid):
    """100 copies earn 100.00; without a sale the whole minimum is owed."""
    sales = [sale(1, quantity=copies)] if copies else []
    whole = gathered(grouped(inputs(sales, [rated(**agreed)])))
    assert (due(whole, "contract:1", 1), whole.broken) == (paid, ())


def test_the_payees_of_the_rates_product_share_what_is_added():
    """Two rates, one of them guaranteed: the other one's earnings do not count towards it, and 80 : 75 share all."""
    guaranteed = rated(payees=((1, 80), (2, 75)), guaranteed_minimum="255.00")
    other = replace(guaranteed.rates[0], id=9, product_id=2, guaranteed_minimum=None)
    both = replace(guaranteed, rates=(*guaranteed.rates, other))
    whole = gathered(grouped(inputs([sale(1), sale(2, product=2, quantity=55)], [both])))
    assert [due(whole, "contract:1", payee) for payee in (1, 2)] == [16_000, 15_000]
    assert [(one.product_id, one.amount) for one in whole.statements[0].top_ups] == [(1, 15_500)]


def test_a_contracts_guaranteed_royalty_is_for_each_period():
    """What is missing to the contract's own amount is made up, after what its rates guarantee."""
    facts = {1: ContractFact(id=1, name="Agreement", work_id=1, guaranteed=Decimal("300.00"))}
    whole = gathered(grouped(inputs([sale(1)], [rated(guaranteed_minimum="250.00")], contracts=facts)))
    assert [one.amount for one in whole.statements[0].top_ups] == [15_000, 5_000]
    assert (due(whole, "contract:1", 1), whole.broken) == (30_000, ())


def test_a_minimum_above_its_maximum_holds_the_account_back():
    """Nobody can know which of both was meant: a person is told, and other accounts go on."""
    wrong = rated(guaranteed_minimum="200.00", guaranteed_maximum="100.00")
    whole = gathered(grouped(inputs([sale(1), sale(2, product=2)], [wrong, terms(2, 2)])))
    assert [one.account_id for one in whole.statements] == ["contract:2"]
    assert "above its maximum" in whole.results[0].blocked_by


def test_two_rates_on_one_row_cannot_share_a_guarantee():
    """Both rates print one row: what of it counts towards the guarantee is not told, so the account waits."""
    made = rated(guaranteed_minimum="250.00")
    both = replace(made, rates=(*made.rates, replace(made.rates[0], id=9, channel_id=2, guaranteed_minimum=None)))
    whole = gathered(grouped(inputs([sale(1), sale(2, channel_id=2)], [both])))
    assert "two rates" in whole.results[0].blocked_by
