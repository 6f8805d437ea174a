"""Operators of the watch: each looks at one thing, tells what is new, and what is over."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk.configuration import conf

from colophon import environment
from colophon_airflow import airflow_state, alerts, told_here
from colophon_airflow.dag_defaults import number_of, time_zone
from colophon_airflow.links import desk_page
from colophon_airflow.notices import Notice, page_of
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.task_log import summary
from colophon_airflow.settings import open_ledger
from colophon_airflow.standing import open_causes, tell
from colophon_airflow.watch import is_asking

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.ledger import Ledger
    from colophon.use_cases.ops.watch import Trouble

EVERY = timedelta(minutes=10)
"""As its DAG is scheduled."""


class WatchOperator(UseCaseOperator):
    """Tells what is new and what is over of the trouble that it finds; returns its causes. What cannot be looked at is not over."""

    def execute(self, context: "Context") -> list[str]:
        """Look, and tell; a dry run only lists."""
        with open_ledger() as ledger:
            is_dry = context["params"].get("dry_run")
            if not is_dry:
                told_here.hand_over(ledger, environment.now())
            looked_at, found = self.look(ledger)
            told = [] if is_dry else self._tell(ledger, looked_at, found)
        lines = [f"{trouble.what}: {trouble.why}" for trouble in found]
        summary(f"{len(found)} troubles", {"told now": len(told), "looked at": len(looked_at)}, lines)
        return [trouble.cause for trouble in found]

    def look(self, ledger: "Ledger") -> "tuple[Sequence[str], list[Trouble]]":
        """How the causes begin that were looked at, and the trouble found."""
        raise NotImplementedError

    def _tell(self, ledger: "Ledger", looked_at: Sequence[str], found: "Iterable[Trouble]") -> list[str]:
        now, by_cause = environment.now(), {trouble.cause: trouble for trouble in found}
        known = [cause for cause in open_causes(ledger) if cause.startswith(tuple(looked_at))]
        told = list[str]()
        for cause in [*by_cause, *(cause for cause in known if cause not in by_cause)]:
            if trouble := by_cause.get(cause):
                is_told = tell(
                    ledger,
                    cause,
                    _notice(trouble),
                    state=trouble.state,
                    now=now,
                    newest=trouble.newest,
                    by=trouble.by,
                    tells_of=trouble.tells_of,
                )
            else:
                is_told = tell(ledger, cause, None, now=now)
            told += [cause] if is_told else []
        return told


class WatchDagsOperator(WatchOperator):
    """Of all other DAGs: runs that failed, are stuck, never started; and whether Airflow's own parts live."""

    def look(self, ledger: "Ledger") -> "tuple[Sequence[str], list[Trouble]]":
        """See the base class."""
        from colophon.errors import NotFoundError
        from colophon.readiness import needs_of_all
        from colophon.use_cases.ops.watch import AIRFLOW, DAGS, PAUSES, DagRuns, decided, of_airflow, of_dags

        now, dags = environment.now(), list[DagRuns]()
        for dag_id in sorted(set(needs_of_all()) - {self.dag_id}):
            try:
                dags.append(airflow_state.runs_of(dag_id, now))
            except NotFoundError:
                dags.append(DagRuns(dag_id, is_paused=False, due=airflow_state.due(dag_id, now)))
        late = {dag.dag_id: timedelta(minutes=number_of(dag.dag_id, "late_minutes")) for dag in dags}
        asking = [dag.dag_id for dag in dags if dag.state == "running" and is_asking(dag.dag_id, dag.run_id)]
        itself = airflow_state.runs_of(self.dag_id, now, before=now - EVERY)  # the run before this one: nobody else looks
        known = open_causes(ledger, DAGS)
        parts = of_airflow(airflow_state.health())
        return (AIRFLOW, PAUSES, *decided([*dags, itself])), [*parts, *of_dags(dags, now, late, known, asking)]


class WatchSystemsOperator(WatchOperator):
    """Asks each system that has a connection, and each alert route, how it is; a system is not well that was not well before, too."""

    def look(self, ledger: "Ledger") -> "tuple[Sequence[str], list[Trouble]]":
        """See the base class."""
        from colophon.errors import ColophonError
        from colophon.use_cases.ops.watch import ROUTES, SYSTEMS, of_routes, of_systems
        from colophon_airflow.desk import health
        from colophon_airflow.settings import connection

        before = {each.name: each.is_well for each in health.known(ledger)}
        health.ask_all(ledger, environment.now())
        sick = {}
        for each in health.known(ledger):
            try:
                connection(each.conn_id)
            except ColophonError:
                continue  # nobody uses it here
            if each.is_well is False and before[each.name] is False:
                sick[each.name] = (each.conn_id.removesuffix("_default"), each.found)
        return (SYSTEMS, ROUTES), [*of_routes(alerts.troubles(ledger)), *of_systems(sick)]


class WatchLedgerOperator(WatchOperator):
    """What waits for a person in the ledger."""

    def look(self, ledger: "Ledger") -> "tuple[Sequence[str], list[Trouble]]":
        """See the base class."""
        from colophon.use_cases.ops.watch import LEDGER, of_ledger

        return (LEDGER,), list(of_ledger(ledger, environment.now(), time_zone()))


class BeatOperator(UseCaseOperator):
    """Says to `[colophon] heartbeat_url` that scheduler and workers live; whether it did."""

    def execute(self, context: "Context") -> bool:
        """Say so. Raises as `airflow_state.beat`."""
        address = str(conf.get("colophon", "heartbeat_url", fallback="") or "")
        if not address or context["params"].get("dry_run"):
            summary("No beat", {"heartbeat_url": "set" if address else "not set: nobody outside hears when Airflow is dead"})
            return False
        airflow_state.beat(address)
        summary("Beat", {"taken": "yes"})
        return True


def _notice(trouble: "Trouble") -> Notice:
    where = page_of(*trouble.run) if trouble.run and trouble.run[1] else desk_page(trouble.page)
    return Notice(trouble.what, trouble.why, trouble.do, where)
