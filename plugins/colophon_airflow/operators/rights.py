"""Operators of the use cases that follow rights."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.base import UseCaseOperator, log, summary
from colophon_airflow.retry import is_last_try
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging
from colophon_airflow.sources import check_sources, record_untold

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.use_case import Needs
    from colophon.errors import ColophonError
    from colophon.rights.facts import FactLines
    from colophon.staging import Batch
    from colophon.systems.consonance.rights_facts import Changed

LINES_A_BATCH = 20_000
"""Records to a batch: the catalogue of a large house in some dozens of tasks, each within some tens of megabytes."""


class RightsExtractOperator(UseCaseOperator):
    """Stages products with all records that their rights rest on, whole works to a batch; returns the batches' references.

    A run that the asset `colophon.rights_changed` started reads the products that its events name, as they are now; any other
    run reads everything. `colophon.rights.facts.read_facts` reads a batch. Where neither the account nor a report tells what
    the use case needs, that is one exception of the account, and the task fails. What was read is remembered.
    """

    system = "consonance"
    template_fields: Sequence[str] = ("consonance_conn_id",)

    def __init__(self, *, case: "Callable[[], Needs]", consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param case: what the use case needs. :param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(**kwargs)
        self.case = case
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """References (uri, count, sha256, size) of the staged batches. Raises as `read`."""
        from colophon.errors import ColophonError

        try:
            batches = self.extract(context)
        except ColophonError as problem:
            return [batch.model_dump() for batch in self.instead(context, problem)]
        record_untold(context, self.use_case_id, None)
        return [batch.model_dump() for batch in batches]

    def instead(self, context: "Context", problem: "ColophonError") -> "list[Batch]":
        """What is handed over where the facts cannot be read: nothing, the problem is raised."""
        if is_last_try(context, problem):
            record_untold(context, self.use_case_id, problem)
        raise problem

    def extract(self, context: "Context") -> "list[Batch]":
        """Read, stage, remember. Raises as `read`."""
        only = changed_products(context)
        facts, sources = self.read(context, only)
        batches = self.stage_batches(context, "rights", facts.batches(LINES_A_BATCH))
        self._remember(context, batches, only)
        counts = {"records": sum(b.count for b in batches), "batches": len(batches), "bytes": sum(b.size for b in batches)}
        read = "everything" if only is None else f"{len(only)} products that changed"
        summary(f"Extracted {read}", {**counts, **{f"{kind} from": source for kind, source in sources.items()}})
        return batches

    def read(self, context: "Context", only: "list[Changed] | None") -> "tuple[FactLines, dict[str, str]]":
        """The facts, and where each kind came from. Raises as `gather`.

        :raises NotReadyError: what the use case needs is told nowhere.
        :raises BadRecordError: there is no product at all; taken at its word, it would close everything.
        """
        from colophon.errors import BadRecordError
        from colophon.systems.consonance.rights_facts import gather
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        hook = ConsonanceHook(self.consonance_conn_id, jitter=run_times(context).start is not None)
        with hook.sources() as (client, place):
            facts, sources = gather(client, place, only)
        if only is None and not facts.products:
            raise BadRecordError("no product was read", system="consonance", remedy="See why Consonance gives none; nothing was opened.")
        check_sources(context, self.case(), self.consonance_conn_id, sources)
        return facts, sources

    def _remember(self, context: "Context", batches: "list[Batch]", only: "list[Changed] | None") -> None:
        """Where the facts are that were read last: all of them, and those of some works that were read since."""
        if context["params"].get("dry_run") or context["dag_run"].run_type == "backfill":
            return
        as_of, name = run_times(context).as_of, f"{self._memory}{self.use_case_id}"
        read: dict[str, Any] = {"as_of": as_of.isoformat(), "batches": [batch.model_dump() for batch in batches]}
        with open_ledger() as ledger:
            kept = ledger.memory.get(name)
            if only is None:
                ledger.memory.put(name, {**read, "since": []}, as_of)
            elif kept is not None:
                (works,) = self.stage_batches(context, "works", [[str(changed.work_id) for changed in only]])
                others = [one for one in kept[0]["since"] if one["as_of"] != read["as_of"]]
                ledger.memory.put(name, {**kept[0], "since": [*others, {**read, "works": works.model_dump()}]}, as_of)

    @property
    def _memory(self) -> str:
        return f"rights_facts:{self.consonance_conn_id}:"


class LastKnownRightsExtractOperator(RightsExtractOperator):
    """The same for what follows rights: where Consonance cannot be read, it goes by what a run of any use case read last.

    Then a finding of rule R10 is among the facts, and those that act on them close only: a right that ends while Consonance is
    away does not stay open. Without earlier facts the error stands.
    """

    def instead(self, context: "Context", problem: "ColophonError") -> "list[Batch]":
        """On the last try what was known last; without it as the base class."""
        batches = self._last_known(context, problem) if is_last_try(context, problem) else []
        return batches or super().instead(context, problem)

    def _last_known(self, context: "Context", problem: "ColophonError") -> "list[Batch]":
        """Batches of what was read last; none where nothing was, or it is gone."""
        from datetime import datetime

        from colophon.errors import StagingUnusableError
        from colophon.rights.last_known import Reading, merged, not_of_today
        from colophon.staging import Batch

        with open_ledger() as ledger:
            kept = ledger.memory.get_each(self._memory)
        if not kept:
            return []
        whole = max(kept, key=lambda one: str(one["as_of"]))
        since = sorted((one for each in kept for one in each["since"] if one["as_of"] > whole["as_of"]), key=lambda one: str(one["as_of"]))
        staging = open_staging()
        lines = [[staging.read_lines(Batch.model_validate(batch)) for batch in one["batches"]] for one in (whole, *since)]
        why = not_of_today(problem, datetime.fromisoformat(whole["as_of"]))
        try:
            works = [frozenset(map(int, staging.read_lines(Batch.model_validate(one["works"])))) for one in since]
            readings = [Reading(*each) for each in zip([None, *works], lines, strict=True)]
            batches = self.stage_batches(context, "last-known", merged(readings, why))
        except StagingUnusableError as gone:
            log.warning("What was read last cannot be had: %s", gone)
            return []
        log.warning("%s; %s", problem, why.found)
        summary("Consonance could not be read: only closing is done", {"records": sum(b.count for b in batches), "facts": why.found})
        return batches


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
