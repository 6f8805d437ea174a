"""Operators of redrive: what the form finds, and what becomes of it once somebody has confirmed."""

from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.task_log import summary
from colophon_airflow.settings import open_ledger

if TYPE_CHECKING:
    from airflow.sdk import Context

MOST_TITLES = 500
SHOWN = """
{% set found = ti.xcom_pull(task_ids='select') %}
**{{ '{:,}'.format(found.count) }} deliveries go again**, once each, with the next run of their use case.

{% for name, count in found.of.items() %}- {{ name }}: {{ '{:,}'.format(count) }}
{% endfor %}
Errors: {% for name, count in found.errors.items() %}{{ name }} ({{ '{:,}'.format(count) }}){{ ', ' if not loop.last }}{% endfor %}

Such as:
{% for line in found.examples %}- {{ line }}
{% endfor %}
{% if found.left_count %}**{{ '{:,}'.format(found.left_count) }} do not go**, such as:
{% for line in found.left %}- {{ line }}
{% endfor %}{% endif %}
{% if found.class_d %}**{{ '{:,}'.format(found.class_d) }} of them the counterpart may do twice** (class D): somebody else has to look, too. Reason given: {{ found.reason }}{% endif %}
"""


class SelectFailedOperator(UseCaseOperator):
    """Finds what the run's form asks for; returns what is shown (`use_cases.ops.redrive.shown`), with a reference to the deliveries' ids."""

    def execute(self, context: "Context") -> dict[str, Any]:
        """Find. Raises as `wanted` and `shown`.

        :raises AirflowSkipException: nothing of what was found may go.
        """
        from colophon.use_cases.ops.redrive import shown, wanted

        form = context["params"]
        with open_ledger() as ledger:
            there = {(flow.use_case, flow.destination) for flow in ledger.desk.flows()}
            chosen = wanted(
                form,
                titles=lambda words: [title.isbn for title in ledger.desk.find_titles(words, limit=MOST_TITLES)],
                there=there,
            )
            rows = ledger.redriving.failed(chosen)
        found = shown(rows, str(form.get("reason") or "").strip())
        summary(f"{found['count']} deliveries may go again", found["of"], [*found["examples"], *found["left"]])
        if not found["count"]:
            raise AirflowSkipException(f"all {found['left_count']} are overtaken or not wanted any more; nobody is asked")
        [batch] = self.stage_batches(context, "ids", [[row.id for row in rows if row.may_go]])
        return {**found, "ids": batch.model_dump()}


class SendAgainOperator(UseCaseOperator):
    """Lets the confirmed deliveries wait for the next run of their use cases; what was overtaken meanwhile stays. Counts."""

    def execute(self, context: "Context") -> dict[str, int]:
        """Let them wait."""
        found = context["ti"].xcom_pull(task_ids="select")
        answers = [context["ti"].xcom_pull(task_ids=task_id) for task_id in ("approve", "approve_again")]
        people = [str((answer or {}).get("responded_by_user", {}).get("name") or "") for answer in answers]
        by = " and ".join(filter(None, people)) or "somebody in Airflow"
        ids = list(staged_lines([found["ids"]]))
        with open_ledger() as ledger:
            went, left = ledger.redriving.send_again(ids, by=by, why=found["reason"] or "its cause is mended")
        counts = {"waiting": len(went), "left": len(left), "went_before": len(ids) - len(went) - len(left)}
        use_cases = sorted({row.use_case for row in went})
        rows = {
            **counts,
            "sent by": f"the next run of {', '.join(use_cases)}; start it by hand where it has to be soon" if use_cases else "none",
        }
        summary(f"{by} sends {len(went)} deliveries again", rows, [row.sentence for row in left[:20]])
        return counts
