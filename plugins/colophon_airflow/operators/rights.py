"""Operators of the use cases that follow rights."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.task_log import log, summary
from colophon_airflow.retry import is_last_try
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger
from colophon_airflow.sources import check_sources, record_untold

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.use_case import Needs
    from colophon.errors import ColophonError
    from colophon.rights.facts import FactLines
    from colophon.rights.snapshot import RightsSnapshot
    from colophon.staging import Batch
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon.systems.consonance.kept_pages import KeptPages
    from colophon.systems.consonance.rights_facts import Changed

LINES_A_BATCH = 50_000
"""Records to a batch: the catalogue of a large house in a dozen tasks, each within a hundred megabytes."""


class RightsExtractOperator(UseCaseOperator):
    """Stages products with all records that their rights rest on, whole works to a batch; returns the batches' references.

    A run that the asset `colophon.rights_changed` started reads the products that its events name, as they are now; any other
    run reads everything. `colophon.rights.facts.read_facts` reads a batch. Where neither the account nor a report tells what
    the use case needs, that is one exception of the account, and the task fails. What was read is remembered.

    What follows rights goes by what a run of any use case read last where Consonance cannot be read (`or_last_known`): a right
    that ends while Consonance is away does not stay open. A finding of rule R10 is then among the facts, and those that act on
    them close only. Without earlier facts the error stands.
    """

    system = "consonance"
    template_fields: Sequence[str] = ("consonance_conn_id",)

    def __init__(
        self,
        *,
        case: "Callable[[], Needs]",
        or_last_known: bool = False,
        check_form: "Callable[[Mapping[str, Any]], None] | None" = None,
        consonance_conn_id: str = "consonance_default",
        **kwargs: Any,
    ) -> None:
        """:param check_form: raises where the form's values cannot be meant; called before anything is read."""
        super().__init__(**kwargs)
        self.case = case
        self.check_form = check_form
        self.or_last_known = or_last_known
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """References (uri, count, sha256, size) of the staged batches. Raises as `read`."""
        from colophon.errors import ColophonError

        if self.check_form is not None:
            self.check_form(context["params"])
        try:
            batches = self._extract(context)
            record_untold(context, self.use_case_id, None)
        except ColophonError as problem:
            if not is_last_try(context, problem):
                raise
            batches = self._last_known(context, problem) if self.or_last_known else []
            if not batches:
                record_untold(context, self.use_case_id, problem)
                raise
        return [batch.model_dump() for batch in batches]

    def _extract(self, context: "Context") -> "list[Batch]":
        """Read, stage, remember. Raises as `read`."""
        only = self.changed(context)
        facts, sources = self.read(context, only)
        batches = self.stage_batches(context, "rights", facts.batches(LINES_A_BATCH))
        self._remember(context, batches, only)
        counts = {"records": sum(b.count for b in batches), "batches": len(batches), "bytes": sum(b.size for b in batches)}
        read = "everything" if only is None else f"{len(only)} products that changed"
        summary(f"Extracted {read}", {**counts, **{f"{kind} from": source for kind, source in sources.items()}})
        return batches

    def changed(self, context: "Context") -> "list[Changed] | None":
        """The products to read; None: everything."""
        return changed_products(context)

    def read(self, context: "Context", only: "list[Changed] | None") -> "tuple[FactLines, dict[str, str]]":
        """The facts, and where each kind came from. Raises as `gather`.

        :raises NotReadyError: what the use case needs is told nowhere.
        :raises BadRecordError: there is no product at all; taken at its word, it would close everything.
        """
        from colophon.errors import BadRecordError
        from colophon.readiness import facts_of
        from colophon.systems.consonance.rights_facts import gather
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        needs = self.case()
        asked = facts_of((*needs.upstream, *needs.reads, *needs.upstream_gains, *needs.gains))
        hook = ConsonanceHook(self.consonance_conn_id, jitter=run_times(context).start is not None)
        with hook.sources() as (client, place):
            kept = self._kept_pages(client) if only is None else None
            facts, sources = gather(client, place, only, with_team="team" in asked, kept=kept)
            self._keep_pages(context, client, kept or {})
        if only is None and not facts.products:
            raise BadRecordError("no product was read", system="consonance", remedy="See why Consonance gives none; nothing was opened.")
        check_sources(context, needs, self.consonance_conn_id, sources)
        return facts, sources

    def _kept_pages(self, client: "ConsonanceClient") -> "dict[str, KeptPages]":
        """What pages said when they were last read, by kind; nothing where another program understood them, or it is gone."""
        from colophon.errors import StagingUnusableError
        from colophon.systems.consonance.kept_pages import KeptPages, understood_by
        from colophon.systems.consonance.rights_facts import KINDS

        kept, by = {kind: KeptPages() for kind in KINDS}, understood_by(client)
        with open_ledger() as ledger:
            for name, value in ledger.memory.named(self._pages).items():
                try:
                    if value["by"] == by:
                        kept[name.removeprefix(self._pages)] = KeptPages(staged_lines([value["pages"]]))
                except StagingUnusableError as gone:
                    log.info("What pages said earlier cannot be had: %s", gone)
        return kept

    def _keep_pages(self, context: "Context", client: "ConsonanceClient", kept: "Mapping[str, KeptPages]") -> None:
        """Remember where lies what the pages said, for whoever reads them next."""
        from colophon.systems.consonance.kept_pages import understood_by

        if context["params"].get("dry_run"):
            return
        with open_ledger() as ledger:
            for kind in [kind for kind, pages in kept.items() if pages.is_news]:
                (batch,) = self.stage_batches(context, f"pages-{kind}", [kept[kind].staged()])
                value = {"by": understood_by(client), "pages": batch.model_dump()}
                ledger.memory.put(f"{self._pages}{kind}", value, run_times(context).as_of)

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
                others = [reading for reading in kept[0]["since"] if reading["as_of"] != read["as_of"]]
                ledger.memory.put(name, {**kept[0], "since": [*others, {**read, "works": works.model_dump()}]}, as_of)

    @property
    def _memory(self) -> str:
        return f"rights_facts:{self.consonance_conn_id}:"

    @property
    def _pages(self) -> str:
        return f"rights_pages:{self.consonance_conn_id}:"

    def _last_known(self, context: "Context", problem: "ColophonError") -> "list[Batch]":
        """Batches of what was read last; none where nothing was, or it is gone."""
        from datetime import datetime

        from colophon.errors import StagingUnusableError
        from colophon.rights.last_known import Reading, merged, not_of_today

        with open_ledger() as ledger:
            kept = sorted(ledger.memory.get_each(self._memory), key=_moment)
        if not kept:
            return []
        whole = kept[-1]
        since = sorted((partial for each in kept for partial in each["since"] if _moment(partial) > _moment(whole)), key=_moment)
        why = not_of_today(problem, datetime.fromisoformat(_moment(whole)))
        try:
            works = [None, *(frozenset(map(int, staged_lines([partial["works"]]))) for partial in since)]
            lines = ([staged_lines([batch]) for batch in reading["batches"]] for reading in (whole, *since))
            batches = self.stage_batches(context, "last-known", merged(list(map(Reading, works, lines)), why))
        except StagingUnusableError as gone:
            log.warning("What was read last cannot be had: %s", gone)
            return []
        log.warning("%s; %s", problem, why.found)
        summary("Consonance could not be read: only closing is done", {"records": sum(b.count for b in batches), "facts": why.found})
        return batches


def _moment(reading: Mapping[str, Any]) -> str:
    return str(reading["as_of"])


def changed_products(context: "Context") -> "list[Changed] | None":
    """The products that the events which started this run name; None where no such event did, one means all, or its batch is gone."""
    from colophon.errors import StagingUnusableError
    from colophon.systems.consonance.rights_facts import Changed

    events = (context.get("triggering_asset_events") or {}).get(RIGHTS_CHANGED) or []
    if not all("batch" in event.extra for event in events):
        return None
    try:
        lines = set(staged_lines(event.extra["batch"] for event in events))
    except StagingUnusableError:  # cleared away since: everything is a superset
        return None
    return sorted(Changed(**json.loads(line)) for line in lines) if events else None


def rights_of(context: "Context", judged: Any) -> "RightsSnapshot":
    """What the judge tasks found, and which ISBNs the run is about: those that the events named which started it.

    :raises BadRecordError: a run about everything read no product at all; taken at its word, it would close everything.
    """
    from colophon.domain.finding import Finding
    from colophon.errors import BadRecordError
    from colophon.rights.snapshot import snapshot
    from colophon.rights.status import status_from

    batches = judged[:] if judged else []
    statuses = (status_from(line) for line in staged_lines(entry["statuses"] for entry in batches))
    rights = snapshot(statuses, (Finding.model_validate_json(line) for line in staged_lines(entry["findings"] for entry in batches)))
    changed = changed_products(context)
    if changed is not None:
        return replace(rights, only=frozenset(product.isbn13 for product in changed if product.isbn13))
    if (context.get("triggering_asset_events") or {}).get(RIGHTS_CHANGED):
        # An event that means all products, or whose batch is gone: nothing beyond what was read may be taken for unknown.
        return replace(rights, only=frozenset(rights.products))
    if not rights.products:
        raise BadRecordError("no product was read", system="consonance", remedy="See why the extract step found none; nothing was closed.")
    return rights
