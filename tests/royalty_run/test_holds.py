"""What is doubtful of an account holds that account by a rule, with what is at stake; every other account is paid.

The figures are those of small runs by hand: 10 % of the list price of copies at 10.00.
"""

from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.runs import PERIOD, SETTINGS, changed, gathered, grouped, inputs, sale, terms

from colophon.domain.contract import Contract, LicensedRight
from colophon.domain.finding import Finding
from colophon.domain.payment import Payment
from colophon.domain.royalty_run import RoyaltyRun, RunTotal
from colophon.domain.royalty_terms import Advance, Combine, Escalator, EscalatorKind, Split
from colophon.royalties.policy import FxPolicy
from colophon.royalties.standing import Standing
from colophon.royalties.statement.period import Period
from colophon.royalty_run.facts import ContractFact, Payee
from colophon.royalty_run.holds import RULES, has_successor, in_force
from colophon.royalty_run.kept import Closing, Past
from colophon.royalty_run.openings import opened
from colophon.royalty_run.reading import shares_of
from colophon.royalty_run.settings import Exchange, Release
from colophon.royalty_run.unpaid import held_of, waiting_of
from colophon.systems.consonance.graphql.royalty_records import payment_from, sale_from, terms_from

GOOD = sale(9_000, product=2)
OTHER = terms(contract=2, product=2, payees=((2, 1),))
SALE = {
    "id": 9001, "revision": 1, "isReturn": False, "productId": 1, "isbn13": None, "channelId": 1, "salesDate": "2026-03-01",
    "listPrice": "10.00", "source": "Shop", "quantity": 100, "value": "500.00", "currencyCode": "GBP",
}  # fmt: skip
RATE = {"id": 1, "level": "PRODUCT", "productId": 1, "priceBasis": "LIST", "ratePercent": "10", "escalators": []}
TERMS = {"id": 1, "contract": {"id": 1}, "currencyCode": "GBP", "contractSet": None, "statementMonths": [], "statementNumber": 1,
         "rates": [RATE], "advances": [], "reserves": []}  # fmt: skip


def run(given, settings=SETTINGS, past=None, period=PERIOD):
    """The facts and the whole of a run; `past` is that of contract 1."""
    found = grouped(given, period, lambda account: past if past and account == "contract:1" else Past(), settings)
    return found, gathered(found, period=period, settings=settings)


def rules(whole, account="contract:1"):
    """By which rules an account is held; nothing where it has a statement."""
    result = next(one for one in whole.results if one.account_id == account)
    assert (result.statement is None) == bool(result.holds)
    return [hold.rule for hold in result.holds]


def paid(whole):
    """Who is paid how much, in pence."""
    return {one.payee_id: one.net for one in whole.payout.paid}


def split(payee, weight, share):
    """A payee's part as GraphQL tells it."""
    return {"payee": {"id": payee}, "productId": None, "weight": weight, "sharePercent": share}


@pytest.mark.parametrize(
    "fault",
    [
        {"listPrice": "-10.00"},
        {"value": "-500.00"},
        {"quantity": -100},
        {"salesDate": None},
        {"currencyCode": "gbp"},
        {"isReturn": None},
        {"countryCode": "gb"},
        {"countryCode": "UK"},
    ],
    ids=lambda fault: next(iter(fault)) + str(next(iter(fault.values()))),
)
def test_a_line_that_cannot_be_read_holds_the_account_of_its_product(fault):
    """Left out, it would pay 100.00 as if it had never been; the other account is paid."""
    unread = sale_from({**SALE, **fault})
    assert isinstance(unread, Finding)
    found, whole = run(inputs([sale(1), GOOD], [terms(), OTHER], unread=[unread]))
    assert rules(whole) == ["HOLD-LINE"]
    assert paid(whole) == {2: 10_000}
    [held] = held_of(whole, found.facts)
    assert (held.earned, held.due, held.is_computed) == (10_000, 10_000, True)
    [waiting] = waiting_of(whole, found.facts)
    assert (waiting.currency, waiting.accounts, waiting.due) == ("GBP", 1, 10_000)


def test_a_line_that_another_run_has_royaltied_holds_nobody():
    """Decades of sales may say UK: Consonance has paid for them, and nothing of this period hangs on it."""
    old = sale_from({**SALE, "countryCode": "UK", "royaltyRunId": 3})
    _, whole = run(inputs([sale(1), sale(2, country="UK", royalty_run_id=3)], [terms()], unread=[old]))
    assert rules(whole) == []
    assert paid(whole) == {1: 10_000}


def test_a_successor_who_is_not_due_yet_takes_the_sale_later():
    """The old contract is not held for what will be royaltied under the new one in its own months."""
    yearly = terms(contract=2, product=1, statement_months=(3,))
    given = inputs([sale(1), sale(2, sold_on=date(2026, 5, 1))], [terms(), yearly], contracts={1: OLD, 2: NEW})
    found, whole = run(given)
    assert rules(whole) == []
    assert (paid(whole), found.facts.lines_later, whole.broken) == ({1: 10_000}, 1, ())


def test_a_line_is_known_by_its_isbn_too():
    """Where the row has no product id, its ISBN says whose it is; a row that says neither holds nobody."""
    unread = sale_from({**SALE, "productId": None, "isbn13": "978-0000000001", "quantity": -1})
    _, whole = run(inputs([sale(1), GOOD], [terms(), OTHER], unread=[unread]))
    assert rules(whole) == ["HOLD-LINE"]
    nameless = sale_from({**SALE, "productId": None, "quantity": -1})
    _, whole = run(inputs([sale(1), GOOD], [terms(), OTHER], unread=[nameless]))
    assert paid(whole) == {1: 10_000, 2: 10_000}


@pytest.mark.parametrize("fault", [{"sold_on": date(2062, 3, 1)}, {"sold_on": date(1026, 3, 1)}, {"country": "UK"}])
def test_a_line_that_nobody_sold_so_holds_its_account(fault):
    """A year that is a typing error, or a country that is none, whichever way the line came."""
    _, whole = run(inputs([sale(1), sale(2, **fault), GOOD], [terms(), OTHER]))
    assert rules(whole) == ["HOLD-LINE"]
    assert paid(whole) == {2: 10_000}


@pytest.mark.parametrize(
    ("splits", "found"),
    [
        ([split(1, 9999, "99.99")], "less than 100 %"),
        ([split(1, 50, "50")], "less than 100 %"),
        ([split(1, 60, "60"), split(2, 60, "60")], "more than 100 %"),
        ([split(1, 1, "70"), split(2, 1, "30")], "contradict"),
        ([split(1, 50, "50"), split(1, 50, "50")], "twice"),
        ([split(n, 3333, "33.33") for n in (1, 2, 3)], "less than 100 %"),
        ([split(1, 150, "150"), split(2, -50, "-50")], "below nought"),
        ([split(1, 0, "100")], "below nought"),
        ([split(n, 1, share) for n, share in ((1, "33"), (2, "33"), (3, "34"))], "contradict"),
        ([], "no payee"),
    ],
)
def test_shares_that_are_no_whole_are_no_terms(splits, found):
    """The contract's account is held and says what its sales were worth; nobody gets a part of it."""
    unread = terms_from({**TERMS, "splits": splits})
    assert isinstance(unread, Finding)
    assert found in unread.found
    facts, whole = run(inputs([sale(1), GOOD], [OTHER], unread=[unread]))
    assert rules(whole) == ["HOLD-TERMS"]
    assert paid(whole) == {2: 10_000}
    [held] = held_of(whole, facts.facts)
    assert (held.account, held.is_computed, held.earned, held.currency) == ("contract:1", False, 50_000, "GBP")


@pytest.mark.parametrize("splits", [[split(1, 1, "100")], [split(1, 80, "51.612903"), split(2, 75, "48.387097")],
                                    [split(n, 1, "33.333333") for n in (1, 2, 3)], [split(1, 80, "51.61"), split(2, 75, "48.39")]])  # fmt: skip
def test_shares_that_no_percentage_writes_exactly_are_a_whole(splits):
    """80 parts to 75 (P2), and a third each, with six decimals."""
    assert not isinstance(terms_from({**TERMS, "splits": splits}), Finding)


@pytest.mark.parametrize(
    "fault",
    [{"ratePercent": "1000"}, {"ratePercent": "-10"}, {"territories": {"included": ["UK"], "excluded": []}},
     {"escalators": [{"kind": "UNIT", "from": "5", "inclusive": False, "ratePercent": "125", "combine": "REPLACE"}]}],
)  # fmt: skip
def test_a_rate_that_is_none_is_no_terms(fault):
    """10.00 % typed as 1,000 %, a rate below nought, a country that nobody knows: as the report has always refused them."""
    assert isinstance(terms_from({**TERMS, "splits": [split(1, 1, "100")], "rates": [{**RATE, **fault}]}), Finding)


ADVANCE = {
    "id": 1,
    "payee": {"id": 1},
    "joint": False,
    "trigger": "Signature",
    "amount": "100.00",
    "currencyCode": "GBP",
    "dueOn": None,
    "paidOn": None,
}


@pytest.mark.parametrize(
    "fault",
    [{"advances": [{**ADVANCE, "amount": "100.005"}]}, {"advances": [{**ADVANCE, "amount": "-100.00"}]}, {"minimumPayment": "25.005"},
     {"rates": [{**RATE, "guaranteedMinimum": "10.005"}]}, {"splits": [{**split(1, 1, "100"), "openingBalance": "-0.001"}]}],
    ids=["half a penny", "below nought", "minimum", "guarantee", "balance"],
)  # fmt: skip
def test_an_amount_that_is_none_is_no_terms(fault):
    """Nothing of it could be computed: that contract waits, and the run goes on for all others."""
    unread = terms_from({**TERMS, "splits": [split(1, 1, "100")], **fault})
    assert isinstance(unread, Finding)
    _, whole = run(inputs([sale(1), GOOD], [OTHER], unread=[unread]))
    assert rules(whole) == ["HOLD-TERMS"]
    assert paid(whole) == {2: 10_000}


def test_a_guaranteed_royalty_of_half_a_penny_holds_its_account_alone():
    """The contract tells it, and not the terms: one that cannot be computed stops nobody else."""
    facts = {1: ContractFact(id=1, name="A", work_id=1, guaranteed=Decimal("250.005")), 2: ContractFact(id=2, name="B", work_id=2)}
    _, whole = run(inputs([sale(1), GOOD], [terms(), OTHER], contracts=facts))
    assert "a guaranteed royalty" in whole.results[0].blocked_by
    assert paid(whole) == {2: 10_000}


@pytest.mark.parametrize(("percent", "shares"), [("50", [("Audio", 500_000)]), ("500", []), ("-50", []), ("33.33333", [])])
def test_an_authors_share_that_is_none_is_not_told(percent, shares):
    """50 % typed as 500 %, or more decimals than the engine keeps: a receipt of that kind waits for the right one, and no run stops."""
    right = LicensedRight(id=1, kind="Audio", author_percent=Decimal(percent))
    assert list(shares_of(Contract(id=1, name="A", licensed_rights=(right,)))) == shares


def test_totals_of_consonance_are_compared_to_the_penny():
    """It may tell parts of one."""
    total = RunTotal(product_id=1, contract_id=1, net_units=100, sales_value=Decimal(500), royalty=Decimal("99.9951"), currency="GBP")
    ours = RoyaltyRun(id=3, name="H1", status="DONE", last_day=PERIOD.ends_on, totals=(total,))
    found, whole = run(inputs([sale(1)], [terms()], runs=[ours]))
    assert [one.royalty for one in found.facts.theirs] == [10_000]
    assert whole.differences == ()


def test_accounts_that_join_are_measured_by_both_last_payments():
    """100.00 and 1,000.00 the last time: 1,900.00 together are no jump from 100.00."""
    one = Closing(account_id="contract:1", period="2025H2", statement=1, contracts=(1,), last_due=10_000)
    other = Closing(account_id="contract:2", period="2025H2", statement=1, contracts=(2,), last_due=100_000)
    joined, trouble = opened("set:S", [1, 2], {1: one, 2: other}, {1, 2})
    assert (joined.last_due, trouble) == (110_000, "")


@pytest.mark.parametrize("percent", ["1000", "-10"])
def test_the_engine_believes_no_such_rate_either(percent):
    """Whichever way terms come, nobody is paid 10,000.00 for 1,000.00 of sales."""
    [rate] = terms().rates
    _, whole = run(inputs([sale(1), GOOD], [changed(terms(), rates=(changed(rate, rate_percent=Decimal(percent)),)), OTHER]))
    assert rules(whole) == ["HOLD-TERMS"]
    assert paid(whole) == {2: 10_000}


def test_a_set_waits_for_the_terms_of_each_of_its_contracts():
    """Contract 2 shares an account with 1, whose shares are wrong: alone it would pay what the joint advance may still take."""
    unread = terms_from({**TERMS, "contractSet": "S", "splits": [split(1, 50, "50")]})
    _, whole = run(inputs([sale(1), GOOD], [changed(OTHER, contract_set="S")], unread=[unread]))
    assert rules(whole, "set:S") == ["HOLD-TERMS"]
    assert paid(whole) == {}


def test_a_payment_that_cannot_be_read_holds_its_contract():
    """It may be one on account."""
    unread = payment_from({"id": 7, "contactId": 1, "contractId": 1, "paidOn": None, "amount": "300.00", "currencyCode": "GBP"})
    _, whole = run(inputs([sale(1), GOOD], [terms(), OTHER], unread=[unread]))
    assert rules(whole) == ["HOLD-LINE"]
    assert paid(whole) == {2: 10_000}
    half = payment_from({"id": 7, "contactId": 1, "contractId": 1, "paidOn": "2026-04-01", "amount": "300.005", "currencyCode": "GBP"})
    assert rules(run(inputs([sale(1), GOOD], [terms(), OTHER], unread=[half]))[1]) == ["HOLD-LINE"]


@pytest.mark.parametrize(
    ("payee", "expected"),
    [
        (None, ["HOLD-CONTACT"]),
        (Payee(id=1, email="a@b.example", country="US"), ["HOLD-TAX"]),
        (Payee(id=1, email="a@b.example", country="US", tax_status="W8-PENDING"), ["HOLD-TAX"]),
        (Payee(id=1, email="a@b.example", country="UK", tax_status="HOME"), ["HOLD-COUNTRY"]),
        (Payee(id=1, email="a@b.example", tax_status="HOME"), ["HOLD-ADDRESS"]),
        (Payee(id=1, country="GB", tax_status="HOME"), ["HOLD-CHANNEL"]),
        (Payee(id=1, email="a@b.example", country="GB"), []),
        (Payee(id=1, email="a@b.example", country="US", tax_status="ABROAD"), []),
    ],
)
def test_a_payee_who_cannot_be_taxed_or_reached_is_not_paid(payee, expected):
    """At home nobody needs a word for it; abroad, or nobody knows where, the account waits."""
    people = {2: Payee(id=2, email="p2@b.example", country="GB"), **({1: payee} if payee else {})}
    _, whole = run(inputs([sale(1), GOOD], [terms(), OTHER], payees=people))
    assert rules(whole) == expected
    assert paid(whole).get(2) == 10_000


def exchange(rate="0.8", on=date(2026, 6, 30)):
    """What a dollar is in pounds."""
    return Exchange(currency="USD", into="GBP", rate=Decimal(rate), on=on, source="ECB", policy=FxPolicy.ACTUAL_RECEIPT)


@pytest.mark.parametrize(
    "rates",
    [
        (),
        (exchange("-0.8"),),
        (exchange("0"),),
        (exchange(on=date(2019, 1, 2)),),
        (exchange(on=date(2062, 1, 2)),),
        (exchange(), exchange("0.5")),
        (exchange(), exchange()),
    ],
    ids=["missing", "negative", "nought", "of 2019", "of 2062", "two", "the same twice"],
)
def test_an_exchange_rate_that_cannot_be_right_holds_who_needs_it(rates):
    """Pounds are paid all the same."""
    settings = SETTINGS.model_copy(update={"exchange_rates": rates})
    _, whole = run(inputs([sale(1, currency="USD"), GOOD], [terms(), OTHER]), settings)
    assert rules(whole) == ["HOLD-RATE"]
    assert paid(whole) == {2: 10_000}


def test_a_rate_is_as_old_as_the_policy_allows():
    """200 days before the period's end are good, 201 are not."""
    for on, expected in ((date(2025, 12, 12), []), (date(2025, 12, 11), ["HOLD-RATE"])):
        settings = SETTINGS.model_copy(update={"exchange_rates": (exchange(on=on),)})
        assert rules(run(inputs([sale(1, currency="USD")], [terms()]), settings)[1]) == expected


def test_nothing_of_two_currencies_is_added():
    """USD 1,000 recoup no GBP 1,000, and a payment in yen is none of pounds."""
    advance = Advance(payee_id=1, trigger="Signature", amount=Decimal(1000), currency="USD", paid_on=date(2026, 2, 1))
    found, whole = run(inputs([sale(1), GOOD], [terms(advances=(advance,)), OTHER]))
    assert rules(whole) == ["HOLD-CURRENCY"]
    assert [held.is_computed for held in held_of(whole, found.facts)] == [False]
    payment = Payment(id=1, contact_id=1, contract_id=1, paid_on=date(2026, 2, 1), amount=Decimal(100_000), currency="JPY")
    assert rules(run(inputs([sale(1), GOOD], [terms(), OTHER], payments=(payment,)))[1]) == ["HOLD-CURRENCY"]


OLD = ContractFact(id=1, name="Agreement 1", work_id=1, begins_on=date(2016, 1, 1), ends_on=date(2026, 3, 31))
NEW = ContractFact(id=2, name="Agreement 2", work_id=1, begins_on=date(2026, 4, 1))


def test_a_sale_is_royaltied_under_the_contract_in_force():
    """Terminated on 31 March, with a successor: the copies of 1 May are the new contract's alone, those of 1 March the old one's."""
    given = inputs(
        [sale(1), sale(2, sold_on=date(2026, 5, 1))],
        [terms(), terms(contract=2, product=1)],
        contracts={1: OLD, 2: NEW},
    )
    _, whole = run(given)
    assert (rules(whole), rules(whole, "contract:2")) == ([], [])
    assert {one.account_id: one.earnings for one in whole.statements} == {"contract:1": 10_000, "contract:2": 10_000}


@pytest.mark.parametrize("sold_on", [date(2026, 5, 1), date(2015, 12, 31)])
def test_a_sale_outside_the_term_holds_the_account(sold_on):
    """Without a successor nobody can say whether it is a sell-off, or whose it is."""
    given = inputs(
        [sale(1), sale(2, sold_on=sold_on), GOOD], [terms(), OTHER], contracts={1: OLD, 2: changed(NEW, work_id=2, begins_on=None)}
    )
    _, whole = run(given)
    assert rules(whole) == ["HOLD-CONTRACT"]
    assert paid(whole) == {2: 10_000}


def test_a_co_authors_contract_succeeds_nobody():
    """The illustrator's contract ended; the author's older one is in force, and does not take her share."""
    author = ContractFact(id=2, name="Author", begins_on=date(2012, 1, 1))
    assert not has_successor(OLD, [author], date(2026, 5, 1))
    assert has_successor(OLD, [author, NEW], date(2026, 5, 1))
    assert has_successor(NEW, [OLD], date(2026, 3, 1))
    assert not has_successor(NEW, [author], date(2026, 3, 1))
    assert not has_successor(OLD, [changed(NEW, ends_on=date(2026, 4, 15))], date(2026, 5, 1)), "it had ended, too"
    assert not any(has_successor(*pair, date(2026, 5, 1)) for pair in ((OLD, [None]), (None, [NEW]), (OLD, [changed(NEW, begins_on=None)])))
    assert in_force(OLD, date(2026, 3, 31))
    assert not in_force(OLD, date(2026, 4, 1))


def closing(**more):
    """How contract 1 closed."""
    return Past(opening=Closing(account_id="contract:1", period="2025H2", statement=1, **more))


@pytest.mark.parametrize("left", [Standing(advance=400_000), Standing(balance=-500)])
def test_who_leaves_a_contract_with_an_advance_open_holds_it(left):
    """4,000.00 are not earned, and payee 1 has died: the estate, payee 2, is not paid before a person has said what holds."""
    past = closing(payees=((1, left),))
    _, whole = run(inputs([sale(1), GOOD], [terms(payees=((3, 1),)), OTHER]), past=past)
    assert rules(whole) == ["HOLD-REPLACED"]
    assert paid(whole) == {2: 10_000}
    settled = closing(payees=((1, Standing()),))
    assert rules(run(inputs([sale(1)], [terms(payees=((3, 1),))]), past=settled)[1]) == []


def limited(**more):
    """The standard policy with other limits."""
    standard = SETTINGS.policies["standard"].model_copy(update=more)
    return SETTINGS.model_copy(update={"policies": {"standard": standard}})


def test_a_first_payment_is_at_most_the_limit():
    """100.00 where 100.00 is the limit, but not where it is 99.99; a currency that has none has nothing that passes."""
    given = inputs([sale(1)], [terms()])
    assert rules(run(given, limited(first_payment_limits={"GBP": Decimal("100.00")}))[1]) == []
    assert rules(run(given, limited(first_payment_limits={"GBP": Decimal("99.99")}))[1]) == ["HOLD-FIRST"]
    assert rules(run(given, limited(first_payment_limits={"USD": Decimal("99.99")}))[1]) == ["HOLD-FIRST"]
    assert rules(run(given, limited(first_payment_limits={}))[1]) == []


def test_a_payment_is_at_most_so_many_times_the_last():
    """100.00 are ten times 10.00, but the minimum of 25.00 is what a small payment counts as; 300.00 after 25.00 are too much."""
    few, many = inputs([sale(1)], [terms()]), inputs([sale(1, quantity=300)], [terms()])
    assert rules(run(few, past=closing(last_due=1_000))[1]) == []
    assert rules(run(many, past=closing(last_due=1_000))[1]) == ["HOLD-JUMP"]
    assert rules(run(many, past=closing(last_due=3_000))[1]) == []
    assert rules(run(many, past=closing())[1]) == []


def test_the_last_payment_is_remembered_through_periods_without_one():
    """What is carried is no payment: the next one is measured by the one before."""
    _, whole = run(inputs([sale(1, quantity=1)], [terms()]), past=closing(last_due=5_000))
    assert whole.results[0].closing.last_due == 5_000
    _, whole = run(inputs([sale(1)], [terms()]), past=closing(last_due=5_000))
    assert whole.results[0].closing.last_due == 10_000


def test_a_person_lets_a_hold_go_for_one_period():
    """With a name and a reason, for that account, that period and that rule alone."""
    limits = limited(first_payment_limits={"GBP": Decimal(1)})
    free = limits.model_copy(
        update={"released": (Release(account="contract:1", period="2026H1", rule="HOLD-FIRST", by="J. Marlow", why="a film"),)}
    )
    given = inputs([sale(1), GOOD], [terms(), OTHER])
    _, whole = run(given, free)
    assert (rules(whole), rules(whole, "contract:2")) == ([], ["HOLD-FIRST"])
    assert [why for _, why in whole.results[0].released] == ["J. Marlow: a film"]
    later = inputs([sale(1, sold_on=date(2026, 8, 1))], [terms()])
    assert rules(run(later, free, period=Period.parse("2026H2"))[1]) == ["HOLD-FIRST"]


def test_what_has_to_be_mended_nobody_lets_go():
    """A missing form is entered, not waved through."""
    with pytest.raises(ValueError, match="rule"):
        Release(account="contract:1", period="2026H1", rule="HOLD-TAX", by="x", why="y")


def test_every_rule_says_what_to_do():
    """As the page of rules prints it."""
    assert all(rule.says and rule.remedy for rule in RULES.values())


def test_reasons_name_nobody_and_no_amount():
    """They are in logs and in the ledger's queue."""
    people = {1: Payee(id=1, name="Ada Merrow", email="ada@b.example", country="US", line1="1 Row")}
    _, whole = run(inputs([sale(1, quantity=123)], [terms()], payees=people))
    text = f"{whole.results[0].holds} {whole.results[0].blocked_by} {whole.results[0]}"
    assert not [word for word in ("Ada", "ada@", "1 Row", "12300", "12_300") if word in text]


def test_a_step_that_adds_is_no_rate_of_its_own():
    """Two points more are 12 % of 1,000.00."""
    step = Escalator(kind=EscalatorKind.DATE, above_on=date(2026, 1, 1), rate_percent=Decimal(2), combine=Combine.ADD)
    [rate] = terms().rates
    agreement = changed(terms(), rates=(changed(rate, escalators=(step,)),))
    _, whole = run(inputs([sale(1)], [agreement]))
    assert rules(whole) == []
    assert paid(whole) == {1: 12_000}


def test_an_agent_is_among_the_contacts():
    """Nobody could be told of a commission of nobody."""
    shares = (Split(payee_id=1, weight=1, share_percent=Decimal(100), agent_id=9, commission_percent=Decimal(15)),)
    _, whole = run(inputs([sale(1)], [terms(splits=shares)]))
    assert rules(whole) == ["HOLD-CONTACT"]
