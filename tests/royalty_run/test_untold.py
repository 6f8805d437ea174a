"""What the source of the terms does not tell holds the accounts for which it matters, and nobody else's; a default is never taken."""

from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.press import FREE, dues, held, run
from tests.royalty_run.runs import inputs, sale, terms

from colophon.domain.royalty_terms import Advance, Reserve, Untold

ADVANCE = Advance(payee_id=1, trigger="Signature", amount=Decimal("10.00"), currency="GBP", paid_on=date(2026, 2, 1))
STEPS = (Reserve(statement_from=1, statement_to=2, rate_percent=Decimal(20)), Reserve(statement_from=3, rate_percent=Decimal(10)))
SALES = [sale(1), sale(2, 2)]


@pytest.mark.parametrize(
    ("what", "more", "words"),
    [
        ((Untold.CONTRACT_SET,), {}, "share one account"),
        ((Untold.JOINT_ADVANCE,), {"payees": ((1, 1), (3, 1)), "advances": (ADVANCE,)}, "of all payees together"),
        ((Untold.MINIMUM_PAYMENT,), {}, "its minimum payment"),
        ((Untold.STATEMENT_MONTHS,), {}, "in which months"),
        ((Untold.RESERVE_RELEASE,), {"reserves": (Reserve(statement_from=1, rate_percent=Decimal(20)),)}, "when its reserve is released"),
        ((), {"reserves": STEPS}, "which statement this is"),
    ],
)
def test_what_is_not_told_and_matters_holds_the_account(ledger, what, more, words):
    """The payee's contracts may be one account; the advance may be joint; the reserve is by number: held, and the reason named."""
    agreed = [terms(1, untold=frozenset(what), **more), terms(2, 2, payees=((1, 1),) if Untold.CONTRACT_SET in what else ((2, 1),))]
    whole = run(ledger, inputs(SALES, agreed), "2026H1")
    assert (list(held(whole)), list(dues(whole))) == (["contract:1"], ["contract:2"])
    assert words in held(whole)["contract:1"]


def test_a_publisher_may_say_that_there_is_none(ledger):
    """No sets and no joint advances in the house: the column is not needed."""
    agreed = [terms(1, untold=frozenset(Untold)), terms(2, 2, untold=frozenset(Untold))]
    assert sorted(held(run(ledger, inputs(SALES, agreed), "2026H1"))) == ["contract:1", "contract:2"]
    said = FREE.model_copy(update={"none_of": tuple(Untold)})
    assert dues(run(ledger, inputs(SALES, agreed), "2026H1", said)) == {"contract:1": {1: 10_000}, "contract:2": {1: 10_000}}


def test_after_our_first_statement_we_number_them_ourselves(ledger):
    """The number was told once; the next half year it is ours, and the reserve goes down with the third statement."""
    run(ledger, inputs([sale(1)], [terms(reserves=STEPS, statement_number=2)]), "2026H1")
    [statement] = run(ledger, inputs([sale(2, sold_on=date(2026, 9, 1))], [terms(reserves=STEPS)]), "2026H2").statements
    assert (statement.statement, sum(one.amount for one in statement.reserve.withheld)) == (3, 1_000)
