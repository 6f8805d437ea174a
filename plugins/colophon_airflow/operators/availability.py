"""Operators that make what counterparts show follow rights: judge the facts, compare and decide, read back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from colophon import environment
from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.rights import changed_products
from colophon_airflow.operators.task_log import log, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.decision import Plan
    from colophon.blocks.desired_state import DesiredState
    from colophon.blocks.use_case import UseCase
    from colophon.domain.facts import Facts
    from colophon.domain.finding import Finding
    from colophon.ledger import Ledger
    from colophon.rights.kept import Judged

Look = Callable[["Ledger", "frozenset[str] | None"], AbstractContextManager["Iterable[Facts]"]]
"""What a system shows of the products with some ISBNs (None: of all), in parts."""

MOST_SHOWN = 20


class RightsJudgeOperator(UseCaseOperator):
    """Has the rights engine judge one staged batch of facts; stages the products' statuses and what is wrong with their records.

    Returns `{products, statuses, findings, unknown}`: two references, and what is not known of any product, as lines.
    """

    def __init__(self, *, case: "Callable[[], UseCase]", batch: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case
        self.batch = batch

    def execute(self, context: "Context") -> dict[str, Any]:
        """Judge, or take the judgement of an earlier night where it holds.

        :raises BadConfigError: the use case asks nothing of the engine.
        """
        from colophon.errors import BadConfigError
        from colophon.rights import Atlas
        from colophon.rights.hold import days_to_hold
        from colophon.rights.kept import Question, judge_works
        from colophon.stopped import SENTENCE, stops

        asked, config = self.case().rights, publisher_config()
        if asked is None:
            raise BadConfigError(f"{self.use_case_id} asks nothing of the rights engine", remedy="Give its UseCase `rights`.")
        days = days_to_hold(config.publisher.here(run_times(context).as_of), config.limits.rights_hold_hours)
        atlas = Atlas.load(config.publisher.code_lists)
        formats, embargoes = tuple(asked.formats(config) or (None,)), config.embargoes.first_day_of_sale
        with open_ledger() as ledger:
            stopped = dict.fromkeys(stops(ledger), SENTENCE)
            question = Question(atlas, formats, asked.channels(config), embargoes, days, stopped)
            about_all, *works = judge_works(staged_lines([self.batch]), question, partial(self._earlier, ledger))
            self._keep(ledger, context, works)
        findings = dict.fromkeys([*about_all.findings, *(line for work in works for line in work.findings)])
        staged = {
            "statuses": self.stage_batches(context, f"{self.task_id}-statuses", [[line for work in works for line in work.statuses]]),
            "findings": self.stage_batches(context, f"{self.task_id}-findings", [findings]),
        }
        count = sum(len(work.statuses) for work in works) // len(formats)
        summary(f"Judged {count} products", {"exceptions": len(findings)})
        return {"products": count, "unknown": about_all.findings, **{kind: batches[0].model_dump() for kind, batches in staged.items()}}

    def _earlier(self, ledger: "Ledger", first: int, last: int) -> "Iterator[str]":
        """Lines of what was judged earlier of works from one id to another; what is gone is judged anew."""
        from colophon.errors import StagingUnusableError

        for batch in ledger.memory.get_each(self._memory):
            if batch["works"][0] <= last and batch["works"][1] >= first:
                try:
                    yield from staged_lines([batch["judged"]])
                except StagingUnusableError as gone:
                    log.info("What was judged earlier cannot be had: %s", gone)

    def _keep(self, ledger: "Ledger", context: "Context", works: "Sequence[Judged]") -> None:
        """Remember where the judgements lie, for the next run about everything; they hold by what they were made of, whoever finds them."""
        if not any(work.is_new for work in works) or context["params"].get("dry_run") or changed_products(context) is not None:
            return
        (batch,) = self.stage_batches(context, f"{self.task_id}-judged", [[work.to_line() for work in works]])
        ids = [work.work_id for work in works]
        kept = {"works": [min(ids), max(ids)], "judged": batch.model_dump()}
        ledger.memory.put(f"{self._memory}{max(context['ti'].map_index or 0, 0):05d}", kept, run_times(context).as_of)

    @property
    def _memory(self) -> str:
        return f"rights_judged:{self.use_case_id}:"


class StateDecideOperator(DecideOperator):
    """Compares what a system shows with what rights say, part by part, and enters what differs: closing before opening.

    A run about a day before the last one that was brought in is skipped, and so is a backfill: what is shown is of today.
    """

    system = ""  # that of `look`
    case: "Callable[[], DesiredState]"

    def __init__(self, *, look: Look, **kwargs: Any) -> None:
        super().__init__(**{"pool": look.__module__.split(".")[-2], **kwargs})
        self.look = look

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The rights of all batches, and the parts as they come.

        :raises AirflowSkipException: the run's day is over, or the system is none that this run can look at.
        """
        skip_what_is_over(run)
        self.take_rights(run)
        with self.look(run.ledger, run.asked.rights.only) as parts:
            yield parts

    def gathered(self, plans: "Iterator[Plan]") -> "Iterable[Plan]":
        """So many plans together that those of their deliveries that close are put before those that open."""
        from colophon.blocks.desired_state import gathered

        return gathered(plans)

    def conclude(self, run: DecisionRun) -> None:
        """Exceptions of no part: those of the records, and of what was confirmed, is Consonance's still, and is shown no more."""
        case, rights = self.case(), run.asked.rights
        findings = [*rights.findings, *run.findings]
        if case.gone is not None:
            ours = rights.products.keys() & (rights.products if rights.only is None else rights.only)
            confirmed = run.ledger.confirmed_isbns(case.id, case.destination) & ours
            findings += [case.gone(isbn) for isbn in sorted(confirmed) if f"isbn:{isbn}" not in run.names]
        self.record(run, case.id, findings)
        super().conclude(run)

    def record(self, run: DecisionRun, use_case: str, findings: "list[Finding]") -> None:
        """Exceptions at the destination. A run about everything closes those that it did not find, another one those of its products."""
        only = run.asked.rights.only
        judged = None if only is None else sorted({finding.subject for finding in findings} | {f"isbn:{isbn}" for isbn in only})
        run.ledger.exceptions.record(use_case, self.case().destination, judged, findings, as_of=run.as_of)


class RightsReadBackOperator(StateDecideOperator):
    """Looks again after everything was sent. Nothing may be open that rights do not allow; what is becomes an exception.

    Returns how many products or videos that is: 0.
    """

    @property
    def map_label(self) -> str:
        """See the base class."""
        return self.case().destination

    def execute(self, context: "Context") -> int:
        """Compare.

        :raises ConflictError: something stays open.
        """
        from colophon.errors import ConflictError

        case = self.case()
        with open_ledger() as ledger:
            run = self._run(context, ledger)
            with self.read(run) as parts:
                findings = [finding for facts in parts for finding in case.still_open(facts, run.asked)]
            self.record(run, f"{case.id}:read_back", findings)
        details = (f"{finding.subject}: {finding.found}" for finding in findings[:MOST_SHOWN])
        summary(f"Open against the rights at {case.destination}: {len(findings)}", {}, details)
        if findings:
            named = ", ".join(finding.subject for finding in findings[:3])
            remedy = "See the exceptions of rule R7 and what the deliver step refused."
            raise ConflictError(f"{len(findings)} stay open against the rights: {named}", subject=case.destination, remedy=remedy)
        return 0


def skip_what_is_over(run: DecisionRun) -> None:
    """What a system shows is of today, and so is no answer about a day before.

    :raises AirflowSkipException: the run's day is over.
    """
    brought_in = environment.now() if run.context["dag_run"].run_type == "backfill" else run.last_run
    if brought_in is not None and run.as_of.date() < brought_in.date():
        raise AirflowSkipException(f"{brought_in:%Y-%m-%d} is here already; what was right on {run.as_of:%Y-%m-%d} is over")
