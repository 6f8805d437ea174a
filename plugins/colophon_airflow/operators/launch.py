"""Operators of launches: a counterpart is looked at, the launch engine asked, and what it said remembered."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, cast

from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colophon.blocks.decision import Plan
    from colophon.blocks.launches import LaunchCase, LaunchPlan
    from colophon.domain.facts import Facts
    from colophon.errors import ColophonError
    from colophon.ledger import Ledger

Look = Callable[["Ledger"], AbstractContextManager["Facts"]]
"""What a counterpart shows, and the kinds that are unknown where it cannot be read: `unread`."""


class LaunchDecideOperator(DecideOperator):
    """Decides about everything at once, by Consonance, by what a counterpart shows, and by what was remembered.

    A counterpart that cannot be read holds up no judgement: what it would say is unknown, and the task fails when the rest is kept.
    """

    case: "Callable[[], LaunchCase]"

    def __init__(self, *, look: Look, unread: "Callable[[ColophonError], Facts]", **kwargs: Any) -> None:
        """:param look: what the counterpart shows. :param unread: the same where it cannot be read."""
        super().__init__(**kwargs)
        self.look = look
        self.unread = unread

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """One part: all that is known. Raises as the base class."""
        with super().read(run) as parts:
            (facts,) = parts
            yield [facts | self._remembered(run) | self._shown(run)]

    def entered(self, run: DecisionRun, plan: "Plan") -> None:
        """Remember what the plan says, where it is another thing than before; forget what it no longer names."""
        case, kept, memory = self.case(), cast("LaunchPlan", plan).kept, run.ledger.memory
        before = {name: value for prefix in case.keeps for name, value in memory.named(prefix).items()}
        changed = {name: value for name, value in kept.items() if before.get(name) != value}
        memory.put_each(changed, run.as_of, instead_of=before.keys() - kept.keys())

    def conclude(self, run: DecisionRun) -> None:
        """As of every decision. Raises what kept the counterpart from being read."""
        super().conclude(run)
        if run.problem is not None:
            raise run.problem

    def result(self, run: DecisionRun) -> Any:
        """The counterpart; what Consonance is told goes by a step of its own."""
        return [name for name in super().result(run) if name == self.case().destination]

    def _remembered(self, run: DecisionRun) -> "Facts":
        from colophon.blocks.launches import FeedJudged, Remembered
        from colophon.domain.facts import Facts

        case = self.case()
        rows = [Remembered(name, value) for prefix in case.remembers for name, value in run.ledger.memory.named(prefix).items()]
        judged = run.ledger.memory.watermark(case.faults_of) if case.faults_of else None
        feed = [FeedJudged(judged.isoformat(timespec="seconds"))] if judged else []
        return Facts.known({Remembered: rows, FeedJudged: feed}, source="ledger", as_of=run.as_of)

    def _shown(self, run: DecisionRun) -> "Facts":
        from colophon.errors import ColophonError

        try:
            with self.look(run.ledger) as facts:
                return facts
        except ColophonError as problem:
            run.problem = problem
            run.notes.append(f"judged without {self.case().destination}: {problem.sentence}")
            return self.unread(problem)


def unknown(problem: "ColophonError", name: str, kinds: Mapping[type, tuple[Any, ...] | None]) -> "Facts":
    """Facts that nobody knows, for a counterpart could not be read. :param kinds: those with records are known all the same."""
    from colophon import environment
    from colophon.domain.facts import Facts, Known, Unknown

    untold = Unknown(name=name, reason=problem.sentence, remedy=problem.advice)
    known = {kind: untold if rows is None else Known(records=rows, source=name, as_of=environment.now()) for kind, rows in kinds.items()}
    return Facts(known)
