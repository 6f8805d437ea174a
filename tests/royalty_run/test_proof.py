"""A proof pack fits its statement whatever made the rows: thresholds, bands, returns, what was sold before, a clause."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from tests.royalty_run.runs import PERIOD, SETTINGS, inputs, sale, terms

from colophon.config.load import load_config
from colophon.domain.royalty_clauses import Clause, ClauseKind, DiscountBand
from colophon.domain.royalty_terms import Escalator, EscalatorKind, PriceBasis, Rate, RoyaltyLevel
from colophon.errors import InvalidError
from colophon.royalty_run.kept import Past
from colophon.royalty_run.proof import check
from colophon.use_cases.exstream.statement_preview import Terms, preview

D = Decimal


def test_a_pack_holds_over_thresholds_bands_returns_and_earlier_sales(tmp_path) -> None:
    """A line over a threshold is in two rows, each with its part; a deep discount follows the clause, whose words are in the pack."""
    rate = Rate(
        id=1, level=RoyaltyLevel.PRODUCT, product_id=1, basis=PriceBasis.LIST, rate_percent=D(10),
        escalators=(Escalator(kind=EscalatorKind.UNIT, above=D(150), rate_percent=D("12.5"), is_marginal=True),),
    )  # fmt: skip
    clause = Clause(contract_id=1, kind=ClauseKind.RATE, discount=DiscountBand(over=D(55)), basis=PriceBasis.NET, rate=D(15), place="row 2")
    sales = [
        sale(1, sold_on=date(2025, 3, 1), royalty_run_id=7),
        sale(2),
        sale(3, quantity=30, value=D("120.00")),
        sale(4, quantity=20, is_return=True, sold_on=date(2026, 5, 1)),
    ]
    given = inputs(sales, [terms(rates=(rate,))], clauses=(clause,))
    run = Terms(SETTINGS, partial(SETTINGS.policy, "standard"), load_config().publisher, lambda _: Past(), with_proof=True)
    (made,) = preview(given, 1, PERIOD, run, issued_on=date(2026, 9, 1), scratch=tmp_path)
    assert made.proof is not None
    assert check(made.proof) == []
    rows = {row["row"]: sorted(part["copies"] for part in row["sales"]) for row in made.proof["rows"]}
    assert sorted(rows.values()) == [[-20, 50], [30], [50]]
    assert made.proof["clauses"][0]["words"] == "Sales at a discount of more than 55 % earn 15 % of what we receive."


@pytest.mark.parametrize("pack", [{}, [], {"statement": {}}, {"statement": 3, "rows": []}])
def test_what_is_no_pack_is_refused(pack) -> None:
    """A file that is something else is an error with its remedy, never a pack that holds."""
    with pytest.raises(InvalidError):
        check(pack)
