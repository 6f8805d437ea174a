"""Operators of the royalty statements: issue what was approved, follow every statement to its outcome, report."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.operators.royalties import EXTRACT, RoyaltyOperator, facts_of, results_of
from colophon_airflow.operators.task_log import group, log, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context


class RoyaltyIssueOperator(RoyaltyOperator):
    """Enters the approved statements in the ledger, once; returns the groups to deliver, whether they have gone or not."""

    def __init__(self, *, balance_task: str, **kwargs: Any) -> None:
        """:param balance_task: id of the task whose results were approved."""
        super().__init__(**kwargs)
        self.balance_task = balance_task

    def execute(self, context: "Context") -> list[dict[str, str]]:
        """Plan. Raises UnbalancedError where a statement does not add up as it would be sent."""
        from colophon.royalty_run.books import page_of
        from colophon.royalty_run.gather import gather
        from colophon.use_cases.exstream.royalty_statements import confirm, groups_of, issue
        from colophon.use_cases.exstream.statement_letters import Letters

        approved = context["ti"].xcom_pull(task_ids=self.balance_task, key="balanced")
        run = context["ti"].xcom_pull(task_ids=EXTRACT, key="run")
        staging, settings, period, as_of = open_staging(), self.settings(), self.period(context), run_times(context).as_of
        facts = facts_of(run, staging)
        results = list(results_of(approved["results"], staging))
        gathered = gather(results, [], facts, settings, self.policy_of(context), pay_day=as_of.date(), openings={})
        letters = Letters(gathered, facts, period, issued_on=as_of.date(), publisher=publisher_config().publisher, settings=settings)
        with open_ledger() as ledger:
            made = issue(gathered, facts, settings, period, letters, ledger, as_of=as_of)
            # First: what is in the books of a period that is not approved yet is entered anew, and never the other way round.
            ledger.royalty_books.enter(page_of(gathered, facts, made.approved, period, context["ti"].run_id))
            ledger.plan(made.intents)
            confirm(ledger, period, as_of=as_of)
            judged = sorted({one.subject for one in made.findings} | {intent.subject for intent in made.intents})
            ledger.exceptions.record(self.use_case_id, "issue", judged, made.findings, as_of=as_of)
            groups = groups_of(ledger, settings, period)
        summary(f"Statements of {period.label}", {**made.counts, "groups": len(groups), "exceptions": len(made.findings)})
        return [one._asdict() for one in groups]


class RoyaltyReconcileOperator(RoyaltyOperator):
    """Brings every statement of the period to an outcome; those that did not reach their payee are exceptions.

    Runs also where a batch did not end green. Returns counts by outcome.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS, **kwargs)

    def execute(self, context: "Context") -> dict[str, int]:
        """Look at the ledger."""
        from colophon.use_cases.exstream.royalty_statements import outcomes

        period, as_of = self.period(context), run_times(context).as_of
        with open_ledger() as ledger:
            rows = [row for name in ledger.counts(self.use_case_id) if name.startswith(f"{period.label}:")
                    for row in ledger.newest(self.use_case_id, name)]  # fmt: skip
            counts, findings = outcomes(rows)
            ledger.exceptions.record(self.use_case_id, "outcomes", [row.subject for row in rows], findings, as_of=as_of)
        with group("Not delivered"):
            for one in findings[:50]:
                log.info("%s: %s; %s", one.subject, one.found, one.remedy)
        summary(f"Outcomes of {period.label}", dict(counts), [f"{one.subject}: {one.found}" for one in findings[:20]])
        return dict(counts)


class RoyaltyReportOperator(RoyaltyOperator):
    """The last word on the run: what was approved, what became of it, what is open; fails where a statement reached nobody."""

    def __init__(self, *, balance_task: str, reconcile_task: str, **kwargs: Any) -> None:
        """:param balance_task: id of the task whose totals were approved. :param reconcile_task: of that with the outcomes."""
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)
        self.balance_task = balance_task
        self.reconcile_task = reconcile_task

    def execute(self, context: "Context") -> dict[str, Any]:
        """Add up.

        :raises RefusedError: statements did not reach their payees; all else is done.
        """
        from colophon.errors import RefusedError
        from colophon.use_cases.exstream.royalty_statements import is_good

        ti = context["ti"]
        balanced = ti.xcom_pull(task_ids=self.balance_task, key="balanced")
        outcomes: Counter[str] = Counter(ti.xcom_pull(task_ids=self.reconcile_task) or {})
        missed = sum(n for word, n in outcomes.items() if not is_good(word))
        told = {"period": balanced["period"], "counts": balanced["counts"], "identities": balanced["identities"],
                "differences": balanced["differences"], "outcomes": dict(outcomes), "report": balanced["report"]}  # fmt: skip
        ti.xcom_push(key="report", value=told)
        summary(f"Royalty run {balanced['period']}", {**balanced["counts"], **{f"statements {word}": n for word, n in outcomes.items()}})
        if missed:
            raise RefusedError(
                f"{missed} of {sum(outcomes.values())} statements did not reach their payees",
                system="opentext_exstream",
                evidence=", ".join(f"{n} {word}" for word, n in sorted(outcomes.items())),
                remedy="The ledger has an exception for each: mend its cause, then `colophon ledger redrive`, and clear from `deliver`.",
            )
        return told
