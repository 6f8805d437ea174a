"""Who is told when: of a task that failed for good, of a run that failed or is late, of an approval that waits. Airflow calls these."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from colophon import environment

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon_airflow.notices import Notice

log = logging.getLogger(__name__)

LATE_RUN = f"{__name__}.tell_late_run"
"""For Airflow, which calls it by its name where tasks run."""
LATE_RUN_BY_TRIGGERER = f"{__name__}.tell_late_run_by_triggerer"
REMINDER = f"{__name__}.remind_of_question"
REMINDER_BY_TRIGGERER = f"{__name__}.remind_of_question_by_triggerer"
_ASKED = "asked:"
_KEPT = timedelta(days=30)
_IN_VAIN_AFTER, _DAILY = timedelta(hours=1), timedelta(hours=20)
"""A cause is told again when it is still there so long after in the same run, which somebody cleared in vain; in other runs, once a day."""
_FAILED_BY_ITS_TASKS = "task_failure"
_REASONS = {
    "timed_out": ("it took longer than a run may (`run_minutes`)", "See which task was not done; what it began is left to the next run."),
    "all_tasks_deadlocked": ("its tasks wait for one another", "Clear the run; if it happens again, report it."),
}


def tell_failed_task(context: "Context") -> None:
    """A task failed and is not tried again: one notice for each DAG and cause, however many mapped tasks and runs have it.

    Where the cause is a system that is known to be away, or another DAG told of it, nobody is told twice.
    """
    from colophon.errors import ColophonError
    from colophon.use_cases.ops.watch import BY_AIRFLOW, ailment
    from colophon_airflow.notices import notice_of_task

    ti, problem = context["ti"], context.get("exception")
    problem = getattr(problem, "problem", problem)
    cause = getattr(problem, "code", type(problem).__name__) if problem else "killed"
    notice = notice_of_task(context, problem if isinstance(problem, BaseException) else None)
    broken = ailment(problem.system, cause) if isinstance(problem, ColophonError) else ""
    since = getattr(context.get("dag_run"), "start_date", None)
    _tell(ti.dag_id, ti.run_id, cause, notice, by=broken, tells_of="" if broken == BY_AIRFLOW else broken, since=since)


def tell_failed_run(context: "Context") -> None:
    """A run failed. Where its tasks told why, that was enough; what died without a word, or took too long, is told here."""
    from colophon.use_cases.ops.watch import BY_AIRFLOW
    from colophon_airflow.notices import Notice, page_of

    dag_id, run_id, reason = context["dag"].dag_id, str(context["run_id"]), str(context.get("reason") or "")
    since = getattr(context.get("dag_run"), "start_date", None)
    if reason == _FAILED_BY_ITS_TASKS and _was_told(dag_id, run_id, since):
        return
    why, do = _REASONS.get(reason, ("a task of it failed without a word", "Open the run; clear what is red: nothing goes twice."))
    notice = Notice(f"{dag_id}: the run {run_id} failed", why, do, page_of(dag_id, run_id))
    _tell(dag_id, run_id, f"run {reason}", notice, by=BY_AIRFLOW if reason in _REASONS else "", since=since)


def tell_late_run(*, context: Mapping[str, Any]) -> None:
    """A run has not ended long after it was queued (`late_minutes`), and waits for no person, of whom that is known.

    Airflow calls it where tasks run, not in the triggerer.
    """
    from colophon.use_cases.ops.watch import BY_AIRFLOW, LATE
    from colophon_airflow.notices import Notice, page_of

    run = context["dag_run"]
    dag_id, run_id = str(run["dag_id"]), str(run["dag_run_id"])
    if is_asking(dag_id, run_id):
        return
    stands = {"queued": "it has not begun: the run before it has not ended, or nothing schedules"}
    why = stands.get(str(run.get("state")), "a task of it waits or hangs")
    do = "Open the run: a deferred task needs a living triggerer, one that awaits input a person's answer, a queued one a free worker."
    what = f"{dag_id}: the run {run_id} is late, queued at {_minute(run.get('queued_at'))}"
    _tell(dag_id, run_id, LATE, Notice(what, why, do, page_of(dag_id, run_id)), by=BY_AIRFLOW)


async def tell_late_run_by_triggerer(*, context: Mapping[str, Any]) -> None:
    """The same, beside the triggerer's loop."""
    await asyncio.to_thread(tell_late_run, context=context)


class ApprovalWaits(BaseNotifier):
    """Tells that a person is asked."""

    def notify(self, context: "Context") -> None:
        """Send the notice; Airflow calls it when the question is put."""
        from colophon_airflow.alerts import send
        from colophon_airflow.dag_defaults import approval_limit
        from colophon_airflow.notices import Notice, page_of

        ti = context["ti"]
        hours = approval_limit().total_seconds() / 3600
        what, why = f"{ti.dag_id}: {ti.task_id} waits for a person's answer", f"nothing goes on before, and after {hours:g} h the run fails"
        where = f"{page_of(ti.dag_id, ti.run_id, ti.task_id)}/required_actions"
        _remember_question(ti)
        send(Notice(what, why, "Read the report, then approve or reject.", where))


def remind_of_question(*, context: Mapping[str, Any]) -> None:
    """Half of the time for an answer is over: who has not answered is told once more. Airflow calls it for runs that have not ended."""
    from colophon_airflow.alerts import send
    from colophon_airflow.dag_defaults import approval_limit
    from colophon_airflow.notices import Notice, page_of
    from colophon_airflow.settings import open_ledger

    run = context["dag_run"]
    dag_id, run_id = str(run["dag_id"]), str(run["dag_run_id"])
    with open_ledger() as ledger:
        asked = ledger.memory.get_each(_asked(dag_id, run_id))
    for question in asked:
        if question["task"]:
            ends = datetime.fromisoformat(question["at"]) + approval_limit()
            what = f"{dag_id}: {question['task']} still waits for a person's answer"
            where = f"{page_of(dag_id, run_id, question['task'])}/required_actions"
            send(
                Notice(
                    what, f"nobody answered yet, and at {_minute(ends)} the run fails", "Read the report, then approve or reject.", where
                )
            )


async def remind_of_question_by_triggerer(*, context: Mapping[str, Any]) -> None:
    """The same, beside the triggerer's loop."""
    await asyncio.to_thread(remind_of_question, context=context)


def forget_question(ti: Any) -> None:
    """It was answered, or the time for it is over."""
    _put_question(ti, "")


def _remember_question(ti: Any) -> None:
    _put_question(ti, ti.task_id)


def _put_question(ti: Any, task_id: str) -> None:
    """Where the ledger cannot keep it, nobody is reminded; the question is put all the same."""
    from colophon_airflow.settings import open_ledger

    now = environment.now()
    try:
        with open_ledger() as ledger:
            ledger.memory.forget(_ASKED, now - _KEPT)
            name = f"{_asked(ti.dag_id, ti.run_id)}{str(ti.task_id)[:60]}"
            ledger.memory.put(name, {"task": task_id, "at": now.isoformat()}, now)
    except Exception as problem:  # noqa: BLE001 - as below
        log.warning("The ledger cannot keep what was asked: %s", type(problem).__name__)


def _asked(dag_id: str, run_id: str) -> str:
    return f"{_ASKED}{dag_id}:{sha256(run_id.encode()).hexdigest()[:16]}:"


def is_asking(dag_id: str, run_id: str) -> bool:
    """Whether a run waits for a person's answer; where the ledger cannot say, it does not."""
    from colophon_airflow.settings import open_ledger

    try:
        with open_ledger() as ledger:
            return any(question["task"] for question in ledger.memory.get_each(_asked(dag_id, run_id)))
    except Exception as problem:  # noqa: BLE001 - it is told rather once too often
        log.warning("The ledger cannot say what was asked: %s", type(problem).__name__)
        return False


def _tell(dag_id: str, run_id: str, cause: str, notice: "Notice", *, by: str, tells_of: str = "", since: datetime | None = None) -> None:
    """Tell of a DAG's trouble, unless somebody was told. Where the ledger cannot say, this machine remembers.

    :param since: when the run began; one that was cleared begins anew.
    """
    from colophon.use_cases.ops.watch import DAGS
    from colophon_airflow import told_here
    from colophon_airflow.alerts import send
    from colophon_airflow.settings import open_ledger
    from colophon_airflow.standing import record_of, tell, was_seen

    now, name = environment.now(), f"{DAGS}{dag_id}:{cause}"
    try:
        with open_ledger() as ledger:
            told_here.hand_over(ledger, now)
            is_in_vain = was_seen(ledger, name, run_id, None) and not was_seen(ledger, name, run_id, since)
            again_after = _IN_VAIN_AFTER if is_in_vain else _DAILY
            tell(ledger, name, notice, now=now, again_after=again_after, by=by, tells_of=tells_of, run=run_id)
    except Exception as problem:  # noqa: BLE001 - whatever is broken, the notice goes
        log.warning("The ledger cannot say what was told: %s", type(problem).__name__)
        if told_here.is_first(cause, record_of(name, notice, now=now, tells_of=tells_of, run=run_id), now):
            send(notice)


def _was_told(dag_id: str, run_id: str, since: datetime | None) -> bool:
    """Whether anything was told of this run since it began; a run that was cleared begins anew."""
    from colophon.use_cases.ops.watch import DAGS
    from colophon_airflow import told_here
    from colophon_airflow.settings import open_ledger
    from colophon_airflow.standing import was_seen

    if told_here.was_told(f"{DAGS}{dag_id}:", run_id, environment.now()):
        return True
    try:
        with open_ledger() as ledger:
            return was_seen(ledger, f"{DAGS}{dag_id}:", run_id, since)
    except Exception as problem:  # noqa: BLE001 - as above
        log.warning("The ledger cannot say what was told: %s", type(problem).__name__)
        return False


def _minute(moment: object) -> str:
    return f"{datetime.fromisoformat(str(moment)):%Y-%m-%d %H:%M} UTC" if moment else "an unknown time"
