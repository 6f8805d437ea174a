"""The shadow run: what another system sent beside ours, and the rule that explains each difference."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from tests.royalty_run.runs import SETTINGS, inputs, sale, terms

from colophon.domain.royalty_clauses import Clause, ClauseKind, DiscountBand
from colophon.domain.royalty_terms import Escalator, EscalatorKind, PriceBasis, Rate, RoyaltyLevel
from colophon.domain.vendor_statement import VendorStatement
from colophon.royalties.statement.period import Period
from colophon.royalty_run.shadow import UNEXPLAINED, shadow

D = Decimal
PERIOD = Period.parse("2026H1")
TIERS = (Escalator(kind=EscalatorKind.UNIT, above=D(50), rate_percent=D(20)),)


def sent(earnings, withheld="0.00", *, contract=1, period=PERIOD):
    nothing = D("0.00")
    return VendorStatement(
        batch="b", run_id=1, status="Approved", number=1, payee_id=1, contract_id=contract, period_from=period.starts_on, period_to=period.ends_on,
        currency="GBP", opening_balance=nothing, earnings=D(earnings), reserve_withheld=D(withheld), reserve_released=nothing,
        payment_due=nothing, closing_balance=nothing,
    )  # fmt: skip


def rated(percent="10", basis="LIST", **more):
    return terms(rates=(Rate(id=1, level=RoyaltyLevel.PRODUCT, product_id=1, basis=PriceBasis(basis), rate_percent=D(percent), **more),))


def shown(sales, agreement, statements, clauses=()):
    given = inputs(sales, [agreement], clauses=clauses)
    found = shadow(given, statements, PERIOD, SETTINGS, partial(SETTINGS.policy, "standard"))
    return {(one.account_id, one.figure): (one.theirs, one.ours, one.because) for one in found}


def test_what_is_the_same_says_nothing() -> None:
    """Sales of the period count whatever run had them; those before it move the counter alone."""
    sales = [sale(1, sold_on=date(2025, 3, 1), royalty_run_id=4), sale(2, royalty_run_id=5), sale(3, sold_on=date(2026, 8, 1))]
    found = shown(sales, rated(escalators=TIERS), [sent("200.00")])
    assert found == {("contract:1", "earnings"): (20_000, 20_000, ""), ("contract:1", "reserve withheld"): (0, 0, "")}


@pytest.mark.parametrize(
    ("sales", "agreement", "earnings", "because"),
    [
        ([sale(1)], rated(escalators=TIERS), "200.00", "E8: thresholds whole"),
        (
            [sale(n, quantity=1, list_price=D("1.04"), value=D("0.50")) for n in range(1, 11)],
            rated("5"),
            "0.50",
            "section 11: each line rounded by itself",
        ),
        ([sale(1)], rated(), "123.45", UNEXPLAINED),
    ],
)
def test_a_difference_has_its_rule(sales, agreement, earnings, because) -> None:
    """The choice under which ours is theirs; where there is none, it says so."""
    assert shown(sales, agreement, [sent(earnings)])["contract:1", "earnings"][2] == because


def test_a_clause_that_the_old_system_did_not_know_is_named() -> None:
    """Theirs is ours without the sheet of clauses."""
    clause = Clause(contract_id=1, kind=ClauseKind.RATE, discount=DiscountBand(over=D(55)), basis=PriceBasis.NET, rate=D(15), place="row 2")
    found = shown([sale(1, value=D("400.00"))], rated(), [sent("100.00")], clauses=(clause,))
    assert found["contract:1", "earnings"] == (10_000, 6_000, "the sheet of clauses: without it")


def test_an_account_that_cannot_be_computed_says_why() -> None:
    """Nothing is called equal that was not computed."""
    found = shown([sale(1, list_price=None)], rated(), [sent("100.00")])
    assert found["contract:1", "earnings"] == (10_000, None, "1 line in suspense")


def test_other_periods_and_contracts_are_left_alone() -> None:
    """Only what was sent for this very period is compared."""
    assert shown([sale(1)], rated(), [sent("1.00", period=Period.parse("2025H2")), sent("1.00", contract=77)]) == {}
