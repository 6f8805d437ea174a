"""What goes to finance and rights platforms, once; what comes back is taken or listed, and never dropped."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
import rights_records
from ledger_database import make_ledger
from tests.royalty_run.runs import terms

from colophon.blocks.decision import DecisionContext
from colophon.blocks.write_back import short
from colophon.config.load import load_config
from colophon.domain.delivery import HistoryRow, Verdict
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding, Severity
from colophon.domain.head_grant import HeadGrant
from colophon.domain.inbox_item import InboxItem
from colophon.domain.provenance import Origin
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.domain.royalty_terms import Advance, RoyaltyTerms
from colophon.ledger import Ledger
from colophon.rights import Availability, judge
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.xconnector.schemas import check_data
from colophon.use_cases.xconnector import exchange_events as events
from colophon.use_cases.xconnector.exchange_payments import Debt, accounts_of
from colophon.use_cases.xconnector.rights_royalty_exchange import BACK, CASE

AS_OF = datetime(2026, 9, 1, 5, tzinfo=UTC)
CONFIG = load_config()
CONTENT: dict[str, bytes] = {}
"""What the ledger keeps, by hash."""


def context(as_of=AS_OF, history=lambda *_: {}):
    """What a decision is asked."""
    return DecisionContext(as_of=as_of, config=CONFIG, params={}, history=history, content=CONTENT.get)


def facts(unreadable=(), **kinds):
    """Facts by kind."""
    return Facts(
        {
            kind: Known(records=tuple(records), source="test", as_of=AS_OF, unreadable=tuple(unreadable))
            for kind, records in kinds["of"].items()
        }
    )


def kept(content):
    """The hash under which the ledger keeps a content."""
    name = hashlib.sha256(content).hexdigest()
    CONTENT[name] = content
    return name


def row_of(destination, subject, content, labels, at=AS_OF, use_case=CASE.id, state="confirmed"):
    """A delivery as the ledger has it."""
    return HistoryRow("d-1", use_case, destination, subject, 1, state, "", "", at, at, kept(content), None, None, labels)


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url) as opened:
        yield opened


def statement(contract=1, payee=1, period="2026H1", state="PAID", net="85.10", ledger_state="sent", accounts=None):
    """A statement as the ledger has it."""
    account = f"contract:{contract}"
    paid = {"State": state, "Net": net, "Accounts": [account] if accounts is None else accounts}
    letter = {"Data": {"AccountId": account, "Con71": "GBP", "Agreements": [{"Con26": contract}], "Remittance": paid}}
    labels = {"period": period, "account": account, "payee": str(payee)}
    return row_of(
        f"{period}:standard", "s", json.dumps(letter).encode(), labels, use_case="exstream__royalty_statements", state=ledger_state
    )


def plan_of(terms=(), grants=(), deals=(), statements=(), history=lambda *_: {}, **more):
    """What goes out."""
    kinds = {RoyaltyTerms: terms, HeadGrant: grants, RightsDeal: deals, HistoryRow: statements}
    return CASE.decide(facts(of=kinds, **more), context(history=history))


def outgoing(**more):
    """The events that go out."""
    return plan_of(**more).intents


def event(kind, data, number=1):
    """An event in our inbox."""
    body = {"id": f"e-{number}", "type": f"colophon.{kind}.v1", "subject": "contract:1", "data": data}
    return InboxItem("/finance", f"e-{number}", f"colophon.{kind}.v1", json.dumps(body).encode(), AS_OF)


def payment(number=1, **more):
    """finance.payment of what contract 1 owes payee 1."""
    data = {"contractId": 1, "payeeId": 1, "amount": "85.10", "currency": "GBP", "paidOn": "2026-09-20", "reference": "B1", **more}
    return event("finance.payment", data, number)


DEBT = Debt(1, 1, "2026H1", Decimal("85.10"), "GBP", date(2026, 9, 1))


def told(debt):
    """The event of a statement, as finance was sent it."""
    data = {"contractId": debt.contract_id, "payeeId": debt.payee_id, "period": debt.period, "amount": str(debt.amount)}
    content = json.dumps({**data, "currency": debt.currency, "state": "PAID"}).encode()
    at = datetime.combine(debt.told_on, AS_OF.timetz())
    return row_of("finance-statements", f"contract:{debt.contract_id}", content, {}, at)


def recorded(plan):
    """Payments of an earlier run, as the ledger has them."""
    return [row_of(one.destination, one.subject, one.content, one.labels) for one in plan.intents]


def answer(*items, debts=(DEBT,), products=None, past=(), as_of=AS_OF):
    """What follows from events, and what is overdue; `past` are payments of earlier runs."""
    rows = [*map(told, debts), *past]
    return BACK.decide(facts(of={InboxItem: items, HistoryRow: rows, Availability: (products or {}).values()}), context(as_of))


def overdue(debts, periods, as_of):
    """What is overdue where these periods of contract 1 were paid."""
    labels = [{"contract": "1", "payee": "1", "period": period} for period in periods]
    past = [row_of(CONSONANCE, f"payment:1:1:{number}", b"{}", each) for number, each in enumerate(labels)]
    return answer(debts=debts, past=past, as_of=as_of).findings


def test_terms_rights_and_statements_fit_the_contract():
    """Each kind goes to its recipient alone, with all members of its schema, money as text."""
    grant = HeadGrant(id=5, revision=3, contract_id=1, work_id=1, rights_type="Volume", territories=("WORLD",))
    deal = RightsDeal(id=6, revision=4, work_id=1, contract_id=1, licensee_id=9, rights_type="Translation", status=DealStatus.SIGNED)
    made = outgoing(terms=[terms()], grants=[grant], deals=[deal], statements=[statement()])
    assert [(one.destination, one.subject) for one in made] == [
        ("finance-terms", "contract:1"), ("finance-statements", "contract:1"), ("rights-main", "contract:1")
    ]  # fmt: skip
    for one in made:  # what they count is the ledger's revision, which a delivery has
        check_data(one.labels["event_type"], json.loads(one.content) | ({} if one.order == "every" else {"revision": 1}))
    assert json.loads(made[1].content)["amount"] == "85.10"


def test_a_record_that_was_touched_and_says_the_same_is_not_sent_again(ledger):
    """Another revision, one source that counts them and one that does not: the same terms are the same."""
    for revision, new in ((3, 2), (4, 0), (None, 0)):
        grant = HeadGrant(id=5, revision=revision, contract_id=1, work_id=1, rights_type="Volume", territories=("WORLD",))
        planned = ledger.plan(outgoing(terms=[terms(revision=revision)], grants=[grant]))
        assert sum(found.new for found in planned.values()) == new


@pytest.mark.parametrize(
    ("changes", "new"),
    [
        ({}, 0),
        ({"minimum_payment": None}, 0),
        ({"currency": "EUR"}, 1),
        ({"contract_set": "saga"}, 1),
        ({"advances": (Advance(trigger="Signature", amount=Decimal(100), currency="GBP"),)}, 1),
    ],
)
@pytest.mark.parametrize("has_left", [False, True])
def test_terms_from_a_workbook_go_where_it_says_something_else(ledger, changes, new, has_left):
    """What it has no column for is no change, also while what was told last still waits; what GraphQL tells of that later is one."""
    told = terms(minimum_payment=Decimal(50))

    def night(record):
        plan = plan_of(terms=[record], history=partial(ledger.latest, CASE.id))
        entered = ledger.enter(CASE.id, plan.judgements(), as_of=AS_OF, run="night")
        CONTENT.update({intent.content_hash: intent.content for intent in plan.intents})
        return sum(found.new for found in entered.values()), sum(found.withdrawn for found in entered.values())

    assert night(told) == (1, 0)
    if has_left:
        [delivery] = ledger.claim(CASE.id, "finance-terms", owner="t", lease_s=600, limit=1)
        ledger.finish([Verdict(delivery.id, "confirmed")], owner="t")
    from_sheets = replace(told, origin=Origin(file="contract_royalties.xlsx", sha256="a" * 64, row=2), **changes)
    assert night(from_sheets) == (new, 0)
    assert night(replace(told, minimum_payment=Decimal(60))) == (1, 0)


def test_the_second_night_sends_nothing(ledger):
    """Terms go when they changed; two statements of one contract go once each, whatever else was sent of it."""
    statements = [statement(), statement(payee=2)]
    given = {"terms": [terms()], "statements": statements}
    assert {name: found.new for name, found in ledger.plan(outgoing(**given)).items()} == {
        "finance-terms": 1,
        "finance-statements": 2,
    }
    assert sum(found.new for found in ledger.plan(outgoing(**given)).values()) == 0
    changed = {**given, "terms": [terms(currency="EUR")]}
    assert {name: found.new for name, found in ledger.plan(outgoing(**changed)).items()} == {
        "finance-terms": 1,
        "finance-statements": 0,
    }


@pytest.mark.parametrize(
    ("given", "amounts"),
    [
        (statement(ledger_state="skipped"), []),
        (statement(ledger_state="planned"), []),
        (statement(state="CARRIED", net="12.00"), ["0.00"]),
        (statement(accounts=["contract:0", "contract:1"]), []),
    ],
)
def test_what_finance_is_told_of_a_statement(given, amounts):
    """Nothing before it has left; nothing owed where it is carried; a payment over several statements is told once."""
    made = [one for one in outgoing(statements=[given]) if one.labels["event_type"] == events.STATEMENT]
    assert [json.loads(one.content)["amount"] for one in made] == amounts


def test_a_payment_is_told_to_consonance_once():
    """It equals what we told: a write-back under the event's own reference, and no difference."""
    made = answer(payment())
    [told] = made.intents
    written = json.loads(told.content)
    assert (written["operation"], written["members"]["amount"], written["members"]["paidOn"]) == ("recordPayment", "85.10", "2026-09-20")
    assert (made.findings, [one.note for one in made.closed]) == ([], ["taken"])
    assert answer(payment()).intents[0].content == told.content


def test_nothing_paid_is_nothing_to_record():
    """A statement over nothing is settled by itself: no write-back that no sheet could carry, and it is never overdue."""
    made = answer(payment(amount="0.00"))
    assert made.intents == []
    owed = DEBT._replace(amount=Decimal(0), told_on=date(2020, 1, 1))
    assert overdue([owed], [], AS_OF) == []
    assert len(overdue([owed._replace(amount=Decimal(1))], [], AS_OF)) == 1


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"contractId": 7}, "RX1"),
        ({"payeeId": 2}, "RX1"),
        ({"amount": "85.11"}, "RX2"),
        ({"currency": "EUR"}, "RX2"),
        ({"paidOn": None}, "RX3"),
    ],
)
def test_a_payment_that_differs_is_listed_without_its_amount(more, rule):
    """Nobody owes it, or another amount: an exception; finance owns payments, so what was paid is still told."""
    made = answer(payment(**more))
    assert [one.rule for one in made.findings] == [rule]
    assert "85.1" not in str(made.findings)
    assert len(made.intents) == (rule != "RX3")


def test_an_obligation_of_theirs_never_replaces_ours():
    """Consonance owns what is owed: a difference is listed, nothing is written."""
    made = answer(
        event("finance.obligation", {"contractId": 1, "payeeId": 1, "amount": "1.00", "currency": "GBP", "paidOn": None, "reference": None})
    )
    assert ([one.rule for one in made.findings], made.intents) == (["RX2"], [])


def test_an_unreadable_event_is_parked_and_the_others_go_on():
    """An amount that is no number: named without its value."""
    made = answer(payment(1, amount="lots"), payment(2))
    assert [one.parked for one in made.closed] == [True, False]
    assert [one.rule for one in made.findings] == ["RX3"]
    assert "lots" not in str(made.findings)


def available(territory, *, is_there):
    """rights.availability of one ISBN."""
    data = {
        "isbn": "9780000000001",
        "territory": territory,
        "format": "EBOOK",
        "channel": None,
        "available": is_there,
        "from": None,
        "to": None,
    }
    return event("rights.availability", data)


@pytest.mark.parametrize(
    ("territory", "is_there", "rules"),
    [("GB", True, []), ("GB", False, ["RX6"]), ("US", True, ["RX6"]), ("US", False, []), ("FR", True, ["RX6"])],
)
def test_availability_that_contradicts_consonance_is_a_difference(territory, is_there, rules):
    """For sale in Britain, not in the States, and nothing said of France: unknown is no (R2)."""
    book = rights_records.product(isbn13="9780000000001", is_for_sale_worldwide=None, for_sale=("GB",), not_for_sale=("US",))
    judged = {"9780000000001": judge(rights_records.holding(product=book), rights_records.ATLAS)}
    made = answer(available(territory, is_there=is_there), products=judged)
    assert [one.rule for one in made.findings] == rules
    assert [one.rule for one in answer(available("GB", is_there=True)).findings] == ["RX5"]


@pytest.mark.parametrize(
    ("records", "territory", "is_there", "rules"),
    [
        ({"contracts": (rights_records.contract(terminated_on=date(2026, 8, 31)),)}, "GB", True, ["RX6"]),
        ({"contracts": (rights_records.contract(terminated_on=date(2026, 8, 31)),)}, "GB", False, []),
        ({"deals": (rights_records.deal(),)}, "FR", True, ["RX6"]),
        ({"deals": (rights_records.deal(),)}, "WORLD", True, ["RX6"]),
        ({"grants": None}, "GB", True, ["RX6"]),
        ({}, "WORLD", True, []),
        ({}, "GAUL", True, ["RX6"]),
    ],
)
def test_availability_is_compared_with_what_rights_allow(records, territory, is_there, rules):
    """For sale everywhere by its own sets: what a contract's end, a licence or missing records close is not available."""
    book = rights_records.product(isbn13="9780000000001")
    judged = {"9780000000001": judge(rights_records.holding(product=book, **records), rights_records.ATLAS)}
    assert [one.rule for one in answer(available(territory, is_there=is_there), products=judged).findings] == rules


def test_a_statement_that_nobody_paid_is_an_exception_in_time():
    """After sixty days without a report; not before, and not when it was paid."""
    later = datetime(2026, 11, 5, tzinfo=UTC)
    assert [one.subject for one in overdue([DEBT], [], later)] == ["statement:2026H1:contract:1:1"]
    assert overdue([DEBT], [], AS_OF) == []
    assert overdue([DEBT], ["2026H1"], later) == []


def test_what_was_told_is_what_is_owed():
    """Only what is to be paid is a debt, exactly as it was told."""
    sent = outgoing(statements=[statement(), statement(payee=2, state="CARRIED")])
    rows = [row_of(one.destination, one.subject, one.content, one.labels, one.as_of) for one in sent]
    assert [debt for account in accounts_of(rows, CONTENT.get).values() for debt in account.debts] == [DEBT]


BEFORE = DEBT._replace(period="2025H2", told_on=date(2026, 3, 1))


def periods(made):
    """What each payment settles; empty for a surplus."""
    return [one.labels["period"] for one in made.intents]


def test_xc4_one_payment_under_two_event_ids_is_one():
    """In one run and in the next: by finance's reference of it, however its amount is written."""
    first = answer(payment(1), payment(2, amount="85.100"))
    assert (periods(first), [one.note for one in first.closed], first.findings) == (["2026H1"], ["taken", "told already"], [])
    again = answer(payment(3), past=recorded(first))
    assert (again.intents, again.findings, [one.note for one in again.closed]) == ([], [], ["told already"])


def test_xc4_two_equal_debts_each_need_their_own_payment():
    """The oldest is settled first; what was settled in an earlier run stays so, and the other is overdue until it is paid."""
    debts = (DEBT, BEFORE)
    first = answer(payment(1), payment(2), debts=debts)
    assert periods(first) == ["2025H2"]
    later = datetime(2026, 12, 1, tzinfo=UTC)
    assert [one.subject for one in overdue(debts, periods(first), later)] == ["statement:2026H1:contract:1:1"]
    second = answer(payment(3, reference="B2"), debts=debts, past=recorded(first))
    assert (periods(second), second.findings) == (["2026H1"], [])


def test_xc4_surplus_is_listed_as_an_exception_and_still_told():
    """The debt is settled, and another payment of its amount comes: finance owns payments, so that it is told, and somebody asks."""
    made = answer(payment(1), payment(2, reference="B2"))
    assert periods(made) == ["2026H1", ""]
    assert [(one.rule, one.owner, one.subject) for one in made.findings] == [("RX7", "royalty_manager", made.intents[1].subject)]
    assert "85.1" not in str(made.findings)
    assert overdue([DEBT], periods(made), datetime(2026, 12, 1, tzinfo=UTC)) == []


def test_xc4_payments_without_a_reference_are_told_apart_by_their_events():
    """Two events are two payments; the same event again is one."""
    made = answer(payment(1, reference=None), payment(2, reference=" "), payment(1, reference=None), debts=(DEBT, BEFORE))
    assert periods(made) == ["2025H2", "2026H1"]


def test_xc4_a_payment_without_its_day_settles_nothing_until_it_is_told_whole():
    """The same reference with its day is then taken."""
    made = answer(payment(1, paidOn=None), payment(2))
    assert ([one.rule for one in made.findings], periods(made)) == (["RX3"], ["2026H1"])


def test_xc4_licences_without_a_contract_are_named():
    """What was granted and has no contract leaves with no event: an exception; an offer is not granted yet."""
    deal = RightsDeal(id=6, work_id=1, licensee_id=9, rights_type="Translation", status=DealStatus.SIGNED)
    deals = [deal, replace(deal, id=7, status=DealStatus.OFFER), replace(deal, id=8, contract_id=1)]
    assert [(one.rule, one.subject, one.owner) for one in plan_of(deals=deals).findings] == [("RX8", "rights_deal:6", "rights_manager")]


def entered(ledger, plan, day, use_case=CASE.id):
    """What became of a plan, by destination."""
    return ledger.enter(use_case, plan.judgements(), as_of=AS_OF.replace(day=day), run="test")


def states(ledger, destination):
    """State of each subject's newest delivery."""
    return {row.subject: row.state for row in ledger.all_of(CASE.id, destination)}


def exceptions(ledger):
    """Rule and subject of every open exception."""
    return sorted((row.rule, row.subject) for row in ledger.exceptions.open())


LICENCE = RightsDeal(id=6, work_id=1, licensee_id=9, rights_type="Translation", status=DealStatus.SIGNED)
UNREADABLE = Finding(
    subject="royalty_terms:2", rule="D1", severity=Severity.ERROR, field="currency", found="?", expected="a code", remedy="-", owner="x"
)


def test_xc4_terms_that_nobody_tells_any_more_are_withdrawn_and_statements_never(ledger):
    """While they wait. A statement is owed for ever, whether its letter is still read or not."""
    entered(ledger, plan_of(terms=[terms(), terms(2)], statements=[statement(), statement(2)]), 1)
    result = entered(ledger, plan_of(terms=[terms()], statements=[statement(2)]), 2)
    assert (result["finance-terms"].withdrawn, result["finance-statements"].withdrawn) == (1, 0)
    assert states(ledger, "finance-terms") == {"contract:1": "planned", "contract:2": "withdrawn"}
    assert states(ledger, "finance-statements") == {"contract:1": "planned", "contract:2": "planned"}


def test_xc4_where_a_record_cannot_be_read_nothing_is_taken_for_gone(ledger):
    """Terms of the second contract wait on; a licence that has its contract now is no exception all the same."""
    entered(ledger, plan_of(terms=[terms(), terms(2)], deals=[LICENCE]), 1)
    assert exceptions(ledger) == [("RX8", "rights_deal:6")]
    entered(ledger, plan_of(terms=[terms()], deals=[replace(LICENCE, contract_id=1)], unreadable=[UNREADABLE]), 2)
    assert states(ledger, "finance-terms") == {"contract:1": "planned", "contract:2": "planned"}
    assert exceptions(ledger) == []


def test_xc4_rights_of_a_work_wait_until_all_its_records_can_be_read():
    """A grant that is not in the contract's event would be taken for gone; other works go."""
    grants = [HeadGrant(id=number, contract_id=number, work_id=number, rights_type="Volume") for number in (1, 2)]
    lost = UNREADABLE.model_copy(update={"subject": "head_grant:9", "about": "work:1"})
    assert [one.subject for one in outgoing(grants=grants, unreadable=[lost])] == ["contract:2"]
    assert [one.subject for one in outgoing(grants=grants)] == ["contract:1", "contract:2"]


def test_xc4_two_statements_of_one_contract_stay_apart_when_one_is_told_again(ledger):
    """Each period's statement is told once for ever, whatever its letter says later."""
    first = [statement(), statement(period="2025H2")]
    assert entered(ledger, plan_of(statements=first), 1)["finance-statements"].new == 2
    again = [statement(net="99.00"), statement(period="2025H2"), statement(period="2026H2")]
    assert entered(ledger, plan_of(statements=again), 2)["finance-statements"].new == 1
    assert len(ledger.all_of(CASE.id, "finance-statements")) == 3


def test_xc4_a_payment_closes_what_was_found_of_it_and_of_its_statement(ledger):
    """In one transaction with its record: it was without its day, and its statement was overdue."""
    late = datetime(2026, 11, 5, tzinfo=UTC)
    entered(ledger, answer(payment(1, paidOn=None)), 1, BACK.id)
    entered(ledger, answer(as_of=late), 2, BACK.id)
    assert exceptions(ledger) == [("RX3", answer(payment(2)).intents[0].subject), ("RX4", DEBT.subject)]
    entered(ledger, answer(payment(2), as_of=late), 3, BACK.id)
    assert exceptions(ledger) == []


def former(event_id, paid_on="2026-09-20", amount="85.10"):
    """A payment that was recorded when payments were named by the event that they came with."""
    members = {"contactId": 1, "contractId": 1, "paidOn": paid_on, "amount": amount, "currencyCode": "GBP"}
    subject = f"payment:1:1:{event_id}"
    op = {"operation": "recordPayment", "reference": f"xc4:{short('/finance', event_id)}", "subject": subject, "members": members}
    return row_of(CONSONANCE, subject, json.dumps(op).encode(), {"contract": "1", "payee": "1", "period": "2026H1"})


@pytest.mark.parametrize(
    ("past", "more", "is_known"),
    [
        (former("e-9"), {}, True),
        (former("e-9"), {"amount": "85.100"}, True),
        (former("0123456789abcdef0123456789abcdef"), {}, True),
        (former("e-1"), {"reference": None}, True),
        (former("e-1"), {"paidOn": "2026-09-21"}, True),
        (former("e-9"), {"paidOn": "2026-09-21"}, False),
        (former("e-9"), {"reference": None}, False),
        (former("e-9", amount="85.11"), {}, False),
        (former("e-9"), {"payeeId": 2}, False),
    ],
)
def test_xc4_a_payment_is_known_by_its_former_name(past, more, is_known):
    """By the event that it came with, or under another event by amount and day; what has no reference is another payment."""
    plan = answer(payment(1, **more), past=[past])
    assert [one.note == "told already" for one in plan.closed] == [is_known]
    assert len(plan.intents) == (not is_known)


def test_xc4_what_a_platform_said_last_counts():
    """It opened a title, and took that back before the night: nothing is wrong. Another channel is another matter."""
    book = rights_records.product(isbn13="9780000000001", is_for_sale_worldwide=None, for_sale=("GB",), not_for_sale=("US",))
    judged = {"9780000000001": judge(rights_records.holding(product=book), rights_records.ATLAS)}
    plan = answer(available("US", is_there=True), available("US", is_there=False), products=judged)
    assert (plan.findings, len(plan.closed)) == ([], 2)
    elsewhere = event("rights.availability", {**json.loads(available("US", is_there=True).body)["data"], "channel": "web"})
    assert [one.rule for one in answer(elsewhere, available("US", is_there=False), products=judged).findings] == ["RX6"]
