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
        ({"terms": [{"basis": "NET", "rate": "25"}], "sales": [{"copies": 1, "value": "0.2916"}] * 1000}, {"royalty": "72.90"}),
        ({"terms": TEN, "agent_pct": "15", "agent_vat_pct": "20", "sales": [SOLD]},
         {"commission": "22.50", "vat_on_commission": "4.50", "net_remitted": "127.50"}),
        ({"terms": TEN, "advance": "100", "opening_balance": "-20", "sales": [SOLD]}, {"recouped": "100", "payable": "30"}),
        ({"terms": TEN, "withholding_pct": "12.5", "sales": [SOLD]}, {"tax": "18.75", "net_remitted": "131.25"}),
        ({"terms": TEN, "exchange_rates": {"USD": "0.8"}, "sales": [SOLD, {**SOLD, "currency": "USD"}]}, {"rows": ["150.00", "120.00"]}),
        ({"terms": TEN, "sales": [], "receipts": [{"gross": "1000", "foreign_tax": "100", "share": "50"}]}, {"rights_income": "450.00"}),
        ({"terms": [{"rate": "10", "steps": [{"above": "100", "rate": "12.5"}]}], "prior_units": 90, "sales": [SOLD]}, {"earnings": "122.50"}),
        ({"terms": TEN, "clauses": [{"clause": "reserve", "percent": "20"}], "sales": [SOLD]}, {"reserve_withheld": "30.00", "due": "120.00"}),
        ({"terms": [{"basis": "Net receipts", "rate_pct": "10 %"}], "sales": [{"copies": "1,000", "net_receipts": "5,000.00"}]}, {"earned": "500"}),
        ({"terms": TEN, "clauses": [{"clause": "rate", "Discount": ">55", "Basis": "NET", "Rate": "15"}],
          "sales": [{"copies": 100, "price": "10.00", "discount": "56"}]}, {"earnings": "66.00"}),
        ({"terms": TEN, "sales": [SOLD, {"copies": -20, "price": "10.00", "value": "-88.00"}]}, {"royalty": "120.00", "counted": 80}),
        ({"terms": TEN, "products": {"1": {"format": "Trade paperback"}, "2": {"format": "e-book"}}, "sales": [SOLD],
          "clauses": [{"clause": "reserve", "percent": "20", "Format": "PRINT"}]}, {"reserve_withheld": "30.00"}),
        ({"terms": TEN, "exchange_rates": {"usd": "0.8"}, "sales": [{**SOLD, "currency": "usd"}]}, {"earnings": "120.00"}),
        ({"terms": TEN, "payments": [{"amount": "30", "paid": "2026-04-01"}], "sales": [SOLD]}, {"payable": "120.00"}),
    ],
)  # fmt: skip
def test_a_contract_is_put_to_the_engine(inputs, published) -> None:
    """The right figures agree; another one differs."""
    assert set(outcome(inputs, published).values()) == {Outcome.AGREES}
    wrong = {name: "1.23" if isinstance(value, str) else ["1.23"] for name, value in published.items()}
    assert set(outcome(inputs, wrong).values()) == {Outcome.DIFFERS}


HALVES = ["2026H1", "2026H2"]
SPRING, AUTUMN = {**SOLD, "day": "2026-03-01"}, {**SOLD, "day": "2026-09-01"}


@pytest.mark.parametrize(
    ("inputs", "published"),
    [
        ({"terms": TEN, "advance": "250", "sales": [SPRING, AUTUMN]}, {"recouped": ["150", "100"], "payable": ["0", "50"]}),
        ({"terms": TEN, "clauses": [{"clause": "reserve", "percent": "20"}], "sales": [SPRING, AUTUMN]},
         {"reserve_released": ["0", "30"], "due": ["120", "150"]}),
        ({"terms": TEN, "minimum": "30", "operator": "LESS_OR_EQUAL_IS_CARRIED", "sales": [{**SPRING, "copies": 20}, {**AUTUMN, "copies": 1}]},
         {"paid": ["0", "31.50"], "carried_over": ["30", "0"]}),
        ({"terms": [{"rate": "10", "steps": [{"above": "150", "rate": "20"}]}], "sales": [SPRING, AUTUMN]}, {"earnings": ["100", "150"]}),
        ({"terms": TEN, "advances": [{"amount": "100", "paid": "2026-05-01", "entered": "2026-09-01"}], "sales": [SPRING, AUTUMN]},
         {"recouped": ["0", "100"], "payable": ["150", "50"]}),
        ({"terms": TEN, "sales": [SPRING, {**SPRING, "copies": 40, "value": "176.00", "entered": "2026-09-01"}]}, {"earnings": ["150", "60"]}),
        ({"terms": [{"rate": "10", "steps": [{"above": "150", "rate": "20"}]}], "prior_units": 100, "sales": [SPRING, AUTUMN]},
         {"earnings": ["150", "200"]}),
        ({"terms": TEN, "sales": [SPRING, {**AUTUMN, "copies": 140, "returned": True}], "products": {"1": {"published": "2026-02-01"}}},
         {"earnings": ["150", "-150"], "payable": ["150", "0"]}),
    ],
)  # fmt: skip
def test_each_period_opens_as_the_one_before_closed(inputs, published) -> None:
    """Figures of several periods are lists; each sale is of the period that its day is in."""
    assert set(outcome({**inputs, "period": HALVES}, published).values()) == {Outcome.AGREES}


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"sales": [{**SOLD, "currency": "USD"}]}, "HOLD-RATE"),
        ({"sales": [{**SOLD, "country": "UK"}]}, "HOLD-LINE"),
        ({"sales": [SOLD], "payees": {"1": "50"}}, "HOLD-TERMS"),
    ],
)
def test_what_holds_an_account_is_its_answer(more, rule) -> None:
    """The example goes through the steps of a run, and so do its doubts."""
    assert outcome({"terms": TEN, **more}, {"suspense": [rule], "earnings": "150"}) == {
        "suspense": Outcome.AGREES,
        "earnings": Outcome.UNKNOWN,
    }


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"terms": [{"rate": "7,5"}], "sales": [SOLD]}, "terms 1, rate: "),
        ({"terms": TEN, "period": "2026H3", "sales": [SOLD]}, "period: a period such as 2026H1"),
        ({"terms": TEN, "sale": [SOLD]}, "sales: field required; sale: this word is not known"),
        ({"terms": [{"basis": "gross", "rate": "7.5"}], "sales": [SOLD]}, "terms 1, basis: input should be 'LIST' or 'NET'"),
        ({"terms": TEN, "sales": [SOLD, {**SOLD, "currency": "£"}]}, "sales 2, currency: "),
        ({"terms": TEN, "sales": [{**SOLD, "discount": "56"}]}, "sales 1: a discount needs a price, and no value beside it"),
        ({"terms": TEN, "products": {"1": {"format": "papyrus"}}, "sales": [SOLD]}, "products, 1, format: input should be 'PRINT'"),
        ({"terms": [*TEN, {"rate": "5", "channel": "Export"}], "sales": [{**SOLD, "channel": "export"}]}, "one channel is spelt Export and export"),
        ({"terms": TEN, "clauses": [{"clause": "rate", "Format": "HARDCOVER", "Rate": "5"}], "sales": [SOLD]}, "Format: expected one of PRINT"),
        ({"terms": [{"rate": "15", "countries": ["UK"]}], "sales": [SOLD]}, "a rate's territories: UK, expected codes of ISO 3166, such as GB"),
        ({"terms": TEN, "sales": [SOLD, {**SOLD, "country": "UK"}]}, "product 1: a line that cannot be read: the country UK"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_its_place(inputs, said) -> None:
    """Line by line: where it is, and what would be right there; no figure of ours stands beside the printed one."""
    (found,) = check([{"id": "e", "inputs": inputs, "published": {"earnings": "1.00"}}], other)
    assert found.outcome is Outcome.UNKNOWN
    assert said in (found.ours or "")


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
    assert (reason.outcome, figure.outcome, figure.ours) == (Outcome.AGREES, Outcome.UNKNOWN, "sale 1: COUNTRY_UNKNOWN")
