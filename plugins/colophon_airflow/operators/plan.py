"""The second step: a use case decides about a batch, and what it decided is handed to the ledger."""

import logging
from collections import Counter
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.operators.base import UseCaseOperator, group, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.finding import Finding
    from colophon.ledger import Ledger
    from colophon.rights.standing import Standing

log = logging.getLogger(__name__)

Counts = dict[str, dict[str, int]]


class PlanOperator(UseCaseOperator):
    """Judges one staged batch; enters its deliveries and exceptions in the ledger. Returns `{counts, figures}`.

    A dry run only counts. Running it again changes nothing: the ledger knows what it was told.
    """

    def __init__(self, *, batch: dict[str, Any], **kwargs: Any) -> None:
        """:param batch: reference to a staged batch, and to what rights say of it where the use case asks (`rights`)."""
        super().__init__(**kwargs)
        self.batch = batch

    def execute(self, context: "Context") -> dict[str, Any]:
        """Counts (new, unchanged, stale, refused, withdrawn) by destination, and the batch's quality figures."""
        from colophon.blocks.decision import DecisionContext
        from colophon.domain.lines import split
        from colophon.staging import Batch

        as_of, config = run_times(context).as_of, publisher_config()
        of_batch = {name: value for name, value in self.batch.items() if name != "rights"}
        products, unreadable = split(open_staging().read_lines(Batch.model_validate(of_batch)))
        with open_ledger() as ledger:
            history = partial(ledger.latest, self.use_case_id)
            question = DecisionContext(
                as_of=as_of, config=config, params=context["params"], history=history, rights=_rights(self.batch.get("rights"))
            )
            plan = self.decision().plan(products, unreadable, question)
            is_dry, run = bool(context["params"].get("dry_run")), context["ti"].run_id
            entered = ledger.enter(self.use_case_id, plan.judgements(), as_of=as_of, run=run, is_rehearsal=is_dry)
            counts = {name: result._asdict() for name, result in entered.items()}
        with group("Refusals"):
            _log_refusals(plan.findings)
        summary(f"Planned {len(products) + len(unreadable)} products", {name: _words(c) for name, c in counts.items()})
        return {"counts": counts, "figures": [list(figure) for figure in plan.figures]}


class HandOverOperator(UseCaseOperator):
    """Adds up the plan, checks that nothing was lost, moves the watermark. Returns the destinations to deliver to.

    A dry run ends here: the plan is in the log and no destination is returned.
    """

    template_fields = ("batches", "plans")

    def __init__(self, *, batches: Any, plans: Any, **kwargs: Any) -> None:
        """:param batches: result of the extract step. :param plans: results of all plan tasks."""
        # A night on which nothing changed has no plan tasks, and yet leftovers to deliver.
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)
        self.batches = batches
        self.plans = plans

    def execute(self, context: "Context") -> list[str]:
        """Destinations, or none in a dry run."""
        ti, params = context["ti"], context["params"]
        # A slice comes in one call; walking the lazy sequence ends in an error line of Airflow's own in the task log.
        plans = self.plans[:] if self.plans else []
        counts = add_up([plan["counts"] for plan in plans])
        read = sum(batch["count"] for batch in self.batches or [])
        times, config = run_times(context), publisher_config()
        decision = self.decision()
        decision.check(counts, read=read, config=config)
        ti.xcom_push(key="plan", value={"read": read, "destinations": counts})
        if params.get("dry_run"):
            summary("Plan (dry run: nothing is sent)", {"read": read, **{n: _words(c) for n, c in counts.items()}})
            return []
        with open_ledger() as ledger:
            if decision.reads_all(params, config, ledger.watermark):
                _record_quality(ledger, [plan["figures"] for plan in plans], times.as_of)
            for name, moment in decision.watermarks(params, config, times.as_of):
                ledger.set_watermark(name, moment)
        summary("Plan", {"read": read, **{n: _words(c) for n, c in counts.items()}})
        return [profile.id for profile in decision.recipients(params, config)]


def _rights(reference: dict[str, Any] | None) -> "dict[str, Standing]":
    """What the rights engine says of a batch's products, by subject; nothing where the use case does not ask."""
    from colophon.rights.standing import standing_from
    from colophon.staging import Batch

    if reference is None:
        return {}
    return {one.subject: one for one in map(standing_from, open_staging().read_lines(Batch.model_validate(reference)))}


def add_up(parts: list[Counts]) -> Counts:
    """Sum of the counts of all batches, by destination."""
    total: dict[str, Counter[str]] = {}
    for part in parts:
        for destination, counts in part.items():
            total.setdefault(destination, Counter()).update(counts)
    return {destination: dict(counts) for destination, counts in sorted(total.items())}


def _record_quality(ledger: "Ledger", parts: list[list[list[Any]]], as_of: datetime) -> None:
    """Figures of all batches together; only a run that read everything can state them."""
    from colophon.quality.figures import Figure, merge

    figures = merge(Figure(*row) for part in parts for row in part)
    ledger.record_quality([figure._asdict() for figure in figures], as_of=as_of)


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "nothing"


def _log_refusals(findings: "list[Finding]", most: int = 50) -> None:
    errors = [f for f in findings if f.severity == "E"]
    for f in errors[:most]:
        log.info("%s %s for %s: %s is %r; %s", f.rule, f.subject, f.blocks, f.field, f.found, f.remedy)
    if len(errors) > most:
        log.info("... and %d more: `colophon ledger exceptions`", len(errors) - most)
