"""Operators of the use cases that follow rights."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.base import UseCaseOperator, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_staging

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.systems.consonance.rights_facts import Changed

LINES_A_BATCH = 20_000
"""Records to a batch: the catalogue of a large house in some dozens of tasks, each within some tens of megabytes."""


class RightsExtractOperator(UseCaseOperator):
    """Stages products with all records that their rights rest on, whole works to a batch; returns the batches' references.

    A run that the asset `colophon.rights_changed` started reads the products that its events name, as they are now; any other
    run reads everything. `colophon.rights.facts.read_facts` reads a batch. Where the account offers no grants, licences or
    teams and there is no report of them, they are *unknown*, and said so in the log.
    """

    template_fields: Sequence[str] = ("consonance_conn_id",)

    def __init__(self, *, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(**kwargs)
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """References (uri, count, sha256, size) of the staged batches."""
        from contextlib import nullcontext

        from colophon.systems.consonance.rights_facts import gather
        from colophon_airflow.hooks.consonance import ConsonanceHook

        hook = ConsonanceHook(self.consonance_conn_id, jitter=run_times(context).start is not None)
        only = changed_products(context)
        with hook.client as client, hook.reports if hook.settings.reports_location else nullcontext() as place:
            facts, sources = gather(client, place, only)
        batches = self.stage_batches(context, "rights", facts.batches(LINES_A_BATCH))
        counts = {"records": sum(b.count for b in batches), "batches": len(batches), "bytes": sum(b.size for b in batches)}
        read = "everything" if only is None else f"{len(only)} products that changed"
        summary(f"Extracted {read}", {**counts, **{f"{kind} from": source for kind, source in sources.items()}})
        return [batch.model_dump() for batch in batches]


def changed_products(context: "Context") -> "list[Changed] | None":
    """The products that the events which started this run name; None where no such event did, one means all, or its batch is gone."""
    from colophon.errors import StagingUnusableError
    from colophon.staging import Batch
    from colophon.systems.consonance.rights_facts import Changed

    events = (context.get("triggering_asset_events") or {}).get(RIGHTS_CHANGED) or []
    if not all("batch" in event.extra for event in events):
        return None
    batches = [Batch.model_validate(event.extra["batch"]) for event in events]
    try:
        lines = {line for batch in batches for line in open_staging().read_lines(batch)}
    except StagingUnusableError:  # cleared away since: everything is a superset
        return None
    return sorted(Changed(**json.loads(line)) for line in lines) if batches else None
