"""Worked examples that others published. Where their arithmetic is wrong, ours must not agree."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from colophon.royalties import payout, rights_income
from colophon.royalties.account import Account, AccountStatement, Shares, settle_account
from colophon.royalties.controls import of_statement
from colophon.royalties.currency import unconverted
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.guarantees import top_up
from colophon.royalties.policy import Basis, Policy, RightsBase, Trigger
from colophon.royalties.reserve import ReserveTerm, Vintage, of_units
from colophon.royalties.rounding import rounded
from colophon.royalties.row import CounterKey, Opening, Rows
from colophon.royalties.rules import Band, Rule
from colophon.royalties.standing import Standing, recoup
from colophon.royalties.tiered_counter import parts
from colophon.royalties.whole_numbers import minor, ppm, split

pytestmark = pytest.mark.usefixtures("published")
PERIOD_END = date(2026, 6, 30)
POLICY = Policy(version="published")


def cents(text: str) -> int:
    return minor(Decimal(text), "EUR")


def rate(percent: str) -> int:
    return ppm(Decimal(percent))


def rows(lines: list[Any], *rules: Rule, opening: Opening | None = None) -> Rows:
    return rows_of(lines, {1: rules}, opening or Opening(), POLICY)


def amounts(found: Rows) -> list[int]:
    return [row.amount for row in found.rows]


def test_bisg_hugo_sample(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """BISG Translation Rights Royalty Statement Standard prototype 'Hugo', bisg.org: the whole statement comes out to the penny."""
    case = published["bisg-hugo-sample"]
    given, printed = case["inputs"], case["published"]
    lines, rules, counters = [], [], {}
    for product, row in enumerate(given["rows"], start=1):
        is_list = row["basis"] == "LIST"
        price = cents(row["basis_amount"])
        money = {"list_price": price} if is_list else {"value": price}
        lines.append(line(row["period_units"], product_id=product, format=row["form"], currency="EUR", **money))
        rules.append(rule(rate(row["rate_pct"]), id=row["form"], product_id=product, basis=Basis.LIST if is_list else Basis.NET))
        counters[CounterKey(f"1:format {row['form']}", Trigger.UNITS)] = row["prior_units"]
    found = rows(lines, *rules, opening=Opening(counters=counters))
    assert {row.key.product_id: row.amount for row in found.rows} == {
        place: cents(text) for place, text in enumerate(printed["earnings"], start=1)
    }
    by_form = {f"1:format {row['form']}": units for row, units in zip(given["rows"], printed["life_to_date_units"], strict=True)}
    assert {count.key.group: count.after for count in found.counts} == by_form
    statement = hugo_statement(given, found)
    assert statement.earnings == cents(printed["total"])
    assert sum(one.amount for one in statement.reserve.withheld) == cents(printed["reserve_withheld"])
    assert sum(one.amount for one in statement.reserve.released) == cents(printed["reserve_released"])
    assert statement.rights_income == cents(printed["sublicence_due"])
    assert statement.movement == cents(printed["closing"])
    due = statement.payees[7].due
    assert due == cents(printed["payment_due"])
    agent = payout.Agent(id=9, commission=rate(given["co_agent_pct"]))
    owed = payout.Due(account_id="1", payee_id=7, currency="EUR", amount=due, agents=(agent,))
    paid = payout.payment([owed], payout.PayeeTerms(payee_id=7), POLICY, pay_day=PERIOD_END)
    assert (paid.commission, paid.net) == (cents(printed["commission"]), cents(printed["net_remitted"]))
    assert not of_statement(statement)


def hugo_statement(given: dict[str, Any], found: Rows) -> AccountStatement:
    sub = given["sublicence"]
    receipt = rights_income.Receipt(id="s", contract_id=1, rights_type="audio", gross=cents(sub["income"]))
    held = tuple(
        Vintage(contract_id=1, product_id=place, statement=1, amount=cents(text), due_statement=2)
        for place, text in enumerate(given["reserve"]["released"], start=1)
    )
    account = Account(
        id="1",
        contract_ids=(1,),
        currency="EUR",
        shares=(Shares(contract_id=1, weights=((7, 1),)),),
        payees={7: Standing(balance=cents(given["opening_balance"]))},
        statement=2,
        reserve_terms=(ReserveTerm(rate=rate(given["reserve"]["rate_pct"]), formats=tuple(given["reserve"]["forms"])),),
        held=held,
    )
    rights = [rights_income.rights_row(receipt, rate(sub["share_pct"]), RightsBase.RECEIPTS)]
    return settle_account(account, unconverted(found.rows), rights, POLICY, period_end=PERIOD_END)


def test_viehl_reserve_in_units(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """A real Penguin statement, quoted by its author Lynn Viehl (2009): the row is rounded, never the copy."""
    case = published["viehl-2008h2-reserve-units"]
    given = case["inputs"]
    found = rows([line(64_925, list_price=cents(given["list_price"]))], rule(rate(given["rate_pct"])))
    reserved = of_units(unconverted(found.rows), given["reserve_units"])
    assert reserved == cents(case["published"]["reserve_amount"])
    assert reserved != cents("13529.60")


def test_easyroyalties_journal(published: dict[str, Any]) -> None:
    """EasyRoyalties, Reserves for Returns (2013): its journal misses the control total by 0.01; ours foots."""
    case = published["easyroyalties-reserve-journal"]
    given, theirs, ours = case["inputs"], case["published"], case["recomputed"]
    withheld = rounded(cents(given["earned"]) * rate("20"), 1_000_000)
    movement = withheld - cents(given["reserve_recovered"])
    assert withheld == cents(given["reserve_withheld"])
    assert movement == cents(ours["net_reserve"])
    assert cents(given["earned"]) - movement == cents(ours["royalties_payable"])
    assert cents(theirs["expense"]) != cents(theirs["royalties_payable"]) + cents(theirs["net_reserve"])


def test_easyroyalties_guarantee(published: dict[str, Any]) -> None:
    """EasyRoyalties, Minimum Guaranteed Royalties (2011): what is missing is topped up."""
    case = published["easyroyalties-guarantee"]
    assert top_up(cents(case["inputs"]["guarantee_per_year"]), cents(case["inputs"]["earned"])) == cents(case["published"]["top_up"])


@pytest.mark.parametrize("at", ["at_55", "at_56"])
def test_authors_guild_discount_cliff(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any], at: str) -> None:
    """Authors Guild, End the Discount Double-Cross (2015): above 55 %, not at it, the basis flips from list to net."""
    case = published["ag-discount-cliff"]
    price, percent = cents(case["inputs"]["list_price"]), rate(case["inputs"]["rate_pct"])
    normal = rule(percent, id="list", band=Band(under=5500, under_inclusive=True))
    deep = rule(percent, id="net", basis=Basis.NET, band=Band(over=5500))
    sold = line(1, list_price=price, value=cents(case["published"][at]["net"]))
    assert amounts(rows([sold], normal, deep)) == [cents(case["recomputed"][at])]


def test_royalties_hq_tier_split(published: dict[str, Any]) -> None:
    """Royalties HQ, Contracts - Examples: 7,000 copies are 5,000 and 2,000."""
    case = published["rhq-tier-split"]
    given = case["inputs"]
    bounds = [tier["to"] for tier in given["tiers"] if tier["to"] is not None]
    found = [[amount, given["tiers"][tier]["rate_pct"]] for tier, amount in parts(bounds, given["prior_units"], given["units"])]
    assert found == case["published"]["segments"]


def test_salina_off_by_one(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """salina-erp-bmad2 unit tests: 0-5000 read as inclusive counts 5,001 copies; we count 5,000."""
    case = published["salina-7500-offbyone"]
    given, ours = case["inputs"], case["recomputed"]
    rates = [rate(tier["rate_pct"]) for tier in given["tiers"]]
    found = rows([line(given["units"], value=cents(given["revenue"]))], rule(*rates, bounds=(5000,), basis=Basis.NET))
    assert [row.units for row in found.rows] == ours["segments"] != case["published"]["segments"]
    assert sum(amounts(found)) == cents(ours["royalty"])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_salina_recoup(published: dict[str, Any], place: int) -> None:
    """salina-erp-bmad2 unit tests: recouped is the lesser of earned and remaining."""
    case = published["salina-recoup"]
    given = case["inputs"]["cases"][place]
    found = recoup(Standing(advance=cents(given["advance_remaining"])), cents(given["earned"]))
    assert (found.recouped, found.due) == (cents(case["published"]["recouped"][place]), cents(case["published"]["payable"][place]))


def test_salina_formats(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """salina-erp-bmad2 unit tests: each format at its own rate, and an e-book net of its returns."""
    case = published["salina-formats"]
    given = case["inputs"]["rows"]
    lines = [line(1, product_id=place, value=cents(row["net"])) for place, row in enumerate(given)]
    rules = [rule(rate(row["rate_pct"]), id=str(place), product_id=place, basis=Basis.NET) for place, row in enumerate(given)]
    assert sorted(amounts(rows(lines, *rules))) == sorted(cents(text) for text in case["published"]["rows"])
    book = case["inputs"]["ebook"]
    both = [line(book["sales_units"], value=cents(book["sales"])), line(-book["return_units"], value=-cents(book["returns"]))]
    assert amounts(rows(both, rule(rate(book["rate_pct"]), basis=Basis.NET))) == [cents(case["published"]["ebook"])]


def test_salina_negative_is_carried(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """salina-erp-bmad2 unit tests: capped at nought there; here -50.00 is carried and the counter stands at -50."""
    case = published["salina-negative-cap"]
    given = case["inputs"]
    both = [line(given["sales_units"], value=cents(given["sales"])), line(-given["return_units"], value=-cents(given["returns"]))]
    found = rows(both, rule(rate(given["rate_pct"]), basis=Basis.NET))
    assert amounts(found) == [-5000] != [cents(case["published"]["royalty"])]
    assert found.counts[0].after == -50
    assert recoup(Standing(), -5000).debit == -5000


def test_fowler_allocate(published: dict[str, Any]) -> None:
    """M. Fowler's Money.allocate: 100 over three is 34, 33, 33."""
    case = published["fowler-allocate"]
    assert list(split(case["inputs"]["amount"], case["inputs"]["ratios"])) == case["published"]["parts"]


def test_agent_and_vat(published: dict[str, Any]) -> None:
    """writers.tax, VAT for Authors: the VAT on the agent's commission is the agent's."""
    case = published["writers-tax-agent-vat"]
    given = case["inputs"]
    agent = payout.Agent(id=1, commission=rate(given["commission_pct"]), vat=rate(given["vat_pct"]))
    (found,) = payout.commissions(cents(given["deal"]), [agent], POLICY)
    assert (found.amount, found.vat) == (cents(case["recomputed"]["commission"]), cents(case["recomputed"]["vat_on_commission"]))


def test_per_copy_rounding_is_a_trap(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """A royalty FAQ page rounds per copy and is 30.00 off."""
    case = published["percopy-rounding-trap"]
    given = case["inputs"]
    found = rows([line(given["units"], list_price=cents(given["list_price"]))], rule(rate(given["rate_pct"])))
    assert amounts(found) == [cents(case["recomputed"]["royalty"])] != [cents("4800.00")]


def test_truncation_is_not_ours(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """Nelson Literary Agency (2011) cuts 25 % of 7.99 to 1.99; we round to 2.00."""
    case = published["nelson-truncation-trap"]
    given = case["inputs"]
    found = rows([line(1, list_price=cents(given["list_price"]))], rule(rate(given["rate_pct"])))
    assert amounts(found) == [cents(case["recomputed"]["per_copy_half_up"])] != [cents(case["published"]["per_copy"])]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_earn_out_at_twenty(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any], place: int) -> None:
    """A publishing primer in a public repository: 10 % of 20.00 against an advance of 10,000."""
    case = published["gh-earnout-20"]
    given = case["inputs"]
    found = rows([line(given["units"][place], list_price=cents(given["list_price"]))], rule(rate(given["rate_pct"])))
    assert amounts(found) == [cents(case["published"]["royalty"][place])]
    assert recoup(Standing(advance=cents(given["advance"])), amounts(found)[0]).due == cents(case["published"]["payable"][place])


def test_consonance_total_rate(published: dict[str, Any], line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """Consonance, Import contract royalties: the total at 15.5 % first, then the split by whole weights 80 : 75."""
    given = published["consonance-total-rate"]["inputs"]
    weights = [int(Decimal(given[name]) * 10) for name in ("author_pct", "illustrator_pct")]
    total_rate = sum(weights) * 1000
    assert total_rate == rate(published["consonance-total-rate"]["published"]["total_paid_across_all_payees_pct"])
    (amount,) = amounts(rows([line(1001, list_price=999)], rule(total_rate)))
    assert sum(split(amount, weights)) == amount == rounded(1001 * 999 * 155, 1000)


def test_every_case_has_its_test(published: dict[str, Any]) -> None:
    """No published case is left out."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in published if f'"{name}"' not in text] == []


# Rules whose published figures stand in the rule book itself.


def test_rolling_reserve(line: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """R8, the Penguin statement that follows: 13,512.69 released, 13,790 copies or 8,814.57 withheld, net 4,698.12."""
    found = rows([line(20_000, list_price=799)], rule(rate("8")))
    assert of_units(unconverted(found.rows), 13_790) == 881_457
    assert 1_351_269 - 881_457 == 469_812
