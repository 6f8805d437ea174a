"""Operators of the use cases that have something rendered: what is wished for, and a person's word where that is a lot."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from colophon import environment
from colophon_airflow.operators.approval import AskOperator
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.facts import Facts

BUDGET = "budget"


class MediaDecideOperator(DecideOperator):
    """Decides by what rights say, by the approved files of the portal, and by what earlier jobs gave. Says what it will cost (`budget`)."""

    def staged(self, run: DecisionRun, isbns: Collection[str] = ()) -> "Facts":
        """As the base class, and files and outputs."""
        from colophon.domain.facts import Facts
        from colophon.systems.bytenite.outputs import MediaOutputs, remembered
        from colophon.systems.fourallportal.assets import Asset

        at = environment.now()
        found = super().staged(run, isbns) | Facts.known({Asset: _approved(run)}, source="4ALLPORTAL", as_of=at)
        return found | Facts.known({MediaOutputs: remembered(run.ledger, run.case.id)}, source="ledger", as_of=at)

    def conclude(self, run: DecisionRun) -> None:
        """Say how much waits to be started."""
        from colophon.blocks.jobs import JOBS
        from colophon.domain.delivery_states import WAITING

        super().conclude(run)
        budget = run.asked.config.media.budget
        labels = [row.labels for row in run.ledger.newest(run.case.id, JOBS) if row.state == WAITING and "minutes" in row.labels]
        minutes = sum(int(each["minutes"]) for each in labels)
        is_above = len(labels) > budget.jobs or minutes > budget.minutes
        said = {"jobs": len(labels), "minutes": minutes, "is_above": is_above, "limits": [budget.jobs, budget.minutes]}
        run.context["ti"].xcom_push(key=BUDGET, value={**said, "titles": sorted({each["title"] for each in labels})[:50]})

    def result(self, run: DecisionRun) -> list[str]:
        """The destinations."""
        return sorted(run.counts)


class BudgetAskOperator(AskOperator):
    """Asks a person whether so much shall be rendered, where it is more than the budget; else nobody is asked.

    Rejecting starts nothing: what waits is asked about again by the next run, unless it is no longer wanted by then.
    """

    def __init__(self, *, decide_task: str = "decide", **kwargs: Any) -> None:
        """:param decide_task: id of the task that says what it costs."""
        said = f"ti.xcom_pull(task_ids='{decide_task}', key='{BUDGET}')"
        body = (
            f"**{{{{ {said}.jobs }}}} jobs, about {{{{ {said}.minutes }}}} minutes of rendering.** The budget of a run is {{{{ {said}.limits[0] }}}} jobs and"
            f" {{{{ {said}.limits[1] }}}} minutes (`media.yaml`).\n\n{{% for title in {said}.titles %}}- {{{{ title }}}}\n{{% endfor %}}"
        )
        super().__init__(subject=f"Render {{{{ {said}.jobs }}}} videos and samples", body=body, **kwargs)
        self.decide_task = decide_task

    def asks(self, context: "Context") -> bool:
        """Whether it is above the budget."""
        said: Mapping[str, Any] = context["ti"].xcom_pull(task_ids=self.decide_task, key=BUDGET) or {}
        return bool(said.get("is_above"))


def _approved(run: DecisionRun) -> "Iterator[Any]":
    """The newest approved file of each kind and product."""
    from colophon.systems.fourallportal.usable import usable
    from colophon_airflow.systems.fourallportal.hook import FourallportalHook
    from colophon_airflow.systems.fourallportal.library import read_library

    with FourallportalHook().make_client(run.ledger.memory) as portal:
        shelf = usable(read_library(portal, run.ledger, run.asked.config, is_dry=run.is_dry), portal.mapping, run.as_of)
    for assets in shelf.approved.values():
        yield assets[0]
