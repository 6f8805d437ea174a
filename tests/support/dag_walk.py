"""A run of a DAG in this process, without Airflow's scheduler, database and triggerer: the very operators that the DAG wires, in order.

What Airflow does between tasks is done here: XComs, mapped tasks and groups, templates, trigger rules, skips, deferrals, asset events.
A task has one try, and it is the last.
"""

import importlib.util
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from graphlib import TopologicalSorter
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Asset
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.definitions.param import process_params
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped, TaskDeferred
from airflow.sdk.execution_time.context import OutletEventAccessors

from colophon import environment
from colophon_airflow.settings import recipient_names
from colophon_airflow.systems.trigger import SettledTrigger
from colophon_airflow.watch import remind_of_question

DAGS = Path(__file__).resolve().parents[2] / "dags"
SUCCESS, FAILED, SKIPPED, UPSTREAM_FAILED = "success", "failed", "skipped", "upstream_failed"
UNMAPPED = -1


def dag_named(dag_id: str) -> Any:
    """The DAG of `dags/<system>/<use_case>.py`, whose id is `<system>__<use_case>` and whose function has the use case's name."""
    return parsed(dag_id, tuple(recipient_names()))


@cache
def parsed(dag_id: str, _recipients: tuple[str, ...]) -> Any:
    """As `dag_named`; anew for each set of recipients, for a DAG's form has their names."""
    system, _, name = dag_id.partition("__")
    spec = importlib.util.spec_from_file_location(f"walked_{dag_id}", DAGS / system / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


@dataclass
class Run:
    """One run. `states`, `returned` by task and map index (-1: not mapped); `events`: what assets were told; `asked`: a person was.
    `rendered`: fields of tasks as Airflow would keep them.
    `people`: who answers, question by question, and how long after it was put (`answer_after`).

    `error` is the first that a task ended with.
    """

    dag: Any
    dag_run: SimpleNamespace
    triggered_by: Mapping[Asset, Sequence[Mapping[str, Any]]]
    answer: str
    people: Sequence[str] = ("Someone", "Someone Else")
    answer_after: timedelta = timedelta()
    states: dict[tuple[str, int], str] = field(default_factory=dict)
    xcoms: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    events: dict[Asset, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)
    error: BaseException | None = None
    _unwanted: set[str] = field(default_factory=set)

    @property
    def state(self) -> str:
        """`success`, or `failed` where a task did with which the DAG ends."""
        last = {task.task_id for task in self.dag.tasks if not task.downstream_task_ids}
        bad = [key for key, state in self.states.items() if key[0] in last and state in {FAILED, UPSTREAM_FAILED}]
        return FAILED if bad else SUCCESS

    @property
    def returned(self) -> dict[str, Any]:
        """What each task returned; of mapped ones a list."""
        return {task.task_id: self.pulled(task) for task in self.dag.tasks}

    def pulled(self, task: Any, key: str = "return_value") -> Any:
        """XComs of a task: a value, or a list where it is mapped."""
        values = {index: kept[key] for (name, index), kept in sorted(self.xcoms.items()) if name == task.task_id and key in kept}
        return list(values.values()) if _expansion(task) is not None else values.get(UNMAPPED)

    def walk(self) -> "Run":
        """All tasks, each after those that it waits for."""
        handler, form = _Lines(self.logs), [each.params.get_param(name) for each in (self.dag, *self.dag.tasks) for name in each.params]
        defaults = [param.value for param in form]
        logging.getLogger().addHandler(handler)
        try:
            order = TopologicalSorter({task.task_id: sorted(task.upstream_task_ids) for task in self.dag.tasks})
            for task_id in order.static_order():
                task = self.dag.get_task(task_id)
                for index in self._indexes(task):
                    self.states[task_id, index] = self._judged(task, index) or self._tried(task, index)
        finally:
            logging.getLogger().removeHandler(handler)
            for param, value in zip(form, defaults, strict=True):
                param.value = (
                    value  # Airflow writes a run's form into the params of DAG and tasks, which other runs of this process must not see
                )
        return self

    def _indexes(self, task: Any) -> Sequence[int]:
        """Map indexes of a task; what expands to nothing, or by something that was never returned, stands as one that did not run."""
        expansion = _expansion(task)
        if expansion is None:
            return [UNMAPPED]
        sources = {operator.task_id for operator, _ in expansion.iter_references()}
        if any(state != SUCCESS for (name, _), state in self.states.items() if name in sources):
            return [UNMAPPED]
        context = self._context(task, UNMAPPED)
        lists = expansion.value.values() if isinstance(expansion.value, Mapping) else [expansion.value]
        length = prod(len(each.resolve(context) if hasattr(each, "resolve") else each) for each in lists)
        if not length:
            self.states[task.task_id, UNMAPPED] = SKIPPED
        return range(length)

    def _judged(self, task: Any, index: int) -> str | None:
        """How a task ends without being run, by its trigger rule; None where it runs."""
        if task.task_id in self._unwanted:
            return SKIPPED
        states = [state for name in task.upstream_task_ids for state in self._states_of(task, index, name)]
        failed, skipped = {FAILED, UPSTREAM_FAILED} & set(states), SKIPPED in states
        match task.trigger_rule.value:
            case "all_success":
                result = UPSTREAM_FAILED if failed else SKIPPED if skipped else None
            case "none_failed":
                result = UPSTREAM_FAILED if failed else None
            case "all_done":
                result = None
            case "all_done_min_one_success":
                result = SKIPPED if skipped else None if SUCCESS in states else UPSTREAM_FAILED
            case rule:
                raise NotImplementedError(f"no DAG used the trigger rule {rule} until now")
        never_expanded = _expansion(task) is not None and index == UNMAPPED
        return result or (SKIPPED if never_expanded else None)

    def _states_of(self, task: Any, index: int, upstream: str) -> Iterator[str]:
        group = task.get_closest_mapped_task_group()
        if group is not None and index >= 0 and self.dag.get_task(upstream).get_closest_mapped_task_group() is group:
            yield self.states[upstream, index]
        else:
            yield from (state for (name, _), state in self.states.items() if name == upstream)

    def cleared(self, task_id: str) -> list[str]:
        """Somebody clears a task: each of its instances runs once more; how they ended."""
        task = self.dag.get_task(task_id)
        return [self._tried(task, index) for index in self._indexes(task)]

    def _tried(self, task: Any, index: int) -> str:
        """Run a task; how it ended."""
        context = self._context(task, index)
        try:
            result = self._executed(context)
        except AirflowSkipException as skip:
            self.logs.append(f"SKIPPED {task.task_id}: {skip}")
            return SKIPPED
        except DownstreamTasksSkipped as skip:
            self._unwanted |= {name if isinstance(name, str) else name[0] for name in skip.tasks}
            return SUCCESS
        except Exception as problem:
            self.error = self.error or problem
            self.logs.append(f"FAILED {task.task_id}: {type(problem).__name__}: {problem}")
            return FAILED
        if result is not None:
            context["ti"].xcom_push("return_value", result)
        for asset in context["task"].outlets:
            self.events.setdefault(asset, []).append(dict(context["outlet_events"][asset].extra))
        return SUCCESS

    def _executed(self, context: dict[str, Any]) -> Any:
        context["task"].render_template_fields(context)  # of a mapped task, this also puts its instance into the context
        ready = context["task"]
        self.rendered += [f"{ready.task_id}.{name}: {getattr(ready, name, None)!r}" for name in ready.template_fields]
        if isinstance(ready, ApprovalOperator):
            return self._asked(ready, context)
        ready.pre_execute(context)
        ExecutorSafeguard.tracker.set(ready)
        try:
            return ready.execute(context)
        except TaskDeferred as deferred:
            event = waited(deferred.trigger)
            if event is None:  # nobody looked until the time limit
                return ready.resume_execution("__fail__", {"error": "Trigger timeout"}, context)
            return getattr(ready, deferred.method_name)(context, event=event, **(deferred.kwargs or {}))

    def _asked(self, task: Any, context: dict[str, Any]) -> Any:
        if not getattr(task, "asks", lambda _: True)(context):
            return None
        self.asked.append((task.subject, task.body))
        if self.answer_after and not self._waited_for_person(task, context):
            event = {"error": "nobody answered", "error_type": "timeout"}
            return task.resume_execution("execute_complete", {"event": event}, context)
        name = self.people[min(len(self.asked), len(self.people)) - 1]
        at, who = environment.now(), {"id": name.lower(), "name": name}
        event = {"chosen_options": [self.answer], "params_input": {}, "responded_at": at, "responded_by_user": who, "timedout": False}
        task.execute_complete(context, event)
        return {"chosen_options": [self.answer], "responded_by_user": who}

    def _waited_for_person(self, task: Any, context: dict[str, Any]) -> bool:
        """People hear that they are asked, and once more after half of the time; whether somebody answers within it."""
        for notifier in task.notifiers:
            notifier(context)
        half, most = task.response_timeout / 2, min(self.answer_after, task.response_timeout)
        environment.sleep(min(half, most).total_seconds())
        if most > half:
            remind_of_question(context={"dag_run": {"dag_id": self.dag_run.dag_id, "dag_run_id": self.dag_run.run_id}})
        environment.sleep(max(most - half, timedelta()).total_seconds())
        return bool(most == self.answer_after)

    def _context(self, task: Any, index: int) -> dict[str, Any]:
        ti = TaskInstance(self, task, index)
        events = {asset: [SimpleNamespace(extra=dict(extra)) for extra in extras] for asset, extras in self.triggered_by.items()}
        ready = task if task.is_mapped else task.prepare_for_execution()
        return {
            "dag": self.dag,
            "task": ready,
            "ti": ti,
            "task_instance": ti,
            "dag_run": self.dag_run,
            "run_id": self.dag_run.run_id,
            "params": process_params(_own_params(self.dag), _own_params(task), self.dag_run.conf, suppress_exception=False),
            "triggering_asset_events": events,
            "outlet_events": OutletEventAccessors(),
        }


@dataclass
class TaskInstance:
    """A task of a run, as far as tasks ask about it."""

    run: Run
    task: Any
    map_index: int
    try_number: int = 1
    max_tries: int = 0

    @property
    def task_id(self) -> str:
        """Its name."""
        return str(self.task.task_id)

    @property
    def dag_id(self) -> str:
        """Its DAG's."""
        return str(self.run.dag.dag_id)

    @property
    def run_id(self) -> str:
        """Its run's."""
        return str(self.run.dag_run.run_id)

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep a value as it comes back from a database: by its JSON."""
        self.run.xcoms.setdefault((self.task_id, self.map_index), {})[key] = json.loads(json.dumps(value))

    def xcom_pull(self, task_ids: str, key: str = "return_value", default: Any = None, map_indexes: Any = None, **_: object) -> Any:
        """The value that a task kept; of a mapped one, that of one map index."""
        index = map_indexes if isinstance(map_indexes, int) else UNMAPPED
        return self.run.xcoms.get((task_ids, index), {}).get(key, default)

    def get_relevant_upstream_map_indexes(self, upstream: Any, **_: object) -> int | None:
        """Within one mapped group each instance has its own."""
        group = upstream.get_closest_mapped_task_group()
        return self.map_index if group is not None and group is self.task.get_closest_mapped_task_group() else None


def run_of(dag: Any, kind: str, as_of: datetime, number: int, form: Mapping[str, Any]) -> SimpleNamespace:
    """What Airflow says of a run. Scheduled ones and backfills have the day before `as_of` as their interval; others have none."""
    has_interval = kind in {"scheduled", "backfill"}
    interval = {
        "data_interval_start": as_of - timedelta(days=1) if has_interval else None,
        "data_interval_end": as_of if has_interval else None,
    }
    run_id = f"{kind}__{as_of.isoformat()}__{number}"
    return SimpleNamespace(dag_id=dag.dag_id, run_id=run_id, run_type=kind, run_after=as_of, conf=dict(form), **interval)


def waited(trigger: Any) -> dict[str, Any] | None:
    """The event of a trigger, which looks as often as it would; time passes as the environment has it."""
    assert isinstance(trigger, SettledTrigger), f"{type(trigger).__name__} waits for something unknown here"
    until, settled = datetime.fromisoformat(trigger.until), False
    with trigger.hook().polling_client as client:
        for wait_s in trigger.waits():
            environment.sleep(max(min(wait_s, (until - environment.now()).total_seconds()), 0.0))
            settled = trigger._look(client)
            if settled or environment.now() >= until:
                break
    return {"settled": settled}


def lazy_values(xcom_arg: Any, ti: TaskInstance) -> list[Any]:
    """What a mapped task returned; stands for Airflow's sequence that asks its API for each element."""
    return list(ti.run.pulled(xcom_arg.operator, xcom_arg.key) or [])


def _expansion(task: Any) -> Any:
    """What a task is expanded by: its own mapping, or that of the group it stands in; None where neither is there."""
    if task.is_mapped:
        return task._get_specified_expand_input()
    group = task.get_closest_mapped_task_group()
    return None if group is None else group._expand_input


class _Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.INFO)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()}")


def _own_params(holder: Any) -> Any:
    """Parameters of this run alone: Airflow writes what a run is given into those of the DAG and of its tasks."""
    return SimpleNamespace(params=deepcopy(holder.params))
