"""Task groups that DAGs share: what follows a decision."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow.sdk import Param, task_group

from colophon_airflow.operators.consonance import ConsonanceDeliverOperator
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.inbox import InboxDecideOperator
from colophon_airflow.operators.opentext_push import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_airflow.operators.report import ReportOperator

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, XComArg

    from colophon.blocks.inbound import Inbound
    from colophon.blocks.use_case import UseCase

PEOPLE = Param("people.csv", type="string", title="Recipients", description="File of people and devices in the configuration folder.")
"""The parameter `people` of a DAG that tells people."""


def tell_people(case: "Callable[[], UseCase]", batches: "XComArg | None" = None) -> None:
    """Decide -> deliver and await for each destination -> report. The DAG has the parameter `people`.

    :param batches: what earlier steps staged for the decision.
    """
    people = "{{ params.people }}"
    decide = DecideOperator(task_id="decide", case=case, batches=batches, people=people)

    @task_group
    def send(destination: str) -> None:
        """All people; a dry run has none."""
        deliver = OpentextPushDeliverOperator(task_id="deliver", destination=destination, people=people)
        deliver >> OpentextPushAwaitOperator(task_id="await", destination=destination, people=people)

    send.expand(destination=decide.output) >> ReportOperator(task_id="report")


def take_events(case: "Callable[[], Inbound]", poll: "BaseOperator") -> None:
    """Poll -> decide about what waits in the inbox -> tell Consonance -> report. A failed poll holds up nothing, and the run is red."""
    report = ReportOperator(task_id="report", case=case)
    poll >> InboxDecideOperator(task_id="decide", case=case) >> ConsonanceDeliverOperator(task_id="deliver") >> report
    poll >> report
