"""Task groups that DAGs share: what follows a decision."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, task_group

from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.opentext_exstream import OpentextExstreamAwaitOperator, OpentextExstreamDeliverOperator
from colophon_airflow.operators.opentext_push import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_airflow.operators.report import ReportOperator

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


def send_letters(letters: "XComArg", document: str) -> Any:
    """Deliver and await for each destination with its template; another one's trouble does not stop it. Returns the group.

    :param letters: destination, template and version of each. :param document: kind of document, such as `royalty_statement`.
    """

    @task_group
    def send(destination: str, template: str, version: str) -> None:
        """One template."""
        common = {"document": document, "destination": destination}
        deliver = OpentextExstreamDeliverOperator(task_id="deliver", template=template, version=version, edition=destination, **common)
        deliver >> OpentextExstreamAwaitOperator(task_id="await", **common)

    return send.expand_kwargs(letters)
