"""A night in a house that is watched: tasks have their tries, `ops__watch` looks every ten minutes, and people hear what they would hear.

with watched_night(station, patch) as night:
    night.run("xconnector__metadata_syndication", TWO)
    night.until(SEVEN)
night.told
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import dumps
from typing import Any, NamedTuple

import dag_walk
import pytest
from airflow.sdk import BaseNotifier
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped
from dag_walk import Run
from station import Station

from colophon import environment
from colophon.use_cases.ops.watch import DagRuns
from colophon_airflow import airflow_state
from colophon_airflow.dag_defaults import approval_limit, defer_grace, number_of
from colophon_airflow.desk import health
from colophon_airflow.operators.approval import AskOperator
from colophon_airflow.retry import ErrorTreeRetryPolicy
from colophon_airflow.watch import remind_of_question, tell_failed_run, tell_failed_task, tell_late_run

WATCH = "ops__watch"
LOOK, SILENT = timedelta(minutes=10), timedelta(minutes=30)
"""How often the watch looks; how long whoever listens outside hears nothing before it tells."""
PARTS = ("metadatabase", "scheduler", "triggerer")


class Told(NamedTuple):
    """What somebody heard, when and by which route."""

    at: datetime
    route: str
    what: str
    why: str
    do: str


HEARD: list[Told] = []
MUTE: set[str] = set()


class Route(BaseNotifier):
    """An alert route; one that is mute takes nothing."""

    def __init__(self, name: str, **lines: str) -> None:
        super().__init__()
        self.name, self.lines = name, lines

    def notify(self, context: Any) -> None:
        """Somebody hears it."""
        if self.name in MUTE:
            raise OSError("nobody takes it")
        HEARD.append(Told(environment.now(), self.name, **self.lines))


class Killed(BaseException):
    """A worker is gone in the middle of a task."""


@dataclass
class Night:
    """What Airflow and people know. `dies`: tasks whose worker is killed; `parts`: of Airflow, that are dead; `answers`: whether somebody does."""

    station: Station
    told: list[Told] = field(default_factory=lambda: HEARD)
    red: set[str] = field(default_factory=set)
    dies: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    answers: bool = True
    is_watched: bool = True
    runs: dict[str, DagRuns] = field(default_factory=dict)
    beat: datetime | None = None
    looked: datetime | None = None
    late: set[str] = field(default_factory=set)
    mends: list[Callable[[], object]] = field(default_factory=list)
    last: Run | None = None

    @property
    def is_scheduling(self) -> bool:
        """Whether runs begin."""
        return self.is_watched and "scheduler" not in self.parts

    def mend(self) -> None:
        """All is as it should be."""
        self.station.mend()
        self.dies.clear()
        self.parts.clear()
        MUTE.clear()
        self.answers = self.is_watched = True
        while self.mends:
            self.mends.pop()()

    def until(self, moment: datetime) -> None:
        """Let time pass; the watch looks whenever ten minutes are over."""
        self.looked = self.looked or self.station.now
        while (following := max(self.looked + LOOK, self.station.now)) <= moment:
            self.station.clock(following)
            self.looked = following
            self._look()
        if moment > self.station.now:
            self.station.clock(moment)

    def run(self, dag_id: str, at: datetime | None = None, **given: Any) -> Run:
        """A DAG's run as Airflow does it, which is told as Airflow has it told."""
        self.until(at or self.station.now)
        self.runs[dag_id] = DagRuns(dag_id, is_paused=False, run_id="now", state="running", run_after=self.station.now)
        run = self.last = self.station.run(dag_id, **given)
        self.runs[dag_id] = self.runs[dag_id]._replace(state=run.state, run_id=run.dag_run.run_id)
        self.red |= {task.rpartition(".")[2] for (task, _), state in run.states.items() if state == "failed" and dag_id != WATCH}
        if run.state == "failed":
            tell_failed_run({"dag": run.dag, "run_id": run.dag_run.run_id, "reason": "task_failure"})
        return run

    def _look(self) -> None:
        for dag in self.runs.values():
            patience = timedelta(minutes=number_of(dag.dag_id, "late_minutes"))
            if dag.state == "running" and dag.run_after and self.station.now - dag.run_after > patience and dag.dag_id not in self.late:
                self.late.add(dag.dag_id)
                queued = {"queued_at": dag.run_after.isoformat(), "state": "running"}
                tell_late_run(context={"dag_run": {"dag_id": dag.dag_id, "dag_run_id": dag.run_id, **queued}})
        if self.is_watched:
            self.station.run(WATCH)
        elif self.beat and self.station.now - self.beat >= SILENT:
            self.beat = None
            HEARD.append(Told(self.station.now, "outside", "Colophon's beat is silent", "none for 30 minutes", "Start the scheduler."))

    def runs_of(self, dag_id: str, now: datetime, before: datetime | None = None) -> DagRuns:
        """What Airflow says of a DAG; those that do not run tonight are well."""
        return self.runs.get(dag_id) or DagRuns(dag_id, is_paused=False, run_id="r", state="success", run_after=now)

    def health(self) -> dict[str, Any]:
        """What Airflow says of its parts."""
        return {part: {"status": "unhealthy" if part in self.parts else "healthy"} for part in PARTS}

    def executed(self, once: Any, run: Run, context: dict[str, Any]) -> Any:
        """A task with its tries and waits; the last one is told."""
        task, ti = context["task"], context["ti"]
        ti.max_tries = retries = int(task.retries or 0)
        while True:
            problem: BaseException
            try:
                if ti.task_id.rpartition(".")[2] in self.dies:
                    task.render_template_fields(context)
                    raise Killed
                return once(run, context)
            except (AirflowSkipException, DownstreamTasksSkipped):
                raise
            except Killed as killed:
                problem, is_last, wait = killed, ti.try_number > retries, None
            except Exception as raised:
                decision = ErrorTreeRetryPolicy().evaluate(raised, ti.try_number, retries, None)
                problem, is_last = raised, decision.action.value == "fail" or ti.try_number > retries
                wait = decision.retry_delay
            if is_last:
                tell_failed_task({**context, "exception": None if isinstance(problem, Killed) else problem})
                raise problem if isinstance(problem, Exception) else RuntimeError("killed")
            delay = wait or task.retry_delay * 2 ** (ti.try_number - 1)
            if ti.dag_id == WATCH:
                environment.sleep(0)
            else:
                self.until(self.station.now + max(delay, timedelta()))
            ti.try_number += 1

    def asked(self, once: Any, run: Run, task: AskOperator, context: dict[str, Any]) -> Any:
        """A question; where nobody answers, with a reminder when half of the time is over, and an end."""
        if self.answers:
            return once(run, task, context)
        ti, began = context["ti"], self.station.now
        self.runs[ti.dag_id] = self.runs[ti.dag_id]._replace(run_id=ti.run_id)
        for notifier in task.notifiers:
            notifier(context)
        self.until(began + approval_limit() / 2)
        remind_of_question(context={"dag_run": {"dag_id": ti.dag_id, "dag_run_id": ti.run_id}})
        self.until(began + approval_limit())
        return task.resume_execution("execute_complete", {"event": {"error": "late", "error_type": "timeout"}}, context)

    def waited(self, once: Any, trigger: Any) -> Any:
        """A wait; nobody looks where no triggerer lives, until the task's own limit is over."""
        if "triggerer" not in self.parts:
            return once(trigger)
        self.until(datetime.fromisoformat(trigger.until) + defer_grace())
        return None


@contextmanager
def watched_night(station: Station, patch: pytest.MonkeyPatch) -> Iterator[Night]:
    """A night in a house whose people have two alert routes, and somebody outside who listens."""
    night, usual = Night(station), (Run._executed, Run._asked, dag_walk.waited)
    HEARD.clear()
    MUTE.clear()

    def beat(_address: str) -> None:
        night.beat = station.now

    lines = {name: f"{{{{ {name} }}}}" for name in ("what", "why", "do")}
    routes = [{"notifier": f"{__name__}.Route", "kwargs": {"name": name, **lines}} for name in ("on-call", "second")]
    with patch.context() as inner:
        inner.setattr(Run, "_executed", lambda run, context: night.executed(usual[0], run, context))
        inner.setattr(Run, "_asked", lambda run, task, context: night.asked(usual[1], run, task, context))
        inner.setattr(dag_walk, "waited", lambda trigger: night.waited(usual[2], trigger))
        inner.setattr(health, "SYSTEMS", {name: health.SYSTEMS[name] for name in ("xconnector", "fourallportal")})
        inner.setattr(health, "ThreadPoolExecutor", environment.pool)
        inner.setattr(health, "_readiness", lambda _answers: {})  # none of a night's business, and most of its time
        for name, said in {"runs_of": night.runs_of, "health": night.health, "beat": beat}.items():
            inner.setattr(airflow_state, name, said)
        inner.setattr("tempfile.tempdir", str(station.folder))
        inner.setenv("AIRFLOW__COLOPHON__HEARTBEAT_URL", "https://beat.example/x")
        inner.setenv("AIRFLOW__COLOPHON__ALERTS", dumps(routes))
        yield night
