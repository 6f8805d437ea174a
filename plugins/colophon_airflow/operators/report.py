"""The last step: what the run did, for every destination, in one place."""

from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.links import DeskLink, RunLink
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.task_log import in_words, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import BaseOperatorLink, Context

    from colophon.blocks.inbound import Inbound


class ReportOperator(UseCaseOperator):
    """Adds up the run; returns `{read, sent, refused, out_of_scope, destinations: {name: plan, ledger states and what is unsettled}}`.

    Of a use case that lives on the inbox also how many exceptions are open, and how many events wait.
    Whatever is unsettled at any destination of the use case, planned for in this run or not, is an exception when this ends.
    A run that went by less than it should know (the plan's note says so) did what it could, and is red.
    """

    operator_extra_links: "Sequence[BaseOperatorLink]" = (RunLink(), DeskLink())

    def __init__(self, *, decide_task: str = "decide", case: "Callable[[], Inbound] | None" = None, **kwargs: Any) -> None:
        """:param decide_task: id of the task whose counts are reported. :param case: whose events are counted."""
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)
        self.case = case
        self.decide_task = decide_task

    def execute(self, context: "Context") -> dict[str, Any]:
        """Read the plan's counts and the ledger.

        :raises BadRecordError: the run went by facts that are not of today, or did not find what was asked for.
        """
        from colophon.errors import BadRecordError
        from colophon.unsettled import counted, name_unsettled, sentences

        dry = bool(context["params"].get("dry_run"))
        plan = context["ti"].xcom_pull(task_ids=self.decide_task, key="plan") or {"read": 0, "destinations": {}}
        with open_ledger() as ledger:
            states, owner_of = ledger.counts(self.use_case_id), partial(publisher_config().owners.of, use_case=self.use_case_id)
            look = ledger.undelivered if dry else partial(name_unsettled, ledger, owner_of=owner_of)
            rows_of = {name: look(self.use_case_id, name) for name in states}
            exceptions = ledger.exceptions.open(use_case=self.use_case_id) if self.case else []
            inbox = {"exceptions": len(exceptions), "waiting": len(ledger.inbox.waiting(self.case().types))} if self.case else {}
        unsettled = {name: counted(found) for name, found in rows_of.items() if found}
        destinations = {
            name: {"plan": counts, "ledger": states.get(name, {}), "unsettled": unsettled.get(name, {})}
            for name, counts in plan["destinations"].items()
        }
        sent = 0 if dry else sum(counts.get("new", 0) for counts in plan["destinations"].values())
        refused, apart = (sum(counts.get(word, 0) for counts in plan["destinations"].values()) for word in ("refused", "out_of_scope"))
        rows = {
            name: f"planned {in_words(found['plan'])}; in the ledger {in_words(found['ledger'])}" for name, found in destinations.items()
        }
        note = f"; {plan['note']}" if plan.get("note") else ""
        unarmed = [name for name, counts in plan["destinations"].items() if "not_armed" in counts]
        waiting = {"not armed": f"{', '.join(unarmed)}: nothing goes until `live: true` stands in the profile"} if unarmed else {}
        summary(
            f"Read {plan['read']}, sent {sent}, refused {refused}, not for the recipient {apart}{' (dry run)' if dry else ''}{note}",
            {**rows, **inbox, **waiting, "unsettled": unsettled or "nothing"},
            [sentence for name, found in rows_of.items() for sentence in sentences(found, name)]
            + [f"{row.subject}: {row.found}. {row.remedy}" for row in exceptions[:20]],
        )
        told = {"read": plan["read"], "sent": sent, "refused": refused, "out_of_scope": apart, "destinations": destinations}
        self._keep_page(context, {**told, "note": str(plan.get("note") or ""), "dry": dry})
        if plan.get("note"):
            remedy = plan.get("remedy") or "See the exception of rule R10; the next run that can read makes up for it."
            raise BadRecordError(plan["note"], system="consonance", remedy=remedy)
        return {**told, **inbox}

    def _keep_page(self, context: "Context", told: "dict[str, Any]") -> None:
        """The run's page on the desk; beside the counts what it closed, and what keeps how many back."""
        from colophon import environment, run_page

        as_of = run_times(context).as_of
        with open_ledger() as ledger:
            closed = 0 if told["dry"] else ledger.desk.closed(self.use_case_id, as_of)
            causes = run_page.causes(ledger.exceptions.open(use_case=self.use_case_id))
            page = {**told, "closed": closed, "causes": causes}
            run_page.keep(ledger.memory, self.use_case_id, context["ti"].run_id, page, environment.now(), as_of=as_of)
