"""Task groups that DAGs share: what follows a decision."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, task_group

from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.opentext_push import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.operators.xconnector import XConnectorAwaitOperator, XConnectorDeliverOperator

if TYPE_CHECKING:
    from airflow.sdk import XComArg

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


def send_events(destinations: "XComArg") -> Any:
    """Deliver and await for each recipient at the middleware: feeds or single events, as its configuration says. Returns the group."""

    @task_group
    def send(destination: str) -> None:
        """One recipient; another one's trouble does not stop it."""
        deliver = XConnectorDeliverOperator(task_id="deliver", destination=destination)
        deliver >> XConnectorAwaitOperator(task_id="await", destination=destination)

    return send.expand(destination=destinations)
