"""The decision of any use case: read its facts, decide, enter in the ledger what follows."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, summary
from colophon_airflow.operators.opentext_push import NO_MESSAGES, messaging_of
from colophon_airflow.run import run_times
from colophon_airflow.settings import config_folder, open_ledger, publisher_config
from colophon_airflow.sources import being_told

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from colophon.blocks.use_case import UseCase
    from colophon.domain.facts import Facts
    from colophon.ledger import Ledger


class DecideOperator(UseCaseOperator):
    """Runs the `CASE` of a use case's module; returns the destinations to deliver to.

    It reads what the case names, decides, and enters deliveries, withdrawals and exceptions in one transaction. A dry run only
    counts. Old news is told to nobody. What the case cannot do without and no source tells is one exception, and the run is red.
    """

    template_fields: Sequence[str] = ("people", "consonance_conn_id", "opentext_push_conn_id")

    def __init__(
        self,
        *,
        people: str = "",
        consonance_conn_id: str = "consonance_default",
        opentext_push_conn_id: str = "opentext_push_default",
        **kwargs: Any,
    ) -> None:
        """:param people: file of recipients, for a case that tells people. :param consonance_conn_id: where facts are read.

        :param opentext_push_conn_id: what it makes of repeats is asked there.
        """
        super().__init__(**kwargs)
        self.people = people
        self.consonance_conn_id = consonance_conn_id
        self.opentext_push_conn_id = opentext_push_conn_id

    def execute(self, context: "Context") -> list[str]:
        """See the class."""
        from colophon.blocks.decision import DecisionContext, Plan

        case: UseCase = self.decision().CASE
        times, is_dry = run_times(context), bool(context["params"].get("dry_run"))
        with open_ledger() as ledger:
            last_run = ledger.watermark(case.id)
            since = last_run or times.start or times.as_of.replace(hour=0, minute=0, second=0, microsecond=0)
            is_backfill = context["dag_run"].run_type == "backfill"
            if last_run is None and not is_dry and not is_backfill:
                ledger.set_watermark(case.id, since)  # where the first run fails, the next one begins where it did
            with being_told(context, case.id):
                facts = self._read(case, since, is_scheduled=times.start is not None)
            is_silent = case.is_silent(times.as_of, last_run, is_backfill=is_backfill)
            asks = case.tells_people and not is_silent
            messaging = messaging_of(self.opentext_push_conn_id, self.people, ledger) if asks else NO_MESSAGES
            history = partial(ledger.latest, case.id)
            decision_context = DecisionContext(times.as_of, publisher_config(), context["params"], history, since, *messaging)
            plan = Plan() if is_silent else case.decide(facts, decision_context)
            everything = list(plan.judged) if case.judges == "all" else []
            judgements, run = plan.judgements(everything=everything), context["ti"].run_id
            entered = ledger.enter(case.id, judgements, as_of=times.as_of, run=run, is_rehearsal=is_dry)
            rows = {name: result._asdict() for name, result in entered.items()}
            if not is_dry:
                self._record_facts(ledger, case, facts, times.as_of)
                if not is_silent:
                    ledger.set_watermark(case.id, times.as_of)
        read = sum(facts.count(kind) for kind in case.reads)
        context["ti"].xcom_push(key="plan", value={"read": read, "destinations": rows})
        title = "Decided (dry run: nothing is sent)" if is_dry else "Old news: nothing is sent" if is_silent else "Decided"
        summary(title, {"read": read, **facts.sources, **rows, "exceptions": len(plan.findings) + len(facts.findings)})
        return [] if is_dry else sorted(plan.judged)

    def _read(self, case: "UseCase", since: "datetime", *, is_scheduled: bool) -> "Facts":
        """Facts of the case.

        :raises NotReadyError: no source tells a kind that the case cannot do without.
        """
        from colophon.config.milestones import load_milestones
        from colophon.domain.facts import Unknown
        from colophon.errors import NotReadyError
        from colophon.systems.consonance.facts import FactReader
        from colophon_airflow.hooks.consonance import ConsonanceHook

        hook = ConsonanceHook(self.consonance_conn_id, jitter=is_scheduled)
        with hook.client as client, hook.reports if hook.settings.reports_location else nullcontext() as place:
            facts = FactReader(client, place, load_milestones(config_folder())).read((*case.reads, *case.gains), since=since)
        states: list[object] = [facts.of(kind) for kind in case.reads]
        missing = [state for state in states if isinstance(state, Unknown)]
        if missing:
            said = "; ".join(state.reason for state in missing)
            raise NotReadyError(said, system="consonance", operation="facts", remedy=missing[0].remedy)
        return facts

    def _record_facts(self, ledger: "Ledger", case: "UseCase", facts: "Facts", as_of: "datetime") -> None:
        """What could not be read, and kinds that one can do without and that no source tells: exceptions that close with the fault."""
        findings = [*facts.findings, *(state.as_finding() for state in facts.unknown)]
        ledger.record_findings(case.id, "facts", None, findings, as_of=as_of)
