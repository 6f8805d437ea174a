"""XC-4: finance and rights platforms hear of terms and rights; each payment is recorded once; what differs is named."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rights_world import CONSONANCE, OPEN
from station import Station

from colophon.blocks.inbound import CONSONANCE as TRAY
from colophon.blocks.write_back import intent, short
from colophon.domain.delivery import Intent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.ledger.inbox import Inbox
from colophon.stopped import stop
from colophon.use_cases.xconnector import exchange_events as events

DAG = "xconnector__rights_royalty_exchange"
NIGHT = datetime(2026, 5, 2, 2, 30, tzinfo=UTC)
NEXT = NIGHT + timedelta(days=1)
RECORDED = "consonance.recordPayment"


@pytest.fixture
def house(station: Station) -> Station:
    """Three contracts with grants, and one licence, which names no contract."""
    station.seed("consonance", CONSONANCE)
    return station


def sent(house: Station, delivery: Intent) -> None:
    """A delivery of an earlier run, which has arrived."""
    with house.ledger() as ledger:
        ledger.plan([delivery])
        taken = ledger.claim(DAG, delivery.destination, owner="test", lease_s=60, limit=10)
        ledger.finish([Verdict(one.id, "confirmed") for one in taken], owner="test")


def owes(house: Station, period: str, told_at: datetime = NIGHT) -> None:
    """A statement of which finance was told, and which nobody paid yet."""
    data = {"contractId": 1, "payeeId": 31, "period": period, "amount": "85.10", "currency": "GBP", "state": "PAID"}
    sent(house, events.intent(DAG, "finance-statements", events.STATEMENT, data, told_at))


def hears(house: Station, number: int, kind: str, data: dict[str, Any]) -> None:
    """An event that waits at the middleware."""
    head = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/sandbox/erp",
        "type": f"colophon.{kind}.v1",
        "time": "2026-05-01T09:00:00Z",
    }
    house.seed("xconnector", {"inbox": [{**head, "subject": "contract:1", "recipient": "colophon", "data": data}]})


def pays(house: Station, number: int, reference: str, **more: Any) -> None:
    """Finance says that it paid."""
    data = {"contractId": 1, "payeeId": 31, "amount": "85.10", "currency": "GBP", "paidOn": "2026-05-01", "reference": reference}
    hears(house, number, "finance.payment", {**data, **more})


def says(house: Station, number: int, territory: str, *, is_available: bool) -> None:
    """The rights platform says where a title is available."""
    more = {"format": "PAPERBACK", "channel": None, "available": is_available, "from": None, "to": None}
    hears(house, number, "rights.availability", {"isbn": OPEN, "territory": territory, **more})


def rules(house: Station) -> list[str]:
    """Rules of the open exceptions, without that of the licence that names no contract."""
    return [rule for rule, _ in house.exceptions(DAG) if rule != "RX8"]


@pytest.mark.parametrize("at_once", [500, 1])
def test_xc4_one_payment_under_two_event_ids_is_one(house: Station, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one night, and when it is told once more on the next; however many events are dealt with together."""
    monkeypatch.setattr("colophon_airflow.operators.inbox.AT_ONCE", at_once)
    owes(house, "2025H2")
    pays(house, 1, "BACS-1")
    pays(house, 2, "BACS-1")
    assert house.twice(DAG, NIGHT).state == "success"
    pays(house, 3, "BACS-1")
    house.twice(DAG, NEXT)
    assert (len(house.effects(RECORDED)), rules(house)) == (1, [])


@pytest.mark.parametrize(("day", "count"), [("2026-05-01", 1), ("2026-05-02", 2)])
def test_xc4_a_payment_recorded_under_its_former_name_is_not_recorded_again(house: Station, day: str, count: int) -> None:
    """It was named by its event, and is told under another one; a payment of another day is another payment."""
    owes(house, "2025H1", NIGHT - timedelta(days=9))
    owes(house, "2025H2")
    members = {"contactId": 31, "contractId": 1, "paidOn": "2026-05-01", "amount": "85.10", "currencyCode": "GBP"}
    reference, subject, as_of = f"xc4:{short('/sandbox/erp', 'e-old')}", "payment:1:31:e-old", NIGHT - timedelta(days=1)
    labels = {"contract": "1", "payee": "31", "period": "2025H1"}
    sent(house, intent("recordPayment", reference, members, use_case=DAG, subject=subject, as_of=as_of, labels=labels))
    pays(house, 2, "BACS-1", paidOn=day)
    house.twice(DAG, NIGHT)
    with house.ledger() as ledger:
        assert len(ledger.newest(DAG, TRAY)) == count
    assert (len(house.effects(RECORDED)), rules(house)) == (count - 1, [])


def test_xc4_surplus_is_listed_and_recorded(house: Station) -> None:
    """What finance paid it has paid; somebody asks why."""
    owes(house, "2025H2")
    pays(house, 1, "BACS-1")
    pays(house, 2, "BACS-2")
    house.twice(DAG, NIGHT)
    assert (len(house.effects(RECORDED)), rules(house)) == (2, ["RX7"])


def test_xc4_two_equal_debts_each_need_their_own_payment(house: Station) -> None:
    """One payment settles the older statement; the other is overdue after sixty days, until it is paid."""
    owes(house, "2025H1")
    owes(house, "2025H2")
    pays(house, 1, "BACS-1")
    pays(house, 2, "BACS-1")
    house.run(DAG, NIGHT)
    house.twice(DAG, NIGHT + timedelta(days=62))
    assert [row for row in house.exceptions(DAG) if row[0] == "RX4"] == [("RX4", "statement:2025H2:contract:1:31")]
    pays(house, 3, "BACS-2")
    house.twice(DAG, NIGHT + timedelta(days=63))
    assert (len(house.effects(RECORDED)), rules(house)) == (2, [])


def test_xc4_availability_is_compared_with_the_engine(house: Station) -> None:
    """For sale everywhere by its own sets, in France it is another publisher's: who opens it there is named, until that is mended."""
    says(house, 1, "FR", is_available=True)
    says(house, 2, "GB", is_available=True)
    house.twice(DAG, NIGHT)
    assert [row for row in house.exceptions(DAG) if row[0] == "RX6"] == [("RX6", f"isbn:{OPEN}:FR:PAPERBACK")]
    says(house, 3, "FR", is_available=False)
    house.twice(DAG, NEXT)
    assert rules(house) == []


def test_xc4_a_platform_that_sells_what_a_person_stopped_is_named(house: Station) -> None:
    """Its records would allow it; who closed it with us is right."""
    with house.ledger() as ledger:
        ledger.plan([Intent(DAG, "x", f"isbn:{OPEN}", "A", b"x", "text/plain", NIGHT, labels={"isbn": OPEN, "title": "T"})])
        stop(ledger, OPEN, by="olga", why="a court said so")
    says(house, 1, "GB", is_available=True)
    says(house, 2, "US", is_available=False)
    house.run(DAG, NIGHT)
    assert [row for row in house.exceptions(DAG) if row[0] == "RX6"] == [("RX6", f"isbn:{OPEN}:GB:PAPERBACK")]


def test_xc4_a_licence_without_a_contract_is_named_until_it_leaves_with_one(house: Station) -> None:
    """One exception, also where an earlier release has one of it. Named on the licence, its contract's event has it, and that closes."""
    with house.ledger() as ledger:
        facts = {"field": "contract", "found": "nothing", "expected": "one", "remedy": "Name it.", "owner": "rights_manager"}
        earlier = Finding(subject="rights_deal:1", rule="RX8", severity=Severity.ERROR, **facts)
        ledger.exceptions.record(DAG, "inputs", None, [earlier], as_of=NIGHT - timedelta(days=1))
    house.twice(DAG, NIGHT)
    assert house.exceptions(DAG) == [("RX8", "rights_deal:1")]
    (licence,) = CONSONANCE["rightsDeals"]
    house.seed("consonance", {"rightsDeals": [{**licence, "contractId": 1, "revision": 2}]})
    house.twice(DAG, NEXT)
    with house.ledger() as ledger:
        (row,) = (row for row in ledger.newest(DAG, "rights-main") if row.subject == "contract:1")
        told = json.loads(ledger.content(row.content_hash) or b"{}")
    assert ([deal["id"] for deal in told["terms"]["rightsDeals"]], row.state, house.exceptions(DAG)) == ([1], "confirmed", [])


def test_xc4_terms_that_waited_and_are_told_by_nobody_any_more_are_withdrawn(house: Station) -> None:
    """The middleware was away, meanwhile the grant went to another contract: the platform never hears of the first."""
    house.fault("xconnector", "status", value={"status": 503})
    assert house.run(DAG, NIGHT).state == "failed"
    assert set(house.deliveries(DAG, "rights-main").values()) == {"planned"}
    house.mend()
    grant, contract = CONSONANCE["headGrants"][0], CONSONANCE["contracts"][0]
    house.seed("consonance", {"contracts": [{**contract, "id": 7}], "headGrants": [{**grant, "contractId": 7, "revision": 2}]})
    assert house.twice(DAG, NEXT).state == "success"
    states = house.deliveries(DAG, "rights-main")
    assert states == {"contract:1": "withdrawn", "contract:2": "confirmed", "contract:3": "confirmed", "contract:7": "confirmed"}


def test_xc4_a_platform_hears_that_a_contract_has_no_rights_any_more(house: Station) -> None:
    """Its grant went to another contract: once, that there are none, for terms replace what was told; not where a record cannot be read."""

    def grants() -> list[int]:
        with house.ledger() as ledger:
            [row] = (row for row in ledger.newest(DAG, "rights-main") if row.subject == "contract:1")
            told = json.loads(ledger.content(row.content_hash) or b"{}")
        assert row.state == "confirmed"
        return [grant["id"] for grant in told["terms"]["headGrants"]]

    house.run(DAG, NIGHT)
    assert grants() == [1]
    grant, contract, other = CONSONANCE["headGrants"][0], CONSONANCE["contracts"][0], CONSONANCE["headGrants"][1]
    moved = {"contracts": [{**contract, "id": 7}], "headGrants": [{**grant, "contractId": 7, "revision": 2}]}
    house.seed("consonance", {**moved, "headGrants": [*moved["headGrants"], {**other, "startsOn": "soon", "revision": 2}]})
    house.run(DAG, NEXT)
    assert grants() == [1]
    house.seed("consonance", {"headGrants": [{**other, "revision": 3}]})
    house.twice(DAG, NEXT + timedelta(days=1))
    assert grants() == []
    house.seed("consonance", {"headGrants": [{**grant, "revision": 4}]})
    house.twice(DAG, NEXT + timedelta(days=2))
    assert grants() == [1]


def test_xc4_an_obligation_that_finance_corrects_is_no_difference_any_more(house: Station) -> None:
    """Known by its reference, whatever event it comes with."""
    owes(house, "2025H2")
    told = {"contractId": 1, "payeeId": 31, "currency": "GBP", "paidOn": None, "reference": "OB-1"}
    hears(house, 1, "finance.obligation", {**told, "amount": "58.10"})
    house.twice(DAG, NIGHT)
    assert rules(house) == ["RX2"]
    hears(house, 2, "finance.obligation", {**told, "amount": "85.10"})
    house.twice(DAG, NEXT)
    assert rules(house) == []


def test_xc4_a_record_that_cannot_be_read_is_an_exception_and_the_others_go(house: Station) -> None:
    """Until it can be read; what comes back the same night changes nothing of that."""
    grant = CONSONANCE["headGrants"][1]
    house.seed("consonance", {"headGrants": [{**grant, "startsOn": "soon", "revision": 2}]})
    pays(house, 1, "BACS-1")
    assert house.twice(DAG, NIGHT).state == "success"
    assert house.deliveries(DAG, "rights-main") == {"contract:1": "confirmed", "contract:3": "confirmed"}
    assert [subject for _, subject in house.exceptions(DAG) if subject.startswith("head_grant:")] == ["head_grant:2"]
    house.seed("consonance", {"headGrants": [{**grant, "revision": 3}]})
    house.twice(DAG, NEXT)
    assert house.deliveries(DAG, "rights-main")["contract:2"] == "confirmed"
    assert [subject for _, subject in house.exceptions(DAG) if subject.startswith("head_grant:")] == []


def test_xc4_what_came_in_is_dealt_with_while_the_middleware_is_away(house: Station) -> None:
    """Nothing leaves, the run is red; a payment that came by webhook is recorded all the same, and no exception is forgotten."""
    house.run(DAG, NIGHT)
    owes(house, "2025H2")
    body = {"data": {"contractId": 1, "payeeId": 31, "amount": "85.10", "currency": "GBP", "paidOn": "2026-05-01", "reference": "B1"}}
    with house.ledger() as ledger:
        ledger.inbox.take("/sandbox/erp", "e-1", "colophon.finance.payment.v1", json.dumps(body).encode())
    house.fault("xconnector", "status", value={"status": 503})
    assert house.run(DAG, NEXT).state == "failed"
    assert (len(house.effects(RECORDED)), house.exceptions(DAG)) == (1, [("RX8", "rights_deal:1")])


def test_xc4_payments_are_fetched_where_nobody_is_told_anything(house: Station) -> None:
    """A publisher who sends no terms yet."""
    owners = "owners: {obligations: ours, payments: theirs, availability: ours}"
    house.configure("exchange.yaml", f"version: 2\nrecipients: {{}}\n{owners}\noverdue_days: 60\n")
    pays(house, 1, "BACS-1")
    house.twice(DAG, NIGHT)
    assert len(house.effects(RECORDED)) == 1


def test_xc4_a_crash_before_an_event_is_closed_records_nothing_twice(house: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is in the ledger, the event waits still: the next run takes it for what it is."""
    owes(house, "2025H2")
    pays(house, 1, "BACS-1")
    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "done", lambda *_, **__: (_ for _ in ()).throw(OSError("killed")))
        assert house.run(DAG, NIGHT).state == "failed"
    assert house.run(DAG, NEXT).state == "success"
    with house.ledger() as ledger:
        assert [note for _, note in ledger.inbox.noted("done")] == ["told already"]
    assert (len(house.effects(RECORDED)), rules(house)) == (1, [])


def test_xc4_a_dry_run_sends_and_takes_nothing_and_shows_the_plan(house: Station) -> None:
    """Then the true one does all of it."""
    owes(house, "2025H2")
    pays(house, 1, "BACS-1")
    before = house.effects()
    dry = house.run(DAG, NIGHT, {"dry_run": True})
    assert (dry.state, house.effects(), house.exceptions(DAG), house.deliveries(DAG, "rights-main")) == ("success", before, [], {})
    assert dry.returned["report"]["destinations"]["rights-main"]["plan"]["new"] == 3
    assert house.run(DAG, NIGHT).state == "success"
    assert (len(house.effects(RECORDED)), set(house.deliveries(DAG, "rights-main").values())) == (1, {"confirmed"})
