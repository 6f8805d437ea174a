"""Decides about one batch of the nightly metadata syndication, by what rights say of its products."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import staged_lines
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.syndication import RIGHTS, Reference

if TYPE_CHECKING:
    from colophon.domain.delivery import Entered, Judgement, Shown
    from colophon.domain.facts import Facts


class BatchDecideOperator(DecideOperator):
    """Decides about one staged batch, by what rights say of its products; returns `{counts, figures}`.

    What follows once all batches are decided is `SyndicationFinalizeOperator`'s.
    """

    system = ""  # its facts are staged

    def __init__(self, *, batch: Reference, **kwargs: Any) -> None:
        super().__init__(batches=[{name: value for name, value in batch.items() if name != RIGHTS}], **kwargs)
        self.rights = batch[RIGHTS]

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The batch, and the rights of its products: by ISBN, and by subject where they have none."""
        from colophon.rights.snapshot import RightsSnapshot
        from colophon.rights.status import status_from

        statuses = map(status_from, staged_lines([self.rights]))
        run.asked = replace(run.asked, rights=RightsSnapshot({status.subject.removeprefix("isbn:"): status for status in statuses}))
        facts = self.staged(run)
        if not run.is_dry:
            self._close_former(run, facts)
        yield [facts]

    def _close_former(self, run: DecisionRun, facts: "Facts") -> None:
        """What was found of products while they had no ISBN is over."""
        from colophon.domain.product import Product
        from colophon.use_cases.xconnector.nights import recipients

        former = [f"product:{product.id}" for product in facts.records(Product) if product.isbn13]
        for profile in recipients(run.asked.params, run.asked.config):
            run.ledger.exceptions.record(run.case.id, profile.id, former, [], as_of=run.as_of)

    def enter(self, run: DecisionRun, judgements: "Mapping[str, Judgement]") -> "Mapping[str, Entered | Shown]":
        """For whom is not armed it is only counted, and what was found wrong is recorded; why titles are not for somebody is remembered."""
        from colophon import out_of_scope
        from colophon.domain.delivery import Shown

        self._keep_plan(run, judgements)
        profiles, who = run.asked.config.recipients, run.context["ti"].run_id
        armed = {name: judgement for name, judgement in judgements.items() if profiles[name].live}
        others = {name: judgement for name, judgement in judgements.items() if name not in armed}
        would_be = run.ledger.enter(run.case.id, others, as_of=run.as_of, run=who, is_rehearsal=True) if others else {}
        entered = super().enter(run, armed)
        if not run.is_dry:
            for name, judgement in others.items():
                subjects = sorted(map(judgement.name, judgement.subjects))
                run.ledger.exceptions.record(run.case.id, name, subjects, judgement.findings, as_of=run.as_of)
            for name, judgement in judgements.items():
                out_of_scope.remember(run.ledger, run.case.id, name, judgement, run.as_of)
        return {**entered, **{name: Shown(*counts) for name, counts in would_be.items()}}

    def _keep_plan(self, run: DecisionRun, judgements: "Mapping[str, Judgement]") -> None:
        """Keep what would go, for the desk to show."""
        from colophon import rehearsed

        ti, profiles = run.context["ti"], run.asked.config.recipients
        shown = {name: judgement for name, judgement in judgements.items() if run.is_dry or not profiles[name].live}
        if shown:
            rows = rehearsed.rehearsed(shown, run.asked.history, run.asked.content)
            rehearsed.keep(run.ledger.memory, run.case.id, ti.run_id, max(ti.map_index or 0, 0), rows, run.as_of)

    def conclude(self, run: DecisionRun) -> None:
        """Nothing: a batch is a part."""

    def result(self, run: DecisionRun) -> dict[str, Any]:
        """Counts by destination, and the batch's quality figures."""
        counts = {name: dict(counts) for name, counts in run.counts.items()}
        return {"counts": counts, "figures": [list(figure) for figure in run.figures]}
