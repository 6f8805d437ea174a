"""Statements of accounts that nobody would think of: they are the engine's rows, and every identity holds on each."""

from datetime import date, timedelta

import statement_examples as examples
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.royalties import controls
from colophon.royalties.account import Account, Shares, settle_account
from colophon.royalties.currency import unconverted
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.line import Line
from colophon.royalties.payout import Agent, Due, PayeeTerms, pay
from colophon.royalties.policy import Basis, MinimumLevel, Policy
from colophon.royalties.report.figures import figures_of
from colophon.royalties.reserve import ReserveTerm, Tranche, Vintage
from colophon.royalties.rights_income import Receipt, rights_row
from colophon.royalties.row import Opening
from colophon.royalties.rules import Rule
from colophon.royalties.standing import Standing
from colophon.royalties.statement import wording
from colophon.royalties.statement.build import remittances_of, statements_of
from colophon.royalties.statement.facts import Facts, Payee
from colophon.royalties.statement.identities import breaches_of
from colophon.royalties.statement.page import page_of
from colophon.royalties.statement.payload import Statement

PAYEES = (1, 2, 3)
FACTS = Facts(payer=examples.PAYER, payees={one: Payee(id=one, name=f"P{one}") for one in PAYEES})
HALVES = (Tranche(share=500_001, after_statements=1), Tranche(share=499_999, after_months=7))
money = st.integers(-300_000, 300_000)
weights = st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any).map(lambda given: tuple(zip(PAYEES, given, strict=True)))
standings = st.builds(Standing, balance=money, advance=st.integers(0, 90_000), advance_paid=st.integers(0, 90_000))


@st.composite
def lines(draw, contracts):
    found = []
    for place in range(draw(st.integers(0, 12))):
        product = draw(st.integers(1, 3))
        found.append(
            Line(
                id=f"l{place}",
                contract_id=draw(st.sampled_from(contracts)),
                product_id=product,
                format=("HB", "PB", "EB")[product - 1],
                sold_on=date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 5))),
                units=draw(st.integers(-60, 90)),
                list_price=draw(st.sampled_from([799, 1250])),
                value=draw(st.integers(-90_000, 90_000)),
                currency="GBP",
            )
        )
    return found


@st.composite
def runs(draw):
    """Settled accounts of one or two contracts each, and what was paid of them."""
    policy = Policy(version="t", minimum_payment=draw(st.sampled_from([0, 5000])), minimum_level=draw(st.sampled_from(list(MinimumLevel))))
    settled, bounds = [], draw(st.sampled_from([(), (40,)]))
    for number, contracts in enumerate(draw(st.sampled_from([[(1,)], [(1, 2)], [(1,), (2, 3)]]))):
        rules = {
            one: (
                Rule(id="h", contract_id=one, format="HB", basis=Basis.LIST, rates=(75_125, 100_000)[: len(bounds) + 1], bounds=bounds),
                Rule(id="p", contract_id=one, format="PB", basis=Basis.FIXED, rates=(33_333_333,)),
                Rule(id="e", contract_id=one, format="EB", basis=Basis.NET, rates=(250_000,), keep=9000),
            )
            for one in contracts
        }
        sold = draw(lines(contracts))
        rows = rows_of(sold, rules, Opening(), policy)
        joint = draw(st.sampled_from([Standing(), Standing(advance=20_000), Standing(balance=-500, advance_paid=4000)]))
        common = (ReserveTerm(rate=150_000, formats=("HB", "PB"), schedule=HALVES),) if draw(st.booleans()) else ()
        own, held_of_one = (), ()
        if joint == Standing() and draw(st.booleans()):
            own = (ReserveTerm(rate=draw(st.integers(0, 300_000)), payee_id=draw(st.sampled_from(PAYEES)), cap=200_000),)
            held_of_one = (Vintage(contract_id=contracts[0], product_id=1, statement=0, amount=777, due_statement=1, payee_id=2),)
        account = Account(
            id=f"a{number}",
            contract_ids=contracts,
            currency="GBP",
            shares=(
                *(Shares(contract_id=one, weights=draw(weights)) for one in contracts),
                *([Shares(contract_id=contracts[0], product_id=1, weights=((2, 1),))] if draw(st.booleans()) else []),
            ),
            payees={1: draw(standings), 2: draw(standings)},
            joint=joint,
            reserve_terms=(*common, *own),
            held=(Vintage(contract_id=contracts[0], product_id=3, statement=0, amount=draw(st.integers(1, 9000)), due_statement=draw(st.integers(0, 2))), *held_of_one),
            guarantee=draw(st.sampled_from([None, 50_000])),
        )  # fmt: skip
        receipt = Receipt(id="r", contract_id=contracts[-1], rights_type="audio", gross=draw(st.integers(0, 90_000)), foreign_tax=7)
        income = [rights_row(receipt, 625_000, policy.rights_base)] if draw(st.booleans()) else []
        settled.append(settle_account(account, unconverted(rows.rows), income, policy, period_end=examples.PERIOD.ends_on))
    agents = (Agent(id=9, commission=150_000, vat=200_000),) if draw(st.booleans()) else ()
    dues = [
        Due(account_id=one.account_id, payee_id=payee, currency="GBP", amount=balance.due, agents=agents if payee == 1 else ())
        for one in settled
        for payee, balance in one.payees.items()
    ]
    return settled, pay(
        dues, {2: PayeeTerms(payee_id=2, abroad=True), 3: PayeeTerms(payee_id=3, vat=200_000)}, policy, pay_day=examples.ISSUED
    )


@settings(max_examples=150, deadline=None)
@given(runs())
def test_statements_are_the_engines_rows(run):
    """Every payee of every account has one; what is shown is the engine's, to the penny; shares add up over payees; all identities hold."""
    settled, payout = run
    remittances = remittances_of(payout, {})
    for account in settled:
        assert controls.of_statement(account) == []
        made = statements_of(account, remittances, FACTS, period=examples.PERIOD, issued_on=examples.ISSUED)
        assert [one.payee.id for one in made] == sorted(account.payees)
        rows = sorted(row.amount for row in account.rows)
        for one in made:
            assert breaches_of(one) == []
            shown = sorted(row.earnings for edition in one.editions for row in edition.rows)
            assert shown == rows if account.is_joint else set(shown) <= set(rows)
            assert one.balance.due == account.payees[one.payee.id].due
            assert Statement.model_validate_json(one.canonical()) == one
        pools = sum(amount for _, amount in account.pools)
        moved = sum(one.balance.movement for one in made)
        assert moved == (account.joint.due if account.is_joint else account.movement)
        own = [one.own_reserve for one in made if one.own_reserve is not None]
        assert moved == pools + sum(one.released - one.withheld for one in own)


@settings(max_examples=60, deadline=None)
@given(runs())
def test_what_is_printed_adds_up(run):
    """On the page every ledger ends in the sum of its lines, and the run's figures lead from earnings to payment."""
    settled, payout = run
    for account in settled:
        for one in statements_of(account, remittances_of(payout, {}), FACTS, period=examples.PERIOD, issued_on=examples.ISSUED):
            page = page_of(one)
            for ledger in (*page.way, *page.ledgers):
                *items, total = [int(line.amount.replace(",", "").replace(".", "").replace(wording.MINUS, "-")) for line in ledger.lines]
                assert sum(items) == total, ledger.desk.title
    (whole,) = figures_of(settled, payout, {})
    earned = whole.earnings + whole.rights_income + whole.top_up
    assert earned - whole.withheld + whole.released + whole.brought_forward - whole.recouped - whole.debits == whole.due
    assert whole.due - whole.carried - whole.commission - whole.tax == whole.net
