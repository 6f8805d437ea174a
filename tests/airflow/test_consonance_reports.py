"""Reports of Consonance through hook and operator, against the sandbox and a folder."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from colophon.domain.fact_lines import from_lines
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.domain.todo import Milestone, Todo
from colophon.errors import AuthFailedError, BadConnectionError, BadReportError, NotReadyError, TooManyRefusedError
from colophon.ledger import Ledger, upgrade
from colophon.staging import Batch, Staging
from colophon_airflow.hooks.consonance import ConsonanceHook
from colophon_airflow.operators import consonance
from colophon_airflow.operators.consonance import ConsonanceReportsExtractOperator
from colophon_airflow.provider_info import get_provider_info
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

KEY = "sandbox0key0not0real000000000000"
USE_CASE = "exstream.royalty_statements"
PAYMENTS = "Contact ID,Contract ID,Paid on,Amount,Currency code\n101,101,2026-04-01,120.50,GBP\n"
FAULTY = "102,101,yesterday,20,GBP\n"


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(seeds.catalogue(100, 7)) as url:
        yield url


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox, airflow_database):
    """A sandbox with the built-in catalogue, a ledger, a folder, and connections that tests set."""
    upgrade(url := f"sqlite:///{tmp_path / 'ledger.db'}")
    requests.delete(f"{sandbox}/__sandbox__/faults", timeout=10)
    now = datetime.now(UTC)
    requests.put(f"{sandbox}/__sandbox__/clock", json={"now": now.isoformat(), "mode": "running"}, timeout=10).raise_for_status()
    (folder := tmp_path / "reports").mkdir()

    def connect(location: str = f"{sandbox}/consonance/__files__", **extra: object) -> None:
        given = {"conn_type": "consonance", "host": f"{sandbox}/consonance", "password": KEY}
        more = {"reports_location": location, "reports_conn_id": "reports", "settle_seconds": 0, "timeouts": {"total": 5}, **extra}
        monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**given, "extra": more}))

    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    monkeypatch.setenv("AIRFLOW_CONN_REPORTS", json.dumps({"conn_type": "http", "password": KEY}))
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
    connect()
    return SimpleNamespace(url=url, folder=folder, connect=connect, sandbox=sandbox, patch=monkeypatch, staging=str(tmp_path / "staging"))


def execute(*reports: str, run_id: str = "run-1", try_number: int = 1):
    """Run the task once."""
    now = datetime.now(UTC)
    run = SimpleNamespace(data_interval_start=None, data_interval_end=None, run_type="manual", run_after=now)
    ti = SimpleNamespace(run_id=run_id, try_number=try_number, map_index=-1)
    operator = ConsonanceReportsExtractOperator(task_id="reports", use_case=USE_CASE, reports=reports)
    return operator.execute({"dag_run": run, "ti": ti, "params": {}})


def rows(place, entry, kind):
    """What was staged of a report."""
    staging = Staging(place.staging)
    return [row for batch in entry["batches"] for row in from_lines(kind, staging.read_lines(Batch(**batch)))]


def exceptions(place):
    with Ledger.open(place.url) as ledger:
        return ledger.open_exceptions(use_case=USE_CASE.replace(".", "__"))


def fault(place, kind, value=None, path="*", method="GET"):
    body = {"system": "consonance", "kind": kind, "value": value, "times": None, "match": {"path": path, "method": method}}
    requests.post(f"{place.sandbox}/__sandbox__/faults", json=body, timeout=10).raise_for_status()


def test_rows_travel_by_reference_in_batches(place, caplog):
    """Sales, terms and to-dos arrive whole; neither a sum nor a rate is in what the task returns or logs."""
    sales, terms, todos = execute("sales", "royalty_terms", "todos")
    assert [entry["state"] for entry in (sales, terms, todos)] == ["staged"] * 3
    found = rows(place, sales, Sale)
    assert len(found) > 500
    assert all(batch["count"] <= 500 for batch in sales["batches"])
    assert all(sale.origin.sha256 == sales["sha256"] for sale in found)
    assert all(isinstance(one, RoyaltyTerms) and one.rates for one in rows(place, terms, RoyaltyTerms))
    assert Milestone.PROOF_APPROVED in {todo.milestone for todo in rows(place, todos, Todo)}
    some = next(str(sale.value) for sale in found if sale.value)
    assert some not in json.dumps([sales, terms]) + caplog.text


def test_a_file_that_another_run_took_is_skipped_and_said_so(place, caplog):
    """The same run, cleared, reads it again; the next run does not; a new file is read."""
    place.connect(str(place.folder), reports_conn_id="")
    (place.folder / "payments.csv").write_text(PAYMENTS)
    assert execute("payments")[0]["state"] == "staged"
    assert execute("payments", try_number=2)[0]["state"] == "staged"
    (entry,) = execute("payments", run_id="run-2")
    assert (entry["state"], entry["batches"]) == ("seen", [])
    assert "taken by an earlier run; skipped" in caplog.text
    (place.folder / "payments.csv").write_text(PAYMENTS + "102,101,2026-04-02,20,GBP\n")
    assert execute("payments", run_id="run-2")[0]["state"] == "staged"


def test_bad_rows_are_exceptions_and_close_themselves(place):
    """The rest goes on; owner, remedy and place are told, the amount is not; the next file mends it."""
    place.connect(str(place.folder), reports_conn_id="")
    (place.folder / "payments.csv").write_text(PAYMENTS + FAULTY)
    (entry,) = execute("payments")
    assert entry["batches"][0]["count"] == 1
    (found,) = exceptions(place)
    assert (found.subject, found.owner, found.destination) == ("report:payments.csv, row 3", "operations", "report:payments")
    assert "Correct Paid on in payments.csv, row 3" in found.remedy
    (place.folder / "payments.csv").write_text(PAYMENTS)
    execute("payments", run_id="run-2")
    assert exceptions(place) == []


def test_a_file_of_faults_alone_stops_the_run(place, monkeypatch):
    """What was found is kept; the file is not taken."""
    monkeypatch.setattr(consonance, "MOST_FINDINGS", 3)
    place.connect(str(place.folder), reports_conn_id="")
    (place.folder / "payments.csv").write_text(PAYMENTS + FAULTY * 9)
    for _ in range(2):
        with pytest.raises(TooManyRefusedError):
            execute("payments")
    assert len(exceptions(place)) == 3


def test_a_file_not_there_yet_is_looked_for_again(place):
    """Later, with a moment; what was there is read again then, and no other run finds it taken."""
    place.connect(str(place.folder), reports_conn_id="")
    (place.folder / "payments.csv").write_text(PAYMENTS)
    with pytest.raises(NotReadyError, match=r"no sales report.*unknown") as caught:
        execute("payments", "sales")
    assert timedelta(0) < caught.value.not_before - datetime.now(UTC) < timedelta(hours=1)
    assert execute("payments", run_id="run-2")[0]["state"] == "staged"


def test_a_stale_or_half_written_file_is_waited_for(place):
    """Neither is read as if it were today's."""
    fault(place, "stale_report", 3)
    with pytest.raises(NotReadyError, match="hours old"):
        execute("sales")


def test_a_missing_column_fails_at_once(place):
    """The file and the column are named, and nothing is taken."""
    place.connect(str(place.folder), reports_conn_id="")
    (place.folder / "payments.csv").write_text(PAYMENTS.replace("Paid on,", "When,"))
    with pytest.raises(BadReportError, match="Paid on"):
        execute("payments")


def test_the_calendar_by_its_link_and_without_any_location(place, caplog):
    """The link is a key: it is in no log. Descriptions that nobody mapped are exceptions."""
    place.connect("", ical_url=f"{place.sandbox}/consonance/__files__/todos.ics?key={KEY}")
    (entry,) = execute("calendar")
    assert len(rows(place, entry, Todo)) > 100
    assert {found.rule for found in exceptions(place)} == {"milestone_unmapped"}
    assert KEY not in caplog.text + json.dumps(entry)
    with pytest.raises(BadConnectionError, match="no reports_location"):
        execute("sales")


@pytest.mark.parametrize("given", [{"password": "c4n4ry"}, {"login": "l", "password": "c4n4ry"}, {}])
def test_wrong_credentials_of_the_place_are_told_without_them(place, given):
    """The account's own key is never tried in their place."""
    place.patch.setenv("AIRFLOW_CONN_REPORTS", json.dumps({"conn_type": "http", **given}))
    with pytest.raises(AuthFailedError) as caught:
        execute("sales")
    assert "c4n4ry" not in str(caught.value)


def test_a_connection_for_reports_that_is_not_there(place):
    """Named, so that it can be made."""
    place.connect(reports_conn_id="nowhere")
    with pytest.raises(BadConnectionError, match="nowhere"):
        execute("sales")


def test_an_unknown_report_is_a_mistake_in_the_dag(place):
    """The known ones are listed."""
    with pytest.raises(ValueError, match="royalty_terms"):
        execute("sale")


def test_connection_test_says_which_reports_are_there(place):
    """All that the sandbox has; without a location it says nothing of them."""
    works, said = ConsonanceHook().test_connection()
    assert works, said
    assert "reports that are there: sales" in said
    place.connect("")
    assert "reports" not in ConsonanceHook().test_connection()[1]


def test_form_has_every_key_of_the_client():
    """What the client takes can be typed in, and nothing else; the link is not shown."""
    from colophon.http.settings import COMMON_KEYS
    from colophon.systems.consonance.settings import _DEFAULTS

    (form,) = [form for form in get_provider_info()["connection-types"] if form["connection-type"] == "consonance"]
    fields = form["conn-fields"]
    assert set(_DEFAULTS) <= set(fields) <= set(_DEFAULTS) | COMMON_KEYS
    assert {name for name, field in fields.items() if field["schema"].get("format") == "password"} == {"ical_url"}
