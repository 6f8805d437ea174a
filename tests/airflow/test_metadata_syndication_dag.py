"""The main DAG as a whole, against the sandbox: each scenario runs twice where that says something."""

import json
import warnings
from collections.abc import Callable

import pytest
import requests
from airflow.sdk.exceptions import ParamValidationError
from airflow.sdk.execution_time import task_runner

from colophon_sandbox import seeds

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs


def acknowledged(sandbox: str) -> list[str]:
    """What truly reached targets: keys of the sandbox's effects."""
    answer = requests.get(f"{sandbox}/__sandbox__/effects", params={"kind": "xconnector.acknowledged"}, timeout=60).json()
    return [effect["key"] for effect in answer["effects"]]


def test_the_second_run_sends_nothing(station) -> None:
    """A first run sends to all recipients, adds up, and is acknowledged; the same again has no effect at all."""
    first = station.run()
    assert first.state == "success", first.states
    assert first.report["sent"] > 100
    for found in first.report["destinations"].values():
        assert sum(found["plan"].values()) == first.report["read"]
        assert set(found["ledger"]) <= {"confirmed", "failed"}
    effects = acknowledged(station.sandbox)
    assert len(effects) == len(set(effects)) > 0
    second = station.run()
    assert second.state == "success"
    assert second.report["sent"] == 0
    assert acknowledged(station.sandbox) == effects


def test_a_dry_run_shows_the_plan_and_sends_nothing(station) -> None:
    """The plan is counted; ledger and middleware stay empty."""
    run = station.run(mode="delta", recipients=["kobo"], isbns=[], dry_run=True)
    assert run.state == "success"
    assert run.plan["destinations"]["kobo"]["new"] > 0
    assert acknowledged(station.sandbox) == []
    with station.ledger() as ledger:
        assert ledger.counts("xconnector__metadata_syndication") == {}


def test_one_title_by_hand_goes_again(station) -> None:
    """Mode list sends a title that the recipient has already, once for each run."""
    assert station.run(mode="delta", recipients=["erp-json"], isbns=[], dry_run=False).state == "success"
    with station.ledger() as ledger:
        isbn = ledger.newest("xconnector__metadata_syndication", "erp-json")[0].labels["isbn"]
    run = station.run(mode="list", recipients=["erp-json"], isbns=[isbn], dry_run=False)
    assert run.report["sent"] == 1
    with station.ledger() as ledger:
        assert [row.revision for row in ledger.history(isbn)] == [1, 2]


def test_a_middleware_that_is_down_fails_the_run_and_the_next_one_delivers(station) -> None:
    """Nothing is lost while the middleware answers 503: the rows wait, and the next run sends them once."""
    fault = {"system": "xconnector", "match": {"method": "POST", "path": "/v1/messages"}, "kind": "status", "times": None}
    fault |= {"value": {"status": 403}}
    requests.post(f"{station.sandbox}/__sandbox__/faults", json=fault, timeout=60).raise_for_status()
    broken = station.run(mode="delta", recipients=["erp-json"], isbns=[], dry_run=False)
    assert broken.state == "failed"
    assert acknowledged(station.sandbox) == []
    requests.delete(f"{station.sandbox}/__sandbox__/faults", timeout=60)
    mended = station.run(mode="delta", recipients=["erp-json"], isbns=[], dry_run=False)
    assert mended.state == "success"
    effects = acknowledged(station.sandbox)
    assert len(effects) == len(set(effects)) == broken.plan["destinations"]["erp-json"]["new"]


def test_a_right_that_ends_is_told_to_who_has_the_title(station) -> None:
    """A contract ends, and nobody touched the product: the next delta reads it, and its recipient is told that it may not be sold.

    That settles it: it is no exception, and on later nights it is not for this recipient any more.
    """
    form = {"mode": "delta", "recipients": ["erp-json"], "isbns": [], "dry_run": False}
    assert station.run(**form).state == "success"
    with station.ledger() as ledger:
        isbn = ledger.newest("xconnector__metadata_syndication", "erp-json")[0].labels["isbn"]
    records = seeds.catalogue(100, 7)["consonance"]
    work = next(one["workId"] for one in records["products"] if one["isbn13"] == isbn)
    ended = [one | {"terminatedDate": "2026-01-31"} for one in records["contracts"] if one["workId"] == work]
    body = {"records": {"consonance": {"contracts": ended}}}
    requests.post(f"{station.sandbox}/__sandbox__/seed", json=body, timeout=60).raise_for_status()
    told = station.run(**form)
    assert told.state == "success"
    with station.ledger() as ledger:
        row = max(ledger.history(isbn), key=lambda one: one.revision)
        assert json.loads(ledger.content(row.content_hash)) == {"isbn": isbn, "reason": "no longer for sale in this market"}
        assert ledger.exceptions.open(use_case="xconnector__metadata_syndication", subject=f"isbn:{isbn}") == []
    assert station.run(**form).report["sent"] == 0


def test_rights_that_nobody_knows_are_one_exception_and_nothing_goes(station) -> None:
    """The run is red: nothing new, nothing said to be closed, no exception for each title, and the next run reads from where this one did."""
    form = {"mode": "delta", "recipients": ["erp-json"], "isbns": [], "dry_run": False}
    body = {"consonance": {"features_off": ["head_grants"]}}
    requests.patch(f"{station.sandbox}/__sandbox__/settings", json=body, timeout=60).raise_for_status()
    run = station.run(**form)
    assert (run.state, acknowledged(station.sandbox)) == ("failed", [])
    with station.ledger() as ledger:
        [found] = ledger.exceptions.open(use_case="xconnector__metadata_syndication")
        assert "head_grants" in found.found
        assert ledger.memory.watermark("xconnector__metadata_syndication/erp-json") is None


def test_an_unknown_recipient_is_no_choice_of_the_form(station) -> None:
    """A typo is refused by the form, which names the choices; no run begins."""
    with pytest.raises(ParamValidationError, match="'kobbo' is not one of") as refused:
        station.run(mode="delta", recipients=["kobbo"], isbns=[], dry_run=False)
    assert "retailer-plain" in str(refused.value)


def test_an_isbn_that_is_none_is_refused_before_anything_is_read(station, caplog: pytest.LogCaptureFixture, monkeypatch) -> None:
    """A typo in the form fails the first task, which names it: in four lines of its log, and of one notice; without a traceback."""
    airflow_said = []

    class Log:
        def __getattr__(self, level: str) -> Callable[..., None]:
            return lambda event, *_, **__: airflow_said.append((level, event))

    run_task = task_runner._run_task_and_map_outcome
    monkeypatch.setattr(task_runner, "_run_task_and_map_outcome", lambda ti, context, _: run_task(ti, context, Log()))
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(station.path / "alerts.log")}]))
    run = station.run(mode="list", recipients=["kobo"], isbns=["978-0-306-40615-8"], dry_run=False)
    assert run.state == "failed"
    assert acknowledged(station.sandbox) == []
    [four] = [record.getMessage() for record in caplog.records if record.name == "colophon_airflow.operators.failure"]
    assert [line.partition(": ")[0] for line in four.splitlines()] == ["what", "why", "do", "where"]
    assert "978-0-306-40615-8" in four
    assert ("error", "Task exited") in airflow_said
    assert "exception" not in {level for level, _ in airflow_said}
    [notice] = (station.path / "alerts.log").read_text(encoding="utf-8").strip().split("\n\n")
    assert notice.splitlines()[1:] == four.splitlines()


def test_warnings_are_ours_only() -> None:
    """The filter above is for Airflow; our own modules import without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        import colophon.deliver
        import colophon.ledger  # noqa: F401 - loading it is the test
