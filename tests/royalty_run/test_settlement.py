"""Minimum, tax and agents of a payment: by statement, by certificate, by contract.

Everything earns 10 % of the list price of copies at 10.00: a copy is 1.00.
"""

from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.runs import PERIOD, SETTINGS, changed, gathered, grouped, inputs, sale, terms

from colophon.domain.royalty_terms import Escalator, EscalatorKind, Split
from colophon.royalties.policy import MinimumLevel, WithholdingBase
from colophon.royalty_run.facts import Payee
from colophon.royalty_run.records import TheirTotal
from colophon.royalty_run.report import report
from colophon.royalty_run.settings import Certificate, RoyaltySettings, WithoutForm


def agent(number, percent="15"):
    """All of payee 1's, by an agent."""
    return (Split(payee_id=1, weight=1, share_percent=Decimal(100), agent_id=number, commission_percent=Decimal(percent)),)


def people(**more):
    """Payee 1 as told, and five agents at home."""
    others = {number: Payee(id=number, name=f"Agency {number}", email=f"a{number}@b.example", country="GB") for number in range(2, 7)}
    return {**others, 1: Payee(**{"id": 1, "name": "Payee 1", "email": "p1@b.example", "country": "GB", **more})}


def run(sales, agreements, settings=SETTINGS, payees=None):
    """The run as a whole."""
    return gathered(grouped(inputs(sales, agreements, payees=payees or people()), settings=settings), settings=settings)


def test_a_minimum_is_that_of_the_statement():
    """100.00 with a minimum of 25.00 are paid, though another contract of the payee's has one of 500.00."""
    whole = run([sale(1), sale(2, product=2)], [terms(minimum_payment=Decimal(25)), terms(2, 2, minimum_payment=Decimal(500))])
    assert [(one.dues[0].account_id, one.net) for one in whole.payout.paid] == [("contract:1", 10_000)]
    assert [(one.account_id, one.amount) for one in whole.payout.carried] == [("contract:2", 10_000)]


def test_a_contract_may_have_a_lower_minimum_than_the_publisher():
    """20.00 are paid under a contract that pays from 10.00 on, and carried under one that says nothing: 25.00."""
    sold = [sale(1, quantity=20), sale(2, product=2, quantity=20)]
    whole = run(sold, [terms(minimum_payment=Decimal(10)), terms(2, 2)])
    assert [(one.dues[0].account_id, one.net) for one in whole.payout.paid] == [("contract:1", 2_000)]
    assert [(one.account_id, one.amount) for one in whole.payout.carried] == [("contract:2", 2_000)]


def test_a_joint_account_has_the_highest_minimum_of_its_contracts():
    """100.00 are carried where one of the two pays from 500.00 on."""
    agreed = [terms(contract_set="S", minimum_payment=Decimal(25)), terms(2, 2, contract_set="S", minimum_payment=Decimal(500))]
    whole = run([sale(1)], agreed)
    assert [(one.account_id, one.amount) for one in whole.payout.carried] == [("set:S", 10_000)]


def test_a_minimum_in_yen_stops_no_pounds():
    """90.00 pounds are paid beside a contract that pays from 10,000 yen on."""
    yen = terms(2, 2, currency="JPY", minimum_payment=Decimal(10_000))
    sold = [sale(1, quantity=90), sale(2, product=2, quantity=10, list_price=Decimal(1000), value=Decimal(5000), currency="JPY")]
    whole = run(sold, [terms(minimum_payment=Decimal(25)), yen])
    assert [(one.currency, one.net) for one in whole.payout.paid] == [("GBP", 9_000)]
    assert [(one.currency, one.amount) for one in whole.payout.carried] == [("JPY", 1_000)]


def joint(first, second):
    """Two contracts of one account, each by its own agent, or by none."""
    return [
        terms(contract_set="S", **({"splits": first} if first else {})),
        terms(2, 2, contract_set="S", **({"splits": second} if second else {})),
    ]


def commissions(whole):
    """Agents and what they get, in pence."""
    return {one.agent_id: one.amount for paid in whole.payout.paid for one in paid.commissions}


def test_an_agent_takes_of_the_contracts_that_they_made():
    """1,000.00 each: 150.00 to each agent, and not 300.00; of a contract that nobody made nobody takes anything."""
    sold = [sale(1, quantity=1000), sale(2, product=2, quantity=1000)]
    assert commissions(run(sold, joint(agent(4), agent(5)))) == {4: 15_000, 5: 15_000}
    assert commissions(run(sold, joint(agent(4), None))) == {4: 15_000}
    assert commissions(run(sold, joint(agent(4), agent(4)))) == {4: 30_000}


def test_commission_stays_with_the_agent_of_the_old_contract():
    """She moved: the old contract is the old agent's at 10 %, the new one the new agent's at 15 %, in one account."""
    sold = [sale(1, quantity=3000), sale(2, product=2, quantity=1000)]
    whole = run(sold, joint(agent(4, "10"), agent(5, "15")))
    assert commissions(whole) == {4: 30_000, 5: 15_000}
    assert [one.net for one in whole.payout.paid] == [400_000 - 45_000]


def test_a_contract_that_lost_money_takes_no_commission_and_gives_none():
    """Contract 1 took back 500 copies: the 500.00 that are due are all of contract 2."""
    sold = [sale(1, quantity=500, is_return=True), sale(2, product=2, quantity=1000)]
    assert commissions(run(sold, joint(agent(4), agent(5)))) == {4: 0, 5: 7_500}


def test_the_parts_of_agents_add_up_to_what_is_due():
    """Odd pennies go somewhere, and once."""
    sold = [sale(1, quantity=333), sale(2, product=2, quantity=667)]
    whole = run(sold, joint(agent(4, "100"), agent(5, "100")))
    assert sum(commissions(whole).values()) == 100_000


def test_vat_on_a_commission_is_the_registered_agents():
    """25,000 x 15 % x 20 % = 750 (writers.tax): by the agent's own tax status."""
    registered = {**people(), 4: Payee(id=4, name="Agency", email="a@b.example", country="GB", tax_status="VAT")}
    whole = run([sale(1, quantity=25_000)], [terms(splits=agent(4))], payees=registered)
    assert [(one.amount, one.vat) for paid in whole.payout.paid for one in paid.commissions] == [(375_000, 75_000)]


def test_vat_of_one_payment_is_of_all_that_it_pays():
    """Two statements of 100.00 and 50.00 in one payment to a registered payee: 30.00 on top."""
    policy = SETTINGS.policies["standard"].model_copy(update={"minimum_level": MinimumLevel.PAYEE})
    settings = SETTINGS.model_copy(update={"policies": {"standard": policy}})
    sold = [sale(1), sale(2, product=2, quantity=50)]
    [paid] = run(sold, [terms(), terms(2, 2)], settings, people(tax_status="VAT")).payout.paid
    assert (paid.due, paid.vat) == (15_000, 3_000)


def tax(settings=SETTINGS, country="US", status="TREATY_0", agreements=None):
    """Tax withheld of 1,000.00, and what is said of it."""
    whole = run([sale(1, quantity=1000)], agreements or [terms()], settings, people(country=country, tax_status=status))
    return [(one.tax, one.warnings) for one in whole.payout.paid]


def certified(*proofs):
    """Payees' certificates: payee, from, to."""
    found = tuple(Certificate(payee=payee, reference="DT-1", valid_from=since, valid_to=until) for payee, since, until in proofs)
    return SETTINGS.model_copy(update={"certificates": found})


EXPIRED = "The certificate has expired: tax is withheld at the statutory rate."
NONE = "There is no certificate: tax is withheld at the statutory rate."


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        ([], (20_000, (NONE,))),
        ([(2, date(2024, 1, 1), date(2030, 1, 1))], (20_000, (NONE,))),
        ([(1, date(2024, 1, 1), date(2026, 9, 1))], (0, ())),
        ([(1, date(2024, 1, 1), date(2026, 8, 31))], (20_000, (EXPIRED,))),
        ([(1, date(2026, 9, 2), date(2030, 1, 1))], (20_000, (NONE,))),
        ([(1, date(2020, 1, 1), date(2024, 1, 1)), (1, date(2026, 1, 1), date(2028, 1, 1))], (0, ())),
    ],
    ids=["none", "another's", "its last day", "a day late", "not yet good", "renewed"],
)
def test_a_treaty_rate_is_for_who_has_a_certificate(proofs, expected):
    """Of the payee's own, and good on the day of payment (1 September 2026); else 20 % of 1,000.00 (X5)."""
    assert tax(certified(*proofs)) == [expected]


def test_abroad_without_a_form():
    """Held, or 200.00 of 1,000.00 withheld, as the publisher says; at home nothing is withheld either way."""
    assert tax(status=None) == []
    statutory = SETTINGS.model_copy(update={"without_form": WithoutForm.STATUTORY})
    assert tax(statutory, status=None) == [(20_000, ())]
    assert tax(statutory, country="GB", status=None) == [(0, ())]


def test_a_status_may_stand_beside_the_account():
    """Report files tell none: the publisher's own word is as good, and what the account says goes before it."""
    beside = SETTINGS.model_copy(update={"payee_statuses": {1: "ABROAD"}})
    assert tax(beside, status=None) == [(20_000, ())]
    assert tax(beside, country="GB", status="HOME") == [(0, ())]
    with pytest.raises(ValueError, match="not in tax_statuses"):
        RoyaltySettings.model_validate({**SETTINGS.model_dump(), "payee_statuses": {1: "ABORAD"}})


def test_home_is_where_the_publisher_is():
    """An American publisher's American authors are at home, and British ones are not."""
    american = SETTINGS.model_copy(update={"home": "US"})
    assert tax(american, country="US", status=None) == [(0, ())]
    assert tax(american, country="GB", status=None) == []


def test_tax_may_be_on_what_a_home_agent_leaves():
    """ITA 2007 s.908: paid through an agent at home, tax is on the net of the commission: 20 % of 850.00; of one abroad on all."""
    policy = SETTINGS.policies["standard"].model_copy(update={"withholding_base": WithholdingBase.LESS_COMMISSION_AT_HOME})
    lawful = SETTINGS.model_copy(update={"policies": {"standard": policy}})
    agreement = [terms(splits=agent(4))]
    assert tax(lawful, status="ABROAD", agreements=agreement) == [(17_000, ())]
    assert tax(status="ABROAD", agreements=agreement) == [(20_000, ())]
    abroad = {
        **people(country="US", tax_status="ABROAD"),
        4: Payee(id=4, name="Agency", email="a@b.example", country="FR", tax_status="ABROAD"),
    }
    whole = run([sale(1, quantity=1000)], agreement, lawful, abroad)
    assert [one.tax for one in whole.payout.paid] == [20_000]


def test_amounts_of_two_currencies_are_not_compared():
    """Consonance's 10,000 yen are not our 100.00 pounds, though both are 10,000 minor units; no difference of them is shown."""
    found = grouped(inputs([sale(1)], [terms()], payees=people()))
    theirs = (TheirTotal(product_id=1, contract_id=1, units=100, royalty=10_000, currency="JPY"),)
    facts = changed(found.facts, theirs=theirs)
    found.facts = facts
    whole = gathered(found)
    [one] = whole.differences
    assert (one.why, one.currency) == ("another currency", "GBP")
    policies = {"GBP": SETTINGS.policy("standard", "GBP")}
    [shown] = report(whole, facts, PERIOD, policies)["differences"]
    assert (shown["ours"], shown["theirs"], shown["apart"]) == ("100.00", "10000", None)


def test_nothing_due_is_no_payment():
    """A statement of nought is a statement, and no payment."""
    whole = run([], [terms()])
    assert len(whole.statements) == 1
    assert (whole.payout.paid, whole.payout.carried) == ((), ())


@pytest.mark.parametrize(("general", "own"), [(1, 50), (100, 50), (10_000, 1)])
def test_a_products_own_payees_stand_for_the_contracts(general, own):
    """Faults2 F16b: the contract is the author's alone, the picture book half the illustrator's: 50.00 each of 100.00, however weights are written."""
    splits = (
        Split(payee_id=1, weight=general, share_percent=Decimal(100)),
        *(Split(payee_id=payee, product_id=2, weight=own, share_percent=Decimal(50)) for payee in (1, 2)),
    )
    whole = run([sale(1, product=2)], [terms(1, 2, splits=splits)])
    assert [(one.payee_id, one.net) for one in whole.payout.paid] == [(1, 5_000), (2, 5_000)]


def test_contracts_of_one_account_are_of_one_currency():
    """Faults F11: a set with pounds and dollars is held and says so; nothing is added."""
    whole = run([sale(1), sale(2, product=2)], [terms(contract_set="S"), terms(2, 2, contract_set="S", currency="USD")])
    assert [(one.account_id, one.statement, [hold.rule for hold in one.holds]) for one in whole.results] == [
        ("set:S", None, ["HOLD-TERMS"])
    ]


def test_a_sale_above_its_list_price_has_no_discount():
    """Faults2 F21: ten copies at 10.00 for 150.00 are royaltied at the full rate, not at that of deep discounts."""
    deep = Escalator(kind=EscalatorKind.DISCOUNT, above=Decimal(50), rate_percent=Decimal(5))
    agreed = terms(rates=(changed(terms().rates[0], escalators=(deep,)),), minimum_payment=Decimal(1))
    assert [one.net for one in run([sale(1, quantity=10, value=Decimal(150))], [agreed]).payout.paid] == [1_000]
