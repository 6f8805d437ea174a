"""The royalty statement batch as a whole, against the sandbox, with a person who approves or rejects."""

import json
import logging
import re
import sqlite3
from collections import Counter
from dataclasses import replace

import pytest
import yaml
from suite_forms import forms_of
from tests.airflow.royal_house import DAG_ID, open_house

from colophon.config import files as config

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs

PAYEES = 200
CANARIES = ("CANARY", "GB00BANK", "TAXNO-", "payees.example", "Royal Payee", "Canary Row", "ZZ1 1ZZ")


@pytest.fixture
def house(tmp_path, monkeypatch, airflow_database):
    """A sandbox with 200 payees, an empty ledger, and `run(answer, **form)`."""
    with open_house(tmp_path, monkeypatch, PAYEES) as opened:
        yield opened


def letters(house):
    """What truly left Exstream: keys of the sandbox's effects."""
    return [effect["key"] for effect in house.control("GET", "effects?kind=exstream.letter")["effects"]]


def outcomes(house):
    """Every statement's state in the ledger, by subject."""
    with house.ledger() as ledger:
        return {
            row.subject: row.state for name in ledger.counts(DAG_ID) if name.startswith("2026H1:") for row in ledger.newest(DAG_ID, name)
        }


def test_every_payee_ends_with_an_outcome_and_the_rerun_sends_nothing(house):
    """Two in a hundred are left out; their statements are named, the others have left, totals balance; again sends nothing."""
    first = house.run()
    assert first.balanced["counts"]["payees"] == PAYEES, first.states
    assert set(first.balanced["identities"].values()) == {True}
    assert first.balanced["differences"] == 1
    found = outcomes(house)
    assert Counter(found.values()) == {"sent": len(found) - 2, "skipped": 2}
    assert len({subject.rpartition(":")[2] for subject in found}) == PAYEES
    gone = letters(house)
    assert len(gone) == len(set(gone)) == len(found) - 2
    assert (first.state, first.states["report[-1]"], first.states["write_back[-1]"]) == ("failed", "failed", "success")
    assert first.report["outcomes"] == {"sent": len(found) - 2, "skipped": 2}
    with house.ledger() as ledger:
        assert len(ledger.exceptions.open(use_case=DAG_ID, destination="outcomes")) == 2
        assert ledger.tray.counts() == {}
    house.run()
    assert letters(house) == gone
    assert outcomes(house) == found


def test_rejecting_sends_nothing(house):
    """The person sees counts, identities and where the amounts are; after Reject the ledger has no statement, nothing leaves."""
    run = house.run("Reject")
    [(subject, body)] = run.asked
    assert subject == "Royalty statements 2026H1"
    assert "| payees | 200 |" in body
    assert "1 products differ" in body
    assert "| 1 Lines read are in rows, in suspense or excluded | holds |" in body
    assert f"/colophon/desk/statements/report/{run.run_id.replace(':', '%3A').replace('+', '%2B')}" in body
    assert "report-00001.html" in body
    assert (run.state, run.states["approve[-1]"], run.states["issue[-1]"], run.report["outcomes"]) == ("success", "success", "skipped", {})
    assert letters(house) == []
    with house.ledger() as ledger:
        assert ledger.counts(DAG_ID) == {}


def test_totals_that_do_not_balance_stop_before_approval(house, monkeypatch, capfd):
    """A penny too much in one account: nobody is asked, the error names identity and rows, the report says by how much."""
    from colophon.royalty_run import settling

    def wrong(account, *given, **more):
        made = settling.usual(account, *given, **more)
        return replace(made, earnings=made.earnings + 1) if account.id == "contract:500003" else made

    monkeypatch.setattr(settling, "usual", settling.settle_account, raising=False)
    monkeypatch.setattr(settling, "settle_account", wrong)
    run = house.run()
    assert (run.state, run.asked, run.states["balance[-1]"], run.states["approve[-1]"]) == ("failed", [], "failed", "upstream_failed")
    assert run.states["report[-1]"] == "upstream_failed"
    assert letters(house) == []
    log = "".join(capfd.readouterr())
    assert "Control total 3 does not hold" in log
    assert "contract:500003/product:500006" in log
    told = json.loads(next((house.path / "staging").rglob("report-*.jsonl")).read_text(encoding="utf-8"))
    assert told["identities"]["3"] is False
    assert {(one["subject"], one["by"]) for one in told["broken"]} >= {("contract:500003", "-0.01")}


def test_one_templates_trouble_stops_no_other(house, monkeypatch):
    """The output of one imprint's statements fails as a whole: those are failed and named, the others have left."""
    folder = house.path / "config"
    folder.mkdir()
    told = yaml.safe_load((config.SHIPPED / "royalties.yaml").read_text(encoding="utf-8"))
    academic = {**told["templates"][0], "name": "academic", "imprint": "Quill Academic"}
    (folder / "royalties.yaml").write_text(yaml.safe_dump({**told, "templates": [academic, *told["templates"]]}), encoding="utf-8")
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(folder))
    house.control("POST", "seed", {"records": {"consonance": {"contactFields": [_field(20, "EMAIL", "fail@payees.example")]}}})
    run = house.run()
    found = outcomes(house)
    with house.ledger() as ledger:
        academics = Counter(row.state for row in ledger.newest(DAG_ID, "2026H1:academic"))
        named = {one.subject for one in ledger.exceptions.open(use_case=DAG_ID, destination="outcomes")}
    assert academics["failed"] >= 1
    assert named == {subject for subject, state in found.items() if state in {"failed", "skipped"}}
    assert Counter(found.values())["sent"] == len(found) - len(named)
    assert run.report["outcomes"] == dict(Counter(found.values()))


def _field(number, name, value):
    """A field of a payee's contact."""
    key = 500_000 + number
    row = {"id": key * 10 + 9, "contactId": key, "name": name, "value": value, "source": "test", "revision": 1}
    return {**row, "updatedAt": "2026-07-06T05:00:00Z", "observedAt": None, "externalReference": None}


def test_nothing_personal_leaves_the_staging_place(house, caplog, capfd):
    """Tax numbers, bank data, addresses, names and amounts are in no log, XCom or rendered template, nor in an exception."""
    caplog.set_level(logging.DEBUG)
    run = house.run()
    report = json.loads(next((house.path / "staging").rglob("report-*.jsonl")).read_text(encoding="utf-8"))
    with house.ledger() as ledger:
        sent = b"".join(ledger.content(row.content_hash) or b"" for row in ledger.newest(DAG_ID, "2026H1:standard")).decode()
    assert all(canary in sent for canary in ("TAXNO-000003-CANARY", "3 Canary Row", "Royal Payee3"))
    told = [*report["totals"]["GBP"].values(), *re.findall(r'"-?(\d+\.\d\d)"', sent)]
    amounts = {amount.lstrip("-") for amount in told if len(amount) > 5}
    assert len(amounts) > 20
    written = caplog.text + "".join(capfd.readouterr()) + airflow_remembers(run.run_id) + str(run.asked)
    with house.ledger() as ledger:
        written += str(ledger.exceptions.open(use_case=DAG_ID, limit=10_000))
    assert [form for canary in CANARIES for form in forms_of(canary) if form in written] == []
    minor = (amount.replace(".", "") for amount in amounts if len(amount) > 6)
    assert [amount for amount in (*amounts, *minor) if re.search(rf"(?<![0-9a-f.]){re.escape(amount)}(?![0-9a-f])", written)] == []
    assert "Control totals of 2026H1" in written


def airflow_remembers(run_id):
    """XComs and rendered templates of a run, as Airflow's database has them."""
    import os

    path = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT value FROM xcom WHERE run_id = ?", (run_id,)).fetchall()
        rows += database.execute("SELECT rendered_fields FROM rendered_task_instance_fields WHERE run_id = ?", (run_id,)).fetchall()
        rows += database.execute("SELECT next_kwargs FROM task_instance WHERE run_id = ?", (run_id,)).fetchall()
    assert len(rows) > 10
    return " ".join(str(value) for (value,) in rows)
