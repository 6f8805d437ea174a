"""EX-3: whatever is doubtful of an account holds that account, and names it; everybody else is paid, and the approver's page says so."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from station import Station
from two_accounts import DOCUMENTED, tell

from colophon.config.load import SHIPPED
from colophon.errors import RefusedError
from colophon_sandbox import seeds

DAG = "exstream__royalty_statements"
FORM = {"period": "2026H1", "policy": "standard", "shards": 1}
DAY = datetime(2026, 9, 1, 6, tzinfo=UTC)
BASE = 500_000
PAYEES = 6
HELD = f"contract:{BASE + 1}"
"""The account that something is wrong with; its payee is the first."""
Records = dict[str, list[dict[str, Any]]]


@pytest.fixture
def records() -> Records:
    """Six payees, each with a contract of their own, sales of half a year, and Consonance's own totals."""
    found: Records = seeds.payees(PAYEES)["consonance"]
    return found


def of(rows: Iterable[dict[str, Any]], key: int, member: str = "id") -> dict[str, Any]:
    """The record with an id."""
    return next(row for row in rows if row[member] == key)


def first(records: Records) -> dict[str, Any]:
    """The terms of the account in question."""
    return of(records["royaltyTerms"], BASE + 1)


def first_sale(records: Records) -> dict[str, Any]:
    """One sale of its product."""
    return of(records["sales"], BASE + 2, "productId")


def unreadable(records: Records) -> None:
    """A price below nought."""
    first_sale(records)["listPrice"] = "-9.99"


def negative(records: Records) -> None:
    """Copies below nought, where the sign stands elsewhere."""
    first_sale(records)["quantity"] = -3


def uk(records: Records) -> None:
    """A word that is no country."""
    first_sale(records)["countryCode"] = "UK"


def shares(records: Records) -> None:
    """The other half was forgotten."""
    first(records)["splits"][0].update(weight=50, sharePercent="50")


def weights(records: Records) -> None:
    """Equal weights, unequal shares."""
    split = first(records)["splits"][0]
    first(records)["splits"] = [
        {**split, "payee": {"id": BASE + number}, "weight": 1, "sharePercent": share} for number, share in ((1, "70"), (2, "30"))
    ]


def rate(records: Records) -> None:
    """1,000 % for 10.00 %."""
    first(records)["rates"][0]["ratePercent"] = "1000"


def foreign(records: Records, code: str | None = "US") -> None:
    """The payee lives abroad, and has sent no form."""
    contact = of(records["contacts"], BASE + 1)
    contact["addresses"][0]["country"] = {"description": "United States", "value": code}
    records["contactFields"] = [row for row in records["contactFields"] if (row["contactId"], row["name"]) != (BASE + 1, "TAX_STATUS")]


def no_address(records: Records) -> None:
    """Nobody knows where they live."""
    of(records["contacts"], BASE + 1)["addresses"] = []


def no_channel(records: Records) -> None:
    """A country and nothing else."""
    contact = of(records["contacts"], BASE + 1)
    contact["emails"] = []
    contact["addresses"][0]["addressLine1"] = None
    records["contactFields"] = [
        row for row in records["contactFields"] if (row["contactId"], row["name"]) != (BASE + 1, "DELIVERY_PREFERENCE")
    ]


def no_rate(records: Records) -> None:
    """Sold in dollars, of which nobody entered the rate."""
    first_sale(records)["currencyCode"] = "USD"


def ended(records: Records) -> None:
    """The contract ended in the autumn before."""
    of(records["contracts"], BASE + 1)["terminatedDate"] = "2025-10-31"


def not_begun(records: Records) -> None:
    """The contract was signed in spring; copies went in winter."""
    of(records["contracts"], BASE + 1)["signedDate"] = "2026-04-01"


def other_currency(records: Records) -> None:
    """An advance in dollars."""
    first(records)["advances"] = [
        {"id": 1, "payee": {"id": BASE + 1}, "joint": False, "trigger": "Signature", "amount": "1000.00", "currencyCode": "USD",
         "dueOn": None, "paidOn": "2026-02-01"}
    ]  # fmt: skip


FAULTS: list[tuple[Callable[[Records], None], str]] = [
    (unreadable, "HOLD-LINE"),
    (negative, "HOLD-LINE"),
    (uk, "HOLD-LINE"),
    (shares, "HOLD-TERMS"),
    (weights, "HOLD-TERMS"),
    (rate, "HOLD-TERMS"),
    (other_currency, "HOLD-TERMS"),
    (foreign, "HOLD-TAX"),
    (no_address, "HOLD-ADDRESS"),
    (no_channel, "HOLD-CHANNEL"),
    (no_rate, "HOLD-RATE"),
    (ended, "HOLD-CONTRACT"),
    (not_begun, "HOLD-CONTRACT"),
]


def page(station: Station) -> str:
    """The newest report as whoever approves reads it."""
    newest = max((station.folder / "staging").rglob("report-*.html"), key=lambda path: path.stat().st_mtime_ns)
    return newest.read_text(encoding="utf-8")


def told(station: Station) -> dict[str, Any]:
    """The same as data."""
    newest = max((station.folder / "staging").rglob("report-*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
    return found


def approved(station: Station, period: str = "2026H1") -> set[str]:
    """The accounts that were approved."""
    return {subject.removeprefix("account:") for subject in station.deliveries(DAG, f"approved:{period}")}


def configure(station: Station, **more: Any) -> None:
    """The shipped royalties.yaml with other settings; those of the policy are in `policy`."""
    shipped = yaml.safe_load((SHIPPED / "royalties.yaml").read_text(encoding="utf-8"))
    policy = more.pop("policy", {})
    shipped["policies"]["standard"].update(policy)
    station.configure("royalties.yaml", yaml.safe_dump({**shipped, **more}))


OTHERS = {f"contract:{BASE + number}" for number in range(2, PAYEES + 1)}


@pytest.mark.parametrize(("spoil", "rule"), FAULTS, ids=[spoil.__name__ for spoil, _ in FAULTS])
def test_a_doubtful_account_is_held_and_named_and_all_others_are_paid(
    station: Station, records: Records, spoil: Callable[[Records], None], rule: str
) -> None:
    """Nothing goes to its payee, the exception says why, the approver's page has it with its rule, and five statements leave."""
    spoil(records)
    station.seed("consonance", records)
    run = station.run(DAG, DAY, FORM)
    assert run.state == "success", run.logs
    assert approved(station) == OTHERS
    assert (rule, f"account:{HELD}") in station.exceptions(DAG)
    [(_, body)] = run.asked
    assert "🟠" in body
    assert f"held by {rule} | 1 |" in body
    assert "| accounts held | 1 |" in body
    shown = page(station)
    assert "All control totals hold" not in shown
    assert HELD in shown
    assert rule in shown
    [held] = told(station)["held"]
    assert held["account"] == HELD
    assert f":{HELD}:" not in " ".join(station.effects("exstream.letter"))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (unreadable, "HOLD-LINE"),
        (uk, "HOLD-LINE"),
        (shares, "HOLD-TERMS"),
        (rate, "HOLD-TERMS"),
        (foreign, "HOLD-TAX"),
        (ended, "HOLD-CONTRACT"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_report_files_are_judged_by_the_same_rules(station: Station, records: Records, spoil: Callable[[Records], None], rule: str) -> None:
    """An account that tells its royalties by files holds whom the one with GraphQL holds, and pays the others."""
    spoil(records)
    station.seed("consonance", records)
    tell(station, DOCUMENTED, as_of=DAY)
    run = station.run(DAG, DAY, FORM)
    assert run.state == "success", run.logs
    assert approved(station) == OTHERS
    assert (rule, f"account:{HELD}") in station.exceptions(DAG)


def test_the_page_says_how_much_is_at_stake(station: Station, records: Records) -> None:
    """What the account earned and what would be due, and the sum over all that are held."""
    foreign(records)
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM, answer="Reject")
    [held], waiting = told(station)["held"], told(station)["waiting"]["GBP"]
    assert held["currency"] == "GBP"
    assert held["due"] == waiting["held"]["due"]
    assert float(held["earned"]) > 0
    assert held["earned"] in page(station)


def test_a_held_account_is_paid_once_it_is_mended(station: Station, records: Records) -> None:
    """The form came in: the same period pays that account alone, and its exception is closed."""
    foreign(records)
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM)
    before = station.effects("exstream.letter")
    status = {"id": 77, "contactId": BASE + 1, "name": "TAX_STATUS", "value": "ABROAD", "source": "form", "revision": 1,
              "updatedAt": "2026-09-02T05:00:00Z", "observedAt": None, "externalReference": None}  # fmt: skip
    station.seed("consonance", {"contactFields": [status]})
    station.advance(3600)
    run = station.run(DAG, None, FORM)
    assert run.state == "success", run.logs
    assert approved(station) == {HELD, *OTHERS}
    assert len(station.effects("exstream.letter")) == len(before) + 1
    assert not [subject for rule, subject in station.exceptions(DAG) if rule.startswith("HOLD")]


@pytest.mark.parametrize(
    "rates",
    [
        [{"rate": "0.8", "on": "2019-01-02"}],
        [{"rate": "0.8", "on": "2026-06-30"}, {"rate": "0.5", "on": "2026-06-30"}],
        [{"rate": "-0.8", "on": "2026-06-30"}],
        [{"rate": "0", "on": "2026-06-30"}],
    ],
    ids=["old", "twice", "negative", "nought"],
)
def test_a_rate_that_cannot_be_right_holds_who_needs_it(station: Station, records: Records, rates: list[dict[str, str]]) -> None:
    """The dollars of one account wait; pounds are paid."""
    no_rate(records)
    usd = {"currency": "USD", "into": "GBP", "source": "ECB", "policy": "ACTUAL_RECEIPT"}
    configure(station, exchange_rates=[{**usd, **one} for one in rates])
    station.seed("consonance", records)
    run = station.run(DAG, DAY, FORM)
    assert run.state == "success", run.logs
    assert approved(station) == OTHERS
    assert ("HOLD-RATE", f"account:{HELD}") in station.exceptions(DAG)


def test_a_good_rate_holds_nobody(station: Station, records: Records) -> None:
    """So it is the rate, and not the dollars."""
    no_rate(records)
    usd = {"currency": "USD", "into": "GBP", "source": "ECB", "policy": "ACTUAL_RECEIPT", "rate": "0.8", "on": "2026-06-30"}
    configure(station, exchange_rates=[usd])
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM)
    assert approved(station) == {HELD, *OTHERS}


def test_a_first_payment_above_the_limit_waits_until_a_person_lets_it_go(station: Station, records: Records) -> None:
    """Who let it go, and why, is on the page of the run that pays it."""
    sold = first_sale(records)
    sold.update(isReturn=False, quantity=40_000, value="180000.00")
    configure(station, policy={"first_payment_limits": {"GBP": "20000"}})
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM)
    assert approved(station) == OTHERS
    assert ("HOLD-FIRST", f"account:{HELD}") in station.exceptions(DAG)
    released = {"account": HELD, "period": "2026H1", "rule": "HOLD-FIRST", "by": "J. Marlow", "why": "a film"}
    configure(station, policy={"first_payment_limits": {"GBP": "20000"}}, released=[released])
    station.advance(3600)
    station.run(DAG, None, FORM)
    assert approved(station) == {HELD, *OTHERS}
    assert "Holds that a person let go" in page(station)
    assert "J. Marlow: a film" in page(station)


def test_a_payment_far_above_the_last_one_waits(station: Station, records: Records) -> None:
    """A year of 60.00 and then of 30,000.00 is a typing error more often than a bestseller."""
    station.seed("consonance", records)
    sale = {**first_sale(records), "isReturn": False, "royaltyRunId": None}
    station.seed("consonance", {"sales": [{**sale, "id": 900_001, "quantity": 90, "value": "405.00"}]})
    station.run(DAG, DAY, FORM)
    later = {**sale, "id": 900_002, "salesDate": "2026-08-01", "quantity": 40_000, "value": "180000.00"}
    station.seed("consonance", {"sales": [later]})
    run = station.run(DAG, datetime(2027, 3, 1, 6, tzinfo=UTC), {**FORM, "period": "2026H2"})
    assert run.state == "success", run.logs
    assert HELD not in approved(station, "2026H2")
    assert ("HOLD-JUMP", f"account:{HELD}") in station.exceptions(DAG)


def test_a_payee_who_was_replaced_with_an_open_advance_holds_the_account(station: Station, records: Records) -> None:
    """The estate is not paid before somebody says whose the unearned advance is."""
    advance = {"id": 1, "payee": {"id": BASE + 1}, "joint": False, "trigger": "Signature", "amount": "5000.00", "currencyCode": "GBP",
               "dueOn": None, "paidOn": "2026-02-01"}  # fmt: skip
    first(records)["advances"] = [advance]
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM)
    estate = first(records)
    estate["splits"][0]["payee"] = {"id": BASE + 2}
    sale = {**first_sale(records), "id": 900_002, "salesDate": "2026-08-01", "royaltyRunId": None}
    station.seed("consonance", {"royaltyTerms": [estate], "sales": [sale]})
    run = station.run(DAG, datetime(2027, 3, 1, 6, tzinfo=UTC), {**FORM, "period": "2026H2"})
    assert run.state == "success", run.logs
    assert HELD not in approved(station, "2026H2")
    assert ("HOLD-REPLACED", f"account:{HELD}") in station.exceptions(DAG)


def test_a_sale_after_the_end_is_the_successors(station: Station, records: Records) -> None:
    """The old contract ended and a new one is in force on the same work: only that one pays, and nobody is held."""
    old, terms = of(records["contracts"], BASE + 1), first(records)
    old["terminatedDate"] = "2025-12-31"
    records["contracts"].append({**old, "id": 900_100, "signedDate": "2025-12-31", "terminatedDate": None, "licensedRights": []})
    records["royaltyTerms"].append({**terms, "id": 900_100, "contractId": 900_100})
    station.seed("consonance", records)
    run = station.run(DAG, DAY, FORM)
    assert run.state == "success", run.logs
    assert approved(station) == {HELD, "contract:900100", *OTHERS}
    assert not [rule for rule, _ in station.exceptions(DAG) if rule.startswith("HOLD")]
    assert told(station)["counts"]["accounts blocked"] == 0


def test_all_hold_is_said_only_when_all_do(station: Station, records: Records) -> None:
    """Six accounts, nothing held, Consonance's totals equal: then the page is green."""
    station.seed("consonance", records)
    run = station.run(DAG, DAY, FORM, answer="Reject")
    [(_, body)] = run.asked
    if told(station)["differences"]:
        assert "🟠" in body
        assert "All control totals hold" not in page(station)
        assert 'href="#differences"' in page(station)
    else:
        assert "✅" in body
        assert "All control totals hold" in page(station)


def test_much_money_takes_two_persons(station: Station, records: Records) -> None:
    """Above the limit a second person is asked; the same one twice approves nothing."""
    configure(station, second_approval_above={"GBP": "1"})
    station.seed("consonance", records)
    run = station.run(DAG, DAY, FORM, people=("Ada", "Ada"))
    assert isinstance(run.error, RefusedError)
    assert approved(station) == set()
    assert station.effects("exstream.letter") == []
    station.advance(3600)
    again = station.run(DAG, None, FORM, people=("Ada", "Ben"))
    assert again.state == "success", again.logs
    assert [subject.endswith("second approval") for subject, _ in again.asked] == [False, True]
    assert "it takes two persons" in again.asked[0][1]
    assert approved(station) == {HELD, *OTHERS}


def test_little_money_takes_one(station: Station, records: Records) -> None:
    """Nobody is asked twice for nothing."""
    configure(station, second_approval_above={"GBP": "1000000"})
    station.seed("consonance", records)
    assert len(station.run(DAG, DAY, FORM).asked) == 1
