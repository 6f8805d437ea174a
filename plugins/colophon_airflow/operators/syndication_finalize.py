"""The last look of the nightly metadata syndication at all that was decided, before anything is delivered."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.links import PlanLink, plan_page
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.syndication import LACKING, READ, RIGHTS, memory_of
from colophon_airflow.operators.task_log import log, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.ledger import Ledger


class SyndicationFinalizeOperator(UseCaseOperator):
    """Adds up what was decided, checks that nothing was lost, moves the watermarks. Returns the destinations to deliver to.

    It remembers the rights that were decided by, for the next delta to compare with. A dry run ends here.
    """

    template_fields = ("batches", "plans")
    operator_extra_links = (*UseCaseOperator.operator_extra_links, PlanLink())

    def __init__(self, *, batches: Any, plans: Any, **kwargs: Any) -> None:
        # A night on which nothing changed has no batches, and yet leftovers to deliver.
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)
        self.batches = batches
        self.plans = plans

    def execute(self, context: "Context") -> list[str]:
        """Destinations, or none in a dry run. Raises as the use case's `check`."""
        from colophon import rehearsed
        from colophon.quality.figures import Figure, merge
        from colophon.use_cases.xconnector import nights
        from colophon.use_cases.xconnector.metadata_syndication import check

        ti, params, times, config = context["ti"], context["params"], run_times(context), publisher_config()
        # A slice comes in one call; walking the lazy sequence ends in an error line of Airflow's own in the task log.
        plans = self.plans[:] if self.plans else []
        read, sums = sum(batch["count"] for batch in self.batches or []), defaultdict[str, Counter[str]](Counter)
        for plan in plans:
            for name, counts in plan["counts"].items():
                sums[name].update(counts)
        destinations, is_dry = {name: dict(counts) for name, counts in sorted(sums.items())}, bool(params.get("dry_run"))
        unarmed = sorted(name for name in destinations if not config.recipients[name].live)
        if is_dry or unarmed:
            facts = {"dry": is_dry, "read": read, "destinations": destinations, "unarmed": unarmed}
            with open_ledger() as ledger:
                rehearsed.keep_head(ledger.memory, self.use_case_id, ti.run_id, facts, times.as_of)
            log.info("What would go: %s", plan_page(ti.run_id))
        check(destinations, read=read, config=config)
        lacking = ti.xcom_pull(task_ids="extract", key=LACKING) or ""
        remedy = "Correct the ISBNs that were asked for, or the products at their source; what was found went." if lacking else ""
        ti.xcom_push(key="plan", value={"read": read, "destinations": destinations, "note": lacking, "remedy": remedy})
        summary("Decided (dry run: nothing is sent)" if is_dry else "Decided", {"read": read, **destinations})
        rights = ti.xcom_pull(task_ids="extract", key=RIGHTS)
        with open_ledger() as ledger:
            marks = ledger.memory.watermark
            reading = nights.reading(params=params, config=config, watermark=marks, window_start=None, as_of=times.as_of)
            if reading == nights.EVERYTHING and self.batches:
                ledger.memory.put(READ, {"batches": list(self.batches)}, times.as_of)
            if is_dry:
                return []
            if reading == nights.EVERYTHING:
                figures = merge(Figure(*row) for plan in plans for row in plan["figures"])
                ledger.memory.record_quality([figure._asdict() for figure in figures], as_of=times.as_of)
            self._raise_what_is_unusual(ledger, context, destinations)
            for profile, moment in nights.watermarks(params, config, times.as_of):
                name = nights.mark(profile)
                ledger.memory.set_watermark(name, moment)
                kept = ledger.memory.get(memory_of(name))
                if rights and (kept is None or kept[1] <= moment):
                    ledger.memory.put(memory_of(name), rights, moment)
        return [profile.id for profile in nights.recipients(params, config) if profile.live]

    def _raise_what_is_unusual(self, ledger: "Ledger", context: "Context", destinations: Mapping[str, Mapping[str, int]]) -> None:
        """A night on which unusually little moves, and titles that are still open long after they were to be closed, are exceptions."""
        from colophon import quiet, takedown

        times, config, params = run_times(context), publisher_config(), context["params"]
        if context["dag_run"].run_type == "scheduled" and params["mode"] == "delta" and not params["recipients"]:
            moved = sum(counts.get("new", 0) for counts in destinations.values())
            quiet.note(ledger, self.use_case_id, moved, times.as_of, owner=config.owners.of(quiet.RULE))
        takedown.name_overdue(ledger, config, self.use_case_id, sorted(ledger.counts(self.use_case_id)), ledger.clock())
