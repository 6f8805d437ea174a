"""Whom and what clauses name: payees who stand in no terms, strangers, formats; each is looked at as the terms' own are."""

from decimal import Decimal

import pytest
from tests.royalty_run.press import FREE, dues, held, run
from tests.royalty_run.runs import gathered, grouped, inputs, sale, terms

from colophon.domain.royalty_clauses import Clause
from colophon.domain.royalty_terms import Reserve
from colophon.royalties.reserve import total
from colophon.royalty_run.facts import Payee, ProductFact
from colophon.systems.consonance.reports.reader import clauses_in

HOME = Payee(id=1, email="a@b.example", country="GB")
OTHER = terms(2, 2)


@pytest.fixture
def sheet(tmp_path):
    """Rows of the sheet as clauses."""

    def read(*rows):
        path = tmp_path / "royalty_clauses.csv"
        path.write_text("\n".join(rows) + "\n")
        found = tuple(clauses_in(path))
        assert [one for one in found if not isinstance(one, Clause)] == []
        return found

    return read


@pytest.fixture
def halves(sheet):
    """The translator, payee 2, has 40 % of product 1; the terms name the author alone."""
    return sheet("Contract,Clause,Product,Payee,Percent", "1,split,1,1,60", "1,split,1,2,40")


def made(clauses, **more):
    """A run over one sale of each of two products, 100.00 each."""
    return gathered(grouped(inputs([sale(1), sale(2, 2)], [terms(), OTHER], clauses=clauses, **more), settings=FREE), settings=FREE)


@pytest.mark.parametrize(
    ("translator", "rule"),
    [
        (None, "HOLD-CONTACT"),
        (Payee(id=2, email="a@b.example", country="US"), "HOLD-TAX"),
        (Payee(id=2, email="a@b.example", country="UK"), "HOLD-COUNTRY"),
        (Payee(id=2, country="GB"), "HOLD-CHANNEL"),
    ],
)
def test_a_payee_by_a_clause_is_taxed_and_reached_as_any_payee(halves, translator, rule):
    """Without a look 40.00 would leave gross, or to nowhere; the other account is paid."""
    people = {1: HOME, **({2: translator} if translator else {})}
    whole = made(halves, payees=people)
    assert rule in [hold.rule for hold in whole.results[0].holds]
    assert list(dues(whole)) == ["contract:2"]


def test_a_payee_by_a_clause_with_a_debt_was_not_replaced(ledger, halves):
    """More came back than was sold: the translator still has a share, and the debt is earned by what is sold next."""
    back = sale(1, is_return=True)
    run(ledger, inputs([back], [terms()], clauses=halves), "2026H1")
    whole = run(ledger, inputs([back, sale(2, quantity=300)], [terms()], clauses=halves), "2026H2")
    assert (held(whole), dues(whole)) == ({}, {"contract:1": {1: 12_000, 2: 8_000}})


@pytest.mark.parametrize(
    "rows",
    [
        ("Contract,Clause,Amount,Day,Payee,Words", "1,charge,10.00,2026-03-01,3,Author's copies"),
        ("Contract,Clause,Percent,Payee", "1,reserve,20,3"),
    ],
)
def test_a_charge_or_reserve_of_a_stranger_holds_its_account_alone(sheet, rows):
    """Nothing would come off, or the run's totals would break for everybody."""
    whole = made(sheet(*rows))
    assert whole.broken == ()
    assert "a payee who has no share" in held(whole)["contract:1"]
    assert dues(whole) == {"contract:2": {1: 10_000}}


def test_print_is_all_that_is_printed(sheet):
    """A reserve and a rate of print are of a paperback; an e-book is none. The paperback's own rate comes before that of print."""
    held_back = made(sheet("Contract,Clause,Format,Percent", "1,reserve,PRINT,20"))
    assert total(held_back.statements[0].reserve.withheld) == 2_000
    printed = "1,rate,PRINT,Home,NET,12"
    head = "Contract,Clause,Format,Channel,Basis,Rate"
    assert made(sheet(head, printed)).statements[0].earnings == 6_000
    assert made(sheet(head, printed, "1,rate,PAPERBACK,Home,NET,8")).statements[0].earnings == 4_000
    ebook = {1: ProductFact(id=1, isbn13="1", title="T", imprint="M", format="EBOOK", work_id=1)}
    whole = gathered(grouped(inputs([sale(1)], [terms()], clauses=sheet(head, printed), products=ebook), settings=FREE), settings=FREE)
    assert whole.statements[0].earnings == 10_000


def test_free_copies_of_print_are_counted_together(sheet):
    """The first 50 printed copies of hardback and paperback together earn nothing."""
    facts = {
        key: ProductFact(id=key, isbn13=f"{key}", title="T", imprint="M", format=form, work_id=1)
        for key, form in ((1, "HARDBACK"), (2, "PAPERBACK"))
    }
    agreed = terms(rates=(*terms().rates, *terms(2, 2).rates))
    clauses = sheet("Contract,Clause,Format,Copies", "1,free copies,PRINT,50")
    lines = [sale(1, quantity=30), sale(2, product=2, quantity=30)]
    whole = gathered(grouped(inputs(lines, [agreed], clauses=clauses, products=facts), settings=FREE), settings=FREE)
    assert whole.statements[0].earnings == 1_000


def test_a_format_that_is_none_is_a_fault_of_its_row(tmp_path):
    """HARDCOVER would be for no sale at all, and its rate silently none."""
    path = tmp_path / "royalty_clauses.csv"
    path.write_text("Contract,Clause,Format,Basis,Rate\n1,rate,HARDCOVER,NET,12\n")
    waiting, fault = clauses_in(path)
    assert fault.field == "Format"
    assert "HARDBACK" in fault.expected
    assert "cannot be read" in held(made((waiting,)))["contract:1"]


def test_printed_formats_of_the_policy_are_returnable():
    """`returnable_formats: [PRINT]` has reserves on paperbacks, too (R1)."""
    policy = FREE.policies["standard"].model_copy(update={"returnable_formats": ("PRINT",)})
    settings = FREE.model_copy(update={"policies": {"standard": policy}})
    agreed = terms(reserves=(Reserve(statement_from=1, rate_percent=Decimal(20)),))
    whole = gathered(grouped(inputs([sale(1)], [agreed]), settings=settings), settings=settings)
    assert total(whole.statements[0].reserve.withheld) == 2_000
