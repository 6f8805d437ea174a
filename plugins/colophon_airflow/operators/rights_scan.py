"""Operators of the daily rights-expiry scan: scan each batch, tell other DAGs what changed."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.use_case import UseCase

STATES = "states"
"""Key of the XCom with the reference to what a batch's products come to."""
MOST_NAMED = 50


class RightsScanOperator(UseCaseOperator):
    """Scans one staged batch: ends that are due, what each product's rights come to, faults of the records.

    Faults become exceptions in the ledger. Returns a reference to the ends that are due; that to the states is the XCom `states`.
    """

    template_fields: Sequence[str] = ("batch",)

    def __init__(self, *, batch: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch = batch

    def execute(self, context: "Context") -> dict[str, Any]:
        """See the class."""
        from colophon.rights import Atlas
        from colophon.rights.facts import read_facts
        from colophon.use_cases.push import rights_scan

        as_of, config = run_times(context).as_of, publisher_config()
        facts = read_facts(staged_lines([self.batch]))
        with open_ledger() as ledger:
            last_run = ledger.memory.watermark(self.use_case_id)
            result = rights_scan.scan(facts, Atlas.load(config.publisher.code_lists), config, as_of=as_of, last_run=last_run)
            if not context["params"].get("dry_run"):
                subjects = sorted({finding.subject for finding in result.findings})
                ledger.exceptions.record(self.use_case_id, rights_scan.RECORDS, subjects, result.findings, as_of=as_of)
        (due,) = self.stage_batches(context, "due", [rights_scan.DUE.to_lines([result.scanned, *result.due])])
        (states,) = self.stage_batches(context, STATES, [rights_scan.STATES.to_lines(result.states)])
        context["ti"].xcom_push(key=STATES, value=states.model_dump())
        counts = {"products": len(facts.products), "due": len(result.due), "faults": len(result.findings)}
        summary("Scanned the rights", counts, (finding.sentence for finding in result.findings[:MOST_NAMED]))
        return due.model_dump()


class RightsChangedOperator(UseCaseOperator):
    """Compares with the scan before: names the products whose rights are otherwise in an event of `colophon.rights_changed`.

    What other DAGs do about it they also do on their own schedule; the event makes it soon. Without a scan to compare with,
    the event names no products, and means all of them. Skips where nothing changed, in a backfill and in a dry run.
    Exceptions about records that no batch found again close.
    """

    template_fields: Sequence[str] = ("states",)

    def __init__(self, *, case: "Callable[[], UseCase]", states: Any, **kwargs: Any) -> None:
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, outlets=[RIGHTS_CHANGED], **kwargs)
        self.case = case
        self.states = states

    def execute(self, context: "Context") -> int:
        """How many products changed."""
        from airflow.sdk.exceptions import AirflowSkipException

        from colophon.use_cases.push.rights_scan import RECORDS

        as_of, is_backfill = run_times(context).as_of, context["dag_run"].run_type == "backfill"
        if context["params"].get("dry_run"):
            raise AirflowSkipException("a dry run says nothing of what changed")
        with open_ledger() as ledger:
            ledger.exceptions.close_unseen(self.use_case_id, RECORDS, as_of=as_of)
            if self.case().is_silent(as_of, ledger.memory.watermark(self.use_case_id), is_backfill=is_backfill):
                raise AirflowSkipException("a backfill says nothing of what changed")
            (states,) = self.stage_batches(context, STATES, [staged_lines(self.states or [])])
            memory, run_id = f"{self.use_case_id}:states", context["ti"].run_id
            kept = ledger.memory.get(memory)
            before = kept and kept[0]["before" if kept[0]["run_id"] == run_id else "now"]  # a task that is run again compares with the same
            changed = _changed(before, states.model_dump()) if before else None
            if changed != []:
                extra: dict[str, Any] = {"as_of": as_of.isoformat(), "count": states.count if changed is None else len(changed)}
                if changed is not None:
                    (batch,) = self.stage_batches(context, "changed", [changed])
                    extra["batch"] = batch.model_dump()
                context["outlet_events"][RIGHTS_CHANGED].extra = extra
            ledger.memory.put(memory, {"run_id": run_id, "now": states.model_dump(), "before": before}, as_of)
        if changed == []:
            raise AirflowSkipException("no product's rights changed")
        summary("Rights that changed", {"products": extra["count"], "compared with": before["uri"] if before else "nothing: all products"})
        return int(extra["count"])


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str] | None:
    """Lines `{isbn13, work_id}` of products that are otherwise, new or gone; None where the states before cannot be had."""
    from colophon.errors import StagingUnusableError

    try:
        otherwise = set(staged_lines([before])).symmetric_difference(staged_lines([now]))
    except StagingUnusableError:
        return None
    products = {row["isbn13"]: row["work_id"] for row in map(json.loads, otherwise)}
    return [json.dumps({"isbn13": isbn13, "work_id": products[isbn13]}) for isbn13 in sorted(products)]
