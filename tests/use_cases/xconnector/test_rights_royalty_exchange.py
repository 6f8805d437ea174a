"""What goes to finance and rights platforms, once; what comes back is taken or listed, and never dropped."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
import rights_records
from tests.use_cases.royalties.runs import terms

from colophon.config.load import load_part
from colophon.domain.head_grant import HeadGrant
from colophon.domain.provenance import Origin
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.domain.royalty_terms import Advance
from colophon.ledger import Ledger, upgrade
from colophon.ledger.inbox import InboxItem
from colophon.ledger.records import HistoryRow
from colophon.rights import judge
from colophon.systems.xconnector.schemas import check_data
from colophon.use_cases.royalties.reading import Exchanged
from colophon.use_cases.xconnector import exchange_events as events
from colophon.use_cases.xconnector import rights_royalty_exchange as decision

AS_OF = datetime(2026, 9, 1, 5, tzinfo=UTC)
CONFIG = load_part(decision.ExchangeConfig, "exchange.yaml")


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    with Ledger.open(url) as opened:
        yield opened


def statement(contract=1, payee=1, period="2026H1", state="PAID", net="85.10", ledger_state="sent", accounts=None):
    """A statement as the ledger has it: its row, and its letter."""
    account = f"contract:{contract}"
    paid = {"State": state, "Net": net, "Accounts": [account] if accounts is None else accounts}
    letter = {"Data": {"AccountId": account, "Con71": "GBP", "Agreements": [{"Con26": contract}], "Remittance": paid}}
    row = HistoryRow("d-1", "exstream__royalty_statements", f"{period}:standard", "s", 1, ledger_state, "", "", AS_OF, AS_OF, "h", None, None,
                     {"period": period, "account": account, "payee": str(payee)})  # fmt: skip
    return row, json.dumps(letter).encode()


def outgoing(read=None, statements=()):
    """Recipient, subject and data of each event."""
    return decision.outgoing(read or Exchanged(), statements, CONFIG, AS_OF, lambda *_: {})


def event(kind, data, number=1):
    """An event in our inbox."""
    body = {"id": f"e-{number}", "type": f"colophon.{kind}.v1", "subject": "contract:1", "data": data}
    return InboxItem("/finance", f"e-{number}", f"colophon.{kind}.v1", json.dumps(body).encode(), AS_OF)


def payment(number=1, **more):
    """finance.payment of what contract 1 owes payee 1."""
    data = {"contractId": 1, "payeeId": 1, "amount": "85.10", "currency": "GBP", "paidOn": "2026-09-20", "reference": "B1", **more}
    return event("finance.payment", data, number)


DEBT = decision.Owed(1, 1, "2026H1", Decimal("85.10"), "GBP", date(2026, 9, 1))


def answer(*items, debts=(DEBT,), products=None, past=()):
    """What follows from events."""
    return decision.incoming(items, debts, products or {}, CONFIG, AS_OF, past)


def test_terms_rights_and_statements_fit_the_contract():
    """Each kind goes to its recipient alone, with all members of its schema, money as text."""
    grant = HeadGrant(id=5, revision=3, contract_id=1, work_id=1, rights_type="Volume", territories=("WORLD",))
    deal = RightsDeal(id=6, revision=4, work_id=1, contract_id=1, licensee_id=9, rights_type="Translation", status=DealStatus.SIGNED)
    made = outgoing(Exchanged(terms=[terms()], grants=[grant], deals=[deal]), [statement()])
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
        planned = ledger.plan(outgoing(Exchanged(terms=[terms(revision=revision)], grants=[grant]), []))
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
def test_terms_from_a_workbook_go_where_it_says_something_else(ledger, changes, new):
    """What it has no column for is no change; what GraphQL tells of that later is one."""
    told = terms(minimum_payment=Decimal(50))
    history = partial(ledger.latest, decision.USE_CASE)
    ledger.plan(decision.outgoing(Exchanged(terms=[told]), [], CONFIG, AS_OF, history))
    from_sheets = replace(told, origin=Origin(file="contract_royalties.xlsx", sha256="a" * 64, row=2), **changes)
    planned = ledger.plan(decision.outgoing(Exchanged(terms=[from_sheets]), [], CONFIG, AS_OF, history))
    assert sum(found.new for found in planned.values()) == new
    more = replace(told, minimum_payment=Decimal(60))
    planned = ledger.plan(decision.outgoing(Exchanged(terms=[more]), [], CONFIG, AS_OF, history))
    assert sum(found.new for found in planned.values()) == 1


def test_the_second_night_sends_nothing(ledger):
    """Terms go when they changed; two statements of one contract go once each, whatever else was sent of it."""
    statements = [statement(), statement(payee=2)]
    given = Exchanged(terms=[terms()])
    assert {name: found.new for name, found in ledger.plan(outgoing(given, statements)).items()} == {
        "finance-terms": 1,
        "finance-statements": 2,
    }
    assert sum(found.new for found in ledger.plan(outgoing(given, statements)).values()) == 0
    changed = Exchanged(terms=[terms(currency="EUR")])
    assert {name: found.new for name, found in ledger.plan(outgoing(changed, statements)).items()} == {
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
    assert decision.overdue([owed], [], CONFIG, AS_OF) == []
    assert len(decision.overdue([owed._replace(amount=Decimal(1))], [], CONFIG, AS_OF)) == 1


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
    assert [one.subject for one in decision.overdue([DEBT], [], CONFIG, later)] == ["statement:2026H1:contract:1:1"]
    assert decision.overdue([DEBT], [], CONFIG, AS_OF) == []
    assert decision.overdue([DEBT], [(1, 1, "2026H1")], CONFIG, later) == []


def test_what_was_told_is_what_is_owed():
    """Only what is to be paid is a debt, exactly as it was told."""
    told = [(one.content, one.as_of) for one in outgoing(statements=[statement(), statement(payee=2, state="CARRIED")])]
    assert decision.owed(told) == [DEBT]


BEFORE = DEBT._replace(period="2025H2", told_on=date(2026, 3, 1))


def periods(made):
    """What each payment settles; empty for a surplus."""
    return [one.labels["period"] for one in made.intents]


def test_xc4_one_payment_under_two_event_ids_is_one():
    """In one run and in the next: by finance's reference of it, however its amount is written."""
    first = answer(payment(1), payment(2, amount="85.100"))
    assert (periods(first), [one.note for one in first.closed], first.findings) == (["2026H1"], ["taken", "told already"], [])
    again = answer(payment(3), past=first.intents)
    assert (again.intents, again.findings, [one.note for one in again.closed]) == ([], [], ["told already"])


def test_xc4_two_equal_debts_each_need_their_own_payment():
    """The oldest is settled first; what was settled in an earlier run stays so, and the other is overdue until it is paid."""
    debts = (DEBT, BEFORE)
    first = answer(payment(1), payment(2), debts=debts)
    assert periods(first) == ["2025H2"]
    later = datetime(2026, 12, 1, tzinfo=UTC)
    paid = [(1, 1, period) for period in periods(first)]
    assert [one.subject for one in decision.overdue(debts, paid, CONFIG, later)] == ["statement:2026H1:contract:1:1"]
    second = answer(payment(3, reference="B2"), debts=debts, past=first.intents)
    assert (periods(second), second.findings) == (["2026H1"], [])


def test_xc4_surplus_is_listed_as_an_exception_and_still_told():
    """The debt is settled, and another payment of its amount comes: finance owns payments, so that it is told, and somebody asks."""
    made = answer(payment(1), payment(2, reference="B2"))
    assert periods(made) == ["2026H1", ""]
    assert [(one.rule, one.owner, one.subject) for one in made.findings] == [("RX7", "royalty_manager", made.intents[1].subject)]
    assert "85.1" not in str(made.findings)
    assert decision.overdue([DEBT], [(1, 1, period) for period in periods(made)], CONFIG, datetime(2026, 12, 1, tzinfo=UTC)) == []


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
    assert [(one.rule, one.subject, one.owner) for one in decision.untold(deals, CONFIG)] == [("RX8", "rights_deal:6", "rights_manager")]
