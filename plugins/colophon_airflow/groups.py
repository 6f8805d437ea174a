"""Task groups that DAGs share: what follows a decision."""

from typing import Any

from airflow.sdk import Param, task_group

from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.opentext_push import OpentextPushAwaitOperator, OpentextPushDeliverOperator
from colophon_airflow.operators.report import ReportOperator

PEOPLE = Param("people.csv", type="string", title="Recipients", description="File of people and devices in the configuration folder.")
"""The parameter `people` of a DAG that tells people."""


def tell_people(use_case: str) -> None:
    """Decide -> deliver and await for each destination -> report. The DAG has the parameter `people`."""
    common: dict[str, Any] = {"use_case": use_case, "people": "{{ params.people }}"}
    decide = DecideOperator(task_id="decide", **common)

    @task_group
    def send(destination: str) -> None:
        """All people; a dry run has none."""
        deliver = OpentextPushDeliverOperator(task_id="deliver", destination=destination, **common)
        deliver >> OpentextPushAwaitOperator(task_id="await", destination=destination, **common)

    send.expand(destination=decide.output) >> ReportOperator(task_id="report", use_case=use_case, hand_over_task="decide")
