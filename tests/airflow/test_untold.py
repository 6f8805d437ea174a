"""What neither the account nor a report tells: one exception for operations, and a run that is not green."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from cases import case_of
from conftest_rights import point_at
from ledger_database import make_ledger
from rights_story import PORTAL, follow, run_context
from rights_world import CONSONANCE, ENDED, OPEN, portal_product, shown_open

from colophon.errors import BadRecordError, ColophonError, NotReadyError
from colophon.ledger import Ledger
from colophon.use_cases.xconnector.rights_royalty_exchange import CASE as EXCHANGE
from colophon_airflow.local import config_folder
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_airflow.operators.syndication import SyndicationExtractOperator
from colophon_sandbox.serve import running_sandbox

SCAN, NOTICES, FEED = "push.rights_expiry_scan", "exstream.rights_notices", "xconnector.metadata_syndication"
FILES = {"rights_deals": "rights_deals.csv", "head_grants": "head_grants.csv", "team": "team.csv"}
DAY = datetime.now(UTC).replace(hour=5, minute=30, second=0, microsecond=0)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A documented account with a folder of reports, and a portal that shows nothing open."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox({"consonance": CONSONANCE}) as sandbox:
        point_at(sandbox, tmp_path, monkeypatch)
        monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(config_folder(tmp_path)))
        requests.put(f"{sandbox}/__sandbox__/clock", json={"now": datetime.now(UTC).isoformat(), "mode": "running"}, timeout=60)
        products = [portal_product(1, OPEN), portal_product(2, ENDED)]
        seed = {"records": {"fourallportal": {"product": products}}}
        requests.post(f"{sandbox}/__sandbox__/seed", json=seed, timeout=60).raise_for_status()
        folder = tmp_path / "reports"
        folder.mkdir()
        there = json.loads(os.environ["AIRFLOW_CONN_CONSONANCE_DEFAULT"])
        there["extra"] |= {"profile": "documented", "reports_location": str(folder), "settle_seconds": 0}
        monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps(there))
        yield SimpleNamespace(sandbox=sandbox, folder=folder, ledger=lambda: Ledger.open(url))


def export(house: SimpleNamespace, *features: str) -> None:
    """Consonance's reports, written an hour ago."""
    for feature in features:
        name = FILES[feature]
        key = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
        answer = requests.get(f"{house.sandbox}/consonance/__files__/{name}", headers=key, timeout=60)
        answer.raise_for_status()
        (house.folder / name).write_bytes(answer.content)
        moment = time.time() - 3600
        os.utime(house.folder / name, (moment, moment))


def extract(use_case: str, days: int = 0) -> list[dict[str, object]]:
    """The first task of a morning, on its last try."""
    operator = RightsExtractOperator(task_id="extract", use_case=use_case, case=case_of(use_case), or_last_known=use_case == PORTAL)
    return operator.execute(run_context(DAY + timedelta(days=days)))


def exceptions(house: SimpleNamespace) -> list[tuple[str, str, str]]:
    """Open exceptions: rule, owner, what was found."""
    with house.ledger() as ledger:
        return [(row.rule, row.owner, row.found) for row in ledger.exceptions.open()]


def test_reports_that_were_never_seen_are_one_exception_and_not_one_for_each_title(house) -> None:
    """Neither grants nor licences: one cause, one exception; nothing is judged, so no title is blamed."""
    with pytest.raises(NotReadyError):
        extract(SCAN)
    assert exceptions(house) == [("A1", "operations", "head_grants: never seen; rights_deals: never seen")]


def test_the_portal_goes_by_what_was_known_and_the_run_is_red(house) -> None:
    """The licences' report vanishes: nothing opens, one exception names the file, and the report of the run fails."""
    export(house, *FILES)
    follow(PORTAL, run_context(DAY), extract(PORTAL), lambda: None)
    assert "GB/web" in shown_open(house.sandbox)[OPEN]
    before = {row for row in exceptions(house) if row[1] == "operations"}
    (house.folder / FILES["rights_deals"]).unlink()
    context = run_context(DAY + timedelta(days=1))
    follow(PORTAL, context, extract(PORTAL, 1), lambda: None)
    assert "GB/web" in shown_open(house.sandbox)[OPEN]
    with house.ledger() as ledger:
        (row,) = (row for row in ledger.exceptions.open() if row.owner == "operations" and row not in before)
    assert (row.rule, "rights_deals.csv was there" in row.expected) == ("R10", True)
    plan = {"read": 1, "destinations": {}, "note": "only closing is done, for Consonance could not be read (R10)"}
    context["ti"] = SimpleNamespace(
        xcom_pull=lambda **_: plan, dag_id=PORTAL, run_id="r", task_id="report", map_index=-1, try_number=1, max_tries=3
    )
    with pytest.raises(BadRecordError, match="only closing"):
        ReportOperator(task_id="report", use_case=PORTAL).execute(context)


def test_the_very_first_run_without_reports_touches_nothing(house) -> None:
    """Nothing was ever known: the portal stays as people made it, and the one exception says what to export."""
    with pytest.raises(NotReadyError):
        extract(PORTAL)
    assert [rule for rule, _, _ in exceptions(house)] == ["A1"]


def test_terms_that_nobody_tells_stop_the_exchange(house) -> None:
    """Finance is told nothing rather than that there is nothing."""
    export(house, *FILES)
    with pytest.raises(NotReadyError, match="royalty_terms"):
        DecideOperator(task_id="decide", case=lambda: EXCHANGE).execute(run_context(DAY))
    assert exceptions(house) == [("A1", "operations", "royalty_terms: never seen")]


def test_a_dry_run_opens_no_exception(house) -> None:
    """It fails, and leaves the ledger as it was."""
    context = run_context(DAY)
    context["params"] = {"dry_run": True}
    with pytest.raises(ColophonError):
        RightsExtractOperator(task_id="extract", use_case=SCAN, case=case_of(SCAN)).execute(context)
    assert exceptions(house) == []


@pytest.mark.parametrize("mode", ["full", "delta"])
def test_a_feed_of_no_product_at_all_is_not_green(house, monkeypatch, mode) -> None:
    """The first delta reads everything, as a full feed does: an empty catalogue is a fault of the source."""
    from colophon.systems.consonance.client import ConsonanceClient

    monkeypatch.setattr(ConsonanceClient, "iter_products", lambda *_, **__: iter(()))
    context = run_context(DAY)
    context["params"] = {"mode": mode, "recipients": None, "isbns": None, "dry_run": False}
    with pytest.raises(BadRecordError, match="no product"):
        SyndicationExtractOperator(task_id="extract", use_case=FEED, judged=[]).execute(context)


def test_a_night_on_which_nothing_changed_is_green(house, monkeypatch) -> None:
    """A delta may well be empty."""
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon.use_cases.xconnector.turned import built_by
    from colophon_airflow.settings import publisher_config

    config, day = publisher_config(), f"{DAY:%Y-%m-%d}"
    kept = {"on": day, "statuses": [], "days": [], "whole": day, "built_by": built_by(config)}
    with house.ledger() as ledger:
        for name in config.recipients:
            ledger.memory.set_watermark(f"xconnector__metadata_syndication/{name}", DAY)
            ledger.memory.put(f"rights_planned_by:xconnector__metadata_syndication/{name}", kept, DAY)
    monkeypatch.setattr(ConsonanceClient, "iter_products", lambda *_, **__: iter(()))
    context = run_context(DAY)
    context["params"] = {"mode": "delta", "recipients": ["retailer-plain"], "isbns": None, "dry_run": False}
    assert SyndicationExtractOperator(task_id="extract", use_case=FEED, judged=[]).execute(context) == []


def test_a_catalogue_of_no_product_at_all_is_not_green(house, monkeypatch) -> None:
    """An empty catalogue is a fault of the source: taken at its word, it would close everything."""
    from colophon.systems.consonance.client import ConsonanceClient

    export(house, *FILES)
    monkeypatch.setattr(ConsonanceClient, "iter_products_for_rights", lambda *_, **__: iter(()))
    for use_case in (SCAN, NOTICES, FEED):
        with pytest.raises(BadRecordError, match="no product"):
            extract(use_case)
