"""EX-3: whatever is doubtful of an account holds that account, and names it; everybody else is paid, and the approver's page says so."""

import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.config.files import SHIPPED
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


def terms(records: Records, key: int) -> dict[str, Any]:
    """The terms of a contract."""
    return of(records["royaltyTerms"], key)


def a_sale(records: Records, key: int) -> dict[str, Any]:
    """One sale of its product."""
    return of(records["sales"], 2 * key - BASE, "productId")


def unreadable(records: Records, key: int) -> None:
    """A price below nought."""
    a_sale(records, key)["listPrice"] = "-9.99"


def negative(records: Records, key: int) -> None:
    """Copies below nought, where the sign stands elsewhere."""
    a_sale(records, key)["quantity"] = -3


def uk(records: Records, key: int) -> None:
    """A word that is no country."""
    a_sale(records, key)["countryCode"] = "UK"


def shares(records: Records, key: int) -> None:
    """The other half was forgotten."""
    terms(records, key)["splits"][0].update(weight=50, sharePercent="50")


def weights(records: Records, key: int) -> None:
    """Equal weights, unequal shares."""
    split = terms(records, key)["splits"][0]
    terms(records, key)["splits"] = [
        {**split, "payee": {"id": payee}, "weight": 1, "sharePercent": share} for payee, share in ((key, "70"), (BASE + PAID[0], "30"))
    ]


def rate(records: Records, key: int) -> None:
    """1,000 % for 10.00 %."""
    terms(records, key)["rates"][0]["ratePercent"] = "1000"


def nowhere(records: Records, key: int) -> None:
    """A rate for a country that is none."""
    terms(records, key)["rates"][0]["territories"] = {"included": ["UK"], "excluded": []}


def foreign(records: Records, key: int, code: str | None = "US") -> None:
    """The payee lives abroad, and has sent no form."""
    of(records["contacts"], key)["addresses"][0]["country"] = {"description": "United States", "value": code}
    _forget(records, key, "TAX_STATUS")


def no_country(records: Records, key: int) -> None:
    """The payee lives in a country that is none."""
    of(records["contacts"], key)["addresses"][0]["country"] = {"description": "Great Britain", "value": "UK"}


def no_agent(records: Records, key: int) -> None:
    """The payee's agent is not among the contacts."""
    terms(records, key)["splits"][0].update(agent={"id": BASE - 7}, commissionPercent="15")


def no_address(records: Records, key: int) -> None:
    """Nobody knows where they live."""
    of(records["contacts"], key)["addresses"] = []


def no_channel(records: Records, key: int) -> None:
    """A country and nothing else."""
    contact = of(records["contacts"], key)
    contact["emails"] = []
    contact["addresses"][0]["addressLine1"] = None
    _forget(records, key, "DELIVERY_PREFERENCE")


def no_rate(records: Records, key: int) -> None:
    """Sold in dollars, of which nobody entered the rate."""
    a_sale(records, key)["currencyCode"] = "USD"


def ended(records: Records, key: int) -> None:
    """The contract ended in the autumn before."""
    of(records["contracts"], key)["terminatedDate"] = "2025-10-31"


def not_begun(records: Records, key: int) -> None:
    """The contract was signed in spring; copies went in winter."""
    of(records["contracts"], key)["signedDate"] = "2026-04-01"


def other_currency(records: Records, key: int) -> None:
    """An advance in dollars."""
    terms(records, key)["advances"] = [
        {"id": 1, "payee": {"id": key}, "joint": False, "trigger": "Signature", "amount": "1000.00", "currencyCode": "USD",
         "dueOn": None, "paidOn": "2026-02-01"}
    ]  # fmt: skip


def other_payment(records: Records, key: int) -> None:
    """A payment in yen."""
    row = {"id": key + 90_000, "revision": 1, "contactId": key, "contractId": key, "productId": None, "paidOn": "2026-05-04"}
    records["payments"].append(
        {**row, "updatedAt": "2026-07-05T05:00:00Z", "amount": "5000", "currencyCode": "JPY", "externalReference": None}
    )


def loaded_twice(records: Records, key: int) -> None:
    """The file of its sales was loaded again: every row has another number."""
    own = [row for row in records["sales"] if row["productId"] == a_sale(records, key)["productId"]]
    records["sales"] += [{**row, "id": row["id"] + 90_000} for row in own]


def _forget(records: Records, key: int, name: str) -> None:
    records["contactFields"] = [row for row in records["contactFields"] if (row["contactId"], row["name"]) != (key, name)]


BOTH, GRAPHQL, FILES = {EXTENDED, DOCUMENTED}, {EXTENDED}, {DOCUMENTED}
"""By which kinds of account a fault can come: a file has no column for weights, and GraphQL names nobody who is not there."""
FAULTS: list[tuple[Callable[[Records, int], None], str, set[str]]] = [
    (unreadable, "HOLD-LINE", BOTH),
    (negative, "HOLD-LINE", GRAPHQL),
    (uk, "HOLD-LINE", BOTH),
    (shares, "HOLD-TERMS", BOTH),
    (weights, "HOLD-TERMS", GRAPHQL),
    (rate, "HOLD-TERMS", BOTH),
    (other_currency, "HOLD-TERMS", GRAPHQL),
    (no_agent, "HOLD-CONTACT", FILES),
    (no_country, "HOLD-COUNTRY", BOTH),
    (foreign, "HOLD-TAX", BOTH),
    (no_address, "HOLD-ADDRESS", BOTH),
    (no_channel, "HOLD-CHANNEL", BOTH),
    (no_rate, "HOLD-RATE", GRAPHQL),
    (other_payment, "HOLD-CURRENCY", BOTH),
    (ended, "HOLD-CONTRACT", BOTH),
    (not_begun, "HOLD-CONTRACT", BOTH),
    (loaded_twice, "HOLD-TWICE", BOTH),
    (nowhere, "HOLD-TERMS", GRAPHQL),
]
PAID = (10, 11, 15, 20, 21, 24)
"""Accounts that nothing is wrong with: alone, two with a co-author, and one with an agent."""
SPOILT = [number for number in range(1, 25) if number not in PAID]


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


def is_shown(station: Station, run: Any, rule: str) -> bool:
    """Whether the exception, the question and the page that whoever approves reads say by which rule the account is held."""
    [(_, body)] = run.asked
    shown = page(station)
    return (rule, f"account:{HELD}") in station.exceptions(DAG) and f"held by {rule} |" in body and HELD in shown and rule in shown


OTHERS = {f"contract:{BASE + number}" for number in range(2, PAYEES + 1)}


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_each_doubtful_account_is_held_and_named_and_all_others_are_paid(station: Station, account: str) -> None:
    """Nothing goes to its payee, the exception says why, the approver's page has it with its rule, and everybody else's statement leaves.

    An account that tells its royalties by files is judged by the same rules.
    """
    house: Records = seeds.payees(max(PAID))["consonance"]
    held = {}
    for number, (spoil, rule, accounts) in zip(SPOILT, FAULTS, strict=False):
        if account in accounts:
            spoil(house, BASE + number)
            held[f"contract:{BASE + number}"] = rule
    station.seed("consonance", house)
    if account == DOCUMENTED:
        tell(station, DOCUMENTED, as_of=DAY)
    run = station.run(DAG, DAY, FORM)
    assert run.state == "success", run.logs
    everybody = {f"contract:{BASE + number}" for number in range(1, max(PAID) + 1)}
    assert approved(station) == everybody - set(held)
    assert {(rule, f"account:{name}") for name, rule in held.items()} <= set(station.exceptions(DAG))
    because = {one["account"]: {each["rule"] for each in one["because"]} for one in told(station)["held"]}
    assert {name: rule in because[name] for name, rule in held.items()} == dict.fromkeys(because, True)
    [(_, body)] = run.asked
    assert "🟠" in body
    assert f"| accounts held | {len(held)} |" in body
    assert {rule for rule in held.values() if f"held by {rule} |" not in body} == set()
    shown = page(station)
    if "APPROVERS_PAGE" in os.environ:  # a folder to look at it in
        Path(os.environ["APPROVERS_PAGE"]).joinpath(f"approver-{account}.html").write_text(shown, encoding="utf-8")
    assert "All control totals hold" not in shown
    assert {word for word in (*held, *held.values()) if word not in shown} == set()
    left = " ".join(station.effects("exstream.letter"))
    assert left
    assert [name for name in held if f":{name}:" in left] == []


def test_the_page_says_how_much_is_at_stake(station: Station, records: Records) -> None:
    """What the account earned and what would be due, and the sum over all that are held."""
    foreign(records, BASE + 1)
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM, answer="Reject")
    [held], waiting = told(station)["held"], told(station)["waiting"]["GBP"]
    assert held["currency"] == "GBP"
    assert held["due"] == waiting["held"]["due"]
    assert float(held["earned"]) > 0
    assert held["earned"] in page(station)


def test_a_held_account_is_paid_once_it_is_mended(station: Station, records: Records) -> None:
    """The form came in: the same period pays that account alone, and its exception is closed."""
    foreign(records, BASE + 1)
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
    no_rate(records, BASE + 1)
    usd = {"currency": "USD", "into": "GBP", "source": "ECB", "policy": "ACTUAL_RECEIPT"}
    configure(station, exchange_rates=[{**usd, **one} for one in rates])
    station.seed("consonance", records)
    run = station.run(DAG, DAY, FORM)
    assert run.state == "success", run.logs
    assert approved(station) == OTHERS
    assert is_shown(station, run, "HOLD-RATE")


def test_a_good_rate_holds_nobody(station: Station, records: Records) -> None:
    """So it is the rate, and not the dollars."""
    no_rate(records, BASE + 1)
    usd = {"currency": "USD", "into": "GBP", "source": "ECB", "policy": "ACTUAL_RECEIPT", "rate": "0.8", "on": "2026-06-30"}
    configure(station, exchange_rates=[usd])
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM)
    assert approved(station) == {HELD, *OTHERS}


def test_a_first_payment_above_the_limit_waits_until_a_person_lets_it_go(station: Station, records: Records) -> None:
    """Who let it go, and why, is on the page of the run that pays it."""
    sold = a_sale(records, BASE + 1)
    sold.update(isReturn=False, quantity=40_000, value="180000.00")
    configure(station, policy={"first_payment_limits": {"GBP": "20000"}})
    station.seed("consonance", records)
    run = station.run(DAG, DAY, FORM)
    assert approved(station) == OTHERS
    assert is_shown(station, run, "HOLD-FIRST")
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
    sale = {**a_sale(records, BASE + 1), "isReturn": False, "royaltyRunId": None}
    station.seed("consonance", {"sales": [{**sale, "id": 900_001, "quantity": 90, "value": "405.00"}]})
    station.run(DAG, DAY, FORM)
    later = {**sale, "id": 900_002, "salesDate": "2026-08-01", "quantity": 40_000, "value": "180000.00"}
    station.seed("consonance", {"sales": [later]})
    run = station.run(DAG, datetime(2027, 3, 1, 6, tzinfo=UTC), {**FORM, "period": "2026H2"})
    assert run.state == "success", run.logs
    assert HELD not in approved(station, "2026H2")
    assert is_shown(station, run, "HOLD-JUMP")


def test_a_sale_that_was_corrected_after_it_was_paid_waits_until_a_person_lets_it_go(station: Station, records: Records) -> None:
    """90 copies were 10, entered wrongly and paid: what is told now is another sale, and would be paid beside the one that was."""
    sale = {**a_sale(records, BASE + 1), "id": 900_001, "isReturn": False, "royaltyRunId": None, "quantity": 90, "value": "405.00"}
    station.seed("consonance", records)
    station.seed("consonance", {"sales": [sale]})
    station.run(DAG, DAY, FORM)
    paid = approved(station)
    later = [{**a_sale(records, key), "id": 900_001 + key, "salesDate": "2026-08-01", "royaltyRunId": None} for key in (BASE + 1, BASE + 2)]
    station.seed("consonance", {"sales": [{**sale, "quantity": 10, "value": "45.00"}, *later]})
    march, form = datetime(2027, 3, 1, 6, tzinfo=UTC), {**FORM, "period": "2026H2"}
    run = station.run(DAG, march, form)
    assert run.state == "success", run.logs
    assert paid == {HELD, *OTHERS}
    assert approved(station, "2026H2") == OTHERS
    assert is_shown(station, run, "HOLD-CHANGED")
    assert "are not told any more" in page(station)
    released = {"account": HELD, "period": "2026H2", "rule": "HOLD-CHANGED", "by": "J. Marlow", "why": "ten were sold, and ninety paid"}
    configure(station, released=[released])
    station.advance(3600)
    station.run(DAG, None, form)
    assert approved(station, "2026H2") == {HELD, *OTHERS}
    assert "J. Marlow: ten were sold, and ninety paid" in page(station)


def test_a_payee_who_was_replaced_with_an_open_advance_holds_the_account(station: Station, records: Records) -> None:
    """The estate is not paid before somebody says whose the unearned advance is."""
    advance = {"id": 1, "payee": {"id": BASE + 1}, "joint": False, "trigger": "Signature", "amount": "5000.00", "currencyCode": "GBP",
               "dueOn": None, "paidOn": "2026-02-01"}  # fmt: skip
    terms(records, BASE + 1)["advances"] = [advance]
    station.seed("consonance", records)
    station.run(DAG, DAY, FORM)
    estate = terms(records, BASE + 1)
    estate["splits"][0]["payee"] = {"id": BASE + 2}
    sale = {**a_sale(records, BASE + 1), "id": 900_002, "salesDate": "2026-08-01", "royaltyRunId": None}
    station.seed("consonance", {"royaltyTerms": [estate], "sales": [sale]})
    run = station.run(DAG, datetime(2027, 3, 1, 6, tzinfo=UTC), {**FORM, "period": "2026H2"})
    assert run.state == "success", run.logs
    assert HELD not in approved(station, "2026H2")
    assert is_shown(station, run, "HOLD-REPLACED")


def test_a_sale_after_the_end_is_the_successors(station: Station, records: Records) -> None:
    """The old contract ended and a new one is in force on the same work: only that one pays, and nobody is held."""
    old, agreed = of(records["contracts"], BASE + 1), terms(records, BASE + 1)
    old["terminatedDate"] = "2025-12-31"
    records["contracts"].append({**old, "id": 900_100, "signedDate": "2025-12-31", "terminatedDate": None, "licensedRights": []})
    records["royaltyTerms"].append({**agreed, "id": 900_100, "contractId": 900_100})
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
