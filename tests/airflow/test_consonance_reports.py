"""Reports of Consonance through the hook, against the sandbox and a folder."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from ledger_database import make_ledger

from colophon.domain.finding import Finding
from colophon.domain.payment import Payment
from colophon.domain.todo import Todo
from colophon.errors import AuthFailedError, BadConnectionError, BadReportError, NotReadyError
from colophon_airflow.provider_info import get_provider_info
from colophon_airflow.systems.consonance.hook import ConsonanceHook
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
    make_ledger(url := f"sqlite:///{tmp_path / 'ledger.db'}")
    requests.delete(f"{sandbox}/__sandbox__/faults", timeout=60)
    now = datetime.now(UTC)
    requests.put(f"{sandbox}/__sandbox__/clock", json={"now": now.isoformat(), "mode": "running"}, timeout=60).raise_for_status()
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


def rows(name: str) -> list[object]:
    """What a report tells, as a task reads it."""
    with ConsonanceHook().reports as place:
        report = place.read(name)
        assert report is not None
        with report:
            return list(report)


def fault(place, kind, value=None, path="*", method="GET"):
    body = {"system": "consonance", "kind": kind, "value": value, "times": None, "match": {"path": path, "method": method}}
    requests.post(f"{place.sandbox}/__sandbox__/faults", json=body, timeout=60).raise_for_status()


def test_a_bad_row_is_named_with_owner_and_remedy_and_the_others_are_read(place):
    """The place is told, the amount is not."""
    place.connect(str(place.folder), reports_conn_id="")
    (place.folder / "payments.csv").write_text(PAYMENTS + FAULTY)
    good, bad = rows("payments")
    assert isinstance(good, Payment)
    assert isinstance(bad, Finding)
    assert (bad.subject, bad.owner) == ("report:payments.csv, row 3", "operations")
    assert "Correct Paid on in payments.csv, row 3" in bad.remedy


def test_a_stale_or_half_written_file_is_waited_for(place):
    """Neither is read as if it were today's."""
    fault(place, "stale_report", 3)
    with pytest.raises(NotReadyError, match="hours old"):
        rows("sales")


def test_a_missing_column_fails_at_once(place):
    """The file and the column are named, and nothing is taken."""
    place.connect(str(place.folder), reports_conn_id="")
    (place.folder / "payments.csv").write_text(PAYMENTS.replace("Paid on,", "When,"))
    with pytest.raises(BadReportError, match="Paid on"):
        rows("payments")


def test_the_calendar_by_its_link_and_without_any_location(place, caplog):
    """The link is a key: it is in no log. Descriptions that nobody mapped are findings."""
    place.connect("", ical_url=f"{place.sandbox}/consonance/__files__/todos.ics?key={KEY}")
    entries = rows("calendar")
    assert len([entry for entry in entries if isinstance(entry, Todo)]) > 100
    assert {entry.rule for entry in entries if isinstance(entry, Finding)} == {"milestone_unmapped"}
    assert KEY not in caplog.text + repr(entries)
    with pytest.raises(BadConnectionError, match="no reports_location"):
        rows("sales")


@pytest.mark.parametrize("given", [{"password": "c4n4ry"}, {"login": "l", "password": "c4n4ry"}, {}])
def test_wrong_credentials_of_the_place_are_told_without_them(place, given):
    """The account's own key is never tried in their place."""
    place.patch.setenv("AIRFLOW_CONN_REPORTS", json.dumps({"conn_type": "http", **given}))
    with pytest.raises(AuthFailedError) as caught:
        rows("sales")
    assert "c4n4ry" not in str(caught.value)


def test_a_connection_for_reports_that_is_not_there(place):
    """Named, so that it can be made."""
    place.connect(reports_conn_id="nowhere")
    with pytest.raises(BadConnectionError, match="nowhere"):
        rows("sales")


def test_an_unknown_report_is_a_mistake_in_the_dag(place):
    """The known ones are listed."""
    with pytest.raises(ValueError, match="royalty_terms"):
        rows("sale")


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
