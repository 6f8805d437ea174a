"""The one operator of the letters about licences: decide which are due, and enter them in the ledger."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config
from colophon_airflow.sources import being_told, check_sources

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.finding import Finding
    from colophon.use_cases.royalties.records import Payee


class RightsNoticesOperator(UseCaseOperator):
    """Plans the letters that are due; returns destination, template and version of each kind, to deliver to.

    Contacts are read here and go nowhere but into the letters. A backfill plans none: that news is old. A dry run only counts.
    """

    template_fields: Sequence[str] = ("batches", "consonance_conn_id")

    def __init__(self, *, batches: Any, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param batches: result of `RightsExtractOperator`. :param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(**kwargs)
        self.batches = batches
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[dict[str, str]]:
        """See the class."""
        from colophon.blocks.decision import DecisionContext
        from colophon.blocks.use_case import is_old_news
        from colophon.rights.facts import read_facts
        from colophon.staging import Batch
        from colophon.systems.opentext_exstream.operations import SUBMIT
        from colophon.use_cases.exstream import rights_notices as notices

        as_of, config, staging = run_times(context).as_of, publisher_config(), open_staging()
        is_dry = bool(context["params"].get("dry_run"))
        facts = [read_facts(staging.read_lines(Batch.model_validate(batch))) for batch in self.batches or []]
        untold = notices.untold(facts)
        faults: list[Finding] = [*untold]
        due = [notice for batch in facts for notice in notices.due(batch, config.rights_notices, as_of.date())]
        with open_ledger() as ledger:
            last_run = ledger.watermark(self.use_case_id)
            is_silent = is_old_news(as_of, last_run, is_backfill=context["dag_run"].run_type == "backfill")
            due = [] if is_silent else due
            contacts = self._contacts(context, faults) if due else {}
            question = DecisionContext(
                as_of=as_of, config=config, params=context["params"], history=partial(ledger.latest, self.use_case_id)
            )
            made = notices.plan(due, contacts, question, delivery_class=str(SUBMIT.writes))
            rows = {kind: {"new": sum(i.destination == kind for i in made.intents),
                           "refused": sum(f.blocks == kind for f in made.findings)} for kind in notices.KINDS}  # fmt: skip
            for kind, row in rows.items():
                row["unchanged"] = len(made.judged[kind]) - row["new"] - row["refused"]
            if not is_dry:
                if not is_silent:
                    # An account that does not tell its licences says nothing of letters that wait.
                    everything = notices.KINDS if facts and all(batch.deals is not None for batch in facts) else ()
                    ledger.enter(self.use_case_id, made.judgements(everything=everything), as_of=as_of, run=context["ti"].run_id)
                ledger.record_findings(self.use_case_id, "letters", None, [*faults, *notices.undelivered(ledger)], as_of=as_of)
                ledger.set_watermark(self.use_case_id, as_of)
        context["ti"].xcom_push(key="plan", value={"read": len(due), "destinations": rows})
        summary("Letters (dry run: none goes)" if is_dry else "Letters", {"due": len(due), **rows}, [finding.found for finding in untold])
        if is_dry:
            return []
        return [{"destination": kind, "template": t.template, "version": t.version} for kind, t in notices.templates(config)]

    def _contacts(self, context: "Context", faults: "list[Finding]") -> "dict[int, Payee]":
        """All contacts, as they are reached.

        :raises NotReadyError: what they wish is not told any more, or its report is late: one exception for operations.
        """
        from colophon.use_cases.royalties.reading import Sources, payees_of
        from colophon_airflow.hooks.consonance import ConsonanceHook

        hook, routes = ConsonanceHook(self.consonance_conn_id), dict[str, str]()
        with being_told(context, self.use_case_id):
            with hook.client as client:
                contacts = payees_of(Sources(client, lambda: hook.reports, faults, routes))
            check_sources(context, self.use_case_id, self.consonance_conn_id, routes)
        return contacts
