"""Worked examples put to the engine: what agrees, what differs, and what is not known."""

from decimal import Decimal
from typing import Any

import pytest

from colophon.errors import BadRecordError, InvalidError
from colophon.royalties.examples.check import Outcome, check
from colophon.royalties.examples.example import examples_of
from colophon.royalties.examples.work import answers_of


def outcomes(inputs: dict[str, Any], published: dict[str, Any], **other: Any) -> dict[str, Outcome]:
    return {one.name: one.outcome for one in check([{"id": "e", "inputs": inputs, "published": published, **other}])}


def agrees(inputs: dict[str, Any], **published: Any) -> bool:
    found = outcomes(inputs, published)
    return set(found.values()) == {Outcome.AGREES} and len(found) == len(published)


def answers(**inputs: Any) -> dict[str, Any]:
    (one,) = examples_of(inputs, "e")
    return answers_of(one)


def test_every_published_case_is_computed(published: dict[str, Any]) -> None:
    """Each figure of the shared file agrees, or differs as the file says of it."""
    found = check(list(published.values()))
    assert [one for one in found if one.outcome in {Outcome.DIFFERS, Outcome.UNKNOWN}] == []
    assert {one.example for one in found} == set(published)
    expected = {one.example for one in found if one.outcome is Outcome.EXPECTED}
    wrong = {name for name, case in published.items() if case["status"] in {"published_wrong", "published_truncated", "policy_difference"}}
    assert expected == wrong


def test_a_penguin_reserve_that_rolls() -> None:
    """R8, a real Penguin statement: 21,140 copies released, 13,790 withheld, each at 8 % of 7.99 and rounded once."""
    inputs = {"list_price": "7.99", "rate_pct": "8", "released_units": 21_140, "withheld_units": 13_790}
    assert agrees(inputs, released="13512.69", withheld="8814.57", net="4698.12")


def test_a_minimum_payment_at_both_levels() -> None:
    """M2, EasyRoyalties, Author Minimum Payments (2015): 15 and 20 at a minimum of 25 pay 35 or nothing; it prints 30."""
    found = outcomes({"titles": ["15.00", "20.00"], "minimum": "25.00"}, {"author_level": "30.00", "statement_level": "0.00"})
    assert found == {"author_level": Outcome.DIFFERS, "statement_level": Outcome.AGREES}
    assert agrees({"dues": ["15.00", "20.00"], "minimum": "25.00", "level": "author"}, paid="35.00", carried_over="0.00")


@pytest.mark.parametrize(("due", "paid"), [("74.99", "0.00"), ("75.00", "0.00"), ("75.01", "75.01")])
def test_a_threshold_that_has_to_be_passed(due: str, paid: str) -> None:
    """M1, Partridge, Minimum Threshold for Payments: equal to or less than 75 is carried."""
    assert agrees({"due": due, "threshold": "75.00", "operator": "equal to or less than"}, paid=paid)


def test_three_tiers_over_a_lifetime() -> None:
    """E1, E2, E7: 8,000 copies after 4,000 end the first tier, fill the second and begin the third; the lifetime tests of
    salina-erp-bmad2 count one copy too many in the first.
    """
    tiers = [{"min": 0, "max": 5000, "rate_pct": 10}, {"min": 5001, "max": 10_000, "rate_pct": 12}, {"min": 10_001, "rate_pct": 15}]
    inputs = {"tiers": tiers, "prior_units": 4000, "units": 8000, "revenue": "80000.00"}
    assert agrees(inputs, segments=[[1000, "10"], [5000, "12"], [2000, "15"]], royalty="10000.00", life_to_date_units=[12_000])
    assert agrees(inputs, segments=[1000, 5000, 2000])
    salina = {"tiers": tiers, "lifetime_before": 4500, "units": 8000, "revenue": "80000.00"}  # prints 501, 5,000 and 2,499
    assert agrees(salina, segments=[500, 5000, 2500], royalty="10250.00")
    assert outcomes(salina, {"segments": [501, 5000, 2499]}, status="published_wrong") == {"segments": Outcome.EXPECTED}
    assert agrees({**inputs, "mode": "WHOLE"}, royalty="12000.00")


def test_when_an_advance_is_earned_out() -> None:
    """A3: at 8 % of 8.00 an advance of 5,000 is earned with copy 7,813 (5,000 / 0.64); of 10,000 copies 1,400 are paid."""
    inputs = {"list_price": "8.00", "rate_pct": "8", "advance": "5000.00", "units": 10_000}
    assert agrees(inputs, copies_to_earn_out=7813, recouped="5000.00", payable="1400.00", unearned="0.00")
    with pytest.raises(BadRecordError):
        answers(list_price="8.00", rate_pct="0", advance="5000.00", units=1)


def test_joined_contracts_and_contracts_alone() -> None:
    """A4, A5, publishlawyer.com, Cross-collateralization: the 2,500 that one book lacks come out of the other, if they are joined."""
    books = [{"title": "Killing Frenzy", "advance": "12500", "earned": "10000"}, {"advance": "15000", "earned": "20000"}]
    assert agrees({"books": books, "joint": True}, payable="2500.00", recouped="27500.00")
    assert agrees({"books": books}, payable=["0.00", "5000.00"], unearned=["2500.00", "0.00"])


def test_a_sliding_rate() -> None:
    """C5, the McCausland contract: 10 % is 7 % at discount 50 and floors at 5 % from 56 on."""
    inputs = {"list_price": "10.00", "rate_pct": "10", "sliding": {}, "discount_pct": ["47", "48", "50", "56", "80"]}
    assert agrees(inputs, effective_rate_pct=["10", "8", "7", "5", "5"])


def test_a_reserve_released_in_parts() -> None:
    """R7, Curve: 50/50 of 20 % of 5.03; the last part is the remainder."""
    inputs = {"earned": "5.03", "reserve": {"rate_pct": "20", "schedule_pct": ["50", "50"]}}
    assert agrees(inputs, reserve_withheld="1.01", releases=["0.51", "0.50"], payment_due="4.02")


def test_two_agents_and_an_authors_rest() -> None:
    """P5, P6, Janet Reid: 500 is 75 and 425; two agents at 10 % of 1,000 take 100 each, or 100 and 90."""
    assert agrees({"due": "500.00", "commission_pct": "15"}, commission="75.00", net_remitted="425.00")
    assert agrees({"due": "1000", "agents_pct": [10, 10]}, commissions=["100.00", "100.00"], net="800.00")
    assert agrees({"due": "1000", "agents_pct": [10, 10], "agents_share": "ONE_AFTER_THE_OTHER"}, commissions=["100.00", "90.00"])


def test_vat_of_an_invoice() -> None:
    """X2, VATREC12010: 20 % of 1.99 and 2.49 together is 0.896, down 0.89 and half up 0.90."""
    assert agrees({"amounts": ["1.99", "2.49"], "vat_pct": "20", "vat_rounding": "DOWN"}, vat="0.89")
    assert agrees({"amounts": ["1.99", "2.49"], "vat_pct": "20"}, vat="0.90")


def test_withholding_and_another_currency() -> None:
    """X6, F2, F3: 20 % of 80.85; 1,234.00 USD at 150.25 are 185,408.50 and so 185,409 yen."""
    assert agrees({"due": "80.85", "withholding_pct": "20"}, tax="16.17", net_remitted="64.68")
    inputs = {"list_price": "12.345", "currency": "KWD", "rate_pct": "10", "units": 1000, "fx_rate": "3.25", "into": "USD"}
    assert agrees(inputs, royalty="1234.500", converted="4012.13")
    assert agrees({"earned": "100.00", "currency": "USD", "fx_rate": "0.79", "into": "GBP"}, converted="79.00")
    assert answers(list_price="12.34", rate_pct="10", units=1000, fx_rate="150.25", into="JPY")["converted"] == Decimal(185_409)


def test_half_a_penny_goes_up() -> None:
    """Section 11: the Authors Guild prints 2.63 for 25 % of 10.50; half-even would be 2.62."""
    assert agrees({"list_price": "10.50", "rate_pct": "25"}, per_copy="2.63")


def test_a_cover_price_with_tax_in_it() -> None:
    """B2: 12.00 with 20 % tax in it is 10.00."""
    assert agrees({"cover_price": "12.00", "vat_in_price_pct": "20", "rate_pct": "10", "units": 100}, royalty="100.00")


def test_payees_share_one_royalty() -> None:
    """P1, P2: 8 % and 7.5 % are 15.5 % of 9.99 first, and 80 : 75 of that."""
    found = answers(list_price="9.99", units=1001, author_pct="8", illustrator_pct="7.5")
    assert (found["total_rate"], found["royalty"], sum(found["parts"])) == (Decimal("15.5"), Decimal("1550.00"), Decimal("1550.00"))
    assert found["parts"] == [Decimal("800.00"), Decimal("750.00")]


def test_a_reserve_told_as_an_amount() -> None:
    """Section 12, 6: 1,106.89 less 221.38 plus 46.84 is 932.35; an amount that is not its rate's is refused."""
    told = {"earned": "1106.89", "reserve_withheld": "221.38", "reserve_recovered": "46.84"}
    assert agrees(told, royalties_payable="932.35", net_reserve="174.54", expense="1106.89")
    found = outcomes({**told, "reserve_rate_pct": "25 (inferred)"}, {"net_reserve": "174.54"})
    assert set(found.values()) == {Outcome.UNKNOWN}


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"list_price": "7.99", "rate_pct": "8", "colour": "red"}, "colour"),
        ({"list_price": "7.99", "rate_pct": "8", "flat_pct": "8"}, "flat_pct"),
        ({"list_price": "7.999", "rate_pct": "8"}, "decimals"),
        ({"list_price": "dear", "rate_pct": "8"}, "list_price"),
        ({"rule": "discount over half => less", "list_price": "7.99"}, "discount over half"),
        ({"rows": [{"form": "HB", "rate_pct": "8", "hue": 1}]}, "rows 1, hue"),
        ({"units": [1, 2], "list_price": ["1.00"], "rate_pct": "8"}, "units, list_price"),
        ({"units": 1, "rate_pct": "8", "basis": "LIST", "revenue": "5"}, "LIST_PRICE_MISSING"),
    ],
)
def test_what_is_not_known_is_named(inputs: dict[str, Any], named: str) -> None:
    """An example with a word or a figure that is not known is not computed, and the word is told; other examples go on."""
    first, second = check(
        [
            {"id": "odd", "inputs": inputs, "published": {"royalty": "1.00"}},
            {"id": "e", "inputs": {"list_price": "1.00", "rate_pct": 8}, "published": {"royalty": "0.08"}},
        ]
    )
    assert (first.outcome, second.outcome) == (Outcome.UNKNOWN, Outcome.AGREES)
    assert named in (first.ours or "")


def test_a_figure_that_we_do_not_have() -> None:
    """It is not computed, and what is neither told as wrong nor recomputed differs."""
    inputs = {"list_price": "10.00", "rate_pct": "8"}
    assert outcomes(inputs, {"weight": "3 kg", "royalty": "0.81"}) == {"weight": Outcome.UNKNOWN, "royalty": Outcome.DIFFERS}
    assert outcomes(inputs, {"royalty": "0.81"}, recomputed={"royalty": "0.80"}) == {"royalty": Outcome.EXPECTED}
    assert outcomes(inputs, {"royalty": "0.81"}, recomputed={"royalty": "0.79"}, status="published_wrong") == {"royalty": Outcome.DIFFERS}
    assert outcomes(inputs, {"royalty": "0.81"}, status="published_wrong") == {"royalty": Outcome.EXPECTED}
    with pytest.raises(InvalidError):
        check([{"id": "e", "inputs": inputs}])
