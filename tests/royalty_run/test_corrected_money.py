"""Instalments and payments that are told otherwise after they were counted: the same ones are known again, others are for a person."""

from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.press import dues, held, run
from tests.royalty_run.runs import inputs, sale, terms

from colophon.domain.payment import Payment
from colophon.domain.royalty_terms import Advance

SPRING, AUTUMN = date(2026, 4, 1), date(2026, 8, 1)
SOLD = [sale(1), sale(2, sold_on=AUTUMN)]
"""100.00 in each half year."""


def payment(amount="30", number=7, reference=None):
    """On account, in the first half year."""
    return Payment(
        id=number, contact_id=1, contract_id=1, paid_on=SPRING, amount=Decimal(amount), currency="GBP", external_reference=reference
    )


def instalment(amount="30", paid_on=SPRING, trigger="Signature"):
    """Of an advance."""
    return Advance(payee_id=1, trigger=trigger, amount=Decimal(amount), currency="GBP", paid_on=paid_on)


@pytest.mark.parametrize(("before", "after"), [("BACS-77", None), (None, "BACS-77"), ("BACS-77", "bacs 77"), (None, None)])
def test_a_payment_is_the_same_whatever_its_reference(ledger, before, after):
    """A file has no column for it, or somebody enters it later: 30.00 came off once, and 100.00 are due for autumn."""
    first = run(ledger, inputs(SOLD[:1], [terms()], payments=(payment(reference=before),)), "2026H1")
    assert dues(first) == {"contract:1": {1: 7_000}}
    again = (payment(number=8, reference=after),)
    assert dues(run(ledger, inputs(SOLD, [terms()], payments=again), "2026H2")) == {"contract:1": {1: 10_000}}


def test_two_equal_payments_of_a_day_are_two(ledger):
    """One was counted in spring, the other was entered in autumn: it comes off as well."""
    run(ledger, inputs(SOLD[:1], [terms()], payments=(payment(reference="A"),)), "2026H1")
    both = (payment(reference="A"), payment(number=8, reference="B"))
    assert dues(run(ledger, inputs(SOLD, [terms()], payments=both), "2026H2")) == {"contract:1": {1: 7_000}}


def test_a_payment_with_another_amount_is_for_a_person(ledger):
    """30.00 were 3.00, entered wrongly and counted: 33.00 would be too much, so the account waits and says so."""
    run(ledger, inputs(SOLD[:1], [terms()], payments=(payment(),)), "2026H1")
    whole = run(ledger, inputs(SOLD, [terms()], payments=(payment("3"),)), "2026H2")
    assert "a payment that was counted is told with another amount" in held(whole)["contract:1"]
    mended = (payment(), payment("3", number=9))
    assert dues(run(ledger, inputs(SOLD, [terms()], payments=mended), "2026H2")) == {"contract:1": {1: 9_700}}


@pytest.mark.parametrize(
    "told", [instalment("300"), instalment("300", trigger="On signature"), instalment("300", paid_on=date(2026, 4, 2))]
)
def test_an_instalment_with_another_amount_is_for_a_person(ledger, told):
    """30.00 were 300.00, entered wrongly and earned: 330.00 would be too much. As 30.00 and the missing 270.00 it goes on."""
    run(ledger, inputs(SOLD[:1], [terms(advances=(instalment(),))]), "2026H1")
    whole = run(ledger, inputs(SOLD, [terms(advances=(told,))]), "2026H2")
    assert "an instalment that was counted is told with another amount" in held(whole)["contract:1"]
    mended = (instalment(), instalment("270", trigger="Signature, the rest"))
    [statement] = run(ledger, inputs(SOLD, [terms(advances=mended)]), "2026H2").statements
    own = statement.payees[1]
    assert (own.recouped, own.due, own.advance_closing) == (10_000, 0, 17_000)


def test_an_instalment_that_was_never_counted_may_change(ledger):
    """It is not paid yet: whatever its amount, it counts once it is, and once."""
    run(ledger, inputs(SOLD[:1], [terms(advances=(instalment("300", paid_on=None),))]), "2026H1")
    [statement] = run(ledger, inputs(SOLD, [terms(advances=(instalment("40", paid_on=AUTUMN),))]), "2026H2").statements
    assert (statement.payees[1].recouped, statement.payees[1].due) == (4_000, 6_000)
