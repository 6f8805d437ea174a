"""The exchange with finance as a whole: statements leave, obligations go out, payments come back, Consonance is told."""

import json
from collections import Counter
from decimal import Decimal

import pytest
from tests.airflow.royal_house import open_house

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs

DAG_ID = "xconnector__rights_royalty_exchange"
PAYEES = 20


@pytest.fixture
def house(tmp_path, monkeypatch, airflow_database):
    """A sandbox with 20 payees."""
    with open_house(tmp_path, monkeypatch, PAYEES) as opened:
        yield opened


def effects(house, kind):
    """Keys of what truly happened."""
    return [effect["key"] for effect in house.control("GET", f"effects?kind={kind}")["effects"]]


def test_payments_come_back_once_and_are_told_to_consonance(house):
    """The first night tells finance, which pays; the second takes the payments in; the third finds nothing to do."""
    assert house.run().balanced["counts"]["payees"] == PAYEES
    first = house.run_dag(DAG_ID)
    assert first.state == "success", first.states
    with house.ledger() as ledger:
        told = {name: Counter(row.state for row in ledger.all_of(DAG_ID, name)) for name in ("finance-terms", "finance-statements")}
    assert told["finance-terms"] == {"confirmed": PAYEES}
    statements = sum(told["finance-statements"].values())
    assert told["finance-statements"] == {"confirmed": statements}
    with house.ledger() as ledger:
        contents = [json.loads(ledger.content(row.content_hash)) for row in ledger.all_of(DAG_ID, "finance-statements")]
    owed = sum(Decimal(one["amount"]) != 0 for one in contents)  # of nothing nobody records a payment
    second = house.run_dag(DAG_ID)
    paid = effects(house, "consonance.recordPayment")
    assert len(paid) == len(set(paid)) == owed > 0
    with house.ledger() as ledger:
        assert {row.state for row in ledger.newest(DAG_ID, "consonance")} == {"confirmed"}
        assert ledger.inbox.pending(["*finance.payment.v1"]) == []
    events, known = effects(house, "xconnector.acknowledged"), second.returned["report"]["destinations"]
    third = house.run_dag(DAG_ID)
    assert (third.state, third.returned["report"]["destinations"]) == ("success", known)
    assert (effects(house, "xconnector.acknowledged"), effects(house, "consonance.recordPayment")) == (events, paid)
