"""Examples that tell terms, clauses and sales: any clause that can be entered can be put to the engine from a file."""

import json
from decimal import Decimal

import pytest

from colophon.royalties.examples.check import Outcome, check
from colophon.royalty_run import contract_examples as contracts


def other(inputs, name):
    return contracts.answers_of(inputs, name) if contracts.is_told_so(inputs) else None


def outcome(inputs, published):
    """What became of each printed figure, by its name."""
    cases = json.loads(json.dumps([{"id": "e", "inputs": inputs, "published": published}]), parse_float=Decimal)
    return {one.name: one.outcome for one in check(cases, other)}


SOLD = {"copies": 100, "price": "10.00", "value": "440.00"}
TEN = [{"basis": "LIST", "rate": "15"}]


@pytest.mark.parametrize(
    ("inputs", "published"),
    [
        ({"terms": TEN, "clauses": [{"Clause": "rate", "Discount": ">55", "Basis": "NET", "Rate": "15"}], "sales": [SOLD]}, {"earnings": "66.00"}),
        ({"terms": TEN, "clauses": [{"clause": "charge", "amount": "40.00", "dated": "2026-03-01", "label": "Index"}], "sales": [SOLD]},
         {"payment_due": "110.00"}),
        ({"terms": TEN, "advance": "100.00", "sales": [SOLD]}, {"payable": "50.00", "unearned": "0.00"}),
        ({"terms": [{"rate": "10", "steps": [{"above": "100", "rate": "12.5"}]}], "sales": [SOLD, SOLD]}, {"rows": ["100.00", "125.00"]}),
        ({"terms": [{"rate": "10", "steps": [{"of": "DATE", "above": "2026-03-31", "rate": "20"}]}], "sales": [{**SOLD, "day": "2026-04-01"}]},
         {"royalty": "200.00"}),
        ({"terms": TEN, "products": {"1": {"published": "2026-02-01"}}, "sales": [SOLD, {**SOLD, "price": "12.00", "returned": True}]},
         {"royalty": "0.00", "rows": ["150.00", "-180.00", "30.00"]}),
        ({"terms": [{"rate": "10", "steps": [{"above": "100", "rate": "12.5"}]}],
          "sales": [{**SOLD, "channel": "Trade", "day": "2026-03-01"}, {**SOLD, "channel": "Online", "day": "2026-03-02"},
                    {**SOLD, "channel": "Trade", "copies": 20, "returned": True}]}, {"rows": ["125.00", "80.00"], "earnings": "205.00"}),
        ({"terms": TEN, "clauses": [{"clause": "reserve", "percent": "20"}], "sales": [SOLD]}, {"reserve_withheld": "30.00", "due": "120.00"}),
    ],
)  # fmt: skip
def test_a_contract_is_put_to_the_engine(inputs, published) -> None:
    """The right figures agree; another one differs."""
    assert set(outcome(inputs, published).values()) == {Outcome.AGREES}
    wrong = {name: "1.23" if isinstance(value, str) else ["1.23"] for name, value in published.items()}
    assert set(outcome(inputs, wrong).values()) == {Outcome.DIFFERS}


@pytest.mark.parametrize(
    "inputs",
    [
        {"terms": TEN, "sales": [{**SOLD, "weather": "fine"}]},
        {"terms": TEN, "clauses": [{"clause": "rate", "Weather": "fine"}], "sales": [SOLD]},
        {"terms": TEN, "clauses": [{"clause": "rate", "discount": "55", "rate": "5"}], "sales": [SOLD]},
    ],
)
def test_a_word_that_is_not_known_is_not_computed(inputs) -> None:
    """Nothing is guessed: the example is not computed and says which word."""
    (found,) = check([{"id": "e", "inputs": inputs, "published": {"earnings": "1.00"}}], other)
    assert found.outcome is Outcome.UNKNOWN
    assert "eather" in (found.ours or "") or "Discount" in (found.ours or "")


def test_sales_that_no_rate_applies_to_are_named() -> None:
    """A line in suspense is the answer, and no figure."""
    inputs = {"terms": [{"rate": "10", "countries": ["US"]}], "sales": [SOLD]}
    (reason, figure) = check([{"id": "e", "inputs": inputs, "published": {"suspense": ["COUNTRY_UNKNOWN"], "royalty": "10.00"}}], other)
    assert (reason.outcome, figure.outcome, figure.ours) == (Outcome.AGREES, Outcome.UNKNOWN, "COUNTRY_UNKNOWN")
