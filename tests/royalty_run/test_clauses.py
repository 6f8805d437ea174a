"""Clauses of real contracts, entered as rows of the sheet and computed as a run does; each names where it was published and quotes it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from openpyxl import Workbook
from tests.royalty_run.runs import SETTINGS, gathered, grouped, inputs, sale, terms

from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import (
    Escalator,
    EscalatorKind,
    PriceBasis,
    Rate,
    Reserve,
    RoyaltyLevel,
    Split,
)
from colophon.royalties.clauses.words import in_words
from colophon.royalties.statement.period import Period
from colophon.royalty_run.facts import Payee, ProductFact
from colophon.royalty_run.kept import Past
from colophon.royalty_run.settings import Certificate
from colophon.systems.consonance.reports.reader import clauses_in

D = Decimal
NUMBERS = count(1)
NO_MINIMUM = SETTINGS.model_copy(
    update={"policies": {"standard": SETTINGS.policies["standard"].model_copy(update={"minimum_payment": Decimal(0)})}}
)


@pytest.fixture
def sheet(tmp_path):
    """Rows of the sheet as clauses; every row has to be right."""

    def read(header, *rows):
        path = tmp_path / f"clauses{next(NUMBERS)}.csv"
        path.write_text("\n".join((header, *rows)) + "\n")
        found = clauses_in(path)
        assert [one for one in found if not isinstance(one, Clause)] == []
        return found

    return read


def rate(percent, basis="LIST", product=1, **more):
    level = RoyaltyLevel.MASTERCHANNEL if "masterchannel" in more else RoyaltyLevel.PRODUCT
    return Rate(level=level, product_id=product, basis=PriceBasis(basis), rate_percent=D(percent), id=next(NUMBERS), **more)


def sold(copies=100, price="10.00", value=None, **more):
    told = {} if value is None else {"value": D(value)}
    return sale(next(NUMBERS), quantity=copies, list_price=None if price is None else D(price), **told, **more)


def run(sales, rates, clauses, *, period=None, settings=NO_MINIMUM, past=None, contracts=(1,), facts=None, **of_terms):
    """One period of one contract, or of several that have the same rates."""
    agreed = [terms(contract, rates=tuple(rates), **of_terms) for contract in contracts]
    given = inputs(sales, agreed, clauses=tuple(clauses), **({"products": facts} if facts else {}))
    asked = {"period": period} if period else {}
    return gathered(grouped(given, settings=settings, past_of=lambda _: past or Past(), **asked), settings=settings, **asked)


def earned(whole, account="contract:1"):
    (statement,) = [one for one in whole.statements if one.account_id == account]
    assert whole.broken == ()
    return [(one.row.units, one.row.key.basis.value, one.row.key.rate / 10_000, one.amount) for one in statement.rows]


def test_the_basis_flips_at_a_discount(sheet) -> None:
    """Authors Guild, End the Discount Double-Cross: "list 15 %; discount > 55 %: 15 % of net proceeds": 10.00 at 56 % gives 0.66."""
    clauses = sheet("Contract,Clause,Discount,Basis,Rate", "1,rate,>55,NET,15")
    assert earned(run([sold(value="440.00"), sold(value="450.00")], [rate("15")], clauses)) == [
        (100, "LIST", 15.0, 15_000),
        (100, "NET", 15.0, 6_600),
    ]


def test_parts_of_a_rate_by_discount(sheet) -> None:
    """Authors Guild, the same page, small publishers: "half of it at 50-70 % discount, a third above 70 %" of 10 % of net: 20.00 and 8.33."""
    clauses = sheet("Contract,Clause,Discount,Part of rate", "1,rate,>=50 <=70,50", "1,rate,>70,33.3333")
    found = earned(run([sold(value="400.00"), sold(value="250.00")], [rate("10", "NET")], clauses))
    assert found == [(100, "NET", 3.3333, 833), (100, "NET", 5.0, 2_000)]


@pytest.mark.parametrize(("band", "total"), [(">=50", 8_125), (">50", 16_250)])
def test_a_band_begins_where_it_says(sheet, band, total) -> None:
    """bookcontracts.com 2009/12, reduced royalties: "50 % or more" and "more than 50 %" differ at exactly 50 %; half of the prevailing tier."""
    tiers = (Escalator(kind=EscalatorKind.UNIT, above=D(100), rate_percent=D("12.5"), is_marginal=True),)
    clauses = sheet("Contract,Clause,Discount,Part of rate", f"1,rate,{band},50")
    assert sum(amount for *_, amount in earned(run([sold(150, value="750.00")], [rate("10", escalators=tiers)], clauses))) == total


def test_a_rate_slides_with_the_discount(sheet) -> None:
    """McCausland contract, transcription.si.edu/view/46811: "from 48 % discount the rate falls by half of (d - 44 %), floor half": 7 % at 50 %."""
    clauses = sheet("Contract,Clause,Discount,Less,Part of rate", "1,sliding rate,>=48,44,50")
    found = earned(run([sold(value="500.00"), sold(value="440.00"), sold(value="530.00")], [rate("10")], clauses))
    assert sorted(found) == [(100, "LIST", 5.0, 5_000), (100, "LIST", 7.0, 7_000), (100, "LIST", 10.0, 10_000)]


def test_remainders_at_or_below_cost_earn_nothing(sheet) -> None:
    """stroppyauthor.com 2010/06, clause 15: home 3 % and export 1 % of net, "remainders 1 % net above cost of production, nothing at or below"."""
    header = "Contract,Clause,Product,Channel,Basis,Rate,Amount"
    clauses = sheet(header, "1,rate,,Export,NET,1,", "1,rate,,Remainder,NET,1,", "1,unit cost,1,Remainder,,,0.50")
    lines = [
        sold(100, None, "1000.00"),
        sold(50, None, "500.00", masterchannel="Export"),
        sold(100, None, "20.00", masterchannel="Remainder"),
        sold(10, None, "8.00", masterchannel="Remainder"),
    ]
    whole = run(lines, [rate("3", "NET")], clauses)
    assert sorted(amount for *_, amount in earned(whole)) == [8, 500, 3_000]
    (left,) = [one for result in whole.results for one in result.excluded]
    assert left.reason == "at or below cost"


def test_pages_of_a_pool_are_no_copies(sheet) -> None:
    """kdp.amazon.com G201541130: "10,000 pages of 100 m in a fund of 10 m = 1,000.00"; 25 % of net is 250.00, and no counter moves."""
    tiers = (Escalator(kind=EscalatorKind.UNIT, above=D(5000), rate_percent=D(30), is_marginal=True),
             Escalator(kind=EscalatorKind.DISCOUNT, above=D(50), rate_percent=D(20)))  # fmt: skip
    clauses = sheet("Contract,Clause,Channel", "1,pool,Subscription")
    whole = run([sold(10_000, None, "1000.00", masterchannel="Subscription")], [rate("25", "NET", escalators=tiers)], clauses)
    assert earned(whole) == [(0, "NET", 25.0, 25_000)]
    assert sum(counter for _, counter in whole.results[0].closing.counters) == 0


def test_readings_of_less_than_a_penny_add_up(sheet) -> None:
    """shelfindulgence.net, subscription services: "180 min x 0.0027 x 60 % = 0.2916 a read"; of 1,000 of them 25 % is 72.90."""
    clauses = sheet("Contract,Clause,Channel,Basis,Rate", "1,pool,Subscription,,", "1,rate,Subscription,NET,25")
    whole = run([sold(1, None, "0.2916", masterchannel="Subscription") for _ in range(1000)], [rate("9", "NET")], clauses)
    assert earned(whole) == [(0, "NET", 25.0, 7_290)]


def test_an_agent_keeps_the_commission_on_a_contract_whose_rate_is_a_clause(sheet) -> None:
    """thebookseller.com/blogs/ties-bind: "old agency keeps the commission on the contracts it made", 15 %; the new one has 15 % of its own."""
    clauses = sheet("Contract,Clause,Basis,Rate", "1,rate,NET,20", "2,rate,NET,20")
    agents = [Split(payee_id=1, weight=1, share_percent=D(100), agent_id=agent, commission_percent=D(15)) for agent in (2, 3)]
    agreed = [
        terms(contract, contract, contract_set="S", rates=(rate("10", product=contract),), splits=(agents[contract - 1],))
        for contract in (1, 2)
    ]
    given = inputs([sold(1000), sold(1000, product=2)], agreed, clauses=tuple(clauses))
    whole = gathered(grouped(given, settings=NO_MINIMUM), settings=NO_MINIMUM)
    assert [(one.due, one.net) for one in whole.payout.paid] == [(200_000, 170_000)]
    assert [(one.agent_id, one.amount) for one in whole.payout.paid[0].commissions] == [(2, 15_000), (3, 15_000)]


def test_a_treaty_rate_goes_by_each_payees_own_certificate(sheet) -> None:
    """ITA 2007, s. 906 and 911, "treaty certificate per payee": two under one treaty; one's has expired: 20 % of 100.00, the other's is good: nothing."""
    clauses = sheet("Contract,Clause,Basis,Rate", "1,rate,NET,20")
    splits = tuple(Split(payee_id=payee, weight=1, share_percent=D(50)) for payee in (1, 2))
    abroad = {
        payee: Payee(id=payee, name=f"Payee {payee}", email=f"p{payee}@example.org", country="US", tax_status="TREATY_0")
        for payee in (1, 2)
    }
    proofs = tuple(
        Certificate(payee=payee, reference=f"DT-{payee}", valid_from=date(2024, 1, 1), valid_to=until)
        for payee, until in ((1, date(2026, 3, 31)), (2, date(2028, 12, 31)))
    )
    settings = NO_MINIMUM.model_copy(update={"certificates": proofs})
    given = inputs([sold(200, value="1000.00")], [terms(rates=(rate("10"),), splits=splits)], clauses=tuple(clauses), payees=abroad)
    whole = gathered(grouped(given, settings=settings), settings=settings)
    assert [(one.payee_id, one.due, one.tax) for one in whole.payout.paid] == [(1, 10_000, 2_000), (2, 10_000, 0)]


def test_a_bundle_is_shared_by_its_parts(sheet) -> None:
    """ivanhoffman.com/bundling: "book's part = its list 50 / package list 100" of a bundle sold for 50.00: 10 % is 2.50 for each contract."""
    clauses = sheet("Contract,Clause,Product,Percent", "1,bundle,3,50/100", "2,bundle,3,50/100")
    facts = {3: ProductFact(id=3, isbn13="9780000000033", title="Both", imprint="M", format="PAPERBACK")}
    whole = run([sold(1, None, "50.00", product=3)], [rate("10", "NET", product=3)], clauses, contracts=(1, 2), facts=facts)
    assert [amount for account in ("contract:1", "contract:2") for *_, amount in earned(whole, account)] == [250, 250]


def test_parts_of_a_bundle_are_no_more_than_the_whole(tmp_path) -> None:
    """A third contract that wants a part of what is given away has a fault in its row, and its account waits."""
    path = tmp_path / "royalty_clauses.csv"
    path.write_text("Contract,Clause,Product,Percent\n1,bundle,3,60\n2,bundle,3,60\n")
    _, waiting, fault = clauses_in(path)
    assert (waiting.contract_id, waiting.kind.value) == (2, "cannot be read")
    assert fault.field == "Percent"


def test_a_balance_is_issued_at_the_end_of_the_year(sheet) -> None:
    """partridgepublishing.com, minimum threshold: "balance at calendar year end is issued"; in June at most 75.00 is carried (M3)."""
    clauses = sheet("Contract,Clause,Months", "1,sweep,12")
    paid = {}
    for half in ("2026H1", "2026H2"):
        period = Period.parse(half)
        whole = run([sold(15, value="75.00", sold_on=period.starts_on)], [rate("10")], clauses, settings=SETTINGS, period=period)
        paid[half] = sum(one.net for one in whole.payout.paid)
    assert paid == {"2026H1": 0, "2026H2": 1_500}


def test_a_reserve_runs_from_publication(sheet) -> None:
    """Harper & Row contract: "reserve only in the first three half-years after publication". The paperback came out in statement 7."""
    clauses = sheet("Contract,Clause,Percent,Months from publication", "1,reserve,20,18")
    facts = {
        1: ProductFact(id=1, isbn13="1", title="H", imprint="M", format="HARDBACK", work_id=1, published_on=date(2023, 2, 1)),
        2: ProductFact(id=2, isbn13="2", title="P", imprint="M", format="PAPERBACK", work_id=1, published_on=date(2026, 2, 1)),
    }
    held = {}
    for half in ("2026H1", "2026H2", "2027H1", "2027H2"):
        period = Period.parse(half)
        lines = [sold(product=product, sold_on=period.starts_on) for product in (1, 2)]
        whole = run(lines, [rate("10"), rate("10", product=2)], clauses, period=period, facts=facts, statement_number=7)
        held[half] = [(one.product_id, one.amount) for one in whole.statements[0].reserve.withheld]
    assert held == {"2026H1": [(2, 2_000)], "2026H2": [(2, 2_000)], "2027H1": [(2, 2_000)], "2027H2": []}
    undated = {key: replace(one, published_on=None) for key, one in facts.items()}
    whole = run([sold()], [rate("10")], clauses, facts=undated)
    assert [one.amount for one in whole.statements[0].reserve.withheld] == [2_000]  # taken as new: it is released later


def test_territories_have_rates_of_their_own(sheet) -> None:
    """Authors Guild model contract, s. 5: "hardcover 10/12.5/15 US only; Canada 10 % of net", as the rest."""
    header = "Contract,Clause,Countries,Not in,Basis,Rate,Thresholds,Counter"
    clauses = sheet(header, "1,rate,US,,LIST,10,5000:12.5;10000:15,US hardcover", "1,rate,,US,NET,10,,")
    lines = [sold(6000, "20.00", "60000.00", country="US"), sold(100, "20.00", "1000.00", country="CA")]
    found = earned(run(lines, [rate("9")], clauses))
    assert sorted(found) == [(100, "NET", 10.0, 10_000), (1000, "LIST", 12.5, 250_000), (5000, "LIST", 10.0, 1_000_000)]
    unknown = run([*lines, sold(10)], [rate("9")], clauses)
    assert [one.reason for one in unknown.results[0].suspended] == ["COUNTRY_UNKNOWN"]


def test_sales_at_reduced_rates_count_with_the_others(sheet) -> None:
    """Aucutt and Lownie, ten tips: "all trade home sales, also at reduced rates, count together for the change point": 90 and 20 deep, then 10 at 12.5 %."""
    tiers = (Escalator(kind=EscalatorKind.UNIT, above=D(100), rate_percent=D("12.5"), is_marginal=True),)
    clauses = sheet("Contract,Clause,Discount,Basis,Rate", "1,rate,>=50,LIST,5")
    lines = [
        sold(90, value="540.00", sold_on=date(2026, 1, 1)),
        sold(20, value="80.00", sold_on=date(2026, 2, 1)),
        sold(10, value="60.00", sold_on=date(2026, 3, 1)),
    ]
    found = earned(run(lines, [rate("10", escalators=tiers)], clauses))
    assert sorted(found) == [(10, "LIST", 12.5, 1_250), (20, "LIST", 5.0, 1_000), (90, "LIST", 10.0, 9_000)]


def test_what_the_author_bears_is_charged_once(sheet) -> None:
    """Pearson's guide to its statements, "credits / deductions": 40.00 for the index, charged in the second period: 1,000 - 40 is 960, and never again."""
    clauses = sheet("Contract,Clause,Amount,Day,Words", "1,charge,40.00,2026-09-15,Index")
    dues, past = [], None
    for place, half in enumerate(("2026H1", "2026H2", "2027H1")):
        period = Period.parse(half)
        lines = [sold(1000, sold_on=period.starts_on)]
        agreed = [terms(rates=(rate("10"),))]
        given = inputs(lines, agreed, clauses=tuple(clauses) if place else ())
        found = grouped(given, period, lambda _, past=past: past or Past(), NO_MINIMUM)
        whole = gathered(found, period=period, settings=NO_MINIMUM)
        assert whole.broken == ()
        dues.append(whole.statements[0].payees[1].due)
        past = Past(opening=whole.results[0].closing)
    assert dues == [100_000, 96_000, 100_000]


def test_a_charge_to_one_payee_is_of_that_part_alone(sheet) -> None:
    """Author's copies that one of two authors bought come off that author's part, also where a joint advance comes first."""
    clauses = sheet("Contract,Clause,Amount,Day,Payee,Words", "1,charge,10.00,2026-03-01,2,Author's copies")
    whole = run([sold()], [rate("10")], clauses, splits=terms(payees=((1, 1), (2, 1))).splits)
    assert {payee: own.due for payee, own in whole.statements[0].payees.items()} == {1: 5_000, 2: 4_000}
    assert whole.broken == ()


def test_a_fixed_amount_per_copy_and_after_deductions(sheet) -> None:
    """B5: so much per copy, or a percentage after stated deductions, such as 10 % for carriage."""
    fixed = sheet("Contract,Clause,Channel,Amount", "1,rate,Club,0.25")
    assert earned(run([sold(masterchannel="Club")], [rate("10")], fixed)) == [(100, "FIXED", 2500.0, 2_500)]
    less = sheet("Contract,Clause,Channel,Basis,Rate,Less", "1,rate,Club,NET,10,10")
    assert earned(run([sold(value="1000.00", masterchannel="Club")], [rate("10")], less)) == [(100, "NET", 10.0, 9_000)]


def test_the_first_copies_of_each_year_are_free(sheet) -> None:
    """The first 30 copies of a year earn nothing; the second half year goes on where the first one stood, a new year begins anew."""
    clauses = sheet("Contract,Clause,Copies,Begins anew", "1,free copies,30,YEAR")
    paid, past = {}, None
    for half, copies in (("2026H1", 20), ("2026H2", 20), ("2027H1", 50)):
        period = Period.parse(half)
        given = inputs([sold(copies, sold_on=period.starts_on)], [terms(rates=(rate("10"),))], clauses=tuple(clauses))
        whole = gathered(grouped(given, period, lambda _, past=past: past or Past(), NO_MINIMUM), period=period, settings=NO_MINIMUM)
        paid[half] = whole.statements[0].earnings
        past = Past(opening=whole.results[0].closing)
    assert paid == {"2026H1": 0, "2026H2": 1_000, "2027H1": 2_000}


def test_counters_begin_anew(sheet) -> None:
    """Thresholds of each quarter's sales: 60 copies in each quarter never pass 100, though 120 in all do."""
    tiers = (Escalator(kind=EscalatorKind.UNIT, above=D(100), rate_percent=D(50), is_marginal=True),)
    lines = [sold(60, sold_on=date(2026, 3, 31)), sold(60, sold_on=date(2026, 4, 1))]
    assert sum(amount for *_, amount in earned(run(lines, [rate("10", escalators=tiers)], ()))) == 10_000 + 10_000
    clauses = sheet("Contract,Clause,Part of rate,Begins anew", "1,rate,100,QUARTER")
    assert sum(amount for *_, amount in earned(run(lines, [rate("10", escalators=tiers)], clauses))) == 12_000


def test_thresholds_of_money_and_of_a_group_of_formats(sheet) -> None:
    """Hardback and paperback pass one threshold together, counted in what was received."""
    header = "Contract,Clause,Basis,Rate,Thresholds,Thresholds of,Counter,Wins"
    clauses = sheet(header, "1,rate,NET,10,500:20,NET,trade,yes")
    facts = {
        1: ProductFact(id=1, isbn13="1", title="H", imprint="M", format="HARDBACK", work_id=1),
        2: ProductFact(id=2, isbn13="2", title="P", imprint="M", format="PAPERBACK", work_id=1),
    }
    lines = [sold(value="400.00", sold_on=date(2026, 1, 1)), sold(product=2, value="400.00", sold_on=date(2026, 2, 1))]
    found = earned(run(lines, [rate("5"), rate("5", product=2)], clauses, facts=facts))
    assert sum(amount for *_, amount in found) == 5_000 + 6_000


def test_a_reserve_of_copies_in_tranches_with_a_ceiling(sheet) -> None:
    """The royalty on 30 copies, at most 20 % of what was earned, released in two halves."""
    clauses = sheet("Contract,Clause,Copies,Most,Release", "1,reserve,30,20,50@1;50@12m")
    (statement,) = run([sold()], [rate("10")], clauses).statements
    assert [(one.amount, one.due_statement, one.due_on) for one in statement.reserve.withheld] == [
        (1_000, 2, None),
        (1_000, None, date(2027, 6, 30)),
    ]


def test_a_split_of_one_product(sheet) -> None:
    """The illustrator has 40 % of the picture edition, and nothing of the rest."""
    clauses = sheet("Contract,Clause,Product,Payee,Percent", "1,split,2,1,60", "1,split,2,2,40")
    rates = [rate("10"), rate("10", product=2)]
    (statement,) = run([sold(), sold(product=2)], rates, clauses).statements
    assert {payee: own.due for payee, own in statement.payees.items()} == {1: 16_000, 2: 4_000}


def test_a_split_of_one_territory(sheet) -> None:
    """The translator has half of what is sold abroad, and sees no other row; a reserve beside it holds the account."""
    clauses = sheet("Contract,Clause,Countries,Payee,Percent", "1,split,US;CA,1,50", "1,split,US;CA,2,50")
    abroad = {"US": "Abroad", "CA": "Abroad"}
    policy = NO_MINIMUM.policies["standard"].model_copy(update={"territory_groups": abroad})
    settings = NO_MINIMUM.model_copy(update={"policies": {"standard": policy}})
    lines = [sold(country="GB"), sold(country="US")]
    whole = run(lines, [rate("10")], clauses, settings=settings)
    assert whole.broken == ()
    assert {payee: own.due for payee, own in whole.statements[0].payees.items()} == {1: 15_000, 2: 5_000}
    reserve = sheet("Contract,Clause,Percent", "1,reserve,20")
    held = run(lines, [rate("10")], [*clauses, *reserve], settings=settings).results[0]
    assert "not computed together" in held.blocked_by
    assert "territory_groups" in run(lines, [rate("10")], clauses).results[0].blocked_by


def test_a_fund_is_shared_by_what_was_read(sheet) -> None:
    """KDP's pages without a value: 10,000 of 100 m in a fund of 10 m are 1,000.00; 25 % of it is 250.00; out of its months there is no value."""
    header = "Contract,Clause,Channel,Amount,Copies,Sold from,Sold to"
    clauses = sheet(header, "1,pool,Subscription,10000000,100000000,2026-03-01,2026-03-31")
    line = replace(sold(10_000, None, masterchannel="Subscription"), value=None)
    assert earned(run([line], [rate("25", "NET")], clauses)) == [(0, "NET", 25.0, 25_000)]
    late = replace(line, id=next(NUMBERS), sold_on=date(2026, 4, 1))
    assert [one.reason for one in run([late], [rate("25", "NET")], clauses).results[0].suspended] == ["VALUE_MISSING"]


def test_a_guarantee_makes_up_a_poor_period(sheet) -> None:
    """A7: what the contract earned is made up to the guaranteed amount."""
    clauses = sheet("Contract,Clause,Amount", "1,guarantee,250.00")
    (statement,) = run([sold()], [rate("10")], clauses).statements
    assert (statement.top_up, statement.payees[1].due) == (15_000, 25_000)


def test_terms_win_unless_the_clause_is_marked(sheet) -> None:
    """A rate and a reserve that Consonance tells otherwise are left out and listed; marked, they count and nothing is listed."""
    reserved = (Reserve(statement_from=1, rate_percent=D(10)),)
    header = "Contract,Clause,Product,Basis,Rate,Percent,Wins"
    whole = run([sold()], [rate("10")], sheet(header, "1,rate,1,NET,12,,", "1,reserve,,,,50,"), reserves=reserved)
    assert earned(whole) == [(100, "LIST", 10.0, 10_000)]
    assert sum(one.amount for one in whole.statements[0].reserve.withheld) == 1_000
    assert whole.results[0].differences == (
        "row 2, rate: the terms have another rate for the same sales, and win",
        "row 3, reserve: the terms say something else, and win",
    )
    whole = run([sold()], [rate("10")], sheet(header, "1,rate,1,NET,12,,yes", "1,reserve,,,,50,yes"), reserves=reserved)
    assert earned(whole) == [(100, "NET", 12.0, 6_000)]
    assert sum(one.amount for one in whole.statements[0].reserve.withheld) == 3_000
    assert whole.results[0].differences == ()


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1,rate,1,,NET,12,", [(100, "LIST", 10.0, 10_000)]),
        ("1,rate,1,,NET,12,yes", [(100, "NET", 12.0, 4_800)]),
        ("1,rate,1,>50,NET,12,", [(100, "NET", 12.0, 4_800)]),
        ("1,rate,,>50,NET,12,", [(100, "NET", 12.0, 4_800)]),
    ],
)
def test_a_clause_of_a_product_is_of_the_rate_that_counts_there(sheet, row, found) -> None:
    """Where a work has a rate and one product another, a clause of that product changes the product's, and never slips in by the work's."""
    general = Rate(level=RoyaltyLevel.WORK, basis=PriceBasis.LIST, rate_percent=D(8), id=next(NUMBERS))
    clauses = sheet("Contract,Clause,Product,Discount,Basis,Rate,Wins", row)
    assert earned(run([sold(value="400.00")], [general, rate("10")], clauses)) == found


def test_steps_of_the_terms_win_over_a_band(sheet) -> None:
    """Consonance has 5 % above 50 % discount; a clause of the same sales is left out, for it may be the older word."""
    deep = (Escalator(kind=EscalatorKind.DISCOUNT, above=D(50), rate_percent=D(5)),)
    clauses = sheet("Contract,Clause,Discount,Basis,Rate", "1,rate,>50,NET,20")
    whole = run([sold(value="400.00")], [rate("10", escalators=deep)], clauses)
    assert earned(whole) == [(100, "LIST", 5.0, 5_000)]
    assert len(whole.results[0].differences) == 1


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("Contract,Clause,Discount,Basis,Rate", "1,rate,55,NET,15", "Discount"),
        ("Contract,Clause,Rate", "1,rate,150", "Rate"),
        ("Contract,Clause,Countries,Basis,Rate", "1,rate,UK,NET,15", "Countries"),
        ("Contract,Clause,Percent,Rate", "1,reserve,20,5", "Rate"),
        ("Contract,Clause,Release,Percent", "1,reserve,50@1;40@2,20", "Release"),
        ("Contract,Clause,Amount,Words", "1,charge,40.00,Index", "Day"),
        ("Contract,Clause,Product,Percent", "1,bundle,3,1/3", "Percent"),
        ("Contract,Clause", "1,rebate", "Clause"),
        ("Contract,Clause,Thresholds,Rate,Basis", "1,rate,5000:12;4000:15,10,NET", "Thresholds"),
    ],
)
def test_a_faulty_row_names_its_column_and_holds_its_contract(tmp_path, header, row, column) -> None:
    """Line by line: what is wrong, what would be right; the account of that contract waits, others go on."""
    path = tmp_path / "royalty_clauses.csv"
    path.write_text(f"{header}\n{row}\n")
    waiting, fault = clauses_in(path)
    assert fault.field == column
    whole = run([sold(), sold(product=2)], [rate("10")], [waiting])
    assert whole.results[0].statement is None
    assert whole.results[0].blocked_by == "A clause of the contract cannot be read. (row 2)"


@pytest.mark.parametrize(
    ("area", "column"),
    [("A2:A3", "Contract"), ("C2:C3", "Channel"), ("E2:E3", "Rate"), ("D3:E3", "Rate")],
)
def test_a_merged_cell_is_no_value_and_holds_its_contract(tmp_path, area, column) -> None:
    """Its second row looks blank: nobody's, for all channels, or without a rate. It is named, and the contract of the row above waits."""
    book = Workbook()
    for row in (("Contract", "Clause", "Channel", "Basis", "Rate"), (1, "rate", "Club", "NET", 5), (1, "rate", "Export", "NET", 4)):
        book.active.append(row)
    book.active.merge_cells(area)
    book.active.merge_cells("A5:E6")
    book.save(tmp_path / "royalty_clauses.xlsx")
    good, waiting, fault = clauses_in(tmp_path / "royalty_clauses.xlsx")
    assert (good.place, waiting.contract_id) == ("row 2", 1)
    assert (fault.field, fault.found) == (column, "a merged cell, which has no value of its own")
    assert run([sold()], [rate("10")], [good, waiting]).results[0].blocked_by == "A clause of the contract cannot be read. (row 3)"


def test_a_row_without_a_contract_holds_that_of_the_row_above(tmp_path) -> None:
    """As a sheet has it that was written as a list below a heading: half of a contract's clauses would pay the wrong sums."""
    path = tmp_path / "royalty_clauses.csv"
    path.write_text("Contract,Clause,Channel,Basis,Rate\n1,rate,Club,NET,5\n,rate,Export,NET,4\n")
    clauses = [one for one in clauses_in(path) if isinstance(one, Clause)]
    assert run([sold()], [rate("10")], clauses).results[0].statement is None


@pytest.mark.parametrize("lost", ["no sheet", "no contract"])
def test_clauses_that_are_gone_hold_their_account(sheet, tmp_path, lost) -> None:
    """What counted on the last statement does not silently fall out: no sheet, or a row whose contract nobody can read."""
    clauses = sheet("Contract,Clause,Channel,Basis,Rate", "1,rate,Club,NET,5")
    closing = run([sold()], [rate("10")], clauses).results[0].closing
    path = tmp_path / "broken.csv"
    path.write_text("Contract,Clause,Channel,Basis,Rate\n??,rate,Club,NET,5\n")
    broken = [one for one in clauses_in(path) if isinstance(one, Clause)]
    later = Period.parse("2026H2")
    lines = [sold(sold_on=later.starts_on)]
    given = inputs(lines, [terms(rates=(rate("10"),))], clauses=None if lost == "no sheet" else broken)
    whole = gathered(grouped(given, later, lambda _: Past(opening=closing), NO_MINIMUM), period=later, settings=NO_MINIMUM)
    assert "Clauses that counted on the last statement are gone." in whole.results[0].blocked_by
    taken_out = inputs(lines, [terms(rates=(rate("10"),))], clauses=())
    whole = gathered(grouped(taken_out, later, lambda _: Past(opening=closing), NO_MINIMUM), period=later, settings=NO_MINIMUM)
    assert whole.results[0].statement is not None


def test_two_clauses_of_the_same_sales_hold_the_account(sheet) -> None:
    """Which of two rates counts is for a person."""
    clauses = sheet("Contract,Clause,Channel,Basis,Rate", "1,rate,Club,NET,5", "1,rate,Club,NET,6")
    assert "Two clauses have different rates for the same sales." in run([sold()], [rate("10")], clauses).results[0].blocked_by


def test_a_clause_is_shown_in_words(sheet) -> None:
    """What was entered reads as the contract does."""
    header = "Contract,Clause,Channel,Discount,Basis,Rate,Thresholds,Copies,Begins anew,Percent,Release,Most,Months from publication"
    flip, free, held = sheet(
        header,
        "1,rate,Trade,>55,NET,15,1000:20,,,,,,",
        "1,free copies,,,,,,50,YEAR,,,,",
        "1,reserve,,,,,,,,20,50@1;50@6m,15,18",
    )
    assert in_words(flip) == "Sales through Trade at a discount of more than 55 % earn 15 % of what we receive, 20 % above 1000 copies."
    assert in_words(free) == "The first 50 copies of each year earn nothing."
    assert in_words(held) == (
        "20 % of the royalty is held back against returns in the first 18 months after an edition comes out, at most 15 % of all that is earned; "
        "released 50 % after 1 statement and 50 % after 6 months."
    )


def test_a_clause_is_one_by_its_content(sheet) -> None:
    """Another row or 15.0 for 15 is the same clause, so that nothing is charged again."""
    first, second = (sheet("Contract,Clause,Basis,Rate", f"1,rate,NET,{number}")[0] for number in ("15", "15.0"))
    assert first.id == second.id == replace(first, place="row 9").id
