"""How a task fails: four lines and a summary in its log, no traceback of errors of ours; waits and approvals have an end."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred
from dag_walk import dag_named
from ledger_database import make_ledger
from moving_clock import Clock

from colophon import environment
from colophon.domain.delivery import Intent
from colophon.errors import AuthFailedError, BadConfigError, RefusedError, WaitedTooLongError
from colophon.ledger import Ledger
from colophon_airflow.operators.approval import AskOperator, SecondAskOperator
from colophon_airflow.operators.base import AwaitOperator, DestinationOperator, OutcomeSummary, UseCaseOperator
from colophon_airflow.operators.failure import TaskFailed
from colophon_airflow.operators.task_log import summary
from colophon_airflow.retry import ErrorTreeRetryPolicy
from colophon_airflow.systems.opentext_push.trigger import OpentextPushFinishedTrigger
from colophon_airflow.watch import forget_question, remind_of_question

NOW = datetime(2026, 5, 1, 6, tzinfo=UTC)
TI = SimpleNamespace(dag_id="push__x", run_id="r", task_id="send", map_index=-1, try_number=1, max_tries=3)


class Refused(DestinationOperator):
    """Its system refuses it."""

    problem: Exception = AuthFailedError("the system refused our credentials", system="push", operation="submit", evidence="401")
    is_summed = False

    def execute(self, context: Any) -> None:
        if self.is_summed:
            summary("Delivered", {"sent": 3})
        raise self.problem


class Again(Refused):
    """Calls what it inherits."""

    def execute(self, context: Any) -> None:
        super().execute(context)


class Waits(AwaitOperator):
    """Waits for a job for two hours at most."""

    def trigger(self) -> OpentextPushFinishedTrigger:
        until = (environment.now() + timedelta(hours=2)).isoformat()
        return OpentextPushFinishedTrigger(conn_id="opentext_push_default", remote_ids=["1"], until=until)

    def take_outcomes(self, context: Any, ledger: Ledger) -> OutcomeSummary:
        raise AssertionError


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger in which one delivery waits."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    with Ledger.open(url) as opened:
        opened.plan([Intent("push__x", "people", "isbn:1", "A", b"{}", "application/json", NOW)])
        yield opened


def fail(operator: UseCaseOperator, caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> BaseException:
    """Run it; the error, with the log in `caplog`."""
    caplog.set_level(level)
    ExecutorSafeguard.tracker.set(operator)
    with pytest.raises(BaseException) as problem:
        operator.execute({"ti": TI, "task": operator})
    return problem.value


def test_an_error_of_ours_is_told_in_four_lines_after_a_summary(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """What, why, do, where; before them what the ledger has. No traceback, but at debug."""
    fail(Again(task_id="send", use_case="push.x", destination="people"), caplog)
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("colophon_airflow")]
    assert messages == [
        "Failed\n  in the ledger  people: 1 planned",
        (
            "what: push__x: send (people) failed in try 1\n"
            "why: the system refused our credentials (401)\n"
            "do: Renew the secret in the connection's password field and press Test.\n"
            "where: push submit, http.auth, /dags/push__x/runs/r/tasks/send"
        ),
    ]
    assert not any(record.exc_info for record in caplog.records)
    fail(Again(task_id="send", use_case="push.x", destination="people"), caplog, logging.DEBUG)
    assert any(record.exc_info and record.levelno == logging.DEBUG for record in caplog.records)


def test_a_summary_of_its_own_stands_alone(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """What was delivered before it failed is said once."""
    operator = Refused(task_id="send", use_case="push.x", destination="people")
    operator.is_summed = True
    fail(operator, caplog)
    assert [record.getMessage() for record in caplog.records if record.getMessage().startswith(("Failed", "Delivered"))] == [
        "Delivered\n  sent  3"
    ]


@pytest.mark.parametrize(("problem", "summaries"), [(ValueError("x"), 1), (AirflowSkipException("nothing to do"), 0)])
def test_other_errors_stay_what_they_are(ledger: Ledger, caplog: pytest.LogCaptureFixture, problem: Exception, summaries: int) -> None:
    """A fault of a library keeps its traceback; a skip is no failure."""
    operator = Refused(task_id="send", use_case="push.x", destination="people")
    operator.problem = problem
    assert fail(operator, caplog) is problem
    assert sum(record.getMessage().startswith("Failed") for record in caplog.records) == summaries
    assert "what:" not in caplog.text


def test_a_task_that_was_killed_before_it_began_has_no_name_of_its_own() -> None:
    """Its destination is not filled in yet; nobody reads what stands in its place."""
    waits = Waits(task_id="await", use_case="push.x", destination="people")
    assert waits.map_label == "people"
    waits.destination = object()
    assert waits.map_label == ""


def test_retries_go_by_the_error_and_not_by_the_exit() -> None:
    """A wrong password is not tried again, whichever way the task ended; a wait without end neither."""
    policy = ErrorTreeRetryPolicy()
    for problem in (AuthFailedError("refused"), WaitedTooLongError("nobody looked")):
        assert policy.evaluate(TaskFailed(problem), 1, 3).action == RetryAction.FAIL


def test_a_wait_has_an_end_even_where_nobody_looks(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own two hours and a quarter of one; then the task fails, the ledger stands as it was, and the next run looks again."""
    waits = Waits(task_id="await", use_case="push.x", destination="people")
    ExecutorSafeguard.tracker.set(waits)
    before = ledger.counts("push__x")
    with environment.use(replace(environment.REAL, clock=Clock(NOW))):
        with pytest.raises(TaskDeferred) as deferred:
            waits.execute({"ti": TI})
        assert deferred.value.timeout == timedelta(hours=2, minutes=15)
        monkeypatch.setenv("AIRFLOW__COLOPHON__DEFER_GRACE_MINUTES", "1")
        with pytest.raises(TaskDeferred) as deferred:
            waits.execute({"ti": TI})
    assert deferred.value.timeout == timedelta(hours=2, minutes=1)
    with pytest.raises(WaitedTooLongError, match="nobody looked until the time limit"):
        waits.resume_execution("__fail__", {"error": "Trigger timeout"}, {"ti": TI})
    assert ledger.counts("push__x") == before


def test_a_forgotten_approval_is_told_when_asked_and_fails_at_its_limit(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who may answer and how long is configuration; nobody answering approves nothing, and is not asked for ever."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(tmp_path / "alerts.log")}]))
    monkeypatch.setenv("AIRFLOW__COLOPHON__APPROVERS", "7, 12")
    monkeypatch.setenv("AIRFLOW__COLOPHON__APPROVAL_HOURS", "24")
    ask = AskOperator(task_id="approve", subject="May it go?", body="Look.")
    assert ask.response_timeout == timedelta(hours=24)
    assert [user["id"] for user in ask.assigned_users] == ["7", "12"]
    for notifier in ask.notifiers:
        notifier({"ti": TI, "task": ask, "dag": None})
    told = (tmp_path / "alerts.log").read_text(encoding="utf-8")
    assert "waits for a person's answer" in told
    assert "after 24 h the run fails" in told
    with pytest.raises(WaitedTooLongError, match="nobody answered within 1 day"):
        ask.resume_execution("execute_complete", {"event": {"error": "late", "error_type": "timeout"}}, {"ti": TI, "task": ask})
    assert "what: push__x: send failed" in caplog.text


def test_who_has_not_answered_is_reminded_when_half_of_the_time_is_over(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the moment at which it ends; who has answered hears nothing more."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(tmp_path / "alerts.log")}]))
    ask, run = AskOperator(task_id="approve", subject="May it go?", body="Look."), {"dag_id": TI.dag_id, "dag_run_id": TI.run_id}
    asked = SimpleNamespace(**{**vars(TI), "task_id": "approve"})
    for notifier in ask.notifiers:
        notifier({"ti": asked, "task": ask, "dag": None})
    remind_of_question(context={"dag_run": run})
    told = (tmp_path / "alerts.log").read_text(encoding="utf-8")
    assert "approve still waits for a person's answer" in told
    assert "the run fails" in told
    forget_question(asked)
    remind_of_question(context={"dag_run": run})
    assert (tmp_path / "alerts.log").read_text(encoding="utf-8") == told
    [_, reminder] = dag_named("exstream__royalty_statements").deadline
    assert reminder.interval == ask.response_timeout / 2


def test_a_second_person_is_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the approvers named, who answered first is not asked; with one name alone there is nobody."""
    said = {"balance": {"second": True}, "approve": {"responded_by_user": {"id": "7", "name": "7"}}}
    ti = SimpleNamespace(xcom_pull=lambda task_ids: said[task_ids])
    monkeypatch.setenv("AIRFLOW__COLOPHON__APPROVERS", "7")
    again = SecondAskOperator(task_id="approve_again", subject="May it go?", body="Look.", balance_task="balance", first_task="approve")
    with pytest.raises(BadConfigError, match="a second person"):
        again.execute({"ti": ti})
    with pytest.raises(RefusedError, match="by one person"):
        again.execute_complete({"ti": ti}, {"chosen_options": ["Approve"], "responded_by_user": {"id": "7"}})
    said["balance"] = {"second": False}
    assert again.execute({"ti": ti}) is None


def test_the_statements_wait_for_such_an_approval() -> None:
    """And the run's own limit leaves a person that time."""
    dag = dag_named("exstream__royalty_statements")
    assert isinstance(dag.get_task("approve"), AskOperator)
    assert dag.dagrun_timeout > dag.get_task("approve").response_timeout
