"""The same royalties by GraphQL and from report files; what is told nowhere is unknown, never none."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.royalty_run.runs import PERIOD, gathered, grouped

from colophon.blocks.decision import DecisionContext
from colophon.config.load import load_config
from colophon.config.milestones import load_milestones
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts, Known
from colophon.errors import NotReadyError
from colophon.royalty_run.reading import read
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.facts import FactReader
from colophon.systems.consonance.reports.store import Credentials, open_place
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.use_cases.xconnector.rights_royalty_exchange import CASE
from colophon_sandbox import seeds
from colophon_sandbox.serve import make_sandbox, running_sandbox
from colophon_sandbox.systems.consonance.records import Records
from colophon_sandbox.systems.consonance.report_files import write_reports

PAYEES = 12


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox with 12 payees."""
    with running_sandbox(seeds.payees(PAYEES)) as url:
        yield url


def inputs_of(url, folder=None, **extra):
    """What a run reads of an account, with the routes."""
    told = {"start_jitter_seconds": 0, "settle_seconds": 0, **({"reports_location": str(folder)} if folder else {}), **extra}
    settings = ConsonanceSettings.from_connection(f"{url}/consonance", "sandbox0key0not0real000000000000", told, connection="c")
    with ConsonanceClient(settings) as client:
        found = read(client, lambda: open_place(settings, Credentials(), lambda *_: _Nothing(), clock=lambda: datetime.now(UTC)), PERIOD)
        found.inputs = replace(found.inputs, sales=list(found.inputs.sales))
        return found


class _Nothing:
    """A client that fetches nothing: the reports are in a folder."""

    def close(self):
        """Nothing is open."""


def earned(found):
    """Earnings, due and debit of each payee, by account."""
    return {
        one.account_id: (one.earnings, {payee: (own.due + one.reserve.movement, own.debit) for payee, own in one.payees.items()})
        for one in gathered(grouped(found.inputs)).statements
    }


def test_files_give_the_same_royalties(sandbox, tmp_path):
    """Sales, terms and payments from files: the same earnings and dues to the penny, matched by ISBN."""
    write_reports(Records(make_sandbox(seeds=[lambda: seeds.payees(PAYEES)]).world.store), tmp_path)
    files = inputs_of(sandbox, tmp_path, profile="documented")
    assert (files.routes["sales"], files.routes["royalty_terms"]) == ("sales.csv", "contract_royalties.xlsx")
    assert files.findings == []
    assert earned(files) == earned(inputs_of(sandbox, tmp_path))


def test_files_have_the_same_lines_and_the_same_money(sandbox, tmp_path):
    """A feature that is lost between two runs counts nothing again: every line is known, and every figure is the same."""
    write_reports(Records(make_sandbox(seeds=[lambda: seeds.payees(PAYEES)]).world.store), tmp_path)
    by_file, by_graphql = (grouped(inputs_of(sandbox, tmp_path, **extra).inputs) for extra in ({"profile": "documented"}, {}))
    assert sorted(line.content for _, line, _ in by_file.lines) == sorted(line.content for _, line, _ in by_graphql.lines)
    assert money(by_file) == money(by_graphql)


def money(found):
    """All that each account's statement says of money."""
    return {
        one.account_id: (one.earnings, one.rights_income, one.top_up, one.reserve, one.joint, one.payees)
        for one in gathered(found).statements
    }


def test_a_file_tells_how_a_payee_is_reached(sandbox, tmp_path):
    """Town and preference come from the report of contacts; a blank leaves what is known, and without the file nothing is told."""
    write_reports(Records(make_sandbox(seeds=[lambda: seeds.payees(PAYEES)]).world.store), tmp_path)
    (tmp_path / "contacts.csv").unlink(missing_ok=True)
    without = inputs_of(sandbox, tmp_path, profile="documented")
    assert (without.routes["contact_fields"], without.inputs.payees[500_001].city) == ("not told", None)
    (tmp_path / "contacts.csv").write_text(
        "Contact ID,City,Email,Delivery preference\n500001,Norwich,,Print\n9,Ely,,\nx,,,\n", encoding="utf-8"
    )
    hour_ago = datetime.now(UTC).timestamp() - 3600
    os.utime(tmp_path / "contacts.csv", (hour_ago, hour_ago))
    found = inputs_of(sandbox, tmp_path, profile="documented")
    payee = found.inputs.payees[500_001]
    assert found.routes["contact_fields"] == "contacts.csv"
    assert (payee.city, payee.delivery, payee.email) == ("Norwich", "print", without.inputs.payees[500_001].email)
    assert found.inputs.payees.keys() == without.inputs.payees.keys()
    assert [finding.field for finding in found.findings] == ["Contact ID"]


def test_without_a_report_sales_are_unknown(sandbox, tmp_path):
    """An empty folder is not a period without sales: the run waits."""
    with pytest.raises(NotReadyError, match="unknown"):
        inputs_of(sandbox, tmp_path, profile="documented")


def test_no_bank_reference_is_ever_read(sandbox):
    """Tax numbers are read for the statement; bank data of contacts are dropped as they come in."""
    found = inputs_of(sandbox)
    assert found.inputs.payees[500_001].tax_id == "TAXNO-000001-CANARY"
    assert "GB00BANK" not in str([tuple(getattr(one, name) for name in one.__slots__) for one in found.inputs.payees.values()])
    assert "CANARY" not in repr(found.inputs.payees)


def test_terms_for_the_exchange_are_the_same_from_files(sandbox, tmp_path):
    """Finance is told of the same contracts with the same rates and guaranteed amounts, whichever way Consonance tells them."""
    write_reports(Records(make_sandbox(seeds=[lambda: seeds.payees(PAYEES)]).world.store), tmp_path)
    by_graphql, by_files = (exchanged(sandbox, tmp_path, profile=profile) for profile in ("extended", "documented"))
    assert (by_graphql.sources["RoyaltyTerms"], by_files.sources["RoyaltyTerms"]) == ("graphql", "contract_royalties.xlsx")
    assert agreed(by_files) == agreed(by_graphql)
    assert any(minimum for *_, minimum, _ in agreed(by_files))


def exchanged(url, folder, **extra):
    """What the exchange reads of an account."""
    told = {"start_jitter_seconds": 0, "settle_seconds": 0, "reports_location": str(folder), **extra}
    settings = ConsonanceSettings.from_connection(f"{url}/consonance", "sandbox0key0not0real000000000000", told, connection="c")
    place = open_place(settings, Credentials(), lambda *_: _Nothing(), clock=lambda: datetime.now(UTC))
    with ConsonanceClient(settings) as client, place:
        return FactReader(client, place, load_milestones()).read(CASE.reads)


def agreed(found):
    """Contract, product, rate and guaranteed amounts of each event to finance."""
    as_of = datetime(2026, 9, 1, tzinfo=UTC)
    statements = Facts({HistoryRow: Known(records=(), source="ledger", as_of=as_of)})
    plan = CASE.decide(found | statements, DecisionContext(as_of=as_of, config=load_config(), params={}, history=lambda *_: {}))
    contents = {
        json.loads(one.content)["contractId"]: json.loads(one.content)["terms"]
        for one in plan.intents
        if one.destination == "finance-terms"
    }
    return sorted(
        (
            contract,
            rate["productId"],
            float(rate["ratePercent"]),
            float(rate["guaranteedMinimum"] or 0),
            float(rate["guaranteedMaximum"] or 0),
        )
        for contract, terms in contents.items()
        for rate in terms["royaltyTerms"]["rates"]
    )
