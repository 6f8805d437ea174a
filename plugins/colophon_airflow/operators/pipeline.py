"""Operator of the pipeline monitor: which titles near publication lack rights, batch by batch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context


class LateRightsOperator(UseCaseOperator):
    """Asks the rights engine about the titles of one staged batch that come out soon. Returns a reference to what it found."""

    template_fields: Sequence[str] = ("batch",)

    def __init__(self, *, batch: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch = batch

    def execute(self, context: "Context") -> dict[str, Any]:
        """See the class."""
        from colophon.blocks.use_case import channels
        from colophon.rights.facts import read_facts
        from colophon.use_cases.push.late_rights import ROWS, late_rights

        config = publisher_config()
        facts = read_facts(staged_lines([self.batch]))
        looked, late = late_rights(facts, config, channels(config), run_times(context).as_of.date())
        (batch,) = self.stage_batches(context, "late", [ROWS.to_lines([looked, *late])])
        summary("Looked for rights that are late", {"products": len(looked.isbns), "late": len(late)})
        return batch.model_dump()
