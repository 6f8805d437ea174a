"""The second step: a use case decides about a batch, and what it decided is handed to the ledger."""

import logging
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, group, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.finding import Finding
    from colophon.ledger import Ledger
    from colophon.use_cases.plan import Plan

log = logging.getLogger(__name__)

Counts = dict[str, dict[str, int]]


class PlanOperator(UseCaseOperator):
    """Judges one staged batch; enters its deliveries and exceptions in the ledger. Returns counts by destination.

    A dry run only counts. Running it again changes nothing: the ledger knows what it was told.
    """

    def __init__(self, *, batch: dict[str, Any], **kwargs: Any) -> None:
        """:param batch: reference to a staged batch."""
        super().__init__(**kwargs)
        self.batch = batch

    def execute(self, context: "Context") -> Counts:
        """Counts `read`, `new`, `unchanged`, `stale`, `refused` for each destination."""
        from colophon.domain.lines import split
        from colophon.staging import Batch
        from colophon.use_cases.plan import Question

        as_of, config = run_times(context).as_of, publisher_config()
        products, unreadable = split(open_staging().read_lines(Batch.model_validate(self.batch)))
        with open_ledger() as ledger:
            question = Question(
                as_of=as_of, config=config, params=context["params"], history=partial(ledger.latest, self.use_case_id)
            )
            plan = self.decision().plan(products, unreadable, question)
            counts = _hand_over(ledger, self.use_case_id, plan, dry_run=bool(context["params"].get("dry_run")))
        with group("Refusals"):
            _log_refusals(plan.findings)
        summary(f"Planned {len(products) + len(unreadable)} products", {name: _words(c) for name, c in counts.items()})
        return counts


class HandOverOperator(UseCaseOperator):
    """Adds up the plan, checks that nothing was lost, moves the watermark. Returns the destinations to deliver to.

    A dry run ends here: the plan is in the log and no destination is returned.
    """

    def __init__(self, *, extract_task: str, plan_task: str, **kwargs: Any) -> None:
        """:param extract_task, plan_task: task ids whose results are added up."""
        super().__init__(**kwargs)
        self.extract_task = extract_task
        self.plan_task = plan_task

    def execute(self, context: "Context") -> list[str]:
        """Destinations, or none in a dry run."""
        ti, params = context["ti"], context["params"]
        batches = ti.xcom_pull(task_ids=self.extract_task) or []
        counts = add_up(ti.xcom_pull(task_ids=self.plan_task) or [])
        read = sum(batch["count"] for batch in batches)
        times, config = run_times(context), publisher_config()
        decision = self.decision()
        decision.check(counts, read=read, config=config)
        ti.xcom_push(key="plan", value={"read": read, "destinations": counts})
        if params.get("dry_run"):
            summary("Plan (dry run: nothing is sent)", {"read": read, **{n: _words(c) for n, c in counts.items()}})
            return []
        with open_ledger() as ledger:
            for name, moment in decision.watermarks(params, config, times.as_of):
                ledger.set_watermark(name, moment)
        summary("Plan", {"read": read, **{n: _words(c) for n, c in counts.items()}})
        return list(decision.destinations(params, config))


def add_up(parts: list[Counts]) -> Counts:
    """Sum of the counts of all batches, by destination."""
    total: dict[str, Counter[str]] = {}
    for part in parts:
        for destination, counts in part.items():
            total.setdefault(destination, Counter()).update(counts)
    return {destination: dict(counts) for destination, counts in sorted(total.items())}


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "nothing"


def _log_refusals(findings: "list[Finding]", most: int = 50) -> None:
    errors = [f for f in findings if f.severity == "E"]
    for f in errors[:most]:
        log.info("%s %s for %s: %s is %r; %s", f.rule, f.subject, f.blocks, f.field, f.found, f.remedy)
    if len(errors) > most:
        log.info("... and %d more: `colophon ledger exceptions`", len(errors) - most)


def _hand_over(ledger: "Ledger", use_case: str, plan: "Plan", *, dry_run: bool) -> Counts:
    raise NotImplementedError
