"""The same royalties by GraphQL and from report files; what is told nowhere is unknown, never none."""

from datetime import UTC, datetime

import pytest
from tests.use_cases.royalties.runs import PERIOD, gathered, grouped

from colophon.errors import NotReadyError
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.report_place import Credentials, open_place
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.use_cases.royalties.reading import read
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
        return read(client, lambda: open_place(settings, Credentials(), lambda *_: _Nothing(), clock=lambda: datetime.now(UTC)), PERIOD)


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
    assert earned(files) == earned(inputs_of(sandbox))


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
