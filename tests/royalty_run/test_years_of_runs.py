"""Years of runs in any order: late entries, exports anew, accounts that join and part, restarts, rejections. Each penny counts once.

The oracle knows the source alone: what a contract's sales earn, which instalments and payments are there. It keeps no identities.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from ledger_database import Databases
from tests.royalty_run.press import approve, balanced, paid_on
from tests.royalty_run.runs import inputs, sale, terms

from colophon.domain.payment import Payment
from colophon.domain.provenance import Origin
from colophon.domain.royalty_terms import Advance
from colophon.ledger import Ledger
from colophon.royalties.statement.period import Period

LABELS = [f"{year}H{half}" for year in range(2026, 2031) for half in (1, 2)]
PENCE = 100
PAID = Decimal("3.33")
"""What is paid on account: no sum of earnings and instalments, which are whole pounds."""


class Years(RuleBasedStateMachine):
    """A publisher with two contracts of one author, each on its own book."""

    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self.ledger = Ledger.open(databases.ledger())
        self.place = 0
        self.is_joined, self.is_file, self.order = False, False, 0
        self.sales: list[tuple[int, date, int, bool]] = []  # product and contract, day, copies, whether returned
        self.advances: list[tuple[int, date, int]] = []
        self.payments: list[tuple[int, date, Decimal]] = []
        self.settled: list[tuple[int, date, Decimal]] = []
        self.earned: Counter[int] = Counter()
        self.due = 0
        self.closings: dict[int, object] = {}
        self.counted: dict[int, tuple[int, int, int]] = {}
        self.lines: Counter[int] = Counter()
        self.approved: set[tuple[str, int]] = set()

    def teardown(self) -> None:
        self.ledger.close()

    @property
    def period(self) -> Period:
        return Period.parse(LABELS[self.place])

    def some_day(self, back: int, day: int) -> date:
        """A day of this period or of an earlier one that is in the books."""
        period = Period.parse(LABELS[max(0, self.place - back)])
        return period.starts_on + timedelta(days=day)

    @rule(
        contract=st.sampled_from([1, 2]),
        copies=st.sampled_from([10, 20]),
        back=st.integers(0, 3),
        day=st.sampled_from([3, 90]),
        returned=st.integers(0, 5),
    )
    def sell(self, contract, copies, back, day, returned) -> None:
        """A sale of today or one that comes late; many say the very same. Now and then copies come back."""
        self.sales.append((contract, self.some_day(back, day), copies, returned == 0))

    @rule(contract=st.sampled_from([1, 2]), pounds=st.sampled_from([5, 15]), back=st.integers(0, 3), day=st.sampled_from([7, 111]))
    def enter_advance(self, contract, pounds, back, day) -> None:
        """An instalment, entered in time or long after it was paid."""
        self.advances.append((contract, self.some_day(back, day), pounds))

    @rule(contract=st.sampled_from([1, 2]), back=st.integers(0, 2), day=st.sampled_from([11, 60]))
    def pay_on_account(self, contract, back, day) -> None:
        """A payment on account, seen now or late."""
        self.payments.append((contract, self.some_day(back, day), PAID))

    @rule(is_joined=st.booleans())
    def regroup(self, is_joined) -> None:
        """The contracts join one account, or part."""
        self.is_joined = is_joined

    @rule(is_file=st.booleans(), order=st.integers(0, 9))
    def export(self, is_file, order) -> None:
        """The same books by another way, in another order, with other rows."""
        self.is_file, self.order = is_file, order

    @rule(is_approved=st.sampled_from([True, True, False]))
    def run(self, is_approved) -> None:
        """A run of the period: every control total holds; approved, rejected, or run once more."""
        label = LABELS[self.place]
        found, whole = balanced(self.ledger, self.given(), label)
        if not is_approved:
            return
        fresh = set(approve(self.ledger, found, whole, label).approved)
        for result in whole.results:
            if result.account_id in fresh and result.statement:
                self.approve(result, label)

    @precondition(lambda self: self.approved and self.place < len(LABELS) - 1)
    @rule()
    def go_on(self) -> None:
        """The next half year; nobody is forced to run each one."""
        self.place += 1

    @precondition(lambda self: self.place < len(LABELS) - 1)
    @rule(contract=st.sampled_from([1, 2]), copies=st.sampled_from([10, 20, 60]), back=st.integers(0, 1))
    def half_year(self, contract, copies, back) -> None:
        """As most of them are: something is sold, the run is approved, and the next half year begins."""
        self.sell(contract, copies, back, 20, 1)
        self.run(True)
        self.place += 1

    def given(self):
        """The source as it exports its books now."""
        shuffled = list(enumerate(self.sales))
        random.Random(self.order).shuffle(shuffled)
        sha = f"{self.place}{self.order}".rjust(64, "0")
        lines = [self.line(place, number, one, sha) for place, (number, one) in enumerate(shuffled)]
        agreed = []
        for contract in (1, 2):
            own = [Advance(payee_id=1, trigger="Signature", amount=Decimal(pounds), currency="GBP", paid_on=day)
                   for of, day, pounds in self.advances if of == contract]  # fmt: skip
            agreed.append(terms(contract, contract, advances=tuple(own), contract_set="S" if self.is_joined else None))
        paid = [
            Payment(id=number, contact_id=1, contract_id=contract, paid_on=day, amount=amount, currency="GBP")
            for number, (contract, day, amount) in enumerate([*self.payments, *self.settled])
        ]
        return inputs(lines, agreed, payments=paid)

    def line(self, place, number, one, sha):
        """A sale as the source tells it: by its id, or as a row of a file."""
        product, day, copies, is_return = one
        made = sale(number, product, copies, sold_on=day, is_return=is_return)
        if not self.is_file:
            return made
        return replace(
            made, id=None, product_id=None, isbn13=f"978000000000{product}", origin=Origin(file="sales.csv", sha256=sha, row=place + 2)
        )

    def approve(self, result, label) -> None:
        """What the oracle learns: whose statement is out, and what it left to pay. The bank pays it a day later."""
        statement, period = result.statement, Period.parse(label)
        for contract in statement.contract_ids:
            assert (label, contract) not in self.approved
            self.approved.add((label, contract))
            self.closings[contract] = result.closing
            self.earned[contract] += sum(one.amount for one in statement.rows if one.row.key.contract_id == contract)
            self.counted[contract] = self.should(contract, period)
            self.lines[contract] = sum(1 for of, day, *_ in self.sales if of == contract and day <= period.ends_on)
        due = statement.payees[1].due
        self.due += due
        if due:
            self.settled.append((statement.contract_ids[0], paid_on(period) + timedelta(days=1), Decimal(due) / PENCE))

    def should(self, contract, period) -> tuple[int, int, int]:
        """What a contract has earned, had in advances and on account up to a period, by the source."""
        earned = sum(
            (-1 if back else 1) * copies * PENCE for of, day, copies, back in self.sales if of == contract and day <= period.ends_on
        )
        advances = sum(pounds * PENCE for of, day, pounds in self.advances if of == contract and day <= period.ends_on)
        paid = sum(int(amount * PENCE) for of, day, amount in self.payments if of == contract and day <= period.ends_on)
        return earned, advances, paid

    @invariant()
    def each_penny_once(self) -> None:
        """What contracts earned is what the oracle adds up, and money in is money out: paid, carried, or an open advance."""
        assert {one: self.earned[one] for one in self.counted} == {one: earned for one, (earned, _, _) in self.counted.items()}
        periods = {closing.period for closing in self.closings.values()}
        if len(self.closings) < 2 or len(periods) > 1:
            return  # one of them waits: what they have together is not all on statements yet
        latest = {id(one): one for one in self.closings.values()}.values()
        left = sum(own.balance - own.advance for closing in latest for _, own in closing.payees)
        had = sum(earned - advances - paid for earned, advances, paid in self.counted.values())
        assert self.due + left == had

    @invariant()
    def the_books_have_it(self) -> None:
        """Control total 10 of the tables: the lines that they count are those of the statements, and no identity is there twice."""
        kept = [one for one in self.ledger.royalty_books.counted_of([1, 2]) if one.lines]
        assert sum(one.lines for one in kept) == sum(self.lines.values())
        seen: Counter[tuple[int, bytes]] = Counter()
        for one in kept:
            seen.update((one.contract_id, one.hashes[place : place + 8]) for place in range(0, len(one.hashes), 8))
        assert all(times == 1 for times in seen.values())


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("databases", ["sqlite", pytest.param("postgresql", marks=pytest.mark.nightly)], indirect=True)
def test_each_penny_counts_once_over_years_of_runs(databases):
    """Any story of ten half years, whichever database remembers it."""
    run_state_machine_as_test(
        partial(Years, databases),
        settings=settings(
            max_examples=12, stateful_step_count=30, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        ),
    )
