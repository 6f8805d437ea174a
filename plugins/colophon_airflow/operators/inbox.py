"""Operators of use cases that live on the inbox: polls that fill it, the decision that empties it, the report."""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.operators.base import UseCaseOperator, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.inbound import Answered
    from colophon.domain.product import Product
    from colophon.domain.team import TeamMember
    from colophon.ledger import Ledger
    from colophon.ledger.inbox import InboxItem

log = logging.getLogger(__name__)

AT_ONCE = 500


class InboxPlanOperator(UseCaseOperator):
    """Decides about the events that wait for this use case, and enters what follows in the ledger. Returns counts.

    It runs whatever became of the poll before it: what came by webhook does not wait for a system that is away. A crash
    repeats events whose consequences are known already, which changes nothing.
    """

    template_fields: Sequence[str] = ("consonance_conn_id",)

    def __init__(self, *, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(trigger_rule=TriggerRule.ALL_DONE, **kwargs)
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> dict[str, int]:
        """Read, decide, enter, until nothing is left that can be dealt with now."""
        dry, counts = bool(context["params"].get("dry_run")), Counter[str]()
        with open_ledger() as ledger:
            is_left = True
            while is_left:
                items = ledger.inbox_pending(self.decision().TYPES, limit=AT_ONCE)
                answered = self._answer(ledger, items, context)
                counts += Counter(self._enter(ledger, answered, context) if not dry else {"new": len(answered.intents)})
                is_left = not dry and len(items) == AT_ONCE and bool(answered.closed)
            forgotten = {} if dry else ledger.inbox_forget()
        if any(forgotten.values()):
            log.info("Events of a month ago are forgotten (done), or parked because no run took them: %s", forgotten)
        summary("Planned (dry run: nothing is sent)" if dry else "Planned", counts)
        return dict(counts)

    def _answer(self, ledger: "Ledger", items: "list[InboxItem]", context: "Context") -> "Answered":
        from colophon.blocks.decision import DecisionContext
        from colophon.blocks.inbound import Arrived

        decision, as_of = self.decision(), run_times(context).as_of
        isbns = decision.isbns(items)
        raised = ledger.open_exceptions(use_case=self.use_case_id, destination=decision.DESTINATION)
        known = isbns | {row.subject.removeprefix("isbn:") for row in raised if row.subject.startswith("isbn:")}
        past = {isbn: ledger.history(isbn, destination=decision.DESTINATION) for isbn in sorted(known)}
        titles = self._titles(isbns)
        team = self._team({title.work_id for title in titles.values()}) if getattr(decision, "READS_TEAM", False) else ()
        arrived = Arrived(items, titles, past, publisher_config().notices, as_of, team)
        history = partial(ledger.latest, self.use_case_id)
        answered: Answered = decision.plan(arrived, DecisionContext(as_of, publisher_config(), context["params"], history))
        return answered

    def _titles(self, isbns: set[str]) -> "dict[str, Product]":
        from colophon.domain.product import Product
        from colophon_airflow.hooks.consonance import ConsonanceHook

        if not isbns:
            return {}
        with ConsonanceHook(self.consonance_conn_id).client as client:
            pages = client.iter_products(isbns=sorted(isbns))
            return {record.isbn13: record for page in pages for record in page.records if isinstance(record, Product) and record.isbn13}

    def _team(self, works: set[int]) -> "Sequence[TeamMember]":
        from colophon.systems.consonance.rights_facts import team_of
        from colophon_airflow.hooks.consonance import ConsonanceHook

        if not works:
            return ()
        hook = ConsonanceHook(self.consonance_conn_id)
        with hook.client as client, hook.reports if hook.settings.reports_location else nullcontext() as place:
            return team_of(client, place, works)

    def _enter(self, ledger: "Ledger", answered: "Answered", context: "Context") -> dict[str, int]:
        destination = self.decision().DESTINATION
        planned = ledger.plan(answered.intents).get(destination)
        as_of = run_times(context).as_of
        ledger.record_findings(self.use_case_id, destination, sorted(answered.judged), answered.findings, as_of=as_of)
        for item, note, parked in answered.closed:
            ledger.inbox_done(item.source, item.id, note=note, parked=parked)
        parked_count = sum(closed.parked for closed in answered.closed)
        found = planned._asdict() if planned else {}
        return {**found, "exceptions": len(answered.findings), "events": len(answered.closed), "parked": parked_count}


class InboxReportOperator(UseCaseOperator):
    """The last step: what is in the ledger, and what still waits. It fails with the steps before it, so that the run shows them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)

    def execute(self, context: "Context") -> dict[str, Any]:  # noqa: ARG002 - Airflow's signature
        """States of all deliveries, open exceptions, events that wait."""
        decision = self.decision()
        with open_ledger() as ledger:
            states = ledger.counts(self.use_case_id, decision.DESTINATION).get(decision.DESTINATION, {})
            exceptions = ledger.open_exceptions(use_case=self.use_case_id, limit=20)
            waiting = len(ledger.inbox_waiting(decision.TYPES))
        found = {"ledger": states, "exceptions": len(exceptions), "waiting": waiting}
        summary("Report", found, [f"{row.subject}: {row.found}. {row.remedy}" for row in exceptions])
        return found
